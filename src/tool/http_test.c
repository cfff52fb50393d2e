#include "http.h"
#include "tool_test.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* A server for one answer, in a process of its own. */
struct server {
    int listener;
    char url[64];
    pid_t child;
};

static void server_open(struct server *s)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;

    s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(s->listener, 0);
    ck_assert_int_eq(bind(s->listener, (struct sockaddr *)&at, sizeof at), 0);
    ck_assert_int_eq(listen(s->listener, 1), 0);
    ck_assert_int_eq(getsockname(s->listener, (struct sockaddr *)&at, &size), 0);
    snprintf(s->url, sizeof s->url, "http://a:b@127.0.0.1:%u", ntohs(at.sin_port));
}

/* Reads a request that ends with "{}"; false: it lacks what each must have. */
static bool take_request(int connection)
{
    char request[2048] = "";
    size_t size = 0;

    while (size < 2 || strcmp(request + size - 2, "{}") != 0) {
        ssize_t got = recv(connection, request + size, sizeof request - 1 - size, 0);

        if (got <= 0)
            return false;
        size += (size_t)got;
        request[size] = '\0';
    }
    return strncmp(request, "POST / HTTP/1.1\r\n", 17) == 0 &&
           strstr(request, "\r\nContent-Type: application/json\r\n") &&
           strstr(request, "\r\nContent-Length: 2\r\n") && !strstr(request, "\r\nExpect");
}

static bool give(int connection, struct bytes bytes)
{
    while (bytes.size > 0) {
        ssize_t sent = send(connection, bytes.at, bytes.size, MSG_NOSIGNAL);

        if (sent <= 0)
            return false;
        bytes = bytes_from(bytes, (size_t)sent);
    }
    return true;
}

/* The head as given, then `zeros` bytes of body, then the end. */
static void server_answer(struct server *s, const char *head, size_t zeros)
{
    s->child = fork();
    ck_assert_int_ge(s->child, 0);
    if (s->child == 0) {
        static const uint8_t body[64 * 1024];
        int connection = accept(s->listener, NULL, NULL);
        bool asked = take_request(connection);

        for (bool open = give(connection, bytes_of_text(head)); open && zeros > 0;) {
            size_t part = zeros < sizeof body ? zeros : sizeof body;

            open = give(connection, bytes_of(body, part));
            zeros -= part;
        }
        _exit(asked ? 0 : 1);
    }
    close(s->listener);
}

static void server_close(struct server *s)
{
    int status = -1;

    ck_assert_int_eq(waitpid(s->child, &status, 0), s->child);
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0,
                  "the request was not as it must be");
}

static const struct {
    const char *says, *head;
    size_t zeros;
    size_t size;     /* of the body, where it is taken */
    const char *err; /* NULL: taken */
} answers[] = {
    {"an answer", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ntrue", 0, 4, NULL},
    {"an answer in chunks",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\ntr\r\n2\r\nue\r\n0\r\n\r\n", 0, 4,
     NULL},
    {"the largest answer", "HTTP/1.1 200 OK\r\nContent-Length: 33554432\r\n\r\n", HTTP_ANSWER_MAX,
     HTTP_ANSWER_MAX, NULL},
    {"a byte more", "HTTP/1.1 200 OK\r\nContent-Length: 33554433\r\n\r\n", HTTP_ANSWER_MAX + 1, 0,
     "the answer is over 32 MiB"},
    {"a byte more, of unknown length", "HTTP/1.1 200 OK\r\n\r\n", HTTP_ANSWER_MAX + 1, 0,
     "the answer is over 32 MiB"},
    {"another status", "HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy", 0, 0,
     "answered HTTP status 503: busy;"},
    {"a redirection is not followed",
     "HTTP/1.1 302 Found\r\nLocation: file:///etc/hostname\r\nContent-Length: 0\r\n\r\n", 0, 0,
     "answered HTTP status 302"},
    {"half an answer", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ntr", 0, 0, "is cairnd running"},
    {"no HTTP", "hello\r\n\r\n", 0, 0, "is cairnd running"},
    {"nothing", "", 0, 0, "is cairnd running"},
};

START_TEST(http_answer)
{
    struct http *http = http_new();
    struct buffer body = {0};
    struct error err = {0};
    struct server server;
    bool ok;

    server_open(&server);
    server_answer(&server, answers[_i].head, answers[_i].zeros);
    ok = http_post(http, server.url, bytes_of_text("{}"), 0, &body, &err);
    ck_assert_msg(ok == !answers[_i].err, "%s: %s", answers[_i].says, err.text);
    if (ok) {
        ck_assert_uint_eq(body.size, answers[_i].size);
    } else {
        ck_assert_int_eq(err.code, ERROR_IO);
        ck_assert_msg(strstr(err.text, answers[_i].err), "%s: %s", answers[_i].says, err.text);
        ck_assert_msg(!strstr(err.text, "a:b@"), "the password of the URL shows: %s", err.text);
    }
    server_close(&server);
    buffer_release(&body);
    http_free(http);
}
END_TEST

START_TEST(http_needs_a_url)
{
    static const char *const urls[] = {"",        "127.0.0.1:8545",  "localhost:8545",
                                       "http://", "ftp://127.0.0.1", "file:///etc/hostname"};
    struct http *http = http_new();

    for (size_t i = 0; i < COUNT(urls); i++) {
        struct buffer body = {0};
        struct error err = {0};

        ck_assert_msg(!http_post(http, urls[i], bytes_of_text("{}"), 0, &body, &err), "%s",
                      urls[i]);
        ck_assert_int_eq(err.code, ERROR_USAGE);
        buffer_release(&body);
    }
    http_free(http);
}
END_TEST

START_TEST(http_finds_nobody)
{
    struct http *http = http_new();
    struct buffer body = {0};
    struct error err = {0};
    struct server server;

    server_open(&server);
    close(server.listener);
    ck_assert(!http_post(http, server.url, bytes_of_text("{}"), 0, &body, &err));
    ck_assert_int_eq(err.code, ERROR_IO);
    ck_assert_msg(strstr(err.text, "is cairnd running there?"), "%s", err.text);
    buffer_release(&body);
    http_free(http);
}
END_TEST

/* A node of this machine is not asked through a proxy. */
START_TEST(http_passes_the_proxy_by)
{
    struct http *http = http_new();
    struct buffer body = {0};
    struct error err = {0};
    struct server server;

    setenv("http_proxy", "http://127.0.0.1:1", 1);
    setenv("no_proxy", "example.org", 1);
    server_open(&server);
    server_answer(&server, answers[0].head, 0);
    ck_assert_msg(http_post(http, server.url, bytes_of_text("{}"), 0, &body, &err), "%s", err.text);
    server_close(&server);
    buffer_release(&body);
    http_free(http);
}
END_TEST

Suite *http_suite(void);
Suite *http_suite(void)
{
    Suite *suite = suite_create("http");
    TCase *t = tcase_create("http");

    tcase_add_loop_test(t, http_answer, 0, COUNT(answers));
    tcase_add_test(t, http_needs_a_url);
    tcase_add_test(t, http_finds_nobody);
    tcase_add_test(t, http_passes_the_proxy_by);
    suite_add_tcase(suite, t);
    return suite;
}
