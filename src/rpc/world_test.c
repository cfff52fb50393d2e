#include "world_test.h"

#include <cairn/hex.h>

static const char genesis_text[] =
    "{\"config\":{\"chainId\":7,\"cairn\":{\"validators\":[{\"address\":\"%s\",\"power\":1}],"
    "\"blockTimeMs\":%u,\"emptyBlocks\":false,\"minBaseFeePerGas\":\"1\"}},\"timestamp\":\"1000\","
    "\"gasLimit\":\"1000000\",\"baseFeePerGas\":\"10\",\"alloc\":{\"%s\":{\"balance\":"
    "\"1000000000000000\"}}}";

static bool sign(void *context, const struct hash *digest, struct signature *out, struct error *err)
{
    (void)err;
    return secret_sign(out, context, digest);
}

/* ---- the port ---- */

static struct head *on_head(void *context)
{
    return head_share(((struct world *)context)->head);
}

static struct block *on_block_recent(void *context, uint64_t height)
{
    (void)context;
    (void)height;
    return NULL; /* always from the store */
}

static struct tx *on_pool_find(void *context, const struct hash *hash)
{
    struct world *world = context;

    for (size_t i = 0; i < world->pool_count; i++)
        if (hash_equal(&world->pool[i].tx->hash, hash))
            return tx_share(world->pool[i].tx);
    return NULL;
}

static uint64_t on_pool_nonce(void *context, const struct address *sender, uint64_t nonce_account)
{
    struct world *world = context;

    for (size_t i = 0; i < world->pool_count; i++)
        if (world->pool[i].pending && address_equal(&world->pool[i].tx->sender, sender) &&
            world->pool[i].tx->nonce >= nonce_account)
            nonce_account = world->pool[i].tx->nonce + 1;
    return nonce_account;
}

static struct mempool_counts on_pool_counts(void *context)
{
    struct world *world = context;
    struct mempool_counts counts = {0};

    for (size_t i = 0; i < world->pool_count; i++) {
        counts.pending += world->pool[i].pending;
        counts.queued += !world->pool[i].pending;
    }
    return counts;
}

static size_t on_pool_pending(void *context, struct tx ***tx, uint64_t **sequence)
{
    struct world *world = context;
    size_t count = 0;

    *tx = mem_new(WORLD_POOL_MAX, sizeof **tx);
    *sequence = mem_new(WORLD_POOL_MAX, sizeof **sequence);
    for (size_t i = 0; i < world->pool_count; i++) {
        if (!world->pool[i].pending)
            continue;
        (*tx)[count] = tx_share(world->pool[i].tx);
        (*sequence)[count++] = world->pool[i].sequence;
    }
    return count;
}

static bool on_decides(void *context)
{
    return !engine_standstill(((struct world *)context)->engine);
}

static void on_submit(void *context, struct tx *tx, uint64_t ticket)
{
    struct world *world = context;

    ck_assert(world->submitted_count < WORLD_SUBMITTED_MAX);
    world->submitted[world->submitted_count].tx = tx;
    world->submitted[world->submitted_count++].ticket = ticket;
}

static uint64_t on_now_ms(void *context)
{
    return ((struct world *)context)->now_ms;
}

static uint64_t on_mono_ms(void *context)
{
    return ((struct world *)context)->mono_ms;
}

/* ---- carrying the effects out ---- */

static void pool_move(struct world *world, const struct mempool_event *event)
{
    size_t at = 0;

    while (at < world->pool_count && !hash_equal(&world->pool[at].tx->hash, &event->tx->hash))
        at++;
    if (event->kind == MEMPOOL_REMOVED) {
        ck_assert(at < world->pool_count);
        tx_drop(world->pool[at].tx);
        world->pool[at] = world->pool[--world->pool_count];
        return;
    }
    if (at == world->pool_count) {
        ck_assert(world->pool_count < WORLD_POOL_MAX);
        world->pool[at].tx = tx_share(event->tx);
        world->pool[at].sequence = event->sequence;
        world->pool_count++;
    }
    world->pool[at].pending = event->kind == MEMPOOL_PENDING;
}

static void on_ready(void *context, struct rpc_exchange *exchange)
{
    struct world *world = context;

    ck_assert(world->ready_count < WORLD_SUBMITTED_MAX);
    world->ready[world->ready_count++] = exchange;
}

static void step(struct world *world, struct engine_input input)
{
    input.now_ms = world->now_ms;
    input.mono_ms = world->mono_ms;
    engine_step(world->engine, &input, &world->effects);
}

/* Returns the number of the newest write that was carried out, 0 for none. */
static uint64_t carry_out(struct world *world, struct engine_effect *effect)
{
    struct error err = {0};

    switch (effect->kind) {
    case ENGINE_ANSWER: {
        struct rpc_exchange *exchange =
            rpc_submitted(world->rpc, effect->answer.ticket, effect->answer.err, effect->answer.gap,
                          effect->answer.gap_nonce);

        if (exchange)
            on_ready(world, exchange);
        break;
    }
    case ENGINE_WRITE: {
        struct store_write *batch = store_write_new(world->store);

        engine_write_apply(effect->write, batch);
        ck_assert_msg(store_write_commit(batch, true, &err), "%s", err.text);
        return effect->write->number;
    }
    case ENGINE_HEAD:
        head_drop(world->head);
        world->head = head_share(effect->head);
        if (world->rpc)
            rpc_on_head(world->rpc, world->head, on_ready, world);
        break;
    case ENGINE_POOL:
        pool_move(world, &effect->pool);
        break;
    case ENGINE_TIMER:
        break;
    case ENGINE_STOP:
        ck_abort_msg("%s", effect->stop->text);
    }
    return 0;
}

static void effects_carry_out(struct world *world)
{
    while (world->effects.count > 0) {
        struct effects effects = world->effects;
        uint64_t written = 0;

        world->effects = (struct effects){0};
        for (size_t i = 0; i < effects.count; i++) {
            uint64_t number = carry_out(world, &effects.effect[i]);

            written = number > written ? number : written;
        }
        effects_release(&effects);
        if (written > 0)
            step(world, (struct engine_input){.kind = ENGINE_WRITTEN, .write = written});
    }
}

static enum rpc_progress go_on(struct rpc_exchange *exchange)
{
    enum rpc_progress progress = rpc_run(exchange, false);

    for (;;) {
        if (progress == RPC_HEAVY)
            progress = rpc_run(exchange, true);
        else if (progress == RPC_WAITING && rpc_park(exchange))
            progress = rpc_run(exchange, false);
        else
            return progress;
    }
}

void world_turn(struct world *world)
{
    do {
        size_t submitted = world->submitted_count, ready;

        world->submitted_count = 0;
        for (size_t i = 0; i < submitted; i++) {
            step(world, (struct engine_input){.kind = ENGINE_TX,
                                              .tx = world->submitted[i].tx,
                                              .ticket = world->submitted[i].ticket});
            tx_drop(world->submitted[i].tx);
        }
        step(world, (struct engine_input){.kind = ENGINE_TURN});
        effects_carry_out(world);
        rpc_on_time(world->rpc, world->mono_ms, on_ready, world);
        ready = world->ready_count;
        world->ready_count = 0;
        for (size_t i = 0; i < ready; i++)
            (void)go_on(world->ready[i]);
    } while (world->submitted_count > 0 || world->ready_count > 0);
}

void world_stop(struct world *world)
{
    rpc_stop(world->rpc, on_ready, world);
}

struct rpc_exchange *world_start(struct world *world, const char *body, enum rpc_progress *progress)
{
    struct buffer bytes = {0};
    struct rpc_exchange *exchange;

    buffer_put_text(&bytes, body);
    exchange = rpc_exchange_new(world->rpc, &bytes, NULL);
    *progress = go_on(exchange);
    return exchange;
}

char *world_call(struct world *world, const char *body)
{
    enum rpc_progress progress;
    struct rpc_exchange *exchange = world_start(world, body, &progress);
    struct bytes output;
    char *text;

    if (progress != RPC_DONE)
        world_turn(world);
    output = rpc_output(exchange);
    text = mem_new(output.size + 1, 1);
    if (output.size > 0)
        memcpy(text, output.at, output.size);
    rpc_exchange_free(exchange);
    return text;
}

/* ---- opening and closing ---- */

char *world_transfer(const struct world *world, uint64_t nonce, struct hash *hash)
{
    struct buffer raw = {0}, text = {0};
    struct error err = {0};
    struct tx fields = {.type = TX_FEE_MARKET,
                        .has_to = true,
                        .protected = true,
                        .chain_id = 7,
                        .nonce = nonce,
                        .gas_limit = 21000,
                        .fee_max_per_gas = u256_of_u64(1000),
                        .tip_max_per_gas = u256_of_u64(1),
                        .value = u256_of_u64(1),
                        .to = {{9}}};
    struct tx *tx;
    char *out;

    ck_assert_msg(tx_sign(&raw, &fields, &world->rich, &err), "%s", err.text);
    tx = tx_decode(buffer_bytes(&raw), &err);
    ck_assert(tx != NULL);
    *hash = tx->hash;
    tx_drop(tx);
    hex_put_data(&text, buffer_bytes(&raw));
    out = mem_text(buffer_text(&text));
    buffer_release(&raw);
    buffer_release(&text);
    return out;
}

void world_open(struct world *world, unsigned block_time_ms)
{
    char validator[ADDRESS_TEXT], rich[ADDRESS_TEXT], text[2048];
    struct engine_options engine;
    struct rpc_options options;
    struct error err = {0};

    *world = (struct world){.now_ms = 2000000, .mono_ms = 50000};
    world->validator.byte[31] = 1;
    world->rich.byte[31] = 2;
    ck_assert(secret_address(&world->validator_address, &world->validator));
    ck_assert(secret_address(&world->rich_address, &world->rich));
    world->key = (struct consensus_key){
        .sign = sign, .context = &world->validator, .address = world->validator_address};
    snprintf(text, sizeof text, genesis_text, address_format(validator, &world->validator_address),
             block_time_ms, address_format(rich, &world->rich_address));
    ck_assert_msg(genesis_parse(&world->genesis, bytes_of_text(text), "test", &err), "%s",
                  err.text);
    world->kv = kv_memory_new();
    ck_assert_msg(store_open_kv(&world->store, world->kv, &world->genesis, 1024, &err), "%s",
                  err.text);
    engine = (struct engine_options){.genesis = &world->genesis,
                                     .store = world->store,
                                     .key = &world->key,
                                     .limits = mempool_limits_default(),
                                     .trie_bytes_max = 1 << 20,
                                     .block_time_ms = block_time_ms};
    world->engine = engine_open(&engine, world->now_ms, world->mono_ms, &world->effects, &err);
    ck_assert_msg(world->engine != NULL, "%s", err.text);
    effects_carry_out(world);

    rpc_options_default(&options);
    options.genesis = &world->genesis;
    options.store = world->store;
    options.validator = &world->validator_address;
    options.waiting_max = 2;
    options.batch_max = 8;
    options.answer_bytes_max = 64 * 1024;
    options.node = (struct rpc_node){.context = world,
                                     .head = on_head,
                                     .block_recent = on_block_recent,
                                     .pool_find = on_pool_find,
                                     .pool_nonce = on_pool_nonce,
                                     .pool_counts = on_pool_counts,
                                     .pool_pending = on_pool_pending,
                                     .submit = on_submit,
                                     .decides = on_decides,
                                     .now_ms = on_now_ms,
                                     .mono_ms = on_mono_ms};
    world->rpc = rpc_new(&options);
}

void world_close(struct world *world)
{
    rpc_free(world->rpc);
    for (size_t i = 0; i < world->pool_count; i++)
        tx_drop(world->pool[i].tx);
    head_drop(world->head);
    engine_close(world->engine);
    effects_release(&world->effects);
    store_close(world->store);
    genesis_release(&world->genesis);
}
