/* The readers' mirror beside a real mempool: whatever happens, they say the same. */
#include "published.h"
#include "test/unit.h"

enum { SENDERS = 6, NONCES = 12, STEPS = 4000, KNOWN_MAX = 256 };

struct world {
    struct secret secret[SENDERS];
    struct address address[SENDERS];
    struct account account[SENDERS];
    struct mempool *mempool;
    struct published *published;
    struct mempool_events events;
    struct u256 base_fee;
    uint64_t now_ms, random;
    struct tx *known[KNOWN_MAX]; /* the newest that were admitted */
    size_t known_count;
};

static uint64_t random_below(struct world *world, uint64_t bound)
{
    world->random ^= world->random << 13;
    world->random ^= world->random >> 7;
    world->random ^= world->random << 17;
    return world->random % bound;
}

static bool view(void *context, const struct address *address, struct account *out,
                 struct error *err)
{
    const struct world *world = context;

    (void)err;
    *out = (struct account){0};
    for (size_t i = 0; i < SENDERS; i++)
        if (address_equal(&world->address[i], address))
            *out = world->account[i];
    return true;
}

static void world_open(struct world *world, uint64_t seed)
{
    struct mempool_limits limits = {.tx_max = 24,
                                    .bytes_max = 1 << 20,
                                    .sender_tx_max = 10,
                                    .nonce_ahead_max = 8,
                                    .queued_ms_max = 1000};
    struct tx_rules rules = {.chain_id = 7, .gas_limit = 1000000};
    struct state_view state = {.account = view, .context = world};

    *world = (struct world){.random = seed, .now_ms = 1000, .base_fee = u256_of_u64(10)};
    for (size_t i = 0; i < SENDERS; i++) {
        world->secret[i].byte[31] = (uint8_t)(i + 1);
        ck_assert(secret_address(&world->address[i], &world->secret[i]));
        world->account[i].balance = u256_of_u64(21000 * 200);
        world->account[i].exists = true;
    }
    world->mempool = mempool_new(&limits, &rules, &state, &world->base_fee);
    world->published = published_new();
}

static void world_close(struct world *world)
{
    for (size_t i = 0; i < world->known_count; i++)
        tx_drop(world->known[i]);
    mempool_events_release(&world->events);
    mempool_free(world->mempool);
    published_free(world->published);
}

static void move(struct world *world)
{
    published_lock(world->published);
    for (size_t i = 0; i < world->events.count; i++)
        published_pool_move(world->published, &world->events.event[i]);
    published_unlock(world->published);
    mempool_events_clear(&world->events);
}

static void remember(struct world *world, struct tx *tx)
{
    size_t at = world->known_count;

    if (at == KNOWN_MAX) {
        at = (size_t)random_below(world, KNOWN_MAX);
        tx_drop(world->known[at]);
    } else {
        world->known_count++;
    }
    world->known[at] = tx;
}

static void add_one(struct world *world)
{
    size_t sender = (size_t)random_below(world, SENDERS);
    struct buffer raw = {0};
    struct error err = {0};
    struct tx fields = {
        .type = TX_FEE_MARKET,
        .has_to = true,
        .protected = true,
        .chain_id = 7,
        .nonce = world->account[sender].nonce + random_below(world, NONCES),
        .gas_limit = 21000,
        .fee_max_per_gas = u256_of_u64(5 + random_below(world, 60)),
        .value = u256_of_u64(random_below(world, 21000 * 60)),
        .to = {{9}},
    };
    struct tx *tx;
    uint64_t sequence;

    fields.tip_max_per_gas = u256_of_u64(1 + random_below(world, fields.fee_max_per_gas.limb[0]));
    ck_assert(tx_sign(&raw, &fields, &world->secret[sender], &err));
    tx = tx_decode(buffer_bytes(&raw), &err);
    ck_assert(tx && tx_recover(tx, &err));
    buffer_release(&raw);
    if (mempool_add(world->mempool, tx, world->now_ms, 0, &sequence, &world->events, &err))
        remember(world, tx);
    else
        tx_drop(tx);
}

/* Includes some, and lets balances fall or rise by themselves. */
static void include_some(struct world *world)
{
    struct tx *picked[32];
    struct account_change change[SENDERS];
    struct block_changes changes = {.change = change};
    struct block block = {.tx = picked};
    struct error err = {0};
    bool touched[SENDERS] = {false};

    block.tx_count = mempool_pick(world->mempool, 21000 * random_below(world, 8), 1 << 20, picked,
                                  COUNT(picked));
    for (size_t i = 0; i < block.tx_count; i++)
        for (size_t j = 0; j < SENDERS; j++)
            if (address_equal(&world->address[j], &picked[i]->sender)) {
                touched[j] = true;
                world->account[j].nonce++;
            }
    touched[random_below(world, SENDERS)] = true;
    for (size_t j = 0; j < SENDERS; j++) {
        if (!touched[j])
            continue;
        world->account[j].balance = u256_of_u64(random_below(world, 21000 * 300));
        change[changes.change_count++] =
            (struct account_change){.address = world->address[j], .after = world->account[j]};
    }
    for (size_t i = 0; i < block.tx_count; i++)
        (void)tx_share(picked[i]);
    world->base_fee = u256_of_u64(1 + random_below(world, 30));
    ck_assert(mempool_block(world->mempool, &block, &changes, &world->base_fee, world->now_ms,
                            &world->events, &err));
    for (size_t i = 0; i < block.tx_count; i++)
        tx_drop(picked[i]);
}

static void check_same(const struct world *world, int step)
{
    struct mempool_counts want = mempool_counts(world->mempool),
                          have = published_counts(world->published);

    ck_assert_uint_eq(have.pending, want.pending);
    ck_assert_uint_eq(have.queued, want.queued);
    ck_assert_uint_eq(have.bytes, want.bytes);
    for (size_t i = 0; i < SENDERS; i++)
        ck_assert_msg(
            published_nonce(world->published, &world->address[i], world->account[i].nonce) ==
                mempool_nonce_next(world->mempool, &world->address[i], world->account[i].nonce),
            "step %d: sender %zu", step, i);
    for (size_t i = 0; i < world->known_count; i++) {
        struct tx *found = published_tx(world->published, &world->known[i]->hash);

        ck_assert_ptr_eq(found, mempool_find(world->mempool, &world->known[i]->hash));
        tx_drop(found);
    }
}

/* The same choice from the mirror's list as the mempool makes itself. */
static void check_pending(const struct world *world)
{
    struct tx **list, *want[32];
    uint64_t *sequence;
    size_t count = published_pending(world->published, &list, &sequence);
    size_t picked = mempool_pick(world->mempool, 1000000, 1 << 20, want, COUNT(want));

    ck_assert_uint_eq(mempool_order(list, sequence, count, &world->base_fee, 1000000, 1 << 20),
                      picked);
    for (size_t i = 0; i < picked; i++)
        ck_assert_ptr_eq(list[i], want[i]);
    for (size_t i = 0; i < count; i++)
        tx_drop(list[i]);
    mem_free(list);
    mem_free(sequence);
}

START_TEST(the_mirror_says_what_the_mempool_says)
{
    struct world world;

    world_open(&world, 0x9e3779b97f4a7c15u + (uint64_t)_i);
    for (int step = 0; step < STEPS; step++) {
        uint64_t dice = random_below(&world, 10);

        world.now_ms += random_below(&world, 50);
        if (dice < 8)
            add_one(&world);
        else if (dice == 8)
            include_some(&world);
        else
            mempool_expire(world.mempool, world.now_ms, &world.events);
        move(&world);
        check_same(&world, step);
        if (step % 16 == 0)
            check_pending(&world);
    }
    world_close(&world);
}
END_TEST

/* ---- heads and recent blocks ---- */

static struct head *head_at(uint64_t height)
{
    struct header header = {.height = height, .gas_limit = 1000000, .time_ms = height + 1};
    struct block_rules rules = {.tx = {.chain_id = 7, .gas_limit = 1000000}};

    return head_new(block_new(&header, NULL, 0), NULL, &rules, 5);
}

static void publish(struct published *published, uint64_t height)
{
    struct head *head = head_at(height);

    published_lock(published);
    published_head_set(published, head);
    published_unlock(published);
    head_drop(head);
}

START_TEST(the_newest_blocks_are_kept_and_no_others)
{
    struct published *published = published_new();
    struct head *head;

    ck_assert_ptr_null(published_head(published));
    ck_assert_ptr_null(published_block(published, 0));
    for (uint64_t height = 40; height <= 40 + PUBLISHED_BLOCKS_MAX; height++)
        publish(published, height);
    head = published_head(published);
    ck_assert_uint_eq(head->block->header.height, 40 + PUBLISHED_BLOCKS_MAX);
    head_drop(head);
    ck_assert_ptr_null(published_block(published, 40)); /* one more than are kept */
    ck_assert_ptr_null(published_block(published, 41 + PUBLISHED_BLOCKS_MAX));
    for (uint64_t height = 41; height <= 40 + PUBLISHED_BLOCKS_MAX; height++) {
        struct block *block = published_block(published, height);

        ck_assert_uint_eq(block->header.height, height);
        block_drop(block);
    }
    published_free(published);
}
END_TEST

Suite *published_suite(void);
Suite *published_suite(void)
{
    Suite *suite = suite_create("published");
    TCase *tcase = tcase_create("published");

    tcase_add_loop_test(tcase, the_mirror_says_what_the_mempool_says, 0, 4);
    tcase_add_test(tcase, the_newest_blocks_are_kept_and_no_others);
    tcase_set_timeout(tcase, 60);
    suite_add_tcase(suite, tcase);
    return suite;
}
