/* The machine: from one request to the next, within bounds and deadlines. A request that has begun
 * is read to its end whatever is held; only between two of them does reading pause. So what one
 * connection holds is at most held_bytes_max, one body and one read beyond it. */
#include "http_machine.h"

enum http_step {
    STEP_STARVED, /* needs more input, or a pause to end */
    STEP_ON,
    STEP_EVENT,
};

enum { BODY_ROOM_FIRST = 1024, ORIGIN_SIZE_MAX = 256 };

void http_limits_default(struct http_limits *limits)
{
    *limits = (struct http_limits){
        .head_bytes_max = 16 * 1024,
        .head_lines_max = 100,
        .body_bytes_max = 5 * 1024 * 1024,
        .requests_max = 64,
        .held_bytes_max = 1024 * 1024,
        .head_ms = 10000,
        .body_ms = 30000,
        .idle_ms = 120000,
    };
}

struct http *http_new(const struct http_limits *limits, const struct http_policy *policy,
                      struct http_budget *budget, uint64_t now_ms)
{
    struct http *http = mem_new(1, sizeof *http);

    assert(limits->requests_max > 0);
    http->limits = limits;
    http->policy = policy;
    http->budget = budget;
    http->since_ms = now_ms;
    http->slot = mem_new(limits->requests_max, sizeof *http->slot);
    http_parse_init(http);
    return http;
}

void http_free(struct http *http)
{
    if (!http)
        return;
    for (size_t i = 0; i < http->limits->requests_max; i++) {
        http_slot_discharge(http, &http->slot[i]);
        buffer_release(&http->slot[i].answer);
        mem_free(http->slot[i].origin);
    }
    mem_free(http->slot);
    buffer_release(&http->kept);
    buffer_release(&http->body);
    buffer_release(&http->ready);
    mem_free(http);
}

static bool has_kept(const struct http *http)
{
    return http->kept_offset < http->kept.size;
}

/* Within a request. */
static bool is_within(const struct http *http)
{
    return http->phase == PHASE_HEAD || http->phase == PHASE_BODY || http->phase == PHASE_TRAILER;
}

/* Hysteresis, so that a slow reader does not start and stop the parser at each packet. */
static bool may_begin(struct http *http)
{
    size_t held = http->charged + http->queued + http->ready.size + http->unsent;
    size_t max = http->limits->held_bytes_max;

    http->paused = held > max || (http->paused && held > max / 2);
    return !http->paused && http_slot_free(http);
}

bool http_ready(struct http *http)
{
    return http->phase == PHASE_BOUNDARY && has_kept(http) && may_begin(http);
}

bool http_wants_read(struct http *http)
{
    if (http->eof)
        return false;
    return http->phase != PHASE_BOUNDARY || (!has_kept(http) && may_begin(http));
}

/* The newest request was read to its end. */
static void request_end(struct http *http, uint64_t now_ms, bool close)
{
    http->phase = close ? PHASE_CLOSED : PHASE_BOUNDARY;
    http->since_ms = now_ms;
}

/* No further input; a request that is not whole gets this answer, and what is answered last says
 * that the connection ends. */
static void input_end(struct http *http, struct http_verdict verdict)
{
    bool begun = is_within(http);

    if (http->phase == PHASE_HEAD)
        (void)http_slot_begin(http);
    http->phase = PHASE_CLOSED;
    buffer_release(&http->body);
    if (http->slot_first < http->slot_next)
        http_slot_last(http)->close = true;
    if (begun)
        http_refuse(http, verdict, NULL);
}

struct http_verdict http_body_check(const struct http *http, uint64_t more)
{
    if (more > http->limits->body_bytes_max - http->body.size)
        return (struct http_verdict){413, "request body too large"};
    return (struct http_verdict){0};
}

bool http_budget_allows(const struct http_budget *budget, size_t size, size_t more)
{
    size_t max = budget->max + (size <= HTTP_BODY_SMALL ? budget->reserve : 0);

    return budget->used <= max && more <= max - budget->used;
}

/* Memory follows the bytes that have come, not the length that was promised. It doubles up to
 * body_bytes_max exactly, and is counted before it is asked for. */
static bool body_grow(struct http *http, size_t wanted)
{
    struct buffer *body = &http->body;
    struct http_slot *slot = http_slot_last(http);
    size_t room = body->room == 0 ? BODY_ROOM_FIRST : 2 * body->room;
    size_t more;

    if (room > http->limits->body_bytes_max)
        room = http->limits->body_bytes_max;
    if (room < wanted)
        room = wanted;
    more = room - body->room;
    if (!http_budget_allows(http->budget, room, more))
        return false;
    body->at = mem_grow(body->at, room, 1);
    body->room = room;
    slot->charge += more;
    http->charged += more;
    http->budget->used += more;
    return true;
}

struct http_verdict http_body_put(struct http *http, struct bytes more)
{
    struct http_verdict verdict = http_body_check(http, more.size);
    size_t wanted = http->body.size + more.size;

    if (verdict.status != 0)
        return verdict;
    if (wanted > http->body.room && !body_grow(http, wanted))
        return (struct http_verdict){503, "too much in progress"};
    buffer_put(&http->body, more);
    return verdict;
}

static enum http_step step_boundary(struct http *http, struct bytes input, uint64_t now_ms)
{
    if (input.size == 0 || !may_begin(http))
        return STEP_STARVED;
    http->phase = PHASE_HEAD;
    http->scan = (struct http_scan){0};
    if (http->slot_next > 0) /* the first one's time runs from accept */
        http->since_ms = now_ms;
    return STEP_ON;
}

static char *origin_allowed(const struct http *http, struct bytes origin)
{
    char *text;

    if (!origin.at || origin.size > ORIGIN_SIZE_MAX || !http_origin_allowed(http->policy, origin))
        return NULL;
    text = mem_new(origin.size + 1, 1);
    memcpy(text, origin.at, origin.size);
    return text;
}

/* The head is whole and well-formed. A body that is not wanted is not read either: then the
 * connection ends with the answer. */
static enum http_step step_request(struct http *http, const struct http_head *head, uint64_t now_ms,
                                   struct http_event *event)
{
    struct http_slot *slot = http_slot_begin(http);
    const struct http_route *route = NULL;
    bool reads_body;
    struct http_verdict verdict;

    *event = (struct http_event){.slot = http->slot_next - 1};
    verdict = http_check(http, head, &route, &event->kind, &event->query);
    reads_body = verdict.status == 0 && head->method == HTTP_POST;
    slot->origin = origin_allowed(http, head->field[FIELD_ORIGIN]);
    slot->version_10 = head->version == 10;
    slot->without_body = head->method == HTTP_HEAD;
    slot->close = !head->keep_alive || (head->has_body && !reads_body);
    if (head->has_body && reads_body) {
        slot->wants_continue = head->version == 11 && head->field[FIELD_EXPECT].at;
        http->phase = PHASE_BODY;
        http->since_ms = now_ms;
        http->kind = event->kind;
        http->chunked = head->chunked;
        http_continue(http);
        return STEP_ON;
    }
    request_end(http, now_ms, slot->close);
    if (verdict.status == 0)
        return STEP_EVENT;
    http_refuse(http, verdict, route);
    return STEP_ON;
}

static enum http_step step_head(struct http *http, struct bytes input, size_t *used,
                                uint64_t now_ms, struct http_event *event)
{
    struct http_head head;
    bool whole = false;
    struct http_verdict verdict = http_scan(&http->scan, http->limits, input, &whole);

    if (verdict.status == 0 && !whole)
        return STEP_STARVED;
    if (verdict.status == 0)
        verdict = http_parse_head(http, bytes_part(input, 0, http->scan.size), &head);
    if (verdict.status != 0) { /* where the next request begins can't be told */
        input_end(http, verdict);
        return STEP_ON;
    }
    *used = http->scan.size;
    return step_request(http, &head, now_ms, event);
}

/* The newest request is whole, and its body with it. */
static enum http_step body_end(struct http *http, uint64_t now_ms, struct http_event *event)
{
    *event = (struct http_event){http->kind, http->slot_next - 1, http->body, {0}};
    http->body = (struct buffer){0};
    request_end(http, now_ms, http_slot_last(http)->close);
    return STEP_EVENT;
}

static enum http_step step_body(struct http *http, struct bytes input, size_t *used,
                                uint64_t now_ms, struct http_event *event)
{
    bool whole;
    struct http_verdict verdict;

    if (input.size == 0)
        return STEP_STARVED;
    verdict = http_parse_body(http, input, used, &whole);
    if (verdict.status != 0)
        input_end(http, verdict);
    if (verdict.status != 0 || !whole)
        return STEP_ON;
    if (!http->chunked)
        return body_end(http, now_ms, event);
    http->phase = PHASE_TRAILER;
    http->scan = (struct http_scan){.line = LINE_START, .lines = http->scan.lines};
    return STEP_ON;
}

static enum http_step step_trailer(struct http *http, struct bytes input, size_t *used,
                                   uint64_t now_ms, struct http_event *event)
{
    bool whole = false;
    struct http_verdict verdict = http_scan(&http->scan, http->limits, input, &whole);

    if (verdict.status != 0) {
        input_end(http, verdict);
        return STEP_ON;
    }
    if (!whole)
        return STEP_STARVED;
    *used = http->scan.size;
    return body_end(http, now_ms, event);
}

static enum http_step step(struct http *http, struct bytes input, size_t *used, uint64_t now_ms,
                           struct http_event *event)
{
    switch (http->phase) {
    case PHASE_BOUNDARY:
        return step_boundary(http, input, now_ms);
    case PHASE_HEAD:
        return step_head(http, input, used, now_ms, event);
    case PHASE_BODY:
        return step_body(http, input, used, now_ms, event);
    case PHASE_TRAILER:
        return step_trailer(http, input, used, now_ms, event);
    case PHASE_CLOSED:
        *used = input.size;
        break;
    }
    return STEP_STARVED;
}

/* What is kept comes before what was just read. */
static struct bytes input_view(const struct http *http, struct bytes in)
{
    return has_kept(http) ? bytes_from(buffer_bytes(&http->kept), http->kept_offset) : in;
}

static void input_use(struct http *http, struct bytes *in, size_t used)
{
    if (has_kept(http))
        http->kept_offset += used;
    else
        *in = bytes_from(*in, used);
}

/* All of `in` behind what is kept. */
static void input_keep(struct http *http, struct bytes *in)
{
    size_t rest = http->kept.size - http->kept_offset;

    if (http->kept_offset > 0) {
        memmove(http->kept.at, http->kept.at + http->kept_offset, rest);
        http->kept.size = rest;
        http->kept_offset = 0;
    }
    buffer_put(&http->kept, *in);
    *in = (struct bytes){0};
    if (http->kept.size == 0)
        buffer_release(&http->kept);
}

/* After the peer's end: nothing more can come of what is kept, unless it only waits for a pause to
 * end. */
static bool input_is_over(const struct http *http, struct bytes rest)
{
    return is_within(http) || (http->phase == PHASE_BOUNDARY && rest.size == 0);
}

bool http_feed(struct http *http, struct bytes *in, uint64_t now_ms, struct http_event *event)
{
    enum http_step next;

    if (has_kept(http) && in->size > 0)
        input_keep(http, in);
    do {
        struct bytes input = input_view(http, *in);
        size_t used = 0;

        next = step(http, input, &used, now_ms, event);
        input_use(http, in, used);
        if (next == STEP_STARVED && http->eof && input_is_over(http, input)) {
            input_end(http, (struct http_verdict){400, "request cut short"});
            next = STEP_ON; /* throws away what is kept */
        }
    } while (next == STEP_ON);
    if (next == STEP_STARVED)
        input_keep(http, in);
    return next == STEP_EVENT;
}

void http_feed_eof(struct http *http)
{
    http->eof = true;
}

uint64_t http_deadline(const struct http *http)
{
    switch (http->phase) {
    case PHASE_BOUNDARY:
        if (http->slot_first < http->slot_next || has_kept(http) || http->ready.size > 0 ||
            http->unsent > 0)
            break; /* the next move is ours, or that of the caller's write */
        return http->since_ms +
               (http->slot_next == 0 ? http->limits->head_ms : http->limits->idle_ms);
    case PHASE_HEAD:
        return http->since_ms + http->limits->head_ms;
    case PHASE_BODY:
    case PHASE_TRAILER:
        return http->since_ms + http->limits->body_ms;
    case PHASE_CLOSED:
        break;
    }
    return UINT64_MAX;
}

void http_expire(struct http *http, uint64_t now_ms)
{
    if (now_ms >= http_deadline(http))
        input_end(http, (struct http_verdict){408, "request not whole in time"});
}

void http_stop(struct http *http)
{
    input_end(http, (struct http_verdict){503, "the node is stopping"});
}
