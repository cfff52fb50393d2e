/* Applying and building, as stories: one block of a few transfers, then what became of whom; and
 * what is refused. */
#include "apply_world.h"

#include <cairn/mpt.h>

void apply_stories(Suite *s); /* apply_test.c */

enum { RICH = 1, OTHER = 2, NOBODY = 7, NEVER_THERE = 15 }; /* people; the last two have nothing */

struct story {
    struct world *world;
    struct tx *tx[4];
    size_t tx_count;
    struct header fields;
    struct block *block;
    struct block_changes changes;
    bool fees_none;
};

static void story_init(struct story *story, bool fees_none, size_t proposer)
{
    *story = (struct story){.world = world_new(99, fees_none), .fees_none = fees_none};
    story->fields.time_ms = story->world->head.time_ms + 1;
    story->fields.proposer = story->world->people[proposer];
}

static void story_transfer(struct story *story, size_t from, size_t to, uint64_t nonce,
                           uint64_t value, uint64_t tip)
{
    struct tx f = {.type = TX_FEE_MARKET,
                   .nonce = nonce,
                   .gas_limit = TX_GAS,
                   .value = u256_of_u64(value),
                   .tip_max_per_gas = u256_of_u64(tip),
                   .fee_max_per_gas = u256_of_u64(story->fees_none ? tip : 1000),
                   .to = story->world->people[to]};

    story->tx[story->tx_count++] = tx_make(&f, &story->world->people[from]);
}

static void story_build(struct story *story)
{
    struct world *world = story->world;
    struct error err = {0};

    ck_assert_msg(block_build(&story->block, &story->changes, &story->fields, &world->head,
                              &world->rules, story->tx, story->tx_count, BLOCK_BYTES_MAX,
                              world->rules.tx.gas_limit, &world->view, world->trie, &err),
                  "%s", err.text);
}

static const struct account_change *story_change(const struct story *story, size_t person)
{
    for (size_t i = 0; i < story->changes.change_count; i++)
        if (address_equal(&story->changes.change[i].address, &story->world->people[person]))
            return &story->changes.change[i];
    ck_abort_msg("person %zu is not among the changes", person);
}

static void story_release(struct story *story)
{
    state_trie_drop(story->world->trie, story->changes.pending);
    block_changes_release(&story->changes);
    block_drop(story->block);
    for (size_t i = 0; i < story->tx_count; i++)
        tx_drop(story->tx[i]);
    world_free(story->world);
}

/* What the person lost; it must not have won. */
static uint64_t lost(const struct account_change *change)
{
    struct u256 loss;

    ck_assert(u256_sub(&loss, &change->before.balance, &change->after.balance));
    return u256_to_u64(&loss);
}

static uint64_t won(const struct account_change *change)
{
    struct u256 gain;

    ck_assert(u256_sub(&gain, &change->after.balance, &change->before.balance));
    return u256_to_u64(&gain);
}

static uint64_t base_fee(const struct story *story)
{
    return u256_to_u64(&story->block->header.base_fee_per_gas);
}

START_TEST(a_transfer_to_oneself_is_listed_once)
{
    const struct account_change *change;
    struct story story;

    story_init(&story, false, OTHER);
    story_transfer(&story, RICH, RICH, 0, 5, 3);
    story_build(&story);
    change = story_change(&story, RICH);
    ck_assert_uint_eq(lost(change), TX_GAS * (base_fee(&story) + 3));
    ck_assert_uint_eq(change->after.nonce, 1);
    ck_assert_uint_eq(change->position_count, 1);
    ck_assert_uint_eq(story.changes.position_count, 1);
    story_release(&story);
}
END_TEST

START_TEST(who_proposes_its_own_transfer_to_itself_pays_what_is_burned)
{
    struct story story;

    story_init(&story, false, RICH);
    story_transfer(&story, RICH, RICH, 0, 1000, 9);
    story_build(&story);
    ck_assert_uint_eq(story.changes.change_count, 1);
    ck_assert_uint_eq(lost(story_change(&story, RICH)), TX_GAS * base_fee(&story));
    ck_assert_uint_eq(u256_to_u64(&story.changes.burned), TX_GAS * base_fee(&story));
    story_release(&story);
}
END_TEST

START_TEST(nothing_sent_to_nobody_makes_no_account)
{
    const struct account_change *change;
    struct story story;

    story_init(&story, false, OTHER);
    story_transfer(&story, RICH, NOBODY, 0, 0, 1);
    story_build(&story);
    change = story_change(&story, NOBODY);
    ck_assert(!change->before.exists && !change->after.exists);
    ck_assert_uint_eq(change->position_count, 1); /* its history has the transaction */
    ck_assert_uint_eq(story.changes.change_count, 3);
    world_decide(story.world, story.block, &story.changes);
    ck_assert_uint_eq(state_trie_accounts(story.world->trie), PEOPLE - PEOPLE / 8);
    story_release(&story);
}
END_TEST

START_TEST(a_proposer_is_touched_by_its_fees_alone)
{
    const struct account_change *change;
    struct story story;

    story_init(&story, false, NOBODY);
    story_transfer(&story, RICH, OTHER, 0, 1, 4);
    story_build(&story);
    change = story_change(&story, NOBODY);
    ck_assert_uint_eq(won(change), TX_GAS * 4);
    ck_assert_uint_eq(change->position_count, 0);
    ck_assert(!change->before.exists && change->after.exists);
    story_release(&story);
}
END_TEST

START_TEST(a_proposer_that_gets_nothing_is_not_touched)
{
    struct story story;

    story_init(&story, false, _i == 0 ? NOBODY : OTHER);
    story_transfer(&story, RICH, 3, 0, 1, 0);
    story_build(&story);
    ck_assert_uint_eq(story.changes.change_count, 2);
    ck_assert_uint_eq(lost(story_change(&story, RICH)), TX_GAS * base_fee(&story) + 1);
    ck_assert_uint_eq(won(story_change(&story, 3)), 1);
    story_release(&story);
}
END_TEST

START_TEST(without_fees_nothing_is_paid_or_burned)
{
    struct story story;

    story_init(&story, true, OTHER);
    story_transfer(&story, RICH, NEVER_THERE, 0, 12, 0);
    story_build(&story);
    ck_assert_uint_eq(base_fee(&story), 0);
    ck_assert_uint_eq(lost(story_change(&story, RICH)), 12);
    ck_assert_uint_eq(won(story_change(&story, NEVER_THERE)), 12);
    ck_assert(u256_is_zero(&story.changes.burned));
    ck_assert_uint_eq(story.changes.change_count, 2);
    story_release(&story);
}
END_TEST

START_TEST(an_account_that_gives_all_away_stays)
{
    const struct account_change *change;
    struct story story;

    story_init(&story, true, OTHER);
    story_transfer(&story, RICH, NOBODY, 0, 77, 0);
    story_transfer(&story, NOBODY, RICH, 0, 77, 0); /* with what it got in this very block */
    story_build(&story);
    change = story_change(&story, NOBODY);
    ck_assert(change->after.exists && u256_is_zero(&change->after.balance));
    ck_assert_uint_eq(change->after.nonce, 1);
    ck_assert_uint_eq(change->position_count, 2);
    ck_assert_uint_eq(lost(story_change(&story, RICH)), 0);
    story_release(&story);
}
END_TEST

START_TEST(who_is_passed_over_is_passed_over_for_the_block)
{
    struct story story;

    story_init(&story, false, OTHER);
    story_transfer(&story, RICH, OTHER, 0, 1, 1);
    story_transfer(&story, RICH, OTHER, 2, 2, 1); /* a gap */
    story_transfer(&story, OTHER, RICH, 0, 3, 1);
    story_transfer(&story, RICH, OTHER, 1, 4, 1); /* would hold, but comes behind its like */
    story_build(&story);
    ck_assert_uint_eq(story.block->tx_count, 2);
    ck_assert_ptr_eq(story.block->tx[0], story.tx[0]);
    ck_assert_ptr_eq(story.block->tx[1], story.tx[2]);
    story_release(&story);
}
END_TEST

/* Three transfers of three senders; the bound lets `_i` of them in. */
START_TEST(a_built_block_keeps_its_bounds)
{
    struct world *world;
    struct block_changes changes;
    struct block *block = NULL;
    struct error err = {0};
    struct story story;
    size_t each, bytes_max;

    story_init(&story, false, OTHER);
    world = story.world;
    story_transfer(&story, RICH, OTHER, 0, 1, 1);
    story_transfer(&story, OTHER, RICH, 0, 1, 1);
    story_transfer(&story, 3, RICH, 0, 1, 1);
    story_build(&story);
    ck_assert_uint_eq(story.block->tx_count, 3);
    each = story.tx[0]->encoding.size + 1;
    bytes_max = HEADER_BYTES_MAX + 8 + (size_t)_i * each + each / 2;
    ck_assert_msg(block_build(&block, &changes, &story.fields, &world->head, &world->rules,
                              story.tx, 3, bytes_max, world->rules.tx.gas_limit, &world->view,
                              world->trie, &err),
                  "%s", err.text);
    ck_assert_uint_eq(block->tx_count, (size_t)_i);
    ck_assert_uint_le(block->size, bytes_max);
    state_trie_drop(world->trie, changes.pending);
    block_changes_release(&changes);
    block_drop(block);
    ck_assert_msg(block_build(&block, &changes, &story.fields, &world->head, &world->rules,
                              story.tx, 3, BLOCK_BYTES_MAX, (uint64_t)_i * TX_GAS + TX_GAS - 1,
                              &world->view, world->trie, &err),
                  "%s", err.text);
    ck_assert_uint_eq(block->tx_count, (size_t)_i);
    ck_assert_uint_eq(block->header.gas_limit, world->rules.tx.gas_limit);
    state_trie_drop(world->trie, changes.pending);
    block_changes_release(&changes);
    block_drop(block);
    story_release(&story);
}
END_TEST

/* ---- what is refused */

static const char *const faults[] = {
    "block 2: height 2, want 1",
    "block 1: parent hash",
    "block 1: time 1000 ms not after its parent's 1000",
    "block 1: gas limit 400001, want 400000",
    "block 1: base fee 1, want 44",
    "block 1: transactions root",
    "block 1: gas used 1, want 42000",
    "block 1: burned 5, want 1848000",
    "block 1: state root",
    "block 1: transaction 1: nonce too low",
    "block 1: transaction 1: nonce out of sequence",
    "block 1: transaction 0: intrinsic gas too low",
};

/* The header of a good block with one thing wrong, or its body with one. */
static struct block *fault_make(const struct block *good, unsigned fault, struct tx **spoilt)
{
    struct header h = good->header;
    struct tx *tx[2] = {good->tx[0], good->tx[1]};
    struct tx fields = *tx[fault == 11 ? 0 : 1];

    fields.nonce += fault == 10 ? 1 : 0;
    fields.nonce -= fault == 9 ? 1 : 0;
    fields.gas_limit -= fault == 11 ? 1 : 0;
    *spoilt = tx_make(&fields, &fields.sender);
    if (fault >= 9)
        tx[fault == 11 ? 0 : 1] = *spoilt;
    h.height += fault == 0;
    h.parent_hash.byte[0] ^= fault == 1;
    h.time_ms -= fault == 2;
    h.gas_limit += fault == 3;
    if (fault == 4)
        h.base_fee_per_gas = u256_of_u64(1);
    if (fault >= 9)
        transactions_root(&h.transactions_root, tx, 2);
    h.transactions_root.byte[31] ^= fault == 5;
    if (fault == 6)
        h.gas_used = 1;
    if (fault == 7)
        h.burned = u256_of_u64(5);
    h.state_root.byte[0] ^= fault == 8;
    for (size_t i = 0; i < 2; i++)
        tx_share(tx[i]);
    return block_new(&h, tx, 2);
}

START_TEST(a_block_with_one_fault_is_refused)
{
    struct hash before, after;
    struct block_changes changes;
    struct error err = {0};
    struct tx *spoilt;
    struct block *bad;
    struct story story;

    story_init(&story, false, OTHER);
    story_transfer(&story, RICH, OTHER, 0, 1, 1);
    story_transfer(&story, RICH, OTHER, 1, 1, 1);
    story_build(&story);
    state_trie_root(story.world->trie, &before);
    bad = fault_make(story.block, (unsigned)_i, &spoilt);
    ck_assert(!block_apply(&changes, bad, &story.world->head, &story.world->rules,
                           &story.world->view, story.world->trie, &err));
    ck_assert_msg(strncmp(err.text, faults[_i], strlen(faults[_i])) == 0, "%s: %s", faults[_i],
                  err.text);
    ck_assert(_i >= 9 || err.code == ERROR_BLOCK);
    state_trie_root(story.world->trie, &after);
    ck_assert(hash_equal(&before, &after));
    block_drop(bad);
    tx_drop(spoilt);
    story_release(&story);
}
END_TEST

START_TEST(more_gas_than_the_limit_is_refused)
{
    struct block_changes changes;
    struct error err = {0};
    struct story story;

    story_init(&story, false, OTHER);
    story_transfer(&story, RICH, OTHER, 0, 1, 1);
    story_transfer(&story, RICH, OTHER, 1, 1, 1);
    story_build(&story);
    story.world->rules.tx.gas_limit = 2 * TX_GAS - 1;
    story.world->head.gas_limit = 2 * TX_GAS - 1;
    {
        struct header h = story.block->header;
        struct u256 base = base_fee_next(&story.world->head, &story.world->rules);
        struct tx *tx[2] = {tx_share(story.tx[0]), tx_share(story.tx[1])};
        struct block *full;

        h.gas_limit = 2 * TX_GAS - 1;
        h.base_fee_per_gas = base;
        header_hash(&h.parent_hash, &story.world->head);
        full = block_new(&h, tx, 2);
        ck_assert(!block_apply(&changes, full, &story.world->head, &story.world->rules,
                               &story.world->view, story.world->trie, &err));
        block_drop(full);
    }
    ck_assert_str_eq(err.text, "block 1: transaction 1: gas 21000 over the 20999 that the block "
                               "has left");
    story_release(&story);
}
END_TEST

/* At each of the accounts that a block reads. */
START_TEST(a_failing_store_ends_the_block)
{
    struct block_changes changes;
    struct block *block = NULL;
    struct error err = {0};
    struct story story;
    struct world *world;

    story_init(&story, false, 3);
    world = story.world;
    story_transfer(&story, RICH, OTHER, 0, 1, 1);
    story_build(&story);
    world->reads = 0;
    world->reads_max = (size_t)_i;
    ck_assert(!block_apply(&changes, story.block, &world->head, &world->rules, &world->view,
                           world->trie, &err));
    ck_assert_str_eq(err.text, "block 1: transaction 0: the disk is gone");
    ck_assert_int_eq(err.code, ERROR_IO);
    world->reads = 0;
    err = (struct error){0};
    ck_assert(!block_build(&block, &changes, &story.fields, &world->head, &world->rules, story.tx,
                           1, BLOCK_BYTES_MAX, world->rules.tx.gas_limit, &world->view, world->trie,
                           &err));
    ck_assert_int_eq(err.code, ERROR_IO);
    ck_assert_ptr_null(block);
    story_release(&story);
}
END_TEST

/* ---- roots of bodies */

START_TEST(receipts_say_success_and_the_gas_so_far)
{
    static const uint8_t bloom[256];
    struct bytes receipt[3];
    struct buffer all[3] = {{0}};
    struct hash root, want;
    struct story story;
    struct tx *tx[3];

    story_init(&story, false, OTHER);
    for (size_t i = 0; i < 3; i++) {
        struct tx f = {.type = (enum tx_type)i, .gas_limit = 50000, .memo = bytes_of("\0x", i)};
        uint64_t gas = i == 0 ? 21000 : i == 1 ? 42004 : 63024;
        size_t mark;

        tx[i] = tx_make(&f, &story.world->people[RICH]);
        if (i > 0)
            buffer_put_byte(&all[i], (uint8_t)i);
        mark = rlp_list_begin(&all[i]);
        rlp_put_u64(&all[i], 1);
        rlp_put_u64(&all[i], gas);
        rlp_put_bytes(&all[i], bytes_of(bloom, sizeof(bloom)));
        buffer_put_byte(&all[i], 0xc0);
        rlp_list_end(&all[i], mark);
        receipt[i] = buffer_bytes(&all[i]);
    }
    mpt_list_root(&want, receipt, 3);
    receipts_root(&root, tx, 3);
    ck_assert(hash_equal(&root, &want));
    for (size_t i = 0; i < 3; i++)
        receipt[i] = tx[i]->encoding;
    mpt_list_root(&want, receipt, 3);
    transactions_root(&root, tx, 3);
    ck_assert(hash_equal(&root, &want));
    receipts_root(&root, NULL, 0);
    ck_assert(hash_equal(&root, &mpt_root_empty));
    for (size_t i = 0; i < 3; i++) {
        buffer_release(&all[i]);
        tx_drop(tx[i]);
    }
    world_free(story.world);
}
END_TEST

void apply_stories(Suite *s)
{
    TCase *t = tcase_create("stories");

    tcase_add_test(t, a_transfer_to_oneself_is_listed_once);
    tcase_add_test(t, who_proposes_its_own_transfer_to_itself_pays_what_is_burned);
    tcase_add_test(t, nothing_sent_to_nobody_makes_no_account);
    tcase_add_test(t, a_proposer_is_touched_by_its_fees_alone);
    tcase_add_loop_test(t, a_proposer_that_gets_nothing_is_not_touched, 0, 2);
    tcase_add_test(t, without_fees_nothing_is_paid_or_burned);
    tcase_add_test(t, an_account_that_gives_all_away_stays);
    tcase_add_test(t, who_is_passed_over_is_passed_over_for_the_block);
    tcase_add_loop_test(t, a_built_block_keeps_its_bounds, 0, 4);
    suite_add_tcase(s, t);
    t = tcase_create("refusals");
    tcase_add_loop_test(t, a_block_with_one_fault_is_refused, 0, COUNT(faults));
    tcase_add_test(t, more_gas_than_the_limit_is_refused);
    tcase_add_loop_test(t, a_failing_store_ends_the_block, 0, 3);
    suite_add_tcase(s, t);
    t = tcase_create("roots");
    tcase_add_test(t, receipts_say_success_and_the_gas_so_far);
    suite_add_tcase(s, t);
}
