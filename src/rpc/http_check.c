/* Whether a well-formed request is served: who asks (Host, against DNS rebinding: a page's own name
 * that resolves to 127.0.0.1), for what, and in which form. CORS never refuses; it only decides
 * what the browser lets a page see. */
#include "http_machine.h"

#include <arpa/inet.h>
#include <strings.h>

static const struct http_route routes[] = {
    {"/", "POST, OPTIONS", .post = HTTP_EVENT_RPC},
    {"/health", "GET, HEAD, OPTIONS", .get = HTTP_EVENT_HEALTH},
};

static const char *const origins_local[] = {"http://localhost:*", "http://127.0.0.1:*"};

bool text_equal(struct bytes a, const char *b)
{
    return a.size == strlen(b) && strncasecmp((const char *)a.at, b, a.size) == 0;
}

static size_t index_of(struct bytes text, const char *any_of)
{
    size_t i = 0;

    while (i < text.size && !strchr(any_of, text.at[i]))
        i++;
    return i;
}

/* Nothing, or a colon and a port. RFC 3986 allows the port to be empty. */
static bool is_port(struct bytes text)
{
    size_t i = 1;

    if (text.size == 0)
        return true;
    while (i < text.size && text.at[i] >= '0' && text.at[i] <= '9')
        i++;
    return text.at[0] == ':' && i == text.size && text.size <= strlen(":65535");
}

static bool is_address(int family, struct bytes text)
{
    uint8_t address[16];
    char copy[INET6_ADDRSTRLEN];

    if (text.size >= sizeof copy)
        return false;
    memcpy(copy, text.at, text.size);
    copy[text.size] = 0;
    return inet_pton(family, copy, address) == 1;
}

bool http_host_allowed(const struct http_policy *policy, struct bytes host)
{
    bool bracket = host.size > 0 && host.at[0] == '[';
    size_t name_size = index_of(host, bracket ? "]" : ":");
    struct bytes name = bytes_part(host, 0, name_size);

    for (size_t i = 0; i < policy->vhost_count; i++)
        if (strcmp(policy->vhosts[i], "*") == 0)
            return true;
    if (bracket)
        return name_size < host.size && is_port(bytes_from(host, name_size + 1)) &&
               is_address(AF_INET6, bytes_from(name, 1));
    if (name_size == 0 || !is_port(bytes_from(host, name_size)))
        return false;
    if (text_equal(name, "localhost") || is_address(AF_INET, name))
        return true;
    for (size_t i = 0; i < policy->vhost_count; i++)
        if (text_equal(name, policy->vhosts[i]))
            return true;
    return false;
}

static bool origin_matches(struct bytes origin, const char *pattern)
{
    size_t size = strlen(pattern), stem = size - strlen(":*");

    if (strcmp(pattern, "*") == 0 || text_equal(origin, pattern))
        return true;
    return size > strlen(":*") && strcmp(pattern + stem, ":*") == 0 && origin.size >= stem &&
           strncasecmp((const char *)origin.at, pattern, stem) == 0 &&
           is_port(bytes_from(origin, stem));
}

bool http_origin_allowed(const struct http_policy *policy, struct bytes origin)
{
    for (size_t i = 0; i < COUNT(origins_local); i++)
        if (origin_matches(origin, origins_local[i]))
            return true;
    for (size_t i = 0; i < policy->origin_count; i++)
        if (origin_matches(origin, policy->origins[i]))
            return true;
    return false;
}

/* Takes the authority off an absolute target (RFC 9112, 3.2.2: must be accepted) and the query off
 * its path. False: the authority is not allowed. */
static bool target_split(const struct http_policy *policy, struct bytes target, struct bytes *path,
                         struct bytes *query)
{
    static const char scheme[] = "http://";
    const size_t scheme_size = sizeof scheme - 1;
    bool allowed = true;

    if (target.size >= scheme_size && text_equal(bytes_part(target, 0, scheme_size), scheme)) {
        struct bytes rest = bytes_from(target, scheme_size);
        size_t size = index_of(rest, "/?");

        allowed = http_host_allowed(policy, bytes_part(rest, 0, size));
        target = bytes_from(rest, size);
    }
    *path = bytes_part(target, 0, index_of(target, "?"));
    *query = bytes_from(target, path->size);
    if (query->size > 0)
        *query = bytes_from(*query, 1);
    if (path->size == 0)
        *path = bytes_of_text("/");
    return allowed;
}

static const struct http_route *route_find(struct bytes path)
{
    for (size_t i = 0; i < COUNT(routes); i++)
        if (bytes_equal(path, bytes_of_text(routes[i].path)))
            return &routes[i];
    return NULL;
}

static enum http_event_kind route_kind(const struct http_route *route, uint8_t method)
{
    if (method == HTTP_POST)
        return route->post;
    return method == HTTP_GET || method == HTTP_HEAD ? route->get : HTTP_EVENT_NONE;
}

/* Any other type than JSON, and none, a web page may send without a preflight. */
static struct http_verdict check_form(const struct http_head *head)
{
    struct bytes type = head->field[FIELD_CONTENT_TYPE];
    struct bytes coding = head->field[FIELD_CONTENT_ENCODING];

    type = bytes_part(type, 0, index_of(type, ";"));
    while (type.size > 0 && (type.at[type.size - 1] == ' ' || type.at[type.size - 1] == '\t'))
        type.size--;
    if (!text_equal(type, "application/json"))
        return (struct http_verdict){415, "send Content-Type: application/json"};
    if (coding.at && !text_equal(coding, "identity"))
        return (struct http_verdict){415, "send the body without Content-Encoding"};
    return (struct http_verdict){0};
}

/* Before 100 Continue, and before a byte of the body is kept. */
static struct http_verdict check_size(const struct http *http, const struct http_head *head)
{
    const struct http_budget *budget = http->budget;

    if (head->content_length > http->limits->body_bytes_max)
        return (struct http_verdict){413, "request body too large"};
    if (!http_budget_allows(budget, head->content_length, head->content_length))
        return (struct http_verdict){503, "too much in progress"};
    return (struct http_verdict){0};
}

struct http_verdict http_check(const struct http *http, const struct http_head *head,
                               const struct http_route **route, enum http_event_kind *kind,
                               struct bytes *query)
{
    struct bytes path;
    struct http_verdict verdict = {0};

    if (!target_split(http->policy, head->target, &path, query) ||
        !http_host_allowed(http->policy, head->field[FIELD_HOST]))
        return (struct http_verdict){403, "invalid host specified"};
    *route = route_find(path);
    if (!*route)
        return (struct http_verdict){404, "not found"};
    if (head->method == HTTP_OPTIONS)
        return (struct http_verdict){204, ""};
    *kind = route_kind(*route, head->method);
    if (*kind == HTTP_EVENT_NONE)
        return (struct http_verdict){405, "method not allowed"};
    if (head->method == HTTP_POST)
        verdict = check_form(head);
    if (verdict.status == 0 && head->field[FIELD_EXPECT].at &&
        !text_equal(head->field[FIELD_EXPECT], "100-continue"))
        return (struct http_verdict){417, "only Expect: 100-continue is understood"};
    return verdict.status ? verdict : check_size(http, head);
}
