/* One connection of the RPC server: its socket, its HTTP machine, its requests in progress. Private
 * to the server's files. */
#ifndef CAIRN_NODE_CONNECTION_H
#define CAIRN_NODE_CONNECTION_H
#include "server.h"

#include <stdatomic.h>
#include <uthash.h>

enum {
    SERVER_INPUT_SIZE = 64 * 1024, /* one buffer for all reads */
    DRAIN_MS = 1000,               /* read on after an error answer, so that the peer sees it */
    WRITE_STALL_MS = 30000,        /* a peer that takes nothing for so long is gone */
    REFUSED_MAX = 64,              /* told that there are too many; more are closed untold */
    ORPHANS_MAX = 4096,            /* beyond it nobody new is served until workers are through */
};

enum request_place {
    REQUEST_LOOP,
    REQUEST_WORKER, /* with a worker, or on its way there or back */
    REQUEST_PARKED, /* for the engine's answer, or a receipt */
    REQUEST_HELD,   /* until the connection takes its answers */
};

/* What the loop says to a worker that may not have begun yet. */
enum request_call { REQUEST_RUN, REQUEST_HOLD, REQUEST_GONE };

struct request {
    struct connection *connection; /* NULL: gone meanwhile */
    struct server *server;
    struct request *next, *previous;
    struct mailbox *mailbox;
    struct rpc_exchange *exchange;
    struct work work;
    uint64_t slot;
    size_t charge; /* memory of its body */
    enum request_place place;
    atomic_int call; /* enum request_call */
};

/* How many connections one address has. */
struct peer_address {
    uint8_t byte[16]; /* IPv6, or IPv4 mapped */
    size_t count;
    UT_hash_handle hh;
};

struct connection {
    uv_tcp_t tcp;
    uv_shutdown_t shutdown;
    struct server *server;
    struct connection *next, *previous, *marked_next;
    struct http *http; /* NULL: refused for its number, only told so */
    struct request *requests;
    size_t held_count;    /* of them, REQUEST_HELD */
    size_t answers_bytes; /* given to the HTTP machine, about so much not yet taken from it */
    struct peer_address *address; /* NULL: loopback, not counted */
    bool is_marked, reading, shut, closed, eof;
    uint64_t close_mono_ms;   /* after the write side is shut */
    uint64_t stalled_mono_ms; /* since when nothing was taken */
    size_t stalled_bytes;
};

struct server {
    struct server_options options;
    uv_tcp_t listener;
    uv_timer_t sweep_timer, wait_timer;
    uint8_t *input;
    struct http_budget budget;
    struct connection *connections, *marked;
    struct peer_address *addresses;
    size_t connection_count;
    size_t orphan_count; /* requests with a worker whose connection is gone */
    uint16_t port;
    bool deadlines_moved, stopping, closing;
    bool answers_grew; /* by a long one, since the sum was looked at */
};

void connection_accept(struct server *server);
void connection_close(struct connection *connection);
void connection_sweep(struct connection *connection, uint64_t now_ms);
/* Parses, answers, writes what is due. */
void connection_pump(struct connection *connection, struct bytes in);
void connection_mark(struct connection *connection);           /* to be pumped at the next flush */
size_t connection_unsent(const struct connection *connection); /* bytes that wait for the socket */

/* request.c */
void request_start(struct connection *connection, struct http_event *event);
void requests_resume(struct connection *connection); /* those held that may run now */
void requests_abandon(struct connection *connection);

#endif
