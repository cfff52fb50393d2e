/* JSON-RPC over HTTP by libcurl, blocking. One connection is kept for all calls of a run.
 * curl_global_init is main's. */
#ifndef CAIRN_TOOL_HTTP_H
#define CAIRN_TOOL_HTTP_H
#include <cairn/error.h>

enum {
    HTTP_ANSWER_MAX = 32 * 1024 * 1024, /* a node's own bound is 25 MiB */
    HTTP_CONNECT_MS = 5000,
    HTTP_TOTAL_MS = 60000 /* beside what the node was asked to wait */
};

struct http;
struct http *http_new(void) MUST_CHECK;
void http_free(struct http *http); /* takes NULL */

/* Posts to `url` (http or https), appends the body of a 200. ERROR_USAGE: not such a URL;
 * ERROR_IO: nobody there, time over, another status, a body over HTTP_ANSWER_MAX. */
bool http_post(struct http *http, const char *url, struct bytes request, uint64_t wait_ms,
               struct buffer *answer, struct error *err) MUST_CHECK;

#endif
