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

void journal_take_events(struct engine *engine, struct effects *effects)
{
    for (size_t i = 0; i < engine->events.count; i++) {
        const struct mempool_event *event = &engine->events.event[i];

        effects_pool(effects, event);
        if (event->kind == MEMPOOL_REMOVED && !journal_was_skipped(engine, event->sequence))
            journal_delete(engine, event->sequence);
    }
    mempool_events_clear(&engine->events);
}

static int pointer_compare(const void *a, const void *b)
{
    const struct tx *const *left = a, *const *right = b;

    return *left < *right ? -1 : *left > *right;
}

/* Rows of the coming write that its own block makes needless: a transaction that is included at
 * once is on the disk with its block. */
void journal_skip_included(struct engine *engine)
{
    struct engine_flight *flight = &engine->flight;
    size_t kept = 0;
    struct tx **included;

    if (engine->journal_puts == 0 || flight->block->tx_count == 0)
        return;
    /* The order of addresses finds, and decides nothing. */
    included = mem_new(flight->block->tx_count, sizeof included[0]);
    memcpy(included, flight->block->tx, flight->block->tx_count * sizeof included[0]);
    qsort(included, flight->block->tx_count, sizeof included[0], pointer_compare);
    flight->unjournaled = mem_new(engine->journal_puts, sizeof flight->unjournaled[0]);
    for (size_t i = 0; i < engine->journal_count; i++) {
        struct engine_journal *entry = &engine->journal[i];

        if (entry->tx && bsearch(&entry->tx, included, flight->block->tx_count, sizeof included[0],
                                 pointer_compare)) {
            flight->unjournaled[flight->unjournaled_count++] = entry->sequence;
            tx_drop(entry->tx);
            engine->journal_puts--;
        } else {
            engine->journal[kept++] = *entry;
        }
    }
    engine->journal_count = kept;
    mem_free(included);
}
