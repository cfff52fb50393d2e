/* Requests in progress: run where they came, or by a worker; parked while they wait; held back
 * while their connection takes no answers; abandoned with their connection. */
#include "connection.h"

enum {
    /* Answers that a connection has not taken: above it no worker begins another request of it. */
    ANSWERS_BYTES_MAX = 1024 * 1024,
};

static void request_add(struct connection *connection, struct request *request)
{
    request->connection = connection;
    request->next = connection->requests;
    if (request->next)
        request->next->previous = request;
    connection->requests = request;
}

static void request_free(struct request *request)
{
    struct connection *connection = request->connection;

    if (connection) {
        if (request->previous)
            request->previous->next = request->next;
        else
            connection->requests = request->next;
        if (request->next)
            request->next->previous = request->previous;
    }
    mem_free(request);
}

/* ---- holding back: who pipelines and reads nothing gets no more memory than a few answers ---- */

/* Its answer is the next to leave: the others' wait for it. */
static bool request_is_front(const struct request *request)
{
    for (const struct request *other = request->connection->requests; other; other = other->next)
        if (other->slot < request->slot)
            return false;
    return true;
}

static bool request_may_run(const struct request *request)
{
    const struct connection *connection = request->connection;

    return connection_unsent(connection) <= ANSWERS_BYTES_MAX &&
           (connection->answers_bytes <= ANSWERS_BYTES_MAX || request_is_front(request));
}

static void request_hold(struct request *request)
{
    request->place = REQUEST_HELD;
    request->connection->held_count++;
}

/* Those that a worker has not begun come back undone. */
static void requests_call_back(struct connection *connection)
{
    for (struct request *request = connection->requests; request; request = request->next)
        if (request->place == REQUEST_WORKER && !request_may_run(request))
            atomic_store(&request->call, REQUEST_HOLD);
}

/* ---- workers ---- */

static void request_work(struct work *work)
{
    struct request *request = (struct request *)((char *)work - offsetof(struct request, work));
    struct rpc_exchange *exchange = request->exchange;
    enum rpc_progress progress = RPC_HEAVY;

    switch ((enum request_call)atomic_load(&request->call)) {
    case REQUEST_RUN:
        progress = rpc_run(exchange, true);
        break;
    case REQUEST_HOLD:
        break;
    case REQUEST_GONE:
        progress = RPC_DONE; /* nobody is there to be answered */
        break;
    }
    mail_send(request->mailbox,
              &(struct mail){.kind = MAIL_EXCHANGE, .exchange = exchange, .progress = progress});
}

static void request_to_worker(struct request *request)
{
    request->place = REQUEST_WORKER;
    request->work.run = request_work;
    atomic_store(&request->call, REQUEST_RUN);
    workers_put(request->connection->server->options.workers, &request->work);
}

void requests_resume(struct connection *connection)
{
    struct request *next;

    for (struct request *request = connection->requests; request && connection->held_count > 0;
         request = next) {
        next = request->next;
        if (request->place == REQUEST_HELD && request_may_run(request)) {
            connection->held_count--;
            request_to_worker(request);
        }
    }
}

/* ---- the end of a request ---- */

static void request_answer(struct request *request)
{
    struct connection *connection = request->connection;
    struct bytes output = rpc_output(request->exchange);

    http_answer(connection->http, request->slot, output.size > 0 ? 200 : 204, output);
    connection->answers_bytes += output.size;
    if (output.size > ANSWERS_BYTES_MAX)
        connection->server->answers_grew = true;
    connection_mark(connection);
    rpc_exchange_free(request->exchange);
    request_free(request);
    if (connection->answers_bytes > ANSWERS_BYTES_MAX)
        requests_call_back(connection);
}

/* The connection closed while a worker had it. What was verified already goes on to the engine. */
static void request_abandon(struct request *request, enum rpc_progress progress)
{
    struct server *server = request->server;

    server->orphan_count--;
    server->budget.used -= request->charge;
    if (progress == RPC_DONE) {
        rpc_exchange_free(request->exchange);
    } else {
        (void)!rpc_park(request->exchange);
        rpc_unpark(request->exchange);
    }
    mem_free(request);
}

/* Those with a worker come back by mail and find nobody: until then their bodies stay in the
 * budget, and they count as orphans, since a stranger could make any number of them. Those that
 * wait are forgotten. */
void requests_abandon(struct connection *connection)
{
    struct server *server = connection->server;
    struct request *next;

    for (struct request *request = connection->requests; request; request = next) {
        next = request->next;
        request->connection = NULL;
        switch (request->place) {
        case REQUEST_LOOP:
            assert(false && "a request runs on the loop while its connection closes");
            break;
        case REQUEST_WORKER:
            atomic_store(&request->call, REQUEST_GONE);
            server->orphan_count++;
            server->budget.used += request->charge;
            break;
        case REQUEST_PARKED:
            rpc_unpark(request->exchange);
            mem_free(request);
            break;
        case REQUEST_HELD:
            rpc_exchange_free(request->exchange);
            mem_free(request);
            break;
        }
    }
    connection->requests = NULL;
    connection->held_count = 0;
}

/* ---- the way of a request ---- */

static void request_go_on(struct request *request, enum rpc_progress progress)
{
    request->place = REQUEST_LOOP;
    while (progress == RPC_WAITING) {
        if (!rpc_park(request->exchange)) {
            request->place = REQUEST_PARKED;
            request->server->deadlines_moved = true;
            return;
        }
        progress = rpc_run(request->exchange, false);
    }
    if (progress == RPC_DONE)
        request_answer(request);
    else if (request_may_run(request))
        request_to_worker(request);
    else
        request_hold(request);
}

void request_start(struct connection *connection, struct http_event *event)
{
    struct server *server = connection->server;
    struct request *request;

    if (event->kind == HTTP_EVENT_HEALTH) {
        struct buffer body = {0};
        bool ok = rpc_health(server->options.rpc, &body);

        http_answer(connection->http, event->slot, ok ? 200 : 503, buffer_bytes(&body));
        buffer_release(&body);
        return;
    }
    request = mem_new(1, sizeof *request);
    request->server = server;
    request->mailbox = server->options.mailbox;
    request->slot = event->slot;
    request->charge = event->body.room;
    request_add(connection, request);
    request->exchange = rpc_exchange_new(server->options.rpc, &event->body, request);
    request_go_on(request, rpc_run(request->exchange, false));
}

void server_exchange_ran(struct server *server, struct rpc_exchange *exchange,
                         enum rpc_progress progress)
{
    struct request *request = rpc_exchange_user(exchange);

    (void)server;
    if (request->connection)
        request_go_on(request, progress);
    else
        request_abandon(request, progress);
}

void server_exchange_ready(struct server *server, struct rpc_exchange *exchange)
{
    (void)server;
    request_go_on(rpc_exchange_user(exchange), rpc_run(exchange, false));
}
