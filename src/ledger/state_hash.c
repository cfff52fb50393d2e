#include "hash_queue.h"
#include "state_pending.h"

#include <cairn/mpt.h>

enum { REFERENCE_BYTES = 1 + HASH_SIZE }; /* RLP of a hash */

static uint8_t *reference_put(uint8_t *at, const void *hash)
{
    assert(hash);
    *at = 0x80 + HASH_SIZE;
    memcpy(at + 1, hash, HASH_SIZE);
    return at + REFERENCE_BYTES;
}

/* A list of more than 55 bytes and at most 64 KiB: two or three bytes before it. */
static size_t list_head_size(size_t payload)
{
    return payload < 256 ? 2 : 3;
}

static uint8_t *list_head_put(uint8_t *at, size_t payload)
{
    if (payload < 256) {
        *at++ = 0xf8;
    } else {
        *at++ = 0xf9;
        *at++ = (uint8_t)(payload >> 8);
    }
    *at++ = (uint8_t)payload;
    return at;
}

size_t state_value_encode(uint8_t out[STATE_VALUE_MAX], uint64_t nonce, const struct u256 *balance)
{
    static const struct hash code_empty = {{0xc5, 0xd2, 0x46, 0x01, 0x86, 0xf7, 0x23, 0x3c,
                                            0x92, 0x7e, 0x7d, 0xb2, 0xdc, 0xc7, 0x03, 0xc0,
                                            0xe5, 0x00, 0xb6, 0x53, 0xca, 0x82, 0x27, 0x3b,
                                            0x7b, 0xfa, 0xd8, 0x04, 0x5d, 0x85, 0xa4, 0x70}};
    uint8_t integer[2][32];
    size_t size[2], payload = 2 * REFERENCE_BYTES;
    struct u256 wide = u256_of_u64(nonce);
    uint8_t *at;

    size[0] = u256_put_short(integer[0], &wide);
    size[1] = u256_put_short(integer[1], balance);
    for (size_t i = 0; i < 2; i++)
        payload += size[i] == 1 && integer[i][0] < 0x80 ? 1 : 1 + size[i];
    at = list_head_put(out, payload);
    for (size_t i = 0; i < 2; i++) {
        if (size[i] != 1 || integer[i][0] >= 0x80)
            *at++ = (uint8_t)(0x80 + size[i]);
        memcpy(at, integer[i], size[i]);
        at += size[i];
    }
    at = reference_put(at, &state_root_empty);
    at = reference_put(at, &code_empty);
    return (size_t)(at - out);
}

/* rlp[hex-prefix of the khash from `depth` on, value] */
static void leaf_hash(struct hash_queue *queue, const struct state_leaf *leaf, unsigned depth,
                      struct hash *out)
{
    uint8_t value[STATE_VALUE_MAX];
    size_t value_size = state_value_encode(value, leaf->nonce, &leaf->balance);
    unsigned from = (depth + 1) / 2;
    size_t key_size = HASH_SIZE - from + 1;
    size_t payload = (key_size > 1 ? 1 : 0) + key_size + 2 + value_size;
    uint8_t *at = hash_queue_room(queue, list_head_size(payload) + payload, out);

    at = list_head_put(at, payload);
    if (key_size > 1)
        *at++ = (uint8_t)(0x80 + key_size);
    *at++ = (uint8_t)(depth % 2 == 0 ? 0x20 : 0x30 + state_nibble(&leaf->khash, depth));
    memcpy(at, leaf->khash.byte + from, HASH_SIZE - from);
    at += HASH_SIZE - from;
    *at++ = 0xb8; /* a string of 56 to 255 bytes: a value has at least 70 */
    *at++ = (uint8_t)value_size;
    memcpy(at, value, value_size);
}

/* rlp[hex-prefix of the path, hash of the branch below] */
static void extension_hash(struct hash_queue *queue, const struct part *part,
                           const struct hash *below, struct hash *out)
{
    uint8_t key[TRIE_DEPTH_MAX / 2 + 1];
    size_t key_size = mpt_hex_prefix(key, part->path, part->path_count, false);
    size_t payload = (key_size > 1 ? 1 : 0) + key_size + REFERENCE_BYTES;
    uint8_t *at = hash_queue_room(queue, (payload < 56 ? 1 : 2) + payload, out);

    if (payload < 56)
        *at++ = (uint8_t)(0xc0 + payload);
    else
        at = list_head_put(at, payload);
    if (key_size > 1)
        *at++ = (uint8_t)(0x80 + key_size);
    memcpy(at, key, key_size);
    reference_put(at + key_size, below);
}

/* rlp[hash or empty, 16 times; no value]: the slots as they were, but for the parts below. */
static void branch_hash(struct hash_queue *queue, const struct part *part, const struct part *below,
                        struct hash *out)
{
    const struct part *end = below + part->part_count;
    const struct trie_node *node = part->slot.node;
    unsigned mask = node ? node->mask : 0, taken = mask;
    const uint8_t *old = mask ? trie_branch_hashes(node) : NULL;
    size_t payload;
    uint8_t *at;

    for (const struct part *i = below; i < end; i++)
        taken |= 1U << i->nibble;
    payload = TRIE_WIDTH + 1 + (size_t)HASH_SIZE * trie_rank(taken, TRIE_WIDTH);
    at = hash_queue_room(queue, list_head_size(payload) + payload, out);
    at = list_head_put(at, payload);
    for (unsigned nibble = 0; nibble < TRIE_WIDTH; nibble++) {
        bool was = mask >> nibble & 1;

        if (below < end && below->nibble == nibble)
            at = reference_put(at, &below++->slot.hash);
        else if (was)
            at = reference_put(at, old);
        else
            *at++ = 0x80;
        if (was)
            old += HASH_SIZE;
    }
    *at = 0x80;
}

static void part_hash(struct hash_queue *queue, struct part *part, const struct part *below)
{
    switch ((enum part_kind)part->kind) {
    case PART_KEPT:
        break;
    case PART_LEAF:
        leaf_hash(queue, part->leaf, part->depth, &part->slot.hash);
        break;
    case PART_EXTENSION:
        extension_hash(queue, part, &below->slot.hash, &part->slot.hash);
        break;
    case PART_BRANCH:
        branch_hash(queue, part, below, &part->slot.hash);
        break;
    }
}

void state_pending_hash(struct state_pending *pending, const uint32_t *level, size_t level_count)
{
    struct hash_queue queue;

    hash_queue_init(&queue);
    while (level_count-- > 0) {
        for (uint32_t i = level[level_count]; i < level[level_count + 1]; i++)
            part_hash(&queue, &pending->part[i], &pending->part[pending->part[i].first]);
        hash_queue_flush(&queue);
    }
}
