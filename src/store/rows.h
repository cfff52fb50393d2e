/* The values of rows that no hash covers: each ends with a check over its key and the rest. LevelDB
 * has checksums of its own blocks, but they say nothing about a row that came to stand under
 * another key, and its repair takes rows in whatever their checksum says. Pure. Private to the
 * room.
 *
 * Getters are strict; false: ERROR_STORE_DAMAGED, without saying which row. */
#ifndef CAIRN_STORE_ROWS_H
#define CAIRN_STORE_ROWS_H
#include "schema.h"

enum { ROW_CHECK_SIZE = 4 };

/* Ends the row that begins at `start` of `out`. */
void row_seal(struct buffer *out, size_t start, const struct key *key);
bool row_open(struct bytes *inside, struct bytes key, struct bytes value,
              struct error *err) MUST_CHECK;

void account_row_put(struct buffer *out, const struct key *key, const struct account *account);
bool account_row_get(struct account *out, struct bytes key, struct bytes value,
                     struct error *err) MUST_CHECK;

/* `position` and `positions`: 2 bytes each, big-endian in the row. */
void history_row_put(struct buffer *out, const struct key *key, const struct account *account,
                     const uint16_t *position, size_t count);
/* The account as it was since the key's height; `positions` may be NULL, borrows from `value`. */
bool history_row_get(struct account *out, struct bytes *positions, struct bytes key,
                     struct bytes value, struct error *err) MUST_CHECK;

struct index_entry {
    struct address sender;
    uint64_t gas_cumulative;
    uint32_t offset; /* of the transaction in the body */
};

struct index_row {
    struct hash receipts_root;
    size_t count;
    struct bytes entries; /* borrows from the row */
};

/* Works out all of it: receipts root, offsets in `body`. */
void index_row_put(struct buffer *out, const struct key *key, const struct block *block,
                   struct bytes body);
bool index_row_get(struct index_row *out, struct bytes key, struct bytes value,
                   struct error *err) MUST_CHECK;
struct index_entry index_entry_get(const struct index_row *row, size_t position);

#endif
