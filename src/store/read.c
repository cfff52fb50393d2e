/* Blocks, headers and certificates as readers see them. What is read is held against its hash. */
#include "read.h"

#include <cairn/keccak.h>

#include <inttypes.h>

bool header_read(struct kv *kv, const struct kv_snapshot *at, uint64_t height,
                 struct header *header, struct hash *hash, bool *found, struct error *err)
{
    struct key key = key_block(KEY_HEADER, height);
    struct bytes value;
    bool ok = true;

    if (!row_find(kv, at, &key, &value, err))
        return error_wrap(err, "header of block %" PRIu64, height);
    *found = value.at != NULL;
    if (*found) {
        struct error fault = {0};

        keccak256(hash, value); /* the encoding is the only one */
        if (!header_decode(header, value, &fault))
            ok = error_set(err, ERROR_STORE_DAMAGED, "%s", fault.text);
        else if (header->height != height)
            ok = error_set(err, ERROR_STORE_DAMAGED, "it says block %" PRIu64, header->height);
    }
    row_free(kv, value);
    return ok || error_wrap(err, "header of block %" PRIu64, height);
}

bool header_check(struct kv *kv, const struct kv_snapshot *at, uint64_t height,
                  struct header *header, struct hash *hash, bool *found, struct error *err)
{
    struct bytes mark;
    struct key key;
    bool is_known;

    if (!header_read(kv, at, height, header, hash, found, err))
        return false;
    if (!*found)
        return true;
    key = key_hash(hash, height);
    if (!row_find(kv, at, &key, &mark, err))
        return false;
    is_known = mark.at != NULL;
    row_free(kv, mark);
    return is_known ||
           error_set(err, ERROR_STORE_DAMAGED,
                     "header of block %" PRIu64 ": not the hash it was written under", height);
}

/* What is absent at a height that the snapshot has was lost. */
bool absence_check(const struct store_snapshot *snapshot, uint64_t height, const char *what,
                   struct error *err)
{
    struct hash hash;
    uint64_t head;
    bool found;

    if (!meta_head(snapshot->store->kv, snapshot->at, &head, &hash, &found, err))
        return false;
    if (found && height > head)
        return true;
    return error_set(err, ERROR_STORE_DAMAGED, "the %s of block %" PRIu64 " is missing", what,
                     height);
}

bool header_need(const struct store_snapshot *snapshot, uint64_t height, struct header *header,
                 struct hash *hash, bool *found, struct error *err)
{
    *found = false;
    if (height > STORE_HEIGHT_MAX)
        return true;
    if (!header_check(snapshot->store->kv, snapshot->at, height, header, hash, found, err))
        return false;
    return *found || absence_check(snapshot, height, "header", err);
}

bool row_need(const struct store_snapshot *snapshot, enum key_space space, uint64_t height,
              const char *what, struct bytes *value, struct error *err)
{
    struct key key = key_block(space, height);

    if (!row_find(snapshot->store->kv, snapshot->at, &key, value, err))
        return error_wrap(err, "%s of block %" PRIu64, what, height);
    return value->at || absence_check(snapshot, height, what, err);
}

bool store_header(struct store_snapshot *snapshot, uint64_t height, struct header *header,
                  struct hash *hash, bool *found, struct error *err)
{
    return header_need(snapshot, height, header, hash, found, err) || store_fail(err, "store");
}

/* `key` and those beside it name hashes that begin alike: the header decides. */
static bool hash_match(struct store_snapshot *snapshot, struct bytes key, const struct hash *hash,
                       uint64_t *height, bool *found, struct error *err)
{
    struct header header;
    struct hash have;

    if (!key_hash_parse(key, height))
        return error_set(err, ERROR_STORE_DAMAGED, "a key of %zu bytes", key.size);
    if (!header_need(snapshot, *height, &header, &have, found, err))
        return false;
    if (!*found || memcmp(have.byte, hash->byte, HASH_PREFIX_SIZE) != 0)
        return error_set(err, ERROR_STORE_DAMAGED, "block %" PRIu64 " has another hash", *height);
    *found = hash_equal(&have, hash);
    return true;
}

static bool height_find(struct store_snapshot *snapshot, const struct hash *hash, uint64_t *height,
                        bool *found, struct error *err)
{
    struct kv *kv = snapshot->store->kv;
    struct kv_iterator *iterator = kv->ops->iterator_new(kv, snapshot->at);
    struct key start = key_hash(hash, 0), shared = key_shared(&start, KEY_HASH_SHARED);
    bool ok = true;

    *found = false;
    for (kv->ops->iterator_seek(iterator, key_bytes(&start));
         ok && !*found && kv->ops->iterator_valid(iterator) &&
         key_begins(kv->ops->iterator_key(iterator), &shared);
         kv->ops->iterator_next(iterator))
        ok = hash_match(snapshot, kv->ops->iterator_key(iterator), hash, height, found, err);
    ok = ok && kv->ops->iterator_check(iterator, err);
    kv->ops->iterator_free(iterator);
    return ok;
}

bool store_height_of_hash(struct store_snapshot *snapshot, const struct hash *hash,
                          uint64_t *height, bool *found, struct error *err)
{
    return height_find(snapshot, hash, height, found, err) || store_fail(err, "block by hash");
}

bool certificate_read(struct kv *kv, const struct kv_snapshot *at, uint64_t height,
                      struct certificate *certificate, bool *found, struct error *err)
{
    struct key key = key_block(KEY_CERTIFICATE, height);
    struct bytes value, inside;
    bool ok = true;

    if (!row_find(kv, at, &key, &value, err))
        return error_wrap(err, "certificate of block %" PRIu64, height);
    *found = value.at != NULL;
    if (*found) {
        struct error fault = {0};

        ok = row_open(&inside, key_bytes(&key), value, err);
        if (ok && !certificate_decode(certificate, inside, &fault))
            ok = error_set(err, ERROR_STORE_DAMAGED, "%s", fault.text);
        if (ok && certificate->height != height)
            ok = error_set(err, ERROR_STORE_DAMAGED, "it is of height %" PRIu64,
                           certificate->height);
    }
    row_free(kv, value);
    return ok || error_wrap(err, "certificate of block %" PRIu64, height);
}

/* Of its block, too. */
static bool certificate_need(struct store_snapshot *snapshot, uint64_t height,
                             struct certificate *certificate, bool *found, struct error *err)
{
    struct header header;
    struct hash hash;

    if (!header_need(snapshot, height, &header, &hash, found, err))
        return false;
    if (!*found || height == 0) { /* block 0 is decided by its genesis */
        *found = false;
        return true;
    }
    if (!certificate_read(snapshot->store->kv, snapshot->at, height, certificate, found, err))
        return false;
    if (!*found)
        return absence_check(snapshot, height, "certificate", err);
    return hash_equal(&certificate->block, &hash) ||
           error_set(err, ERROR_STORE_DAMAGED, "certificate of block %" PRIu64 ": of another block",
                     height);
}

bool store_certificate(struct store_snapshot *snapshot, uint64_t height,
                       struct certificate *certificate, bool *found, struct error *err)
{
    return certificate_need(snapshot, height, certificate, found, err) || store_fail(err, "store");
}

/* The transactions that the header's root names. */
bool body_read(struct kv *kv, const struct kv_snapshot *at, const struct header *header,
               struct tx ***tx, size_t *count, struct bytes *body, struct error *err)
{
    struct key key = key_block(KEY_BODY, header->height);
    struct error fault = {0};
    struct hash root;
    bool ok = false;

    *tx = NULL;
    *count = 0;
    if (!row_find(kv, at, &key, body, err))
        goto out;
    if (!body->at) {
        error_set(err, ERROR_STORE_DAMAGED, "it is missing");
        goto out;
    }
    if (!body_decode(tx, count, *body, &fault)) {
        error_set(err, ERROR_STORE_DAMAGED, "%s", fault.text);
        goto out;
    }
    transactions_root(&root, *tx, *count);
    ok = hash_equal(&root, &header->transactions_root);
    if (!ok) {
        error_set(err, ERROR_STORE_DAMAGED, "its root is not the header's");
        body_free(*tx, *count);
        *tx = NULL;
        *count = 0;
    }
out:
    if (!ok) {
        row_free(kv, *body);
        *body = (struct bytes){0};
    }
    return ok || error_wrap(err, "body of block %" PRIu64, header->height);
}

/* Senders from the index, which is held against the body on the way. */
static bool senders_set(const struct header *header, const struct index_row *index, struct tx **tx,
                        size_t count, struct bytes body, struct error *err)
{
    uint32_t *offset = mem_new(count + 1, sizeof *offset);
    struct error fault = {0};
    uint64_t gas = 0;
    /* NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): index_row_get filled it */
    bool ok = index->count == count && body_offsets(offset, count, body, &fault);

    for (size_t i = 0; ok && i < count; i++) {
        struct index_entry entry = index_entry_get(index, i);

        gas += tx[i]->gas_intrinsic;
        ok = entry.gas_cumulative == gas && entry.offset == offset[i];
        tx_set_sender(tx[i], &entry.sender);
    }
    mem_free(offset);
    return (ok && gas == header->gas_used) ||
           error_set(err, ERROR_STORE_DAMAGED, "it does not fit the body");
}

bool index_need(struct store_snapshot *snapshot, uint64_t height, struct index_row *index,
                struct bytes *value, bool *found, struct error *err)
{
    struct key key = key_block(KEY_INDEX, height);

    if (!row_need(snapshot, KEY_INDEX, height, "index", value, err))
        return false;
    *found = value->at != NULL;
    return !*found || index_row_get(index, key_bytes(&key), *value, err) ||
           error_wrap(err, "index of block %" PRIu64, height);
}

/* *block NULL: not there. */
static bool block_need(struct store_snapshot *snapshot, uint64_t height, struct block **block,
                       struct error *err)
{
    struct kv *kv = snapshot->store->kv;
    struct bytes body = {0}, value = {0};
    struct tx **tx = NULL;
    struct index_row index;
    struct header header;
    struct hash hash;
    size_t count = 0;
    bool found, ok;

    if (!header_need(snapshot, height, &header, &hash, &found, err))
        return false;
    if (!found)
        return true;
    ok = body_read(kv, snapshot->at, &header, &tx, &count, &body, err) &&
         index_need(snapshot, height, &index, &value, &found, err);
    if (ok && !senders_set(&header, &index, tx, count, body, err))
        ok = error_wrap(err, "index of block %" PRIu64, height);
    if (ok) {
        *block = block_new(&header, tx, count);
        mem_free(tx); /* the counts are the block's now */
    } else {
        body_free(tx, count);
    }
    row_free(kv, value);
    row_free(kv, body);
    return ok;
}

bool store_block(struct store_snapshot *snapshot, uint64_t height, struct block **block,
                 struct error *err)
{
    *block = NULL;
    return block_need(snapshot, height, block, err) || store_fail(err, "store");
}
