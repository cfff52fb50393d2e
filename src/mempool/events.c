/* What happened, told in order; and how an entry ends. */
#include "pool.h"

static void event_add(struct mempool_events *events, const struct mempool_event *event)
{
    if (events->count == events->room) {
        events->room = events->room ? 2 * events->room : 16;
        events->event = mem_grow(events->event, events->room, sizeof events->event[0]);
    }
    events->event[events->count++] = *event;
}

void mempool_events_clear(struct mempool_events *events)
{
    for (size_t i = 0; i < events->count; i++)
        tx_drop(events->event[i].tx);
    events->count = 0;
}

void mempool_events_release(struct mempool_events *events)
{
    mempool_events_clear(events);
    mem_free(events->event);
    *events = (struct mempool_events){0};
}

static bool entry_equal(const void *at, const void *key)
{
    return hash_equal(&((const struct entry *)at)->tx->hash, key);
}

struct entry *entry_find(const struct mempool *mempool, const struct hash *hash)
{
    return table_find(&mempool->entries, table_word(hash->byte), hash, entry_equal);
}

void entry_tell(const struct entry *entry, enum mempool_event_kind kind,
                struct mempool_events *events)
{
    event_add(events, &(struct mempool_event){
                          .kind = kind, .tx = tx_share(entry->tx), .sequence = entry->sequence});
}

/* What leaves for these reasons is no total of its own: overtaken or not covered any more. */
static void count_reason(struct mempool_counts *counts, enum mempool_reason reason)
{
    switch (reason) {
    case MEMPOOL_INCLUDED:
        counts->included++;
        break;
    case MEMPOOL_REPLACED:
        counts->replaced++;
        break;
    case MEMPOOL_EVICTED:
        counts->evicted++;
        break;
    case MEMPOOL_EXPIRED:
        counts->expired++;
        break;
    case MEMPOOL_STALE:
    case MEMPOOL_UNFUNDED:
        break;
    }
}

void entry_free(struct mempool *mempool, struct entry *entry, enum mempool_reason reason,
                struct mempool_events *events)
{
    if (reason == MEMPOOL_STALE && entry->included)
        reason = MEMPOOL_INCLUDED;
    count_reason(&mempool->counts, reason);
    mempool->bytes -= entry->size;
    table_remove(&mempool->entries, entry->word, entry);
    event_add(events, &(struct mempool_event){.kind = MEMPOOL_REMOVED,
                                              .reason = reason,
                                              .tx = entry->tx, /* its count goes along */
                                              .sequence = entry->sequence});
    mem_free(entry);
}
