#include <cairn/json.h>

#include <stdio.h>
#include <string.h>

/* The largest integer that jansson holds; of as many digits, greater ones compare greater. */
static const char integer_max[] = "9223372036854775807";

/* What is done before jansson sees a text: the bound on nesting, and numbers it cannot hold. */
struct scan {
    struct bytes text;
    size_t at;
    unsigned depth;
    unsigned depth_max;
    struct buffer copy; /* of the text, once a byte of it must differ */
};

void json_open(size_t seed)
{
    assert(seed != 0);
    json_object_seed(seed);
}

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

/* What continues the digits of an integer to a real. */
static bool is_real_part(uint8_t byte)
{
    return byte == '.' || byte == 'e' || byte == 'E';
}

/* From behind the opening quote to behind the closing one. */
static bool scan_string(struct scan *s, struct error *err)
{
    while (s->at < s->text.size) {
        uint8_t byte = s->text.at[s->at++];

        if (byte == '"')
            return true;
        if (byte == 0)
            return error_set(err, ERROR_JSON, "NUL in a string at byte %zu", s->at - 1);
        if (byte != '\\')
            continue;
        if (s->text.size - s->at >= 5 && memcmp(s->text.at + s->at, "u0000", 5) == 0)
            return error_set(err, ERROR_JSON, "NUL in a string at byte %zu", s->at - 1);
        if (s->at < s->text.size)
            s->at++;
    }
    return true; /* no closing quote: jansson says so */
}

/* Makes a real of an integer, in as many bytes so that positions stay: D.DDD…eNNN. */
static void integer_widen(struct scan *s, size_t first, size_t count)
{
    size_t exponent = count - 1 < 300 ? count - 1 : 300; /* a double goes to 10^308 */
    uint8_t *digit;
    char tail[8];

    if (s->copy.size == 0)
        buffer_put(&s->copy, s->text);
    digit = s->copy.at + first;
    memmove(digit + 2, digit + 1, count - 2);
    digit[1] = '.';
    snprintf(tail, sizeof(tail), "e%03u", (unsigned)exponent);
    memcpy(digit + count - 4, tail, 4);
}

static void scan_real(struct scan *s)
{
    while (s->at < s->text.size) {
        uint8_t byte = s->text.at[s->at];

        if (!is_digit(byte) && !is_real_part(byte) && byte != '+' && byte != '-')
            return;
        s->at++;
    }
}

static void scan_number(struct scan *s)
{
    size_t first = s->at + (s->text.at[s->at] == '-');
    size_t end = first;
    size_t count;

    while (end < s->text.size && is_digit(s->text.at[end]))
        end++;
    count = end - first;
    s->at = end;
    if (end < s->text.size && is_real_part(s->text.at[end])) {
        scan_real(s);
        return;
    }
    if (count < sizeof(integer_max) - 1 || s->text.at[first] == '0') /* a leading 0 is no JSON */
        return;
    if (count > sizeof(integer_max) - 1 || memcmp(s->text.at + first, integer_max, count) > 0)
        integer_widen(s, first, count);
}

static bool scan_text(struct scan *s, struct error *err)
{
    while (s->at < s->text.size) {
        uint8_t byte = s->text.at[s->at];

        if (byte == '-' || is_digit(byte)) {
            scan_number(s);
            continue;
        }
        s->at++;
        if (byte == 0) /* jansson passes over one behind a number */
            return error_set(err, ERROR_JSON, "NUL at byte %zu", s->at - 1);
        if (byte == '"' && !scan_string(s, err))
            return false;
        if (byte == '[' || byte == '{') {
            if (s->depth == s->depth_max)
                return error_set(err, ERROR_JSON, "nesting deeper than %u at byte %zu",
                                 s->depth_max, s->at - 1);
            s->depth++;
        }
        if ((byte == ']' || byte == '}') && s->depth > 0)
            s->depth--;
    }
    return true;
}

bool json_parse(json_t **out, struct bytes text, unsigned depth_max, struct error *err)
{
    struct scan scan = {.text = text, .depth_max = depth_max};
    json_error_t fault = {0};
    bool ok = false;

    if (text.size == 0)
        return error_set(err, ERROR_JSON, "empty text at byte 0");
    if (!scan_text(&scan, err))
        goto out;
    if (scan.copy.size != 0)
        text = buffer_bytes(&scan.copy);
    *out = json_loadb((const char *)text.at, text.size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY,
                      &fault);
    ok = *out || error_set(err, ERROR_JSON, "%s at byte %d", fault.text, fault.position);
out:
    buffer_release(&scan.copy);
    return ok;
}
