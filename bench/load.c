/* A client that loads a node's JSON-RPC over keep-alive connections; any node, so that cairnd and
 * others are measured by the same. Prints one JSON line.
 *
 * - load balance HOST PORT CONNECTIONS SECONDS [PIPELINED]: eth_getBalance of the funded accounts,
 *   so many requests in one send, then their answers (1);
 * - load transfers HOST PORT CONNECTIONS COUNT: each connection is an account of its own, with
 * COUNT signed transfers, one under way. */
#include "figure.h"

#include <cairn/genesis.h>
#include <cairn/hex.h>
#include <cairn/keccak.h>

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 1024, ANSWER_MAX = 1 << 20, EVENTS = 256, PIPELINED_MAX = 256 };

struct link {
    int fd;
    struct buffer in;       /* of the answer under way */
    struct buffer *request; /* what to send next */
    size_t request_count, next;
    size_t pipelined, taken; /* requests in one send, their answers so far */
    size_t answered, refused;
};

static struct sockaddr_in node_address;

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int link_open(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

    if (fd < 0 || connect(fd, (const struct sockaddr *)&node_address, sizeof node_address) != 0)
        fail("connecting");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
}

static struct buffer request_of(const char *json)
{
    struct buffer out = {0};

    buffer_printf(&out,
                  "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: "
                  "application/json\r\nContent-Length: %zu\r\n\r\n%s",
                  strlen(json), json);
    return out;
}

static void send_all(int fd, struct bytes bytes)
{
    while (bytes.size > 0) {
        ssize_t sent = send(fd, bytes.at, bytes.size, MSG_NOSIGNAL);

        if (sent <= 0)
            fail("sending");
        bytes = bytes_from(bytes, (size_t)sent);
    }
}

/* Size of the whole answer that `in` holds, 0 while it is not whole; where its body begins. */
static size_t answer_whole(struct buffer *in, size_t *body)
{
    const char *text = buffer_text(in), *end = strstr(text, "\r\n\r\n"), *length;
    unsigned long size;

    if (!end)
        return 0;
    length = strcasestr(text, "content-length:");
    if (!length || length > end) {
        fprintf(stderr, "load: an answer without Content-Length\n");
        exit(1);
    }
    size = strtoul(length + 15, NULL, 10);
    *body = (size_t)(end - text) + 4;
    return in->size >= *body + size ? *body + size : 0;
}

static void read_some(struct link *link)
{
    uint8_t chunk[65536];
    ssize_t size = recv(link->fd, chunk, sizeof chunk, 0);

    if (size <= 0)
        fail("receiving");
    buffer_put(&link->in, bytes_of(chunk, (size_t)size));
}

/* One call, waited for; gives the JSON. */
static json_t *call(struct link *link, const char *json)
{
    struct buffer request = request_of(json);
    size_t whole, body;
    json_t *answer;

    send_all(link->fd, buffer_bytes(&request));
    buffer_release(&request);
    while ((whole = answer_whole(&link->in, &body)) == 0)
        read_some(link);
    answer = json_loadb((const char *)link->in.at + body, whole - body, 0, NULL);
    buffer_clear(&link->in);
    if (!answer) {
        fprintf(stderr, "load: not JSON\n");
        exit(1);
    }
    return answer;
}

/* ---- many at once ---- */

/* All answers of a run of pipelined requests but the last are taken off; true: the last is whole as
 * well, its body at `body`. */
static bool answers_take(struct link *link, size_t *body)
{
    size_t whole;

    while ((whole = answer_whole(&link->in, body)) > 0) {
        if (++link->taken == link->pipelined) {
            link->taken = 0;
            return true;
        }
        memmove(link->in.at, link->in.at + whole, link->in.size - whole);
        link->in.size -= whole;
    }
    return false;
}

/* Runs all links until each has sent all its requests, or `until`. Returns the seconds. */
static double run(struct link *link, size_t count, double until)
{
    struct epoll_event events[EVENTS];
    int epoll = epoll_create1(0);
    size_t busy = 0;
    double start = figure_now();

    for (size_t i = 0; i < count; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.u64 = i};

        epoll_ctl(epoll, EPOLL_CTL_ADD, link[i].fd, &event);
        send_all(link[i].fd, buffer_bytes(&link[i].request[0]));
        link[i].next = 1;
        busy++;
    }
    while (busy > 0) {
        int ready = epoll_wait(epoll, events, EVENTS, 10000);

        if (ready <= 0)
            fail("waiting for answers");
        for (int i = 0; i < ready; i++) {
            struct link *at = &link[events[i].data.u64];
            size_t body;

            read_some(at);
            if (!answers_take(at, &body))
                continue;
            at->answered += at->pipelined;
            if (strstr((const char *)at->in.at + body, "\"error\"")) {
                if (at->refused++ == 0)
                    fprintf(stderr, "load: refused: %s\n", (const char *)at->in.at + body);
            }
            buffer_clear(&at->in);
            if (until > 0 ? figure_now() >= until : at->next == at->request_count) {
                busy--;
                continue;
            }
            send_all(at->fd, buffer_bytes(&at->request[at->next % at->request_count]));
            at->next++;
        }
    }
    close(epoll);
    return figure_now() - start;
}

static int load_balance(size_t connections, double seconds, size_t pipelined)
{
    static struct link link[CONNECTIONS_MAX];
    size_t answered = 0;
    double took;

    for (size_t i = 0; i < connections; i++) {
        char json[256], address[ADDRESS_TEXT];
        struct address account;
        struct buffer one;

        if (!secret_address(&account, genesis_dev_secret(i % GENESIS_DEV_ACCOUNTS)))
            abort();
        snprintf(json, sizeof json,
                 "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_getBalance\",\"params\":[\"%s\","
                 "\"latest\"]}",
                 hex_format_address(address, &account));
        link[i].fd = link_open();
        link[i].request = mem_new(1, sizeof link[i].request[0]);
        one = request_of(json);
        for (size_t j = 0; j < pipelined; j++)
            buffer_put(&link[i].request[0], buffer_bytes(&one));
        buffer_release(&one);
        link[i].request_count = 1;
        link[i].pipelined = pipelined;
    }
    took = run(link, connections, figure_now() + seconds);
    for (size_t i = 0; i < connections; i++)
        answered += link[i].answered;
    printf("{\"balances\":%zu,\"seconds\":%.6f,\"perSecond\":%.1f}\n", answered, took,
           (double)answered / took);
    return 0;
}

/* ---- transfers ---- */

static uint64_t call_u64(struct link *link, const char *json)
{
    json_t *answer = call(link, json);
    const char *text = json_string_value(json_object_get(answer, "result"));
    uint64_t value;

    if (!text) {
        fprintf(stderr, "load: no result: %s\n", json_dumps(answer, 0));
        exit(1);
    }
    value = strtoull(text, NULL, 16);
    json_decref(answer);
    return value;
}

static uint64_t nonce_of(struct link *link, const struct address *address, const char *block)
{
    char json[256], text[ADDRESS_TEXT];

    snprintf(json, sizeof json,
             "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_getTransactionCount\",\"params\":[\"%"
             "s\",\"%s\"]}",
             hex_format_address(text, address), block);
    return call_u64(link, json);
}

static struct buffer transfer_request(const struct secret *secret, uint64_t chain_id,
                                      uint64_t nonce, const struct address *to, uint64_t value)
{
    struct tx fields = {.type = TX_FEE_MARKET,
                        .has_to = true,
                        .protected = true,
                        .chain_id = chain_id,
                        .nonce = nonce,
                        .gas_limit = TX_GAS,
                        .fee_max_per_gas = u256_of_u64(UINT64_C(1000000000000)),
                        .tip_max_per_gas = u256_of_u64(UINT64_C(1000000000)),
                        .value = u256_of_u64(value),
                        .to = *to};
    struct buffer raw = {0}, json = {0}, request;
    struct error err = {0};

    if (!tx_sign(&raw, &fields, secret, &err))
        abort();
    buffer_put_text(
        &json,
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_sendRawTransaction\",\"params\":[\"");
    hex_put_data(&json, buffer_bytes(&raw));
    buffer_put_text(&json, "\"]}");
    request = request_of(buffer_text(&json));
    buffer_release(&raw);
    buffer_release(&json);
    return request;
}

static void wait_for_nonce(struct link *link, const struct address *address, uint64_t nonce)
{
    while (nonce_of(link, address, "latest") < nonce)
        poll(NULL, 0, 2); /* the other node has no call that waits */
}

static int load_transfers(size_t connections, size_t count)
{
    static struct link link[CONNECTIONS_MAX];
    static struct secret secret[CONNECTIONS_MAX];
    static struct address address[CONNECTIONS_MAX];
    struct link control = {.fd = link_open()};
    uint64_t chain_id = call_u64(
        &control, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_chainId\",\"params\":[]}");
    struct address funder;
    uint64_t nonce, first;
    size_t refused = 0;
    double start, accepted, included;

    if (!secret_address(&funder, genesis_dev_secret(0)))
        abort();
    nonce = first = nonce_of(&control, &funder, "pending");
    link[0].request = mem_new(connections, sizeof link[0].request[0]);
    for (size_t i = 0; i < connections; i++) {
        struct hash hash;
        uint8_t seed[16] = "load";

        be64_put(seed + 8, i + first * CONNECTIONS_MAX);
        keccak256(&hash, bytes_of(seed, sizeof seed));
        memcpy(secret[i].byte, hash.byte, sizeof secret[i].byte);
        if (!secret_address(&address[i], &secret[i]))
            abort();
        link[0].request[i] = transfer_request(genesis_dev_secret(0), chain_id, nonce++, &address[i],
                                              UINT64_C(4000000000000000000));
    }
    link[0].fd = link_open();
    link[0].pipelined = 1;
    link[0].request_count = connections;
    run(link, 1, 0);
    wait_for_nonce(&control, &funder, nonce);

    for (size_t i = 0; i < connections; i++) {
        if (i > 0)
            link[i].fd = link_open();
        link[i].request = mem_new(count, sizeof link[i].request[0]);
        for (size_t j = 0; j < count; j++)
            link[i].request[j] =
                transfer_request(&secret[i], chain_id, j, &address[(i + j + 1) % connections], 1);
        link[i].request_count = count;
        link[i].pipelined = 1;
        link[i].answered = link[i].refused = 0;
    }
    start = figure_now();
    accepted = run(link, connections, 0);
    for (size_t i = 0; i < connections; i++) {
        refused += link[i].refused;
        if (link[i].refused == 0)
            wait_for_nonce(&control, &address[i], count);
    }
    included = figure_now() - start;
    printf("{\"transfers\":%zu,\"refused\":%zu,\"acceptedSeconds\":%.6f,\"includedSeconds\":%.6f,"
           "\"acceptedPerSecond\":%.1f,\"includedPerSecond\":%.1f}\n",
           connections * count, refused, accepted, included,
           (double)(connections * count - refused) / accepted,
           (double)(connections * count - refused) / included);
    return refused > 0;
}

int main(int argc, char **argv)
{
    unsigned long connections, amount, pipelined = 1;

    if (argc != 6 && argc != 7) {
        fprintf(stderr,
                "usage: load balance|transfers HOST PORT CONNECTIONS SECONDS|COUNT [PIPELINED]\n");
        return 2;
    }
    node_address.sin_family = AF_INET;
    node_address.sin_port = htons((uint16_t)strtoul(argv[3], NULL, 10));
    if (inet_pton(AF_INET, argv[2], &node_address.sin_addr) != 1)
        fail("HOST must be an IPv4 address");
    connections = strtoul(argv[4], NULL, 10);
    amount = strtoul(argv[5], NULL, 10);
    if (argc == 7)
        pipelined = strtoul(argv[6], NULL, 10);
    if (connections == 0 || connections > CONNECTIONS_MAX || amount == 0 || pipelined == 0 ||
        pipelined > PIPELINED_MAX) {
        fprintf(stderr, "load: CONNECTIONS must be 1 to %d, the amount at least 1\n",
                CONNECTIONS_MAX);
        return 2;
    }
    if (strcmp(argv[1], "balance") == 0)
        return load_balance(connections, (double)amount, pipelined);
    if (strcmp(argv[1], "transfers") == 0)
        return load_transfers(connections, amount);
    fprintf(stderr, "load: balance or transfers, not %s\n", argv[1]);
    return 2;
}
