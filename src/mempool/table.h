/* A hash table of pointers, open addressing, a word of the key beside each pointer: a look-up that
 * finds nothing touches no more than a line or two, and one that finds touches its find alone. (At
 * 65,536 entries nearly every touch is a cache miss, and a block makes twenty thousand of them.)
 * Keys are hashes and addresses: Keccak has spread them already. Who grinds keys that collide pays
 * the table's size in signatures for each, and lengthens a run of words that is compared in order.
 * Private to the room. */
#ifndef CAIRN_MEMPOOL_TABLE_H
#define CAIRN_MEMPOOL_TABLE_H
#include <cairn/base.h>

struct table {
    struct table_slot {
        void *at; /* NULL: free */
        uint64_t word;
    } * slot;
    size_t count, size; /* a power of two, at least twice the count */
};

/* Whether what is found has this very key. */
typedef bool table_equal(const void *at, const void *key);

static inline uint64_t table_word(const void *key)
{
    return be64_get(key);
}

void table_release(struct table *table);
/* Reads no key: soon a look-up will want this place. */
void table_prefetch(const struct table *table, uint64_t word);
void *table_find(const struct table *table, uint64_t word, const void *key, table_equal *equal);
void table_put(struct table *table, uint64_t word, void *at);          /* not there yet */
void table_remove(struct table *table, uint64_t word, const void *at); /* asserts it is there */

#endif
