/* A node that is killed at any point of its writes, over and over: what was answered is there, what
 * was shown stays, and no key signs twice. */
#include "world_test.h"

enum { STEPS = 3000, NONCE_AHEAD = 4, ANSWERED_MAX = 512, WRITES_MAX = 64, MIRROR_MAX = 256 };

/* What a wallet was told: one of the transactions with this nonce will be there for good. */
struct answered {
    uint64_t nonce, ticket;
};

struct run {
    struct world world;
    uint64_t random;
    struct engine_write *write[WRITES_MAX]; /* handed out, not on the disk */
    size_t write_count;
    uint64_t written; /* on the disk, not told to the engine */
    struct tx *mirror[MIRROR_MAX];
    size_t mirror_count;
    struct tx *ticket[ANSWERED_MAX]; /* by ticket mod the size */
    uint64_t ticket_number[ANSWERED_MAX];
    uint64_t ticket_last;
    struct answered answered[ANSWERED_MAX];
    size_t answered_count;
    uint64_t head;        /* published */
    uint64_t fee, blocks; /* fees only rise: replacements are taken */
    unsigned crashes;
};

static uint64_t random_below(struct run *run, uint64_t bound)
{
    run->random ^= run->random << 13;
    run->random ^= run->random >> 7;
    run->random ^= run->random << 17;
    return run->random % bound;
}

/* ---- effects ---- */

static void mirror_move(struct run *run, const struct mempool_event *event)
{
    size_t at = 0;

    while (at < run->mirror_count && !hash_equal(&run->mirror[at]->hash, &event->tx->hash))
        at++;
    if (event->kind != MEMPOOL_REMOVED && at == run->mirror_count) {
        ck_assert_uint_lt(at, MIRROR_MAX);
        run->mirror[run->mirror_count++] = tx_share(event->tx);
    } else if (event->kind == MEMPOOL_REMOVED && at < run->mirror_count) {
        tx_drop(run->mirror[at]);
        run->mirror[at] = run->mirror[--run->mirror_count];
    }
}

static void on_answer(struct run *run, const struct engine_effect *effect)
{
    struct tx *tx = run->ticket[effect->answer.ticket % ANSWERED_MAX];
    size_t at = 0;

    if (effect->answer.err)
        return;
    while (at < run->answered_count && run->answered[at].nonce != tx->nonce)
        at++;
    if (at == run->answered_count) {
        ck_assert_uint_lt(at, ANSWERED_MAX);
        run->answered_count++;
    }
    run->answered[at] = (struct answered){.nonce = tx->nonce, .ticket = effect->answer.ticket};
}

static void take_effects(struct run *run)
{
    struct effects *effects = &run->world.effects;

    for (size_t i = 0; i < effects->count; i++) {
        struct engine_effect *effect = &effects->effect[i];

        switch (effect->kind) {
        case ENGINE_ANSWER:
            on_answer(run, effect);
            break;
        case ENGINE_WRITE:
            ck_assert_uint_lt(run->write_count, WRITES_MAX);
            run->write[run->write_count++] = effect->write;
            effect->write = NULL;
            break;
        case ENGINE_HEAD:
            ck_assert_uint_ge(effect->head->block->header.height, run->head);
            run->blocks += effect->head->block->header.height - run->head;
            run->head = effect->head->block->header.height;
            break;
        case ENGINE_POOL:
            mirror_move(run, &effect->pool);
            break;
        case ENGINE_TIMER:
            break;
        case ENGINE_STOP:
            ck_abort_msg("%s", effect->stop->text);
        }
    }
    effects_release(effects);
}

/* ---- the disk ---- */

/* A key never signs two blocks at one place, as far as its record knows. */
static void record_sync(struct run *run, const struct record *record)
{
    const struct record *old = &run->world.options.record;

    ck_assert(record->height > old->height ||
              (record->height == old->height && record->round > old->round));
    run->world.options.record = *record;
}

/* As the writer does it: the oldest `count` in one batch. */
static void write_some(struct run *run, size_t count)
{
    struct store_write *batch;
    struct error err = {0};

    if (count == 0)
        return;
    batch = store_write_new(run->world.store);
    for (size_t i = 0; i < count; i++) {
        engine_write_apply(run->write[i], batch);
        if (run->write[i]->block)
            record_sync(run, &run->write[i]->record);
    }
    ck_assert_msg(store_write_commit(batch, true, &err), "%s", err.text);
    run->written = run->write[count - 1]->number;
    for (size_t i = 0; i < count; i++)
        engine_write_free(run->write[i]);
    run->write_count -= count;
    memmove(run->write, run->write + count, run->write_count * sizeof run->write[0]);
}

static void tell_written(struct run *run)
{
    if (run->written > 0)
        world_step(&run->world,
                   (struct engine_input){.kind = ENGINE_WRITTEN, .write = run->written});
    run->written = 0;
    take_effects(run);
}

/* ---- checks ---- */

static bool is_in_mirror(const struct run *run, uint64_t nonce)
{
    for (size_t i = 0; i < run->mirror_count; i++)
        if (run->mirror[i]->nonce == nonce)
            return true;
    return false;
}

static uint64_t nonce_of_chain(const struct run *run)
{
    struct store_snapshot *snapshot = store_snapshot_new(run->world.store);
    struct account account;
    struct error err = {0};

    ck_assert(store_account(snapshot, &run->world.rich_address, run->head, &account, &err));
    store_snapshot_free(snapshot);
    return account.nonce;
}

/* As readers look: the mirror first, then the chain up to the published head. */
static void check_shown(const struct run *run)
{
    uint64_t nonce = nonce_of_chain(run);

    for (size_t i = 0; i < run->answered_count; i++)
        ck_assert_msg(run->answered[i].nonce < nonce || is_in_mirror(run, run->answered[i].nonce),
                      "nonce %u is nowhere, after %u crashes", (unsigned)run->answered[i].nonce,
                      run->crashes);
}

/* After a crash: what waits is what was answered, or what came later and took its place; never one
 * that had been replaced before. */
static void check_newest(const struct run *run)
{
    for (size_t i = 0; i < run->mirror_count; i++) {
        uint64_t ticket = 0, answered = 0;

        for (size_t j = 0; j < ANSWERED_MAX; j++)
            if (run->ticket[j] && hash_equal(&run->ticket[j]->hash, &run->mirror[i]->hash) &&
                ticket < run->ticket_number[j])
                ticket = run->ticket_number[j];
        for (size_t j = 0; j < run->answered_count; j++)
            if (run->answered[j].nonce == run->mirror[i]->nonce)
                answered = run->answered[j].ticket;
        ck_assert(ticket == 0 || ticket >= answered); /* 0: so old that it is forgotten here */
    }
}

/* ---- what happens ---- */

static void give_one(struct run *run)
{
    uint64_t nonce = nonce_of_chain(run) + random_below(run, NONCE_AHEAD);
    uint64_t ticket = ++run->ticket_last;
    struct tx **place = &run->ticket[ticket % ANSWERED_MAX];

    run->fee += 1 + random_below(run, 3) * run->fee / 8; /* some replace, some do not */
    if (run->fee > 100000)
        run->fee = 2000;
    run->ticket_number[ticket % ANSWERED_MAX] = ticket;
    tx_drop(*place);
    *place = world_transfer(&run->world, nonce, run->fee);
    world_step(&run->world,
               (struct engine_input){.kind = ENGINE_TX, .tx = *place, .ticket = ticket});
}

static void crash(struct run *run)
{
    /* Block and record are synced side by side: the record alone may have made it. */
    for (size_t i = 0; i < run->write_count; i++)
        if (run->write[i]->block && random_below(run, 2))
            record_sync(run, &run->write[i]->record);
    for (size_t i = 0; i < run->write_count; i++)
        engine_write_free(run->write[i]);
    run->write_count = 0;
    run->written = 0;
    for (size_t i = 0; i < run->mirror_count; i++)
        tx_drop(run->mirror[i]);
    run->mirror_count = 0;
    world_crash(&run->world);
    run->crashes++;
    world_open_engine(&run->world);
    ck_assert_ptr_null(engine_standstill(run->world.engine));
    take_effects(run);
    check_newest(run);
}

static void one_step(struct run *run)
{
    uint64_t dice = random_below(run, 16);

    run->world.now_ms += random_below(run, 60);
    run->world.mono_ms += random_below(run, 60);
    if (dice < 6) {
        give_one(run);
    } else if (dice < 10) {
        world_turn(&run->world);
    } else if (dice < 13) {
        write_some(run, (size_t)random_below(run, run->write_count + 1));
    } else if (dice < 15) {
        tell_written(run);
    } else if (random_below(run, 3) == 0) {
        crash(run);
    }
    if (run->write_count > WRITES_MAX / 2)
        write_some(run, run->write_count);
    take_effects(run);
    check_shown(run);
}

START_TEST(whatever_is_answered_outlives_any_crash)
{
    static struct run run;

    run.random = 0x9e3779b97f4a7c15u + (uint64_t)_i;
    run.fee = 2000;
    world_open(&run.world, _i % 2 ? 100 : 0, false);
    take_effects(&run);
    for (int step = 0; step < STEPS; step++)
        one_step(&run);
    ck_assert_uint_gt(run.crashes, 10);
    ck_assert_uint_gt(run.blocks, 20);
    ck_assert_uint_gt(run.answered_count, 20);
    for (size_t i = 0; i < run.write_count; i++)
        engine_write_free(run.write[i]);
    for (size_t i = 0; i < run.mirror_count; i++)
        tx_drop(run.mirror[i]);
    for (size_t i = 0; i < ANSWERED_MAX; i++)
        tx_drop(run.ticket[i]);
    world_close(&run.world);
}
END_TEST

Suite *crash_suite(void);
Suite *crash_suite(void)
{
    Suite *suite = suite_create("crash");
    TCase *tcase = tcase_create("crash");

    tcase_add_loop_test(tcase, whatever_is_answered_outlives_any_crash, 0, 4);
    tcase_set_timeout(tcase, 60);
    suite_add_tcase(suite, tcase);
    return suite;
}
