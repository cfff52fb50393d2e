/* The key-value port under the store: LevelDB ships behind it, the simulator has its own. Keys sort
 * as bytes. All calls may block; any thread may read, one thread at a time writes. Errors:
 * ERROR_STORE_DAMAGED (corruption), ERROR_IO. */
#ifndef CAIRN_KV_H
#define CAIRN_KV_H
#include <cairn/error.h>

struct kv;
struct kv_snapshot;
struct kv_iterator;
struct kv_batch;

struct kv_ops {
    /* *value is given (free with mem_free semantics of the port: kv_value_free); at NULL and size
     * 0: not there. */
    bool (*get)(struct kv *kv, const struct kv_snapshot *snapshot, struct bytes key,
                struct bytes *value, struct error *err);
    void (*value_free)(struct kv *kv, struct bytes value);
    struct kv_snapshot *(*snapshot_new)(struct kv *kv);
    void (*snapshot_free)(struct kv *kv, struct kv_snapshot *snapshot);
    struct kv_iterator *(*iterator_new)(struct kv *kv, const struct kv_snapshot *snapshot);
    void (*iterator_free)(struct kv_iterator *iterator);
    void (*iterator_seek)(struct kv_iterator *iterator, struct bytes key); /* the first key ≥ */
    void (*iterator_next)(struct kv_iterator *iterator);
    void (*iterator_prev)(struct kv_iterator *iterator);
    void (*iterator_last)(struct kv_iterator *iterator);
    bool (*iterator_valid)(const struct kv_iterator *iterator);
    struct bytes (*iterator_key)(const struct kv_iterator *iterator);   /* until the next move */
    struct bytes (*iterator_value)(const struct kv_iterator *iterator); /* until the next move */
    /* False: something on its way could not be read. LevelDB passes over that and stands on a row
     * behind it: so this is asked before anything is concluded from where an iterator stands. */
    bool (*iterator_check)(const struct kv_iterator *iterator, struct error *err);
    struct kv_batch *(*batch_new)(struct kv *kv);
    void (*batch_put)(struct kv_batch *batch, struct bytes key, struct bytes value);
    void (*batch_delete)(struct kv_batch *batch, struct bytes key);
    void (*batch_free)(struct kv_batch *batch);
    /* All of it or nothing, also across a crash; with `sync` it is on the disk when this returns.
     * After a failure the store is not to be written any more. */
    bool (*write)(struct kv *kv, struct kv_batch *batch, bool sync, struct error *err);
    void (*close)(struct kv *kv);
};

/* An implementation begins with this. */
struct kv {
    const struct kv_ops *ops;
};

struct kv_leveldb_options {
    size_t cache_bytes;        /* block cache; default 64 MiB */
    size_t write_buffer_bytes; /* default 32 MiB: the default of LevelDB (4) stalls for a second,
                                  see trie.md */
    bool create;               /* make it where it is not there */
};
/* paranoid_checks on, checksums verified on every read. */
struct kv *kv_leveldb_open(const char *directory, const struct kv_leveldb_options *options,
                           struct error *err) MUST_CHECK;
/* Makes a database again of the files that are there, where one of them is lost or hurt: rows that
 * can't be read are gone without a word, and rows of a hurt log may hold wrong bytes. Only for who
 * checks every row afterwards. What it can't use it moves to DIRECTORY/lost. */
bool kv_leveldb_repair(const char *directory, const struct kv_leveldb_options *options,
                       struct error *err) MUST_CHECK;
/* Everything in memory, ordered; for tests and for --temporary worlds that want no disk. */
struct kv *kv_memory_new(void) MUST_CHECK;
void kv_close(struct kv *kv); /* takes NULL */

#endif
