/* The machine as stories: inputs in, effects out. */
#include "world_test.h"

#include <cairn/log.h>

#include <unistd.h>

START_TEST(a_transfer_is_decided_at_once_with_block_time_0)
{
    struct world world;

    world_open(&world, 0, false);
    ck_assert_str_eq(world_letters(&world, true), "H"); /* genesis */
    world_turn(&world);
    ck_assert_str_eq(world_letters(&world, true), "");
    world_give(&world, 0, 5);
    ck_assert_str_eq(world_letters(&world, true), "P"); /* nothing is answered before the disk */
    world_turn(&world);
    ck_assert_str_eq(world_letters(&world, true),
                     "B"); /* its block brings it to the disk: no journal row */
    ck_assert_str_eq(world_letters(&world, true), "HPA");
    world_turn(&world);
    ck_assert_str_eq(world_letters(&world, true), ""); /* no empty blocks */
    world_close(&world);
}
END_TEST

START_TEST(a_waiting_transfer_is_journaled_then_answered)
{
    struct world world;

    world_open(&world, 1000, false);
    world_letters(&world, true);
    world.now_ms = world.genesis.header.time_ms + 10; /* not due yet */
    engine_close(world.engine);
    world_open_engine(&world);
    world_letters(&world, true);
    world_give(&world, 0, 5);
    world_give(&world, 2, 6); /* behind a gap */
    world_turn(&world);
    ck_assert_str_eq(world_letters(&world, true), "PPW");
    ck_assert_str_eq(world_letters(&world, true), "AG");
    world.mono_ms += 989;
    world.now_ms += 989;
    world_turn(&world);
    ck_assert_str_eq(world_letters(&world, true), ""); /* a millisecond early */
    world.mono_ms++;
    world.now_ms++;
    world_turn(&world);
    ck_assert_str_eq(world_letters(&world, true), "B");
    ck_assert_str_eq(world_letters(&world, true), "HP");
    world_give(&world, 1, 7); /* closes the gap: both are executable */
    ck_assert_str_eq(world_letters(&world, true), "PP");
    world_close(&world);
}
END_TEST

START_TEST(what_was_answered_is_there_after_a_crash)
{
    struct world world;

    world_open(&world, 60000, false);
    world_letters(&world, true);
    world.now_ms = world.genesis.header.time_ms + 10;
    engine_close(world.engine);
    world_open_engine(&world);
    world_letters(&world, true);
    world_give(&world, 0, 5);
    world_turn(&world);
    ck_assert_str_eq(world_letters(&world, true), "PW");
    ck_assert_str_eq(world_letters(&world, true), "A");
    world_give(&world, 1, 6);
    world_turn(&world);
    ck_assert_str_eq(world_letters(&world, false), "PW"); /* never reached the disk */
    ck_assert_str_eq(world_letters(&world, true), "");    /* and was never answered */

    world_crash(&world);
    world_open_engine(&world);
    ck_assert_str_eq(world_letters(&world, true),
                     "HP"); /* the first waits again, the second is gone */
    ck_assert_uint_eq(engine_mempool_counts(world.engine).pending, 1);
    world_close(&world);
}
END_TEST

START_TEST(a_block_that_was_signed_and_lost_is_not_signed_over)
{
    struct world world;
    FILE *log = tmpfile();
    char said[2048];

    world_open(&world, 0, false);
    world_letters(&world, true);
    world_give(&world, 0, 5);
    world_turn(&world);
    for (size_t i = 0; i < world.effects.count; i++)
        if (world.effects.effect[i].kind == ENGINE_WRITE) {
            world.options.record =
                world.effects.effect[i].write->record; /* the record was synced … */
            ck_assert_uint_eq(world.options.record.round, 0);
        }
    ck_assert_str_eq(world_letters(&world, false), "PB"); /* … its block was not */
    engine_close(world.engine);
    ck_assert_ptr_nonnull(log);
    log_open(&(struct log_options){.level = LOG_WARN, .descriptor = fileno(log)});
    world_open_engine(&world);
    log_open(&(struct log_options){.level = LOG_INFO, .descriptor = STDERR_FILENO});
    rewind(log);
    said[fread(said, 1, sizeof said - 1, log)] = 0;
    ck_assert_msg(strstr(said, "signed block 1, which is not here"), "%s", said);
    fclose(log);
    world_letters(&world, true);
    world_give(&world, 0, 6);
    world_turn(&world);
    for (size_t i = 0; i < world.effects.count; i++)
        if (world.effects.effect[i].kind == ENGINE_WRITE)
            ck_assert_uint_eq(world.effects.effect[i].write->record.round, 1);
    ck_assert_str_eq(world_letters(&world, true), "PB");
    ck_assert_str_eq(world_letters(&world, true), "HPA");
    world_close(&world);
}
END_TEST

START_TEST(empty_blocks_come_at_the_pace_of_the_genesis)
{
    struct world world;

    world_open(&world, 1000, true);
    world_letters(&world, true);
    for (int i = 0; i < 3; i++) {
        world_turn(&world);
        ck_assert_str_eq(world_letters(&world, true), "B");
        ck_assert_str_eq(world_letters(&world, true), "H");
        world_turn(&world);
        ck_assert_str_eq(world_letters(&world, true), ""); /* not before blockTimeMs has passed */
        world.now_ms += 1000;
        world.mono_ms += 1000;
    }
    world_close(&world);
}
END_TEST

START_TEST(a_clock_that_jumps_back_cannot_stop_the_chain)
{
    struct world world;

    world_open(&world, 1000, true);
    world_letters(&world, true);
    world_turn(&world);
    ck_assert_str_eq(world_letters(&world, true), "B");
    world.now_ms -= 3600 * 1000;
    ck_assert_str_eq(world_letters(&world, true), "H");
    world.mono_ms += 1500; /* blockTimeMs + precisionMs, whatever the clock says */
    world_turn(&world);
    ck_assert_str_eq(world_letters(&world, true), "B");
    ck_assert_str_eq(world_letters(&world, true), "H");
    world_close(&world);
}
END_TEST

START_TEST(refusals_are_answered_at_once)
{
    struct world world;

    world_open(&world, 0, false);
    world_letters(&world, true);
    world_give(&world, 0, 5);
    world_give(&world, 0, 6); /* the same again: already known */
    ck_assert_str_eq(world_letters(&world, true), "PR");
    engine_stop(world.engine);
    world_give(&world, 1, 7);
    ck_assert_str_eq(world_letters(&world, true), "R"); /* stopping */
    ck_assert(engine_is_writing(world.engine));
    world_turn(&world);
    ck_assert_str_eq(world_letters(&world, true), "W"); /* no block any more, but the journal */
    ck_assert_str_eq(world_letters(&world, true), "A");
    ck_assert(!engine_is_writing(world.engine));
    world_close(&world);
}
END_TEST

START_TEST(without_a_key_nothing_is_built_and_a_sentence_says_why)
{
    struct world world;
    struct error err = {0};

    world_open(&world, 1000, true);
    world_letters(&world, true);
    ck_assert(engine_standstill(world.engine) == NULL);
    engine_close(world.engine);
    world.options.key = NULL;
    world.engine = engine_open(&world.options, world.now_ms, world.mono_ms, &world.effects, &err);
    ck_assert(world.engine != NULL);
    ck_assert(engine_standstill(world.engine) != NULL);
    world_letters(&world, true);
    world_turn(&world);
    ck_assert_str_eq(world_letters(&world, true), "");
    world_close(&world);
}
END_TEST

START_TEST(a_key_of_another_chain_is_an_error)
{
    struct world world;
    struct error err = {0};

    world_open(&world, 1000, true);
    world_letters(&world, true);
    engine_close(world.engine);
    world.options.record = (struct record){.genesis = {{5}}, .height = 1};
    world.engine = engine_open(&world.options, world.now_ms, world.mono_ms, &world.effects, &err);
    ck_assert(world.engine == NULL);
    ck_assert_int_eq(err.code, ERROR_RECORD);
    world_close(&world);
}
END_TEST

START_TEST(one_replaced_while_its_block_is_written_is_shown_until_it_is_published)
{
    struct world world;

    world_open(&world, 0, false);
    world_letters(&world, true);
    world_give(&world, 0, 5);
    world_turn(&world); /* its block is in flight */
    world_give_fee(&world, 0, 2000, 6);
    world_turn(&world);
    /* Built; then only the newcomer's coming is told, not the other's going: who asked now would
       find it nowhere. */
    ck_assert_str_eq(world_letters(&world, true), "PBPW");
    /* Published; then both leave, and both are answered: they were admitted and are on the disk. */
    ck_assert_str_eq(world_letters(&world, true), "HPPAA");
    ck_assert_uint_eq(engine_mempool_counts(world.engine).pending, 0);
    world_close(&world);
}
END_TEST

START_TEST(what_a_block_took_leaves_no_row_in_the_journal)
{
    struct world world;

    world_open(&world, 1000, false);
    world_letters(&world, true);
    world.now_ms = world.genesis.header.time_ms + 10;
    engine_close(world.engine);
    world_open_engine(&world);
    world_give(&world, 0, 5);
    world_turn(&world);
    ck_assert_str_eq(world_letters(&world, true), "HPW");
    world.mono_ms += 990;
    world.now_ms += 990;
    world_turn(&world);
    ck_assert_str_eq(world_letters(&world, true), "AB");
    ck_assert_str_eq(world_letters(&world, true), "HP"); /* its delete waits for company */
    world_give(&world, 2, 6);                            /* here it is */
    world_turn(&world);
    ck_assert_str_eq(world_letters(&world, true), "PW");
    world_crash(&world);
    world_open_engine(&world);
    ck_assert_str_eq(world_letters(&world, true), "HP");
    ck_assert_uint_eq(engine_mempool_counts(world.engine).queued, 1);
    /* Nothing was refused on the way: one row was read. */
    ck_assert_uint_eq(engine_mempool_counts(world.engine).refused, 0);
    world_close(&world);
}
END_TEST

START_TEST(one_moved_out_by_a_better_one_leaves_the_journal_too)
{
    struct world world;

    world_open(&world, 60000, false);
    world_letters(&world, true);
    world.now_ms = world.genesis.header.time_ms + 10;
    world.options.limits = mempool_limits_default();
    world.options.limits.tx_max = 2;
    engine_close(world.engine);
    world_open_engine(&world);
    world_give(&world, 5, 1); /* behind gaps: these may be moved */
    world_give(&world, 6, 2);
    world_turn(&world);
    ck_assert_str_eq(world_letters(&world, true), "HPPW");
    world_give(&world, 0, 3); /* executable: a queued one goes for it */
    ck_assert_str_eq(world_letters(&world, true), "GGPP");
    world_turn(&world);
    ck_assert_str_eq(world_letters(&world, true), "W");
    ck_assert_str_eq(world_letters(&world, true), "A");
    world_give(&world, 7, 4); /* no better than what is there */
    ck_assert_str_eq(world_letters(&world, true), "R");
    world_crash(&world);
    world_open_engine(&world);
    ck_assert_str_eq(world_letters(&world, true), "HPP");
    ck_assert_uint_eq(engine_mempool_counts(world.engine).pending, 1);
    ck_assert_uint_eq(engine_mempool_counts(world.engine).queued, 1);
    world_close(&world);
}
END_TEST

START_TEST(one_behind_a_gap_leaves_after_its_hour)
{
    struct world world;

    world_open(&world, 0, false);
    world.options.limits = mempool_limits_default();
    world.options.limits.queued_ms_max = 5000;
    engine_close(world.engine);
    world_open_engine(&world);
    world_letters(&world, true);
    world_give(&world, 3, 1);
    world_turn(&world);
    ck_assert_str_eq(world_letters(&world, true), "PW");
    ck_assert_str_eq(world_letters(&world, true), "G");
    world.now_ms += 4999;
    world.mono_ms += 4999;
    world_turn(&world);
    ck_assert_str_eq(world_letters(&world, true), "");
    world.now_ms += 2;
    world.mono_ms += 2;
    world_turn(&world);
    ck_assert_str_eq(world_letters(&world, true), "P");
    ck_assert_uint_eq(engine_mempool_counts(world.engine).queued, 0);
    world_close(&world);
}
END_TEST

/* The monotonic time of the newest timer effect; UINT64_MAX: none. */
static uint64_t timer_of(const struct world *world)
{
    uint64_t timer = UINT64_MAX;

    for (size_t i = 0; i < world->effects.count; i++)
        if (world->effects.effect[i].kind == ENGINE_TIMER)
            timer = world->effects.effect[i].timer_mono_ms;
    return timer;
}

START_TEST(an_idle_chain_gets_an_empty_block_after_max_idle)
{
    struct world world;

    world_open(&world, 100, false);
    world.genesis.max_idle_ms = 3000;
    engine_close(world.engine);
    world_open_engine(&world);
    world_letters(&world, true);
    for (int i = 0; i < 3; i++) {
        uint64_t start_ms = world.mono_ms;

        world_turn(&world);
        ck_assert_uint_eq(timer_of(&world), start_ms + 3000);
        ck_assert_str_eq(world_letters(&world, true), "");
        world.now_ms += 3000;
        world.mono_ms = start_ms + 3000;
        world_turn(&world);
        ck_assert_str_eq(world_letters(&world, true), "B");
        ck_assert_str_eq(world_letters(&world, true), "H");
    }
    world_close(&world);
}
END_TEST

START_TEST(the_timer_is_told_once_and_again_when_it_moves)
{
    struct world world;
    uint64_t due_ms;

    world_open(&world, 1000, true);
    world_letters(&world, true);
    world_turn(&world);
    ck_assert_str_eq(world_letters(&world, true), "B");
    world_letters(&world, true);
    due_ms = world.mono_ms + 1000;
    world_turn(&world);
    ck_assert_uint_eq(timer_of(&world), due_ms);
    world_letters(&world, true);
    world_turn(&world);
    ck_assert_uint_eq(timer_of(&world), UINT64_MAX);
    world_close(&world);
}
END_TEST

/* ---- a disk that fails ---- */

static bool (*good_get)(struct kv *kv, const struct kv_snapshot *snapshot, struct bytes key,
                        struct bytes *value, struct error *err);

static bool get_no_accounts(struct kv *kv, const struct kv_snapshot *snapshot, struct bytes key,
                            struct bytes *value, struct error *err)
{
    if (key.at[0] == 'a')
        return error_set(err, ERROR_IO, "the disk does not answer");
    return good_get(kv, snapshot, key, value, err);
}

START_TEST(a_read_that_fails_at_start_loses_no_transaction)
{
    struct error err = {0};
    struct world world;

    world_open(&world, 60000, false);
    world_letters(&world, true);
    world.now_ms = world.genesis.header.time_ms + 10;
    engine_close(world.engine);
    world_open_engine(&world);
    world_give(&world, 0, 5);
    world_turn(&world);
    ck_assert_str_eq(world_letters(&world, true), "HPW");
    ck_assert_str_eq(world_letters(&world, true), "A");
    world_crash(&world);
    good_get = world.disk.get;
    world.disk.get = get_no_accounts;
    ck_assert(!world_try_engine(&world, &err)); /* not: started without it */
    ck_assert_msg(strstr(err.text, "the disk does not answer") != NULL, "%s", err.text);
    world.disk.get = good_get;
    world_crash(&world);
    world_open_engine(&world);
    ck_assert_str_eq(world_letters(&world, true), "HP");
    world_close(&world);
}
END_TEST

START_TEST(a_read_that_fails_while_building_stops_the_node)
{
    struct world world;

    world_open(&world, 0, false);
    world_letters(&world, true);
    world_give(&world, 0, 5);
    good_get = world.disk.get;
    world.disk.get = get_no_accounts; /* the recipient's account */
    world_turn(&world);
    ck_assert_str_eq(world_letters(&world, true), "PS");
    world.disk.get = good_get;
    world_give(&world, 1, 6);
    world_turn(&world);
    ck_assert_str_eq(world_letters(&world, true), ""); /* and nothing is done any more */
    world_close(&world);
}
END_TEST

Suite *story_suite(void);
Suite *story_suite(void)
{
    Suite *suite = suite_create("stories");
    TCase *tcase = tcase_create("stories");

    tcase_add_test(tcase, a_transfer_is_decided_at_once_with_block_time_0);
    tcase_add_test(tcase, a_waiting_transfer_is_journaled_then_answered);
    tcase_add_test(tcase, what_was_answered_is_there_after_a_crash);
    tcase_add_test(tcase, a_block_that_was_signed_and_lost_is_not_signed_over);
    tcase_add_test(tcase, empty_blocks_come_at_the_pace_of_the_genesis);
    tcase_add_test(tcase, a_clock_that_jumps_back_cannot_stop_the_chain);
    tcase_add_test(tcase, refusals_are_answered_at_once);
    tcase_add_test(tcase, without_a_key_nothing_is_built_and_a_sentence_says_why);
    tcase_add_test(tcase, a_key_of_another_chain_is_an_error);
    tcase_add_test(tcase, one_replaced_while_its_block_is_written_is_shown_until_it_is_published);
    tcase_add_test(tcase, what_a_block_took_leaves_no_row_in_the_journal);
    tcase_add_test(tcase, one_moved_out_by_a_better_one_leaves_the_journal_too);
    tcase_add_test(tcase, one_behind_a_gap_leaves_after_its_hour);
    tcase_add_test(tcase, an_idle_chain_gets_an_empty_block_after_max_idle);
    tcase_add_test(tcase, the_timer_is_told_once_and_again_when_it_moves);
    tcase_add_test(tcase, a_read_that_fails_at_start_loses_no_transaction);
    tcase_add_test(tcase, a_read_that_fails_while_building_stops_the_node);
    suite_add_tcase(suite, tcase);
    return suite;
}
