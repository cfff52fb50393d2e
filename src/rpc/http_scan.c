/* The form of a request's head and of a trailer, byte by byte. llhttp lets pass what RFC 9112 wants
 * refused because two readers may take it differently: a space before the colon, folded lines,
 * empty names, RTSP. What is scanned is held against llhttp's reading of it, so a head counts only
 * if both agree where it ends. */
#include "http_machine.h"

static bool is_token(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != 0 && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static bool is_visible(uint8_t c)
{
    return c > ' ' && c < 0x7f;
}

static bool is_value(uint8_t c)
{
    return c == '\t' || (c >= ' ' && c != 0x7f);
}

/* The next byte of "HTTP/D.D"; llhttp says which versions exist. */
static bool is_version(uint8_t c, unsigned offset)
{
    static const char form[] = "HTTP/0.0";

    if (offset >= sizeof form - 1)
        return false;
    return form[offset] == '0' ? c >= '0' && c <= '9' : c == (uint8_t)form[offset];
}

/* The state behind one more byte; false: no head goes on so. */
static bool scan_byte(struct http_scan *scan, uint8_t c)
{
    switch (scan->line) {
    case LINE_BEFORE:
        scan->line = c == '\r' ? LINE_BEFORE_LF : LINE_METHOD;
        return c == '\r' || is_token(c);
    case LINE_BEFORE_LF:
        scan->line = LINE_BEFORE;
        return c == '\n';
    case LINE_METHOD:
        if (c == ' ')
            scan->line = LINE_TARGET;
        return c == ' ' || is_token(c);
    case LINE_TARGET:
        if (c == ' ' && scan->target_size > 0) {
            scan->line = LINE_VERSION;
            return true;
        }
        scan->target_size++;
        return is_visible(c);
    case LINE_VERSION:
        if (c == '\r' && scan->version_size == strlen("HTTP/0.0")) {
            scan->line = LINE_LF;
            return true;
        }
        return is_version(c, scan->version_size++);
    case LINE_LF:
        scan->line = LINE_START;
        return c == '\n';
    case LINE_START:
        if (c == '\r') {
            scan->line = LINE_LAST_LF;
            return true;
        }
        scan->lines++;
        scan->line = LINE_NAME;
        return is_token(c); /* a space: a folded line; a colon: no name */
    case LINE_NAME:
        if (c == ':')
            scan->line = LINE_VALUE;
        return c == ':' || is_token(c);
    case LINE_VALUE:
        if (c == '\r')
            scan->line = LINE_LF;
        return c == '\r' || is_value(c);
    case LINE_LAST_LF:
        scan->line = LINE_WHOLE;
        return c == '\n';
    case LINE_WHOLE:
        break;
    }
    return false;
}

struct http_verdict http_scan(struct http_scan *scan, const struct http_limits *limits,
                              struct bytes head, bool *whole)
{
    size_t max = limits->head_bytes_max;
    size_t end = head.size < max ? head.size : max;

    while (scan->line != LINE_WHOLE && scan->size < end) {
        if (scan->line == LINE_VALUE && is_value(head.at[scan->size])) {
            scan->size++; /* most bytes of a head, and the state stays */
            continue;
        }
        if (!scan_byte(scan, head.at[scan->size++]))
            return (struct http_verdict){400, "malformed header"};
        if (scan->lines > limits->head_lines_max)
            return (struct http_verdict){431, "too many header lines"};
    }
    *whole = scan->line == LINE_WHOLE;
    if (!*whole && scan->size < head.size)
        return (struct http_verdict){431, "header too large"};
    return (struct http_verdict){0};
}
