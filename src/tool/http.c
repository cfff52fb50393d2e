#include "http.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>

struct http {
    CURL *curl;
    struct curl_slist *headers;
    char cause[CURL_ERROR_SIZE];
};

enum { HTTP_NAME_MAX = 200 }; /* bytes of a URL in messages */

/* Where the body goes, and whether it grew over the bound. */
struct http_body {
    struct buffer *out;
    size_t size;
    bool too_large;
};

struct http *http_new(void)
{
    struct http *http = mem_new(1, sizeof *http);

    http->curl = curl_easy_init();
    /* "Expect:" empty: no round trip before a body over 1 MiB. */
    http->headers = curl_slist_append(http->headers, "Content-Type: application/json");
    http->headers = curl_slist_append(http->headers, "Expect:");
    return http;
}

void http_free(struct http *http)
{
    if (!http)
        return;
    curl_easy_cleanup(http->curl);
    curl_slist_free_all(http->headers);
    mem_free(http);
}

static size_t on_body(char *at, size_t one, size_t size, void *user)
{
    struct http_body *body = user;

    assert(one == 1);
    if (size > HTTP_ANSWER_MAX - body->size) {
        body->too_large = true;
        return 0;
    }
    body->size += size;
    buffer_put(body->out, bytes_of(at, size));
    return size;
}

/* The URL as messages may show it: without user and password. */
static bool url_name(char out[HTTP_NAME_MAX], const char *url)
{
    CURLU *parts = curl_url();
    char *text = NULL;
    char *scheme = NULL;
    bool ok = false;

    if (!parts || curl_url_set(parts, CURLUPART_URL, url, 0) != CURLUE_OK ||
        curl_url_set(parts, CURLUPART_USER, NULL, 0) != CURLUE_OK ||
        curl_url_set(parts, CURLUPART_PASSWORD, NULL, 0) != CURLUE_OK ||
        curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
        curl_url_get(parts, CURLUPART_URL, &text, 0) != CURLUE_OK)
        goto out;
    ok = strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0;
    snprintf(out, HTTP_NAME_MAX, "%s", text);
out:
    curl_free(scheme);
    curl_free(text);
    curl_url_cleanup(parts);
    return ok;
}

/* A node of this machine is never asked through the proxy that the environment names. */
static void set_proxy(CURL *curl)
{
    const char *names = getenv("no_proxy") ? getenv("no_proxy") : getenv("NO_PROXY");
    struct buffer list = {0};

    buffer_printf(&list, "localhost,127.0.0.1,[::1]%s%s", names ? "," : "", names ? names : "");
    curl_easy_setopt(curl, CURLOPT_NOPROXY, buffer_text(&list));
    buffer_release(&list);
}

static void set_request(struct http *http, const char *url, struct bytes request, uint64_t wait_ms)
{
    CURL *curl = http->curl;

    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, http->cause);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, http->headers);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "cairn/" CAIRN_VERSION);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)HTTP_CONNECT_MS);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)(HTTP_TOTAL_MS + wait_ms));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.at);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request.size);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
    set_proxy(curl);
}

bool http_post(struct http *http, const char *url, struct bytes request, uint64_t wait_ms,
               struct buffer *answer, struct error *err)
{
    struct http_body body = {.out = answer};
    char name[HTTP_NAME_MAX];
    long status = 0;
    CURLcode code;

    assert(wait_ms <= 3600000);
    if (!http->curl || !http->headers)
        return error_set(err, ERROR_IO, "libcurl did not start; is its installation whole?");
    if (!url_name(name, url))
        return error_set(err, ERROR_USAGE,
                         "the node's address is not an http:// or https:// URL;"
                         " give --rpc-url http://HOST:PORT");
    set_request(http, url, request, wait_ms);
    curl_easy_setopt(http->curl, CURLOPT_WRITEDATA, &body);
    http->cause[0] = '\0';
    code = curl_easy_perform(http->curl);
    if (body.too_large)
        return error_set(err, ERROR_IO, "%s: the answer is over %d MiB; ask for less", name,
                         HTTP_ANSWER_MAX / (1024 * 1024));
    if (code != CURLE_OK)
        return error_set(err, ERROR_IO, "%s: %s; is cairnd running there? --rpc-url names another",
                         name, http->cause[0] ? http->cause : curl_easy_strerror(code));
    curl_easy_getinfo(http->curl, CURLINFO_RESPONSE_CODE, &status);
    if (status != 200)
        return error_set(err, ERROR_IO,
                         "%s answered HTTP status %ld: %.200s; is this a node's JSON-RPC address?",
                         name, status, buffer_text(answer));
    return true;
}
