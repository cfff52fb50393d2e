/* As in the state trie, nothing recurses: nodes are found level by level and encoded from the last
 * level to the first, so that those of one level are hashed side by side. */
#include "hash_queue.h"

#include <cairn/mpt.h>
#include <cairn/rlp.h>

enum { WIDTH = 16, NIBBLES_MAX = 2 * MPT_KEY_MAX, LEVELS_MAX = NIBBLES_MAX + 1 };

const struct hash mpt_root_empty = {{0x56, 0xe8, 0x1f, 0x17, 0x1b, 0xcc, 0x55, 0xa6,
                                     0xff, 0x83, 0x45, 0xe6, 0x92, 0xc0, 0xf8, 0x6e,
                                     0x5b, 0x48, 0xe0, 0x1b, 0x99, 0x6c, 0xad, 0xc0,
                                     0x01, 0x62, 0x2f, 0xb5, 0xe3, 0x63, 0xb4, 0x21}};

enum node_kind { NODE_LEAF, NODE_EXTENSION, NODE_BRANCH };

struct node {
    struct hash reference;       /* the hash, or an encoding of fewer bytes, as the parent has it */
    const struct mpt_pair *pair; /* the pairs below; a branch's own value is the first */
    uint32_t pair_count;
    uint32_t first; /* nodes below: first … first + node_count - 1, by nibble */
    uint8_t node_count;
    uint8_t kind;
    uint8_t depth;      /* nibbles above */
    uint8_t nibble;     /* the last of them */
    uint8_t path_count; /* nibbles of a leaf or an extension */
    uint8_t embedded;   /* size of an encoding that stands in `reference` itself; 0: its hash */
    bool has_value;     /* a branch where a key ends */
};

struct trie {
    struct node *node;
    uint32_t count;
    uint32_t room;
    struct hash_queue queue;
    struct buffer large; /* an encoding that fits no lane */
};

static unsigned nibble_of(struct bytes key, unsigned index)
{
    unsigned byte = key.at[index / 2];

    return index % 2 == 0 ? byte >> 4 : byte & 15;
}

static unsigned nibbles_same(struct bytes a, struct bytes b)
{
    unsigned end = 2 * (unsigned)(a.size < b.size ? a.size : b.size), i = 0;

    while (i < end && nibble_of(a, i) == nibble_of(b, i))
        i++;
    return i;
}

size_t mpt_hex_prefix(uint8_t *out, const uint8_t *nibble, size_t nibble_count, bool leaf)
{
    size_t at = 0, i = nibble_count % 2;

    out[at++] = (uint8_t)((leaf ? 0x20 : 0) | (i == 1 ? 0x10 | nibble[0] : 0));
    for (; i < nibble_count; i += 2)
        out[at++] = (uint8_t)(nibble[i] << 4 | nibble[i + 1]);
    return at;
}

static struct node *node_add(struct trie *trie, struct node *above, unsigned depth,
                             const struct mpt_pair *pair, size_t pair_count)
{
    struct node *node = &trie->node[trie->count];

    if (above->node_count++ == 0)
        above->first = trie->count;
    trie->count++;
    *node = (struct node){.pair = pair,
                          .pair_count = (uint32_t)pair_count,
                          .depth = (uint8_t)depth,
                          .nibble = (uint8_t)nibble_of(pair->key, depth - 1)};
    return node;
}

static void open_branch(struct trie *trie, struct node *node)
{
    const struct mpt_pair *pair = node->pair, *end = pair + node->pair_count;

    node->kind = NODE_BRANCH;
    if (2 * pair->key.size ==
        node->depth) { /* of all the keys the first, since it is the shortest */
        node->has_value = true;
        pair++;
    }
    while (pair < end) {
        const struct mpt_pair *from = pair;
        unsigned nibble = nibble_of(pair->key, node->depth);

        while (pair < end && nibble_of(pair->key, node->depth) == nibble)
            pair++;
        node_add(trie, node, node->depth + 1U, from, (size_t)(pair - from));
    }
}

static void node_open(struct trie *trie, struct node *node)
{
    const struct mpt_pair *pair = node->pair;
    unsigned same = nibbles_same(pair->key, pair[node->pair_count - 1].key);

    assert(same >= node->depth);
    if (node->pair_count == 1) {
        node->kind = NODE_LEAF;
        node->path_count = (uint8_t)(same - node->depth);
    } else if (same > node->depth) {
        node->kind = NODE_EXTENSION;
        node->path_count = (uint8_t)(same - node->depth);
        node_add(trie, node, same, pair, node->pair_count);
    } else {
        open_branch(trie, node);
    }
}

/* Opening a node appends at most 16; with the room made before, none of them moves meanwhile. */
static void nodes_reserve(struct trie *trie)
{
    if (trie->room - trie->count >= WIDTH)
        return;
    assert(trie->room < UINT32_MAX / 2 - WIDTH);
    trie->room = 2 * trie->room + WIDTH;
    trie->node = mem_grow(trie->node, trie->room, sizeof(*trie->node));
}

static size_t string_size(struct bytes string)
{
    if (string.size == 1 && string.at[0] < 0x80)
        return 1;
    return rlp_header_size(string.size) + string.size;
}

static uint8_t *string_put(uint8_t *at, struct bytes string)
{
    if (string.size != 1 || string.at[0] >= 0x80)
        at += rlp_header_put(at, false, string.size);
    if (string.size > 0)
        memcpy(at, string.at, string.size);
    return at + string.size;
}

static size_t reference_size(const struct node *node)
{
    return node->embedded > 0 ? node->embedded : 1 + HASH_SIZE;
}

static uint8_t *reference_put(uint8_t *at, const struct node *node)
{
    if (node->embedded == 0)
        return string_put(at, bytes_of_hash(&node->reference));
    memcpy(at, node->reference.byte, node->embedded);
    return at + node->embedded;
}

/* The path of a leaf or an extension, hex-prefixed. */
static struct bytes path_encode(uint8_t out[MPT_KEY_MAX + 1], const struct node *node)
{
    uint8_t nibble[NIBBLES_MAX];

    for (unsigned i = 0; i < node->path_count; i++)
        nibble[i] = (uint8_t)nibble_of(node->pair->key, node->depth + i);
    return bytes_of(out, mpt_hex_prefix(out, nibble, node->path_count, node->kind == NODE_LEAF));
}

/* The payload of the node's list. */
static size_t payload_size(const struct node *node, const struct node *below, struct bytes path)
{
    size_t size = 0;

    switch ((enum node_kind)node->kind) {
    case NODE_LEAF:
        return string_size(path) + string_size(node->pair->value);
    case NODE_EXTENSION:
        return string_size(path) + reference_size(below);
    case NODE_BRANCH:
        for (unsigned i = 0; i < node->node_count; i++)
            size += reference_size(&below[i]);
        size += WIDTH - (size_t)node->node_count;
        return size + (node->has_value ? string_size(node->pair->value) : 1);
    }
    return size;
}

static void payload_put(uint8_t *at, const struct node *node, const struct node *below,
                        struct bytes path)
{
    const struct node *end = below + node->node_count;

    switch ((enum node_kind)node->kind) {
    case NODE_LEAF:
        at = string_put(at, path);
        string_put(at, node->pair->value);
        break;
    case NODE_EXTENSION:
        at = string_put(at, path);
        reference_put(at, below);
        break;
    case NODE_BRANCH:
        for (unsigned nibble = 0; nibble < WIDTH; nibble++) {
            if (below < end && below->nibble == nibble)
                at = reference_put(at, below++);
            else
                *at++ = 0x80;
        }
        if (node->has_value)
            string_put(at, node->pair->value);
        else
            *at = 0x80;
        break;
    }
}

/* Encodes a node below which all is encoded: into its reference if it is small, else its hash goes
 * there. */
static void node_encode(struct trie *trie, struct node *node)
{
    const struct node *below = &trie->node[node->first];
    uint8_t prefixed[MPT_KEY_MAX + 1];
    struct bytes path = {0};
    size_t payload, size;
    uint8_t *at;

    if (node->kind != NODE_BRANCH)
        path = path_encode(prefixed, node);
    payload = payload_size(node, below, path);
    size = rlp_header_size(payload) + payload;
    if (size < HASH_SIZE && node->depth > 0) {
        node->embedded = (uint8_t)size;
        at = node->reference.byte;
    } else if (size <= HASH_QUEUE_BYTES_MAX) {
        at = hash_queue_room(&trie->queue, size, &node->reference);
    } else {
        buffer_clear(&trie->large);
        at = buffer_extend(&trie->large, size);
    }
    payload_put(at + rlp_header_put(at, true, payload), node, below, path);
    if (size > HASH_QUEUE_BYTES_MAX)
        keccak256(&node->reference, buffer_bytes(&trie->large));
}

static void pairs_check(const struct mpt_pair *pair, size_t count)
{
    assert(count < UINT32_MAX / 4);
    for (size_t i = 0; i < count; i++) {
        assert(pair[i].key.size <= MPT_KEY_MAX && pair[i].value.size > 0);
        assert_slow(i == 0 || bytes_compare(pair[i - 1].key, pair[i].key) < 0);
    }
}

void mpt_root(struct hash *out, const struct mpt_pair *pair, size_t count)
{
    uint32_t level[LEVELS_MAX + 1];
    size_t level_count = 0;
    struct trie *trie;

    pairs_check(pair, count);
    if (count == 0) {
        *out = mpt_root_empty;
        return;
    }
    trie = mem_new(1, sizeof(*trie));
    hash_queue_init(&trie->queue);
    nodes_reserve(trie);
    trie->node[trie->count++] = (struct node){.pair = pair, .pair_count = (uint32_t)count};
    for (uint32_t at = 0; at < trie->count; level_count++) {
        assert(level_count < LEVELS_MAX);
        level[level_count] = at;
        for (uint32_t end = trie->count; at < end; at++) {
            nodes_reserve(trie);
            node_open(trie, &trie->node[at]);
        }
    }
    level[level_count] = trie->count;
    while (level_count-- > 0) {
        for (uint32_t i = level[level_count]; i < level[level_count + 1]; i++)
            node_encode(trie, &trie->node[i]);
        hash_queue_flush(&trie->queue);
    }
    *out = trie->node[0].reference;
    buffer_release(&trie->large);
    mem_free(trie->node);
    mem_free(trie);
}

/* rlp(index): an integer in as few bytes as hold it. */
static size_t index_encode(uint8_t out[5], size_t index)
{
    uint8_t wide[4];
    size_t skip = 0;

    assert(index <= UINT32_MAX);
    be32_put(wide, (uint32_t)index);
    while (skip < sizeof(wide) && wide[skip] == 0)
        skip++;
    if (index > 0 && index < 0x80) {
        out[0] = wide[3];
        return 1;
    }
    out[0] = (uint8_t)(0x80 + sizeof(wide) - skip);
    memcpy(out + 1, wide + skip, sizeof(wide) - skip);
    return 1 + sizeof(wide) - skip;
}

/* Sorted by their encodings the indices are 1 … 127, 0 (0x80), 128 …: they need no sorting. */
static size_t index_at(size_t place, size_t count)
{
    size_t below_128 = count < 128 ? count : 128;

    if (place + 1 < below_128)
        return place + 1;
    return place < below_128 ? 0 : place;
}

void mpt_list_root(struct hash *out, const struct bytes *value, size_t count)
{
    struct mpt_pair *pair = mem_new(count + 1, sizeof(*pair));
    uint8_t(*key)[5] = mem_new(count + 1, sizeof(*key));

    for (size_t i = 0; i < count; i++) {
        size_t index = index_at(i, count);

        pair[i].key = bytes_of(key[i], index_encode(key[i], index));
        pair[i].value = value[index];
    }
    mpt_root(out, pair, count);
    mem_free(key);
    mem_free(pair);
}
