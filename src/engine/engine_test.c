/* The machine as stories: inputs in, effects out, over a store in memory. */
#include "test/unit.h"

#include <cairn/engine.h>

static const char genesis_text[] =
    "{\"config\":{\"chainId\":7,\"cairn\":{\"validators\":[{\"address\":\"%s\",\"power\":1}],"
    "\"blockTimeMs\":%d,\"emptyBlocks\":%s,\"minBaseFeePerGas\":\"1\"}},\"timestamp\":\"1000\","
    "\"gasLimit\":\"1000000\",\"baseFeePerGas\":\"10\",\"alloc\":{\"%s\":{\"balance\":"
    "\"1000000000000000\"}}}";

static struct secret secret_of(uint8_t last)
{
    struct secret secret = {{0}};

    secret.byte[31] = last;
    return secret;
}

/* A whole small world: the engine, its store, and a disk that the test writes by hand. */
struct world {
    struct genesis genesis;
    struct kv *kv;
    struct store *store;
    struct secret validator, rich;
    struct address rich_address;
    struct consensus_key key;
    struct engine_options options;
    struct engine *engine;
    struct effects effects;
    uint64_t now_ms, mono_ms;
};

static bool sign(void *context, const struct hash *digest, struct signature *out, struct error *err)
{
    (void)err;
    return secret_sign(out, context, digest);
}

static void world_open_engine(struct world *world)
{
    struct error err = {0};

    world->options = (struct engine_options){
        .genesis = &world->genesis,
        .store = world->store,
        .key = &world->key,
        .record = world->options.record,
        .limits = mempool_limits_default(),
        .trie_bytes_max = 1 << 20,
        .block_time_ms = world->genesis.block_time_ms,
        .empty_blocks = world->genesis.empty_blocks,
    };
    world->engine =
        engine_open(&world->options, world->now_ms, world->mono_ms, &world->effects, &err);
    ck_assert_msg(world->engine != NULL, "%s", err.text);
}

static void world_open_store(struct world *world)
{
    struct error err = {0};

    ck_assert_msg(store_open_kv(&world->store, world->kv, &world->genesis, 1024, &err), "%s",
                  err.text);
}

static void world_open(struct world *world, int block_time_ms, bool empty_blocks)
{
    struct error err = {0};
    char validator[ADDRESS_TEXT], rich[ADDRESS_TEXT], text[2048];

    *world = (struct world){.now_ms = 2000000, .mono_ms = 50000};
    world->validator = secret_of(1);
    world->rich = secret_of(2);
    world->key = (struct consensus_key){.sign = sign, .context = &world->validator};
    ck_assert(secret_address(&world->key.address, &world->validator));
    ck_assert(secret_address(&world->rich_address, &world->rich));
    snprintf(text, sizeof text, genesis_text, address_format(validator, &world->key.address),
             block_time_ms, empty_blocks ? "true" : "false",
             address_format(rich, &world->rich_address));
    ck_assert_msg(genesis_parse(&world->genesis, bytes_of_text(text), "test", &err), "%s",
                  err.text);
    world->kv = kv_memory_new();
    world_open_store(world);
    world_open_engine(world);
}

static void world_close(struct world *world)
{
    engine_close(world->engine);
    effects_release(&world->effects);
    store_close(world->store);
    genesis_release(&world->genesis);
}

/* A transfer of 1 wei by the rich account. */
static struct tx *transfer(const struct world *world, uint64_t nonce, uint64_t fee)
{
    struct buffer raw = {0};
    struct error err = {0};
    struct tx fields = {.type = TX_FEE_MARKET,
                        .has_to = true,
                        .protected = true,
                        .chain_id = 7,
                        .nonce = nonce,
                        .gas_limit = 21000,
                        .fee_max_per_gas = u256_of_u64(fee),
                        .tip_max_per_gas = u256_of_u64(1),
                        .value = u256_of_u64(1),
                        .to = {{9}}};
    struct tx *tx;

    ck_assert_msg(tx_sign(&raw, &fields, &world->rich, &err), "%s", err.text);
    tx = tx_decode(buffer_bytes(&raw), &err);
    ck_assert_msg(tx && tx_recover(tx, &err), "%s", err.text);
    buffer_release(&raw);
    return tx;
}

static void step(struct world *world, struct engine_input input)
{
    input.now_ms = world->now_ms;
    input.mono_ms = world->mono_ms;
    engine_step(world->engine, &input, &world->effects);
}

static void give_tx(struct world *world, uint64_t nonce, uint64_t ticket)
{
    struct tx *tx = transfer(world, nonce, 1000);

    step(world, (struct engine_input){.kind = ENGINE_TX, .tx = tx, .ticket = ticket});
    tx_drop(tx);
}

static void turn(struct world *world)
{
    step(world, (struct engine_input){.kind = ENGINE_TURN});
}

/* The effects since the last call, one letter each: A answer, R refusal, W journal, B block write,
 * H head, P pool, S stop; timers are left out. Writes are carried out on the store and acknowledged
 * when `disk`. */
static const char *effects_letters(struct world *world, bool disk)
{
    static char letters[256];
    size_t count = 0;
    uint64_t written = 0;

    for (size_t i = 0; i < world->effects.count && count < sizeof letters - 1; i++) {
        struct engine_effect *effect = &world->effects.effect[i];

        switch (effect->kind) {
        case ENGINE_ANSWER:
            letters[count++] = effect->answer.err ? 'R' : effect->answer.gap ? 'G' : 'A';
            break;
        case ENGINE_WRITE:
            letters[count++] = effect->write->block ? 'B' : 'W';
            if (disk) {
                struct store_write *batch = store_write_new(world->store);
                struct error err = {0};

                engine_write_apply(effect->write, batch);
                ck_assert_msg(store_write_commit(batch, true, &err), "%s", err.text);
                if (effect->write->block)
                    world->options.record = effect->write->record;
                written = effect->write->number;
            }
            break;
        case ENGINE_HEAD:
            letters[count++] = 'H';
            break;
        case ENGINE_POOL:
            letters[count++] = 'P';
            break;
        case ENGINE_TIMER:
            break;
        case ENGINE_STOP:
            letters[count++] = 'S';
            break;
        }
    }
    letters[count] = 0;
    effects_release(&world->effects);
    if (written > 0)
        step(world, (struct engine_input){.kind = ENGINE_WRITTEN, .write = written});
    return letters;
}

START_TEST(a_transfer_is_decided_at_once_with_block_time_0)
{
    struct world world;

    world_open(&world, 0, false);
    ck_assert_str_eq(effects_letters(&world, true), "H"); /* genesis */
    turn(&world);
    ck_assert_str_eq(effects_letters(&world, true), "");
    give_tx(&world, 0, 5);
    ck_assert_str_eq(effects_letters(&world, true), "P"); /* nothing is answered before the disk */
    turn(&world);
    ck_assert_str_eq(effects_letters(&world, true),
                     "B"); /* its block brings it to the disk: no journal row */
    ck_assert_str_eq(effects_letters(&world, true), "HPA");
    turn(&world);
    ck_assert_str_eq(effects_letters(&world, true), ""); /* no empty blocks */
    world_close(&world);
}
END_TEST

START_TEST(a_waiting_transfer_is_journaled_then_answered)
{
    struct world world;

    world_open(&world, 1000, false);
    effects_letters(&world, true);
    world.now_ms = world.genesis.header.time_ms + 10; /* not due yet */
    engine_close(world.engine);
    world_open_engine(&world);
    effects_letters(&world, true);
    give_tx(&world, 0, 5);
    give_tx(&world, 2, 6); /* behind a gap */
    turn(&world);
    ck_assert_str_eq(effects_letters(&world, true), "PPW");
    ck_assert_str_eq(effects_letters(&world, true), "AG");
    world.mono_ms += 989;
    world.now_ms += 989;
    turn(&world);
    ck_assert_str_eq(effects_letters(&world, true), ""); /* a millisecond early */
    world.mono_ms++;
    world.now_ms++;
    turn(&world);
    ck_assert_str_eq(effects_letters(&world, true), "B");
    ck_assert_str_eq(effects_letters(&world, true), "HP");
    give_tx(&world, 1, 7); /* closes the gap: both are executable */
    ck_assert_str_eq(effects_letters(&world, true), "PP");
    world_close(&world);
}
END_TEST

START_TEST(what_was_answered_is_there_after_a_crash)
{
    struct world world;
    struct store *store;

    world_open(&world, 60000, false);
    effects_letters(&world, true);
    world.now_ms = world.genesis.header.time_ms + 10;
    engine_close(world.engine);
    world_open_engine(&world);
    effects_letters(&world, true);
    give_tx(&world, 0, 5);
    turn(&world);
    ck_assert_str_eq(effects_letters(&world, true), "PW");
    ck_assert_str_eq(effects_letters(&world, true), "A");
    give_tx(&world, 1, 6);
    turn(&world);
    ck_assert_str_eq(effects_letters(&world, false), "PW"); /* never reached the disk */
    ck_assert_str_eq(effects_letters(&world, true), "");    /* and was never answered */

    engine_close(world.engine);
    store = world.store;
    (void)store;
    world_open_engine(&world);
    ck_assert_str_eq(effects_letters(&world, true),
                     "HP"); /* the first waits again, the second is gone */
    ck_assert_uint_eq(engine_mempool_counts(world.engine).pending, 1);
    world_close(&world);
}
END_TEST

START_TEST(a_block_that_was_signed_and_lost_is_not_signed_over)
{
    struct world world;

    world_open(&world, 0, false);
    effects_letters(&world, true);
    give_tx(&world, 0, 5);
    turn(&world);
    for (size_t i = 0; i < world.effects.count; i++)
        if (world.effects.effect[i].kind == ENGINE_WRITE) {
            world.options.record =
                world.effects.effect[i].write->record; /* the record was synced … */
            ck_assert_uint_eq(world.options.record.round, 0);
        }
    ck_assert_str_eq(effects_letters(&world, false), "PB"); /* … its block was not */
    engine_close(world.engine);
    world_open_engine(&world);
    effects_letters(&world, true);
    give_tx(&world, 0, 6);
    turn(&world);
    for (size_t i = 0; i < world.effects.count; i++)
        if (world.effects.effect[i].kind == ENGINE_WRITE)
            ck_assert_uint_eq(world.effects.effect[i].write->record.round, 1);
    ck_assert_str_eq(effects_letters(&world, true), "PB");
    ck_assert_str_eq(effects_letters(&world, true), "HPA");
    world_close(&world);
}
END_TEST

START_TEST(empty_blocks_come_at_the_pace_of_the_genesis)
{
    struct world world;

    world_open(&world, 1000, true);
    effects_letters(&world, true);
    for (int i = 0; i < 3; i++) {
        turn(&world);
        ck_assert_str_eq(effects_letters(&world, true), "B");
        ck_assert_str_eq(effects_letters(&world, true), "H");
        turn(&world);
        ck_assert_str_eq(effects_letters(&world, true), ""); /* not before blockTimeMs has passed */
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
    effects_letters(&world, true);
    turn(&world);
    ck_assert_str_eq(effects_letters(&world, true), "B");
    world.now_ms -= 3600 * 1000;
    ck_assert_str_eq(effects_letters(&world, true), "H");
    world.mono_ms += 1500; /* blockTimeMs + precisionMs, whatever the clock says */
    turn(&world);
    ck_assert_str_eq(effects_letters(&world, true), "B");
    ck_assert_str_eq(effects_letters(&world, true), "H");
    world_close(&world);
}
END_TEST

START_TEST(refusals_are_answered_at_once)
{
    struct world world;

    world_open(&world, 0, false);
    effects_letters(&world, true);
    give_tx(&world, 0, 5);
    give_tx(&world, 0, 6); /* the same again: already known */
    ck_assert_str_eq(effects_letters(&world, true), "PR");
    engine_stop(world.engine);
    give_tx(&world, 1, 7);
    ck_assert_str_eq(effects_letters(&world, true), "R"); /* stopping */
    ck_assert(engine_is_writing(world.engine));
    turn(&world);
    ck_assert_str_eq(effects_letters(&world, true), "W"); /* no block any more, but the journal */
    ck_assert_str_eq(effects_letters(&world, true), "A");
    ck_assert(!engine_is_writing(world.engine));
    world_close(&world);
}
END_TEST

START_TEST(without_a_key_nothing_is_built_and_a_sentence_says_why)
{
    struct world world;
    struct error err = {0};

    world_open(&world, 1000, true);
    effects_letters(&world, true);
    ck_assert(engine_standstill(world.engine) == NULL);
    engine_close(world.engine);
    world.options.key = NULL;
    world.engine = engine_open(&world.options, world.now_ms, world.mono_ms, &world.effects, &err);
    ck_assert(world.engine != NULL);
    ck_assert(engine_standstill(world.engine) != NULL);
    effects_letters(&world, true);
    turn(&world);
    ck_assert_str_eq(effects_letters(&world, true), "");
    world_close(&world);
}
END_TEST

START_TEST(a_key_of_another_chain_is_an_error)
{
    struct world world;
    struct error err = {0};

    world_open(&world, 1000, true);
    effects_letters(&world, true);
    engine_close(world.engine);
    world.options.record = (struct record){.genesis = {{5}}, .height = 1};
    world.engine = engine_open(&world.options, world.now_ms, world.mono_ms, &world.effects, &err);
    ck_assert(world.engine == NULL);
    ck_assert_int_eq(err.code, ERROR_RECORD);
    world_close(&world);
}
END_TEST

static Suite *engine_suite(void)
{
    Suite *suite = suite_create("engine");
    TCase *tcase = tcase_create("engine");

    tcase_add_test(tcase, a_transfer_is_decided_at_once_with_block_time_0);
    tcase_add_test(tcase, a_waiting_transfer_is_journaled_then_answered);
    tcase_add_test(tcase, what_was_answered_is_there_after_a_crash);
    tcase_add_test(tcase, a_block_that_was_signed_and_lost_is_not_signed_over);
    tcase_add_test(tcase, empty_blocks_come_at_the_pace_of_the_genesis);
    tcase_add_test(tcase, a_clock_that_jumps_back_cannot_stop_the_chain);
    tcase_add_test(tcase, refusals_are_answered_at_once);
    tcase_add_test(tcase, without_a_key_nothing_is_built_and_a_sentence_says_why);
    tcase_add_test(tcase, a_key_of_another_chain_is_an_error);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void)
{
    static Suite *(*const suites[])(void) = {engine_suite};

    return unit_main(suites, COUNT(suites));
}
