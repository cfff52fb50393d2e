#include "server.h"

#include "clock.h"
#include "connection.h"

#include <cairn/log.h>

#include <stdlib.h>

enum {
    SERVER_BACKLOG = 1024,
    BODIES_RESERVE = 16 * 1024 * 1024, /* of small bodies, above the budget for all */
    SWEEP_MS = 500,                    /* one timer for all deadlines of all connections */
};

/* ---- waiting calls ---- */

static void on_ready(void *context, struct rpc_exchange *exchange)
{
    server_exchange_ready(context, exchange);
}

static void on_wait_timer(uv_timer_t *timer)
{
    struct server *server = timer->data;

    rpc_on_time(server->options.rpc, clock_mono_ms(), on_ready, server);
    server->deadlines_moved = true;
    server_flush(server);
}

static void answers_bound(struct server *server);

static void wait_timer_set(struct server *server)
{
    uint64_t now_ms = clock_mono_ms(), due_ms = rpc_deadline(server->options.rpc);

    server->deadlines_moved = false;
    if (due_ms == UINT64_MAX)
        uv_timer_stop(&server->wait_timer);
    else
        uv_timer_start(&server->wait_timer, on_wait_timer, due_ms > now_ms ? due_ms - now_ms : 0,
                       0);
}

void server_flush(struct server *server)
{
    while (server->marked) {
        struct connection *connection = server->marked;

        server->marked = connection->marked_next;
        connection->is_marked = false;
        connection_pump(connection, (struct bytes){0});
    }
    if (server->answers_grew)
        answers_bound(server);
    server->answers_grew = false;
    if (server->deadlines_moved && !server->closing)
        wait_timer_set(server);
}

/* ---- connections ---- */

static void on_connection(uv_stream_t *listener, int status)
{
    struct server *server = listener->data;

    if (status < 0) {
        log_warn("rpc", "a connection could not be accepted: %s", uv_strerror(status));
        return;
    }
    connection_accept(server);
}

/* What all connections together have not taken: who holds most of it goes, until the rest is within
 * the bound. Each is bounded by itself as well (request.c), but a thousand that read nothing would
 * hold a thousand long answers. */
static void answers_bound(struct server *server)
{
    for (;;) {
        struct connection *largest = NULL;
        size_t all = 0, most = 0;

        for (struct connection *at = server->connections; at; at = at->next) {
            size_t held = connection_unsent(at) + at->answers_bytes;

            all += held;
            if (held > most) {
                most = held;
                largest = at;
            }
        }
        if (all <= server->options.answers_max || !largest)
            return;
        log_warn("rpc",
                 "%zu MiB of answers wait for clients that do not read them, more than "
                 "--rpc-answers-max: the connection with most of "
                 "them, %zu MiB, is cut",
                 all >> 20, most >> 20);
        connection_close(largest);
    }
}

static void on_sweep(uv_timer_t *timer)
{
    struct server *server = timer->data;
    uint64_t now_ms = clock_mono_ms();
    struct connection *next;

    for (struct connection *connection = server->connections; connection; connection = next) {
        next = connection->next;
        connection_sweep(connection, now_ms);
    }
    server->answers_grew = true;
    server_flush(server);
}

/* ---- opening and closing ---- */

static bool server_listen(struct server *server, const char *host, uint16_t port, struct error *err)
{
    struct addrinfo hints = {
        .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    struct addrinfo *found = NULL;
    struct sockaddr_storage bound;
    int size = sizeof bound, status;
    char text[8];

    snprintf(text, sizeof text, "%u", port);
    status = getaddrinfo(host, text, &hints, &found);
    if (status != 0)
        return error_set(err, ERROR_USAGE, "--rpc-listen %s:%u: %s", host, port,
                         gai_strerror(status));
    status = uv_tcp_bind(&server->listener, found->ai_addr, 0);
    freeaddrinfo(found);
    if (status == 0)
        status = uv_listen((uv_stream_t *)&server->listener, SERVER_BACKLOG, on_connection);
    if (status == 0)
        status = uv_tcp_getsockname(&server->listener, (struct sockaddr *)&bound, &size);
    if (status != 0)
        return error_set(
            err, ERROR_IO, "--rpc-listen %s:%u: %s%s", host, port, uv_strerror(status),
            status == UV_EADDRINUSE
                ? ": another program listens there; stop it, or choose another port (0 picks one)"
                : "");
    server->port =
        ntohs(bound.ss_family == AF_INET6 ? ((const struct sockaddr_in6 *)&bound)->sin6_port
                                          : ((const struct sockaddr_in *)&bound)->sin_port);
    return true;
}

/* It never listened. The loop runs on: the node stops by it. */
static void on_listener_closed(uv_handle_t *listener)
{
    server_free(listener->data);
}

struct server *server_open(const struct server_options *options, const char *host, uint16_t port,
                           struct error *err)
{
    struct server *server = mem_new(1, sizeof *server);

    server->options = *options;
    server->budget.max = options->bodies_max;
    server->budget.reserve = BODIES_RESERVE;
    server->input = mem_new(SERVER_INPUT_SIZE, 1);
    uv_tcp_init(options->loop, &server->listener);
    server->listener.data = server;
    if (!server_listen(server, host, port, err)) {
        uv_close((uv_handle_t *)&server->listener, on_listener_closed);
        return NULL;
    }
    uv_timer_init(options->loop, &server->sweep_timer);
    uv_timer_init(options->loop, &server->wait_timer);
    server->sweep_timer.data = server->wait_timer.data = server;
    uv_timer_start(&server->sweep_timer, on_sweep, SWEEP_MS, SWEEP_MS);
    return server;
}

uint16_t server_port(const struct server *server)
{
    return server->port;
}

void server_stop(struct server *server)
{
    struct connection *next;

    if (server->stopping)
        return;
    server->stopping = true;
    uv_close((uv_handle_t *)&server->listener, NULL);
    rpc_stop(server->options.rpc, on_ready, server);
    for (struct connection *connection = server->connections; connection; connection = next) {
        next = connection->next;
        if (connection->http) {
            http_stop(connection->http);
            connection_mark(connection);
        }
    }
    server_flush(server);
}

bool server_is_idle(const struct server *server)
{
    return !server->connections;
}

void server_close(struct server *server)
{
    struct connection *next;

    if (server->closing)
        return;
    server->closing = true;
    if (!server->stopping)
        uv_close((uv_handle_t *)&server->listener, NULL);
    server->stopping = true;
    uv_close((uv_handle_t *)&server->sweep_timer, NULL);
    uv_close((uv_handle_t *)&server->wait_timer, NULL);
    for (struct connection *connection = server->connections; connection; connection = next) {
        next = connection->next;
        connection_close(connection);
    }
}

void server_free(struct server *server)
{
    if (!server)
        return;
    assert(!server->connections);
    mem_free(server->input);
    mem_free(server);
}
