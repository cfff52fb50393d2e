/* Every invariant of the mempool, for tests and the simulator. */
#include "pool.h"

static void check_entry(const struct mempool *mempool, const struct entry *entry, bool pending)
{
    bool is_tail = entry->sender->tail == entry;

    assert(entry_find(mempool, &entry->tx->hash) == entry);
    assert(entry->queued == !pending);
    assert(!entry->included);
    assert(entry->nonce == entry->tx->nonce && entry->size == entry->tx->encoding.size);
    assert((entry->place[PLACE_TIP] != 0) == (entry->queued || is_tail));
    assert((entry->place[PLACE_CAP] != 0) == (entry->place[PLACE_TIP] != 0));
    assert(entry->sequence > 0 && entry->sequence < mempool->sequence_next);
    assert(!wei_less(entry->sender->cost_max, entry->cost));
    assert(!wei_less(entry->sender->balance, entry->cost));
}

/* The run is as long as it can be: what follows is not the next nonce, or not covered. */
static void check_run_end(const struct sender *sender)
{
    const struct entry *behind;
    struct wei cost;
    bool fits;

    if (sender->pending == sender->count)
        return;
    behind = sender->entry[sender->pending];
    if (behind->nonce != sender_nonce_next(sender))
        return;
    fits = wei_sum(&cost, sender->pending_cost, behind->cost);
    assert(!fits || wei_less(sender->balance, cost));
}

static void check_sender(const struct mempool *mempool, const struct sender *sender)
{
    struct wei cost = {0};
    size_t pending = sender->pending;

    assert(sender->count > 0 && sender->count <= mempool->limits.sender_tx_max);
    assert(pending <= sender->count);
    for (size_t i = 0; i < sender->count; i++) {
        const struct entry *entry = sender->entry[i];

        assert(entry->sender == sender);
        assert(address_equal(&entry->tx->sender, &sender->address));
        assert(i == 0 || sender->entry[i - 1]->nonce < entry->nonce);
        assert(entry->nonce >= sender->nonce);
        assert(i >= pending || entry->nonce == sender->nonce + i);
        check_entry(mempool, entry, i < pending);
        if (i < pending)
            cost = wei_add(cost, entry->cost);
    }
    assert(cost.high == sender->pending_cost.high && cost.low == sender->pending_cost.low);
    assert(!wei_less(sender->balance, cost));
    assert((sender->front != 0) == (pending > 0));
    assert(sender->tail == (pending > 0 ? sender->entry[pending - 1] : NULL));
    check_run_end(sender);
}

static size_t check_queue(const struct mempool *mempool)
{
    const struct entry *older = NULL;
    size_t count = 0;

    for (const struct entry *entry = mempool->oldest; entry; entry = entry->newer) {
        assert(entry->queued && entry->older == older);
        assert(!older || older->queued_ms <= entry->queued_ms);
        older = entry;
        count++;
    }
    assert(mempool->newest == older);
    return count;
}

void mempool_check(const struct mempool *mempool)
{
    size_t count = 0, pending = 0, bytes = 0, runs = 0, queued;

    for (size_t i = 0; i < mempool->senders.size; i++) {
        const struct sender *sender = mempool->senders.slot[i].at;

        if (!sender)
            continue;
        assert(sender_find(mempool, &sender->address) == sender);
        check_sender(mempool, sender);
        count += sender->count;
        pending += sender->pending;
        runs += sender->pending > 0;
    }
    for (size_t i = 0; i < mempool->entries.size; i++) {
        const struct entry *entry = mempool->entries.slot[i].at;

        bytes += entry ? entry->tx->encoding.size : 0;
    }
    queued = check_queue(mempool);
    assert(count == mempool->entries.count && count <= mempool->limits.tx_max);
    assert(bytes == mempool->bytes && bytes <= mempool->limits.bytes_max);
    assert(pending == mempool->pending && pending + queued == count);
    assert(mempool->front_count == runs && mempool->tails.by_tip.count == runs);
    assert(mempool->queue.by_tip.count == queued && mempool->queue.by_cap.count == queued);
    assert(mempool->tails.by_cap.count == runs && mempool->victim_count == 0);
    fronts_check(mempool);
    heap_check(&mempool->tails.by_tip);
    heap_check(&mempool->tails.by_cap);
    heap_check(&mempool->queue.by_tip);
    heap_check(&mempool->queue.by_cap);
}
