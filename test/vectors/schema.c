#include "schema.h"

#include <regex.h>

enum { DEPTH_MAX = 64 };

/* One document being held to; `depth` bounds schemas that name themselves. */
struct fit {
    json_t *document;
    unsigned depth;
};

static bool fits(struct fit *fit, json_t *schema, json_t *value, struct error *err);

static bool type_is(json_t *value, const char *type)
{
    return (strcmp(type, "string") == 0 && json_is_string(value)) ||
           (strcmp(type, "object") == 0 && json_is_object(value)) ||
           (strcmp(type, "array") == 0 && json_is_array(value)) ||
           (strcmp(type, "boolean") == 0 && json_is_boolean(value)) ||
           (strcmp(type, "integer") == 0 && json_is_integer(value)) ||
           (strcmp(type, "number") == 0 && json_is_number(value)) ||
           (strcmp(type, "null") == 0 && json_is_null(value));
}

static bool fits_type(json_t *type, json_t *value, struct error *err)
{
    if (!type)
        return true;
    if (json_is_string(type) && type_is(value, json_string_value(type)))
        return true;
    for (size_t i = 0; i < json_array_size(type); i++)
        if (json_is_string(json_array_get(type, i)) &&
            type_is(value, json_string_value(json_array_get(type, i))))
            return true;
    return error_set(err, ERROR_JSON, "no %s",
                     json_is_string(type) ? json_string_value(type) : "value of the types named");
}

static bool fits_pattern(json_t *pattern, json_t *value, struct error *err)
{
    regex_t regex;
    bool matches;

    if (!json_is_string(pattern) || !json_is_string(value))
        return true;
    if (regcomp(&regex, json_string_value(pattern), REG_EXTENDED | REG_NOSUB) != 0)
        return error_set(err, ERROR_JSON, "the schema's pattern %s is none",
                         json_string_value(pattern));
    matches = regexec(&regex, json_string_value(value), 0, NULL, 0) == 0;
    regfree(&regex);
    return matches || error_set(err, ERROR_JSON, "\"%.80s\" does not match %s",
                                json_string_value(value), json_string_value(pattern));
}

static bool fits_values(json_t *schema, json_t *value, struct error *err)
{
    json_t *one = json_object_get(schema, "const"), *some = json_object_get(schema, "enum");
    json_t *least = json_object_get(schema, "minimum"), *most = json_object_get(schema, "maximum");
    bool listed = !some;

    for (size_t i = 0; i < json_array_size(some); i++)
        listed = listed || json_equal(json_array_get(some, i), value);
    if (!listed || (one && !json_equal(one, value)))
        return error_set(err, ERROR_JSON, "none of the values named");
    if (json_is_number(value) && ((least && json_number_value(value) < json_number_value(least)) ||
                                  (most && json_number_value(value) > json_number_value(most))))
        return error_set(err, ERROR_JSON, "a number beyond the bounds");
    return true;
}

static bool fits_array(struct fit *fit, json_t *schema, json_t *value, struct error *err)
{
    json_t *items = json_object_get(schema, "items"), *most = json_object_get(schema, "maxItems");

    if (json_is_integer(most) && (json_int_t)json_array_size(value) > json_integer_value(most))
        return error_set(err, ERROR_JSON, "too many items");
    for (size_t i = 0; items && i < json_array_size(value); i++)
        if (!fits(fit, items, json_array_get(value, i), err))
            return error_wrap(err, "[%zu]", i);
    return true;
}

static bool fits_object(struct fit *fit, json_t *schema, json_t *value, struct error *err)
{
    json_t *required = json_object_get(schema, "required");
    json_t *properties = json_object_get(schema, "properties"), *member;
    json_t *others = json_object_get(schema, "additionalProperties");
    const char *key;

    for (size_t i = 0; i < json_array_size(required); i++) {
        key = json_string_value(json_array_get(required, i));
        if (key && !json_object_get(value, key))
            return error_set(err, ERROR_JSON, "no member %s", key);
    }
    json_object_foreach(value, key, member)
    {
        json_t *property = json_object_get(properties, key);

        if (!property && json_is_false(others))
            return error_set(err, ERROR_JSON, "a member %s, which is not allowed", key);
        if (!property && json_is_object(others))
            property = others;
        if (property && !fits(fit, property, member, err))
            return error_wrap(err, "%s", key);
    }
    return true;
}

/* All of `allOf`; of `anyOf` and `oneOf` at least one; not `not`. */
static bool fits_combined(struct fit *fit, json_t *schema, json_t *value, struct error *err)
{
    static const char *const choices[] = {"anyOf", "oneOf"};
    json_t *all = json_object_get(schema, "allOf"), *never = json_object_get(schema, "not");
    struct error ignored = {0};

    for (size_t i = 0; i < json_array_size(all); i++)
        if (!fits(fit, json_array_get(all, i), value, err))
            return false;
    for (size_t i = 0; i < COUNT(choices); i++) {
        json_t *some = json_object_get(schema, choices[i]);
        struct error last = {0};
        bool any = !some;

        for (size_t j = 0; !any && j < json_array_size(some); j++)
            any = fits(fit, json_array_get(some, j), value, &last);
        if (!any) {
            *err = last;
            return false;
        }
    }
    return !never || !fits(fit, never, value, &ignored) ||
           error_set(err, ERROR_JSON, "what must not be");
}

static bool fits_reference(struct fit *fit, json_t *reference, json_t *value, struct error *err)
{
    static const char place[] = "#/components/schemas/";
    const char *name = json_string_value(reference);
    json_t *schemas = json_object_get(json_object_get(fit->document, "components"), "schemas");
    json_t *schema;

    if (!reference)
        return true;
    schema = name && strncmp(name, place, sizeof place - 1) == 0
                 ? json_object_get(schemas, name + sizeof place - 1)
                 : NULL;
    return schema ? fits(fit, schema, value, err)
                  : error_set(err, ERROR_JSON, "the document lacks %s", name ? name : "a schema");
}

static bool fits(struct fit *fit, json_t *schema, json_t *value, struct error *err)
{
    bool ok;

    if (fit->depth == DEPTH_MAX)
        return error_set(err, ERROR_JSON, "the schema nests too deeply");
    fit->depth++;
    ok = fits_reference(fit, json_object_get(schema, "$ref"), value, err) &&
         fits_type(json_object_get(schema, "type"), value, err) &&
         fits_pattern(json_object_get(schema, "pattern"), value, err) &&
         fits_values(schema, value, err) &&
         (!json_is_array(value) || fits_array(fit, schema, value, err)) &&
         (!json_is_object(value) || fits_object(fit, schema, value, err)) &&
         fits_combined(fit, schema, value, err);
    fit->depth--;
    return ok;
}

bool schema_fits(json_t *document, json_t *schema, json_t *value, struct error *err)
{
    struct fit fit = {.document = document};

    return fits(&fit, schema, value, err);
}
