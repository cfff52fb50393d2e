#include "checks.h"

#include <cairn/hex.h>

#include <inttypes.h>
#include <stdio.h>

enum { SHOWN_MAX = 100 /* bytes of a value in a message */, REASON_MAX = 256 };

/* ---- counting ---- */

static void tally_add(struct tallies *tallies, const char *text)
{
    for (size_t i = 0; i < tallies->count; i++)
        if (strcmp(tallies->item[i].text, text) == 0) {
            tallies->item[i].count++;
            return;
        }
    if (tallies->count == tallies->room) {
        tallies->room = 2 * tallies->room + 8;
        tallies->item = mem_grow(tallies->item, tallies->room, sizeof *tallies->item);
    }
    tallies->item[tallies->count++] = (struct tally){mem_text(text), 1};
}

static void tallies_release(struct tallies *tallies)
{
    for (size_t i = 0; i < tallies->count; i++)
        mem_free(tallies->item[i].text);
    mem_free(tallies->item);
    *tallies = (struct tallies){0};
}

void checks_release(struct checks *c)
{
    tallies_release(&c->left);
    tallies_release(&c->notes);
    tallies_release(&c->case_notes);
    buffer_release(&c->report);
}

/* A case that fails fails, whatever else was said of it. */
static void case_count(struct checks *c)
{
    struct tallies *to = c->leaving ? &c->left : &c->notes;

    if (!c->failing && !c->leaving && c->compared == 0)
        check_fail(c, "nothing was compared");
    if (c->failing)
        c->failed++;
    else if (c->leaving)
        c->left_out++;
    else
        c->passed++;
    for (size_t i = 0; i < c->case_notes.count && !c->failing; i++)
        tally_add(to, c->case_notes.item[i].text);
    tallies_release(&c->case_notes);
}

void checks_one(struct checks *c, const char *name, json_t *json, case_check *check)
{
    (void)snprintf(c->name, sizeof c->name, "%s", name);
    c->compared = 0;
    c->failing = c->leaving = false;
    check(c, json);
    case_count(c);
}

static void absent(struct checks *c, json_t *array)
{
    check_fail(c, array ? "the array is empty" : "the file has no such array");
}

static json_t *cases_of(struct checks *c, json_t *root, const char *key)
{
    json_t *array = json_object_get(root, key);

    if (json_is_array(array) && json_array_size(array) > 0)
        return array;
    checks_one(c, key, json_is_array(array) ? array : NULL, absent);
    return NULL;
}

void checks_each(struct checks *c, json_t *root, const char *key, case_check *check)
{
    json_t *array = cases_of(c, root, key), *count = json_object_get(root, "count");

    if (array && strcmp(key, "cases") == 0 && json_is_integer(count) &&
        (json_int_t)json_array_size(array) != json_integer_value(count))
        buffer_printf(&c->report, "# count says %" JSON_INTEGER_FORMAT ", there are %zu\n",
                      json_integer_value(count), json_array_size(array));
    for (size_t i = 0; i < json_array_size(array); i++) {
        json_t *json = json_array_get(array, i);
        const char *name = json_string_value(json_object_get(json, "name"));
        char place[64];

        (void)snprintf(place, sizeof place, "%s[%zu]", key, i);
        checks_one(c, name ? name : place, json, check);
    }
}

void checks_leave(struct checks *c, json_t *root, const char *key, const char *reason)
{
    json_t *array = cases_of(c, root, key);

    for (size_t i = 0; i < json_array_size(array); i++)
        tally_add(&c->left, reason);
    c->left_out += json_array_size(array);
}

/* ---- the present case ---- */

void check_fail(struct checks *c, const char *format, ...)
{
    char text[ERROR_TEXT_MAX];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    c->failing = true;
    buffer_printf(&c->report, "# failed: %s: %s\n", c->name, text);
}

void check_leave_out(struct checks *c, const char *format, ...)
{
    char text[REASON_MAX];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    tallies_release(&c->case_notes);
    tally_add(&c->case_notes, text);
    c->leaving = true;
}

void check_note(struct checks *c, const char *format, ...)
{
    char text[REASON_MAX];
    va_list arguments;

    if (c->leaving)
        return;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    tally_add(&c->case_notes, text);
}

void check_true(struct checks *c, bool fact, const char *format, ...)
{
    char text[ERROR_TEXT_MAX];
    va_list arguments;

    c->compared++;
    if (fact)
        return;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    check_fail(c, "%s", text);
}

static void put_value(struct buffer *out, struct bytes value)
{
    if (value.size <= SHOWN_MAX) {
        hex_put_data(out, value);
        return;
    }
    hex_put_data(out, bytes_part(value, 0, SHOWN_MAX));
    buffer_printf(out, "... (%zu bytes)", value.size);
}

bool check_bytes(struct checks *c, const char *what, struct bytes have, struct bytes want)
{
    struct buffer have_text = {0}, want_text = {0};
    bool equal = bytes_equal(have, want);

    c->compared++;
    if (!equal) {
        put_value(&have_text, have);
        put_value(&want_text, want);
        check_fail(c, "%s: want %s, came %s", what, buffer_text(&want_text),
                   buffer_text(&have_text));
    }
    buffer_release(&have_text);
    buffer_release(&want_text);
    return equal;
}

bool check_text(struct checks *c, const char *what, const char *have, const char *want)
{
    c->compared++;
    if (strcmp(have, want) == 0)
        return true;
    check_fail(c, "%s: want \"%.200s\", came \"%.200s\"", what, want, have);
    return false;
}

bool check_u64(struct checks *c, const char *what, uint64_t have, uint64_t want)
{
    c->compared++;
    if (have == want)
        return true;
    check_fail(c, "%s: want 0x%" PRIx64 ", came 0x%" PRIx64, what, want, have);
    return false;
}

bool check_u256(struct checks *c, const char *what, const struct u256 *have,
                const struct u256 *want)
{
    char have_text[U256_DECIMAL_MAX + 1], want_text[U256_DECIMAL_MAX + 1];

    c->compared++;
    if (u256_equal(have, want))
        return true;
    u256_format(have_text, have);
    u256_format(want_text, want);
    check_fail(c, "%s: want %s, came %s", what, want_text, have_text);
    return false;
}

bool check_data_at(struct checks *c, json_t *json, const char *key, struct bytes have)
{
    struct buffer want = {0};
    bool equal = get_data(c, json, key, &want) && check_bytes(c, key, have, buffer_bytes(&want));

    buffer_release(&want);
    return equal;
}

bool check_hash_at(struct checks *c, json_t *json, const char *key, const struct hash *have)
{
    return check_data_at(c, json, key, bytes_of_hash(have));
}

bool check_address_at(struct checks *c, json_t *json, const char *key, const struct address *have)
{
    return check_data_at(c, json, key, bytes_of_address(have));
}

bool check_u64_at(struct checks *c, json_t *json, const char *key, uint64_t have)
{
    struct u256 have_wide = u256_of_u64(have);

    return check_u256_at(c, json, key, &have_wide);
}

bool check_u256_at(struct checks *c, json_t *json, const char *key, const struct u256 *have)
{
    struct u256 want;

    return get_u256(c, json, key, &want) && check_u256(c, key, have, &want);
}

/* ---- fields ---- */

bool has(json_t *json, const char *key)
{
    json_t *value = json_object_get(json, key);

    return value && !json_is_null(value);
}

/* The text of a field; false: the case has failed. */
static bool field_text(struct checks *c, json_t *json, const char *key, struct bytes *text)
{
    json_t *value = json_object_get(json, key);

    if (!json_is_string(value)) {
        check_fail(c, "the case has no text `%s`", key);
        return false;
    }
    *text = bytes_of(json_string_value(value), json_string_length(value));
    return true;
}

static bool malformed(struct checks *c, const char *key, const struct error *err)
{
    check_fail(c, "the case's `%s`: %s", key, err->text);
    return false;
}

bool data_of(struct checks *c, json_t *value, const char *what, struct buffer *out)
{
    struct error err = {0};

    if (!json_is_string(value)) {
        check_fail(c, "`%s` is no text", what);
        return false;
    }
    return hex_parse_data(out, bytes_of(json_string_value(value), json_string_length(value)),
                          SIZE_MAX, &err) ||
           malformed(c, what, &err);
}

bool get_data(struct checks *c, json_t *json, const char *key, struct buffer *out)
{
    struct error err = {0};
    struct bytes text;

    return field_text(c, json, key, &text) &&
           (hex_parse_data(out, text, SIZE_MAX, &err) || malformed(c, key, &err));
}

bool get_fixed(struct checks *c, json_t *json, const char *key, void *out, size_t size)
{
    struct error err = {0};
    struct bytes text;

    return field_text(c, json, key, &text) &&
           (hex_parse_fixed(out, size, text, &err) || malformed(c, key, &err));
}

bool get_u64(struct checks *c, json_t *json, const char *key, uint64_t *out)
{
    struct error err = {0};
    struct bytes text;

    return field_text(c, json, key, &text) &&
           (hex_parse_u64(out, text, &err) || malformed(c, key, &err));
}

bool get_u256(struct checks *c, json_t *json, const char *key, struct u256 *out)
{
    struct error err = {0};
    struct bytes text;

    return field_text(c, json, key, &text) &&
           (hex_parse_u256(out, text, &err) || malformed(c, key, &err));
}

bool get_integer(struct checks *c, json_t *json, const char *key, uint64_t *out)
{
    json_t *value = json_object_get(json, key);

    if (!json_is_integer(value) || json_integer_value(value) < 0) {
        check_fail(c, "the case has no number `%s`", key);
        return false;
    }
    *out = (uint64_t)json_integer_value(value);
    return true;
}

bool get_bool(struct checks *c, json_t *json, const char *key, bool *out)
{
    json_t *value = json_object_get(json, key);

    *out = json_is_true(value);
    if (!json_is_boolean(value))
        check_fail(c, "the case has no true or false `%s`", key);
    return json_is_boolean(value);
}

bool get_text(struct checks *c, json_t *json, const char *key, const char **out)
{
    struct bytes text;

    *out = "";
    if (!field_text(c, json, key, &text))
        return false;
    *out = json_string_value(json_object_get(json, key));
    return true;
}

bool get_array(struct checks *c, json_t *json, const char *key, json_t **out)
{
    *out = json_object_get(json, key);
    if (!json_is_array(*out))
        check_fail(c, "the case has no array `%s`", key);
    return json_is_array(*out);
}

bool get_object(struct checks *c, json_t *json, const char *key, json_t **out)
{
    *out = json_object_get(json, key);
    if (!json_is_object(*out))
        check_fail(c, "the case has no object `%s`", key);
    return json_is_object(*out);
}
