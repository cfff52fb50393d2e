/* Who goes when the mempool is full.
 *
 * Those behind a gap go before those that could be in the next block: they pay nothing as long as
 * the gap is there, and with funds that never move anybody could otherwise fill the mempool with
 * high tips that nobody will ever be able to collect. Within each kind the cheapest goes, of equal
 * ones the newest. Of pending ones only a sender's last may go, so that no other's run breaks, and
 * none of the newcomer's own sender's run: the newcomer leans on it.
 *
 * One that is looked at and found too cheap is taken out of the heaps, so that the next is there to
 * see; if the newcomer is refused after all, they come back, and nothing has happened. */
#include "pool.h"

static struct wei price_of(const struct mempool *mempool, struct wei tip, struct wei cap)
{
    return wei_price(tip, cap, mempool->base);
}

static bool refuse(const struct mempool *mempool, struct wei price, const struct entry *cheapest,
                   struct error *err)
{
    struct wei tip = wei_sub(price, mempool->base);
    struct u256 figure = wei_to_u256(tip);
    char have[U256_DECIMAL_MAX + 1], need[U256_DECIMAL_MAX + 1];

    u256_format(have, &figure);
    if (!cheapest)
        return error_set(err, ERROR_TX_UNDERPRICED,
                         "transaction underpriced: effective tip %s, and the mempool is full of "
                         "transactions that must not make room for it",
                         have);
    tip = wei_sub(price_of(mempool, cheapest->tip, cheapest->cap), mempool->base);
    figure = wei_to_u256(wei_add(tip, (struct wei){0, 1}));
    u256_format(need, &figure);
    return error_set(err, ERROR_TX_UNDERPRICED,
                     "transaction underpriced: effective tip %s, needed %s", have, need);
}

/* Those that must stay whatever they pay: the run that the newcomer continues, and the one that it
 * replaces, which leaves anyway. */
static void spare(struct mempool *mempool, const struct arrival *arrival)
{
    if (arrival->pending && arrival->sender)
        sender_offer(mempool, arrival->sender, 0);
    if (arrival->replaced && arrival->replaced->queued)
        cheapest_remove(&mempool->queue, arrival->replaced);
}

/* The next one to go, out of the heaps. NULL: the newcomer is refused. */
static struct entry *victim_next(struct mempool *mempool, const struct arrival *arrival,
                                 struct error *err)
{
    struct wei price = price_of(mempool, arrival->tip, arrival->cap);
    struct entry *victim = cheapest_find(&mempool->queue, mempool->base);

    if (!victim && arrival->pending)
        victim = cheapest_find(&mempool->tails, mempool->base);
    if (!victim || (victim->queued != arrival->pending &&
                    !wei_less(price_of(mempool, victim->tip, victim->cap), price))) {
        refuse(mempool, price, victim, err);
        return NULL;
    }
    if (victim->queued)
        cheapest_remove(&mempool->queue, victim);
    else
        sender_offer(mempool, victim->sender,
                     sender_index(victim->sender, victim->nonce)); /* those before it */
    return victim;
}

static void victim_add(struct mempool *mempool, struct entry *victim)
{
    if (mempool->victim_count == mempool->victim_room) {
        mempool->victim_room = mempool->victim_room ? 2 * mempool->victim_room : 16;
        mempool->victim = mem_grow(mempool->victim, mempool->victim_room, sizeof(struct entry *));
    }
    mempool->victim[mempool->victim_count++] = victim;
}

bool room_find(struct mempool *mempool, const struct arrival *arrival, struct error *err)
{
    size_t count = mempool->entries.count + 1;
    size_t bytes = mempool->bytes + arrival->tx->encoding.size;

    assert(mempool->victim_count == 0);
    if (arrival->replaced) {
        count--;
        bytes -= arrival->replaced->size;
    }
    if (count <= mempool->limits.tx_max && bytes <= mempool->limits.bytes_max)
        return true;
    spare(mempool, arrival);
    while (count > mempool->limits.tx_max || bytes > mempool->limits.bytes_max) {
        struct entry *victim = victim_next(mempool, arrival, err);

        if (!victim)
            return false;
        victim_add(mempool, victim);
        count--;
        bytes -= victim->size;
    }
    return true;
}

static void put_back(struct mempool *mempool, struct entry *entry)
{
    if (!entry->queued)
        sender_place(mempool, entry->sender);
    else if (entry->place[PLACE_TIP] == 0)
        cheapest_put(&mempool->queue, entry);
}

void room_undo(struct mempool *mempool, const struct arrival *arrival)
{
    for (size_t i = 0; i < mempool->victim_count; i++)
        put_back(mempool, mempool->victim[i]);
    mempool->victim_count = 0;
    if (arrival->replaced)
        put_back(mempool, arrival->replaced);
    if (arrival->sender)
        sender_place(mempool, arrival->sender);
}

void room_make(struct mempool *mempool, struct mempool_events *events)
{
    for (size_t i = 0; i < mempool->victim_count; i++) {
        struct sender *sender = mempool->victim[i]->sender;

        sender_remove(mempool, sender, sender_index(sender, mempool->victim[i]->nonce), 1,
                      MEMPOOL_EVICTED, events);
        sender_place(mempool, sender);
        sender_free_empty(mempool, sender);
    }
    mempool->victim_count = 0;
}
