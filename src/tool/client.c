#include "client.h"

#include "amount.h"

#include <cairn/hex.h>
#include <cairn/json.h>

#include <inttypes.h>
#include <stdlib.h>

enum { REFUSAL_TEXT_MAX = 320 };

bool answer_bad(struct tool *tool, struct error *err, const char *format, ...)
{
    char what[256];
    va_list list;

    va_start(list, format);
    vsnprintf(what, sizeof what, format, list);
    va_end(list);
    tool->node_failed = true;
    return error_set(err, ERROR_JSON,
                     "the node's answer makes no sense: %s; is this a cairn node? see --rpc-url",
                     what);
}

static bool refused(struct tool *tool, const json_t *error, struct error *err)
{
    const json_t *code = json_object_get(error, "code");
    const json_t *message = json_object_get(error, "message");
    char text[REFUSAL_TEXT_MAX];

    if (!json_is_integer(code) || !json_is_string(message))
        return answer_bad(tool, err, "an error without code or message");
    tool->refusal_code = json_integer_value(code);
    tool_printable(text, sizeof text,
                   bytes_of(json_string_value(message), json_string_length(message)));
    return error_set(err, ERROR_RPC_REFUSED, "the node refused: %s (code %" PRId64 ")", text,
                     tool->refusal_code);
}

/* The envelope of JSON-RPC 2.0; gives the result, borrowed from `answer`. */
static bool unwrap(struct tool *tool, json_t **result, const json_t *answer, struct error *err)
{
    const json_t *version = json_object_get(answer, "jsonrpc");
    const json_t *id = json_object_get(answer, "id");
    const json_t *error = json_object_get(answer, "error");

    *result = json_object_get(answer, "result");
    if (!json_is_string(version) || strcmp(json_string_value(version), "2.0") != 0)
        return answer_bad(tool, err, "no JSON-RPC 2.0");
    if (!*result == !error)
        return answer_bad(tool, err, "not either a result or an error");
    /* A request that was not understood is answered with id null. */
    if (json_integer_value(id) != 1 && !(error && json_is_null(id)))
        return answer_bad(tool, err, "the id of another request");
    return !error || refused(tool, error, err);
}

/* The request's text, or NULL where something in it is no UTF-8. Takes `params`. */
static char *request_of(const char *method, json_t *params)
{
    json_t *request =
        json_pack("{ss,si,ss,so}", "jsonrpc", "2.0", "id", 1, "method", method, "params", params);
    char *text = request ? json_dumps(request, JSON_COMPACT) : NULL;

    json_decref(request);
    return text;
}

bool client_call_wait(struct tool *tool, json_t **result, const char *method, json_t *params,
                      uint64_t wait_ms, struct error *err)
{
    char *request = params ? request_of(method, params) : NULL;
    struct buffer answer = {0};
    json_t *tree = NULL;
    struct error json_err = {0};
    bool ok = false;

    *result = NULL;
    if (!request)
        return error_set(err, ERROR_USAGE, "the method or a parameter is not UTF-8");
    if (!tool->port.post(tool->port.user, tool->rpc_url, bytes_of_text(request), wait_ms, &answer,
                         err)) {
        tool->node_failed = err->code == ERROR_IO;
        goto out;
    }
    if (!json_parse(&tree, buffer_bytes(&answer), JSON_DEPTH_MAX, &json_err)) {
        answer_bad(tool, err, "%s", json_err.text);
        goto out;
    }
    ok = unwrap(tool, result, tree, err);
    *result = ok ? json_incref(*result) : NULL;
out:
    json_decref(tree);
    buffer_release(&answer);
    free(request);
    return ok || error_wrap(err, "%s", method);
}

bool client_call(struct tool *tool, json_t **result, const char *method, json_t *params,
                 struct error *err)
{
    return client_call_wait(tool, result, method, params, 0, err);
}

static struct bytes text_of(const json_t *value)
{
    return bytes_of(json_string_value(value), json_string_length(value));
}

static bool value_u256(struct tool *tool, struct u256 *out, const json_t *value, const char *name,
                       struct error *err)
{
    struct error hex_err = {0};

    if (!json_is_string(value))
        return answer_bad(tool, err, "%s is not a quantity", name);
    if (!hex_parse_u256(out, text_of(value), &hex_err))
        return answer_bad(tool, err, "%s: %s", name, hex_err.text);
    return true;
}

static bool value_u64(struct tool *tool, uint64_t *out, const json_t *value, const char *name,
                      struct error *err)
{
    struct u256 wide;

    if (!value_u256(tool, &wide, value, name, err))
        return false;
    if (!u256_fits_u64(&wide))
        return answer_bad(tool, err, "%s is over 64 bits", name);
    *out = u256_to_u64(&wide);
    return true;
}

bool client_u64(struct tool *tool, uint64_t *out, const char *method, json_t *params,
                struct error *err)
{
    json_t *result = NULL;
    bool ok = client_call(tool, &result, method, params, err) &&
              value_u64(tool, out, result, method, err);

    json_decref(result);
    return ok;
}

bool client_u256(struct tool *tool, struct u256 *out, const char *method, json_t *params,
                 struct error *err)
{
    json_t *result = NULL;
    bool ok = client_call(tool, &result, method, params, err) &&
              value_u256(tool, out, result, method, err);

    json_decref(result);
    return ok;
}

bool answer_u64(struct tool *tool, uint64_t *out, const json_t *answer, const char *key,
                struct error *err)
{
    return value_u64(tool, out, json_object_get(answer, key), key, err);
}

bool answer_u256(struct tool *tool, struct u256 *out, const json_t *answer, const char *key,
                 struct error *err)
{
    return value_u256(tool, out, json_object_get(answer, key), key, err);
}

static bool answer_fixed(struct tool *tool, void *out, size_t size, const json_t *answer,
                         const char *key, struct error *err)
{
    const json_t *value = json_object_get(answer, key);
    struct error hex_err = {0};

    if (!json_is_string(value))
        return answer_bad(tool, err, "%s is not a text", key);
    if (!hex_parse_fixed(out, size, text_of(value), &hex_err))
        return answer_bad(tool, err, "%s: %s", key, hex_err.text);
    return true;
}

bool answer_hash(struct tool *tool, struct hash *out, const json_t *answer, const char *key,
                 struct error *err)
{
    return answer_fixed(tool, out->byte, sizeof out->byte, answer, key, err);
}

bool answer_address(struct tool *tool, struct address *out, const json_t *answer, const char *key,
                    struct error *err)
{
    return answer_fixed(tool, out->byte, sizeof out->byte, answer, key, err);
}

bool answer_data(struct tool *tool, struct buffer *out, const json_t *answer, const char *key,
                 size_t size_max, struct error *err)
{
    const json_t *value = json_object_get(answer, key);
    struct error hex_err = {0};

    if (!json_is_string(value))
        return answer_bad(tool, err, "%s is not a text", key);
    if (!hex_parse_data(out, text_of(value), size_max, &hex_err))
        return answer_bad(tool, err, "%s: %s", key, hex_err.text);
    return true;
}

bool block_name_parse(struct block_name *out, const char *text, struct error *err)
{
    static const char *const tags[] = {"latest", "safe", "finalized", "earliest", "pending"};
    struct bytes bytes = bytes_of_text(text);
    struct error ignored = {0};

    *out = (struct block_name){0};
    for (size_t i = 0; i < COUNT(tags); i++) {
        if (strcmp(text, tags[i]) == 0) {
            snprintf(out->text, sizeof out->text, "%s", text);
            return true;
        }
    }
    out->by_hash = hex_parse_hash(&out->hash, bytes, &ignored);
    out->by_number = !out->by_hash && (number_parse(&out->number, text, &ignored) ||
                                       hex_parse_u64(&out->number, bytes, &ignored));
    if (out->by_hash)
        hex_format_hash(out->text, &out->hash);
    else if (out->by_number)
        snprintf(out->text, sizeof out->text, "0x%" PRIx64, out->number);
    else
        return error_set(err, ERROR_USAGE,
                         "\"%s\" names no block; give a number, a hash, latest or earliest", text);
    return true;
}
