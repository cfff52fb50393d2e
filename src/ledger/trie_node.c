#include "trie_node.h"

enum { REFERENCE_SIZE = sizeof(struct trie_node *) + HASH_SIZE };

static_assert(offsetof(struct trie_node, body) == 4, "the head of a node is four bytes");

/* Pointers lie behind hashes at odd places: they are copied, never pointed at. */
static struct trie_node *pointer_get(const uint8_t *at)
{
    struct trie_node *node;

    memcpy(&node, at, sizeof(node));
    return node;
}

static void pointer_put(uint8_t *at, struct trie_node *node)
{
    memcpy(at, &node, sizeof(node));
}

static unsigned bits(unsigned mask)
{
    return (unsigned)__builtin_popcount(mask);
}

/* Where the accounts, the hashes and the end of a branch lie in its body. */
static size_t accounts_start(unsigned kids)
{
    return sizeof(struct trie_node *) * bits(kids);
}

static size_t hashes_start(unsigned mask, unsigned kids)
{
    return accounts_start(kids) + bits(mask & ~kids);
}

static size_t branch_size(unsigned mask, unsigned kids)
{
    return sizeof(struct trie_node) + hashes_start(mask, kids) + HASH_SIZE * bits(mask);
}

static size_t kid_offset(const struct trie_node *branch, unsigned nibble)
{
    return sizeof(struct trie_node *) * trie_rank(branch->kids, nibble);
}

static size_t accounts_offset(const struct trie_node *branch, unsigned nibble)
{
    return accounts_start(branch->kids) +
           trie_rank((unsigned)branch->mask & ~(unsigned)branch->kids, nibble);
}

static size_t hash_offset(const struct trie_node *branch, unsigned nibble)
{
    return hashes_start(branch->mask, branch->kids) + HASH_SIZE * trie_rank(branch->mask, nibble);
}

static bool is_kid(const struct trie_node *branch, unsigned nibble)
{
    return branch->kids >> nibble & 1;
}

struct trie_node *trie_branch_new(unsigned mask, unsigned kids)
{
    struct trie_node *node = mem_grow(NULL, 1, branch_size(mask, kids));

    assert(mask != 0 && (kids & ~mask) == 0);
    node->mask = (uint16_t)mask;
    node->kids = (uint16_t)kids;
    return node;
}

struct trie_node *trie_extension_new(const uint8_t *nibble, unsigned nibble_count,
                                     const struct trie_slot *below)
{
    struct trie_node *node =
        mem_grow(NULL, 1, sizeof(struct trie_node) + REFERENCE_SIZE + nibble_count);

    assert(nibble_count > 0 && nibble_count < TRIE_DEPTH_MAX);
    node->mask = 0;
    node->kids = (uint16_t)nibble_count;
    memcpy(node->body + REFERENCE_SIZE, nibble, nibble_count);
    trie_extension_put(node, below);
    return node;
}

size_t trie_node_bytes(const struct trie_node *node)
{
    size_t size = trie_node_is_branch(node)
                      ? branch_size(node->mask, node->kids)
                      : sizeof(struct trie_node) + REFERENCE_SIZE + node->kids;

    return (size + 8 + 15) / 16 * 16; /* glibc: a head of 8 bytes, then rounded up to 16 */
}

struct trie_node *trie_branch_kid(const struct trie_node *branch, unsigned nibble)
{
    return is_kid(branch, nibble) ? pointer_get(branch->body + kid_offset(branch, nibble)) : NULL;
}

uint8_t trie_branch_accounts(const struct trie_node *branch, unsigned nibble)
{
    bool counted = (branch->mask >> nibble & 1) && !is_kid(branch, nibble);

    return counted ? branch->body[accounts_offset(branch, nibble)] : 0;
}

void trie_branch_get(const struct trie_node *branch, unsigned nibble, struct trie_slot *slot)
{
    *slot = (struct trie_slot){.node = trie_branch_kid(branch, nibble),
                               .accounts = trie_branch_accounts(branch, nibble)};
    if (branch->mask >> nibble & 1)
        memcpy(&slot->hash, branch->body + hash_offset(branch, nibble), HASH_SIZE);
}

void trie_branch_put(struct trie_node *branch, unsigned nibble, const struct trie_slot *slot)
{
    assert(branch->mask >> nibble & 1);
    assert(is_kid(branch, nibble) == (slot->node != NULL));
    memcpy(branch->body + hash_offset(branch, nibble), &slot->hash, HASH_SIZE);
    if (slot->node)
        pointer_put(branch->body + kid_offset(branch, nibble), slot->node);
    else
        branch->body[accounts_offset(branch, nibble)] = slot->accounts;
}

const uint8_t *trie_branch_hashes(const struct trie_node *branch)
{
    return branch->body + hashes_start(branch->mask, branch->kids);
}

const uint8_t *trie_extension_nibbles(const struct trie_node *extension)
{
    return extension->body + REFERENCE_SIZE;
}

unsigned trie_extension_count(const struct trie_node *extension)
{
    return extension->kids;
}

void trie_extension_get(const struct trie_node *extension, struct trie_slot *slot)
{
    *slot = (struct trie_slot){.node = pointer_get(extension->body)};
    memcpy(&slot->hash, extension->body + sizeof(slot->node), HASH_SIZE);
}

void trie_extension_put(struct trie_node *extension, const struct trie_slot *slot)
{
    assert(slot->node && trie_node_is_branch(slot->node));
    pointer_put(extension->body, slot->node);
    memcpy(extension->body + sizeof(slot->node), &slot->hash, HASH_SIZE);
}
