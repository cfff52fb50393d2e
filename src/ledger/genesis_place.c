#include "genesis_place.h"

#include <cairn/hex.h>
#include <cairn/key.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { PATH_MAX_KEYS = 8 }; /* the deepest is config.cairn.validators.N.address */

struct genesis_place genesis_root(const struct genesis_source *source, const json_t *value)
{
    return (struct genesis_place){.source = source, .value = value};
}

struct genesis_place genesis_member(const struct genesis_place *outer, const char *key)
{
    return (struct genesis_place){
        .source = outer->source,
        .outer = outer,
        .key = key,
        .value = json_object_get(outer->value, key), /* NULL in what is no object */
    };
}

/* The keys from the file's top to `place`. */
static size_t path_of(const struct genesis_place *place, const char *path[PATH_MAX_KEYS])
{
    size_t count = 0;
    size_t at;

    for (const struct genesis_place *p = place; p->outer; p = p->outer)
        count++;
    assert(count <= PATH_MAX_KEYS);
    at = count;
    for (const struct genesis_place *p = place; p->outer; p = p->outer)
        path[--at] = p->key;
    return count;
}

unsigned genesis_line(const struct genesis_place *place)
{
    for (const struct genesis_place *p = place; p->outer; p = p->outer) {
        const char *path[PATH_MAX_KEYS];
        size_t count = path_of(p, path);
        unsigned line = json_line(p->source->text, path, count);

        if (line > 0)
            return line;
    }
    return 1;
}

bool genesis_fail(const struct genesis_place *place, const char *format, ...)
{
    struct error *err = place->source->err;
    char what[ERROR_TEXT_MAX];
    const char *path[PATH_MAX_KEYS];
    size_t count = path_of(place, path);
    va_list list;

    if (err->code != ERROR_NONE)
        return false;
    va_start(list, format);
    vsnprintf(what, sizeof(what), format, list);
    va_end(list);
    error_set(err, ERROR_GENESIS, "%s", what);
    if (count > 0) {
        struct buffer key = {0};

        for (size_t i = 0; i < count; i++)
            buffer_printf(&key, "%s%s", i == 0 ? "" : ".", path[i]);
        error_wrap(err, "%s", buffer_text(&key));
        buffer_release(&key);
    }
    return error_wrap(err, "%s:%u", place->source->name, genesis_line(place));
}

void genesis_fail_json(const struct genesis_source *source, const struct error *fault)
{
    static const char mark[] = " at byte ";
    const char *end = NULL;
    unsigned long long offset = 0;
    unsigned line = 1;

    for (const char *at = strstr(fault->text, mark); at; at = strstr(end, mark))
        end = at + strlen(mark);
    if (end)
        offset = strtoull(end, NULL, 10);
    for (size_t i = 0; i < source->text.size && i < offset; i++)
        line += source->text.at[i] == '\n';
    error_set(source->err, ERROR_GENESIS, "%s:%u: %s", source->name, line, fault->text);
}

bool genesis_need(const struct genesis_place *place)
{
    return place->value || genesis_fail(place, "missing");
}

bool genesis_is_object(const struct genesis_place *place)
{
    return genesis_need(place) &&
           (json_is_object(place->value) || genesis_fail(place, "must be an object"));
}

bool genesis_is_array(const struct genesis_place *place)
{
    return genesis_need(place) &&
           (json_is_array(place->value) || genesis_fail(place, "must be an array"));
}

static bool number_of_text(const struct genesis_place *place, struct u256 *out)
{
    const char *text = json_string_value(place->value);
    size_t size = json_string_length(place->value);
    struct error err = {0};

    if (size >= 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
        return hex_parse_u256(out, bytes_of(text, size), &err) ||
               genesis_fail(place, "%s", err.text);
    return u256_parse(out, text, size) || genesis_fail(place, "\"%.80s\" is no number", text);
}

static bool number(const struct genesis_place *place, struct u256 *out)
{
    if (json_is_string(place->value))
        return number_of_text(place, out);
    if (!json_is_integer(place->value))
        return genesis_fail(place, "must be a whole number; one over 63 bits as a text");
    if (json_integer_value(place->value) < 0)
        return genesis_fail(place, "must not be negative");
    *out = u256_of_u64((uint64_t)json_integer_value(place->value));
    return true;
}

void genesis_u64(const struct genesis_place *place, uint64_t *out, uint64_t min, uint64_t max)
{
    struct u256 value;

    if (!place->value || !number(place, &value))
        return;
    if (!u256_fits_u64(&value) || u256_to_u64(&value) < min || u256_to_u64(&value) > max) {
        genesis_fail(place, "must be %" PRIu64 " to %" PRIu64, min, max);
        return;
    }
    *out = u256_to_u64(&value);
}

void genesis_u256(const struct genesis_place *place, struct u256 *out, const struct u256 *max)
{
    struct u256 value;
    char text[U256_DECIMAL_MAX + 1];

    if (!place->value || !number(place, &value))
        return;
    if (u256_compare(&value, max) > 0) {
        u256_format(text, max);
        genesis_fail(place, "must be at most %s", text);
        return;
    }
    *out = value;
}

void genesis_bool(const struct genesis_place *place, bool *out)
{
    if (!place->value)
        return;
    if (json_is_boolean(place->value))
        *out = json_is_true(place->value);
    else
        genesis_fail(place, "must be true or false");
}

struct bytes genesis_text(const struct genesis_place *place, size_t size_max)
{
    struct bytes text = {0};

    if (!place->value)
        return text;
    if (!json_is_string(place->value)) {
        genesis_fail(place, "must be a text");
        return text;
    }
    text = bytes_of(json_string_value(place->value), json_string_length(place->value));
    if (text.size <= size_max)
        return text;
    genesis_fail(place, "%zu bytes, limit %zu", text.size, size_max);
    return (struct bytes){0};
}

static void parse_address(const struct genesis_place *place, struct bytes text, struct address *out)
{
    struct error err = {0};

    if (!address_parse(out, text, &err))
        genesis_fail(place, "%s", err.text);
}

void genesis_address(const struct genesis_place *place, struct address *out)
{
    struct bytes text = genesis_text(place, SIZE_MAX);

    parse_address(place, text, out);
}

void genesis_address_key(const struct genesis_place *place, struct address *out)
{
    struct buffer text = {0};

    if (strncmp(place->key, "0x", 2) != 0)
        buffer_put_text(&text, "0x");
    buffer_put_text(&text, place->key);
    parse_address(place, buffer_bytes(&text), out);
    buffer_release(&text);
}
