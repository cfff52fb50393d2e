/* The port in memory: a skip list of versions, newest first among those of one key. Nothing is
 * taken out before the end, so a snapshot is a number and what was read stays where it is. An
 * overwritten account keeps its old version here, which its history has anyway. */
#include <cairn/kv.h>

#include <pthread.h>

enum { LEVELS_MAX = 16 }; /* of 1 in 4: good for 4^16 versions */

struct version {
    uint64_t sequence; /* of the batch that wrote it */
    struct bytes key;
    struct bytes value;
    bool deleted;
    struct version *next[]; /* as many levels as it has; the bytes lie behind */
};

struct kv_memory {
    struct kv kv; /* first */
    pthread_mutex_t lock;
    uint64_t sequence; /* of the newest batch that is whole */
    uint64_t random;
    struct version *first[LEVELS_MAX];
};

struct kv_snapshot {
    uint64_t sequence;
};

struct kv_iterator {
    struct kv_memory *memory;
    uint64_t sequence;
    const struct version *at; /* what it shows; NULL: nothing */
};

struct kv_batch {
    struct buffer bytes;
    struct batch_row {
        size_t at, key_size, value_size; /* in `bytes`, which moves while it grows */
        bool deleted;
    } * row;
    size_t count, room;
};

static struct kv_memory *memory_of(struct kv *kv)
{
    return (struct kv_memory *)kv;
}

/* Whether `v` stands before the place of (key, sequence). */
static bool is_before(const struct version *v, struct bytes key, uint64_t sequence)
{
    int order = bytes_compare(v->key, key);

    return order < 0 || (order == 0 && v->sequence > sequence);
}

/* The links that lead past the place of (key, sequence), on every level. */
static void find(struct kv_memory *memory, struct bytes key, uint64_t sequence,
                 struct version **link[LEVELS_MAX])
{
    struct version **next = memory->first;

    for (size_t level = LEVELS_MAX; level-- > 0;) {
        while (next[level] && is_before(next[level], key, sequence))
            next = next[level]->next;
        link[level] = &next[level];
    }
}

/* The last version before the place of (key, newest); NULL: none. */
static const struct version *find_before(const struct kv_memory *memory, struct bytes key)
{
    struct version *const *next = memory->first;
    const struct version *before = NULL;

    for (size_t level = LEVELS_MAX; level-- > 0;)
        while (next[level] && is_before(next[level], key, UINT64_MAX)) {
            before = next[level];
            next = next[level]->next;
        }
    return before;
}

static size_t random_levels(struct kv_memory *memory)
{
    size_t levels = 1;

    memory->random ^= memory->random << 13; /* xorshift64: the same world, the same list */
    memory->random ^= memory->random >> 7;
    memory->random ^= memory->random << 17;
    for (uint64_t bits = memory->random; levels < LEVELS_MAX && bits % 4 == 0; bits /= 4)
        levels++;
    return levels;
}

static void insert(struct kv_memory *memory, uint64_t sequence, struct bytes key,
                   struct bytes value, bool deleted)
{
    size_t levels = random_levels(memory);
    struct version *v = mem_new(1, sizeof *v + levels * sizeof(v->next[0]) + key.size + value.size);
    uint8_t *bytes = (uint8_t *)&v->next[levels];
    struct version **link[LEVELS_MAX];

    memcpy(bytes, key.at, key.size);
    if (value.size > 0)
        memcpy(bytes + key.size, value.at, value.size);
    v->sequence = sequence;
    v->key = bytes_of(bytes, key.size);
    v->value = bytes_of(bytes + key.size, value.size);
    v->deleted = deleted;
    find(memory, key, sequence, link); /* before an older row of this very batch: it wins */
    for (size_t level = 0; level < levels; level++) {
        v->next[level] = *link[level];
        *link[level] = v;
    }
}

/* The first version from `v` on that a reader at `sequence` sees: the newest one of its key. */
static const struct version *visible(const struct version *v, uint64_t sequence)
{
    while (v) {
        struct bytes key = v->key;

        if (v->sequence > sequence) {
            v = v->next[0];
            continue;
        }
        if (!v->deleted)
            return v;
        while (v && bytes_equal(v->key, key))
            v = v->next[0];
    }
    return NULL;
}

static const struct version *seek(struct kv_memory *memory, struct bytes key, uint64_t sequence)
{
    struct version **link[LEVELS_MAX];

    find(memory, key, UINT64_MAX, link);
    return visible(*link[0], sequence);
}

static bool get(struct kv *kv, const struct kv_snapshot *snapshot, struct bytes key,
                struct bytes *value, struct error *err)
{
    struct kv_memory *memory = memory_of(kv);
    const struct version *v;

    (void)err;
    pthread_mutex_lock(&memory->lock);
    v = seek(memory, key, snapshot ? snapshot->sequence : memory->sequence);
    pthread_mutex_unlock(&memory->lock);
    *value = v && bytes_equal(v->key, key) ? v->value : (struct bytes){0};
    return true;
}

static void value_free(struct kv *kv, struct bytes value)
{
    (void)kv;
    (void)value; /* it lies in its version */
}

static struct kv_snapshot *snapshot_new(struct kv *kv)
{
    struct kv_memory *memory = memory_of(kv);
    struct kv_snapshot *snapshot = mem_new(1, sizeof *snapshot);

    pthread_mutex_lock(&memory->lock);
    snapshot->sequence = memory->sequence;
    pthread_mutex_unlock(&memory->lock);
    return snapshot;
}

static void snapshot_free(struct kv *kv, struct kv_snapshot *snapshot)
{
    (void)kv;
    mem_free(snapshot);
}

static struct kv_iterator *iterator_new(struct kv *kv, const struct kv_snapshot *snapshot)
{
    struct kv_memory *memory = memory_of(kv);
    struct kv_iterator *iterator = mem_new(1, sizeof *iterator);

    iterator->memory = memory;
    pthread_mutex_lock(&memory->lock);
    iterator->sequence = snapshot ? snapshot->sequence : memory->sequence;
    pthread_mutex_unlock(&memory->lock);
    return iterator;
}

static void iterator_free(struct kv_iterator *iterator)
{
    mem_free(iterator);
}

static void iterator_seek(struct kv_iterator *iterator, struct bytes key)
{
    pthread_mutex_lock(&iterator->memory->lock);
    iterator->at = seek(iterator->memory, key, iterator->sequence);
    pthread_mutex_unlock(&iterator->memory->lock);
}

static void iterator_next(struct kv_iterator *iterator)
{
    const struct version *v = iterator->at;

    pthread_mutex_lock(&iterator->memory->lock);
    while (v && bytes_equal(v->key, iterator->at->key))
        v = v->next[0];
    iterator->at = visible(v, iterator->sequence);
    pthread_mutex_unlock(&iterator->memory->lock);
}

/* What the reader sees of the last key that stands before `v`'s, or of those before. */
static const struct version *visible_back(const struct kv_iterator *iterator,
                                          const struct version *v)
{
    while (v) {
        struct bytes key = v->key;
        const struct version *seen = seek(iterator->memory, key, iterator->sequence);

        if (seen && bytes_equal(seen->key, key))
            return seen;
        v = find_before(iterator->memory, key);
    }
    return NULL;
}

static void iterator_prev(struct kv_iterator *iterator)
{
    pthread_mutex_lock(&iterator->memory->lock);
    iterator->at = visible_back(iterator, find_before(iterator->memory, iterator->at->key));
    pthread_mutex_unlock(&iterator->memory->lock);
}

static void iterator_last(struct kv_iterator *iterator)
{
    struct version *const *next;
    const struct version *last = NULL;

    pthread_mutex_lock(&iterator->memory->lock);
    next = iterator->memory->first;
    for (size_t level = LEVELS_MAX; level-- > 0;)
        while (next[level]) {
            last = next[level];
            next = next[level]->next;
        }
    iterator->at = visible_back(iterator, last);
    pthread_mutex_unlock(&iterator->memory->lock);
}

static bool iterator_valid(const struct kv_iterator *iterator)
{
    return iterator->at != NULL;
}

static struct bytes iterator_key(const struct kv_iterator *iterator)
{
    return iterator->at->key;
}

static struct bytes iterator_value(const struct kv_iterator *iterator)
{
    return iterator->at->value;
}

static bool iterator_check(const struct kv_iterator *iterator, struct error *err)
{
    (void)iterator;
    (void)err;
    return true;
}

static struct kv_batch *batch_new(struct kv *kv)
{
    (void)kv;
    return mem_new(1, sizeof(struct kv_batch));
}

static void batch_add(struct kv_batch *batch, struct bytes key, struct bytes value, bool deleted)
{
    if (batch->count == batch->room) {
        batch->room = batch->room ? 2 * batch->room : 64;
        batch->row = mem_grow(batch->row, batch->room, sizeof batch->row[0]);
    }
    batch->row[batch->count++] = (struct batch_row){.at = batch->bytes.size,
                                                    .key_size = key.size,
                                                    .value_size = value.size,
                                                    .deleted = deleted};
    buffer_put(&batch->bytes, key);
    buffer_put(&batch->bytes, value);
}

static void batch_put(struct kv_batch *batch, struct bytes key, struct bytes value)
{
    batch_add(batch, key, value, false);
}

static void batch_delete(struct kv_batch *batch, struct bytes key)
{
    batch_add(batch, key, (struct bytes){0}, true);
}

static void batch_free(struct kv_batch *batch)
{
    buffer_release(&batch->bytes);
    mem_free(batch->row);
    mem_free(batch);
}

static bool memory_write(struct kv *kv, struct kv_batch *batch, bool sync, struct error *err)
{
    struct kv_memory *memory = memory_of(kv);
    struct bytes bytes = buffer_bytes(&batch->bytes);

    (void)sync;
    (void)err;
    pthread_mutex_lock(&memory->lock);
    for (size_t i = 0; i < batch->count; i++) {
        const struct batch_row *row = &batch->row[i];

        insert(memory, memory->sequence + 1, bytes_part(bytes, row->at, row->key_size),
               bytes_part(bytes, row->at + row->key_size, row->value_size), row->deleted);
    }
    memory->sequence++;
    pthread_mutex_unlock(&memory->lock);
    return true;
}

static void memory_free(struct kv *kv)
{
    struct kv_memory *memory = memory_of(kv);

    for (struct version *v = memory->first[0], *next; v; v = next) {
        next = v->next[0];
        mem_free(v);
    }
    pthread_mutex_destroy(&memory->lock);
    mem_free(memory);
}

static const struct kv_ops memory_ops = {
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
    .write = memory_write,
    .close = memory_free,
};

struct kv *kv_memory_new(void)
{
    struct kv_memory *memory = mem_new(1, sizeof *memory);

    memory->kv.ops = &memory_ops;
    memory->random = 0x9e3779b97f4a7c15;
    pthread_mutex_init(&memory->lock, NULL);
    return &memory->kv;
}
