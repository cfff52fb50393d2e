#include "state_pending.h"

enum {
    PREFIX_DEPTH_MAX = 3, /* rows `m` go so deep */
    LOAD_BATCH = 8192,    /* leaves; the 122 batches of a million cost what one would */
    FREE_MAX = (TRIE_WIDTH - 1) * TRIE_DEPTH_MAX + 1
};

const struct hash state_root_empty = {{0x56, 0xe8, 0x1f, 0x17, 0x1b, 0xcc, 0x55, 0xa6,
                                       0xff, 0x83, 0x45, 0xe6, 0x92, 0xc0, 0xf8, 0x6e,
                                       0x5b, 0x48, 0xe0, 0x1b, 0x99, 0x6c, 0xad, 0xc0,
                                       0x01, 0x62, 0x2f, 0xb5, 0xe3, 0x63, 0xb4, 0x21}};

struct state_trie *state_trie_new(const struct state_rows *rows, size_t bytes_max)
{
    struct state_trie *trie = mem_new(1, sizeof(*trie));

    trie->rows = *rows;
    trie->bytes_max = bytes_max;
    trie->root.hash = state_root_empty;
    trie->threshold = 1;
    return trie;
}

/* Lists what hangs below `node`; returns how many. */
static size_t node_below(const struct trie_node *node, struct trie_node *below[TRIE_WIDTH])
{
    size_t count = 0;

    if (!trie_node_is_branch(node)) {
        struct trie_slot slot;

        trie_extension_get(node, &slot);
        below[count++] = slot.node;
        return count;
    }
    for (unsigned nibble = 0; nibble < TRIE_WIDTH; nibble++) {
        below[count] = trie_branch_kid(node, nibble);
        count += below[count] != NULL;
    }
    return count;
}

static void nodes_free(struct trie_node *root)
{
    struct trie_node *left[FREE_MAX + TRIE_WIDTH];
    size_t count = 0;

    if (root)
        left[count++] = root;
    while (count > 0) {
        struct trie_node *node = left[--count];

        count += node_below(node, left + count);
        assert(count <= FREE_MAX);
        mem_free(node);
    }
}
void state_trie_free(struct state_trie *trie)
{
    if (!trie)
        return;
    nodes_free(trie->root.node);
    mem_free(trie);
}

void state_trie_root(const struct state_trie *trie, struct hash *out)
{
    *out = trie->root.hash;
}

bool state_trie_apply(struct state_trie *trie, const struct state_leaf *leaf, size_t count,
                      struct state_pending **pending, struct hash *root, struct error *err)
{
    return state_pending_build(trie, &trie->rows, leaf, count, pending, root, err);
}

void state_trie_drop(struct state_trie *trie, struct state_pending *pending)
{
    (void)trie;
    state_pending_free(pending);
}

/* Rows on their way into the tree. The last leaves of the batches before stand in front of the
 * present one: a slot that one batch filled and the next one adds to is read again from there. */
struct load {
    struct state_trie *trie;
    struct error *err;
    size_t old_count; /* at most STATE_THRESHOLD_MAX, more than a slot without a node can hold */
    size_t count;
    struct state_leaf leaf[STATE_THRESHOLD_MAX + LOAD_BATCH];
    bool failed;
};

static bool load_scan(void *context, const struct hash *prefix, unsigned nibbles,
                      bool (*each)(void *each_context, const struct state_leaf *leaf),
                      void *each_context, struct error *err)
{
    const struct load *load = context;

    (void)err;
    for (size_t i = 0; i < load->old_count; i++) {
        const struct state_leaf *leaf = &load->leaf[i];

        if (state_nibbles_same(&leaf->khash, prefix) >= nibbles && !each(each_context, leaf))
            break;
    }
    return true;
}

static bool load_batch(struct load *load)
{
    struct state_rows rows = {.scan = load_scan, .context = load};
    struct state_pending *pending;
    struct hash root;
    size_t spent;

    if (!state_pending_build(load->trie, &rows, load->leaf + load->old_count,
                             load->count - load->old_count, &pending, &root, load->err))
        return false;
    state_trie_fold(load->trie, pending);
    spent = load->count > STATE_THRESHOLD_MAX ? load->count - STATE_THRESHOLD_MAX : 0;
    load->count -= spent;
    memmove(load->leaf, load->leaf + spent, load->count * sizeof(load->leaf[0]));
    load->old_count = load->count;
    return true;
}

static bool load_row(void *context, const struct state_leaf *row)
{
    struct load *load = context;

    bool ordered =
        load->count == 0 || hash_compare(&load->leaf[load->count - 1].khash, &row->khash) < 0;

    if (!ordered || (row->nonce == 0 && u256_is_zero(&row->balance))) {
        load->failed = true;
        return error_set(load->err, ERROR_STORE_DAMAGED, "account row %02x%02x%02x%02x…: %s",
                         row->khash.byte[0], row->khash.byte[1], row->khash.byte[2],
                         row->khash.byte[3], ordered ? "empty account" : "out of order");
    }
    if (load->count == COUNT(load->leaf) && !load_batch(load)) {
        load->failed = true;
        return false;
    }
    load->leaf[load->count] = *row;
    load->leaf[load->count++].is_new = true;
    return true;
}

static void trie_clear(struct state_trie *trie)
{
    nodes_free(trie->root.node);
    trie->root = (struct trie_slot){.hash = state_root_empty};
    trie->accounts = 0;
    trie->bytes = 0;
    trie->threshold = 1;
    trie->generation++;
}

bool state_trie_load(struct state_trie *trie, struct error *err)
{
    static const struct hash everything = {{0}};
    struct load *load = mem_new(1, sizeof(*load));
    bool ok;

    trie_clear(trie);
    load->trie = trie;
    load->err = err;
    ok = trie->rows.scan(trie->rows.context, &everything, 0, load_row, load, err) &&
         !load->failed && load_batch(load);
    mem_free(load);
    if (!ok)
        trie_clear(trie);
    return ok;
}

/* A sub-trie under an extension has no row of its own: no branch refers to it, and whoever finds
 * fewer than two rows at a level rebuilds the whole from the accounts. But a branch that is under
 * an extension writes its children's rows, for the day when the extension is split. A new branch
 * has a part for every slot, so all its children are among them; so has one that had no node and
 * was built again, whose rows are written once more. */
void state_pending_prefixes(const struct state_pending *pending,
                            void (*each)(void *context, unsigned depth, const uint8_t prefix[2],
                                         const struct hash *hash),
                            void *context)
{
    for (uint32_t i = 0; i < pending->part_count; i++) {
        const struct part *part = &pending->part[i];

        if (part->kind != PART_BRANCH || part->depth >= PREFIX_DEPTH_MAX)
            continue;
        for (uint32_t j = part->first; j < part->first + part->part_count; j++) {
            const struct part *below = &pending->part[j];

            each(context, below->depth, below->prefix, &below->slot.hash);
        }
    }
}

size_t state_trie_bytes(const struct state_trie *trie)
{
    return trie->bytes;
}

uint64_t state_trie_accounts(const struct state_trie *trie)
{
    return trie->accounts;
}

unsigned state_trie_threshold(const struct state_trie *trie)
{
    return trie->threshold;
}

void state_root_of(struct hash *out, const struct state_leaf *leaf, size_t count)
{
    struct state_trie nothing = {.root = {.hash = state_root_empty}, .threshold = 1};
    struct state_pending *pending = NULL;
    struct error err = {0};
    bool built = state_pending_build(&nothing, NULL, leaf, count, &pending, out, &err);

    assert(built); /* no rows are read, and nothing else can fail */
    state_pending_free(pending);
}
