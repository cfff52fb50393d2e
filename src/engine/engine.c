/* The machine: opening, and one step for each kind of input. */
#include "machine.h"

#include <cairn/hex.h>
#include <cairn/log.h>

#include <inttypes.h>

/* ---- opening ---- */

struct journal_replay {
    struct engine *engine;
    struct effects *effects;
    uint64_t now_ms;
    size_t kept, dropped;
    struct error err; /* of the store; then nothing more is looked at */
};

/* What says nothing about the transaction: its row must not be lost for it. */
static bool is_fault(enum error_code code)
{
    return code == ERROR_IO || code == ERROR_STORE_DAMAGED;
}

/* Its sender is known: what this node verified once is not verified again. */
static bool replay_one(void *context, uint64_t sequence, struct tx *tx)
{
    struct journal_replay *replay = context;
    struct engine *engine = replay->engine;
    struct error err = {0};
    uint64_t same;

    if (mempool_add(engine->mempool, tx, replay->now_ms, sequence, &same, &engine->events, &err)) {
        replay->kept++;
    } else if (is_fault(err.code)) {
        replay->err = err;
    } else {
        /* Included before the crash, or its account has moved on: the row goes with the next write.
         */
        log_debug("engine", "journal: transaction %" PRIu64 " is not taken again: %s", sequence,
                  err.text);
        journal_delete(engine, sequence);
        replay->dropped++;
    }
    journal_take_events(engine, replay->effects);
    tx_drop(tx);
    return replay->err.code == ERROR_NONE;
}

static bool open_journal(struct engine *engine, uint64_t now_ms, struct effects *effects,
                         struct error *err)
{
    struct journal_replay replay = {.engine = engine, .effects = effects, .now_ms = now_ms};

    if (!store_journal_scan(engine->options.store, replay_one, &replay, err))
        return error_wrap(err, "reading the mempool's journal");
    if (replay.err.code != ERROR_NONE) {
        *err = replay.err;
        return error_wrap(err, "reading the mempool's journal");
    }
    if (replay.kept + replay.dropped > 0)
        log_info("engine",
                 "mempool journal: %zu transactions wait again, %zu were included or overtaken "
                 "meanwhile",
                 replay.kept, replay.dropped);
    return true;
}

static bool open_head(struct engine *engine, uint64_t now_ms, struct error *err)
{
    struct store_snapshot *snapshot = store_snapshot_new(engine->options.store);
    struct certificate certificate = {0};
    struct block *block = NULL;
    struct header header;
    struct hash hash;
    bool found = false, ok = false;

    if (!store_head(engine->options.store, &header, &hash, err) ||
        !store_block(snapshot, header.height, &block, err))
        goto out;
    if (!block) {
        error_set(err, ERROR_STORE_DAMAGED,
                  "block %" PRIu64 ", the head, is missing: run cairnd --reindex", header.height);
        goto out;
    }
    if (header.height > 0 && !store_certificate(snapshot, header.height, &certificate, &found, err))
        goto out;
    engine->head = head_new(block, found ? &certificate : NULL, &engine->rules, now_ms);
    block = NULL;
    ok = true;
out:
    block_drop(block);
    store_snapshot_free(snapshot);
    return ok;
}

/* The full check of the accounts that LevelDB's silent losses ask for: nothing is signed before it.
 */
static bool open_trie(struct engine *engine, struct error *err)
{
    const struct header *header = &engine->head->block->header;
    struct state_rows rows = store_rows(engine->options.store);
    char have[HEX_HASH_TEXT], want[HEX_HASH_TEXT];
    struct hash root;

    engine->trie = state_trie_new(&rows, engine->options.trie_bytes_max);
    if (!state_trie_load(engine->trie, err))
        return error_wrap(err, "building the state trie");
    state_trie_root(engine->trie, &root);
    if (!hash_equal(&root, &header->state_root))
        return error_set(err, ERROR_STORE_DAMAGED,
                         "the accounts on disk give the state root %s, block %" PRIu64
                         " has %s: accounts were lost or altered; run cairnd --reindex",
                         hex_format_hash(have, &root), header->height,
                         hex_format_hash(want, &header->state_root));
    return true;
}

/* Whether this node decides blocks; where not, the sentence that says why. */
static bool open_validator(struct engine *engine, struct error *err)
{
    const struct engine_options *options = &engine->options;
    uint64_t height = engine->head->block->header.height + 1;
    char *says = engine->standstill;
    uint32_t round;

    if (!options->key) {
        snprintf(says, sizeof engine->standstill,
                 "this node has no validator key and no peers: it answers for the chain that it "
                 "has, and builds no blocks");
        return true;
    }
    if (!council_find(&options->genesis->council, &options->key->address, NULL)) {
        char address[ADDRESS_TEXT];

        return error_set(err, ERROR_USAGE,
                         "the validator key's address %s is not among the genesis's validators: "
                         "use a key that is, or start without one",
                         address_format(address, &options->key->address));
    }
    if (!consensus_is_alone(&options->genesis->council, &options->key->address)) {
        snprintf(says, sizeof engine->standstill,
                 "the council has %zu validators and this one alone is not more than two thirds "
                 "of its power: this version decides only where one validator is",
                 options->genesis->council.count);
        return true;
    }
    if (!consensus_round_alone(&options->record, &options->genesis->hash, height, &round, err)) {
        if (options->record.height <= height)
            return false; /* another chain's key */
        snprintf(says, sizeof engine->standstill, "%s", err->text);
        *err = (struct error){0};
        return true;
    }
    if (round > 0)
        log_warn("engine",
                 "the validator's key signed block %" PRIu64
                 ", which is not here. After a crash or "
                 "a power cut all is well: nobody saw it. If the data directory was restored or "
                 "repaired, stop, and bring back a newer one: another block %" PRIu64
                 " is about to be built",
                 height, height);
    engine->builds = true;
    return true;
}

struct engine *engine_open(const struct engine_options *options, uint64_t now_ms, uint64_t mono_ms,
                           struct effects *effects, struct error *err)
{
    struct engine *engine = mem_new(1, sizeof *engine);
    struct tx_rules tx_rules = genesis_tx_rules(options->genesis);

    assert(options->extra_size <= BLOCK_EXTRA_MAX);
    engine->options = *options;
    engine->rules = genesis_block_rules(options->genesis);
    engine->record = options->record;
    engine->view = store_view(options->store);
    engine->candidate = mem_new(BLOCK_TX_MAX, sizeof engine->candidate[0]);
    engine->timer_mono_ms = UINT64_MAX;
    engine->expire_mono_ms = mono_ms;
    if (!open_head(engine, now_ms, err) || !open_trie(engine, err) || !open_validator(engine, err))
        goto fail;
    engine->mempool =
        mempool_new(&options->limits, &tx_rules, &engine->view, &engine->head->base_fee_next);
    mempool_set_fees_none(engine->mempool, options->genesis->fees_none);
    effects_head(effects, engine->head);
    if (!open_journal(engine, now_ms, effects, err))
        goto fail;
    build_begin_height(engine, now_ms, mono_ms);
    return engine;
fail:
    engine_close(engine);
    return NULL;
}

void engine_close(struct engine *engine)
{
    if (!engine)
        return;
    build_drop(engine);
    for (size_t i = 0; i < engine->journal_count; i++)
        tx_drop(engine->journal[i].tx);
    mem_free(engine->journal);
    mem_free(engine->answer);
    mempool_events_release(&engine->events);
    mempool_free(engine->mempool);
    state_trie_free(engine->trie);
    head_drop(engine->head);
    mem_free(engine->candidate);
    mem_free(engine);
}

/* ---- steps ---- */

static void answer_later(struct engine *engine, uint64_t ticket, const struct tx *tx)
{
    struct engine_answer answer = {.write = engine->write_number + 1, .ticket = ticket};
    struct account account;
    struct error err = {0};
    uint64_t next;

    if (engine->view.account(engine->view.context, &tx->sender, &account, &err)) {
        next = mempool_nonce_next(engine->mempool, &tx->sender, account.nonce);
        answer.gap = next <= tx->nonce;
        answer.gap_nonce = next;
    }
    if (engine->answer_count == engine->answer_room) {
        engine->answer_room = engine->answer_room ? 2 * engine->answer_room : 64;
        engine->answer = mem_grow(engine->answer, engine->answer_room, sizeof engine->answer[0]);
    }
    engine->answer[engine->answer_count++] = answer;
}

/* Admission: the answer goes out once the transaction is on the disk. */
static void on_tx(struct engine *engine, const struct engine_input *input, struct effects *effects)
{
    struct error err = {0};
    uint64_t sequence;

    if (engine->stopping) {
        error_set(&err, ERROR_STOPPING, "this node is stopping: send it again when it is back");
        effects_refuse(effects, input->ticket, &err);
        return;
    }
    if (!mempool_add(engine->mempool, input->tx, input->now_ms, 0, &sequence, &engine->events,
                     &err)) {
        effects_refuse(effects, input->ticket, &err);
        return;
    }
    journal_put(engine, sequence, input->tx);
    journal_take_events(engine, effects);
    answer_later(engine, input->ticket, input->tx);
}

static void on_written(struct engine *engine, const struct engine_input *input,
                       struct effects *effects)
{
    struct error err = {0};
    size_t done = 0;

    if (engine->flight.block && engine->flight.write <= input->write &&
        !build_finish(engine, input, effects, &err)) {
        engine->failed = true;
        effects_stop(effects, &err);
    }
    while (done < engine->answer_count && engine->answer[done].write <= input->write)
        effects_answer(effects, &engine->answer[done++]);
    if (done == 0)
        return;
    engine->answer_count -= done;
    memmove(engine->answer, engine->answer + done, engine->answer_count * sizeof engine->answer[0]);
}

/* All that waits for the disk, in one write. */
static void write_out(struct engine *engine, bool with_block, struct effects *effects)
{
    struct engine_write *write = mem_new(1, sizeof *write);

    write->number = ++engine->write_number;
    write->journal = engine->journal;
    write->journal_count = engine->journal_count;
    engine->journal = NULL;
    engine->journal_count = engine->journal_room = engine->journal_puts = 0;
    if (with_block) {
        engine->flight.write = write->number;
        write->block = block_share(engine->flight.block);
        write->certificate = engine->flight.certificate;
        write->changes = &engine->flight.changes;
        write->record = engine->flight.record;
    }
    effects_write(effects, write);
}

static void set_timer(struct engine *engine, struct effects *effects)
{
    uint64_t due = build_due_mono_ms(engine);

    if (engine->expire_mono_ms < due)
        due = engine->expire_mono_ms;
    if (due == engine->timer_mono_ms)
        return;
    engine->timer_mono_ms = due;
    if (due != UINT64_MAX)
        effects_timer(effects, due);
}

static void on_turn(struct engine *engine, const struct engine_input *input,
                    struct effects *effects)
{
    struct error err = {0};
    bool built = false;

    if (engine->expire_mono_ms <= input->mono_ms) {
        uint64_t next_ms = mempool_expire(engine->mempool, input->now_ms, &engine->events);

        journal_take_events(engine, effects);
        engine->expire_mono_ms = UINT64_MAX;
        if (next_ms != UINT64_MAX)
            engine->expire_mono_ms =
                input->mono_ms + 1 + (next_ms > input->now_ms ? next_ms - input->now_ms : 0);
    }
    if (build_is_due(engine, input->mono_ms)) {
        built = build_block(engine, input, &err);
        if (built)
            journal_skip_included(engine);
        if (!built && err.code != ERROR_NONE) {
            engine->failed = true;
            effects_stop(effects, &err);
            return;
        }
    }
    /* Deletes alone wait for company: replay drops what they name anyway. */
    if (built || engine->journal_puts > 0 || engine->journal_count > JOURNAL_DELETES_MAX)
        write_out(engine, built, effects);
    if (engine->expire_mono_ms == UINT64_MAX && mempool_counts(engine->mempool).queued > 0)
        engine->expire_mono_ms = input->mono_ms + engine->options.limits.queued_ms_max + 1;
    set_timer(engine, effects);
}

void engine_step(struct engine *engine, const struct engine_input *input, struct effects *effects)
{
    if (engine->failed)
        return;
    switch (input->kind) {
    case ENGINE_TX:
        on_tx(engine, input, effects);
        break;
    case ENGINE_WRITTEN:
        on_written(engine, input, effects);
        break;
    case ENGINE_TURN:
        on_turn(engine, input, effects);
        break;
    }
}

bool engine_is_writing(const struct engine *engine)
{
    return engine->flight.block != NULL || engine->answer_count > 0;
}

void engine_stop(struct engine *engine)
{
    engine->stopping = true;
}

const char *engine_standstill(const struct engine *engine)
{
    return engine->builds ? NULL : engine->standstill;
}

struct mempool_counts engine_mempool_counts(const struct engine *engine)
{
    return mempool_counts(engine->mempool);
}
