/* The mempool's journal and mirror: every move becomes an effect for the readers, and a row or a
 * delete in the next write. */
#include "machine.h"

#include <stdlib.h>

static void journal_add(struct engine *engine, uint64_t sequence, struct tx *tx)
{
    if (engine->journal_count == engine->journal_room) {
        engine->journal_room = engine->journal_room ? 2 * engine->journal_room : 64;
        engine->journal =
            mem_grow(engine->journal, engine->journal_room, sizeof engine->journal[0]);
    }
    engine->journal[engine->journal_count++] =
        (struct engine_journal){.sequence = sequence, .tx = tx};
}

void journal_put(struct engine *engine, uint64_t sequence, struct tx *tx)
{
    journal_add(engine, sequence, tx_share(tx));
    engine->journal_puts++;
}

void journal_delete(struct engine *engine, uint64_t sequence)
{
    journal_add(engine, sequence, NULL);
}

static int sequence_compare(const void *a, const void *b)
{
    const uint64_t *left = a, *right = b;

    return *left < *right ? -1 : *left > *right;
}

/* Whether this one was included before its row went out: then there is no row to delete. */
static bool journal_was_skipped(const struct engine *engine, uint64_t sequence)
{
    return engine->flight.unjournaled_count > 0 &&
           bsearch(&sequence, engine->flight.unjournaled, engine->flight.unjournaled_count,
                   sizeof sequence, sequence_compare);
}

static int pointer_compare(const void *a, const void *b)
{
    const struct tx *const *left = a, *const *right = b;

    return *left < *right ? -1 : *left > *right;
}

static bool flight_has(const struct engine_flight *flight, struct tx *tx)
{
    return flight->included && bsearch(&tx, flight->included, flight->block->tx_count,
                                       sizeof flight->included[0], pointer_compare);
}

/* Replaced or evicted while its block is written: until that is published, the mirror alone knows
 * it, and a wallet that was answered must find it at any moment. */
static void flight_keep_left(struct engine_flight *flight, const struct mempool_event *event)
{
    if (flight->left_count == flight->left_room) {
        flight->left_room = flight->left_room ? 2 * flight->left_room : 16;
        flight->left = mem_grow(flight->left, flight->left_room, sizeof flight->left[0]);
    }
    flight->left[flight->left_count] = *event;
    flight->left[flight->left_count++].tx = tx_share(event->tx);
}

void journal_take_events(struct engine *engine, struct effects *effects)
{
    for (size_t i = 0; i < engine->events.count; i++) {
        const struct mempool_event *event = &engine->events.event[i];
        bool removed = event->kind == MEMPOOL_REMOVED;

        if (removed && event->reason != MEMPOOL_INCLUDED && flight_has(&engine->flight, event->tx))
            flight_keep_left(&engine->flight, event);
        else
            effects_pool(effects, event);
        if (removed && !journal_was_skipped(engine, event->sequence))
            journal_delete(engine, event->sequence);
    }
    mempool_events_clear(&engine->events);
}

void journal_tell_left(struct engine *engine, struct effects *effects)
{
    for (size_t i = 0; i < engine->flight.left_count; i++) {
        engine->flight.left[i].reason = MEMPOOL_INCLUDED;
        effects_pool(effects, &engine->flight.left[i]);
    }
}

/* A transaction that is included at once is on the disk with its block. */
void journal_skip_included(struct engine *engine)
{
    struct engine_flight *flight = &engine->flight;
    size_t count = flight->block->tx_count, kept = 0;

    if (count == 0)
        return;
    /* The order of addresses finds, and decides nothing. */
    flight->included = mem_new(count, sizeof flight->included[0]);
    memcpy(flight->included, flight->block->tx, count * sizeof flight->included[0]);
    qsort(flight->included, count, sizeof flight->included[0], pointer_compare);
    flight->unjournaled = mem_new(engine->journal_puts + 1, sizeof flight->unjournaled[0]);
    for (size_t i = 0; i < engine->journal_count; i++) {
        struct engine_journal *entry = &engine->journal[i];

        if (entry->tx && flight_has(flight, entry->tx)) {
            flight->unjournaled[flight->unjournaled_count++] = entry->sequence;
            tx_drop(entry->tx);
            engine->journal_puts--;
        } else {
            engine->journal[kept++] = *entry;
        }
    }
    engine->journal_count = kept;
}
