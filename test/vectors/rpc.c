/* JSON-RPC: a document of methods, and exchanges of another chain. Its requests go through the
 * dispatcher over a small chain of ours; hashes and heights that the other chain has are put in as
 * ours, so that there is an answer whose form can be compared. */
#include "checks.h"
#include "rpc_ours.h"
#include "schema.h"

#include <cairn/file.h>

#include <stdio.h>

enum { DOCUMENT_BYTES_MAX = 16 * 1024 * 1024, DOCUMENT_DEPTH_MAX = 128 };

/* ---- comparing forms ---- */

/* Members that come with forks and contracts, which this chain has not; `root` stands in receipts
 * that are older than their status. */
static const char *const foreign_members[] = {
    "authorizationList", "baseFeePerBlobGas",     "blobGasPrice",        "blobGasUsed",
    "blobGasUsedRatio",  "blobVersionedHashes",   "blockAccessListHash", "excessBlobGas",
    "maxFeePerBlobGas",  "parentBeaconBlockRoot", "requestsHash",        "root",
    "totalDifficulty",   "withdrawals",           "withdrawalsRoot",
};

static bool is_foreign(const char *key)
{
    for (size_t i = 0; i < COUNT(foreign_members); i++)
        if (strcmp(foreign_members[i], key) == 0)
            return true;
    return false;
}

static const char *form_of(json_t *value)
{
    const char *text = json_string_value(value);

    if (!text)
        return json_is_null(value)      ? "null"
               : json_is_boolean(value) ? "true or false"
               : json_is_array(value)   ? "an array"
               : json_is_object(value)  ? "an object"
                                        : "a number";
    return strncmp(text, "0x", 2) == 0 ? "hex" : "text";
}

/* An address, a hash or a bloom tells itself by its size; of these members the size is free. */
static bool size_tells(const char *where, size_t size)
{
    bool is_free =
        strcmp(where, "input") == 0 || strcmp(where, "r") == 0 || strcmp(where, "s") == 0;

    return !is_free &&
           (size == 2 + 2 * ADDRESS_SIZE || size == 2 + 2 * HASH_SIZE || size == 2 + 2 * 256);
}

/* Both of one form; where either is null, the schema alone tells. */
static void form_check(struct checks *c, const char *where, json_t *have, json_t *want)
{
    if (json_is_null(have) || json_is_null(want))
        return;
    check_text(c, where, form_of(have), form_of(want));
    if (json_is_string(have) && json_is_string(want) && size_tells(where, json_string_length(want)))
        check_u64(c, where, json_string_length(have), json_string_length(want));
}

/* Objects of one kind: the same type, if they have one. */
static bool comparable(json_t *have, json_t *want)
{
    json_t *type = json_object_get(want, "type");

    return !type || json_equal(type, json_object_get(have, "type"));
}

static void members_check(struct checks *c, json_t *have, json_t *want)
{
    const char *key;
    json_t *value;

    if (!comparable(have, want))
        return;
    json_object_foreach(want, key, value)
    {
        json_t *member = json_object_get(have, key);

        if (is_foreign(key))
            continue;
        check_true(c, member != NULL, "no member %s", key);
        if (member)
            form_check(c, key, member, value);
    }
}

/* The result, its members, and the members of the first that it holds an array of. */
static void shape_check(struct checks *c, json_t *have, json_t *want)
{
    static const char *const inner[] = {"transactions", "reward"};

    if (json_is_array(have) && json_is_array(want)) {
        have = json_array_get(have, 0);
        want = json_array_get(want, 0);
        c->compared++;
    }
    if (!have || !want)
        return;
    form_check(c, "result", have, want);
    if (!json_is_object(have) || !json_is_object(want))
        return;
    members_check(c, have, want);
    for (size_t i = 0; i < COUNT(inner); i++) {
        json_t *first = json_array_get(json_object_get(have, inner[i]), 0);
        json_t *their_first = json_array_get(json_object_get(want, inner[i]), 0);

        if (first && their_first)
            form_check(c, inner[i], first, their_first);
        if (json_is_object(first) && json_is_object(their_first))
            members_check(c, first, their_first);
    }
}

static void schema_check(struct checks *c, const char *method, json_t *result)
{
    const struct asking *a = c->context;
    json_t *described = method_find(a->theirs, method);
    json_t *schema = json_object_get(json_object_get(described, "result"), "schema");
    struct error err = {0};

    if (schema)
        check_true(c, schema_fits(a->theirs, schema, result, &err), "the result: %s", err.text);
}

/* ---- rpc_examples.json ---- */

static int error_code_of(json_t *answer)
{
    return (int)json_integer_value(json_object_get(json_object_get(answer, "error"), "code"));
}

static const char *error_text_of(json_t *answer)
{
    const char *text =
        json_string_value(json_object_get(json_object_get(answer, "error"), "message"));

    return text ? text : "";
}

static void envelope_check(struct checks *c, json_t *answer, json_t *response)
{
    const char *version = json_string_value(json_object_get(answer, "jsonrpc"));
    bool error = has(answer, "error");

    check_text(c, "jsonrpc", version ? version : "", "2.0");
    check_true(c, json_equal(json_object_get(answer, "id"), json_object_get(response, "id")),
               "another id");
    check_true(c, error != (json_object_get(answer, "result") != NULL),
               "not just one of result and error");
    if (error)
        check_true(c, error_code_of(answer) != 0 && *error_text_of(answer),
                   "an error without code or message");
}

/* What this chain cannot answer as the other does; NULL: it can. */
static const char *beyond_us(const char *method, json_t *response)
{
    json_t *result = json_object_get(response, "result");
    const char *text = json_string_value(result);
    bool of_code = strcmp(method, "eth_call") == 0 || strcmp(method, "eth_getCode") == 0;
    bool of_tx = strstr(method, "eth_getTransactionByHash") || strstr(method, "Receipt");

    if (has(response, "error") && error_code_of(response) == 3)
        return "a contract's refusal";
    if (of_code && text && strcmp(text, "0x") != 0)
        return "a contract's answer";
    if (of_tx && json_is_object(result) && result_type(result) == TX_TYPE_COUNT)
        return "transactions of other types than 0 to 2";
    return NULL;
}

/* What the response says apart from the other chain's state. */
static void response_check(struct checks *c, const char *method, json_t *answer, json_t *response)
{
    json_t *result = json_object_get(answer, "result");
    json_t *their_result = json_object_get(response, "result");

    envelope_check(c, answer, response);
    if (has(response, "error")) {
        check_true(c, has(answer, "error"), "want error %d \"%s\", came a result",
                   error_code_of(response), error_text_of(response));
        if (has(answer, "error"))
            check_true(c, error_code_of(answer) == error_code_of(response),
                       "want error %d \"%s\", came %d \"%s\"", error_code_of(response),
                       error_text_of(response), error_code_of(answer), error_text_of(answer));
        return;
    }
    check_true(c, !has(answer, "error"), "want a result, came error %d \"%s\"",
               error_code_of(answer), error_text_of(answer));
    if (!result)
        return;
    check_true(c, json_is_null(result) == json_is_null(their_result), "want %s, came %s",
               form_of(their_result), form_of(result));
    shape_check(c, result, their_result);
    schema_check(c, method, result);
}

static void exchange_check(struct checks *c, json_t *exchange)
{
    const struct asking *a = c->context;
    json_t *request, *response, *ours, *answer;
    const char *method, *beyond;

    if (!get_object(c, exchange, "request", &request) ||
        !get_object(c, exchange, "response", &response) || !get_text(c, request, "method", &method))
        return;
    beyond = beyond_us(method, response);
    if (!method_find(a->ours, method)) {
        answer = rpc_world_ask(a->world, request);
        check_true(c, error_code_of(answer) == -32601, "%s is neither described nor refused",
                   method);
        json_decref(answer);
        check_leave_out(c, "%s is not served here", method);
        return;
    }
    if (beyond) {
        check_leave_out(c, "%s: %s", method, beyond);
        return;
    }
    /* What found nothing or was refused there is asked just so. */
    ours = has(response, "result") ? request_ours(a, request, json_object_get(response, "result"))
                                   : json_incref(request);
    answer = rpc_world_ask(a->world, ours);
    if (answer)
        response_check(c, method, answer, response);
    else
        check_fail(c, "no answer");
    json_decref(answer);
    json_decref(ours);
}

static void rpc_example_case(struct checks *c, json_t *json)
{
    json_t *exchanges;

    if (!get_array(c, json, "exchanges", &exchanges))
        return;
    for (size_t i = 0; i < json_array_size(exchanges); i++)
        exchange_check(c, json_array_get(exchanges, i));
}

static json_t *sibling_read(struct checks *c, const char *file)
{
    struct buffer path = {0}, text = {0};
    struct error err = {0};
    json_t *root = NULL;

    buffer_printf(&path, "%s/%s", c->directory, file);
    if (!file_read(&text, buffer_text(&path), DOCUMENT_BYTES_MAX, &err) ||
        !json_parse(&root, buffer_bytes(&text), DOCUMENT_DEPTH_MAX, &err))
        root = NULL;
    buffer_release(&text);
    buffer_release(&path);
    return root;
}

/* Runs the cases over a chain of their own. */
static void ask_each(struct checks *c, json_t *root, const char *key, case_check *check,
                     json_t *theirs)
{
    struct asking asking = {.world = rpc_world_new(), .theirs = theirs};

    asking.ours = rpc_world_document(asking.world);
    c->context = &asking;
    checks_each(c, root, key, check);
    c->context = NULL;
    json_decref(asking.ours);
    rpc_world_free(asking.world);
}

void check_rpc_examples(struct checks *c, json_t *root)
{
    json_t *theirs = sibling_read(c, "openrpc.json");

    ask_each(c, root, "cases", rpc_example_case, theirs);
    json_decref(theirs);
}

/* ---- openrpc.json ---- */

static size_t required_count(json_t *params)
{
    size_t count = 0;

    for (size_t i = 0; i < json_array_size(params); i++)
        if (json_is_true(json_object_get(json_array_get(params, i), "required")))
            count = i + 1;
    return count;
}

/* Who follows the document is never told that an argument is missing or one too many. */
static void params_check(struct checks *c, json_t *method, json_t *ours)
{
    json_t *params = json_object_get(method, "params"),
           *our_params = json_object_get(ours, "params");

    check_true(c, json_array_size(our_params) >= json_array_size(params),
               "%zu parameters, here at most %zu", json_array_size(params),
               json_array_size(our_params));
    check_true(
        c, required_count(our_params) <= json_array_size(params) || json_array_size(params) == 0,
        "%zu parameters, here at least %zu", json_array_size(params), required_count(our_params));
    for (size_t i = 0; i < json_array_size(params); i++) {
        bool must = json_is_true(json_object_get(json_array_get(params, i), "required"));

        /* The document leaves it open for some that have no meaning without. */
        if (!must && has(json_array_get(params, i), "required"))
            check_true(c, required_count(our_params) <= i, "parameter %zu is required here", i);
    }
}

/* The document's own request, made of our chain: taken, and answered as described. */
static void example_check(struct checks *c, const char *name, json_t *example)
{
    const struct asking *a = c->context;
    json_t *given = json_object_get(example, "params"), *params = json_array(), *answer, *request;
    json_t *ours, *result = json_object_get(json_object_get(example, "result"), "value");

    for (size_t i = 0; i < json_array_size(given); i++)
        json_array_append(params, json_object_get(json_array_get(given, i), "value"));
    request = json_pack("{s:s, s:i, s:s, s:o}", "jsonrpc", "2.0", "id", 1, "method", name, "params",
                        params);
    ours = request_ours(a, request, result);
    answer = rpc_world_ask(a->world, ours);
    check_true(c, answer && !has(answer, "error"), "its example is refused: %d \"%s\"",
               error_code_of(answer), error_text_of(answer));
    if (answer && !has(answer, "error"))
        schema_check(c, name, json_object_get(answer, "result"));
    json_decref(answer);
    json_decref(ours);
    json_decref(request);
}

static void openrpc_method(struct checks *c, json_t *json)
{
    const struct asking *a = c->context;
    json_t *examples = json_object_get(json, "examples"), *ours;
    const char *name;

    if (!get_text(c, json, "name", &name))
        return;
    ours = method_find(a->ours, name);
    if (!ours) {
        check_leave_out(c, "%s is not served here", name);
        return;
    }
    params_check(c, json, ours);
    for (size_t i = 0; i < json_array_size(examples); i++)
        example_check(c, name, json_array_get(examples, i));
}

void check_openrpc(struct checks *c, json_t *root)
{
    ask_each(c, root, "methods", openrpc_method, root);
}
