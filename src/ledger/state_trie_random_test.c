/* The state trie at random: whatever is put into it, in whatever order, at whatever threshold, its
 * root is the one that appendix D of the yellow paper gives for its accounts, written here once
 * more.
 */
#include "state_pending.h"
#include "test/unit.h"
#include "test_rows.h"

#include <cairn/keccak.h>
#include <cairn/mpt.h>
#include <cairn/rlp.h>

void state_trie_random(Suite *s); /* state_trie_test.c */

enum { PLACES = 1 << 12, CHANGES_MAX = 40 };

/* ---- the same trie from nothing, node by node */

/* Hashes of sub-tries at depth 1, 2, 3 by their first nibbles, as a branch refers to them. */
struct upper {
    struct hash hash[4][PLACES];
    bool present[4][PLACES];
};

static size_t place_of(unsigned depth, const uint8_t prefix[2])
{
    return (size_t)(prefix[0] << 8 | prefix[1]) >> (16 - 4 * depth);
}

static void path_put(struct buffer *out, const struct hash *khash, unsigned from, unsigned to,
                     bool leaf)
{
    uint8_t nibble[TRIE_DEPTH_MAX], key[TRIE_DEPTH_MAX / 2 + 1];

    for (unsigned i = from; i < to; i++)
        nibble[i - from] = (uint8_t)state_nibble(khash, i);
    rlp_put_bytes(out, bytes_of(key, mpt_hex_prefix(key, nibble, to - from, leaf)));
}

static void value_put(struct buffer *out, const struct state_leaf *leaf)
{
    struct buffer value = {0};
    size_t mark = rlp_list_begin(&value);
    struct hash code_empty;

    keccak256(&code_empty, (struct bytes){0});
    rlp_put_u64(&value, leaf->nonce);
    rlp_put_u256(&value, &leaf->balance);
    rlp_put_hash(&value, &mpt_root_empty);
    rlp_put_hash(&value, &code_empty);
    rlp_list_end(&value, mark);
    rlp_put_bytes(out, buffer_bytes(&value));
    buffer_release(&value);
}

static struct hash obvious_hash(const struct state_leaf *leaf, size_t count, unsigned depth,
                                struct upper *upper);

static void obvious_branch(struct buffer *out, const struct state_leaf *leaf, size_t count,
                           unsigned depth, struct upper *upper)
{
    size_t at = 0;

    for (unsigned nibble = 0; nibble < TRIE_WIDTH; nibble++) {
        size_t from = at;
        struct hash hash;

        while (at < count && state_nibble(&leaf[at].khash, depth) == nibble)
            at++;
        if (at == from) {
            rlp_put_bytes(out, (struct bytes){0});
            continue;
        }
        hash = obvious_hash(leaf + from, at - from, depth + 1, upper);
        rlp_put_hash(out, &hash);
        if (upper && depth < 3) {
            size_t place = place_of(depth + 1, leaf[from].khash.byte);

            upper->hash[depth + 1][place] = hash;
            upper->present[depth + 1][place] = true;
        }
    }
    rlp_put_bytes(out, (struct bytes){0});
}

static struct hash obvious_hash(const struct state_leaf *leaf, size_t count, unsigned depth,
                                struct upper *upper)
{
    struct buffer out = {0};
    size_t mark = rlp_list_begin(&out);
    unsigned same = state_nibbles_same(&leaf[0].khash, &leaf[count - 1].khash);
    struct hash hash;

    if (count == 1) {
        path_put(&out, &leaf->khash, depth, TRIE_DEPTH_MAX, true);
        value_put(&out, leaf);
    } else if (same > depth) {
        path_put(&out, &leaf->khash, depth, same, false);
        hash = obvious_hash(leaf, count, same, upper);
        rlp_put_hash(&out, &hash);
    } else {
        obvious_branch(&out, leaf, count, depth, upper);
    }
    rlp_list_end(&out, mark);
    keccak256(&hash, buffer_bytes(&out));
    buffer_release(&out);
    return hash;
}

static struct hash mpt_root_of(const struct test_rows *rows)
{
    struct mpt_pair *pair = mem_new(rows->count + 1, sizeof(*pair));
    uint8_t(*value)[STATE_VALUE_MAX] = mem_new(rows->count + 1, sizeof(*value));
    struct hash root;

    for (size_t i = 0; i < rows->count; i++) {
        pair[i].key = bytes_of_hash(&rows->leaf[i].khash);
        pair[i].value = bytes_of(
            value[i], state_value_encode(value[i], rows->leaf[i].nonce, &rows->leaf[i].balance));
    }
    mpt_root(&root, pair, rows->count);
    mem_free(pair);
    mem_free(value);
    return root;
}

/* ---- a tree, its rows, and the rows `m` that it has written so far */

struct world {
    struct test_rows rows;
    struct test_rows next; /* the rows after the block at hand */
    struct state_trie *trie;
    struct upper written;
    struct upper obvious;
    uint64_t seed;
    const struct shape *shape;
};

/* How the places of accounts lie to each other: a new one shares its first nibbles with one that is
 * there, in `cluster_of_16` of 16 cases, at least `same_min` and at most `same_max`. */
struct shape {
    const char *says;
    unsigned cluster_of_16, same_min, same_max;
};

static const struct shape shapes[] = {
    {"scattered, as keccak256 scatters them", 0, 0, 0},
    {"half of them near others", 8, 1, 12},
    {"all of them in clusters, extensions everywhere", 15, 4, 63},
    {"pairs that differ in the last nibble", 12, 62, 63},
};
static const unsigned thresholds[] = {1, 2, 4, 16};

static struct world *world_new(uint64_t seed, unsigned threshold, const struct shape *shape)
{
    struct world *world = mem_new(1, sizeof(*world));
    struct state_rows port = test_rows_port(&world->rows);

    world->trie = state_trie_new(&port, SIZE_MAX);
    world->trie->threshold = threshold;
    world->seed = seed;
    world->shape = shape;
    return world;
}

static void world_free(struct world *world)
{
    state_trie_free(world->trie);
    test_rows_release(&world->rows);
    test_rows_release(&world->next);
    mem_free(world);
}

static void nibble_set(struct hash *khash, unsigned index, unsigned nibble)
{
    uint8_t *byte = &khash->byte[index / 2];

    *byte = (uint8_t)(index % 2 == 0 ? (*byte & 15) | nibble << 4 : (*byte & 0xf0) | nibble);
}

static struct hash place_new(struct world *world)
{
    const struct shape *shape = world->shape;
    struct hash khash;
    unsigned same;

    test_random_bytes(&world->seed, &khash, sizeof(khash));
    if (world->next.count == 0 || test_random_below(&world->seed, 16) >= shape->cluster_of_16)
        return khash;
    same = shape->same_min +
           (unsigned)test_random_below(&world->seed, shape->same_max - shape->same_min + 1);
    for (unsigned i = 0; i < same; i++)
        nibble_set(&khash, i,
                   state_nibble(&world->next.leaf[world->seed % world->next.count].khash, i));
    return khash;
}

/* A random block: which leaves it has depends on the rows alone. Puts them into `next`. */
static size_t block_random(struct world *world, struct state_leaf leaf[CHANGES_MAX])
{
    size_t wanted = 1 + test_random_below(&world->seed, CHANGES_MAX);
    struct test_rows block = {0};
    size_t count;

    if (world->rows.count > 120 || test_random_below(&world->seed, 4) == 0)
        wanted = 1 + wanted % 3;
    for (size_t i = 0; i < wanted; i++) {
        bool fresh = world->rows.count == 0 || test_random_below(&world->seed, 3) == 0;
        struct state_leaf one = {.nonce = test_random(&world->seed) >> (world->seed % 64)};

        if (fresh)
            one.khash = place_new(world);
        else
            one.khash = world->rows.leaf[world->seed % world->rows.count].khash;
        one.balance.limb[0] = 1 + (test_random(&world->seed) >> 1);
        one.balance.limb[1] = test_random(&world->seed) >> (world->seed % 64);
        test_rows_put(&block, &one);
        test_rows_put(&world->next, &one);
    }
    count = block.count;
    for (size_t i = 0; i < count; i++) {
        leaf[i] = block.leaf[i];
        leaf[i].is_new = !test_rows_find(&world->rows, &leaf[i].khash);
    }
    test_rows_release(&block);
    return count;
}

static void written_put(void *context, unsigned depth, const uint8_t prefix[2],
                        const struct hash *hash)
{
    struct upper *upper = context;
    size_t place;

    ck_assert(depth >= 1 && depth <= 3);
    place = place_of(depth, prefix);
    ck_assert_uint_eq((place << (16 - 4 * depth)), (size_t)(prefix[0] << 8 | prefix[1]));
    upper->hash[depth][place] = *hash;
    upper->present[depth][place] = true;
}

/* A branch's children have rows, nothing else has, and each is the present hash. */
static void written_check(const struct world *world)
{
    const struct upper *have = &world->written, *want = &world->obvious;

    for (unsigned depth = 1; depth <= 3; depth++)
        for (size_t place = 0; place < (size_t)1 << 4 * depth; place++) {
            bool present = have->present[depth][place];

            if (present != want->present[depth][place] ||
                (present && !hash_equal(&have->hash[depth][place], &want->hash[depth][place])))
                ck_abort_msg("row m of %zx at depth %u, %s", place, depth,
                             present ? "of another hash or too many" : "missing");
        }
}

static void rows_copy(struct test_rows *to, const struct test_rows *from)
{
    to->count = 0;
    for (size_t i = 0; i < from->count; i++)
        test_rows_put(to, &from->leaf[i]);
}

static void load_check(struct world *world)
{
    struct state_rows port = test_rows_port(&world->rows);
    struct state_trie *loaded = state_trie_new(&port, SIZE_MAX);
    struct error err = {0};
    struct hash root;

    ck_assert_msg(state_trie_load(loaded, &err), "%s", err.text);
    state_trie_root(loaded, &root);
    ck_assert(hash_equal(&root, &world->trie->root.hash));
    ck_assert_uint_eq(state_trie_accounts(loaded), world->rows.count);
    if (world->trie->threshold == 1) { /* from here on, the loaded tree takes the other's place */
        ck_assert_uint_eq(state_trie_bytes(loaded), state_trie_bytes(world->trie));
        state_trie_free(world->trie);
        world->trie = loaded;
    } else {
        state_trie_free(loaded);
    }
}

static void step(struct world *world)
{
    struct state_leaf leaf[CHANGES_MAX];
    struct state_pending *pending = NULL;
    struct error err = {0};
    struct hash root, before, now, obvious, from_nothing;
    size_t count = block_random(world, leaf);

    state_trie_root(world->trie, &before);
    ck_assert_msg(state_trie_apply(world->trie, leaf, count, &pending, &root, &err), "%s",
                  err.text);
    memset(&world->obvious, 0, sizeof(world->obvious));
    obvious = obvious_hash(world->next.leaf, world->next.count, 0, &world->obvious);
    from_nothing = mpt_root_of(&world->next);
    ck_assert_msg(hash_equal(&root, &obvious), "%s, T %u, %zu accounts", world->shape->says,
                  world->trie->threshold, world->next.count);
    ck_assert(hash_equal(&root, &from_nothing));
    state_trie_root(world->trie, &now);
    ck_assert(hash_equal(&before, &now));
    if (test_random_below(&world->seed, 3) == 0) { /* a proposal that lost its round */
        state_trie_drop(world->trie, pending);
        rows_copy(&world->next, &world->rows);
        return;
    }
    state_pending_prefixes(pending, written_put, &world->written);
    written_check(world);
    memset(leaf, 0xa5, sizeof(leaf)); /* apply borrowed them only until it returned */
    state_trie_fold(world->trie, pending);
    rows_copy(&world->rows, &world->next);
    state_trie_root(world->trie, &now);
    ck_assert(hash_equal(&root, &now));
    ck_assert_uint_eq(state_trie_accounts(world->trie), world->rows.count);
    if (test_random_below(&world->seed, 16) == 0)
        load_check(world);
}

START_TEST(random_blocks_give_the_root_of_their_accounts)
{
    unsigned threshold = thresholds[(size_t)_i / COUNT(shapes)];
    const struct shape *shape = &shapes[(size_t)_i % COUNT(shapes)];

    for (uint64_t seed = 1; seed <= 4; seed++) {
        struct world *world = world_new(seed * 1000 + (uint64_t)_i, threshold, shape);

        for (unsigned i = 0; i < 60; i++)
            step(world);
        world_free(world);
    }
}
END_TEST

START_TEST(values_are_encoded_as_ethereum_does)
{
    static const struct {
        uint64_t nonce, high, low;
    } rows[] = {{0, 0, 1},
                {0, 0, 127},
                {1, 0, 128},
                {127, 0, 255},
                {128, 0, 256},
                {255, 1, 0},
                {256, UINT64_MAX, 0},
                {UINT64_MAX, 0, 0},
                {UINT64_MAX, UINT64_MAX, UINT64_MAX}};

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct state_leaf leaf = {.nonce = rows[i].nonce, .balance = {{rows[i].low, rows[i].high}}};
        uint8_t value[STATE_VALUE_MAX];
        struct bytes have = bytes_of(value, state_value_encode(value, leaf.nonce, &leaf.balance));
        struct buffer want = {0};

        value_put(&want, &leaf); /* a string's header of two bytes before it */
        ck_assert(bytes_equal(have, bytes_from(buffer_bytes(&want), 2)));
        buffer_release(&want);
    }
}
END_TEST

void state_trie_random(Suite *s)
{
    TCase *t = tcase_create("random");

    tcase_set_timeout(t, 120);
    tcase_add_test(t, values_are_encoded_as_ethereum_does);
    tcase_add_loop_test(t, random_blocks_give_the_root_of_their_accounts, 0,
                        COUNT(thresholds) * COUNT(shapes));
    suite_add_tcase(s, t);
}
