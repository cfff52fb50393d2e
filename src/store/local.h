/* What the files of the store share. Private to the room. */
#ifndef CAIRN_STORE_LOCAL_H
#define CAIRN_STORE_LOCAL_H
#include "rows.h"

#include <cairn/store.h>

struct file_lock;
struct view_entry;

struct store {
    struct kv *kv;
    struct file_lock *lock; /* NULL: the port was opened by somebody else */
    bool kv_is_borrowed;    /* by a reindex */

    /* The engine's thread: the newest accounts, direct-mapped. */
    struct view_entry *view;
    size_t view_mask;

    /* The writing thread. */
    uint64_t height_next; /* of the next block */
    bool failed;
};

struct store_snapshot {
    struct store *store;
    struct kv_snapshot *at;
};

/* A store over a port without looking at what is there. */
struct store *store_new(struct kv *kv, size_t view_cache_accounts);

/* store_open_kv; `begin` false: a chain that is not there was lost. NULL: it failed. */
struct store *store_open_rows(struct kv *kv, const struct genesis *genesis,
                              size_t view_cache_accounts, bool begin, struct error *err) MUST_CHECK;

/* error_wrap at the store's face: what is damaged gets the way out behind the text. */
#define WAY_OUT "; stop the node and run cairnd --reindex"
bool store_fail(struct error *err, const char *format, ...) PRINTF_LIKE(2, 3);
/* Where a rebuild does not help; in place of the other way out. Returns false. */
bool store_fail_lost(struct error *err);
/* A row of the port; `at` NULL: the newest. Give it back by row_free. */
bool row_find(struct kv *kv, const struct kv_snapshot *at, const struct key *key,
              struct bytes *value, struct error *err) MUST_CHECK;
void row_free(struct kv *kv, struct bytes value); /* takes one that was not there */

/* meta.c */
enum meta_state { META_EMPTY, META_OURS, META_REBUILDING };
/* What the port holds: nothing; a store of this schema and genesis; one whose rebuild was cut off.
 * ERROR_STORE_GENESIS, _SCHEMA, _DAMAGED. */
bool meta_look(struct kv *kv, const struct genesis *genesis, enum meta_state *state,
               struct error *err) MUST_CHECK;
/* For a rebuild, which writes these rows anew: those that are there say this schema and genesis.
 * Where they were lost, block 0 says whose chain it is. */
bool meta_check(struct kv *kv, const struct genesis *genesis, struct error *err) MUST_CHECK;
/* The two refusals, for the directory's own mark as well. */
bool meta_check_schema(uint64_t schema, struct error *err) MUST_CHECK;
bool meta_check_genesis(const struct hash *have, const struct genesis *genesis,
                        struct error *err) MUST_CHECK;
void meta_put(struct kv_batch *batch, const struct kv_ops *ops, const struct genesis *genesis);
void meta_put_head(struct kv_batch *batch, const struct kv_ops *ops, uint64_t height,
                   const struct hash *hash);
bool meta_head(struct kv *kv, const struct kv_snapshot *at, uint64_t *height, struct hash *hash,
               bool *found, struct error *err) MUST_CHECK;

/* first.c: block 0 and what it does to an empty state. `trie` is empty; the caller folds or drops
 * changes->pending and releases the rest. */
bool first_block(struct block **block, struct block_changes *changes, const struct genesis *genesis,
                 struct state_trie *trie, struct error *err) MUST_CHECK;
/* Writes a new chain; nothing may be there. */
bool first_write(struct store *store, const struct genesis *genesis, struct error *err) MUST_CHECK;

/* check.c: what store_open looks at before it says that a chain is whole. */
bool check_chain(struct store *store, const struct genesis *genesis, struct error *err) MUST_CHECK;
/* The rows of a space have the heights first … last, each once. */
bool check_heights(struct kv *kv, enum key_space space, uint64_t first, uint64_t last,
                   struct error *err) MUST_CHECK;
/* The last height in a space. */
bool check_height_last(struct kv *kv, enum key_space space, uint64_t *height, bool *found,
                       struct error *err) MUST_CHECK;

#endif
