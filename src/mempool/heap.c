/* Binary heaps whose entries know their place, and the pair of them that keeps the cheapest. */
#include "pool.h"

static bool item_before(const struct heap_item *a, const struct heap_item *b)
{
    if (wei_less(a->key, b->key))
        return true;
    return !wei_less(b->key, a->key) && a->sequence > b->sequence;
}

static void put_at(struct heap *heap, size_t at, const struct heap_item *item)
{
    heap->item[at] = *item;
    item->entry->place[heap->place] = (uint32_t)at + 1;
}

static void sift_up(struct heap *heap, size_t at, struct heap_item item)
{
    while (at > 0 && item_before(&item, &heap->item[(at - 1) / 2])) {
        put_at(heap, at, &heap->item[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    put_at(heap, at, &item);
}

static void sift_down(struct heap *heap, size_t at, struct heap_item item)
{
    size_t child;

    while ((child = 2 * at + 1) < heap->count) {
        if (child + 1 < heap->count && item_before(&heap->item[child + 1], &heap->item[child]))
            child++;
        if (!item_before(&heap->item[child], &item))
            break;
        put_at(heap, at, &heap->item[child]);
        at = child;
    }
    put_at(heap, at, &item);
}

void heap_put(struct heap *heap, struct entry *entry, struct wei key)
{
    assert(entry->place[heap->place] == 0);
    assert(heap->count < UINT32_MAX);
    if (heap->count == heap->room) {
        heap->room = heap->room ? 2 * heap->room : 64;
        heap->item = mem_grow(heap->item, heap->room, sizeof heap->item[0]);
    }
    sift_up(heap, heap->count++,
            (struct heap_item){.key = key, .sequence = entry->sequence, .entry = entry});
}

void heap_remove(struct heap *heap, struct entry *entry)
{
    size_t at = entry->place[heap->place];
    struct heap_item last;

    if (at == 0)
        return;
    at--;
    assert(at < heap->count && heap->item[at].entry == entry);
    entry->place[heap->place] = 0;
    last = heap->item[--heap->count];
    if (at == heap->count)
        return;
    if (at > 0 && item_before(&last, &heap->item[(at - 1) / 2]))
        sift_up(heap, at, last);
    else
        sift_down(heap, at, last);
}

void heap_check(const struct heap *heap)
{
    for (size_t i = 0; i < heap->count; i++) {
        const struct heap_item *item = &heap->item[i];

        assert(item->entry->place[heap->place] == i + 1);
        assert(item->sequence == item->entry->sequence);
        assert(i == 0 || !item_before(item, &heap->item[(i - 1) / 2]));
    }
}

void cheapest_put(struct cheapest *set, struct entry *entry)
{
    heap_put(&set->by_tip, entry, entry->tip);
    heap_put(&set->by_cap, entry, entry->cap);
}

void cheapest_remove(struct cheapest *set, struct entry *entry)
{
    heap_remove(&set->by_tip, entry);
    heap_remove(&set->by_cap, entry);
}

/* Each root is the newest of those with its key, so the newer of two equal ones is the newest of
 * all that pay so little. */
struct entry *cheapest_find(const struct cheapest *set, struct wei base_fee)
{
    struct heap_item by_tip, by_cap;

    if (set->by_tip.count == 0)
        return NULL;
    by_tip = set->by_tip.item[0];
    by_cap = set->by_cap.item[0];
    by_tip.key = wei_add(base_fee, by_tip.key);
    return item_before(&by_tip, &by_cap) ? by_tip.entry : by_cap.entry;
}
