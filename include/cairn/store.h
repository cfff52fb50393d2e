/* What the node keeps: the schema over a key-value port (doc/store.md repeats the table in
 * src/store/schema.c), one synced batch a block, snapshots for readers. The truth lies in
 * write-once rows; rows that are overwritten (account, head) are a cache for speed.
 *
 * Threads: one thread writes (store_write_*), one owns the view and the rows (the engine), any
 * thread reads through snapshots. */
#ifndef CAIRN_STORE_H
#define CAIRN_STORE_H
#include <cairn/block.h>
#include <cairn/certificate.h>
#include <cairn/genesis.h>
#include <cairn/kv.h>
#include <cairn/state_trie.h>

enum { STORE_SCHEMA = 1, STORE_VIEW_CACHE_DEFAULT = 1 << 17 /* accounts */ };

struct store;

struct store_options {
    struct kv_leveldb_options leveldb;
    size_t view_cache_accounts; /* a power of two; 0: the default */
};

/* Opens DIRECTORY/chain (LevelDB) under the lock DIRECTORY/LOCK-cairn; makes both for a new chain,
 * and DIRECTORY/STORE-cairn, which says schema and genesis: asked before LevelDB, whose opening
 * writes already. Files named validator.* may lie there too. Nothing is written where it refuses
 * (but for LevelDB's own recovery, where damage shows only in the rows): ERROR_STORE_BUSY "already
 * in use by process N", _FOREIGN (a directory that is not cairn's and not empty), _GENESIS (both
 * hashes), _SCHEMA (newer; older), _DAMAGED (what check failed, and the way out: cairnd --reindex).
 */
bool store_open(struct store **out, const char *directory, const struct genesis *genesis,
                const struct store_options *options, struct error *err) MUST_CHECK;
/* The same over a port that is open already; takes `kv`, also on failure. */
bool store_open_kv(struct store **out, struct kv *kv, const struct genesis *genesis,
                   size_t view_cache_accounts, struct error *err) MUST_CHECK;
void store_close(struct store *store); /* takes NULL */

/* Rebuilds every derived row from headers, bodies and certificates, comparing every root; in place,
 * and safe to be cut off (a mark is kept until it is whole). Rows of the mempool journal that do
 * not hold are let go. Damage in the truth is named by its block. `recover` finds the senders of
 * `count` transactions (workers; NULL: one after the other). `progress` may be NULL. */
struct store_reindex {
    bool (*recover)(void *context, struct tx **tx, size_t count, struct error *err);
    void (*progress)(void *context, uint64_t height, uint64_t height_last);
    void *context;
};
bool store_reindex(const char *directory, const struct genesis *genesis,
                   const struct store_options *options, const struct store_reindex *how,
                   struct error *err) MUST_CHECK;
bool store_reindex_kv(struct kv *kv, const struct genesis *genesis, const struct store_reindex *how,
                      struct error *err) MUST_CHECK; /* borrows kv */

/* The newest block that is whole on disk. */
bool store_head(struct store *store, struct header *header, struct hash *hash,
                struct error *err) MUST_CHECK;

/* The engine's eyes: newest accounts (with a bounded cache) and their rows in trie order. Engine's
 * thread only. After a block is written, the engine tells the cache. */
struct state_view store_view(struct store *store);
struct state_rows store_rows(struct store *store);
void store_view_update(struct store *store, const struct block_changes *changes);

/* Writing: one batch, at any time one. Rows of a block: header, body, certificate, index, hash,
 * places, accounts, history, trie hashes, head. */
struct store_write;
struct store_write *store_write_new(struct store *store) MUST_CHECK;
void store_write_block(struct store_write *write, const struct block *block,
                       const struct certificate *certificate, const struct block_changes *changes);
void store_write_journal_put(struct store_write *write, uint64_t sequence, const struct tx *tx);
void store_write_journal_delete(struct store_write *write, uint64_t sequence);
/* Takes `write`. After false nothing more may be written: the node stops. */
bool store_write_commit(struct store_write *write, bool sync, struct error *err) MUST_CHECK;

/* The mempool journal at start, in order of sequence; `tx` is given (sender known). False of `each`
 * stops. */
bool store_journal_scan(struct store *store,
                        bool (*each)(void *context, uint64_t sequence, struct tx *tx),
                        void *context, struct error *err) MUST_CHECK;

/* Readers. A snapshot sees the end of some block; many at once, any thread; hold it for one
 * request. `found` false: not there (heights above the snapshot's head too). What is read is
 * checked against its hash; a mismatch is ERROR_STORE_DAMAGED. */
struct store_snapshot;
struct store_snapshot *store_snapshot_new(struct store *store) MUST_CHECK;
void store_snapshot_free(struct store_snapshot *snapshot); /* takes NULL */

bool store_header(struct store_snapshot *snapshot, uint64_t height, struct header *header,
                  struct hash *hash, bool *found, struct error *err) MUST_CHECK;
bool store_height_of_hash(struct store_snapshot *snapshot, const struct hash *hash,
                          uint64_t *height, bool *found, struct error *err) MUST_CHECK;
/* Gives the block whole (block_drop), senders known from the index row. */
bool store_block(struct store_snapshot *snapshot, uint64_t height, struct block **block,
                 struct error *err) MUST_CHECK; /* *block NULL: not there */
bool store_certificate(struct store_snapshot *snapshot, uint64_t height,
                       struct certificate *certificate, bool *found, struct error *err) MUST_CHECK;
/* Derived when the block was written: receipts root, and for each transaction sender, cumulative
 * gas, offset in the body. */
bool store_receipts_root(struct store_snapshot *snapshot, uint64_t height, struct hash *root,
                         bool *found, struct error *err) MUST_CHECK;
bool store_tx_count(struct store_snapshot *snapshot, uint64_t height, size_t *count, bool *found,
                    struct error *err) MUST_CHECK;

/* One transaction with its place; `tx` is given (sender known), NULL where not found. */
struct store_tx {
    struct tx *tx;
    uint64_t height;
    uint32_t position;
    uint64_t gas_cumulative; /* of the block up to and with it */
    struct header header;    /* of its block */
    struct hash block_hash;
};
bool store_tx_by_hash(struct store_snapshot *snapshot, const struct hash *hash,
                      struct store_tx *out, struct error *err) MUST_CHECK;
bool store_tx_by_place(struct store_snapshot *snapshot, uint64_t height, uint32_t position,
                       struct store_tx *out, struct error *err) MUST_CHECK;

/* The account at the end of block `height` (at most the snapshot's head): one seek. {0} where it
 * was not touched by then. */
bool store_account(struct store_snapshot *snapshot, const struct address *address, uint64_t height,
                   struct account *account, struct error *err) MUST_CHECK;

/* For tests and tools: every account of the newest state in khash order, its sum against supply,
 * its root. */
bool store_verify_state(struct store *store, struct hash *root, struct u256 *sum, uint64_t *count,
                        struct error *err) MUST_CHECK;

/* The table of key spaces, for doc/store.md. */
void store_reference_markdown(struct buffer *out);

#endif
