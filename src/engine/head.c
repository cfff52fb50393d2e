/* The published head: immutable, shared by count. */
#include <cairn/engine.h>

#include <stdatomic.h>

/* The count stands before what readers see, so that `struct head` stays plain data. */
struct head_counted {
    struct head head;
    atomic_size_t count;
};

struct head *head_new(struct block *block, const struct certificate *certificate,
                      const struct block_rules *rules, uint64_t decided_ms)
{
    struct head_counted *counted = mem_new(1, sizeof *counted);

    counted->head.block = block;
    if (certificate)
        counted->head.certificate = *certificate;
    counted->head.base_fee_next = base_fee_next(&block->header, rules);
    counted->head.decided_ms = decided_ms;
    atomic_init(&counted->count, 1);
    return &counted->head;
}

struct head *head_share(const struct head *head)
{
    union {
        const struct head *in;
        struct head_counted *out;
    } counted = {.in = head}; /* the count is not part of what is immutable */

    atomic_fetch_add_explicit(&counted.out->count, 1, memory_order_relaxed);
    return &counted.out->head;
}

void head_drop(struct head *head)
{
    struct head_counted *counted = (struct head_counted *)head;

    if (!head || atomic_fetch_sub_explicit(&counted->count, 1, memory_order_acq_rel) != 1)
        return;
    block_drop(counted->head.block);
    mem_free(counted);
}
