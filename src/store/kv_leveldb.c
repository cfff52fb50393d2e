/* LevelDB 1.23 behind the port. Its C interface takes no logger of one's own, so its info log
 * (LOG, LOG.old) stays in its directory. */
#include <cairn/kv.h>

#include <leveldb/c.h>

enum {
    CACHE_BYTES = 64 << 20,
    WRITE_BUFFER_BYTES = 32 << 20,
    OPEN_FILES_MAX = 512, /* half of the usual limit of a process: sockets want theirs */
    BLOOM_BITS = 10,      /* an absent key costs a block's read in 1 of 100 */
};

struct kv_leveldb {
    struct kv kv; /* first */
    leveldb_t *db;
    leveldb_options_t *options;
    leveldb_cache_t *cache;
    leveldb_filterpolicy_t *bloom;
    leveldb_readoptions_t *read;
    leveldb_writeoptions_t *write[2]; /* by `sync` */
};

struct kv_snapshot {
    const leveldb_snapshot_t *at;
    leveldb_readoptions_t *read;
};

struct kv_iterator {
    leveldb_iterator_t *at;
};

struct kv_batch {
    leveldb_writebatch_t *rows;
};

static struct kv_leveldb *leveldb_of(struct kv *kv)
{
    return (struct kv_leveldb *)kv;
}

/* Takes what LevelDB says; NULL: nothing failed. Damaged too are a database that lacks its CURRENT
 * file, since who opens without `create` knows that there was one ("Invalid argument: …"), and a
 * table that ends before what is looked for ("IO error: …: Invalid argument"). */
static bool leveldb_check(char *says, struct error *err)
{
    bool damaged;

    if (!says)
        return true;
    damaged = strncmp(says, "Corruption", strlen("Corruption")) == 0 ||
              strstr(says, "Invalid argument") != NULL;
    error_set(err, damaged ? ERROR_STORE_DAMAGED : ERROR_IO, "LevelDB: %s", says);
    leveldb_free(says);
    return false;
}

static leveldb_readoptions_t *read_options_new(void)
{
    leveldb_readoptions_t *read = leveldb_readoptions_create();

    leveldb_readoptions_set_verify_checksums(read, 1);
    return read;
}

static bool get(struct kv *kv, const struct kv_snapshot *snapshot, struct bytes key,
                struct bytes *value, struct error *err)
{
    struct kv_leveldb *l = leveldb_of(kv);
    char *says = NULL, *found;
    size_t size = 0;

    found = leveldb_get(l->db, snapshot ? snapshot->read : l->read, (const char *)key.at, key.size,
                        &size, &says);
    *value = bytes_of(found, size);
    return leveldb_check(says, err);
}

static void value_free(struct kv *kv, struct bytes value)
{
    union {
        const uint8_t *in;
        void *out;
    } given = {.in = value.at}; /* the view is of memory that is ours to give back */

    (void)kv;
    leveldb_free(given.out);
}

static struct kv_snapshot *snapshot_new(struct kv *kv)
{
    struct kv_snapshot *snapshot = mem_new(1, sizeof *snapshot);

    snapshot->at = leveldb_create_snapshot(leveldb_of(kv)->db);
    snapshot->read = read_options_new();
    leveldb_readoptions_set_snapshot(snapshot->read, snapshot->at);
    return snapshot;
}

static void snapshot_free(struct kv *kv, struct kv_snapshot *snapshot)
{
    leveldb_readoptions_destroy(snapshot->read);
    leveldb_release_snapshot(leveldb_of(kv)->db, snapshot->at);
    mem_free(snapshot);
}

static struct kv_iterator *iterator_new(struct kv *kv, const struct kv_snapshot *snapshot)
{
    struct kv_leveldb *l = leveldb_of(kv);
    struct kv_iterator *iterator = mem_new(1, sizeof *iterator);

    iterator->at = leveldb_create_iterator(l->db, snapshot ? snapshot->read : l->read);
    return iterator;
}

static void iterator_free(struct kv_iterator *iterator)
{
    leveldb_iter_destroy(iterator->at);
    mem_free(iterator);
}

static void iterator_seek(struct kv_iterator *iterator, struct bytes key)
{
    leveldb_iter_seek(iterator->at, (const char *)key.at, key.size);
}

static void iterator_next(struct kv_iterator *iterator)
{
    leveldb_iter_next(iterator->at);
}

static void iterator_prev(struct kv_iterator *iterator)
{
    leveldb_iter_prev(iterator->at);
}

static void iterator_last(struct kv_iterator *iterator)
{
    leveldb_iter_seek_to_last(iterator->at);
}

static bool iterator_valid(const struct kv_iterator *iterator)
{
    return leveldb_iter_valid(iterator->at);
}

static struct bytes iterator_key(const struct kv_iterator *iterator)
{
    size_t size;
    const char *at = leveldb_iter_key(iterator->at, &size);

    return bytes_of(at, size);
}

static struct bytes iterator_value(const struct kv_iterator *iterator)
{
    size_t size;
    const char *at = leveldb_iter_value(iterator->at, &size);

    return bytes_of(at, size);
}

static bool iterator_check(const struct kv_iterator *iterator, struct error *err)
{
    char *says = NULL;

    leveldb_iter_get_error(iterator->at, &says);
    return leveldb_check(says, err);
}

static struct kv_batch *batch_new(struct kv *kv)
{
    struct kv_batch *batch = mem_new(1, sizeof *batch);

    (void)kv;
    batch->rows = leveldb_writebatch_create();
    return batch;
}

static void batch_put(struct kv_batch *batch, struct bytes key, struct bytes value)
{
    leveldb_writebatch_put(batch->rows, (const char *)key.at, key.size,
                           value.size > 0 ? (const char *)value.at : "", value.size);
}

static void batch_delete(struct kv_batch *batch, struct bytes key)
{
    leveldb_writebatch_delete(batch->rows, (const char *)key.at, key.size);
}

static void batch_free(struct kv_batch *batch)
{
    leveldb_writebatch_destroy(batch->rows);
    mem_free(batch);
}

static bool kv_write(struct kv *kv, struct kv_batch *batch, bool sync, struct error *err)
{
    struct kv_leveldb *l = leveldb_of(kv);
    char *says = NULL;

    leveldb_write(l->db, l->write[sync], batch->rows, &says);
    return leveldb_check(says, err);
}

static void leveldb_end(struct kv *kv)
{
    struct kv_leveldb *l = leveldb_of(kv);

    if (l->db)
        leveldb_close(l->db);
    leveldb_writeoptions_destroy(l->write[true]);
    leveldb_writeoptions_destroy(l->write[false]);
    leveldb_readoptions_destroy(l->read);
    leveldb_options_destroy(l->options);
    leveldb_filterpolicy_destroy(l->bloom);
    leveldb_cache_destroy(l->cache);
    mem_free(l);
}

static const struct kv_ops leveldb_ops = {
    .get = get,
    .value_free = value_free,
    .snapshot_new = snapshot_new,
    .snapshot_free = snapshot_free,
    .iterator_new = iterator_new,
    .iterator_free = iterator_free,
    .iterator_seek = iterator_seek,
    .iterator_next = iterator_next,
    .iterator_prev = iterator_prev,
    .iterator_last = iterator_last,
    .iterator_valid = iterator_valid,
    .iterator_key = iterator_key,
    .iterator_value = iterator_value,
    .iterator_check = iterator_check,
    .batch_new = batch_new,
    .batch_put = batch_put,
    .batch_delete = batch_delete,
    .batch_free = batch_free,
    .write = kv_write,
    .close = leveldb_end,
};

static leveldb_options_t *options_new(const struct kv_leveldb *l,
                                      const struct kv_leveldb_options *wanted)
{
    leveldb_options_t *options = leveldb_options_create();
    size_t buffer_bytes = wanted->write_buffer_bytes;

    leveldb_options_set_create_if_missing(options, wanted->create);
    leveldb_options_set_paranoid_checks(options, 1);
    leveldb_options_set_write_buffer_size(options,
                                          buffer_bytes ? buffer_bytes : WRITE_BUFFER_BYTES);
    leveldb_options_set_max_open_files(options, OPEN_FILES_MAX);
    leveldb_options_set_cache(options, l->cache);
    leveldb_options_set_filter_policy(options, l->bloom);
    return options;
}

static struct kv_leveldb *leveldb_new(const struct kv_leveldb_options *options)
{
    struct kv_leveldb *l = mem_new(1, sizeof *l);

    l->kv.ops = &leveldb_ops;
    l->cache = leveldb_cache_create_lru(options->cache_bytes ? options->cache_bytes : CACHE_BYTES);
    l->bloom = leveldb_filterpolicy_create_bloom(BLOOM_BITS);
    l->options = options_new(l, options);
    l->read = read_options_new();
    l->write[false] = leveldb_writeoptions_create();
    l->write[true] = leveldb_writeoptions_create();
    leveldb_writeoptions_set_sync(l->write[true], 1);
    return l;
}

struct kv *kv_leveldb_open(const char *directory, const struct kv_leveldb_options *options,
                           struct error *err)
{
    struct kv_leveldb *l = leveldb_new(options);
    char *says = NULL;

    l->db = leveldb_open(l->options, directory, &says);
    if (leveldb_check(says, err))
        return &l->kv;
    leveldb_end(&l->kv);
    return NULL;
}

bool kv_leveldb_repair(const char *directory, const struct kv_leveldb_options *options,
                       struct error *err)
{
    struct kv_leveldb *l = leveldb_new(options);
    char *says = NULL;

    leveldb_repair_db(l->options, directory, &says);
    leveldb_end(&l->kv);
    return leveldb_check(says, err);
}
