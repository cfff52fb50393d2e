/* JSON-RPC 2.0 (json-rpc.md) apart from sockets: a request body goes in, an answer body comes out.
 * Methods are rows of one table (methods.c), from which dispatch, checks of parameters,
 * rpc_discover and doc/json-rpc.md come.
 *
 * An exchange belongs to one thread at a time. The loop makes it and runs it; a heavy one comes
 * back RPC_HEAVY and is run by a worker; one that waits comes back RPC_WAITING and is parked by the
 * loop. Reads use a store snapshot and the published head and never wait for the engine. */
#ifndef CAIRN_RPC_H
#define CAIRN_RPC_H
#include <cairn/engine.h>
#include <cairn/json.h>

struct rpc;
struct rpc_exchange;

/* What the RPC asks of the node. Any thread, but for `submit`. */
struct rpc_node {
    void *context;
    struct head *(*head)(void *context); /* gives a count; never NULL once the node serves */
    struct block *(*block_recent)(
        void *context, uint64_t height); /* gives a count of a decided block kept in memory (senders
                                            known); NULL: read the store */
    struct tx *(*pool_find)(void *context,
                            const struct hash *hash); /* gives a count; pending or queued; NULL */
    uint64_t (*pool_nonce)(void *context, const struct address *sender,
                           uint64_t nonce_account); /* after the sender's executable ones */
    struct mempool_counts (*pool_counts)(void *context);
    size_t (*pool_pending)(
        void *context, struct tx ***tx,
        uint64_t **sequence); /* gives both arrays (mem_free) and a count of each */
    void (*submit)(
        void *context, struct tx *tx,
        uint64_t ticket); /* loop only; takes a count; the answer comes by rpc_submitted */
    bool (*decides)(
        void *context); /* blocks come, or will: false where the engine says why none do */
    uint64_t (*now_ms)(void *context); /* wall clock */
    uint64_t (*mono_ms)(void *context);
};

struct rpc_options { /* each a configuration key; defaults by rpc_options_default */
    const struct genesis *genesis;
    struct store *store;
    const struct address *validator; /* NULL: none */
    struct rpc_node node;
    uint64_t suggested_tip_wei; /* 1 gwei */
    size_t batch_max;           /* 1000 */
    size_t answer_bytes_max;    /* 25 MiB: of a request; of a batch in all */
    unsigned depth_max;         /* 32 */
    size_t waiting_max;         /* 4096 */
};
void rpc_options_default(struct rpc_options *options);

struct rpc *rpc_new(const struct rpc_options *options) MUST_CHECK;
void rpc_free(struct rpc *rpc); /* takes NULL; no exchange left */

/* Takes the body. `user`: the caller's. */
struct rpc_exchange *rpc_exchange_new(struct rpc *rpc, struct buffer *body, void *user) MUST_CHECK;
void rpc_exchange_free(struct rpc_exchange *exchange); /* not while parked: rpc_unpark first */
void *rpc_exchange_user(const struct rpc_exchange *exchange);
void rpc_exchange_set_user(struct rpc_exchange *exchange, void *user);

enum rpc_progress {
    RPC_DONE,    /* rpc_output has it */
    RPC_HEAVY,   /* run it again, on a worker */
    RPC_WAITING, /* park it */
};
enum rpc_progress rpc_run(struct rpc_exchange *exchange, bool on_worker);
/* Nothing to send (notifications alone, HTTP 204) where size is 0. Until the exchange is freed. */
struct bytes rpc_output(const struct rpc_exchange *exchange);

/* Loop thread. Hands transactions to the node, notes what is waited for. True: something came
 * meanwhile, run it again at once. */
bool rpc_park(struct rpc_exchange *exchange) MUST_CHECK;
void rpc_unpark(
    struct rpc_exchange *exchange); /* the connection is gone: forget its waits; takes the exchange
                                       and frees it once nothing of it is under way */
/* The engine's answer to a submitted transaction; `err` NULL: admitted. Gives the exchange that
 * should be run again, or NULL. */
struct rpc_exchange *rpc_submitted(struct rpc *rpc, uint64_t ticket, const struct error *err,
                                   bool gap, uint64_t gap_nonce);
/* A head was published; time has passed. `ready` is called for each exchange that should be run
 * again. */
void rpc_on_head(struct rpc *rpc, const struct head *head,
                 void (*ready)(void *context, struct rpc_exchange *exchange), void *context);
void rpc_on_time(struct rpc *rpc, uint64_t mono_ms,
                 void (*ready)(void *context, struct rpc_exchange *exchange), void *context);
uint64_t rpc_deadline(const struct rpc *rpc); /* monotonic ms of the next one; UINT64_MAX: none */
/* All waits end now as if their time were over: the node is stopping. */
void rpc_stop(struct rpc *rpc, void (*ready)(void *context, struct rpc_exchange *exchange),
              void *context);

/* GET /health: the body; true: 200, false: 503. */
bool rpc_health(struct rpc *rpc, struct buffer *out);

/* The reference page and the OpenRPC document, from the table. */
void rpc_reference_markdown(struct buffer *out);
void rpc_discover_document(const struct rpc *rpc, struct json_writer *out);

#endif
