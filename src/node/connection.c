#include "connection.h"

#include "clock.h"

/* ---- closing ---- */

static void on_closed(uv_handle_t *handle)
{
    struct connection *connection = handle->data;
    struct server *server = connection->server;

    mem_free(connection);
    if (server->stopping && server_is_idle(server))
        server->options.on_idle(server->options.context);
}

static void address_release(struct connection *connection)
{
    struct server *server = connection->server;

    if (!connection->address || --connection->address->count > 0)
        return;
    HASH_DEL(server->addresses, connection->address);
    mem_free(connection->address);
}

void connection_close(struct connection *connection)
{
    struct server *server = connection->server;

    if (connection->closed)
        return;
    connection->closed = true;
    requests_abandon(connection);
    http_free(connection->http);
    connection->http = NULL;
    if (connection->is_marked) {
        struct connection **place = &server->marked;

        while (*place != connection)
            place = &(*place)->marked_next;
        *place = connection->marked_next;
    }
    if (connection->previous)
        connection->previous->next = connection->next;
    else
        server->connections = connection->next;
    if (connection->next)
        connection->next->previous = connection->previous;
    server->connection_count--;
    address_release(connection);
    uv_close((uv_handle_t *)&connection->tcp, on_closed);
}

static void on_shut(uv_shutdown_t *shutdown, int status)
{
    struct connection *connection = shutdown->data;

    /* Both sides are done: nothing to drain. */
    if (!connection->closed && (status < 0 || connection->eof))
        connection_close(connection);
}

/* An immediate close sends RST, and the peer never sees the answer: shut, read on a little, close.
 */
static void connection_shut(struct connection *connection)
{
    if (connection->shut || connection->closed)
        return;
    connection->shut = true;
    connection->close_mono_ms = clock_mono_ms() + DRAIN_MS;
    connection->shutdown.data = connection;
    if (uv_shutdown(&connection->shutdown, (uv_stream_t *)&connection->tcp, on_shut) != 0)
        connection_close(connection);
}

/* ---- writing ---- */

struct write {
    uv_write_t write;
    struct buffer bytes;
    struct connection *connection;
};

size_t connection_unsent(const struct connection *connection)
{
    return uv_stream_get_write_queue_size((const uv_stream_t *)&connection->tcp);
}

static void on_written(uv_write_t *uv_write, int status)
{
    struct write *write = (struct write *)uv_write;
    struct connection *connection = write->connection;

    buffer_release(&write->bytes);
    mem_free(write);
    if (connection->closed)
        return;
    if (status < 0)
        connection_close(connection);
    else if (connection->http)
        connection_pump(connection, (struct bytes){0});
}

/* What the socket takes at once, the rest by and by. Takes the bytes. */
static bool connection_write(struct connection *connection, struct buffer *bytes)
{
    uv_stream_t *stream = (uv_stream_t *)&connection->tcp;
    uv_buf_t view = uv_buf_init((char *)bytes->at, (unsigned)bytes->size);
    struct write *write;
    int sent = uv_try_write(stream, &view, 1);

    if (sent < 0 && sent != UV_EAGAIN)
        return false;
    if (sent > 0 && (size_t)sent == bytes->size) {
        buffer_release(bytes);
        return true;
    }
    if (sent < 0)
        sent = 0;
    write = mem_new(1, sizeof *write);
    write->connection = connection;
    write->bytes = *bytes;
    *bytes = (struct buffer){0};
    view =
        uv_buf_init((char *)write->bytes.at + sent, (unsigned)(write->bytes.size - (size_t)sent));
    if (uv_write(&write->write, stream, &view, 1, on_written) != 0) {
        buffer_release(&write->bytes);
        mem_free(write);
        return false;
    }
    return true;
}

/* ---- reading ---- */

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *view)
{
    struct connection *connection = handle->data;

    (void)suggested;
    *view = uv_buf_init((char *)connection->server->input, SERVER_INPUT_SIZE);
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *view)
{
    struct connection *connection = stream->data;

    if (size == 0 || connection->closed)
        return;
    if (size == UV_EOF) {
        connection->eof = true;
        connection->reading = false;
        uv_read_stop(stream);
        if (connection->shut || !connection->http) {
            connection_close(connection);
            return;
        }
        http_feed_eof(connection->http);
        connection_pump(connection, (struct bytes){0});
    } else if (size < 0) {
        connection_close(connection);
    } else if (connection->http) {
        connection_pump(connection, bytes_of(view->base, (size_t)size));
    } /* else: refused; what it says is drained */
}

static void connection_read(struct connection *connection, bool read)
{
    uv_stream_t *stream = (uv_stream_t *)&connection->tcp;

    if (read == connection->reading || connection->eof)
        return;
    connection->reading = read;
    if (read)
        uv_read_start(stream, on_alloc, on_read);
    else
        uv_read_stop(stream);
}

void connection_pump(struct connection *connection, struct bytes in)
{
    struct http *http = connection->http;
    uint64_t now_ms = clock_mono_ms();
    struct buffer out = {0};

    if (connection->closed || !http)
        return;
    do {
        struct http_event event;

        while (http_feed(http, &in, now_ms, &event))
            request_start(connection, &event);
        http_output(http, &out, now_ms);
        connection->answers_bytes -=
            connection->answers_bytes < out.size ? connection->answers_bytes : out.size;
        if (out.size > 0 && !connection_write(connection, &out)) {
            buffer_release(&out);
            connection_close(connection);
            return;
        }
        buffer_release(&out);
        http_set_unsent(http, connection_unsent(connection));
    } while (http_ready(http));
    requests_resume(connection);
    connection_read(connection, http_wants_read(http));
    if (http_should_close(http))
        connection_shut(connection);
}

void connection_mark(struct connection *connection)
{
    struct server *server = connection->server;

    if (connection->is_marked || connection->closed)
        return;
    connection->is_marked = true;
    connection->marked_next = server->marked;
    server->marked = connection;
}

void connection_sweep(struct connection *connection, uint64_t now_ms)
{
    size_t unsent = connection_unsent(connection);

    if (unsent == 0 || unsent != connection->stalled_bytes) {
        connection->stalled_bytes = unsent;
        connection->stalled_mono_ms = now_ms;
    }
    if ((connection->shut && now_ms >= connection->close_mono_ms && unsent == 0) ||
        (unsent > 0 && now_ms - connection->stalled_mono_ms >= WRITE_STALL_MS)) {
        connection_close(connection);
        return;
    }
    if (connection->http && http_deadline(connection->http) <= now_ms) {
        http_expire(connection->http, now_ms);
        connection_pump(connection, (struct bytes){0});
    }
}

/* ---- accepting ---- */

/* The peer's address as 16 bytes; false: loopback, which has no limit of its own. */
static bool address_of(const uv_tcp_t *tcp, uint8_t out[16])
{
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    static const uint8_t loopback[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    struct sockaddr_storage peer;
    int size = sizeof peer;

    memset(out, 0, 16);
    if (uv_tcp_getpeername(tcp, (struct sockaddr *)&peer, &size) != 0)
        return false;
    if (peer.ss_family == AF_INET) {
        memcpy(out, mapped, sizeof mapped);
        memcpy(out + 12, &((const struct sockaddr_in *)&peer)->sin_addr, 4);
    } else {
        memcpy(out, &((const struct sockaddr_in6 *)&peer)->sin6_addr, 16);
    }
    return memcmp(out, loopback, 16) != 0 && !(memcmp(out, mapped, 12) == 0 && out[12] == 127);
}

static bool address_admit(struct connection *connection)
{
    struct server *server = connection->server;
    struct peer_address *address;
    uint8_t byte[16];

    if (!address_of(&connection->tcp, byte))
        return true;
    HASH_FIND(hh, server->addresses, byte, sizeof byte, address);
    if (!address) {
        address = mem_new(1, sizeof *address);
        memcpy(address->byte, byte, sizeof byte);
        HASH_ADD(hh, server->addresses, byte, sizeof address->byte, address);
    }
    address->count++;
    connection->address = address;
    return address->count <= server->options.connections_per_address_max;
}

void connection_accept(struct server *server)
{
    struct connection *connection = mem_new(1, sizeof *connection);
    struct buffer busy = {0};

    connection->server = server;
    uv_tcp_init(server->options.loop, &connection->tcp);
    connection->tcp.data = connection;
    connection->next = server->connections;
    if (connection->next)
        connection->next->previous = connection;
    server->connections = connection;
    server->connection_count++;
    if (uv_accept((uv_stream_t *)&server->listener, (uv_stream_t *)&connection->tcp) != 0) {
        connection_close(connection);
        return;
    }
    uv_tcp_nodelay(&connection->tcp, 1); /* Nagle costs 40 ms */
    if (address_admit(connection) && server->connection_count <= server->options.connections_max &&
        server->orphan_count < ORPHANS_MAX) {
        connection->http = http_new(&server->options.limits, &server->options.policy,
                                    &server->budget, clock_mono_ms());
        connection_read(connection, true);
        return;
    }
    if (server->connection_count > server->options.connections_max + REFUSED_MAX) {
        connection_close(connection); /* each costs a descriptor, of which the store needs some */
        return;
    }
    http_busy_answer(&busy);
    if (!connection_write(connection, &busy)) {
        buffer_release(&busy);
        connection_close(connection);
        return;
    }
    connection_read(connection, true);
    connection_shut(connection);
}
