/* Transactions that wait: per sender by nonce, pending (executable now in sequence) or queued
 * (behind a gap); bounds, replacement, eviction, and the order in which blocks take them.
 * ledger.md, The mempool. A pure machine: time is handed in, accounts come through a view, what
 * happened comes out as events. One thread owns it. */
#ifndef CAIRN_MEMPOOL_H
#define CAIRN_MEMPOOL_H
#include <cairn/account.h>
#include <cairn/block.h>
#include <cairn/tx.h>

struct mempool_limits {       /* each configurable */
    size_t tx_max;            /* 65,536 in all */
    size_t bytes_max;         /* 64 MiB of encodings in all */
    size_t sender_tx_max;     /* 4,096 of one sender */
    uint64_t nonce_ahead_max; /* 1,024 ahead of the sender's next executable nonce */
    uint64_t queued_ms_max;   /* an hour */
};
struct mempool_limits mempool_limits_default(void);

enum mempool_event_kind {
    MEMPOOL_PENDING, /* executable now: new, or its gap closed */
    MEMPOOL_QUEUED,  /* behind a gap: new, or what was before it left */
    MEMPOOL_REMOVED, /* left: see reason */
};
enum mempool_reason {
    MEMPOOL_INCLUDED,
    MEMPOOL_STALE,
    MEMPOOL_REPLACED,
    MEMPOOL_EVICTED,
    MEMPOOL_EXPIRED,
    MEMPOOL_UNFUNDED
};

struct mempool_event {
    enum mempool_event_kind kind;
    enum mempool_reason reason; /* of MEMPOOL_REMOVED */
    struct tx *tx;              /* a count of its own: mempool_events_clear drops it */
    uint64_t sequence;          /* first seen: ascending, the journal's key */
};

/* In order of what happened; grows; bounded by what one call may move (all of the mempool). {0} is
 * empty. */
struct mempool_events {
    struct mempool_event *event;
    size_t count, room;
};
void mempool_events_clear(struct mempool_events *events); /* drops the counts, keeps the room */
void mempool_events_release(struct mempool_events *events);

struct mempool;
/* `view` answers for the newest decided block. `base_fee`: of the next block. */
struct mempool *mempool_new(const struct mempool_limits *limits, const struct tx_rules *rules,
                            const struct state_view *view, const struct u256 *base_fee) MUST_CHECK;
void mempool_free(struct mempool *mempool); /* takes NULL */

/* Admission, with the words and in the order of json-rpc.md's refusals: known hash, shape and rules
 * (tx.h), base fee, nonce, funds, replacement (both fees a tenth higher, rounded up; where base
 * fees are 0 for good, `fees_none`, a higher tip is enough), room, the sender's share. `tx`: sender
 * known; shared. Events tell all that moved. False: nothing changed, but that it was counted.
 *
 * `sequence` 0: a new one is given, above all seen; else the journal's. What was admitted once is
 * not asked again for the base fee, which may have risen, nor for how far ahead its nonce is, since
 * nonces below it may come later in the journal.
 *
 * Funds: value + gasLimit · maxFeePerGas of this one and of all that the sender has pending. Queued
 * ones count once their gap closes: one that the balance does not cover then stays queued with all
 * behind it (as if its own nonce were the gap) until a block or a replacement makes it covered.
 *
 * Room, when all is full: first queued ones go, then the last pending one of a sender; of each kind
 * the cheapest by effective tip at the present base fee, of equal ones the newest. A queued
 * newcomer moves queued ones alone, and nobody moves what the newcomer's own sender has pending.
 * Between the same kind only a higher effective tip moves another; else "transaction underpriced".
 */
bool mempool_add(struct mempool *mempool, struct tx *tx, uint64_t now_ms, uint64_t sequence,
                 uint64_t *sequence_out, struct mempool_events *events,
                 struct error *err) MUST_CHECK;
void mempool_set_fees_none(struct mempool *mempool, bool fees_none);

/* After a decided block: every account that it changed (its senders are among them) is looked at,
 * no others; less than 5 ms with a full mempool. What costs more than all of its sender's balance
 * leaves as UNFUNDED; what only together with those before it is not covered becomes queued. */
bool mempool_block(struct mempool *mempool, const struct block *block,
                   const struct block_changes *changes, const struct u256 *base_fee_next,
                   uint64_t now_ms, struct mempool_events *events, struct error *err) MUST_CHECK;
/* Queued ones past their hour leave; it counts from when they came or became queued. Gives when to
 * come again (UINT64_MAX: nothing queued). */
uint64_t mempool_expire(struct mempool *mempool, uint64_t now_ms, struct mempool_events *events);

/* The next block's candidates: by effective tip, then first seen, each sender in nonce order; those
 * whose cap is below the base fee (and the rest of that sender) are left out. At most `max` of
 * them, gas limits up to gas_max and encodings up to bytes_max in all: one that would go beyond is
 * left out with the rest of its sender, and after 64 such the block counts as full. Borrows. */
size_t mempool_pick(const struct mempool *mempool, uint64_t gas_max, size_t bytes_max,
                    struct tx **out, size_t max);
bool mempool_has_executable(const struct mempool *mempool); /* something mempool_pick would give */

struct tx *mempool_find(const struct mempool *mempool, const struct hash *hash); /* borrows; NULL */
uint64_t mempool_nonce_next(const struct mempool *mempool, const struct address *sender,
                            uint64_t nonce_account); /* after its pending ones */

struct mempool_counts {
    size_t pending, queued, bytes;
    uint64_t admitted, refused, replaced, evicted, expired, included; /* since the start */
};
struct mempool_counts mempool_counts(const struct mempool *mempool);
void mempool_check(const struct mempool *mempool); /* asserts every invariant; for tests */

/* The same order over a plain list (for the RPC's `pending` block, off the engine): `tx` are
 * executable ones of any senders. Moves the chosen to the front, in order; returns how many. */
size_t mempool_order(struct tx **tx, const uint64_t *sequence, size_t count,
                     const struct u256 *base_fee, uint64_t gas_max, size_t bytes_max);

#endif
