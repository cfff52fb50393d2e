/* One sender's transactions by nonce. The front of them that is executable in sequence and covered
 * by the balance is pending; whatever comes or goes, the run is set right again at once. */
#include "pool.h"

static bool sender_equal(const void *at, const void *key)
{
    return address_equal(&((const struct sender *)at)->address, key);
}

struct sender *sender_find(const struct mempool *mempool, const struct address *address)
{
    return table_find(&mempool->senders, table_word(address->byte), address, sender_equal);
}

static void sender_set_account(struct sender *sender, const struct account *account)
{
    assert(account->nonce >= sender->nonce); /* heads are never taken back */
    assert(account->balance.limb[2] == 0 && account->balance.limb[3] == 0); /* ledger.md */
    sender->nonce = account->nonce;
    sender->balance = wei_of_u256(&account->balance);
}

struct sender *sender_new(struct mempool *mempool, const struct address *address,
                          const struct account *account)
{
    struct sender *sender = mem_new(1, sizeof *sender);

    sender->address = *address;
    sender->entry = sender->few;
    sender->room = SENDER_FEW;
    sender_set_account(sender, account);
    table_put(&mempool->senders, table_word(sender->address.byte), sender);
    return sender;
}

void sender_free_empty(struct mempool *mempool, struct sender *sender)
{
    if (sender->count > 0)
        return;
    table_remove(&mempool->senders, table_word(sender->address.byte), sender);
    sender_free(sender);
}

void sender_free(struct sender *sender)
{
    if (sender->entry != sender->few)
        mem_free(sender->entry);
    mem_free(sender);
}

static void sender_grow(struct sender *sender)
{
    struct entry **old = sender->entry == sender->few ? NULL : sender->entry;

    sender->room *= 2;
    sender->entry = mem_grow(old, sender->room, sizeof(struct entry *));
    if (!old)
        memcpy(sender->entry, sender->few, sizeof sender->few);
}

uint64_t sender_nonce_next(const struct sender *sender)
{
    return sender->nonce + sender->pending;
}

/* Nonces mostly stand without gaps: then the first guess is right. */
size_t sender_index(const struct sender *sender, uint64_t nonce)
{
    size_t low = 0, high = sender->count;
    uint64_t first;

    if (high == 0 || nonce <= (first = sender->entry[0]->nonce))
        return 0;
    if (nonce - first < high && sender->entry[nonce - first]->nonce == nonce)
        return (size_t)(nonce - first);
    if (sender->entry[high - 1]->nonce < nonce)
        return high;
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (sender->entry[middle]->nonce < nonce)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct entry *sender_entry(const struct sender *sender, uint64_t nonce)
{
    size_t at = sender_index(sender, nonce);

    return at < sender->count && sender->entry[at]->nonce == nonce ? sender->entry[at] : NULL;
}

/* ---- where first and last pending ones stand ---- */

static void place_tail(struct mempool *mempool, struct sender *sender, struct entry *tail)
{
    if (sender->tail == tail)
        return;
    if (sender->tail)
        cheapest_remove(&mempool->tails, sender->tail);
    if (tail)
        cheapest_put(&mempool->tails, tail);
    sender->tail = tail;
}

void sender_place(struct mempool *mempool, struct sender *sender)
{
    size_t pending = sender->pending;

    fronts_set(mempool, sender, pending > 0 ? sender->entry[0] : NULL);
    place_tail(mempool, sender, pending > 0 ? sender->entry[pending - 1] : NULL);
}

void sender_offer(struct mempool *mempool, struct sender *sender, size_t pending)
{
    assert(pending <= sender->pending);
    place_tail(mempool, sender, pending > 0 ? sender->entry[pending - 1] : NULL);
}

/* ---- the run of pending ones ---- */

static void note_cost(struct sender *sender, const struct entry *entry)
{
    if (wei_less(sender->cost_max, entry->cost))
        sender->cost_max = entry->cost;
}

/* One of the run is no longer in it; the caller sets the run's length. */
static void run_leave(struct mempool *mempool, struct sender *sender, struct entry *entry)
{
    assert(entry->sender == sender);
    if (sender->tail == entry)
        place_tail(mempool, sender, NULL);
    assert(mempool->pending > 0 && !wei_less(sender->pending_cost, entry->cost));
    mempool->pending--;
    sender->pending_cost = wei_sub(sender->pending_cost, entry->cost);
}

/* Takes in what follows on the run, as far as the balance goes. */
static void run_extend(struct mempool *mempool, struct sender *sender,
                       struct mempool_events *events)
{
    while (sender->pending < sender->count) {
        struct entry *entry = sender->entry[sender->pending];
        struct wei cost;

        if (entry->nonce != sender_nonce_next(sender) ||
            !wei_sum(&cost, sender->pending_cost, entry->cost) || wei_less(sender->balance, cost))
            break;
        if (entry->queued)
            queue_remove(mempool, entry);
        sender->pending_cost = cost;
        sender->pending++;
        mempool->pending++;
        entry_tell(entry, MEMPOOL_PENDING, events);
    }
}

/* Gives up the end of the run that the balance does not cover: it waits as behind a gap. */
static void run_shorten(struct mempool *mempool, struct sender *sender, uint64_t now_ms,
                        struct mempool_events *events)
{
    struct wei cost = sender->pending_cost;
    size_t kept = sender->pending, pending = sender->pending;

    while (wei_less(sender->balance, cost))
        cost = wei_sub(cost, sender->entry[--kept]->cost);
    sender->pending = kept;
    for (size_t i = kept; i < pending; i++) {
        run_leave(mempool, sender, sender->entry[i]);
        queue_add(mempool, sender->entry[i], now_ms, events);
    }
}

/* What costs more than all of the balance leaves, and those of the run behind it wait. */
static void drop_unfunded(struct mempool *mempool, struct sender *sender, uint64_t now_ms,
                          struct mempool_events *events)
{
    size_t count = sender->count, pending = sender->pending;

    sender->count = 0;
    sender->cost_max = (struct wei){0};
    for (size_t i = 0; i < count; i++) {
        struct entry *entry = sender->entry[i];
        bool covered = !wei_less(sender->balance, entry->cost);
        bool in_run = i < pending;

        if (in_run && !(covered && sender->count == i)) {
            run_leave(mempool, sender, entry);
            sender->pending--;
            if (covered)
                queue_add(mempool, entry, now_ms, events);
        } else if (!in_run && !covered) {
            queue_remove(mempool, entry);
        }
        if (!covered) {
            entry_free(mempool, entry, MEMPOOL_UNFUNDED, events);
            continue;
        }
        sender->entry[sender->count++] = entry;
        note_cost(sender, entry);
    }
}

/* ---- coming and going ---- */

/* In the array already: takes its place in the run, or waits. */
static void settle(struct mempool *mempool, struct sender *sender, struct entry *entry,
                   uint64_t now_ms, struct mempool_events *events)
{
    note_cost(sender, entry);
    if (entry->nonce > sender_nonce_next(sender)) {
        queue_add(mempool, entry, now_ms, events);
        return;
    }
    run_extend(mempool, sender, events);
    sender_place(mempool, sender);
    assert(entry->nonce < sender_nonce_next(sender)); /* admission found it covered */
}

void sender_insert(struct mempool *mempool, struct sender *sender, struct entry *entry,
                   uint64_t now_ms, struct mempool_events *events)
{
    size_t at = sender_index(sender, entry->nonce);

    if (sender->count == sender->room)
        sender_grow(sender);
    memmove(sender->entry + at + 1, sender->entry + at,
            (sender->count - at) * sizeof(struct entry *));
    sender->entry[at] = entry;
    sender->count++;
    settle(mempool, sender, entry, now_ms, events);
}

void sender_replace(struct mempool *mempool, struct entry *old, struct entry *entry,
                    uint64_t now_ms, struct mempool_events *events)
{
    struct sender *sender = old->sender;
    size_t at = sender_index(sender, old->nonce);
    bool in_run = at < sender->pending;

    assert(sender->entry[at] == old);
    if (in_run)
        run_leave(mempool, sender, old);
    else
        queue_remove(mempool, old);
    entry_free(mempool, old, MEMPOOL_REPLACED, events);
    sender->entry[at] = entry;
    if (in_run) {
        sender->pending_cost = wei_add(sender->pending_cost, entry->cost);
        mempool->pending++;
        entry_tell(entry, MEMPOOL_PENDING, events);
    }
    settle(mempool, sender, entry, now_ms, events);
}

void sender_remove(struct mempool *mempool, struct sender *sender, size_t first, size_t count,
                   enum mempool_reason reason, struct mempool_events *events)
{
    size_t left = 0;

    assert(count <= sender->count && first <= sender->count - count);
    for (size_t i = first; i < first + count; i++) {
        struct entry *entry = sender->entry[i];

        if (i < sender->pending) {
            run_leave(mempool, sender, entry);
            left++;
        } else {
            queue_remove(mempool, entry);
        }
        entry_free(mempool, entry, reason, events);
    }
    sender->pending -= left;
    sender->count -= count;
    memmove(sender->entry + first, sender->entry + first + count,
            (sender->count - first) * sizeof(struct entry *));
}

void sender_follow(struct mempool *mempool, struct sender *sender, const struct account *account,
                   uint64_t now_ms, struct mempool_events *events)
{
    sender_remove(mempool, sender, 0, sender_index(sender, account->nonce), MEMPOOL_STALE, events);
    sender_set_account(sender, account);
    if (wei_less(sender->balance, sender->cost_max))
        drop_unfunded(mempool, sender, now_ms, events);
    if (wei_less(sender->balance, sender->pending_cost))
        run_shorten(mempool, sender, now_ms, events);
    run_extend(mempool, sender, events);
    sender_place(mempool, sender);
}
