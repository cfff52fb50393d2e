/* The insides of an exchange, shared by the room's dispatcher files. */
#ifndef CAIRN_RPC_EXCHANGE_H
#define CAIRN_RPC_EXCHANGE_H
#include "call.h"

#include <uthash.h>

enum {
    /* A single request of at most this is parsed and answered where it arrived: microseconds. */
    RPC_LIGHT_BODY_MAX = 4096,
    RPC_CONTAINERS_MAX = 65536, /* arrays and objects of a body; a full batch has some 4,000 */
    RPC_SYNC_MS = 2000,         /* eth_sendRawTransactionSync's own timeout (EIP-7966) */
    RPC_SYNC_MS_MAX = 30000,    /* beyond it, the default is used */
    RPC_WAIT_MS_MAX = 60000,    /* cairn_waitForTransaction */
};

enum member_state {
    MEMBER_NEW,
    MEMBER_SENT,      /* verified; goes to the node when parked */
    MEMBER_SUBMITTED, /* the engine has it */
    MEMBER_WAITING,   /* for a receipt */
    MEMBER_DONE,
};

/* One request of a batch, or the only one. */
struct member {
    const json_t *request; /* in the exchange's root */
    struct bytes text;     /* the same in the body */
    struct bytes id;       /* as sent; "null" where it can't be told */
    bool answers;          /* false: a notification */
    enum member_state state;
    const struct rpc_method *method;
    struct tx *tx;       /* MEMBER_SENT */
    struct hash hash;    /* of the transaction that is waited for */
    uint64_t timeout_ms; /* as it is told in the message */
    uint64_t deadline_mono_ms;
    struct buffer answer;
};

struct rpc_exchange {
    struct rpc *rpc;
    void *user;
    struct buffer body, output;
    json_t *root;
    bool parsed, batch, orphan;
    bool has_place; /* among those that may wait for a receipt */
    struct member *member;
    size_t member_count, next; /* members before `next` are done or on their way */
    size_t underway;           /* submitted, not answered */
    size_t answer_bytes;       /* of all members so far */
    uint64_t started_mono_ms;
    uint64_t head_seen; /* height at the last look for a receipt */
    /* While it waits: */
    bool waiting;
    struct rpc_exchange *wait_next, *wait_previous; /* all that wait */
    struct rpc_exchange *same_next;                 /* for the same hash */
};

struct ticket {
    uint64_t number;
    struct rpc_exchange *exchange;
    size_t member;
    UT_hash_handle hh;
};

struct waited {
    struct hash hash;
    struct rpc_exchange *first;
    UT_hash_handle hh;
};

struct rpc {
    struct rpc_options options;
    uint64_t started_mono_ms;
    /* The loop's alone: */
    struct ticket *tickets;
    uint64_t ticket_last;
    struct waited *waited;
    struct rpc_exchange *waits;
    size_t place_count; /* exchanges that wait for a receipt, or soon will */
    bool stopping;
};

/* wait.c: a place among those that wait; given back with the exchange. */
bool wait_take_place(struct rpc *rpc, struct rpc_exchange *exchange) MUST_CHECK;
/* Transactions that the engine never answered, since it had failed. */
void wait_forget_tickets(struct rpc *rpc);

/* params.c: fills call->arg by the row. False: call->err says which argument. */
bool rpc_params_parse(struct rpc_call *call, const struct rpc_method *method, const json_t *params,
                      struct buffer *scratch) MUST_CHECK;
size_t rpc_params_count(const struct rpc_method *method);

/* request.c: one member, from text to answer. */
void member_fail(struct rpc_exchange *exchange, struct member *member, const struct error *err,
                 struct bytes data);
/* Reads the request, finds its method, checks its arguments and runs it. False: it needs a worker,
 * nothing was done. */
bool member_run(struct rpc_exchange *exchange, struct member *member, bool on_worker);
/* Whether its method is a send: those may follow each other without waiting. */
bool member_is_send(const struct member *member);
/* Looks for the receipt of member->hash; done if found or if its time is over. */
void member_look(struct rpc_exchange *exchange, struct member *member);
/* Code 5 of EIP-7966: admitted, and behind a gap. */
void member_fail_queued(struct rpc_exchange *exchange, struct member *member, uint64_t gap_nonce);
void member_answer_hash(struct rpc_exchange *exchange, struct member *member);

#endif
