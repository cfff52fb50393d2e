/* Who may ask, and the exact bytes of answers. */
#include "http_test.h"

#define POST "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"

START_TEST(heads_have_no_body)
{
    static const struct {
        const char *in, *heard, *length;
    } rows[] = {
        {"HEAD /health?x HTTP/1.1\r\nHost: localhost\r\n\r\n", "200 | open", "Content-Length: 1"},
        {"HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n", "405 | open", "Content-Length: 18"},
        {"HEAD /x HTTP/1.1\r\nHost: localhost\r\n\r\n", "404 | open", "Content-Length: 9"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct world world;
        char *heard;

        world_init(&world);
        world_say(&world, rows[i].in);
        heard = world_heard(&world, true);
        ck_assert_str_eq(heard, rows[i].heard);
        ck_assert_ptr_nonnull(strstr(buffer_text(&world.sent), rows[i].length));
        mem_free(heard);
        world_release(&world);
    }
}
END_TEST

#define SNIFF "X-Content-Type-Options: nosniff\r\n"
#define JSON_1 "Content-Type: application/json\r\nContent-Length: 1\r\n"

static const struct {
    const char *says, *in, *out;
} answers[] = {
    {"a JSON-RPC answer", POST "Content-Length: 1\r\n\r\n1",
     "HTTP/1.1 200 OK\r\n" SNIFF JSON_1 "\r\n1"},
    {"an allowed origin is echoed",
     POST "Origin: https://wallet.example\r\nContent-Length: 1\r\n\r\n1",
     "HTTP/1.1 200 OK\r\n" SNIFF JSON_1 "Access-Control-Allow-Origin: https://wallet.example\r\n"
     "Vary: Origin\r\n\r\n1"},
    {"another is answered too", POST "Origin: https://evil.example\r\nContent-Length: 1\r\n\r\n1",
     "HTTP/1.1 200 OK\r\n" SNIFF JSON_1 "\r\n1"},
    {"a preflight",
     "OPTIONS / HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost:3000\r\n"
     "Access-Control-Request-Method: POST\r\n\r\n",
     "HTTP/1.1 204 No Content\r\n" SNIFF "Allow: POST, OPTIONS\r\n"
     "Access-Control-Allow-Origin: http://localhost:3000\r\nVary: Origin\r\n"
     "Access-Control-Allow-Methods: POST, GET, OPTIONS\r\n"
     "Access-Control-Allow-Headers: Content-Type\r\nAccess-Control-Max-Age: 600\r\n\r\n"},
    {"a preflight from elsewhere is told nothing",
     "OPTIONS / HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.example\r\n\r\n",
     "HTTP/1.1 204 No Content\r\n" SNIFF "Allow: POST, OPTIONS\r\n\r\n"},
    {"HTTP/1.0 is told that it may go on",
     "GET /health?x HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n",
     "HTTP/1.1 200 OK\r\n" SNIFF JSON_1 "Connection: keep-alive\r\n\r\nx"},
    {"close is said", "GET /health?x HTTP/1.0\r\nHost: localhost\r\n\r\n",
     "HTTP/1.1 200 OK\r\n" SNIFF JSON_1 "Connection: close\r\n\r\nx"},
    {"405 tells the methods", "PUT /health HTTP/1.1\r\nHost: localhost\r\n\r\n",
     "HTTP/1.1 405 Method Not Allowed\r\n" SNIFF "Content-Type: text/plain; charset=utf-8\r\n"
     "Content-Length: 18\r\nAllow: GET, HEAD, OPTIONS\r\n\r\nmethod not allowed"},
    {"a refused page can read why",
     "POST / HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\n\r\n",
     "HTTP/1.1 415 Unsupported Media Type\r\n" SNIFF "Content-Type: text/plain; charset=utf-8\r\n"
     "Content-Length: 35\r\nAccess-Control-Allow-Origin: http://localhost\r\nVary: Origin\r\n\r\n"
     "send Content-Type: application/json"},
};

START_TEST(answer_bytes)
{
    struct world world;

    world_init(&world);
    world_say(&world, answers[_i].in);
    ck_assert_str_eq(buffer_text(&world.sent), answers[_i].out);
    world_release(&world);
}
END_TEST

START_TEST(notifications_alone)
{
    struct world world;

    world_init(&world);
    world.holds = true;
    world_say(&world, POST "Origin: http://localhost\r\nContent-Length: 1\r\n\r\n1");
    http_answer(world.http, world.event[0].slot, 204, (struct bytes){0});
    http_output(world.http, &world.sent, world.now_ms);
    ck_assert_str_eq(buffer_text(&world.sent),
                     "HTTP/1.1 204 No Content\r\n" SNIFF
                     "Access-Control-Allow-Origin: http://localhost\r\nVary: Origin\r\n\r\n");
    world_release(&world);
}
END_TEST

START_TEST(over_the_limit_of_connections)
{
    struct buffer out = {0};

    http_busy_answer(&out);
    ck_assert_str_eq(buffer_text(&out),
                     "HTTP/1.1 503 Service Unavailable\r\n" SNIFF
                     "Content-Type: text/plain; charset=utf-8\r\nContent-Length: 20\r\n"
                     "Retry-After: 1\r\nConnection: close\r\n\r\ntoo many connections");
    buffer_release(&out);
}
END_TEST

static const struct {
    const char *host;
    bool allowed;
} hosts[] = {
    {"localhost", true},
    {"LOCALHOST:8545", true},
    {"localhost:", true}, /* RFC 3986 lets the port be empty */
    {"127.0.0.1", true},
    {"127.0.0.1:1", true},
    {"8.8.8.8:65535", true},
    {"[::1]", true},
    {"[::1]:8545", true},
    {"[2001:db8::1]:80", true},
    {"[::ffff:127.0.0.1]", true},
    {"node.example", true},
    {"Node.Example:8545", true},
    {"", false},
    {":8545", false},
    {"evil.example", false},
    {"localhost.evil.example", false},
    {"node.example.evil", false},
    {"evilnode.example", false},
    {"127.0.0.1.evil.example", false},
    {"127.0.0.1:80:80", false},
    {"127.0.0.1:http", false},
    {"127.0.0.1:123456", false},
    {"127.0.0.1 ", false},
    {"127.1", false},
    {"2130706433", false},
    {"0x7f.0.0.1", false},
    {"256.0.0.1", false},
    {"::1", false},
    {"[::1", false},
    {"[]", false},
    {"[127.0.0.1]", false},
    {"[::1]x", false},
    {"[fe80::1%eth0]", false},
    {"[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000]", false},
    {"user@localhost", false},
    {"localhost,evil.example", false},
};

START_TEST(host_allowed)
{
    static const char *const any[] = {"*"};
    struct world world;

    world_init(&world);
    ck_assert_msg(http_host_allowed(&world.policy, bytes_of_text(hosts[_i].host)) ==
                      hosts[_i].allowed,
                  "%s", hosts[_i].host);
    world.policy.vhosts = any;
    world.policy.vhost_count = COUNT(any);
    ck_assert(http_host_allowed(&world.policy, bytes_of_text(hosts[_i].host)));
    world_release(&world);
}
END_TEST

static const struct {
    const char *origin;
    bool allowed;
} origins[] = {
    {"http://localhost", true},
    {"http://localhost:3000", true},
    {"http://127.0.0.1", true},
    {"http://127.0.0.1:65535", true},
    {"https://wallet.example", true},
    {"https://dev.example", true},
    {"https://dev.example:8443", true},
    {"https://localhost", false},
    {"http://localhost.evil.example", false},
    {"http://localhost:3000.evil.example", false},
    {"http://localhost:evil", false},
    {"http://127.0.0.1.evil.example", false},
    {"https://wallet.example:8443", false},
    {"http://wallet.example", false},
    {"https://evil.example", false},
    {"null", false},
    {"", false},
};

START_TEST(origin_allowed)
{
    static const char *const any[] = {"*"};
    struct world world;

    world_init(&world);
    ck_assert_msg(http_origin_allowed(&world.policy, bytes_of_text(origins[_i].origin)) ==
                      origins[_i].allowed,
                  "%s", origins[_i].origin);
    world.policy.origins = any;
    world.policy.origin_count = COUNT(any);
    ck_assert(http_origin_allowed(&world.policy, bytes_of_text(origins[_i].origin)));
    world_release(&world);
}
END_TEST

TCase *http_policies(void)
{
    TCase *policies = tcase_create("policies");

    tcase_add_test(policies, heads_have_no_body);
    tcase_add_loop_test(policies, answer_bytes, 0, COUNT(answers));
    tcase_add_test(policies, notifications_alone);
    tcase_add_test(policies, over_the_limit_of_connections);
    tcase_add_loop_test(policies, host_allowed, 0, COUNT(hosts));
    tcase_add_loop_test(policies, origin_allowed, 0, COUNT(origins));
    return policies;
}
