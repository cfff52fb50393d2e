/* What is looked at before a chain is called whole. LevelDB opens without a word when it lost rows,
 * so nothing is concluded from its opening. The accounts are not checked here: who builds the state
 * trie from them compares its root. */
#include "read.h"

#include <inttypes.h>

enum { CHECK_BLOCKS = 64 }; /* 0.6 s where all of them are full */

static const char *space_name(enum key_space space)
{
    for (size_t i = 0; i < KEY_SPACE_COUNT; i++)
        if (key_spaces[i].space == space)
            return key_spaces[i].name;
    return "";
}

/* 0.4 us a row: a year of blocks a second, 12 s. */
bool check_heights(struct kv *kv, enum key_space space, uint64_t first, uint64_t last,
                   struct error *err)
{
    struct kv_iterator *iterator = kv->ops->iterator_new(kv, NULL);
    struct key start = key_space(space);
    uint64_t want = first, height;
    bool ok = true;

    for (kv->ops->iterator_seek(iterator, key_bytes(&start)); ok;
         kv->ops->iterator_next(iterator)) {
        if (!kv->ops->iterator_valid(iterator) ||
            !key_begins(kv->ops->iterator_key(iterator), &start))
            break;
        if (!key_block_parse(kv->ops->iterator_key(iterator), &height))
            ok = error_set(err, ERROR_STORE_DAMAGED, "%s row: a key of %zu bytes",
                           space_name(space), kv->ops->iterator_key(iterator).size);
        else if (height != want)
            ok = error_set(err, ERROR_STORE_DAMAGED,
                           "the %s of block %" PRIu64 " is missing: that of block %" PRIu64
                           " comes next",
                           space_name(space), want, height);
        want++;
    }
    ok = ok && kv->ops->iterator_check(iterator, err);
    kv->ops->iterator_free(iterator);
    if (ok && want != last + 1)
        ok = error_set(err, ERROR_STORE_DAMAGED,
                       "the %s of block %" PRIu64
                       " is missing: there should be one up to block %" PRIu64,
                       space_name(space), want, last);
    return ok;
}

bool check_height_last(struct kv *kv, enum key_space space, uint64_t *height, bool *found,
                       struct error *err)
{
    struct kv_iterator *iterator = kv->ops->iterator_new(kv, NULL);
    struct key start = key_space(space), beyond = {.byte = {(uint8_t)(space + 1)}, .size = 1};
    bool ok = true;

    kv->ops->iterator_seek(iterator, key_bytes(&beyond));
    if (kv->ops->iterator_valid(iterator))
        kv->ops->iterator_prev(iterator);
    else if ((ok = kv->ops->iterator_check(iterator, err)))
        kv->ops->iterator_last(iterator);
    *found = ok && kv->ops->iterator_valid(iterator) &&
             key_begins(kv->ops->iterator_key(iterator), &start);
    if (*found && !key_block_parse(kv->ops->iterator_key(iterator), height))
        ok = error_set(err, ERROR_STORE_DAMAGED, "%s row: a key of %zu bytes", space_name(space),
                       kv->ops->iterator_key(iterator).size);
    ok = ok && kv->ops->iterator_check(iterator, err);
    kv->ops->iterator_free(iterator);
    return ok;
}

/* The head row says how far the chain goes; so must the rows that are never overwritten. */
static bool check_end(struct kv *kv, enum key_space space, uint64_t head, struct error *err)
{
    uint64_t last;
    bool found;

    if (!check_height_last(kv, space, &last, &found, err))
        return false;
    if (found && last == head)
        return true;
    if (!found)
        return error_set(err, ERROR_STORE_DAMAGED, "there is no %s at all", space_name(space));
    return error_set(err, ERROR_STORE_DAMAGED,
                     "the head row says block %" PRIu64 ", the last %s is that of block %" PRIu64,
                     head, space_name(space), last);
}

/* Whole blocks, one upon the other. */
static bool check_blocks(struct store_snapshot *snapshot, uint64_t first, uint64_t head,
                         struct error *err)
{
    struct hash parent = {{0}};

    for (uint64_t height = first; height <= head; height++) {
        struct block *block;
        bool linked;

        if (!store_block(snapshot, height, &block, err))
            return false;
        assert(block); /* no height here is above the head */
        linked = height == first || hash_equal(&block->header.parent_hash, &parent);
        parent = block->hash;
        block_drop(block);
        if (!linked)
            return error_set(err, ERROR_STORE_DAMAGED,
                             "block %" PRIu64 " does not follow block %" PRIu64, height,
                             height - 1);
    }
    return true;
}

static bool check_certificate(struct store_snapshot *snapshot, const struct genesis *genesis,
                              uint64_t head, struct error *err)
{
    struct certificate certificate;
    bool found;

    if (head == 0)
        return true;
    if (!store_certificate(snapshot, head, &certificate, &found, err))
        return false;
    assert(found);
    if (certificate_check(&certificate, SIGN_PRECOMMIT, &genesis->hash, &genesis->council, err))
        return true;
    err->code = ERROR_STORE_DAMAGED;
    return error_wrap(err, "certificate of block %" PRIu64, head);
}

static bool check_genesis(struct store *store, const struct genesis *genesis, struct error *err)
{
    struct header header;
    struct hash hash;
    bool found;

    if (!header_read(store->kv, NULL, 0, &header, &hash, &found, err))
        return false;
    return (found && hash_equal(&hash, &genesis->hash)) ||
           error_set(err, ERROR_STORE_DAMAGED, "block 0 is not the genesis's");
}

bool check_chain(struct store *store, const struct genesis *genesis, struct error *err)
{
    struct store_snapshot *snapshot;
    struct header header;
    struct hash hash;
    uint64_t head;
    bool ok;

    if (!store_head(store, &header, &hash, err))
        return false;
    head = header.height;
    if (!check_end(store->kv, KEY_HEADER, head, err) ||
        !check_end(store->kv, KEY_BODY, head, err) || !check_end(store->kv, KEY_INDEX, head, err) ||
        (head > 0 && !check_end(store->kv, KEY_CERTIFICATE, head, err)) ||
        !check_heights(store->kv, KEY_HEADER, 0, head, err) || !check_genesis(store, genesis, err))
        return false;
    snapshot = store_snapshot_new(store);
    ok = check_blocks(snapshot, head < CHECK_BLOCKS ? 0 : head - CHECK_BLOCKS + 1, head, err) &&
         check_certificate(snapshot, genesis, head, err);
    store_snapshot_free(snapshot);
    store->height_next = head + 1;
    return ok;
}
