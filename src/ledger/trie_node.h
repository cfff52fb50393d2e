/* The nodes of the state trie as they lie in memory: branches and extensions, with the hashes of
 * what hangs below in them; leaves have no node. 54 bytes an account is the aim, so a branch holds
 * only the slots that are taken:
 *
 *   branch     mask (2), kids (2), pointer (8) a kid, accounts (1) any other slot, hash (32) a slot
 *   extension  0 (2), nibble count (2), pointer (8) and hash (32) of the branch below, a byte a
 *              nibble
 *
 * A kid is a slot below which nodes are; any other stands for a sub-trie of 1 … T accounts. What a
 * walk downward reads comes first, so that it touches one or two lines of cache. Private to the
 * room. */
#ifndef CAIRN_LEDGER_TRIE_NODE_H
#define CAIRN_LEDGER_TRIE_NODE_H
#include <cairn/base.h>

enum { TRIE_DEPTH_MAX = 2 * HASH_SIZE, TRIE_WIDTH = 16 };

struct trie_node {
    uint16_t mask; /* slots that are taken; 0: an extension */
    uint16_t kids; /* of these, those that are nodes; an extension's count of nibbles */
    uint8_t body[];
};

/* What hangs at one place: a node, or (NULL) a sub-trie of so many accounts, or (0) nothing. */
struct trie_slot {
    struct hash hash;
    struct trie_node *node;
    uint8_t accounts; /* 0 where there is a node: it is not counted */
};

static inline bool trie_node_is_branch(const struct trie_node *node)
{
    return node->mask != 0;
}

/* How many of `mask`'s slots lie before `nibble`. */
static inline unsigned trie_rank(unsigned mask, unsigned nibble)
{
    return (unsigned)__builtin_popcount(mask & ((1U << nibble) - 1));
}

/* With room for its slots, all to be put. */
struct trie_node *trie_branch_new(unsigned mask, unsigned kids) MUST_CHECK;
struct trie_node *trie_extension_new(const uint8_t *nibble, unsigned nibble_count,
                                     const struct trie_slot *below) MUST_CHECK;
/* What it takes of memory, the allocator's share included. */
size_t trie_node_bytes(const struct trie_node *node);

/* Of a branch. `put`: as a kid where slot->node is given; the shape must be so. */
void trie_branch_get(const struct trie_node *branch, unsigned nibble, struct trie_slot *slot);
void trie_branch_put(struct trie_node *branch, unsigned nibble, const struct trie_slot *slot);
/* The same without the hash. */
struct trie_node *trie_branch_kid(const struct trie_node *branch, unsigned nibble);
uint8_t trie_branch_accounts(const struct trie_node *branch, unsigned nibble);
/* The hashes of its slots, one behind the other. */
const uint8_t *trie_branch_hashes(const struct trie_node *branch);

/* Of an extension; the nibbles are trie_extension_count many. */
const uint8_t *trie_extension_nibbles(const struct trie_node *extension);
unsigned trie_extension_count(const struct trie_node *extension);
void trie_extension_get(const struct trie_node *extension, struct trie_slot *slot);
void trie_extension_put(struct trie_node *extension, const struct trie_slot *slot);

#endif
