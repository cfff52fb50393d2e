/* JSON-RPC's listener and connections, on the loop: sockets for the HTTP machine, requests for the
 * RPC, heavy ones to the workers. The loop's thread alone. */
#ifndef CAIRN_NODE_SERVER_H
#define CAIRN_NODE_SERVER_H
#include "mail.h"
#include "workers.h"

#include <cairn/http.h>
#include <cairn/rpc.h>

#include <uv.h>

struct server;

struct server_options {
    uv_loop_t *loop;
    struct rpc *rpc;
    struct workers *workers;
    struct mailbox *mailbox; /* workers send MAIL_EXCHANGE */
    struct http_limits limits;
    struct http_policy policy; /* borrowed for the server's life */
    size_t bodies_max;
    size_t answers_max; /* not taken by their clients, all connections together */
    size_t connections_max, connections_per_address_max;
    void (*on_idle)(void *context); /* it is stopping, and a connection was the last one */
    void *context;
};

/* Listens. ERROR_IO names the address and what to do. */
struct server *server_open(const struct server_options *options, const char *host, uint16_t port,
                           struct error *err) MUST_CHECK;
uint16_t server_port(const struct server *server); /* the one that was picked, for 0 */

/* What came by mail. */
void server_exchange_ran(struct server *server, struct rpc_exchange *exchange,
                         enum rpc_progress progress);
void server_exchange_ready(struct server *server, struct rpc_exchange *exchange); /* run it again */
/* After a round of mail: sends what is due. */
void server_flush(struct server *server);

/* No new connection or request; those in progress are answered. server_idle tells when all is gone.
 */
void server_stop(struct server *server);
bool server_is_idle(const struct server *server);
/* Closes what is left, whatever it does; the loop then ends by itself, and server_free frees. */
void server_close(struct server *server);
void server_free(struct server *server); /* after the loop has ended; takes NULL */

#endif
