/* Reading rows with their checks, for the readers and for what looks at a whole chain. Private to
 * the room. */
#ifndef CAIRN_STORE_READ_H
#define CAIRN_STORE_READ_H
#include "local.h"

/* A header as it lies there, its hash worked out, its height checked. */
bool header_read(struct kv *kv, const struct kv_snapshot *at, uint64_t height,
                 struct header *header, struct hash *hash, bool *found,
                 struct error *err) MUST_CHECK;
/* And its hash held against the row under which it was written: one look-up more, and no parent or
 * child is read. */
bool header_check(struct kv *kv, const struct kv_snapshot *at, uint64_t height,
                  struct header *header, struct hash *hash, bool *found,
                  struct error *err) MUST_CHECK;
bool certificate_read(struct kv *kv, const struct kv_snapshot *at, uint64_t height,
                      struct certificate *certificate, bool *found, struct error *err) MUST_CHECK;
/* Gives the transactions that the header's root names, and the row (row_free). */
bool body_read(struct kv *kv, const struct kv_snapshot *at, const struct header *header,
               struct tx ***tx, size_t *count, struct bytes *body, struct error *err) MUST_CHECK;

/* In a snapshot: `found` false, or a row that is not there, says that the height is above its head;
 * what is absent below was lost. */
bool absence_check(const struct store_snapshot *snapshot, uint64_t height, const char *what,
                   struct error *err) MUST_CHECK;
bool header_need(const struct store_snapshot *snapshot, uint64_t height, struct header *header,
                 struct hash *hash, bool *found, struct error *err) MUST_CHECK;
bool row_need(const struct store_snapshot *snapshot, enum key_space space, uint64_t height,
              const char *what, struct bytes *value, struct error *err) MUST_CHECK;
/* `index` borrows from `value`, which is given (row_free) whatever comes back. */
bool index_need(struct store_snapshot *snapshot, uint64_t height, struct index_row *index,
                struct bytes *value, bool *found, struct error *err) MUST_CHECK;

#endif
