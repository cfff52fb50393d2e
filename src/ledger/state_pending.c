#include "state_pending.h"

enum {
    CHUNK_BYTES = 64 * 1024,
    PREFETCH_AHEAD = 8, /* parts; a node is a miss of the cache, each time */
};

struct state_chunk {
    struct state_chunk *next;
    size_t used;
    size_t room;
    max_align_t space[];
};

struct walk {
    const struct state_trie *trie;
    const struct state_rows *rows;
    struct state_pending *pending;
    struct error *err;
};

static void *chunk_take(struct state_pending *pending, size_t size)
{
    struct state_chunk *chunk = pending->chunk;
    uint8_t *at;

    size = (size + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
    if (!chunk || chunk->room - chunk->used < size) {
        size_t room = size > CHUNK_BYTES ? size : CHUNK_BYTES;

        chunk = mem_grow(NULL, 1, sizeof(*chunk) + room);
        *chunk = (struct state_chunk){.next = pending->chunk, .room = room};
        pending->chunk = chunk;
    }
    at = (uint8_t *)chunk->space + chunk->used;
    chunk->used += size;
    return at;
}

/* Opening a part appends at most 16; with the room made before, none of them moves meanwhile. */
static void parts_reserve(struct state_pending *pending)
{
    if (pending->part_room - pending->part_count >= TRIE_WIDTH)
        return;
    assert(pending->part_room < UINT32_MAX / 2 - TRIE_WIDTH);
    pending->part_room = 2 * pending->part_room + TRIE_WIDTH;
    pending->part = mem_grow(pending->part, pending->part_room, sizeof(*pending->part));
}

static void prefix_add(uint8_t prefix[2], unsigned depth, unsigned nibble)
{
    if (depth < 4)
        prefix[depth / 2] |= (uint8_t)(depth % 2 == 0 ? nibble << 4 : nibble);
}

/* The part below `above` at the end of `path`, for `leaf_count` leaves of above's from `from` on.
 */
static struct part *part_add(struct walk *w, struct part *above, const uint8_t *path,
                             unsigned path_count, size_t from, size_t leaf_count)
{
    struct part *part = &w->pending->part[w->pending->part_count];

    if (above->part_count++ == 0)
        above->first = w->pending->part_count;
    w->pending->part_count++;
    *part = (struct part){.leaf = above->leaf + from,
                          .leaf_count = (uint32_t)leaf_count,
                          .depth = (uint8_t)(above->depth + path_count),
                          .nibble = path[path_count - 1],
                          .prefix = {above->prefix[0], above->prefix[1]}};
    for (unsigned i = 0; i < path_count; i++)
        prefix_add(part->prefix, above->depth + i, path[i]);
    return part;
}

/* How many of the part's leaves from `from` on go below the same nibble. */
static size_t group_size(const struct part *part, size_t from, uint8_t *nibble)
{
    size_t to = from + 1;

    *nibble = (uint8_t)state_nibble(&part->leaf[from].khash, part->depth);
    while (to < part->leaf_count && state_nibble(&part->leaf[to].khash, part->depth) == *nibble)
        to++;
    return to - from;
}

/* A branch that stays: parts for its changed slots alone. */
static void open_branch(struct walk *w, struct part *part)
{
    uint8_t nibble;

    part->kind = PART_BRANCH;
    for (size_t from = 0, size; from < part->leaf_count; from += size) {
        struct part *below;

        size = group_size(part, from, &nibble);
        below = part_add(w, part, &nibble, 1, from, size);
        below->slot.node = trie_branch_kid(part->slot.node, nibble);
        below->slot.accounts = trie_branch_accounts(part->slot.node, nibble);
    }
}

/* A branch inside of an extension, before its nibble path_from: what lies below that nibble moves
 * under the new branch, changed or not. */
static void open_split(struct walk *w, struct part *part)
{
    const struct trie_node *extension = part->slot.node;
    uint8_t kept = trie_extension_nibbles(extension)[part->path_from];
    bool last = part->path_from + 1U == trie_extension_count(extension);
    size_t from = 0;

    part->kind = PART_BRANCH;
    for (uint8_t nibble = 0; nibble < TRIE_WIDTH; nibble++) {
        size_t size = 0;
        uint8_t next = TRIE_WIDTH;
        struct part *below;

        if (from < part->leaf_count)
            size = group_size(part, from, &next);
        if (next != nibble)
            size = 0;
        if (size == 0 && nibble != kept)
            continue;
        below = part_add(w, part, &nibble, 1, from, size);
        if (nibble == kept && last) {
            trie_extension_get(extension, &below->slot);
        } else if (nibble == kept) {
            below->slot.node = part->slot.node;
            below->path_from = (uint8_t)(part->path_from + 1);
        }
        from += size;
    }
}

/* How many of the extension's `count` nibbles at `path` every leaf of the part shares: the leaves
 * are sorted, so the first and the last tell. */
static unsigned path_same(const struct part *part, const uint8_t *path, unsigned count)
{
    const struct hash *first, *last;
    unsigned same = 0;

    if (part->leaf_count == 0)
        return count;
    first = &part->leaf[0].khash;
    last = &part->leaf[part->leaf_count - 1].khash;
    while (same < count && state_nibble(first, part->depth + same) == path[same] &&
           state_nibble(last, part->depth + same) == path[same])
        same++;
    return same;
}

/* An extension, or what is left of one below nibbles that went into parts above. */
static void open_extension(struct walk *w, struct part *part)
{
    const struct trie_node *extension = part->slot.node;
    unsigned left = trie_extension_count(extension) - part->path_from;
    struct part *below;

    part->path = trie_extension_nibbles(extension) + part->path_from;
    part->path_count = (uint8_t)path_same(part, part->path, left);
    if (part->path_count == 0) {
        open_split(w, part);
        return;
    }
    part->kind = PART_EXTENSION;
    below = part_add(w, part, part->path, part->path_count, 0, part->leaf_count);
    if (part->path_count == left) {
        trie_extension_get(extension, &below->slot);
    } else {
        below->slot.node = part->slot.node;
        below->path_from = (uint8_t)(part->path_from + part->path_count);
    }
}

static const uint8_t *path_copy(struct walk *w, const struct hash *khash, unsigned from,
                                unsigned count)
{
    uint8_t *path = chunk_take(w->pending, count);

    for (unsigned i = 0; i < count; i++)
        path[i] = (uint8_t)state_nibble(khash, from + i);
    return path;
}

/* All accounts of the sub-trie are at hand: it is built anew. */
static void open_whole(struct walk *w, struct part *part)
{
    unsigned same;
    uint8_t nibble;

    part->small = part->leaf_count <= w->trie->threshold;
    part->slot.accounts = part->small ? (uint8_t)part->leaf_count : 0;
    if (part->leaf_count == 1) {
        part->kind = PART_LEAF;
        return;
    }
    same = state_nibbles_same(&part->leaf[0].khash, &part->leaf[part->leaf_count - 1].khash);
    assert(same >= part->depth && same < TRIE_DEPTH_MAX);
    if (same > part->depth) {
        struct part *below;

        part->kind = PART_EXTENSION;
        part->path_count = (uint8_t)(same - part->depth);
        part->path = path_copy(w, &part->leaf[0].khash, part->depth, part->path_count);
        below = part_add(w, part, part->path, part->path_count, 0, part->leaf_count);
        below->whole = true;
        return;
    }
    part->kind = PART_BRANCH;
    for (size_t from = 0, size; from < part->leaf_count; from += size) {
        struct part *below;

        size = group_size(part, from, &nibble);
        below = part_add(w, part, &nibble, 1, from, size);
        below->whole = true;
    }
}

struct merge {
    const struct state_leaf *leaf; /* the changed ones that are still to come */
    const struct state_leaf *end;
    struct state_leaf *out;
    size_t count;
    size_t rows_left; /* that the slot says there are */
    bool surplus;
};

static bool merge_row(void *context, const struct state_leaf *row)
{
    struct merge *merge = context;

    if (merge->rows_left == 0) {
        merge->surplus = true;
        return false;
    }
    merge->rows_left--;
    while (merge->leaf < merge->end && hash_compare(&merge->leaf->khash, &row->khash) < 0)
        merge->out[merge->count++] = *merge->leaf++;
    if (merge->leaf < merge->end && hash_equal(&merge->leaf->khash, &row->khash))
        merge->out[merge->count++] = *merge->leaf++;
    else
        merge->out[merge->count++] = *row;
    return true;
}

/* Reads the accounts below a slot without a node, of which `changed` are among the part's leaves.
 */
static bool part_read(struct walk *w, struct part *part, size_t changed)
{
    const struct hash *place = &part->leaf[0].khash;
    size_t accounts = part->slot.accounts;
    struct merge merge = {.leaf = part->leaf,
                          .end = part->leaf + part->leaf_count,
                          .rows_left = accounts,
                          .surplus = changed > accounts};

    merge.out = chunk_take(w->pending, (accounts + part->leaf_count) * sizeof(*merge.out));
    if (!merge.surplus &&
        !w->rows->scan(w->rows->context, place, part->depth, merge_row, &merge, w->err))
        return false;
    while (merge.leaf < merge.end)
        merge.out[merge.count++] = *merge.leaf++;
    if (merge.surplus || merge.rows_left > 0 ||
        merge.count != accounts + part->leaf_count - changed)
        return error_set(w->err, ERROR_STORE_DAMAGED,
                         "account rows under the first %u nibbles of %02x%02x%02x%02x… differ from "
                         "the state trie's count of %zu",
                         part->depth, place->byte[0], place->byte[1], place->byte[2],
                         place->byte[3], accounts);
    part->leaf = merge.out;
    part->leaf_count = (uint32_t)merge.count;
    return true;
}

static bool open_slot(struct walk *w, struct part *part)
{
    size_t changed = 0;

    if (!part->whole) {
        for (size_t i = 0; i < part->leaf_count; i++)
            changed += !part->leaf[i].is_new;
        if (changed != part->slot.accounts && !part_read(w, part, changed))
            return false;
        part->whole = true;
    }
    open_whole(w, part);
    return true;
}

static bool part_open(struct walk *w, struct part *part)
{
    if (!part->slot.node)
        return open_slot(w, part);
    if (!trie_node_is_branch(part->slot.node))
        open_extension(w, part);
    else if (part->leaf_count > 0)
        open_branch(w, part);
    else
        part->kind = PART_KEPT;
    return true;
}

/* Level by level, since the parts below one level's are the next. level[i] … level[i + 1] - 1 are
 * those of level i. */
static bool parts_open(struct walk *w, uint32_t level[STATE_LEVELS_MAX + 1], size_t *level_count)
{
    struct state_pending *pending = w->pending;
    uint32_t at = 0, end;

    for (*level_count = 0; at < pending->part_count; (*level_count)++) {
        assert(*level_count < STATE_LEVELS_MAX);
        level[*level_count] = at;
        for (end = pending->part_count; at < end; at++) {
            parts_reserve(pending);
            if (at + PREFETCH_AHEAD < end)
                __builtin_prefetch(pending->part[at + PREFETCH_AHEAD].slot.node);
            if (!part_open(w, &pending->part[at]))
                return false;
        }
    }
    level[*level_count] = at;
    return true;
}

static uint64_t leaves_check(const struct state_leaf *leaf, size_t count)
{
    uint64_t added = 0;

    for (size_t i = 0; i < count; i++) {
        /* A nonce and a balance with nonce 0 never fall: nothing ever leaves the state. */
        assert(leaf[i].nonce > 0 || !u256_is_zero(&leaf[i].balance));
        assert_slow(i == 0 || hash_compare(&leaf[i - 1].khash, &leaf[i].khash) < 0);
        added += leaf[i].is_new;
    }
    return added;
}

bool state_pending_build(const struct state_trie *trie, const struct state_rows *rows,
                         const struct state_leaf *leaf, size_t count,
                         struct state_pending **pending, struct hash *root, struct error *err)
{
    struct state_pending *p = mem_new(1, sizeof(*p));
    struct walk walk = {.trie = trie, .rows = rows, .pending = p, .err = err};
    uint32_t level[STATE_LEVELS_MAX + 1];
    size_t level_count;

    assert(count < UINT32_MAX / 2);
    p->generation = trie->generation;
    p->accounts_new = leaves_check(leaf, count);
    if (count > 0) {
        parts_reserve(p);
        p->part[p->part_count++] = (struct part){
            .slot = trie->root, .leaf = leaf, .leaf_count = (uint32_t)count, .whole = rows == NULL};
    }
    if (!parts_open(&walk, level, &level_count)) {
        state_pending_free(p);
        return false;
    }
    state_pending_hash(p, level, level_count);
    *root = count > 0 ? p->part[0].slot.hash : trie->root.hash;
    *pending = p;
    return true;
}

void state_pending_free(struct state_pending *pending)
{
    if (!pending)
        return;
    for (struct state_chunk *chunk = pending->chunk, *next; chunk; chunk = next) {
        next = chunk->next;
        mem_free(chunk);
    }
    mem_free(pending->part);
    mem_free(pending);
}
