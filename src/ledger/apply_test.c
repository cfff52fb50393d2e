/* Applying and building blocks: whatever is thrown at them, they do what the model of the ledger
 * does. */
#include "apply_world.h"
#include "test/model/ledger_model.c" /* compiled here: it has no other use in this program */

enum { CANDIDATES_MAX = 30 };

void apply_stories(Suite *s); /* apply_story_test.c */

static struct model_number number_of(const struct u256 *value)
{
    uint8_t byte[32];

    u256_put_be(byte, value);
    return model_number_get(byte, sizeof(byte));
}

static bool number_is(const struct model_number *number, const struct u256 *value)
{
    struct model_number have = number_of(value);

    return model_number_equal(&have, number);
}

static struct model_transfer transfer_of(const struct tx *tx)
{
    struct model_transfer t = {.nonce = tx->nonce,
                               .gas_limit = tx->gas_limit,
                               .fee_max = number_of(&tx->fee_max_per_gas),
                               .tip_max = number_of(&tx->tip_max_per_gas),
                               .value = number_of(&tx->value),
                               .list_addresses = tx->access_addresses,
                               .list_keys = tx->access_keys};

    memcpy(t.sender, tx->sender.byte, ADDRESS_SIZE);
    memcpy(t.recipient, tx->to.byte, ADDRESS_SIZE);
    for (size_t i = 0; i < tx->memo.size; i++) {
        t.zero_bytes += tx->memo.at[i] == 0;
        t.other_bytes += tx->memo.at[i] != 0;
    }
    return t;
}

/* Mostly one that holds after those already in the model, now and then one that breaks a rule. */
static struct tx *tx_random(struct world *world, const struct model *model)
{
    uint64_t *seed = &world->seed;
    const struct address *sender = &world->people[test_random_below(seed, PEOPLE)];
    const struct model_account *account = model_find(model, sender->byte);
    uint8_t memo[40];
    struct tx f = {.type = (enum tx_type)test_random_below(seed, TX_TYPE_COUNT)};
    uint64_t base_fee;

    model_number_put(memo, 8, &model->base_fee);
    base_fee = be64_get(memo);
    test_random_bytes(seed, memo, sizeof(memo));
    memo[0] = memo[7] = 0;
    f.memo = bytes_of(memo, test_random_below(seed, 3) == 0 ? test_random_below(seed, 40) : 0);
    if (f.type != TX_LEGACY && test_random_below(seed, 4) == 0) {
        f.access_addresses = test_random_below(seed, 3);
        f.access_keys = f.access_addresses > 0 ? test_random_below(seed, 3) : 0;
    }
    f.to = world->people[test_random_below(seed, PEOPLE)];
    if (test_random_below(seed, 6) == 0)
        test_random_bytes(seed, &f.to, ADDRESS_SIZE);
    if (test_random_below(seed, 8) == 0)
        f.to = *sender;
    f.nonce = (account ? account->nonce : 0) + (test_random_below(seed, 24) == 0);
    f.gas_limit = 21000 + 16 * f.memo.size + 2400 * f.access_addresses + 1900 * f.access_keys;
    f.gas_limit += test_random_below(seed, 12) == 0 ? test_random_below(seed, 500000) : 0;
    f.gas_limit -= test_random_below(seed, 24) == 0 ? 1 : 0;
    f.fee_max_per_gas = u256_of_u64(base_fee + test_random_below(seed, 60));
    if (test_random_below(seed, 24) == 0 && base_fee > 0)
        f.fee_max_per_gas = u256_of_u64(base_fee - 1);
    f.tip_max_per_gas = u256_of_u64(test_random_below(seed, 40));
    if (test_random_below(seed, 3) > 0)
        f.value = u256_of_u64(test_random(seed) >> test_random_below(seed, 64));
    if (test_random_below(seed, 64) == 0)
        f.value.limb[3] = UINT64_MAX;
    return tx_make(&f, sender);
}

/* The world, and what the model says of it. */
struct twin {
    struct world *world;
    struct model model;
};

static struct twin twin_new(uint64_t seed, bool fees_none)
{
    struct twin twin = {.world = world_new(seed, fees_none)};
    const struct header *head = &twin.world->head;

    model_init(&twin.model, head->gas_limit, number_of(&twin.world->rules.base_fee_min), fees_none,
               number_of(&head->base_fee_per_gas));
    for (size_t i = 0; i < PEOPLE; i++) {
        struct hash khash = khash_of(twin.world->people[i].byte);
        const struct state_leaf *leaf = test_rows_find(&twin.world->rows, &khash);

        if (leaf)
            model_give(&twin.model, twin.world->people[i].byte, 0, number_of(&leaf->balance));
    }
    return twin;
}

struct round {
    struct tx *candidate[CANDIDATES_MAX];
    size_t candidate_count;
    struct tx *wanted[CANDIDATES_MAX]; /* those of them that the model takes */
    size_t wanted_count;
    struct header fields;
    struct model model; /* after the block */
};

static bool sender_among(const struct address *sender, struct tx *const *tx, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (address_equal(sender, &tx[i]->sender))
            return true;
    return false;
}

/* The model takes the candidates one by one; what it refuses shuts its sender out. */
static void round_init(struct round *round, struct twin *twin)
{
    struct world *world = twin->world;
    struct tx *refused[CANDIDATES_MAX];
    size_t refused_count = 0;

    *round = (struct round){0};
    model_copy(&round->model, &twin->model);
    round->fields.time_ms = world->head.time_ms + 1 + test_random_below(&world->seed, 1000);
    round->fields.proposer = world->people[test_random_below(&world->seed, PEOPLE)];
    if (test_random_below(&world->seed, 8) == 0)
        test_random_bytes(&world->seed, &round->fields.proposer, ADDRESS_SIZE);
    model_block_begin(&round->model, round->fields.proposer.byte);
    round->candidate_count = test_random_below(&world->seed, CANDIDATES_MAX + 1);
    for (size_t i = 0; i < round->candidate_count; i++) {
        struct tx *tx = tx_random(world, &round->model);
        struct model_transfer transfer = transfer_of(tx);

        round->candidate[i] = tx;
        if (!sender_among(&tx->sender, refused, refused_count) &&
            model_transfer(&round->model, &transfer))
            round->wanted[round->wanted_count++] = tx;
        else
            refused[refused_count++] = tx;
    }
    model_block_end(&round->model);
}

static void round_release(struct round *round)
{
    for (size_t i = 0; i < round->candidate_count; i++)
        tx_drop(round->candidate[i]);
    model_release(&round->model);
}

static struct hash model_root(const struct model *model)
{
    struct test_rows sorted = {0};
    struct hash root;

    for (size_t i = 0; i < model->count; i++) {
        const struct model_account *account = &model->account[i];
        struct state_leaf leaf = {.khash = khash_of(account->address), .nonce = account->nonce};
        uint8_t balance[32];

        model_number_put(balance, sizeof(balance), &account->balance);
        leaf.balance = u256_get_be(balance);
        test_rows_put(&sorted, &leaf);
    }
    state_root_of(&root, sorted.leaf, sorted.count);
    test_rows_release(&sorted);
    return root;
}

/* ck_assert for what is asked very often: that one is a system call each time. */
static void must(bool fact, const char *what)
{
    if (!fact)
        ck_abort_msg("%s", what);
}

static bool account_is(const struct account *account, const struct model_account *want)
{
    if (!want)
        return !account->exists && account->nonce == 0 && u256_is_zero(&account->balance);
    return account->exists && account->nonce == want->nonce &&
           number_is(&want->balance, &account->balance);
}

static bool names(const struct tx *tx, const struct address *address)
{
    return address_equal(&tx->sender, address) || address_equal(&tx->to, address);
}

/* One change against the model before and after, and against the block itself. */
static void change_check(const struct block_changes *changes, const struct account_change *change,
                         const struct model *before, const struct model *after,
                         const struct block *block)
{
    const struct model_account *was = model_find(before, change->address.byte);
    const struct model_account *is = model_find(after, change->address.byte);
    struct hash khash = khash_of(change->address.byte);
    const uint16_t *position = changes->position + change->position_first;
    size_t position_count = 0;

    must(hash_equal(&khash, &change->khash), "khash");
    must(account_is(&change->before, was), "account before");
    must(account_is(&change->after, is), "account after");
    must(change->after.height_last == block->header.height, "height of the change");
    for (size_t i = 0; i < block->tx_count; i++) {
        if (!names(block->tx[i], &change->address))
            continue;
        must(position_count < change->position_count && position[position_count] == i, "position");
        position_count++;
    }
    must(position_count == change->position_count, "count of positions");
}

/* Every account that differs is among the changes, so is every one that is named, and no other. */
static void changes_check(const struct block_changes *changes, const struct model *before,
                          const struct model *after, const struct block *block)
{
    size_t differing = 0, listed = 0;

    for (size_t i = 0; i < after->count; i++) {
        const struct model_account *is = &after->account[i];
        const struct model_account *was = model_find(before, is->address);

        differing +=
            !was || was->nonce != is->nonce || !model_number_equal(&was->balance, &is->balance);
    }
    for (size_t i = 0; i < changes->change_count; i++) {
        const struct account_change *change = &changes->change[i];
        bool changed = change->before.nonce != change->after.nonce ||
                       !u256_equal(&change->before.balance, &change->after.balance);

        must(i == 0 || hash_compare(&change[-1].khash, &change->khash) < 0, "order of changes");
        must(changed || change->position_count > 0, "a change of nothing");
        change_check(changes, change, before, after, block);
        differing -= changed;
        listed += change->position_count;
    }
    must(differing == 0, "a change is missing");
    must(listed == changes->position_count, "positions");
}

static void changes_equal(const struct block_changes *a, const struct block_changes *b)
{
    ck_assert_uint_eq(a->change_count, b->change_count);
    ck_assert_uint_eq(a->position_count, b->position_count);
    ck_assert_uint_eq(a->gas_used, b->gas_used);
    ck_assert(u256_equal(&a->burned, &b->burned) && hash_equal(&a->state_root, &b->state_root));
    ck_assert_int_eq(memcmp(a->position, b->position, a->position_count * sizeof(*a->position)), 0);
    for (size_t i = 0; i < a->change_count; i++)
        must(hash_equal(&a->change[i].khash, &b->change[i].khash), "change");
}

static void header_check(const struct header *header, const struct twin *twin,
                         const struct round *round)
{
    struct hash root = model_root(&round->model), parent;

    header_hash(&parent, &twin->world->head);
    ck_assert(hash_equal(&header->parent_hash, &parent));
    ck_assert_uint_eq(header->height, twin->world->head.height + 1);
    ck_assert_uint_eq(header->gas_used, round->model.gas_used);
    ck_assert(number_is(&round->model.burned, &header->burned));
    ck_assert(number_is(&twin->model.base_fee, &header->base_fee_per_gas));
    ck_assert(hash_equal(&root, &header->state_root));
}

static void round_play(struct twin *twin)
{
    struct world *world = twin->world;
    struct block_changes built, applied;
    struct block *block = NULL;
    struct error err = {0};
    struct round round;

    round_init(&round, twin);
    world->reads = 0;
    ck_assert_msg(block_build(&block, &built, &round.fields, &world->head, &world->rules,
                              round.candidate, round.candidate_count, BLOCK_BYTES_MAX,
                              world->rules.tx.gas_limit, &world->view, world->trie, &err),
                  "%s", err.text);
    ck_assert_uint_le(world->reads, 2 * round.candidate_count + 1);
    ck_assert_uint_eq(block->tx_count, round.wanted_count);
    for (size_t i = 0; i < block->tx_count; i++)
        must(block->tx[i] == round.wanted[i], "choice of transactions");
    header_check(&block->header, twin, &round);
    changes_check(&built, &twin->model, &round.model, block);
    ck_assert(model_supply_holds(&round.model));
    world->reads = 0;
    ck_assert_msg(
        block_apply(&applied, block, &world->head, &world->rules, &world->view, world->trie, &err),
        "%s", err.text);
    ck_assert_uint_le(world->reads, applied.change_count + 1); /* each account once */
    changes_equal(&built, &applied);
    state_trie_drop(world->trie, built.pending);
    block_changes_release(&built);
    if (test_random_below(&world->seed, 4) == 0) { /* another block is decided instead */
        state_trie_drop(world->trie, applied.pending);
        block_changes_release(&applied);
    } else {
        struct model old = twin->model;

        world_decide(world, block, &applied);
        twin->model = round.model;
        round.model = old;
    }
    block_drop(block);
    round_release(&round);
}

START_TEST(random_blocks_do_what_the_model_does)
{
    struct twin twin = twin_new((uint64_t)_i, _i % 4 == 3);

    for (unsigned i = 0; i < 260; i++)
        round_play(&twin);
    ck_assert_uint_gt(twin.world->head.height, 100);
    world_free(twin.world);
    model_release(&twin.model);
}
END_TEST

Suite *apply_suite(void);

Suite *apply_suite(void)
{
    Suite *s = suite_create("apply");
    TCase *t = tcase_create("model");

    tcase_set_timeout(t, 120);
    tcase_add_loop_test(t, random_blocks_do_what_the_model_does, 0, 8);
    suite_add_tcase(s, t);
    apply_stories(s);
    return s;
}
