/* For this room's tests: account rows in a sorted array, as the port that the state trie reads; and
 * random numbers that are the same in every run. */
#ifndef CAIRN_LEDGER_TEST_ROWS_H
#define CAIRN_LEDGER_TEST_ROWS_H
#include <cairn/state_trie.h>

struct test_rows {
    struct state_leaf *leaf; /* by khash */
    size_t count;
    size_t room;
    size_t scanned; /* rows handed out so far */
    bool broken;    /* the next scan fails */
};

static inline uint64_t test_random(uint64_t *seed)
{
    uint64_t z = *seed += 0x9e3779b97f4a7c15; /* splitmix64 */

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

/* 0 … end - 1. */
static inline size_t test_random_below(uint64_t *seed, size_t end)
{
    return (size_t)(test_random(seed) % end);
}

static inline void test_random_bytes(uint64_t *seed, void *out, size_t size)
{
    uint8_t *at = out;

    for (size_t i = 0; i < size; i++)
        at[i] = (uint8_t)(test_random(seed) >> 32);
}

/* Where `khash` is, or would be. */
static inline size_t test_rows_place(const struct test_rows *rows, const struct hash *khash)
{
    size_t from = 0, to = rows->count;

    while (from < to) {
        size_t middle = from + (to - from) / 2;

        if (hash_compare(&rows->leaf[middle].khash, khash) < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

static inline const struct state_leaf *test_rows_find(const struct test_rows *rows,
                                                      const struct hash *khash)
{
    size_t place = test_rows_place(rows, khash);

    if (place < rows->count && hash_equal(&rows->leaf[place].khash, khash))
        return &rows->leaf[place];
    return NULL;
}

static inline void test_rows_put(struct test_rows *rows, const struct state_leaf *leaf)
{
    size_t place = test_rows_place(rows, &leaf->khash);

    if (!test_rows_find(rows, &leaf->khash)) {
        if (rows->count == rows->room) {
            rows->room = 2 * rows->room + 16;
            rows->leaf = mem_grow(rows->leaf, rows->room, sizeof(*rows->leaf));
        }
        memmove(rows->leaf + place + 1, rows->leaf + place,
                (rows->count - place) * sizeof(*rows->leaf));
        rows->count++;
    }
    rows->leaf[place] = *leaf;
    rows->leaf[place].is_new = false;
}

static inline void test_rows_release(struct test_rows *rows)
{
    mem_free(rows->leaf);
    *rows = (struct test_rows){0};
}

static inline bool test_rows_scan(void *context, const struct hash *prefix, unsigned nibbles,
                                  bool (*each)(void *each_context, const struct state_leaf *leaf),
                                  void *each_context, struct error *err)
{
    struct test_rows *rows = context;
    struct hash first = {{0}};

    if (rows->broken)
        return error_set(err, ERROR_IO, "rows are broken");
    memcpy(first.byte, prefix->byte, nibbles / 2);
    if (nibbles % 2 == 1)
        first.byte[nibbles / 2] = prefix->byte[nibbles / 2] & 0xf0;
    for (size_t i = test_rows_place(rows, &first); i < rows->count; i++) {
        const uint8_t *at = rows->leaf[i].khash.byte;

        if (memcmp(at, first.byte, nibbles / 2) != 0 ||
            (nibbles % 2 == 1 && (at[nibbles / 2] & 0xf0) != first.byte[nibbles / 2]))
            break;
        rows->scanned++;
        if (!each(each_context, &rows->leaf[i]))
            break;
    }
    return true;
}

static inline struct state_rows test_rows_port(struct test_rows *rows)
{
    return (struct state_rows){.scan = test_rows_scan, .context = rows};
}

#endif
