#include "world_test.h"

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

static bool sign(void *context, const struct hash *digest, struct signature *out, struct error *err)
{
    (void)err;
    return secret_sign(out, context, digest);
}

/* What is on the disk outlives the store that had it open. */
static void disk_stays(struct kv *kv)
{
    (void)kv;
}

bool world_try_engine(struct world *world, struct error *err)
{

    world->options = (struct engine_options){
        .genesis = &world->genesis,
        .store = world->store,
        .key = world->options.key,
        .record = world->options.record,
        .limits = world->options.limits.tx_max ? world->options.limits : mempool_limits_default(),
        .trie_bytes_max = 1 << 20,
        .block_time_ms = world->genesis.block_time_ms,
        .empty_blocks = world->genesis.empty_blocks,
    };
    world->engine =
        engine_open(&world->options, world->now_ms, world->mono_ms, &world->effects, err);
    return world->engine != NULL;
}

void world_open_engine(struct world *world)
{
    struct error err = {0};

    ck_assert_msg(world_try_engine(world, &err), "%s", err.text);
}

static void world_open_store(struct world *world)
{
    struct error err = {0};

    ck_assert_msg(store_open_kv(&world->store, world->kv, &world->genesis, 1024, &err), "%s",
                  err.text);
}

void world_crash(struct world *world)
{
    engine_close(world->engine);
    world->engine = NULL;
    effects_release(&world->effects);
    store_close(world->store);
    world_open_store(world);
}

void world_open(struct world *world, int block_time_ms, bool empty_blocks)
{
    struct error err = {0};
    char validator[ADDRESS_TEXT], rich[ADDRESS_TEXT], text[2048];

    *world = (struct world){.now_ms = 2000000, .mono_ms = 50000};
    world->validator = secret_of(1);
    world->rich = secret_of(2);
    world->key = (struct consensus_key){.sign = sign, .context = &world->validator};
    world->options.key = &world->key;
    ck_assert(secret_address(&world->key.address, &world->validator));
    ck_assert(secret_address(&world->rich_address, &world->rich));
    snprintf(text, sizeof text, genesis_text, address_format(validator, &world->key.address),
             block_time_ms, empty_blocks ? "true" : "false",
             address_format(rich, &world->rich_address));
    ck_assert_msg(genesis_parse(&world->genesis, bytes_of_text(text), "test", &err), "%s",
                  err.text);
    world->kv = kv_memory_new();
    world->disk = *world->kv->ops;
    world->disk_close = world->disk.close;
    world->disk.close = disk_stays;
    world->kv->ops = &world->disk;
    world_open_store(world);
    world_open_engine(world);
}

void world_close(struct world *world)
{
    engine_close(world->engine);
    effects_release(&world->effects);
    store_close(world->store);
    world->disk_close(world->kv);
    genesis_release(&world->genesis);
}

/* A transfer of 1 wei by the rich account. */
struct tx *world_transfer(const struct world *world, uint64_t nonce, uint64_t fee)
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
                        .tip_max_per_gas = u256_of_u64(fee / 1000),
                        .value = u256_of_u64(1),
                        .to = {{9}}};
    struct tx *tx;

    ck_assert_msg(tx_sign(&raw, &fields, &world->rich, &err), "%s", err.text);
    tx = tx_decode(buffer_bytes(&raw), &err);
    ck_assert_msg(tx && tx_recover(tx, &err), "%s", err.text);
    buffer_release(&raw);
    return tx;
}

void world_step(struct world *world, struct engine_input input)
{
    input.now_ms = world->now_ms;
    input.mono_ms = world->mono_ms;
    engine_step(world->engine, &input, &world->effects);
}

void world_give(struct world *world, uint64_t nonce, uint64_t ticket)
{
    world_give_fee(world, nonce, 1000, ticket);
}

void world_give_fee(struct world *world, uint64_t nonce, uint64_t fee, uint64_t ticket)
{
    struct tx *tx = world_transfer(world, nonce, fee);

    world_step(world, (struct engine_input){.kind = ENGINE_TX, .tx = tx, .ticket = ticket});
    tx_drop(tx);
}

void world_turn(struct world *world)
{
    world_step(world, (struct engine_input){.kind = ENGINE_TURN});
}

/* The effects since the last call, one letter each: A answer, R refusal, W journal, B block write,
 * H head, P pool, S stop; timers are left out. Writes are carried out on the store and acknowledged
 * when `disk`. */
const char *world_letters(struct world *world, bool disk)
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
        world_step(world, (struct engine_input){.kind = ENGINE_WRITTEN, .write = written});
    return letters;
}
