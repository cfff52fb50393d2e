/* Which transactions the next block takes: by effective tip, then first seen, each sender's in the
 * order of its nonces. */
#include "pool.h"

#include <stdlib.h>

/* Once nothing more seems to fit, few more are tried: a full block would otherwise cost a look at
 * every sender. */
enum { PICK_MISSES_MAX = 64 };

struct pick_bounds {
    uint64_t gas_max;
    size_t bytes_max, tx_max;
};

/* Moves on to what the same sender has next. False: nothing that this base fee lets in. */
typedef bool pick_next(struct pick_head *head, const void *context);

static bool head_before(const struct pick_head *a, const struct pick_head *b)
{
    if (wei_less(b->price, a->price))
        return true;
    return !wei_less(a->price, b->price) && a->sequence < b->sequence;
}

static void sift_down(struct pick_head *head, size_t count, size_t at)
{
    struct pick_head moving = head[at];
    size_t child;

    while ((child = 2 * at + 1) < count) {
        if (child + 1 < count && head_before(&head[child + 1], &head[child]))
            child++;
        if (!head_before(&head[child], &moving))
            break;
        head[at] = head[child];
        at = child;
    }
    head[at] = moving;
}

static size_t pick(struct pick_head *head, size_t count, struct pick_bounds bounds, pick_next *next,
                   const void *context, struct tx **out)
{
    size_t chosen = 0, misses = 0;

    for (size_t i = count / 2; i > 0; i--)
        sift_down(head, count, i - 1);
    while (count > 0 && chosen < bounds.tx_max && misses < PICK_MISSES_MAX) {
        struct tx *tx = *head[0].tx;
        bool fits = tx->gas_limit <= bounds.gas_max && tx->encoding.size <= bounds.bytes_max;

        if (fits) {
            bounds.gas_max -= tx->gas_limit;
            bounds.bytes_max -= tx->encoding.size;
            out[chosen++] = tx;
        } else {
            misses++;
        }
        if (!fits || !next(&head[0], context))
            head[0] = head[--count];
        if (count > 0)
            sift_down(head, count, 0);
    }
    return chosen;
}

/* ---- from the mempool ---- */

static bool pick_set(struct pick_head *head, const struct front *from, struct wei base)
{
    if (wei_less(from->cap, base))
        return false;
    *head = (struct pick_head){.price = wei_price(from->tip, from->cap, base),
                               .sequence = from->sequence,
                               .tx = &from->entry->tx};
    return true;
}

static bool next_pending(struct pick_head *head, const void *context)
{
    static_assert(offsetof(struct entry, tx) == 0, "a line of entries");
    const struct mempool *mempool = context;
    const struct entry *entry = (const void *)head->tx;
    const struct sender *sender = entry->sender;
    size_t at = (size_t)(entry->nonce - sender->nonce) + 1;
    struct front next;

    if (at == sender->pending)
        return false;
    next = front_of(sender->entry[at]);
    return pick_set(head, &next, mempool->base);
}

size_t mempool_pick(const struct mempool *mempool, uint64_t gas_max, size_t bytes_max,
                    struct tx **out, size_t max)
{
    struct pick_bounds bounds = {.gas_max = gas_max, .bytes_max = bytes_max, .tx_max = max};
    size_t count = 0;

    for (size_t i = 0; i < mempool->front_count; i++)
        if (pick_set(&mempool->pick[count], &mempool->front[i], mempool->base))
            count++;
    return pick(mempool->pick, count, bounds, next_pending, mempool, out);
}

/* ---- from a list ---- */

struct listed {
    struct tx *tx; /* first, for struct pick_head */
    uint64_t sequence;
    bool chosen;
};

struct list {
    struct listed *item; /* by sender, then nonce */
    size_t count;
    struct wei base;
};

static int listed_compare(const void *a, const void *b)
{
    const struct listed *left = a, *right = b;
    int senders = address_compare(&left->tx->sender, &right->tx->sender);

    if (senders != 0)
        return senders;
    if (left->tx->nonce != right->tx->nonce)
        return left->tx->nonce < right->tx->nonce ? -1 : 1;
    return left->sequence < right->sequence ? -1 : left->sequence > right->sequence;
}

static bool pick_set_listed(struct pick_head *head, const struct listed *item, struct wei base)
{
    struct wei tip = wei_of_u256(&item->tx->tip_max_per_gas);
    struct wei cap = wei_of_u256(&item->tx->fee_max_per_gas);

    if (wei_less(cap, base))
        return false;
    *head = (struct pick_head){
        .price = wei_price(tip, cap, base), .sequence = item->sequence, .tx = &item->tx};
    return true;
}

/* Also marks the present one: what is moved on from was chosen. */
static bool next_listed(struct pick_head *head, const void *context)
{
    static_assert(offsetof(struct listed, tx) == 0, "a line of listed ones");
    const struct list *list = context;
    size_t at = (size_t)((const struct listed *)(const void *)head->tx - list->item);
    struct listed *item = &list->item[at];

    item->chosen = true;
    if (at + 1 == list->count || !address_equal(&item[1].tx->sender, &item->tx->sender) ||
        item[1].tx->nonce != item->tx->nonce + 1)
        return false;
    return pick_set_listed(head, &item[1], list->base);
}

size_t mempool_order(struct tx **tx, const uint64_t *sequence, size_t count,
                     const struct u256 *base_fee, uint64_t gas_max, size_t bytes_max)
{
    struct pick_bounds bounds = {.gas_max = gas_max, .bytes_max = bytes_max, .tx_max = count};
    struct list list = {.count = count, .base = wei_of_u256(base_fee)};
    struct pick_head *head;
    size_t heads = 0, chosen, at;

    if (count == 0)
        return 0;
    list.item = mem_new(count, sizeof list.item[0]);
    head = mem_new(count, sizeof head[0]);
    for (size_t i = 0; i < count; i++)
        list.item[i] = (struct listed){.tx = tx[i], .sequence = sequence[i]};
    qsort(list.item, count, sizeof list.item[0], listed_compare);
    for (size_t i = 0; i < count; i++)
        if ((i == 0 || !address_equal(&list.item[i].tx->sender, &list.item[i - 1].tx->sender)) &&
            pick_set_listed(&head[heads], &list.item[i], list.base))
            heads++;
    at = chosen = pick(head, heads, bounds, next_listed, &list, tx);
    for (size_t i = 0; i < count; i++)
        if (!list.item[i].chosen)
            tx[at++] = list.item[i].tx;
    assert(at == count);
    mem_free(head);
    mem_free(list.item);
    return chosen;
}
