/* Bounds, deadlines, order and back pressure of a connection, told as stories. */
#include "http_test.h"

#define POST "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
#define GET "GET /health HTTP/1.1\r\nHost: localhost\r\n"
#define CHUNKED POST "Transfer-Encoding: chunked\r\n\r\n"

enum { KIB = 1024, MIB = 1024 * 1024 };

/* What a stranger made the machine hold. */
static size_t held(const struct world *world)
{
    const struct http *http = world->http;
    size_t size = http->kept.room + http->body.room + http->ready.room;

    for (size_t i = 0; i < world->limits.requests_max; i++)
        size += http->slot[i].answer.room;
    return size;
}

/* GET's head, made to have this many bytes by one long value. */
static void say_head(struct world *world, size_t size)
{
    struct buffer head = {0};

    buffer_put_text(&head, GET "X: ");
    while (head.size < size - 4)
        buffer_put_byte(&head, 'x');
    buffer_put_text(&head, "\r\n\r\n");
    ck_assert_uint_eq(head.size, size);
    world_feed(world, buffer_bytes(&head));
    buffer_release(&head);
}

static void say_body(struct world *world, size_t size)
{
    struct bytes part = {(const uint8_t[4 * KIB]){0}, 4 * KIB};

    while (size > 0) {
        part.size = size < part.size ? size : part.size;
        world_feed(world, part);
        size -= part.size;
    }
}

START_TEST(head_bytes)
{
    struct world world;

    world_init(&world);
    say_head(&world, 16 * KIB);
    world_expect(&world, "200 | open");
    say_head(&world, 16 * KIB + 1);
    world_expect(&world, "200 | 431 header too large | close");
    world_release(&world);
}
END_TEST

START_TEST(head_line_without_end)
{
    struct world world;
    char line[4 * KIB];

    world_init(&world);
    world_say(&world, GET "X: ");
    say_body(&world, 64 * KIB);
    world_expect(&world, "400 malformed header | close"); /* of zeros */
    world_release(&world);

    world_init(&world);
    world_say(&world, GET "X: ");
    memset(line, 'x', sizeof line);
    for (size_t i = 0; i < 64 * (size_t)MIB / sizeof line; i++) {
        world_feed(&world, bytes_of(line, sizeof line));
        ck_assert_uint_le(held(&world), 33 * KIB);
    }
    world_expect(&world, "431 header too large | close");
    world_release(&world);
}
END_TEST

START_TEST(head_lines)
{
    struct world world;

    world_init(&world);
    world_say(&world, GET);
    world_say_many(&world, "X:\r\n", 99);
    world_say(&world, "\r\n");
    world_expect(&world, "200 | open");
    world_say(&world, GET);
    world_say_many(&world, "X:\r\n", 10000);
    world_expect(&world, "200 | 431 too many header lines | close");
    world_release(&world);
}
END_TEST

START_TEST(empty_lines_without_end)
{
    struct world world;

    world_init(&world);
    world_say_many(&world, "\r\n", 8 * KIB);
    world_expect(&world, "open");
    world_say(&world, "\r\n");
    world_expect(&world, "431 header too large | close");
    world_release(&world);
}
END_TEST

START_TEST(trailer_lines)
{
    struct world world;

    world_init(&world);
    world_say(&world, CHUNKED "0\r\n");
    world_say_many(&world, "X:\r\n", 97); /* the head has three */
    world_say(&world, "\r\n");
    world_expect(&world, "200 | open");
    world_say(&world, CHUNKED "0\r\n");
    world_say_many(&world, "X:\r\n", 98);
    world_expect(&world, "200 | 431 too many header lines | close");
    world_release(&world);
}
END_TEST

START_TEST(trailer_bytes)
{
    struct world world;

    world_init(&world);
    world_say(&world, CHUNKED "0\r\nX: ");
    world_say_many(&world, "0123456789abcdef", 1023);
    world_say(&world, "012345678\r\n\r\n");
    world_expect(&world, "200 | open");
    world_say(&world, CHUNKED "0\r\nX: ");
    world_say_many(&world, "0123456789abcdef", 1023);
    world_say(&world, "0123456789\r\n\r\n");
    world_expect(&world, "200 | 431 header too large | close");
    world_release(&world);
}
END_TEST

START_TEST(extension_without_end)
{
    struct world world;

    world_init(&world);
    world_say(&world, CHUNKED "1;");
    world_say_many(&world, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 500);
    world_expect(&world, "open");
    world_say_many(&world, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 12);
    world_expect(&world, "400 malformed request body | close");
    world_release(&world);
}
END_TEST

START_TEST(body_bytes)
{
    struct world world;

    world_init(&world);
    world.holds = true;
    world_say(&world, POST "Content-Length: 5242880\r\n\r\n");
    say_body(&world, 5 * MIB - 1);
    ck_assert_uint_eq(world.event_count, 0);
    say_body(&world, 1);
    ck_assert_uint_eq(world.event_count, 1);
    ck_assert_uint_eq(world.event[0].body.size, 5 * MIB);
    ck_assert_uint_eq(world.event[0].body.room, 5 * MIB);
    ck_assert_uint_eq(world.budget.used, 5 * MIB);
    http_answer(world.http, world.event[0].slot, 204, (struct bytes){0});
    ck_assert_uint_eq(world.budget.used, 0);
    world_release(&world);
}
END_TEST

START_TEST(body_without_end)
{
    struct world world;

    world_init(&world);
    world_say(&world, CHUNKED);
    for (size_t i = 0; i < 5 * MIB / (4 * KIB); i++) {
        world_say(&world, "1000\r\n");
        say_body(&world, 4 * KIB);
        world_say(&world, "\r\n");
    }
    world_expect(&world, "open");
    ck_assert_uint_eq(world.http->body.size, 5 * MIB);
    world_say(&world, "1\r\n");
    world_expect(&world, "413 request body too large | close");
    ck_assert_uint_eq(world.budget.used, 0);
    ck_assert_uint_lt(held(&world), 2 * KIB);
    say_body(&world, MIB);
    world_expect(&world, "413 request body too large | close");
    world_release(&world);
}
END_TEST

START_TEST(a_promised_length_takes_no_memory)
{
    struct world world;

    world_init(&world);
    world_say(&world, POST "Content-Length: 5242880\r\n\r\n1");
    ck_assert_uint_le(held(&world), 4 * KIB);
    world_release(&world);
}
END_TEST

START_TEST(big_bodies_leave_room_for_small_ones)
{
    static uint8_t half[35000];
    struct world world;
    struct bytes in = bytes_of_text(POST "Content-Length: 70000\r\n\r\n");
    struct http_event event;
    struct http *other;

    world_init(&world);
    world.budget.max = 128 * KIB;
    other = http_new(&world.limits, &world.policy, &world.budget, 0);
    ck_assert(!http_feed(other, &in, 0, &event));
    in = bytes_of(half, sizeof half); /* a big one that never ends holds all there is */
    ck_assert(!http_feed(other, &in, 0, &event));
    world.budget.max = world.budget.used;
    world.budget.reserve = 4 * KIB;
    world_say(&world, POST "Content-Length: 2\r\n\r\n{}");
    world_expect(&world, "200 {} | open");
    world.budget.reserve = 0;
    world_say(&world, POST "Content-Length: 2\r\n\r\n{}");
    world_expect(&world, "200 {} | 503 too much in progress | close");
    http_free(other);
    world_release(&world);
}
END_TEST

START_TEST(bodies_of_all_connections)
{
    struct world world;
    struct http *other;
    struct bytes in = bytes_of_text(POST "Content-Length: 40000\r\n\r\n1");
    struct http_event event;

    world_init(&world);
    world.budget.max = 64 * KIB;
    world_say(&world, POST "Content-Length: 65537\r\n\r\n");
    world_expect(&world, "503 too much in progress | close");
    world_release(&world);

    world_init(&world);
    world.budget.max = 64 * KIB;
    other = http_new(&world.limits, &world.policy, &world.budget, 0);
    world_say(&world, POST "Content-Length: 40000\r\n\r\n");
    ck_assert(!http_feed(other, &in, 0, &event)); /* both fit when they begin */
    say_body(&world, 30000);
    ck_assert_uint_le(world.budget.used, world.budget.max);
    world_expect(&world, "open");
    say_body(&world, 10000);
    world_expect(&world, "503 too much in progress | close");
    ck_assert_uint_eq(world.budget.used, other->charged);
    ck_assert_uint_gt(other->charged, 0);
    http_free(other); /* gives back what it held */
    world_release(&world);
}
END_TEST

/* `first` at accept, then `drip` each second. */
static const struct {
    const char *says, *first, *drip;
    uint64_t cut_ms; /* after accept */
    const char *heard;
} slow[] = {
    {"nothing at all", "", NULL, 10000, "close"},
    {"a head at a byte a second", "GET", "x", 10000, "408 request not whole in time | close"},
    {"an empty line and nothing more", "\r\n", NULL, 10000,
     "408 request not whole in time | close"},
    {"a body at a byte a second", POST "Content-Length: 1000\r\n\r\n", "x", 30000,
     "408 request not whole in time | close"},
    {"chunks at a byte a second", CHUNKED "1000\r\n", "x", 30000,
     "408 request not whole in time | close"},
    {"keep-alive without a request", GET "\r\n", NULL, 120000, "200 | close"},
    {"a second head that stops", GET "\r\nGET", NULL, 10000,
     "200 | 408 request not whole in time | close"},
};

START_TEST(deadlines)
{
    struct world world;
    uint64_t accept_ms;

    world_init(&world);
    accept_ms = world.now_ms;
    world_say(&world, slow[_i].first);
    ck_assert_uint_eq(http_deadline(world.http), accept_ms + slow[_i].cut_ms);
    while (world.now_ms + 1000 < accept_ms + slow[_i].cut_ms) {
        world.now_ms += 1000;
        if (slow[_i].drip)
            world_say(&world, slow[_i].drip);
        http_expire(world.http, world.now_ms);
    }
    http_expire(world.http, accept_ms + slow[_i].cut_ms - 1);
    ck_assert_msg(!http_should_close(world.http), "%s: too early", slow[_i].says);
    world.now_ms = accept_ms + slow[_i].cut_ms;
    http_expire(world.http, world.now_ms);
    world_feed(&world, (struct bytes){0});
    world_expect(&world, slow[_i].heard);
    ck_assert_uint_eq(http_deadline(world.http), UINT64_MAX);
    world_release(&world);
}
END_TEST

START_TEST(the_first_head_is_timed_from_accept)
{
    struct world world;

    world_init(&world);
    world.now_ms += 9000;
    world_say(&world, "GET");
    ck_assert_uint_eq(http_deadline(world.http), world.now_ms + 1000);
    world_say(&world, " /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
    world.now_ms += 100000;
    world_say(&world, "GET"); /* the next from its first byte */
    ck_assert_uint_eq(http_deadline(world.http), world.now_ms + 10000);
    world_release(&world);
}
END_TEST

START_TEST(no_deadline_while_a_request_is_ours)
{
    struct world world;

    world_init(&world);
    world.holds = true;
    world_say(&world, GET "\r\n");
    ck_assert_uint_eq(http_deadline(world.http), UINT64_MAX);
    world.now_ms += 500000;
    http_answer(world.http, world.event[0].slot, 200, (struct bytes){0});
    ck_assert_uint_eq(http_deadline(world.http), UINT64_MAX); /* it has not gone out */
    world_feed(&world, (struct bytes){0});
    ck_assert_uint_eq(http_deadline(world.http), world.now_ms + 120000);
    http_set_unsent(world.http, 1);
    ck_assert_uint_eq(http_deadline(world.http), UINT64_MAX);
    world_release(&world);
}
END_TEST

START_TEST(the_late_one_is_told_behind_those_before)
{
    struct world world;

    world_init(&world);
    world.holds = true;
    world_say(&world, GET "\r\n" POST "Content-Length: 9\r\n\r\n1");
    world.now_ms += 30000;
    http_expire(world.http, world.now_ms);
    ck_assert(!http_should_close(world.http));
    world_expect(&world, "open");
    world_answer(&world, 0);
    world_expect(&world, "200 | 408 request not whole in time | close");
    world_release(&world);
}
END_TEST

START_TEST(answers_in_order)
{
    struct world world;

    world_init(&world);
    world.holds = true;
    world_say(&world, POST "Content-Length: 1\r\n\r\n1" POST "Content-Length: 1\r\n\r\n2" POST
                           "Content-Length: 1\r\n\r\n3");
    ck_assert_uint_eq(world.event_count, 3);
    world_answer(&world, 2);
    world_answer(&world, 1);
    world_expect(&world, "open");
    world_answer(&world, 0);
    world_expect(&world, "200 1 | 200 2 | 200 3 | open");
    world_release(&world);
}
END_TEST

START_TEST(a_refusal_waits_its_turn)
{
    struct world world;

    world_init(&world);
    world.holds = true;
    world_say(&world, GET "\r\nFOO / HTTP/1.1\r\n\r\n");
    ck_assert(!http_should_close(world.http));
    world_answer(&world, 0);
    world_expect(&world, "200 | 501 method not implemented | close");
    world_release(&world);
}
END_TEST

START_TEST(sixty_four_in_progress)
{
    struct world world;
    struct buffer in = {0};

    world_init(&world);
    world.holds = true;
    for (size_t i = 0; i < 100; i++)
        buffer_printf(&in, POST "Content-Length: 3\r\n\r\n%03zu", i);
    world_feed(&world, buffer_bytes(&in));
    buffer_release(&in);
    ck_assert_uint_eq(world.event_count, 64);
    ck_assert(!http_wants_read(world.http));
    world_answer(&world, 1); /* its turn has not come, so its place is not free */
    ck_assert_uint_eq(world.event_count, 64);
    world_answer(&world, 0);
    ck_assert_uint_eq(world.event_count, 66);
    ck_assert(!http_wants_read(world.http));
    for (size_t i = 2; i < 100; i++)
        world_answer(&world, i);
    ck_assert(http_wants_read(world.http));
    ck_assert_uint_eq(world.http->kept.room, 0);
    ck_assert_uint_eq(world.http->slot_first, 100);
    world_release(&world);
}
END_TEST

START_TEST(unsent_answers_pause_reading)
{
    struct world world;

    world_init(&world);
    http_set_unsent(world.http, MIB);
    ck_assert(http_wants_read(world.http));
    http_set_unsent(world.http, MIB + 1);
    ck_assert(!http_wants_read(world.http));
    world_say(&world, GET "\r\n");
    world_expect(&world, "open");
    http_set_unsent(world.http, MIB / 2 + 1); /* not yet: or it would start and stop all the time */
    ck_assert(!http_ready(world.http));
    http_set_unsent(world.http, MIB / 2);
    ck_assert(http_ready(world.http));
    world_feed(&world, (struct bytes){0});
    world_expect(&world, "200 | open");
    ck_assert(http_wants_read(world.http));
    world_release(&world);
}
END_TEST

START_TEST(a_begun_request_is_read_to_its_end)
{
    struct world world;

    world_init(&world);
    world_say(&world, POST "Content-Length: 2\r\n\r\n1");
    http_set_unsent(world.http, 2 * MIB);
    ck_assert(http_wants_read(world.http));
    world_say(&world, "2");
    ck_assert(!http_wants_read(world.http));
    world_expect(&world, "200 12 | open");
    world_release(&world);
}
END_TEST

/* Pipelines as fast as it can and never reads: every answer stays unsent. */
START_TEST(a_client_that_never_reads)
{
    struct world world;
    struct buffer in = {0};
    size_t reads = 0;

    world_init(&world);
    while (in.size < 60 * KIB)
        buffer_put_text(&in, GET "\r\n");
    while (http_wants_read(world.http)) {
        ck_assert_uint_lt(reads++, 100);
        world_feed(&world, buffer_bytes(&in));
        http_set_unsent(world.http, world.sent.size);
        ck_assert_uint_lt(held(&world) + world.sent.size, 4 * MIB);
    }
    ck_assert_uint_gt(world.sent.size, MIB);
    ck_assert_uint_eq(http_deadline(world.http), UINT64_MAX); /* the write's own deadline */
    buffer_release(&in);
    world_release(&world);
}
END_TEST

/* The same with answers that come later and are large, and with large bodies. */
START_TEST(what_is_in_progress_pauses_reading)
{
    struct world world;

    world_init(&world);
    world.holds = true;
    while (http_wants_read(world.http) && world.event_count < 64) {
        world_say(&world, POST "Content-Length: 400000\r\n\r\n");
        say_body(&world, 400000);
    }
    ck_assert_uint_eq(world.event_count, 3);
    world_answer(&world, 2); /* its answer is as large as the body was */
    ck_assert(!http_wants_read(world.http));
    world_answer(&world, 1);
    world_answer(&world, 0);
    ck_assert(http_wants_read(world.http));
    world_release(&world);
}
END_TEST

START_TEST(continue_is_said_before_the_body)
{
    struct world world;

    world_init(&world);
    world_say(&world, POST "Expect: 100-continue\r\nContent-Length: 1\r\n\r\n");
    world_expect(&world, "100 | open");
    world_say(&world, "1");
    world_expect(&world, "100 | 200 1 | open");
    world_release(&world);
}
END_TEST

START_TEST(stopping)
{
    static const struct {
        const char *says, *in, *heard;
        size_t events;
    } rows[] = {
        {"an idle connection closes", "", "close", 0},
        {"a request in progress is answered", GET "\r\n", "200 | close", 1},
        {"one that is not whole is refused", "GET ", "503 the node is stopping | close", 0},
        {"so is one whose body is not", POST "Content-Length: 2\r\n\r\n1",
         "503 the node is stopping | close", 0},
        {"both, in order", GET "\r\n" GET, "200 | 503 the node is stopping | close", 1},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct world world;

        world_init(&world);
        world.holds = true;
        world_say(&world, rows[i].in);
        http_stop(world.http);
        world_say(&world, GET "\r\n");
        ck_assert_uint_eq(world.event_count, rows[i].events);
        if (rows[i].events > 0) {
            ck_assert(!http_should_close(world.http));
            world_answer(&world, 0);
        }
        world_expect(&world, rows[i].heard);
        if (world.sent.size > 0)
            ck_assert_ptr_nonnull(strstr(buffer_text(&world.sent), "Connection: close\r\n"));
        world_release(&world);
    }
}
END_TEST

START_TEST(freed_while_requests_are_in_progress)
{
    struct world world;

    world_init(&world);
    world.holds = true;
    world_say(&world, POST "Origin: http://localhost\r\nContent-Length: 1\r\n\r\n1" POST
                           "Content-Length: 1\r\n\r\n2" POST "Content-Length: 2\r\n\r\n3");
    ck_assert_uint_eq(world.event_count, 2);
    ck_assert_uint_gt(world.budget.used, 0);
    world_answer(&world, 1);
    world_release(&world); /* and looks that the budget got everything back */
}
END_TEST

TCase *http_stories(void)
{
    TCase *stories = tcase_create("stories");

    tcase_add_test(stories, head_bytes);
    tcase_add_test(stories, head_line_without_end);
    tcase_add_test(stories, head_lines);
    tcase_add_test(stories, empty_lines_without_end);
    tcase_add_test(stories, trailer_lines);
    tcase_add_test(stories, trailer_bytes);
    tcase_add_test(stories, extension_without_end);
    tcase_add_test(stories, body_bytes);
    tcase_add_test(stories, body_without_end);
    tcase_add_test(stories, a_promised_length_takes_no_memory);
    tcase_add_test(stories, big_bodies_leave_room_for_small_ones);
    tcase_add_test(stories, bodies_of_all_connections);
    tcase_add_loop_test(stories, deadlines, 0, COUNT(slow));
    tcase_add_test(stories, the_first_head_is_timed_from_accept);
    tcase_add_test(stories, no_deadline_while_a_request_is_ours);
    tcase_add_test(stories, the_late_one_is_told_behind_those_before);
    tcase_add_test(stories, answers_in_order);
    tcase_add_test(stories, a_refusal_waits_its_turn);
    tcase_add_test(stories, sixty_four_in_progress);
    tcase_add_test(stories, unsent_answers_pause_reading);
    tcase_add_test(stories, a_begun_request_is_read_to_its_end);
    tcase_add_test(stories, a_client_that_never_reads);
    tcase_add_test(stories, what_is_in_progress_pauses_reading);
    tcase_add_test(stories, continue_is_said_before_the_body);
    tcase_add_test(stories, stopping);
    tcase_add_test(stories, freed_while_requests_are_in_progress);
    return stories;
}
