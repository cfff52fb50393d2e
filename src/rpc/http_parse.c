/* llhttp's side: a whole head becomes a struct http_head, a body is taken out of its framing. It
 * refuses a second Content-Length, Content-Length beside Transfer-Encoding, signs, hex and
 * overflow in lengths and chunk sizes by itself. It has no limits: the callbacks count. */
#include "http_machine.h"

static const char *const field_names[FIELD_COUNT] = {
    [FIELD_HOST] = "Host",
    [FIELD_ORIGIN] = "Origin",
    [FIELD_CONTENT_TYPE] = "Content-Type",
    [FIELD_CONTENT_ENCODING] = "Content-Encoding",
    [FIELD_TRANSFER_ENCODING] = "Transfer-Encoding",
    [FIELD_EXPECT] = "Expect",
};

static int on_url(llhttp_t *parser, const char *at, size_t size)
{
    struct http *http = parser->data;

    http->head->target = bytes_of(at, size);
    return HPE_OK;
}

static int on_header_field(llhttp_t *parser, const char *at, size_t size)
{
    struct http *http = parser->data;
    struct http_head *head = http->head;

    for (head->at = 0; head->at < FIELD_COUNT; head->at++)
        if (text_equal(bytes_of(at, size), field_names[head->at]))
            break;
    if (head->at < FIELD_COUNT) {
        head->repeated = head->repeated || head->field[head->at].at;
        head->field[head->at] = bytes_of(at, 0); /* present, if llhttp tells of no value */
    }
    return HPE_OK;
}

static int on_header_value(llhttp_t *parser, const char *at, size_t size)
{
    struct http *http = parser->data;
    struct http_head *head = http->head;

    while (size > 0 && (at[size - 1] == ' ' || at[size - 1] == '\t'))
        size--;
    if (head->at < FIELD_COUNT)
        head->field[head->at] = bytes_of(at, size);
    return HPE_OK;
}

static int on_headers_complete(llhttp_t *parser)
{
    struct http *http = parser->data;
    struct http_head *head = http->head;

    head->complete = true;
    head->method = llhttp_get_method(parser);
    head->version = 10U * llhttp_get_http_major(parser) + (unsigned)llhttp_get_http_minor(parser);
    head->keep_alive = llhttp_should_keep_alive(parser);
    head->chunked = (parser->flags & F_CHUNKED) != 0;
    head->content_length = head->chunked ? 0 : parser->content_length;
    head->has_body = head->chunked || head->content_length > 0;
    return 0;
}

static const struct http_verdict body_malformed = {400, "malformed request body"};

/* Extensions mean nothing here, and no body size counts them: they count as head. */
static int on_extension(llhttp_t *parser, const char *at, size_t size)
{
    struct http *http = parser->data;

    (void)at;
    if (size <= http->limits->head_bytes_max - http->scan.size) {
        http->scan.size += size;
        return HPE_OK;
    }
    http->refused = body_malformed; /* the same, whether llhttp sees the whole of it or a part */
    return HPE_USER;
}

/* The last chunk ends llhttp's part: trailers are scanned like the lines of a head. */
static int on_chunk_header(llhttp_t *parser)
{
    struct http *http = parser->data;

    if (parser->content_length == 0)
        return HPE_PAUSED;
    http->refused = http_body_check(http, parser->content_length);
    return http->refused.status ? -1 : 0;
}

static int on_body(llhttp_t *parser, const char *at, size_t size)
{
    struct http *http = parser->data;

    http->refused = http_body_put(http, bytes_of(at, size));
    return http->refused.status ? HPE_USER : HPE_OK;
}

static int on_message_complete(llhttp_t *parser)
{
    (void)parser;
    return HPE_PAUSED;
}

static const llhttp_settings_t settings = {
    .on_url = on_url,
    .on_header_field = on_header_field,
    .on_header_value = on_header_value,
    .on_headers_complete = on_headers_complete,
    .on_body = on_body,
    .on_message_complete = on_message_complete,
    .on_chunk_header = on_chunk_header,
    .on_chunk_extension_name = on_extension,
    .on_chunk_extension_value = on_extension,
};

void http_parse_init(struct http *http)
{
    llhttp_init(&http->parser, HTTP_REQUEST, &settings);
    http->parser.data = http;
}

static struct http_verdict head_verdict(llhttp_errno_t error, const struct http_head *head)
{
    const struct bytes *coding = &head->field[FIELD_TRANSFER_ENCODING];

    if (error == HPE_INVALID_METHOD) /* the scan saw that it is a word */
        return (struct http_verdict){501, "method not implemented"};
    if (error == HPE_INVALID_VERSION)
        return (struct http_verdict){505, "HTTP version not supported"};
    if ((error != HPE_OK && error != HPE_PAUSED) || !head->complete)
        return (struct http_verdict){400, "malformed header"};
    if (head->version != 10 && head->version != 11)
        return (struct http_verdict){505, "HTTP version not supported"};
    if (head->repeated)
        return (struct http_verdict){400, "repeated header line"};
    if (!head->field[FIELD_HOST].at)
        return (struct http_verdict){400, "no Host header line"};
    /* llhttp takes an empty coding, and any before chunked. RFC 9112, 6.1: none from HTTP/1.0. */
    if (coding->at && (head->version == 10 || !text_equal(*coding, "chunked")))
        return (struct http_verdict){400, "transfer coding not understood"};
    return (struct http_verdict){0};
}

struct http_verdict http_parse_head(struct http *http, struct bytes bytes, struct http_head *head)
{
    llhttp_errno_t error;

    *head = (struct http_head){.at = FIELD_COUNT};
    http->head = head;
    llhttp_reset(&http->parser); /* forgets an upgrade that was offered, and not taken */
    error = llhttp_execute(&http->parser, (const char *)bytes.at, bytes.size);
    http->head = NULL;
    return head_verdict(error, head);
}

struct http_verdict http_parse_body(struct http *http, struct bytes bytes, size_t *used,
                                    bool *whole)
{
    const char *at = (const char *)bytes.at;
    llhttp_errno_t error = llhttp_execute(&http->parser, at, bytes.size);

    *used = bytes.size;
    *whole = error == HPE_PAUSED;
    if (*whole)
        *used = (size_t)(llhttp_get_error_pos(&http->parser) - at);
    else if (http->refused.status != 0)
        return http->refused;
    else if (error != HPE_OK)
        return body_malformed;
    return (struct http_verdict){0};
}
