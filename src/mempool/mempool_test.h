/* What the test files of this room share: a small ledger, transactions that cost no signature, and
 * the events as a line of text. */
#ifndef CAIRN_MEMPOOL_TEST_H
#define CAIRN_MEMPOOL_TEST_H
#include "test/unit.h"

#include <cairn/mempool.h>

enum { WORLD_SENDERS = 8, WORLD_CHAIN = 7, WORLD_GAS_MAX = 10 * 1000 * 1000 };

/* A transfer, named by letter and nonce: "A5". */
struct send {
    char sender; /* 'A' … 'H' */
    uint64_t nonce;
    uint64_t tip, cap; /* cap 0: 100 */
    uint64_t value;
    uint64_t gas; /* 0: what it needs */
    size_t memo;  /* so many bytes of it */
};

struct world {
    struct mempool *mempool;
    struct mempool_events events;
    struct account account[WORLD_SENDERS]; /* at first: nonce 5, 10^9 wei */
    uint64_t base_fee;                     /* 10 */
    uint64_t now_ms;
    struct error err;
    uint64_t sequence; /* that the last one got */
    size_t reads;      /* of the ledger */
    bool fails;        /* the ledger can't be read */
    struct buffer trace;
};

/* Unlimited (NULL) or with these limits, where 0 stands for the default. */
void world_open(struct world *world, const struct mempool_limits *limits);
void world_close(struct world *world);
struct account *world_account(struct world *world, char sender);

struct tx *send_tx(const struct send *send); /* gives one count */
struct address send_address(char sender);
uint64_t send_cost(const struct send *send);

/* Adds one and checks the mempool; false: refused with world->err. */
bool world_send(struct world *world, struct send send);
bool world_replay(struct world *world, struct send send, uint64_t sequence);
/* A block with these in it: nonces go on, each takes its value and 21000 gas at its price; then
 * whatever else the test did to the accounts is handed in too. */
void world_block(struct world *world, const struct send *send, size_t count,
                 uint64_t base_fee_next);
uint64_t world_expire(struct world *world);

/* What happened since the last call: "+A5" pending, "?A6" queued, "-A5 included"; in order, with
 * commas. */
const char *world_trace(struct world *world);
/* The next block: "A5 B5 A6". */
const char *world_pick(struct world *world, uint64_t gas_max, size_t bytes_max, size_t max);

/* For inner loops: ck_assert writes a word to its parent even where all is well. */
#define must(fact)                                                                                 \
    do {                                                                                           \
        if (!(fact))                                                                               \
            ck_abort_msg("%s", #fact);                                                             \
    } while (0)

#define world_expect(world, want) ck_assert_str_eq(world_trace(world), want)
#define world_takes(world, ...)                                                                    \
    ck_assert_msg(world_send(world, (struct send){__VA_ARGS__}), "%s", (world)->err.text)
#define world_refuses(world, wanted_code, ...)                                                     \
    do {                                                                                           \
        size_t events_before = (world)->events.count;                                              \
        ck_assert(!world_send(world, (struct send){__VA_ARGS__}));                                 \
        ck_assert_msg((world)->err.code == (wanted_code), "%s", (world)->err.text);                \
        ck_assert_uint_eq((world)->events.count, events_before);                                   \
    } while (0)

#endif
