/* Answers: a ring of requests in progress, each answered once and in any order; the bytes leave in
 * the order of the requests. */
#include "http_machine.h"

static const struct {
    unsigned status;
    const char *reason;
} reasons[] = {
    {200, "OK"},
    {204, "No Content"},
    {400, "Bad Request"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {431, "Request Header Fields Too Large"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
    {505, "HTTP Version Not Supported"},
};

static const char type_json[] = "application/json";
static const char type_text[] = "text/plain; charset=utf-8";

static const char *status_reason(unsigned status)
{
    size_t i = 0;

    while (i < COUNT(reasons) && reasons[i].status != status)
        i++;
    assert(i < COUNT(reasons));
    return reasons[i].reason;
}

/* `allow`: the methods of the path, where the answer tells them. 204 has no length (RFC 9110,
 * 8.6). */
static void put_answer(struct buffer *out, const struct http_slot *slot, unsigned status,
                       const char *type, struct bytes body, const char *allow)
{
    buffer_printf(out, "HTTP/1.1 %u %s\r\nX-Content-Type-Options: nosniff\r\n", status,
                  status_reason(status));
    if (status != 204)
        buffer_printf(out, "Content-Type: %s\r\nContent-Length: %zu\r\n", type, body.size);
    if (status == 503)
        buffer_put_text(out, "Retry-After: 1\r\n");
    if (allow)
        buffer_printf(out, "Allow: %s\r\n", allow);
    if (slot->origin)
        buffer_printf(out, "Access-Control-Allow-Origin: %s\r\nVary: Origin\r\n", slot->origin);
    if (slot->origin && allow && status == 204)
        buffer_put_text(out, "Access-Control-Allow-Methods: POST, GET, OPTIONS\r\n"
                             "Access-Control-Allow-Headers: Content-Type\r\n"
                             "Access-Control-Max-Age: 600\r\n");
    if (slot->close)
        buffer_put_text(out, "Connection: close\r\n");
    else if (slot->version_10)
        buffer_put_text(out, "Connection: keep-alive\r\n");
    buffer_put_text(out, "\r\n");
    if (status != 204 && !slot->without_body)
        buffer_put(out, body);
}

bool http_slot_free(const struct http *http)
{
    return http->slot_next - http->slot_first < http->limits->requests_max;
}

static struct http_slot *slot_at(struct http *http, uint64_t number)
{
    return &http->slot[number % http->limits->requests_max];
}

struct http_slot *http_slot_begin(struct http *http)
{
    assert(http_slot_free(http));
    return slot_at(http, http->slot_next++);
}

struct http_slot *http_slot_last(struct http *http)
{
    assert(http->slot_first < http->slot_next);
    return slot_at(http, http->slot_next - 1);
}

void http_slot_discharge(struct http *http, struct http_slot *slot)
{
    assert(http->charged >= slot->charge && http->budget->used >= slot->charge);
    http->charged -= slot->charge;
    http->budget->used -= slot->charge;
    slot->charge = 0;
}

void http_continue(struct http *http)
{
    struct http_slot *slot = slot_at(http, http->slot_first);

    if (http->slot_first == http->slot_next || !slot->wants_continue)
        return;
    buffer_put_text(&http->ready, "HTTP/1.1 100 Continue\r\n\r\n");
    slot->wants_continue = false;
}

/* Moves on every answer whose turn has come. */
static void slots_flush(struct http *http)
{
    while (http->slot_first < http->slot_next && slot_at(http, http->slot_first)->answered) {
        struct http_slot *slot = slot_at(http, http->slot_first++);

        buffer_put(&http->ready, buffer_bytes(&slot->answer));
        http->queued -= slot->answer.size;
        buffer_release(&slot->answer);
        mem_free(slot->origin);
        *slot = (struct http_slot){0};
    }
    http_continue(http);
}

static void slot_answer(struct http *http, uint64_t number, unsigned status, const char *type,
                        struct bytes body, const char *allow)
{
    struct http_slot *slot = slot_at(http, number);

    assert(number >= http->slot_first && number < http->slot_next);
    assert(!slot->answered);
    http_slot_discharge(http, slot);
    if (number == http->slot_first) {
        put_answer(&http->ready, slot, status, type, body, allow);
    } else {
        put_answer(&slot->answer, slot, status, type, body, allow);
        http->queued += slot->answer.size;
    }
    slot->answered = true;
    slots_flush(http);
}

void http_answer(struct http *http, uint64_t slot, unsigned status, struct bytes body)
{
    slot_answer(http, slot, status, type_json, body, NULL);
}

void http_refuse(struct http *http, struct http_verdict verdict, const struct http_route *route)
{
    bool tells = route && (verdict.status == 204 || verdict.status == 405);

    slot_answer(http, http->slot_next - 1, verdict.status, type_text, bytes_of_text(verdict.text),
                tells ? route->allow : NULL);
}

void http_busy_answer(struct buffer *out)
{
    put_answer(out, &(struct http_slot){.close = true}, 503, type_text,
               bytes_of_text("too many connections"), NULL);
}

void http_output(struct http *http, struct buffer *out, uint64_t now_ms)
{
    if (http->ready.size == 0)
        return;
    if (out->size == 0) {
        struct buffer changed = *out;

        *out = http->ready;
        http->ready = changed;
    } else {
        buffer_put(out, buffer_bytes(&http->ready));
    }
    if (http->ready.room > HTTP_READY_ROOM_MAX)
        buffer_release(&http->ready);
    buffer_clear(&http->ready);
    if (http->phase == PHASE_BOUNDARY)
        http->since_ms = now_ms;
}

void http_set_unsent(struct http *http, size_t bytes)
{
    http->unsent = bytes;
}

bool http_should_close(const struct http *http)
{
    return http->phase == PHASE_CLOSED && http->slot_first == http->slot_next &&
           http->ready.size == 0;
}
