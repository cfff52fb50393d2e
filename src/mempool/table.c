#include "table.h"

enum { TABLE_SIZE_FIRST = 64 };

void table_release(struct table *table)
{
    mem_free(table->slot);
    *table = (struct table){0};
}

void table_prefetch(const struct table *table, uint64_t word)
{
    if (table->size > 0)
        __builtin_prefetch(&table->slot[word & (table->size - 1)]);
}

void *table_find(const struct table *table, uint64_t word, const void *key, table_equal *equal)
{
    size_t mask = table->size - 1;

    if (table->count == 0)
        return NULL;
    for (size_t i = word & mask; table->slot[i].at; i = (i + 1) & mask)
        if (table->slot[i].word == word && equal(table->slot[i].at, key))
            return table->slot[i].at;
    return NULL;
}

static void put(struct table *table, uint64_t word, void *at)
{
    size_t mask = table->size - 1, i = word & mask;

    while (table->slot[i].at)
        i = (i + 1) & mask;
    table->slot[i] = (struct table_slot){.at = at, .word = word};
}

void table_put(struct table *table, uint64_t word, void *at)
{
    if (2 * (table->count + 1) > table->size) {
        struct table old = *table;

        table->size = old.size ? 2 * old.size : TABLE_SIZE_FIRST;
        table->slot = mem_new(table->size, sizeof table->slot[0]);
        for (size_t i = 0; i < old.size; i++)
            if (old.slot[i].at)
                put(table, old.slot[i].word, old.slot[i].at);
        mem_free(old.slot);
    }
    put(table, word, at);
    table->count++;
}

/* The hole is filled with the next one that may stand there, until one is free: no gravestones. */
void table_remove(struct table *table, uint64_t word, const void *at)
{
    size_t mask = table->size - 1, hole = word & mask;

    while (table->slot[hole].at != at) {
        assert(table->slot[hole].at);
        hole = (hole + 1) & mask;
    }
    for (size_t i = (hole + 1) & mask; table->slot[i].at; i = (i + 1) & mask) {
        size_t home = table->slot[i].word & mask;

        if (((i - home) & mask) >= ((i - hole) & mask)) {
            table->slot[hole] = table->slot[i];
            hole = i;
        }
    }
    table->slot[hole] = (struct table_slot){0};
    table->count--;
}
