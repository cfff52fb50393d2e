/* A whole node in a process of its own, asked over loopback by clients that misbehave. */
#include "clock.h"
#include "node.h"
#include "test/unit.h"

#include <cairn/file.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STOPPED_MS_MAX = 5000 };

struct world {
    char folder[64], notify[128], ready[128];
    struct config config;
    pid_t node;
    uint16_t port;
    int notify_socket;
};

static void child_run(const struct world *world, const char *listen)
{
    char *argv[] = {mem_text("cairnd"),      mem_text("--dev"),
                    mem_text("--temporary"), mem_text("--rpc-listen"),
                    mem_text(listen),        mem_text("--ready-file"),
                    mem_text(world->ready),  NULL};
    struct config config;
    struct error err = {0};

    if (!config_load(&config, (int)COUNT(argv) - 1, argv, &err))
        _exit(99);
    fclose(stdout); /* the banner */
    _exit(node_run(&config));
}

/* The service manager's socket tells when it is ready: nothing is polled for. */
static void world_start(struct world *world)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct buffer url = {0};
    struct error err = {0};
    char state[32] = "";

    *world = (struct world){0};
    snprintf(world->folder, sizeof world->folder, "/tmp/cairn-server-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(world->folder));
    snprintf(world->notify, sizeof world->notify, "%s/notify", world->folder);
    snprintf(world->ready, sizeof world->ready, "%s/ready", world->folder);
    snprintf(address.sun_path, sizeof address.sun_path, "%s/notify", world->folder);
    world->notify_socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(world->notify_socket, (const struct sockaddr *)&address, sizeof address),
                     0);
    ck_assert_int_eq(setenv("NOTIFY_SOCKET", world->notify, 1), 0);
    world->node = fork();
    ck_assert_int_ge(world->node, 0);
    if (world->node == 0)
        child_run(world, "127.0.0.1:0");
    ck_assert_int_gt(recv(world->notify_socket, state, sizeof state - 1, 0), 0);
    ck_assert_str_eq(state, "READY=1");
    ck_assert_msg(file_read(&url, world->ready, 256, &err), "%s", err.text);
    world->port = (uint16_t)strtoul(strrchr(buffer_text(&url), ':') + 1, NULL, 10);
    buffer_release(&url);
}

/* Asks it to stop; it has to end well, and soon. */
static void world_stop(struct world *world)
{
    uint64_t start_ms = clock_mono_ms();
    int status;

    ck_assert_int_eq(kill(world->node, SIGTERM), 0);
    ck_assert_int_eq(waitpid(world->node, &status, 0), world->node);
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %d", status);
    ck_assert_uint_le(clock_mono_ms() - start_ms, STOPPED_MS_MAX);
    close(world->notify_socket);
    unlink(world->notify);
    unlink(world->ready);
    ck_assert_int_eq(rmdir(world->folder), 0);
}

/* ---- a client ---- */

static int client_open(const struct world *world)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(world->port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    ck_assert_int_eq(connect(client, (const struct sockaddr *)&address, sizeof address), 0);
    return client;
}

static void put_request(struct buffer *out, const char *body)
{
    buffer_printf(out,
                  "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                  "Content-Length: %zu\r\n\r\n%s",
                  strlen(body), body);
}

static void send_all(int client, struct bytes bytes)
{
    while (bytes.size > 0) {
        ssize_t sent = send(client, bytes.at, bytes.size, MSG_NOSIGNAL);

        if (sent <= 0)
            return; /* cut off: the reader sees it */
        bytes = bytes_from(bytes, (size_t)sent);
    }
}

struct reader {
    int client;
    uint8_t byte[65536];
    size_t at, end;
};

static int next_byte(struct reader *reader)
{
    if (reader->at == reader->end) {
        ssize_t got = recv(reader->client, reader->byte, sizeof reader->byte, 0);

        if (got <= 0)
            return -1;
        reader->at = 0;
        reader->end = (size_t)got;
    }
    return reader->byte[reader->at++];
}

/* The next answer's body; false: the connection ended. */
static bool next_answer(struct reader *reader, struct buffer *body)
{
    struct buffer head = {0};
    const char *length;
    size_t size = 0;
    int byte;

    buffer_clear(body);
    while (head.size < 4 || memcmp(head.at + head.size - 4, "\r\n\r\n", 4) != 0) {
        byte = next_byte(reader);
        if (byte < 0) {
            buffer_release(&head);
            return false;
        }
        buffer_put_byte(&head, (uint8_t)byte);
    }
    length = strstr(buffer_text(&head), "Content-Length: ");
    if (length)
        size = strtoul(length + strlen("Content-Length: "), NULL, 10);
    buffer_release(&head);
    for (size_t i = 0; i < size; i++) {
        byte = next_byte(reader);
        if (byte < 0)
            return false;
        buffer_put_byte(body, (uint8_t)byte);
    }
    return true;
}

static void ask(const struct world *world, const char *body, const char *answer)
{
    struct reader *reader = mem_new(1, sizeof *reader);
    struct buffer request = {0}, have = {0};

    reader->client = client_open(world);
    put_request(&request, body);
    send_all(reader->client, buffer_bytes(&request));
    ck_assert(next_answer(reader, &have));
    ck_assert_str_eq(buffer_text(&have), answer);
    close(reader->client);
    buffer_release(&request);
    buffer_release(&have);
    mem_free(reader);
}

static void ask_chain_id(const struct world *world)
{
    ask(world, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_chainId\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"0x7a69\"}");
}

/* An answer of `count` times the method page. */
static char *long_batch(unsigned id, unsigned count)
{
    struct buffer out = {0};
    char *text;

    for (unsigned i = 0; i < count; i++)
        buffer_printf(&out, "%c{\"jsonrpc\":\"2.0\",\"id\":%u,\"method\":\"rpc_discover\"}",
                      i == 0 ? '[' : ',', id);
    buffer_put_byte(&out, ']');
    text = mem_text(buffer_text(&out));
    buffer_release(&out);
    return text;
}

/* ---- stories ---- */

struct sender {
    int client;
    struct bytes bytes;
};

static void *send_in_background(void *context)
{
    const struct sender *sender = context;

    send_all(sender->client, sender->bytes);
    return NULL;
}

/* The requests are held back while the answers are not taken, and all go on as they are. */
START_TEST(long_pipelined_answers_all_come_in_order)
{
    enum { REQUESTS = 100, TIMES = 20 };
    struct reader *reader = mem_new(1, sizeof *reader);
    struct buffer requests = {0}, answer = {0};
    struct world world;
    struct sender sender;
    pthread_t thread;

    world_start(&world);
    for (unsigned i = 0; i < REQUESTS; i++) {
        char *batch = long_batch(i, TIMES);

        put_request(&requests, batch);
        mem_free(batch);
    }
    reader->client = client_open(&world);
    sender = (struct sender){reader->client, buffer_bytes(&requests)};
    ck_assert_int_eq(pthread_create(&thread, NULL, send_in_background, &sender), 0);
    for (unsigned i = 0; i < REQUESTS; i++) {
        char start[64];

        ck_assert_msg(next_answer(reader, &answer), "answer %u", i);
        snprintf(start, sizeof start, "[{\"jsonrpc\":\"2.0\",\"id\":%u,\"result\":", i);
        ck_assert(strncmp(buffer_text(&answer), start, strlen(start)) == 0);
        ck_assert_uint_gt(answer.size, TIMES * 10000);
    }
    pthread_join(thread, NULL);
    close(reader->client);
    buffer_release(&requests);
    buffer_release(&answer);
    mem_free(reader);
    world_stop(&world);
}
END_TEST

/* Requests of connections that are gone are not worked on, and what is new is answered. */
START_TEST(connections_reset_with_all_in_hand)
{
    enum { CONNECTIONS = 40, EACH = 64 };
    const struct linger reset = {.l_onoff = 1};
    struct buffer requests = {0};
    struct world world;
    char *batch = long_batch(1, 4);

    world_start(&world);
    for (unsigned i = 0; i < EACH; i++) {
        put_request(&requests, i % 3 ? batch
                                     : "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":"
                                       "\"cairn_waitForTransaction\",\"params\":[\"0x"
                                       "ababababababababababababababababababababababababababababab"
                                       "ababab\"]}");
    }
    for (unsigned i = 0; i < CONNECTIONS; i++) {
        int client = client_open(&world);

        send_all(client, buffer_bytes(&requests));
        if (i % 2)
            setsockopt(client, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        close(client);
        if (i % 8 == 0)
            ask_chain_id(&world);
    }
    ask_chain_id(&world);
    mem_free(batch);
    buffer_release(&requests);
    world_stop(&world); /* with what is still in hand */
}
END_TEST

START_TEST(who_waits_is_answered_when_the_node_stops)
{
    struct reader *reader = mem_new(1, sizeof *reader);
    struct buffer request = {0}, answer = {0};
    struct world world;

    world_start(&world);
    reader->client = client_open(&world);
    put_request(&request,
                "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"cairn_waitForTransaction\",\"params\":"
                "[\"0xabababababababababababababababababababababababababababababababab\"]}");
    put_request(&request, "{\"jsonrpc\":\"2.0\",\"id\":8,\"method\":\"eth_chainId\"}");
    send_all(reader->client, buffer_bytes(&request));
    ask_chain_id(&world); /* on a connection of its own: the loop is past the others */
    ck_assert_int_eq(kill(world.node, SIGTERM), 0);
    ck_assert(next_answer(reader, &answer));
    ck_assert_str_eq(buffer_text(&answer), "{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":null}");
    ck_assert(next_answer(reader, &answer));
    ck_assert_str_eq(buffer_text(&answer), "{\"jsonrpc\":\"2.0\",\"id\":8,\"result\":\"0x7a69\"}");
    ck_assert(!next_answer(reader, &answer));
    close(reader->client);
    buffer_release(&request);
    buffer_release(&answer);
    mem_free(reader);
    world_stop(&world);
}
END_TEST

START_TEST(a_port_that_is_taken_ends_the_start)
{
    struct world world;
    char listen[32];
    pid_t second;
    int status;

    world_start(&world);
    snprintf(listen, sizeof listen, "127.0.0.1:%u", world.port);
    ck_assert_int_eq(unsetenv("NOTIFY_SOCKET"), 0);
    second = fork();
    ck_assert_int_ge(second, 0);
    if (second == 0)
        child_run(&world, listen);
    ck_assert_int_eq(waitpid(second, &status, 0), second);
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 1, "status %d", status);
    ask_chain_id(&world);
    world_stop(&world);
}
END_TEST

Suite *server_suite(void);
Suite *server_suite(void)
{
    Suite *suite = suite_create("server");
    TCase *tcase = tcase_create("server");

    tcase_add_test(tcase, long_pipelined_answers_all_come_in_order);
    tcase_add_test(tcase, connections_reset_with_all_in_hand);
    tcase_add_test(tcase, who_waits_is_answered_when_the_node_stops);
    tcase_add_test(tcase, a_port_that_is_taken_ends_the_start);
    tcase_set_timeout(tcase, 60);
    suite_add_tcase(suite, tcase);
    return suite;
}
