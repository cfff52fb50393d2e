/* One connection of the RPC server: its socket, its HTTP machine, its requests in progress. Private
 * to the server's files. */
#ifndef CAIRN_NODE_CONNECTION_H
#define CAIRN_NODE_CONNECTION_H
#include "server.h"

#include <uthash.h>

enum {
    SERVER_INPUT_SIZE = 64 * 1024, /* one buffer for all reads */
    DRAIN_MS = 1000,               /* read on after an error answer, so that the peer sees it */
    WRITE_STALL_MS = 30000,        /* a peer that takes nothing for so long is gone */
};

enum request_place { REQUEST_LOOP, REQUEST_WORKER, REQUEST_PARKED };

struct request {
    struct connection *connection; /* NULL: gone meanwhile */
    struct request *next, *previous;
    struct mailbox *mailbox;
    struct rpc_exchange *exchange;
    struct work work;
    uint64_t slot;
    enum request_place place;
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
    uint16_t port;
    bool deadlines_moved, stopping, closing;
};

void connection_accept(struct server *server);
void connection_close(struct connection *connection);
void connection_sweep(struct connection *connection, uint64_t now_ms);
/* Parses, answers, writes what is due. */
void connection_pump(struct connection *connection, struct bytes in);
void connection_mark(struct connection *connection); /* to be pumped at the next flush */
void connection_add_request(struct connection *connection, struct request *request);
void connection_remove_request(struct connection *connection, struct request *request);

/* server.c */
void request_start(struct connection *connection, struct http_event *event);
void request_go_on(struct request *request, enum rpc_progress progress);

#endif
