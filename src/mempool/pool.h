/* The mempool's insides, shared by its files. Private to the room. */
#ifndef CAIRN_MEMPOOL_POOL_H
#define CAIRN_MEMPOOL_POOL_H
#include "wei.h"

#include <cairn/mempool.h>

/* Hashes and addresses are Keccak's: any four of their bytes are as good as a hash of them. Who
 * grinds keys so that they collide in the table pays the table's size in signatures for each, and
 * lengthens one chain. */
#define HASH_FUNCTION(key, size, hash) ((void)(size), (hash) = be32_get((const uint8_t *)(key)))
#define uthash_malloc(size) mem_new(1, size)
#define uthash_free(at, size) mem_free(at)
#include <uthash.h>

enum place { PLACE_HEAD, PLACE_TIP, PLACE_CAP, PLACE_COUNT };

/* One transaction that waits. */
struct entry {
    struct tx *tx; /* a count of its own */
    struct sender *sender;
    uint64_t sequence;
    struct wei tip, cap, cost;
    uint32_t place[PLACE_COUNT]; /* in the heap of that kind: index + 1; 0: in none */
    bool queued;                 /* else pending */
    bool included;               /* in the block that is being taken in */
    uint64_t queued_ms;          /* since when */
    struct entry *older, *newer; /* the queued ones by time */
    UT_hash_handle hh;           /* by the transaction's hash */
};

/* Someone of whom something waits; what has nothing here has no record. */
struct sender {
    struct address address;
    uint64_t nonce;       /* of the account, after the newest decided block */
    struct wei balance;   /* likewise */
    struct entry **entry; /* by nonce */
    size_t count, room;
    size_t pending;            /* the first so many: nonce, nonce + 1, … */
    struct wei pending_cost;   /* the most that they take; at most the balance */
    struct wei cost_max;       /* no entry costs more; comes down when all are looked at */
    struct entry *head, *tail; /* as the heaps have them: first and last pending; NULL: none */
    UT_hash_handle hh;
};

/* A binary heap, the lowest key first; of equal keys the one seen last. Entries know their place,
 * so any can be taken out. */
struct heap {
    struct heap_item {
        struct wei key;
        uint64_t sequence;
        struct entry *entry;
    } * item;
    size_t count, room;
    enum place place;
};

/* The cheapest of a set at any base fee, with nothing to re-sort when that moves: the lowest
 * min(cap, base fee + tip) of all is the lower of the lowest cap and base fee + the lowest tip. */
struct cheapest {
    struct heap by_tip, by_cap;
};

/* A sender's next in line while a block is picked. */
struct pick_head {
    struct wei price;
    uint64_t sequence;
    struct tx *tx;
    const void *at; /* for pick_next */
};

struct mempool {
    struct mempool_limits limits;
    struct tx_rules rules;
    struct state_view view;
    struct u256 base_fee;
    struct wei base; /* the same; saturated, then nothing is executable */
    bool fees_none;

    struct entry *entries;  /* all of them, by hash */
    struct sender *senders; /* by address */
    size_t pending, bytes;
    uint64_t sequence_next;
    struct mempool_counts counts; /* the totals since the start alone */

    struct heap heads;             /* the first pending of each sender, the highest cap first */
    struct cheapest tails;         /* the last pending of each sender */
    struct cheapest queue;         /* all that are queued */
    struct entry *oldest, *newest; /* all that are queued, by time */

    struct entry **victim; /* scratch: who makes room */
    size_t victim_count, victim_room;
    struct pick_head *pick; /* scratch, as large as `heads` */
    size_t pick_room;
};

/* What comes in, and how it stands to what its sender has here. */
struct arrival {
    struct tx *tx;
    struct sender *sender; /* NULL: nothing of it waits yet */
    struct account account;
    struct wei tip, cap, cost;
    struct entry *replaced; /* the one with the same nonce; NULL: none */
    bool pending;
};

/* heap.c */
void heap_put(struct heap *heap, struct entry *entry, struct wei key);
void heap_remove(struct heap *heap, struct entry *entry); /* nothing if it is not there */
void heap_check(const struct heap *heap);
void cheapest_put(struct cheapest *set, struct entry *entry);
void cheapest_remove(struct cheapest *set, struct entry *entry);              /* likewise */
struct entry *cheapest_find(const struct cheapest *set, struct wei base_fee); /* NULL: empty */

/* sender.c: one sender's transactions, and the run of executable ones at their front. */
struct sender *sender_find(const struct mempool *mempool, const struct address *address);
struct sender *sender_new(struct mempool *mempool, const struct address *address,
                          const struct account *account);
void sender_free_empty(struct mempool *mempool, struct sender *sender); /* if nothing waits */
uint64_t sender_nonce_next(const struct sender *sender);
size_t sender_index(const struct sender *sender, uint64_t nonce); /* of the first not below it */
struct entry *sender_entry(const struct sender *sender, uint64_t nonce); /* NULL */
void sender_insert(struct mempool *mempool, struct sender *sender, struct entry *entry,
                   uint64_t now_ms, struct mempool_events *events);
void sender_replace(struct mempool *mempool, struct entry *old, struct entry *entry,
                    uint64_t now_ms, struct mempool_events *events);
/* Takes out a run of entries: the first or the last of the pending ones, or queued ones. */
void sender_remove(struct mempool *mempool, struct sender *sender, size_t first, size_t count,
                   enum mempool_reason reason, struct mempool_events *events);
/* The account is another: overtaken ones leave, then what is not covered any more, then the run of
 * pending ones is as long as nonces and balance let it be. */
void sender_follow(struct mempool *mempool, struct sender *sender, const struct account *account,
                   uint64_t now_ms, struct mempool_events *events);
/* Brings first and last pending into the heaps. */
void sender_place(struct mempool *mempool, struct sender *sender);
/* While room is looked for: only the first `pending` count, the last of them is the one to go. */
void sender_offer(struct mempool *mempool, struct sender *sender, size_t pending);

/* queue.c: those behind a gap, by time. */
void queue_add(struct mempool *mempool, struct entry *entry, uint64_t now_ms,
               struct mempool_events *events);
void queue_remove(struct mempool *mempool, struct entry *entry);
void queue_set_time(struct mempool *mempool, uint64_t now_ms);

/* room.c: who goes when it is full. After room_find, whatever it says, one of the two others. */
bool room_find(struct mempool *mempool, const struct arrival *arrival,
               struct error *err) MUST_CHECK;
void room_undo(struct mempool *mempool, const struct arrival *arrival); /* nobody goes */
/* They go. A sender who had nothing else here has no record any more. */
void room_make(struct mempool *mempool, struct mempool_events *events);

/* events.c */
struct entry *entry_find(const struct mempool *mempool, const struct hash *hash); /* NULL */
void entry_tell(const struct entry *entry, enum mempool_event_kind kind,
                struct mempool_events *events);
/* Out of the table, told of, counted. STALE becomes INCLUDED for one that the block has. */
void entry_free(struct mempool *mempool, struct entry *entry, enum mempool_reason reason,
                struct mempool_events *events);

#endif
