/* The state trie, fact by fact. */
#include "state_pending.h"
#include "test/unit.h"
#include "test_rows.h"

#include <cairn/hex.h>
#include <cairn/keccak.h>

#include <signal.h>

void state_trie_random(Suite *s); /* state_trie_random_test.c */

static struct state_leaf leaf_of(uint64_t seed)
{
    struct state_leaf leaf = {.nonce = seed, .balance = u256_of_u64(seed + 1), .is_new = true};

    test_random_bytes(&seed, &leaf.khash, sizeof(leaf.khash));
    return leaf;
}

/* `count` scattered accounts, in the rows and, by one block, in the tree. */
static void rows_fill(struct test_rows *rows, struct state_trie *trie, size_t count)
{
    struct state_pending *pending = NULL;
    struct error err = {0};
    struct state_leaf *leaf = mem_new(count, sizeof(*leaf));
    struct hash root;

    for (size_t i = 0; i < count; i++) {
        struct state_leaf one = leaf_of(i);

        test_rows_put(rows, &one);
    }
    for (size_t i = 0; i < count; i++) {
        leaf[i] = rows->leaf[i];
        leaf[i].is_new = true;
    }
    ck_assert_msg(state_trie_apply(trie, leaf, count, &pending, &root, &err), "%s", err.text);
    state_trie_fold(trie, pending);
    mem_free(leaf);
}

START_TEST(no_account_gives_the_empty_root)
{
    struct test_rows rows = {0};
    struct state_rows port = test_rows_port(&rows);
    struct state_trie *trie = state_trie_new(&port, SIZE_MAX);
    struct state_pending *pending = NULL;
    struct error err = {0};
    struct hash root, keccak;

    keccak256(&keccak, bytes_of("\x80", 1));
    ck_assert(hash_equal(&keccak, &state_root_empty));
    state_root_of(&root, NULL, 0);
    ck_assert(hash_equal(&root, &keccak));
    ck_assert(state_trie_load(trie, &err));
    ck_assert(state_trie_apply(trie, NULL, 0, &pending, &root, &err));
    ck_assert(hash_equal(&root, &keccak));
    state_trie_fold(trie, pending);
    state_trie_root(trie, &root);
    ck_assert(hash_equal(&root, &keccak));
    ck_assert_uint_eq(state_trie_bytes(trie), 0);
    state_trie_free(trie);
}
END_TEST

/* Addresses of twenty equal bytes i, nonces i, balances (i + 1) · 32^i: a root that other code, in
 * another language, gave. */
START_TEST(the_root_of_twenty_accounts_stays_what_it_is)
{
    struct test_rows rows = {0};
    char text[HEX_HASH_TEXT];
    struct hash root;

    for (unsigned i = 0; i < 20; i++) {
        struct state_leaf leaf = {.nonce = i};
        struct address address;
        bool fits = true;

        memset(&address, (int)i, sizeof(address));
        keccak256(&leaf.khash, bytes_of_address(&address));
        leaf.balance = u256_of_u64(i + 1);
        for (unsigned j = 0; j < i; j++)
            fits = fits && u256_mul_u64(&leaf.balance, &leaf.balance, 32);
        ck_assert(fits);
        test_rows_put(&rows, &leaf);
    }
    state_root_of(&root, rows.leaf, rows.count);
    ck_assert_str_eq(hex_format_hash(text, &root),
                     "0xeb248edbfa2531da455ac223593c86ece2b7b35df43ed3bc97ff29fcc31bc3c9");
    test_rows_release(&rows);
}
END_TEST

START_TEST(updates_of_a_whole_tree_read_no_rows)
{
    struct test_rows rows = {0};
    struct state_rows port = test_rows_port(&rows);
    struct state_trie *trie = state_trie_new(&port, SIZE_MAX);
    struct state_pending *pending = NULL;
    struct state_leaf added = leaf_of(1000000), changed[2];
    struct error err = {0};
    struct hash root;

    rows_fill(&rows, trie, 1000);
    changed[0] = rows.leaf[17];
    changed[1] = rows.leaf[900];
    changed[0].nonce++;
    changed[1].nonce++;
    rows.scanned = 0;
    ck_assert(state_trie_apply(trie, changed, 2, &pending, &root, &err));
    state_trie_fold(trie, pending);
    test_rows_put(&rows, &changed[0]);
    test_rows_put(&rows, &changed[1]);
    ck_assert_uint_eq(rows.scanned, 0);
    ck_assert(state_trie_apply(trie, &added, 1, &pending, &root, &err));
    state_trie_drop(trie, pending);
    ck_assert_uint_le(rows.scanned,
                      1); /* the one whose slot the newcomer shares, if there is one */
    state_trie_free(trie);
    test_rows_release(&rows);
}
END_TEST

START_TEST(memory_stays_below_its_bound)
{
    struct test_rows rows = {0};
    struct state_rows port = test_rows_port(&rows);
    size_t bytes_max = (size_t)1 << (13 + _i);
    struct state_trie *trie = state_trie_new(&port, bytes_max);
    struct error err = {0};
    struct hash root, want, loaded;

    rows_fill(&rows, trie, 3000);
    ck_assert_uint_gt(state_trie_threshold(trie), 1);
    for (uint64_t i = 0; i < 40; i++) {
        struct state_pending *pending = NULL;
        struct state_leaf added = leaf_of(5000 + i);

        ck_assert_msg(state_trie_apply(trie, &added, 1, &pending, &root, &err), "%s", err.text);
        state_trie_fold(trie, pending);
        test_rows_put(&rows, &added);
        ck_assert(state_trie_bytes(trie) <= bytes_max ||
                  state_trie_threshold(trie) == STATE_THRESHOLD_MAX);
    }
    state_root_of(&want, rows.leaf, rows.count);
    ck_assert(hash_equal(&root, &want));
    ck_assert_msg(state_trie_load(trie, &err), "%s", err.text);
    state_trie_root(trie, &loaded);
    ck_assert(hash_equal(&loaded, &want));
    ck_assert_uint_eq(state_trie_accounts(trie), rows.count);
    ck_assert(state_trie_bytes(trie) <= bytes_max ||
              state_trie_threshold(trie) == STATE_THRESHOLD_MAX);
    state_trie_free(trie);
    test_rows_release(&rows);
}
END_TEST

/* With no memory at all the whole tree is a hash and a count. */
START_TEST(a_bound_of_nothing_leaves_one_slot)
{
    struct test_rows rows = {0};
    struct state_rows port = test_rows_port(&rows);
    struct state_trie *trie = state_trie_new(&port, 0);
    struct state_pending *pending = NULL;
    struct state_leaf added = leaf_of(500);
    struct error err = {0};
    struct hash root, want;

    rows_fill(&rows, trie, STATE_THRESHOLD_MAX - 1);
    ck_assert_uint_eq(state_trie_bytes(trie), 0);
    ck_assert_uint_eq(trie->root.accounts, STATE_THRESHOLD_MAX - 1);
    rows.scanned = 0;
    ck_assert_msg(state_trie_apply(trie, &added, 1, &pending, &root, &err), "%s", err.text);
    ck_assert_uint_eq(rows.scanned, STATE_THRESHOLD_MAX - 1);
    state_trie_fold(trie, pending);
    test_rows_put(&rows, &added);
    ck_assert_uint_eq(state_trie_bytes(trie), 0);
    state_root_of(&want, rows.leaf, rows.count);
    ck_assert(hash_equal(&root, &want));
    added = leaf_of(501); /* one account more than a slot can stand for */
    ck_assert_msg(state_trie_apply(trie, &added, 1, &pending, &root, &err), "%s", err.text);
    state_trie_fold(trie, pending);
    test_rows_put(&rows, &added);
    ck_assert_uint_gt(state_trie_bytes(trie), 0);
    state_root_of(&want, rows.leaf, rows.count);
    ck_assert(hash_equal(&root, &want));
    state_trie_free(trie);
    test_rows_release(&rows);
}
END_TEST

START_TEST(loading_takes_more_rows_than_one_batch)
{
    struct test_rows rows = {0};
    struct state_rows port = test_rows_port(&rows);
    struct state_trie *trie = state_trie_new(&port, SIZE_MAX);
    struct state_trie *loaded = state_trie_new(&port, SIZE_MAX);
    struct error err = {0};
    struct hash root, want;

    rows_fill(&rows, trie, 20000);
    ck_assert_msg(state_trie_load(loaded, &err), "%s", err.text);
    state_trie_root(loaded, &root);
    state_root_of(&want, rows.leaf, rows.count);
    ck_assert(hash_equal(&root, &want));
    ck_assert_uint_eq(state_trie_bytes(loaded), state_trie_bytes(trie));
    ck_assert_uint_lt(state_trie_bytes(loaded) / rows.count, 64);
    state_trie_free(trie);
    state_trie_free(loaded);
    test_rows_release(&rows);
}
END_TEST

START_TEST(of_two_proposals_either_can_be_folded)
{
    struct test_rows rows = {0};
    struct state_rows port = test_rows_port(&rows);
    struct state_trie *trie = state_trie_new(&port, SIZE_MAX);
    struct state_pending *pending[2] = {NULL, NULL};
    struct state_leaf leaf[2] = {leaf_of(77), leaf_of(78)};
    struct error err = {0};
    struct hash root[2], now;

    rows_fill(&rows, trie, 60);
    for (size_t i = 0; i < 2; i++)
        ck_assert(state_trie_apply(trie, &leaf[i], 1, &pending[i], &root[i], &err));
    ck_assert(!hash_equal(&root[0], &root[1]));
    state_trie_fold(trie, pending[_i]);
    state_trie_root(trie, &now);
    ck_assert(hash_equal(&now, &root[_i]));
    state_trie_drop(trie, pending[1 - _i]);
    state_trie_drop(trie, NULL);
    test_rows_put(&rows, &leaf[_i]);
    ck_assert(state_trie_load(trie, &err));
    state_trie_root(trie, &now);
    ck_assert(hash_equal(&now, &root[_i]));
    state_trie_free(trie);
    test_rows_release(&rows);
}
END_TEST

START_TEST(a_pending_of_an_older_tree_cannot_be_folded)
{
    struct test_rows rows = {0};
    struct state_rows port = test_rows_port(&rows);
    struct state_trie *trie = state_trie_new(&port, SIZE_MAX);
    struct state_pending *first = NULL, *second = NULL;
    struct state_leaf leaf[2] = {leaf_of(1), leaf_of(2)};
    struct error err = {0};
    struct hash root;

    ck_assert(state_trie_apply(trie, &leaf[0], 1, &first, &root, &err));
    ck_assert(state_trie_apply(trie, &leaf[1], 1, &second, &root, &err));
    state_trie_fold(trie, first);
    state_trie_fold(trie, second);
}
END_TEST

START_TEST(nothing_leaves_the_state)
{
    struct test_rows rows = {0};
    struct state_rows port = test_rows_port(&rows);
    struct state_trie *trie = state_trie_new(&port, SIZE_MAX);
    struct state_pending *pending = NULL;
    struct state_leaf leaf = {.khash = {{1}}};
    struct error err = {0};
    struct hash root;

    if (!state_trie_apply(trie, &leaf, 1, &pending, &root, &err))
        ck_abort_msg("an empty account must end the process: %s", err.text);
}
END_TEST

/* Two accounts, one slot below which they lie without a node, and a third that comes to them. */
struct shared_slot {
    struct test_rows rows;
    struct state_trie *trie;
    struct state_leaf third;
    struct hash root;
};

static void shared_slot_init(struct shared_slot *s)
{
    static const struct state_leaf leaf[] = {
        {.khash = {{0x12, 0x34, 0x10}}, .nonce = 1, .is_new = true},
        {.khash = {{0x12, 0x34, 0x20}}, .nonce = 2, .is_new = true},
        {.khash = {{0x12, 0x3f}}, .nonce = 3, .is_new = true},
        {.khash = {{0xff}}, .nonce = 4, .is_new = true}};
    struct state_rows port = test_rows_port(&s->rows);
    struct state_pending *pending = NULL;
    struct error err = {0};

    *s = (struct shared_slot){.trie = state_trie_new(&port, SIZE_MAX)};
    s->third = (struct state_leaf){.khash = {{0x12, 0x34, 0x30}}, .nonce = 5, .is_new = true};
    s->trie->threshold = 2;
    for (size_t i = 0; i < COUNT(leaf); i++)
        test_rows_put(&s->rows, &leaf[i]);
    ck_assert(state_trie_apply(s->trie, leaf, COUNT(leaf), &pending, &s->root, &err));
    state_trie_fold(s->trie, pending);
}

static void shared_slot_refused(struct shared_slot *s, enum error_code code)
{
    struct state_pending *pending = NULL;
    struct error err = {0};
    struct hash root;

    ck_assert(!state_trie_apply(s->trie, &s->third, 1, &pending, &root, &err));
    ck_assert_msg(err.code == code, "%s", err.text);
    ck_assert_ptr_null(pending);
    state_trie_root(s->trie, &root);
    ck_assert(hash_equal(&root, &s->root)); /* untouched */
    state_trie_free(s->trie);
    test_rows_release(&s->rows);
}

START_TEST(a_failing_store_is_told)
{
    struct shared_slot s;

    shared_slot_init(&s);
    s.rows.broken = true;
    shared_slot_refused(&s, ERROR_IO);
}
END_TEST

START_TEST(rows_that_differ_from_the_tree_are_told)
{
    struct shared_slot s;
    struct state_leaf stray;

    shared_slot_init(&s);
    stray = s.third;
    stray.khash.byte[31] = 1;
    if (_i == 0) /* one more than the tree knows */
        test_rows_put(&s.rows, &stray);
    else if (_i == 1) /* the newcomer is there already */
        test_rows_put(&s.rows, &s.third);
    else if (_i == 2) /* one less */
        memmove(s.rows.leaf, s.rows.leaf + 1, --s.rows.count * sizeof(stray));
    else /* it would be an update, and is not there */
        s.third.is_new = false;
    shared_slot_refused(&s, ERROR_STORE_DAMAGED);
}
END_TEST

START_TEST(loading_refuses_damaged_rows)
{
    struct test_rows rows = {0};
    struct state_rows port = test_rows_port(&rows);
    struct state_trie *trie = state_trie_new(&port, SIZE_MAX);
    struct error err = {0};
    struct hash root;

    rows_fill(&rows, trie, 100);
    if (_i == 0)
        rows.leaf[50].khash = rows.leaf[49].khash;
    else if (_i == 1)
        rows.leaf[50] = (struct state_leaf){.khash = rows.leaf[50].khash};
    else
        rows.broken = true;
    ck_assert(!state_trie_load(trie, &err));
    ck_assert_msg(err.code == (_i < 2 ? ERROR_STORE_DAMAGED : ERROR_IO), "%s", err.text);
    state_trie_root(trie, &root); /* a tree half loaded is none */
    ck_assert(hash_equal(&root, &state_root_empty));
    ck_assert_uint_eq(state_trie_bytes(trie), 0);
    state_trie_free(trie);
    test_rows_release(&rows);
}
END_TEST

Suite *state_trie_suite(void);

Suite *state_trie_suite(void)
{
    Suite *s = suite_create("state_trie");
    TCase *t = tcase_create("facts");

    state_trie_random(s);
    tcase_set_timeout(t, 60);
    tcase_add_test(t, no_account_gives_the_empty_root);
    tcase_add_test(t, the_root_of_twenty_accounts_stays_what_it_is);
    tcase_add_test(t, updates_of_a_whole_tree_read_no_rows);
    tcase_add_loop_test(t, memory_stays_below_its_bound, 0, 5);
    tcase_add_test(t, a_bound_of_nothing_leaves_one_slot);
    tcase_add_test(t, loading_takes_more_rows_than_one_batch);
    tcase_add_loop_test(t, of_two_proposals_either_can_be_folded, 0, 2);
    tcase_add_test(t, a_failing_store_is_told);
    tcase_add_loop_test(t, rows_that_differ_from_the_tree_are_told, 0, 4);
    tcase_add_loop_test(t, loading_refuses_damaged_rows, 0, 3);
    suite_add_tcase(s, t);
    t = tcase_create("mistakes");
    tcase_add_test_raise_signal(t, a_pending_of_an_older_tree_cannot_be_folded, SIGABRT);
    tcase_add_test_raise_signal(t, nothing_leaves_the_state, SIGABRT);
    suite_add_tcase(s, t);
    return s;
}
