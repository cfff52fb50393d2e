#include "schema.h"

#define NO_HASH "its own check, over key and value"

const struct key_space_row key_spaces[KEY_SPACE_COUNT] = {
    {KEY_META, CLASS_OWN, "meta", "name", "see META_ in schema.h", "comparison at open"},
    {KEY_ACCOUNT, CLASS_CACHE, "account", "keccak256(address) (32)",
     "rlp nonce, rlp height of the last change, rlp balance, check (4)",
     NO_HASH "; all of them by the state root when the trie is built"},
    {KEY_BODY, CLASS_TRUTH, "body", "height (5)", "rlp list of transactions",
     "the header's transactions root"},
    {KEY_CERTIFICATE, CLASS_TRUTH, "certificate", "height (5)", "rlp of the certificate, check (4)",
     NO_HASH "; its signatures at open (the head's) and by a reindex"},
    {KEY_HEADER, CLASS_TRUTH, "header", "height (5)", "rlp of the header",
     "the row that its hash has in `n`"},
    {KEY_HISTORY, CLASS_DERIVED, "account by height, transactions by address",
     "keccak256(address) (first 20), ~height (5)",
     "rlp nonce, rlp balance, rlp string of positions (2 each), check (4)", NO_HASH},
    {KEY_INDEX, CLASS_DERIVED, "block index", "height (5)",
     "receipts root (32), for each transaction sender (20), cumulative gas (8), offset in the body "
     "(4); check (4)",
     NO_HASH "; gas and offsets by the body"},
    {KEY_JOURNAL, CLASS_OWN, "mempool journal", "sequence (8)",
     "sender (20), encoded transaction, check (4)", NO_HASH},
    {KEY_TRIE, CLASS_DERIVED, "sub-trie hash by height",
     "depth (1), prefix padded to whole bytes (1 or 2), ~height (5)", "hash (32)",
     "the state root that is put together from them"},
    {KEY_HASH, CLASS_DERIVED, "height of block hash", "block hash (first 8), height (5)", "empty",
     "the header at that height"},
    {KEY_PLACE, CLASS_DERIVED, "place of transaction",
     "transaction hash (first 8), height (5), position (2)", "empty", "the transaction there"},
};

struct bytes key_bytes(const struct key *key)
{
    return bytes_of(key->byte, key->size);
}

bool key_begins(struct bytes key, const struct key *with)
{
    return key.size >= with->size && memcmp(key.at, with->byte, with->size) == 0;
}

static void put(struct key *key, const void *at, size_t size)
{
    assert(size <= KEY_SIZE_MAX - key->size);
    memcpy(key->byte + key->size, at, size);
    key->size += size;
}

static void put_height(struct key *key, uint64_t height)
{
    uint8_t byte[8];

    assert(height <= STORE_HEIGHT_MAX);
    be64_put(byte, height);
    put(key, byte + sizeof byte - HEIGHT_SIZE, HEIGHT_SIZE);
}

static uint64_t get_height(const uint8_t *at)
{
    return (uint64_t)at[0] << 32 | be32_get(at + 1);
}

struct key key_space(enum key_space space)
{
    return (struct key){.byte = {(uint8_t)space}, .size = 1};
}

struct key key_meta(const char *name)
{
    struct key key = key_space(KEY_META);

    put(&key, name, strlen(name));
    return key;
}

struct key key_account(const struct hash *khash)
{
    struct key key = key_space(KEY_ACCOUNT);

    put(&key, khash->byte, HASH_SIZE);
    return key;
}

struct key key_history(const struct hash *khash, uint64_t height)
{
    struct key key = key_space(KEY_HISTORY);

    put(&key, khash->byte, KHASH_PREFIX_SIZE);
    put_height(&key, STORE_HEIGHT_MAX - height);
    return key;
}

struct key key_block(enum key_space space, uint64_t height)
{
    struct key key = key_space(space);

    put_height(&key, height);
    return key;
}

struct key key_hash(const struct hash *block, uint64_t height)
{
    struct key key = key_space(KEY_HASH);

    put(&key, block->byte, HASH_PREFIX_SIZE);
    put_height(&key, height);
    return key;
}

struct key key_place(const struct hash *tx, uint64_t height, uint32_t position)
{
    struct key key = key_space(KEY_PLACE);
    uint8_t byte[2];

    static_assert(BLOCK_TX_MAX <= 1 << 16, "a position has two bytes");
    assert(position < BLOCK_TX_MAX);
    put(&key, tx->byte, HASH_PREFIX_SIZE);
    put_height(&key, height);
    be16_put(byte, (uint16_t)position);
    put(&key, byte, sizeof byte);
    return key;
}

struct key key_trie(unsigned depth, const uint8_t prefix[2], uint64_t height)
{
    struct key key = key_space(KEY_TRIE);
    uint8_t byte = (uint8_t)depth;

    assert(depth >= 1 && depth <= 3);
    put(&key, &byte, 1);
    put(&key, prefix, (depth + 1) / 2);
    put_height(&key, STORE_HEIGHT_MAX - height);
    return key;
}

struct key key_journal(uint64_t sequence)
{
    struct key key = key_space(KEY_JOURNAL);
    uint8_t byte[8];

    be64_put(byte, sequence);
    put(&key, byte, sizeof byte);
    return key;
}

struct key key_shared(const struct key *key, size_t size)
{
    struct key shared = {.size = size};

    assert(size <= key->size);
    memcpy(shared.byte, key->byte, size);
    return shared;
}

bool key_block_parse(struct bytes key, uint64_t *height)
{
    if (key.size != 1 + HEIGHT_SIZE)
        return false;
    *height = get_height(key.at + 1);
    return true;
}

bool key_hash_parse(struct bytes key, uint64_t *height)
{
    if (key.size != KEY_HASH_SHARED + HEIGHT_SIZE)
        return false;
    *height = get_height(key.at + KEY_HASH_SHARED);
    return true;
}

bool key_place_parse(struct bytes key, uint64_t *height, uint32_t *position)
{
    if (key.size != KEY_PLACE_SHARED + HEIGHT_SIZE + 2)
        return false;
    *height = get_height(key.at + KEY_PLACE_SHARED);
    *position = be16_get(key.at + KEY_PLACE_SHARED + HEIGHT_SIZE);
    return true;
}

bool key_history_parse(struct bytes key, uint64_t *height)
{
    if (key.size != KEY_HISTORY_SHARED + HEIGHT_SIZE)
        return false;
    *height = STORE_HEIGHT_MAX - get_height(key.at + KEY_HISTORY_SHARED);
    return true;
}

bool key_journal_parse(struct bytes key, uint64_t *sequence)
{
    if (key.size != 1 + 8)
        return false;
    *sequence = be64_get(key.at + 1);
    return true;
}
