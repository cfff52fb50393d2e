/* The insides of a connection's HTTP, shared by its files: http_scan.c and http_parse.c read a
 * head, http_check.c judges it, http_answer.c queues the answers, http.c ties them together. */
#ifndef CAIRN_RPC_HTTP_MACHINE_H
#define CAIRN_RPC_HTTP_MACHINE_H
#include <cairn/http.h>

#include <llhttp.h>

/* Why a request is not served; status 0: it is. The text is the answer's body. */
struct http_verdict {
    unsigned status;
    const char *text;
};

/* http_scan.c: the form of a head, byte by byte, stricter than llhttp and whatever its build. */
enum http_line {
    LINE_BEFORE, /* empty lines before a request are skipped */
    LINE_BEFORE_LF,
    LINE_METHOD,
    LINE_TARGET,
    LINE_VERSION,
    LINE_LF,
    LINE_START,
    LINE_NAME,
    LINE_VALUE,
    LINE_LAST_LF,
    LINE_WHOLE, /* the empty line was seen */
};

struct http_scan {
    enum http_line line;
    size_t size; /* bytes of the head so far */
    size_t target_size;
    unsigned version_size;
    unsigned lines; /* header lines; a trailer's go on counting */
};
/* Goes on behind the scan->size bytes of `head` that it has seen. `whole`: they end a head. */
struct http_verdict http_scan(struct http_scan *scan, const struct http_limits *limits,
                              struct bytes head, bool *whole) MUST_CHECK;

/* The header lines that matter besides llhttp's own. Each at most once. */
enum http_field {
    FIELD_HOST,
    FIELD_ORIGIN,
    FIELD_CONTENT_TYPE,
    FIELD_CONTENT_ENCODING,
    FIELD_TRANSFER_ENCODING,
    FIELD_EXPECT,
    FIELD_COUNT,
};

/* A whole head; borrows from its bytes. */
struct http_head {
    bool complete; /* llhttp agrees that it is */
    bool repeated; /* one of the fields */
    uint8_t method;
    unsigned version; /* 10, 11 */
    bool keep_alive;
    bool has_body, chunked;
    uint64_t content_length;
    struct bytes target;
    enum http_field at;              /* of the line being read; FIELD_COUNT: none of them */
    struct bytes field[FIELD_COUNT]; /* `at` NULL: absent */
};

enum http_phase {
    PHASE_BOUNDARY, /* between two requests */
    PHASE_HEAD,
    PHASE_BODY,
    PHASE_TRAILER, /* header lines behind the last chunk; read and forgotten */
    PHASE_CLOSED,  /* whatever else comes is thrown away */
};

/* A request in progress. */
struct http_slot {
    struct buffer answer; /* while an earlier request is not answered */
    char *origin;         /* allowed, to be echoed; NULL: none */
    size_t charge;        /* of its body, in the budget */
    bool answered;
    bool close;          /* after it */
    bool version_10;     /* keep-alive must be said */
    bool without_body;   /* HEAD */
    bool wants_continue; /* 100 is to be sent, in its turn */
};

struct http {
    const struct http_limits *limits;
    const struct http_policy *policy;
    struct http_budget *budget;
    llhttp_t parser;
    enum http_phase phase;
    uint64_t since_ms; /* of the phase: accept, first byte, whole head, last answer */
    struct http_scan scan;
    struct http_head *head; /* while http_parse_head runs */
    struct buffer kept;     /* input that can't be used yet, from kept_offset on */
    size_t kept_offset;
    bool eof;
    struct buffer body;
    enum http_event_kind kind;   /* of the request whose body is read */
    bool chunked;                /* that body */
    struct http_verdict refused; /* by a callback of http_parse_body */
    uint64_t slot_first, slot_next;
    struct http_slot *slot; /* ring of limits->requests_max */
    struct buffer ready;    /* answers whose turn has come */
    size_t charged;         /* sum of the slots' charges */
    size_t queued;          /* sum of their answers */
    size_t unsent;
    bool paused;
};

/* http_parse.c: llhttp. */
void http_parse_init(struct http *http);
struct http_verdict http_parse_head(struct http *http, struct bytes bytes,
                                    struct http_head *head) MUST_CHECK;
/* `used` of the bytes belong to the body. `whole`: it ends there, but for the trailer of a chunked
 * one. */
struct http_verdict http_parse_body(struct http *http, struct bytes bytes, size_t *used,
                                    bool *whole) MUST_CHECK;
/* http.c, for it. */
struct http_verdict http_body_check(const struct http *http, uint64_t more) MUST_CHECK;
struct http_verdict http_body_put(struct http *http, struct bytes more) MUST_CHECK;

/* http_check.c. */
struct http_route {
    const char *path, *allow; /* what 405 and OPTIONS tell */
    enum http_event_kind get, post;
};
bool http_host_allowed(const struct http_policy *policy, struct bytes host);
bool http_origin_allowed(const struct http_policy *policy, struct bytes origin);
/* `route` is set as soon as it is known, `kind` when the verdict is 0; 204: a preflight. */
struct http_verdict http_check(const struct http *http, const struct http_head *head,
                               const struct http_route **route, enum http_event_kind *kind,
                               struct bytes *query) MUST_CHECK;

/* http_answer.c. */
enum { HTTP_READY_ROOM_MAX = 64 * 1024 }; /* kept for the next turn */
bool http_slot_free(const struct http *http);
struct http_slot *http_slot_begin(struct http *http); /* there is a free one */
struct http_slot *http_slot_last(struct http *http);
void http_slot_discharge(struct http *http, struct http_slot *slot);
/* The answer that a verdict stands for, to the newest request. */
void http_refuse(struct http *http, struct http_verdict verdict, const struct http_route *route);
/* Sends 100 if its turn has come. */
void http_continue(struct http *http);
bool text_equal(struct bytes a, const char *b); /* ASCII letters in any case */

#endif
