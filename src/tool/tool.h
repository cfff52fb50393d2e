/* The program `cairn`: what its files share. One thread, blocking calls. */
#ifndef CAIRN_TOOL_TOOL_H
#define CAIRN_TOOL_TOOL_H
#include <cairn/error.h>

#include <jansson.h>
#include <stdio.h>

/* What the shell gets; `cairn --help` prints this table. */
#define TOOL_EXIT_TABLE(X)                                                                         \
    X(TOOL_DONE, "done")                                                                           \
    X(TOOL_REFUSED, "refused by the node, not found, or a file's content is not valid")            \
    X(TOOL_USAGE, "wrong usage: command, option, argument")                                        \
    X(TOOL_NODE, "no node reached, or its answer makes no sense")                                  \
    X(TOOL_LATE, "not decided in time (--wait)")                                                   \
    X(TOOL_KEY, "trouble with a key or its password")                                              \
    X(TOOL_FILE, "a file could not be read or written")

#define TOOL_EXIT_ENUM(code, says) code,
enum tool_exit { TOOL_EXIT_TABLE(TOOL_EXIT_ENUM) TOOL_EXIT_COUNT };
#undef TOOL_EXIT_ENUM

/* The world outside, but for files: main.c plugs in libcurl and the clock, tests their own. */
struct tool_ports {
    void *user;
    /* Sends one JSON-RPC request and appends the body of the answer. `wait_ms`: how much longer
     * than usual the node may take, since it was asked to wait. */
    bool (*post)(void *user, const char *url, struct bytes request, uint64_t wait_ms,
                 struct buffer *answer, struct error *err);
    uint64_t (*now_ms)(void *user); /* monotonic */
};

struct tool {
    FILE *out; /* results, and with --json errors too */
    FILE *err; /* errors, questions, what is about to be signed */
    bool json;
    const char *rpc_url;
    struct tool_ports port;
    bool node_failed;     /* no answer, or one that makes no sense: TOOL_NODE */
    int64_t refusal_code; /* the JSON-RPC code of the node's refusal; 0: none */
};

/* Does what the command line says; returns the exit status. */
enum tool_exit tool_run(struct tool *tool, int argc, char **argv);

/* One line of a result for people: the label, then the value in its column. */
void tool_put_row(struct tool *tool, const char *label, const char *format, ...) PRINTF_LIKE(3, 4);
/* One line of JSON. Takes `value`. Non-ASCII is escaped: a node's text may steer a terminal. */
void tool_put_json(struct tool *tool, json_t *value);
/* A stranger's text as one line, cut at the room: what could steer a terminal becomes '?'. */
void tool_printable(char *out, size_t room, struct bytes text);

#endif
