/* The mempool's insides, shared by its files. Private to the room. */
#ifndef CAIRN_MEMPOOL_POOL_H
#define CAIRN_MEMPOOL_POOL_H
#include "table.h"
#include "wei.h"

#include <cairn/mempool.h>

enum place { PLACE_TIP, PLACE_CAP, PLACE_COUNT };

/* One transaction that waits. What is asked of it again is copied here: a transaction that waited
 * is not in the processor's cache any more. */
struct entry {
    struct tx *tx; /* a count of its own; first, for struct pick_head */
    struct sender *sender;
    uint64_t nonce, sequence;
    uint64_t word; /* of its hash, for the table */
    size_t size;   /* of its encoding */
    struct wei tip, cap, cost;
    uint32_t place[PLACE_COUNT]; /* in the heap of that kind: index + 1; 0: in none */
    bool queued;                 /* else pending */
    bool included;               /* in the block that is being taken in */
    uint64_t queued_ms;          /* since when */
    struct entry *older, *newer; /* the queued ones by time */
};

enum { SENDER_FEW = 2 };

/* Someone of whom something waits; what has nothing here has no record. */
struct sender {
    struct address address;
    uint64_t nonce;       /* of the account, after the newest decided block */
    struct wei balance;   /* likewise */
    struct entry **entry; /* by nonce; at first `few`, which is enough for most senders */
    struct entry *few[SENDER_FEW];
    size_t count, room;
    size_t pending;          /* the first so many: nonce, nonce + 1, … */
    struct wei pending_cost; /* the most that they take; at most the balance */
    struct wei cost_max;     /* no entry costs more; comes down when all are looked at */
    struct entry *tail;      /* as the heaps have it: the last pending one; NULL: none */
    size_t front;            /* its place among the fronts, index + 1; 0: nothing is pending */
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

/* The first pending one of a sender, with all that a block wants to know of it before it takes it:
 * looking at 65,536 of them must not touch as many entries. */
struct front {
    struct wei tip, cap;
    uint64_t sequence;
    const struct entry *entry;
    struct sender *sender;
};

static inline struct front front_of(const struct entry *entry)
{
    return (struct front){.tip = entry->tip,
                          .cap = entry->cap,
                          .sequence = entry->sequence,
                          .entry = entry,
                          .sender = entry->sender};
}

/* A sender's next in line while a block is picked. */
struct pick_head {
    struct wei price;
    uint64_t sequence;
    struct tx *const *tx; /* the first member of whatever the line consists of */
};

struct mempool {
    struct mempool_limits limits;
    struct tx_rules rules;
    struct state_view view;
    struct u256 base_fee;
    struct wei base; /* the same; saturated, then nothing is executable */
    bool fees_none;

    struct table entries; /* all of them, by hash */
    struct table senders; /* by address */
    size_t pending, bytes;
    uint64_t sequence_next;
    struct mempool_counts counts; /* the totals since the start alone */

    struct front *front;                        /* the first pending of each sender, in no order */
    size_t front_count, front_room, executable; /* so many caps are not below the base fee */
    struct cheapest tails;                      /* the last pending of each sender */
    struct cheapest queue;                      /* all that are queued */
    struct entry *oldest, *newest;              /* all that are queued, by time */

    struct entry **victim; /* scratch: who makes room */
    size_t victim_count, victim_room;
    struct pick_head *pick; /* scratch, as large as `front` */
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

/* fronts.c */
void fronts_set(struct mempool *mempool, struct sender *sender,
                struct entry *entry); /* NULL: none */
void fronts_set_base_fee(struct mempool *mempool, const struct u256 *base_fee);
void fronts_check(const struct mempool *mempool);

/* sender.c: one sender's transactions, and the run of executable ones at their front. */
struct sender *sender_find(const struct mempool *mempool, const struct address *address);
struct sender *sender_new(struct mempool *mempool, const struct address *address,
                          const struct account *account);
void sender_free_empty(struct mempool *mempool, struct sender *sender); /* if nothing waits */
void sender_free(struct sender *sender);
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
/* Brings first and last pending to where they belong: the fronts, and the heaps of what may go. */
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
