/* The HTTP machine on any bytes: the same requests are seen and the same answers leave, in one read
 * with answers at once or in random reads with late answers in random order. And in rough
 * weather bounds hold and nothing is left behind. */
#include <cairn/http.h>

#include <stdio.h>

enum { PENDING_MAX = 8 };

static const struct http_limits limits = {
    /* small, so that short inputs meet them */
    .head_bytes_max = 512,  .head_lines_max = 8, .body_bytes_max = 256, .requests_max = PENDING_MAX,
    .held_bytes_max = 2048, .head_ms = 10,       .body_ms = 30,         .idle_ms = 120,
};
static const char *const names[] = {"node.example", "http://page.example:*"};
static const struct http_policy policy = {&names[0], 1, &names[1], 1};

struct run {
    struct http *http;
    struct http_budget budget;
    struct http_event pending[PENDING_MAX];
    size_t pending_count;
    struct buffer sent; /* without the 100s, which late answers may leave out */
    uint32_t seed;      /* 0: one read, answers at once */
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint32_t next_random(struct run *run)
{
    run->seed ^= run->seed << 13;
    run->seed ^= run->seed >> 17;
    run->seed ^= run->seed << 5;
    return run->seed;
}

static void answer(struct run *run, size_t index)
{
    struct http_event event = run->pending[index];
    uint32_t sum = 0;
    char text[32];

    for (size_t i = 0; i < event.body.size; i++)
        sum = sum * 31 + event.body.at[i];
    (void)snprintf(text, sizeof text, "%d %zu %x", event.kind, event.body.size, sum);
    buffer_release(&event.body);
    run->pending[index] = run->pending[--run->pending_count];
    http_answer(run->http, event.slot, 200, bytes_of_text(text));
}

static void take_output(struct run *run)
{
    static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
    const size_t go_on_size = sizeof go_on - 1;
    struct buffer out = {0};
    size_t at = 0;

    http_output(run->http, &out, 0);
    while (at < out.size) {
        if (out.size - at >= go_on_size && memcmp(out.at + at, go_on, go_on_size) == 0)
            at += go_on_size;
        else
            buffer_put_byte(&run->sent, out.at[at++]);
    }
    buffer_release(&out);
}

static void turn(struct run *run, struct bytes in)
{
    do {
        while (http_feed(run->http, &in, 0, &run->pending[run->pending_count])) {
            struct http_event *event = &run->pending[run->pending_count++];

            assert(event->body.size <= limits.body_bytes_max);
            if (event->kind == HTTP_EVENT_HEALTH)
                buffer_put(&event->body, event->query);
            if (run->seed == 0)
                answer(run, 0);
        }
        assert(in.size == 0);
        take_output(run);
    } while (http_ready(run->http));
}

static void run_input(struct run *run, struct bytes in)
{
    run->budget.max = SIZE_MAX / 2;
    run->http = http_new(&limits, &policy, &run->budget, 0);
    if (run->seed == 0)
        turn(run, in);
    while (run->seed != 0 && in.size > 0) {
        size_t size = http_wants_read(run->http) ? next_random(run) % 40 : 0;

        size = size < in.size ? size : in.size;
        turn(run, bytes_part(in, 0, size));
        in = bytes_from(in, size);
        if (run->pending_count > 0 && (size == 0 || next_random(run) % 3 == 0)) {
            answer(run, next_random(run) % run->pending_count);
            turn(run, (struct bytes){0});
        }
    }
    while (run->pending_count > 0) {
        answer(run, run->pending_count - 1);
        turn(run, (struct bytes){0});
    }
    http_feed_eof(run->http); /* only now: an answer that is then the last one says close */
    turn(run, (struct bytes){0});
    assert(http_should_close(run->http));
    assert(run->budget.used == 0);
    http_free(run->http);
}

/* Time passes, the peer does not read, the node stops, the connection dies: nothing breaks. */
static void run_rough(struct run *run, struct bytes in)
{
    uint64_t now_ms = 0;

    run->budget.max = 700;
    run->http = http_new(&limits, &policy, &run->budget, now_ms);
    while (in.size > 0 && next_random(run) % 64 != 0) {
        size_t size = http_wants_read(run->http) ? next_random(run) % 60 : 0;

        size = size < in.size ? size : in.size;
        turn(run, bytes_part(in, 0, size));
        in = bytes_from(in, size == 0 ? 1 : size);
        http_set_unsent(run->http, next_random(run) % 3 == 0 ? next_random(run) % 4096 : 0);
        if (run->pending_count > 0 && next_random(run) % 3 == 0)
            answer(run, next_random(run) % run->pending_count);
        now_ms += next_random(run) % 3;
        http_expire(run->http, now_ms);
        if (next_random(run) % 64 == 0)
            http_stop(run->http);
        assert(run->budget.used <= run->budget.max);
    }
    http_free(run->http);
    assert(run->budget.used == 0);
    while (run->pending_count > 0)
        buffer_release(&run->pending[--run->pending_count].body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct run once = {0}, cut = {0}, rough = {0};

    if (size == 0)
        return 0;
    cut.seed = 1 + data[0] * 16777619U;
    rough.seed = cut.seed;
    run_input(&once, bytes_of(data + 1, size - 1));
    run_input(&cut, bytes_of(data + 1, size - 1));
    run_rough(&rough, bytes_of(data + 1, size - 1));
    assert(bytes_equal(buffer_bytes(&once.sent), buffer_bytes(&cut.sent)));
    buffer_release(&once.sent);
    buffer_release(&cut.sent);
    buffer_release(&rough.sent);
    return 0;
}
