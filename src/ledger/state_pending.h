/* What the files of the state trie share: the tree, and a block's change to it. Private to the
 * room.
 *
 * A change is an array of parts, each a sub-trie that the block touches, by levels: the root first,
 * the parts below one part side by side. Opening a part appends those below it; hashing goes from
 * the last level to the first, folding from the last part to the first. So nothing here recurses,
 * and the tree itself is only read until it is folded. */
#ifndef CAIRN_LEDGER_STATE_PENDING_H
#define CAIRN_LEDGER_STATE_PENDING_H
#include "trie_node.h"

#include <cairn/state_trie.h>

enum {
    STATE_THRESHOLD_MAX = 128, /* T's bound: an account's share of nodes is then under a byte */
    STATE_LEVELS_MAX = TRIE_DEPTH_MAX + 1
};
static_assert(STATE_THRESHOLD_MAX <= UINT8_MAX, "a slot counts its accounts in one byte");

struct state_trie {
    struct state_rows rows;
    struct trie_slot root;
    uint64_t accounts;
    size_t bytes;     /* of nodes */
    size_t bytes_max; /* T doubles when they are more */
    unsigned threshold;
    uint64_t generation; /* folds so far: a pending belongs to one generation */
};

enum part_kind {
    PART_KEPT, /* as it was, but under a new parent */
    PART_LEAF,
    PART_EXTENSION,
    PART_BRANCH
};

struct part {
    struct trie_slot slot;         /* what was here; from opening to folding what is now */
    const struct state_leaf *leaf; /* changed accounts below; once `whole`, all. Good in apply */
    const uint8_t *path;           /* an extension's nibbles, a byte each */
    uint32_t leaf_count;
    uint32_t first; /* its parts below: first … first + part_count - 1, by nibble */
    uint8_t part_count;
    uint8_t kind;
    uint8_t depth;     /* nibbles above */
    uint8_t nibble;    /* the last of them */
    uint8_t path_from; /* slot.node is an extension, and so many of its nibbles lie above */
    uint8_t path_count;
    uint8_t prefix[2]; /* the first nibbles of the place, zeros behind */
    bool whole;        /* `leaf` holds every account below */
    bool small;        /* at most T accounts: it gets no node */
};

struct state_chunk; /* of leaves that were read, and of new paths */

struct state_pending {
    struct part *part; /* the root first; none where nothing changes */
    uint32_t part_count;
    uint32_t part_room;
    struct state_chunk *chunk;
    uint64_t accounts_new;
    uint64_t generation;
};

static inline unsigned state_nibble(const struct hash *khash, unsigned index)
{
    unsigned byte = khash->byte[index / 2];

    return index % 2 == 0 ? byte >> 4 : byte & 15;
}

/* How many nibbles two places share from the start. */
static inline unsigned state_nibbles_same(const struct hash *a, const struct hash *b)
{
    unsigned i = 0;

    while (i < HASH_SIZE && a->byte[i] == b->byte[i])
        i++;
    if (i == HASH_SIZE)
        return TRIE_DEPTH_MAX;
    return 2 * i + (a->byte[i] >> 4 == b->byte[i] >> 4 ? 1 : 0);
}

/* state_hash.c: level[i] … level[i + 1] - 1 are the parts of level i. */
void state_pending_hash(struct state_pending *pending, const uint32_t *level, size_t level_count);

/* state_pending.c. `rows` NULL: `leaf` is every account that there will be, all of them new. */
bool state_pending_build(const struct state_trie *trie, const struct state_rows *rows,
                         const struct state_leaf *leaf, size_t count,
                         struct state_pending **pending, struct hash *root,
                         struct error *err) MUST_CHECK;
void state_pending_free(struct state_pending *pending); /* takes NULL */

#endif
