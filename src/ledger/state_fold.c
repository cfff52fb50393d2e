/* What changes the tree: folding a block's parts into it, and dropping nodes when they outgrow
 * their bound. */
#include "state_pending.h"

static struct trie_node *node_counted(struct state_trie *trie, struct trie_node *node)
{
    trie->bytes += trie_node_bytes(node);
    return node;
}

static void node_forget(struct state_trie *trie, struct trie_node *node)
{
    trie->bytes -= trie_node_bytes(node);
    mem_free(node);
}

/* Nearly always the slots are the same ones as before, and only hashes change. */
static void fold_branch(struct state_trie *trie, struct part *part, const struct part *below)
{
    const struct part *end = below + part->part_count;
    struct trie_node *old = part->slot.node, *node;
    bool was = old && trie_node_is_branch(old);
    unsigned mask = was ? old->mask : 0, kids = was ? old->kids : 0;

    for (const struct part *i = below; i < end; i++) {
        mask |= 1U << i->nibble;
        kids |= i->slot.node ? 1U << i->nibble : 0;
    }
    if (was && mask == old->mask && kids == old->kids) {
        for (; below < end; below++)
            trie_branch_put(old, below->nibble, &below->slot);
        return;
    }
    node = node_counted(trie, trie_branch_new(mask, kids));
    for (unsigned nibble = 0; nibble < TRIE_WIDTH; nibble++) {
        if (below < end && below->nibble == nibble) {
            trie_branch_put(node, nibble, &below++->slot);
        } else if (was && (mask >> nibble & 1)) {
            struct trie_slot slot;

            trie_branch_get(old, nibble, &slot);
            trie_branch_put(node, nibble, &slot);
        }
    }
    if (old && part->path_from == 0)
        node_forget(trie, old);
    part->slot.node = node;
}

/* The part that an extension was given to whole (path_from 0) frees it: the parts below, which may
 * still read it, were folded before. */
static void fold_extension(struct state_trie *trie, struct part *part, const struct part *below)
{
    struct trie_node *old = part->slot.node;
    bool own = old && part->path_from == 0;

    if (own && part->path_count == trie_extension_count(old)) {
        trie_extension_put(old, &below->slot);
        return;
    }
    part->slot.node =
        node_counted(trie, trie_extension_new(part->path, part->path_count, &below->slot));
    if (own)
        node_forget(trie, old);
}

static void part_fold(struct state_trie *trie, struct part *part, const struct part *below)
{
    if (part->small)
        return;
    switch ((enum part_kind)part->kind) {
    case PART_KEPT:
        break;
    case PART_LEAF:
        assert(part->small); /* one account is never more than the threshold */
        break;
    case PART_EXTENSION:
        fold_extension(trie, part, below);
        break;
    case PART_BRANCH:
        fold_branch(trie, part, below);
        break;
    }
}

/* One node of the way down to the nodes to drop. */
struct visit {
    struct trie_node *node;
    unsigned next;            /* slot to look at */
    unsigned dropped;         /* kids that lost their node */
    uint8_t left[TRIE_WIDTH]; /* accounts below each of the dropped */
    uint64_t accounts;        /* below all slots so far */
};

/* The next kid, or NULL: all slots were looked at. */
static struct trie_node *visit_next(struct visit *visit)
{
    if (!trie_node_is_branch(visit->node)) {
        struct trie_slot slot;

        trie_extension_get(visit->node, &slot);
        return visit->next++ == 0 ? slot.node : NULL;
    }
    while (visit->next < TRIE_WIDTH) {
        unsigned nibble = visit->next++;
        struct trie_node *kid = trie_branch_kid(visit->node, nibble);

        if (kid)
            return kid;
        visit->accounts += trie_branch_accounts(visit->node, nibble);
    }
    return NULL;
}

/* What became of the kid that visit_next gave last. */
static void visit_take(struct visit *visit, struct trie_node *kid, uint64_t accounts)
{
    struct trie_slot slot;

    visit->accounts += accounts;
    if (!trie_node_is_branch(visit->node)) {
        trie_extension_get(visit->node, &slot);
        slot.node = kid;
        if (kid)
            trie_extension_put(visit->node, &slot);
    } else if (kid) {
        trie_branch_get(visit->node, visit->next - 1, &slot);
        slot.node = kid;
        trie_branch_put(visit->node, visit->next - 1, &slot);
    } else {
        visit->dropped |= 1U << (visit->next - 1);
        visit->left[visit->next - 1] = (uint8_t)accounts;
    }
}

/* The node that stays in its place, in the shape that fits; NULL: it was dropped. */
static struct trie_node *visit_end(struct state_trie *trie, const struct visit *visit)
{
    struct trie_node *node;

    if (visit->accounts <= trie->threshold) {
        node_forget(trie, visit->node);
        return NULL;
    }
    if (visit->dropped == 0)
        return visit->node;
    node =
        node_counted(trie, trie_branch_new(visit->node->mask, visit->node->kids & ~visit->dropped));
    for (unsigned nibble = 0; nibble < TRIE_WIDTH; nibble++) {
        struct trie_slot slot;

        if (!(visit->node->mask >> nibble & 1))
            continue;
        trie_branch_get(visit->node, nibble, &slot);
        if (visit->dropped >> nibble & 1) {
            slot.node = NULL;
            slot.accounts = visit->left[nibble];
        }
        trie_branch_put(node, nibble, &slot);
    }
    node_forget(trie, visit->node);
    return node;
}

/* Drops each node with at most T accounts below. Once in a doubling of the accounts: half a second
 * at ten millions. */
static void trie_shrink(struct state_trie *trie)
{
    struct visit path[STATE_LEVELS_MAX];
    size_t at = 0;

    if (!trie->root.node)
        return;
    path[0] = (struct visit){.node = trie->root.node};
    for (;;) {
        struct trie_node *kid = visit_next(&path[at]);
        uint64_t accounts;

        if (kid) {
            assert(at + 1 < STATE_LEVELS_MAX);
            path[++at] = (struct visit){.node = kid};
            continue;
        }
        accounts = path[at].accounts;
        kid = visit_end(trie, &path[at]);
        if (at == 0) {
            trie->root.node = kid;
            trie->root.accounts = kid ? 0 : (uint8_t)accounts;
            return;
        }
        visit_take(&path[--at], kid, accounts);
    }
}

void state_trie_fold(struct state_trie *trie, struct state_pending *pending)
{
    assert(pending->generation == trie->generation);
    for (uint32_t i = pending->part_count; i-- > 0;)
        part_fold(trie, &pending->part[i], &pending->part[pending->part[i].first]);
    if (pending->part_count > 0)
        trie->root = pending->part[0].slot;
    trie->accounts += pending->accounts_new;
    trie->generation++;
    state_pending_free(pending);
    while (trie->bytes > trie->bytes_max && trie->threshold < STATE_THRESHOLD_MAX) {
        trie->threshold *= 2;
        trie_shrink(trie);
    }
}
