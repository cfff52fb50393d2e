/* When a block is due, building and deciding it, and what follows when it is on the disk. */
#include "machine.h"

#include <cairn/log.h>

#include <inttypes.h>

/* consensus.md, When a height starts: blockTimeMs after the last block's time, but no later than
 * blockTimeMs + precisionMs after this node decided it, whatever its clock says. */
void build_begin_height(struct engine *engine, uint64_t now_ms, uint64_t mono_ms)
{
    uint64_t time_ms = engine->head->block->header.time_ms;
    uint64_t latest_ms = engine->options.block_time_ms + engine->options.genesis->precision_ms;
    uint64_t wait_ms = 0;

    if (time_ms + engine->options.block_time_ms > now_ms)
        wait_ms = time_ms + engine->options.block_time_ms - now_ms;
    if (wait_ms > latest_ms)
        wait_ms = latest_ms;
    if (engine->options.block_time_ms == 0)
        wait_ms = 0;
    engine->begin_mono_ms = mono_ms + wait_ms;
    engine->idle_mono_ms = UINT64_MAX;
    if (engine->options.genesis->max_idle_ms > 0)
        engine->idle_mono_ms = mono_ms + engine->options.genesis->max_idle_ms;
}

uint64_t build_due_mono_ms(const struct engine *engine)
{
    uint64_t idle = engine->idle_mono_ms;

    if (!engine->builds || engine->stopping || engine->flight.block)
        return UINT64_MAX;
    if (engine->options.empty_blocks || mempool_has_executable(engine->mempool))
        return engine->begin_mono_ms;
    return idle == UINT64_MAX || idle > engine->begin_mono_ms ? idle : engine->begin_mono_ms;
}

bool build_is_due(const struct engine *engine, uint64_t mono_ms)
{
    return build_due_mono_ms(engine) <= mono_ms;
}

/* Builds the next block from the mempool, decides it, and puts it into flight. False with
 * ERROR_NONE: nothing was worth a block. */
bool build_block(struct engine *engine, const struct engine_input *input, struct error *err)
{
    const struct header *parent = &engine->head->block->header;
    const struct genesis *genesis = engine->options.genesis;
    struct engine_flight *flight = &engine->flight;
    bool empty_is_due = engine->options.empty_blocks || engine->idle_mono_ms <= input->mono_ms;
    uint32_t round;
    size_t count;
    struct header fields = {
        .proposer = engine->options.key->address,
        .time_ms = input->now_ms > parent->time_ms ? input->now_ms : parent->time_ms + 1,
        .validators_hash = parent->next_validators_hash,
        .next_validators_hash = parent->next_validators_hash,
        .extra_size = engine->options.extra_size,
    };

    memcpy(fields.extra, engine->options.extra, engine->options.extra_size);
    if (!consensus_round_alone(&engine->record, &genesis->hash, parent->height + 1, &round, err))
        return false;
    count = mempool_pick(engine->mempool, engine->rules.tx.gas_limit, BLOCK_BYTES_MAX,
                         engine->candidate, BLOCK_TX_MAX);
    if (!block_build(&flight->block, &flight->changes, &fields, parent, &engine->rules,
                     engine->candidate, count, BLOCK_BYTES_MAX, engine->rules.tx.gas_limit,
                     &engine->view, engine->trie, err))
        return error_wrap(err, "building block %" PRIu64, parent->height + 1);

    if (flight->block->tx_count == 0 && !empty_is_due) {
        log_warn("engine",
                 "block %" PRIu64 ": none of %zu transactions that seemed executable could be "
                 "applied; trying again in %d ms",
                 parent->height + 1, count, BUILD_RETRY_MS);
        build_drop(engine);
        engine->begin_mono_ms = input->mono_ms + BUILD_RETRY_MS;
        return false;
    }
    flight->record = engine->record;
    if (!consensus_decide_alone(&flight->certificate, &flight->record, engine->options.key,
                                &genesis->hash, &genesis->council, flight->block, round, err)) {
        build_drop(engine);
        return false;
    }
    return true;
}

static void flight_release(struct engine_flight *flight)
{
    block_changes_release(&flight->changes);
    block_drop(flight->block);
    mem_free(flight->included);
    mem_free(flight->unjournaled);
    for (size_t i = 0; i < flight->left_count; i++)
        tx_drop(flight->left[i].tx);
    mem_free(flight->left);
    *flight = (struct engine_flight){0};
}

void build_drop(struct engine *engine)
{
    if (!engine->flight.block)
        return;
    state_trie_drop(engine->trie, engine->flight.changes.pending);
    engine->flight.changes.pending = NULL;
    flight_release(&engine->flight);
}

/* The block is synced: the state moves, the head is published, the mempool follows. */
bool build_finish(struct engine *engine, const struct engine_input *input, struct effects *effects,
                  struct error *err)
{
    struct engine_flight *flight = &engine->flight;
    const struct block *block = flight->block;
    bool ok;

    state_trie_fold(engine->trie, flight->changes.pending);
    flight->changes.pending = NULL;
    store_view_update(engine->options.store, &flight->changes);
    engine->record = flight->record;
    head_drop(engine->head);
    engine->head =
        head_new(block_share(block), &flight->certificate, &engine->rules, input->now_ms);
    effects_head(effects, engine->head);
    log_debug("engine", "block %" PRIu64 ": %zu transactions, %" PRIu64 " gas",
              block->header.height, block->tx_count, block->header.gas_used);

    ok = mempool_block(engine->mempool, block, &flight->changes, &engine->head->base_fee_next,
                       input->now_ms, &engine->events, err);
    journal_take_events(engine, effects);
    journal_tell_left(engine, effects);
    flight_release(flight);
    build_begin_height(engine, input->now_ms, input->mono_ms);
    return ok;
}
