/* What HTTP requests get, as a table; and that it does not depend on how they were cut into reads.
 */
#include "http_test.h"

#include <stdio.h>

void world_init(struct world *world)
{
    static const char *const vhosts[] = {"node.example"};
    static const char *const origins[] = {"https://wallet.example", "https://dev.example:*"};

    *world = (struct world){
        .policy = {vhosts, COUNT(vhosts), origins, COUNT(origins)},
        .budget = {.max = 64 * 1024 * 1024},
        .now_ms = 1000,
    };
    http_limits_default(&world->limits);
    world->http = http_new(&world->limits, &world->policy, &world->budget, world->now_ms);
}

void world_release(struct world *world)
{
    for (size_t i = 0; i < world->event_count; i++)
        buffer_release(&world->event[i].body);
    http_free(world->http);
    buffer_release(&world->sent);
    ck_assert_uint_eq(world->budget.used, 0);
}

static void serve(struct world *world, struct http_event *event)
{
    http_answer(world->http, event->slot, 200, buffer_bytes(&event->body));
    buffer_release(&event->body);
}

void world_feed(struct world *world, struct bytes in)
{
    struct http_event event;

    do {
        while (http_feed(world->http, &in, world->now_ms, &event)) {
            ck_assert(event.kind != HTTP_EVENT_NONE);
            if (event.kind == HTTP_EVENT_HEALTH)
                buffer_put(&event.body, event.query); /* which is gone after the next http_feed */
            if (world->holds) {
                ck_assert_uint_lt(world->event_count, WORLD_EVENTS_MAX);
                world->event[world->event_count++] = event;
            } else {
                serve(world, &event);
            }
        }
        ck_assert_uint_eq(in.size, 0);
        http_output(world->http, &world->sent, world->now_ms);
    } while (http_ready(world->http));
}

void world_say(struct world *world, const char *text)
{
    world_feed(world, bytes_of_text(text));
}

void world_say_many(struct world *world, const char *text, size_t count)
{
    while (count-- > 0)
        world_say(world, text);
}

void world_eof(struct world *world)
{
    http_feed_eof(world->http);
    world_feed(world, (struct bytes){0});
}

void world_answer(struct world *world, size_t index)
{
    ck_assert_uint_lt(index, world->event_count);
    serve(world, &world->event[index]);
    world_feed(world, (struct bytes){0});
}

/* A reader of answers of its own: strict about the few forms the machine may send. */
char *world_heard(const struct world *world, bool head)
{
    struct buffer copy = {0}, heard = {0};
    const char *at;
    char *text;

    buffer_put(&copy, buffer_bytes(&world->sent));
    at = buffer_text(&copy);
    while (*at) {
        const char *end = strstr(at, "\r\n\r\n"), *length;
        unsigned status;
        size_t size = 0;
        char *block;

        ck_assert_msg(end && sscanf(at, "HTTP/1.1 %3u ", &status) == 1, "an answer: %s", at);
        block = mem_text(at);
        block[end - at + 2] = 0;
        length = strstr(block, "\r\nContent-Length: ");
        ck_assert_msg((length == NULL) == (status == 100 || status == 204), "length in: %s", at);
        if (status != 100)
            ck_assert_ptr_nonnull(strstr(block, "\r\nX-Content-Type-Options: nosniff\r\n"));
        if (length && !head)
            size = strtoul(length + strlen("\r\nContent-Length: "), NULL, 10);
        at = end + 4;
        ck_assert_uint_le(size, strlen(at));
        buffer_printf(&heard, "%u%s%.*s | ", status, size ? " " : "", (int)size, at);
        at += size;
        mem_free(block);
    }
    buffer_put_text(&heard, http_should_close(world->http) ? "close" : "open");
    text = mem_text(buffer_text(&heard));
    buffer_release(&heard);
    buffer_release(&copy);
    return text;
}

void world_expect(const struct world *world, const char *heard)
{
    char *is = world_heard(world, false);

    ck_assert_str_eq(is, heard);
    mem_free(is);
}

#define POST "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
#define GET "GET /health HTTP/1.1\r\nHost: localhost\r\n"
#define CHUNKED POST "Transfer-Encoding: chunked\r\n\r\n"
#define IN(text)                                                                                   \
    {                                                                                              \
        (const uint8_t *)(text), sizeof(text) - 1                                                  \
    }
#define BAD_HEAD "400 malformed header | close"
#define BAD_BODY "400 malformed request body | close"
#define BAD_CODING "400 transfer coding not understood | close"

static const struct {
    const char *says;
    struct bytes in;
    const char *heard;
    bool eof;
} rows[] = {
    {"a body by length", IN(POST "Content-Length: 3\r\n\r\n[1]"), "200 [1] | open", false},
    {"names and types in any case",
     IN("POST / HTTP/1.1\r\nhOST: LocalHost\r\ncontent-TYPE: Application/JSON\r\nCONTENT-length: "
        "3\r\n\r\n[1]"),
     "200 [1] | open", false},
    {"parameters of the type are allowed",
     IN("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json ; charset=utf-8\r\n"
        "Content-Length: 3\r\n\r\n[1]"),
     "200 [1] | open", false},
    {"a chunked body", IN(POST "Transfer-Encoding: Chunked\r\n\r\n2\r\n[1\r\n1\r\n]\r\n0\r\n\r\n"),
     "200 [1] | open", false},
    {"chunk extensions and trailers are passed over",
     IN(CHUNKED "3;a=b\r\n[1]\r\n0\r\nHost: x\r\nA:\r\n\r\n"), "200 [1] | open", false},
    {"no body is an empty one", IN(POST "\r\n"), "200 | open", false},
    {"length 0 is an empty one", IN(POST "Content-Length: 0\r\n\r\n"), "200 | open", false},
    {"identity is no coding", IN(POST "Content-Encoding: identity\r\nContent-Length: 1\r\n\r\n1"),
     "200 1 | open", false},
    {"health", IN(GET "\r\n"), "200 | open", false},
    {"health's query", IN("GET /health?maxBehind=3 HTTP/1.1\r\nHost: localhost\r\n\r\n"),
     "200 maxBehind=3 | open", false},
    {"the absolute form of a target",
     IN("GET http://127.0.0.1:8545/health?a HTTP/1.1\r\nHost: localhost\r\n\r\n"), "200 a | open",
     false},
    {"its path may be empty",
     IN("POST HTTP://localhost HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
        "application/json\r\n\r\n"),
     "200 | open", false},
    {"its authority is checked like Host",
     IN("GET http://evil.example/health HTTP/1.1\r\nHost: localhost\r\n\r\n"),
     "403 invalid host specified | open", false},
    {"empty lines before a request are skipped", IN("\r\n\r\n" GET "\r\n"), "200 | open", false},
    {"pipelined requests", IN(GET "\r\n" POST "Content-Length: 1\r\n\r\n1" GET "\r\n"),
     "200 | 200 1 | 200 | open", false},
    {"pipelined after chunks", IN(CHUNKED "1\r\n1\r\n0\r\n\r\n" POST "Content-Length: 1\r\n\r\n2"),
     "200 1 | 200 2 | open", false},
    {"what follows Connection: close is thrown away",
     IN(GET "Connection: close\r\n\r\n" GET "\r\n"), "200 | close", false},
    {"HTTP/1.0 closes", IN("GET /health HTTP/1.0\r\nHost: localhost\r\n\r\n" GET "\r\n"),
     "200 | close", false},
    {"but for keep-alive",
     IN("GET /health HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n" GET "\r\n"),
     "200 | 200 | open", false},
    {"an upgrade that is not taken is only a request",
     IN(POST "Upgrade: h2c\r\nConnection: Upgrade\r\nContent-Length: 1\r\n\r\n1" GET "\r\n"),
     "200 1 | 200 | open", false},
    {"100 before the body is answered",
     IN(POST "Expect: 100-Continue\r\nContent-Length: 1\r\n\r\n1"), "100 | 200 1 | open", false},
    {"100 waits for the answer before it",
     IN(GET "\r\n" POST "Expect: 100-continue\r\nContent-Length: 1\r\n\r\n1"),
     "200 | 100 | 200 1 | open", false},
    {"no 100 for HTTP/1.0",
     IN("POST / HTTP/1.0\r\nHost: localhost\r\nContent-Type: application/json\r\nExpect: "
        "100-continue\r\nContent-Length: 1\r\n\r\n1"),
     "200 1 | close", false},
    {"no 100 without a body", IN(POST "Expect: 100-continue\r\n\r\n"), "200 | open", false},
    {"too large is said before 100",
     IN(POST "Expect: 100-continue\r\nContent-Length: 5242881\r\n\r\n"),
     "413 request body too large | close", false},
    {"other expectations", IN(POST "Expect: gold\r\nContent-Length: 1\r\n\r\n1"),
     "417 only Expect: 100-continue is understood | close", false},
    {"a length of 1 GiB", IN(POST "Content-Length: 1073741824\r\n\r\n1"),
     "413 request body too large | close", false},
    {"a chunk of 1 GiB", IN(CHUNKED "40000000\r\n1"), "413 request body too large | close", false},
    {"the largest chunk", IN(CHUNKED "FFFFFFFFFFFFFFFF\r\n1"), "413 request body too large | close",
     false},
    {"a chunk size that overflows", IN(CHUNKED "10000000000000000\r\n1"), BAD_BODY, false},

    {"another path", IN("GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n" GET "\r\n"),
     "404 not found | 200 | open", false},
    {"a path is taken as it stands", IN("GET /%68ealth HTTP/1.1\r\nHost: localhost\r\n\r\n"),
     "404 not found | open", false},
    {"OPTIONS of the server", IN("OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n"),
     "404 not found | open", false},
    {"another method", IN("PUT / HTTP/1.1\r\nHost: localhost\r\n\r\n" GET "\r\n"),
     "405 method not allowed | 200 | open", false},
    {"no GET of the endpoint", IN("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
     "405 method not allowed | open", false},
    {"no POST of health",
     IN("POST /health HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\r\n"),
     "405 method not allowed | open", false},
    {"a body that is not read ends the connection",
     IN("PUT / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\n1" GET "\r\n"),
     "405 method not allowed | close", false},
    {"a body of a GET is not read", IN(GET "Content-Length: 1\r\n\r\n1" GET "\r\n"), "200 | close",
     false},
    {"a tunnel", IN("CONNECT a:1 HTTP/1.1\r\nHost: localhost\r\n\r\n"), "404 not found | open",
     false},
    {"OPTIONS", IN("OPTIONS / HTTP/1.1\r\nHost: localhost\r\n\r\n" GET "\r\n"), "204 | 200 | open",
     false},
    {"a method that is no method", IN("FOO / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
     "501 method not implemented | close", false},
    {"methods have their case", IN("get / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
     "501 method not implemented | close", false},
    {"HTTP/9.9", IN("GET / HTTP/9.9\r\nHost: localhost\r\n\r\n"),
     "505 HTTP version not supported | close", false},
    {"HTTP/0.9", IN("GET / HTTP/0.9\r\nHost: localhost\r\n\r\n"),
     "505 HTTP version not supported | close", false},
    {"HTTP/2.0", IN("GET / HTTP/2.0\r\nHost: localhost\r\n\r\n"),
     "505 HTTP version not supported | close", false},
    {"the preface of HTTP/2", IN("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), BAD_HEAD, false},
    {"the hello of TLS", IN("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"), BAD_HEAD, false},
    {"a request without version", IN("GET /\r\n\r\n"), BAD_HEAD, false},
    {"RTSP", IN("GET / RTSP/1.0\r\nHost: localhost\r\n\r\n"), BAD_HEAD, false},
    {"two digits in the version", IN("GET / HTTP/1.10\r\nHost: localhost\r\n\r\n"), BAD_HEAD,
     false},
    {"two spaces in the request line", IN("GET  / HTTP/1.1\r\nHost: localhost\r\n\r\n"), BAD_HEAD,
     false},
    {"a space behind the version", IN("GET / HTTP/1.1 \r\nHost: localhost\r\n\r\n"), BAD_HEAD,
     false},
    {"a target with a byte over 0x7e", IN("GET /\xc3\xa9 HTTP/1.1\r\nHost: localhost\r\n\r\n"),
     BAD_HEAD, false},
    {"a target of no form", IN("GET x HTTP/1.1\r\nHost: localhost\r\n\r\n"), BAD_HEAD, false},
    {"a target with NUL", IN("GET /\0 HTTP/1.1\r\nHost: localhost\r\n\r\n"), BAD_HEAD, false},

    {"another host", IN("GET /health HTTP/1.1\r\nHost: evil.example\r\n\r\n"),
     "403 invalid host specified | open", false},
    {"the host comes before the path", IN("GET /x HTTP/1.1\r\nHost: evil.example\r\n\r\n"),
     "403 invalid host specified | open", false},
    {"an empty host", IN("GET /health HTTP/1.1\r\nHost:\r\n\r\n"),
     "403 invalid host specified | open", false},
    {"no host", IN("GET /health HTTP/1.1\r\nAccept: x\r\n\r\n"), "400 no Host header line | close",
     false},
    {"no host in HTTP/1.0", IN("GET /health HTTP/1.0\r\n\r\n"), "400 no Host header line | close",
     false},
    {"two hosts", IN(GET "Host: localhost\r\n\r\n"), "400 repeated header line | close", false},
    {"two origins", IN(GET "Origin: http://localhost\r\nOrigin: http://localhost\r\n\r\n"),
     "400 repeated header line | close", false},
    {"two types", IN(POST "Content-Type: text/plain\r\n\r\n"), "400 repeated header line | close",
     false},

    {"no type", IN("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\n1"),
     "415 send Content-Type: application/json | close", false},
    {"a type that a form may send",
     IN("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n\r\n"),
     "415 send Content-Type: application/json | open", false},
    {"a type that only begins so",
     IN("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/jsonp\r\n\r\n"),
     "415 send Content-Type: application/json | open", false},
    {"words behind the type",
     IN("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json x\r\n\r\n"),
     "415 send Content-Type: application/json | open", false},
    {"a compressed body", IN(POST "Content-Encoding: gzip\r\nContent-Length: 1\r\n\r\n1"),
     "415 send the body without Content-Encoding | close", false},

    {"two lengths", IN(POST "Content-Length: 1\r\nContent-Length: 2\r\n\r\n1"), BAD_HEAD, false},
    {"two equal lengths", IN(POST "Content-Length: 1\r\nContent-Length: 1\r\n\r\n1"), BAD_HEAD,
     false},
    {"two equal lengths in a line", IN(POST "Content-Length: 1, 1\r\n\r\n1"), BAD_HEAD, false},
    {"length and chunks", IN(POST "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n1"),
     BAD_HEAD, false},
    {"chunks and length", IN(POST "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n1"),
     BAD_HEAD, false},
    {"a length with a sign", IN(POST "Content-Length: +1\r\n\r\n1"), BAD_HEAD, false},
    {"a negative length", IN(POST "Content-Length: -1\r\n\r\n1"), BAD_HEAD, false},
    {"a length in hex", IN(POST "Content-Length: 0x1\r\n\r\n1"), BAD_HEAD, false},
    {"a length that overflows", IN(POST "Content-Length: 18446744073709551617\r\n\r\n1"), BAD_HEAD,
     false},
    {"no length in the length", IN(POST "Content-Length:\r\n\r\n"), BAD_HEAD, false},
    {"another coding", IN(POST "Transfer-Encoding: gzip\r\n\r\n1"), BAD_HEAD, false},
    {"a coding below chunks", IN(POST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
     BAD_CODING, false},
    {"chunks twice", IN(POST "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"), BAD_HEAD,
     false},
    {"an empty coding", IN(POST "Transfer-Encoding:\r\n\r\n0\r\n\r\n"), BAD_CODING, false},
    {"chunks from HTTP/1.0",
     IN("POST / HTTP/1.0\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
     BAD_CODING, false},
    {"a space before the colon", IN(POST "Content-Length : 1\r\n\r\n1"), BAD_HEAD, false},
    {"NUL in a value", IN(GET "X: a\0b\r\n\r\n"), BAD_HEAD, false},
    {"DEL in a value", IN(GET "X: a\x7f\r\n\r\n"), BAD_HEAD, false},
    {"bytes of UTF-8 and a tab in a value", IN(GET "X: \xc3\xa9\ta\r\n\r\n"), "200 | open", false},
    {"no name", IN(GET ": a\r\n\r\n"), BAD_HEAD, false},
    {"no colon", IN(GET "X\r\n\r\n"), BAD_HEAD, false},
    {"a folded line", IN(GET "X: a\r\n b\r\n\r\n"), BAD_HEAD, false},
    {"a folded line that looks like another", IN(GET "X: a\r\n Y: b\r\n\r\n"), BAD_HEAD, false},
    {"a line folded by a tab", IN(GET "X: a\r\n\tb\r\n\r\n"), BAD_HEAD, false},
    {"a space before the first name", IN("GET / HTTP/1.1\r\n Host: localhost\r\n\r\n"), BAD_HEAD,
     false},
    {"bare LF everywhere", IN("GET /health HTTP/1.1\nHost: localhost\n\n"), BAD_HEAD, false},
    {"bare LF behind a value", IN("GET /health HTTP/1.1\r\nHost: localhost\n\r\n"), BAD_HEAD,
     false},
    {"bare LF for the empty line", IN(GET "\n"), BAD_HEAD, false},
    {"bare CR in a value", IN(GET "X: a\rb\r\n\r\n"), BAD_HEAD, false},
    {"bare CR for the empty line", IN(GET "\rX"), BAD_HEAD, false},
    {"a chunk with a bare LF", IN(CHUNKED "1\n1\r\n0\r\n\r\n"), BAD_BODY, false},
    {"a chunk longer than its size", IN(CHUNKED "1\r\n11\r\n0\r\n\r\n"), BAD_BODY, false},
    {"a chunk size of no digits", IN(CHUNKED ";a\r\n"), BAD_BODY, false},
    {"a trailer is as strict as a head", IN(CHUNKED "0\r\nX : a\r\n\r\n"), BAD_HEAD, false},
    {"a folded trailer", IN(CHUNKED "0\r\nX: a\r\n b\r\n\r\n"), BAD_HEAD, false},
    {"a length in a trailer means nothing", IN(CHUNKED "0\r\nContent-Length: 5\r\n\r\n" GET "\r\n"),
     "200 | 200 | open", false},
    {"pipelined after a trailer", IN(CHUNKED "0\r\nX: a\r\n\r\n" GET "\r\n"), "200 | 200 | open",
     false},
    {"good, then bad", IN(GET "\r\n" GET " \r\n\r\n"), "200 | " BAD_HEAD, false},

    {"a half-closed client is answered", IN(POST "Content-Length: 1\r\n\r\n1"), "200 1 | close",
     true},
    {"a half-closed client that says nothing", IN(""), "close", true},
    {"a head cut short", IN(GET), "400 request cut short | close", true},
    {"a body cut short", IN(POST "Content-Length: 2\r\n\r\n1"), "400 request cut short | close",
     true},
    {"chunks cut short", IN(CHUNKED "1\r\n1\r\n"), "400 request cut short | close", true},
    {"an end behind an empty line", IN("\r\n"), "400 request cut short | close", true},
};

static void expect_row(const struct world *world, int row, const char *how)
{
    char *heard = world_heard(world, false);

    ck_assert_msg(strcmp(heard, rows[row].heard) == 0, "%s (%s): heard %s", rows[row].says, how,
                  heard);
    mem_free(heard);
}

START_TEST(row_whole)
{
    struct world world;

    world_init(&world);
    world_feed(&world, rows[_i].in);
    if (rows[_i].eof)
        world_eof(&world);
    expect_row(&world, _i, "in one read");
    world_release(&world);
}
END_TEST

START_TEST(row_cut_anywhere)
{
    for (size_t cut = 1; cut < rows[_i].in.size; cut++) {
        struct world world;

        world_init(&world);
        world_feed(&world, bytes_part(rows[_i].in, 0, cut));
        world_feed(&world, bytes_from(rows[_i].in, cut));
        if (rows[_i].eof)
            world_eof(&world);
        expect_row(&world, _i, "in two reads");
        world_release(&world);
    }
}
END_TEST

static uint32_t next_random(uint32_t *seed)
{
    *seed ^= *seed << 13; /* xorshift32 */
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

/* Reads of 0 to `most` bytes; answers come late and in any order. */
static void feed_random(struct world *world, struct bytes in, uint32_t seed, uint32_t most)
{
    size_t at = 0, order[WORLD_EVENTS_MAX], waiting = 0, seen = 0;

    world->holds = true;
    while (at < in.size || waiting > 0) {
        size_t size = next_random(&seed) % (most + 1);
        size_t pick = waiting > 0 ? next_random(&seed) % waiting : 0;

        if (size > in.size - at)
            size = in.size - at;
        world_feed(world, bytes_part(in, at, size));
        at += size;
        while (seen < world->event_count)
            order[waiting++] = seen++;
        if (waiting > pick && (at == in.size || next_random(&seed) % 4 == 0)) {
            world_answer(world, order[pick]);
            order[pick] = order[--waiting];
        }
    }
}

START_TEST(row_cut_at_random)
{
    for (uint32_t seed = 1; seed <= 32; seed++) {
        struct world world;
        char how[32];

        world_init(&world);
        feed_random(&world, rows[_i].in, seed * 2654435761U, 1 + seed % 32);
        if (rows[_i].eof)
            world_eof(&world);
        (void)snprintf(how, sizeof how, "seed %u", seed);
        expect_row(&world, _i, how);
        world_release(&world);
    }
}
END_TEST

Suite *http_suite(void)
{
    Suite *suite = suite_create("http");
    TCase *requests = tcase_create("requests");

    tcase_add_loop_test(requests, row_whole, 0, COUNT(rows));
    tcase_add_loop_test(requests, row_cut_anywhere, 0, COUNT(rows));
    tcase_add_loop_test(requests, row_cut_at_random, 0, COUNT(rows));
    suite_add_tcase(suite, requests);
    suite_add_tcase(suite, http_policies());
    suite_add_tcase(suite, http_stories());
    return suite;
}
