/* Those behind a gap, by the time since when they wait so. */
#include "pool.h"

void queue_add(struct mempool *mempool, struct entry *entry, uint64_t now_ms,
               struct mempool_events *events)
{
    assert(!entry->queued);
    entry->queued = true;
    entry->queued_ms = now_ms;
    entry->older = mempool->newest;
    entry->newer = NULL;
    if (entry->older)
        entry->older->newer = entry;
    else
        mempool->oldest = entry;
    mempool->newest = entry;
    cheapest_put(&mempool->queue, entry);
    entry_tell(entry, MEMPOOL_QUEUED, events);
}

void queue_remove(struct mempool *mempool, struct entry *entry)
{
    assert(entry->queued);
    entry->queued = false;
    if (entry->older)
        entry->older->newer = entry->newer;
    else
        mempool->oldest = entry->newer;
    if (entry->newer)
        entry->newer->older = entry->older;
    else
        mempool->newest = entry->older;
    cheapest_remove(&mempool->queue, entry);
}

/* A clock that was set back must not hold up those who queue from now on behind some who seem to
 * have queued in the future: these count from now. Costs nothing while time goes on. */
void queue_set_time(struct mempool *mempool, uint64_t now_ms)
{
    for (struct entry *entry = mempool->newest; entry && entry->queued_ms > now_ms;
         entry = entry->older)
        entry->queued_ms = now_ms;
}

uint64_t mempool_expire(struct mempool *mempool, uint64_t now_ms, struct mempool_events *events)
{
    uint64_t age_max = mempool->limits.queued_ms_max;
    const struct entry *entry;

    queue_set_time(mempool, now_ms);
    while ((entry = mempool->oldest) && now_ms - entry->queued_ms >= age_max) {
        struct sender *sender = entry->sender;

        sender_remove(mempool, sender, sender_index(sender, entry->nonce), 1, MEMPOOL_EXPIRED,
                      events);
        sender_free_empty(mempool, sender);
    }
    if (!entry || entry->queued_ms > UINT64_MAX - age_max)
        return UINT64_MAX;
    return entry->queued_ms + age_max;
}
