/* One connection's HTTP/1.1, apart from sockets, clocks and threads: bytes and the time go in,
 * requests and the bytes of answers come out. Belongs to one thread; times are monotonic ms.
 *
 * The caller's turn, after a read and after an answer that came later:
 *
 *     do {
 *         while (http_feed(http, &in, now_ms, &event))
 *             start(event); (may call http_answer at once)
 *         http_output(http, &out, now_ms); (write what it gave: one write for all of one read)
 *         http_set_unsent(http, unsent);
 *     } while (http_ready(http));
 *     http_wants_read(http) ? start reading : stop reading
 *     if (http_should_close(http)) shut the write side, read on for a while, close
 *
 * Now and then http_expire, and a turn after it; so after http_stop. Answers leave in the order of
 * the requests, in whatever order they are given. A request that breaks a rule is answered here and
 * never becomes an event; its checks are made in this order: form of the head and its bounds (400,
 * 431, 501, 505), Host (403), path (404), method (OPTIONS 204, else 405), Content-Encoding and
 * Content-Type (415), Expect (417), size of the body (413), memory for it (503). */
#ifndef CAIRN_HTTP_H
#define CAIRN_HTTP_H
#include <cairn/base.h>

struct http;

struct http_limits {         /* each a configuration key; defaults by http_limits_default */
    size_t head_bytes_max;   /* 16 KiB: request line and header lines; beyond it 431 */
    unsigned head_lines_max; /* 100 */
    size_t body_bytes_max;   /* 5 MiB; beyond it 413 */
    size_t requests_max;     /* 64 in progress; then reading pauses */
    size_t held_bytes_max;   /* 1 MiB of bodies in progress and of answers: no next request is begun
                                above it until it is below half */
    uint64_t head_ms;        /* 10 s from accept or the first byte to a whole head */
    uint64_t body_ms;        /* 30 s from there to a whole body */
    uint64_t idle_ms;        /* 120 s of keep-alive without a request */
};
void http_limits_default(struct http_limits *limits);

/* Who may ask. Borrowed for as long as a connection uses it. */
struct http_policy {
    const char *const *vhosts; /* besides IP literals and localhost; "*": any */
    size_t vhost_count;
    const char *const *origins; /* besides http://localhost:* and http://127.0.0.1:*; a last ":*"
                                   is any port or none; "*": any origin */
    size_t origin_count;
};

/* Memory for the bodies of all connections together: 1000 x 5 MiB is 5 GB. Over it, 503. */
struct http_budget {
    size_t used, max; /* bytes */
    size_t reserve;   /* above max, for bodies of at most HTTP_BODY_SMALL: slow big ones can't lock
                         out   those who ask for a balance */
};
enum { HTTP_BODY_SMALL = 16 * 1024 };

/* Whether a body of `size` bytes in all may take `more` now. */
bool http_budget_allows(const struct http_budget *budget, size_t size, size_t more);

/* All three are borrowed until http_free. */
struct http *http_new(const struct http_limits *limits, const struct http_policy *policy,
                      struct http_budget *budget, uint64_t now_ms) MUST_CHECK;
void http_free(struct http *http); /* takes NULL; requests may be in progress: drop their answers */

enum http_event_kind {
    HTTP_EVENT_NONE,
    HTTP_EVENT_RPC,    /* POST /, with its body */
    HTTP_EVENT_HEALTH, /* GET /health */
};

struct http_event {
    enum http_event_kind kind;
    uint64_t slot;      /* for http_answer */
    struct buffer body; /* gives: the receiver releases it. It stays in the budget until the slot is
                           answered or the connection freed */
    struct bytes query; /* behind the "?", until the next http_feed */
};

/* Takes bytes from `in`, which must be {0} or what was just read, up to the next whole request.
 * True: `event` is one, and `in` may hold more. False: `in` is empty, and what can't be used yet is
 * kept: at most one head, or one read when it paused. Once closing, input is thrown away. */
bool http_feed(struct http *http, struct bytes *in, uint64_t now_ms,
               struct http_event *event) MUST_CHECK;
/* The peer has shut its write side: whole requests are still answered. http_feed with nothing after
 * it. */
void http_feed_eof(struct http *http);

/* Answers a request once. `body` is borrowed; JSON. 204 has none. */
void http_answer(struct http *http, uint64_t slot, unsigned status, struct bytes body);
/* Appends what may be sent now; an empty `out` changes its memory for the machine's. */
void http_output(struct http *http, struct buffer *out, uint64_t now_ms);
/* Bytes handed out and not yet taken by the peer; the caller bounds a write without progress. */
void http_set_unsent(struct http *http, size_t bytes);

bool http_ready(struct http *http);      /* kept bytes can be parsed now: http_feed with nothing */
bool http_wants_read(struct http *http); /* also while closing: reading on is the drain */
/* Nothing more will be sent. An immediate close would send RST, and the peer would never see a
 * 413. */
bool http_should_close(const struct http *http);

uint64_t http_deadline(const struct http *http); /* UINT64_MAX: none */
/* Does what is due: 408 if anything of a request came, else it closes silently. */
void http_expire(struct http *http, uint64_t now_ms);
/* No further request: the node is stopping. Those in progress are answered, one that is not whole
 * gets 503. */
void http_stop(struct http *http);

/* The whole answer for a connection over the limit of connections: 503, Retry-After, close. */
void http_busy_answer(struct buffer *out);

#endif
