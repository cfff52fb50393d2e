/* Arguments by their kind in the method's row: "address:address block?:block". */
#include "exchange.h"

#include <cairn/hex.h>

struct param {
    const char *name;
    size_t name_size;
    bool optional;
    const char *kind;
    size_t kind_size;
};

/* The next of a row's params; false at the end. */
static bool param_next(struct param *param, const char **at)
{
    const char *colon;

    while (**at == ' ')
        (*at)++;
    if (!**at)
        return false;
    colon = strchr(*at, ':');
    assert(colon); /* the table is ours */
    param->name = *at;
    param->name_size = (size_t)(colon - *at);
    param->optional = colon[-1] == '?';
    if (param->optional)
        param->name_size--;
    param->kind = colon + 1;
    param->kind_size = strcspn(param->kind, " ");
    *at = param->kind + param->kind_size;
    return true;
}

size_t rpc_params_count(const struct rpc_method *method)
{
    const char *at = method->params;
    struct param param;
    size_t count = 0;

    while (param_next(&param, &at))
        count++;
    return count;
}

static struct bytes json_text(const json_t *json)
{
    return bytes_of(json_string_value(json), json_string_length(json));
}

static bool want_text(const json_t *json, struct error *err)
{
    return json_is_string(json) || error_set(err, ERROR_RPC_ARGUMENT, "must be a string of hex");
}

/* ---- kinds: each fills one member of the value ---- */

typedef bool kind_parse(struct rpc_value *value, const json_t *json, struct buffer *scratch,
                        struct error *err);

static bool parse_quantity(struct rpc_value *value, const json_t *json, struct buffer *scratch,
                           struct error *err)
{
    (void)scratch;
    return want_text(json, err) && hex_parse_u64(&value->u64, json_text(json), err);
}

/* A JSON number or a quantity: viem sends eth_feeHistory's count so. */
static bool parse_count(struct rpc_value *value, const json_t *json, struct buffer *scratch,
                        struct error *err)
{
    if (!json_is_integer(json))
        return json_is_string(json)
                   ? parse_quantity(value, json, scratch, err)
                   : error_set(err, ERROR_RPC_ARGUMENT, "must be a number or a string of hex");
    if (json_integer_value(json) < 0)
        return error_set(err, ERROR_RPC_ARGUMENT, "must not be negative");
    value->u64 = (uint64_t)json_integer_value(json);
    return true;
}

static bool parse_address(struct rpc_value *value, const json_t *json, struct buffer *scratch,
                          struct error *err)
{
    (void)scratch;
    return want_text(json, err) && hex_parse_address(&value->address, json_text(json), err);
}

static bool parse_hash(struct rpc_value *value, const json_t *json, struct buffer *scratch,
                       struct error *err)
{
    (void)scratch;
    return want_text(json, err) && hex_parse_hash(&value->hash, json_text(json), err);
}

/* A storage key: 1 to 64 digits, leading zeros and all. */
static bool parse_key(struct rpc_value *value, const json_t *json, struct buffer *scratch,
                      struct error *err)
{
    struct bytes text;
    char whole[2 + 2 * HASH_SIZE];

    (void)scratch;
    if (!want_text(json, err))
        return false;
    text = json_text(json);
    if (text.size < 2 || text.at[0] != '0' || text.at[1] != 'x')
        return error_set(err, ERROR_HEX,
                         text.size == 0 ? "empty hex string" : "hex string without 0x prefix");
    if (text.size == 2)
        return error_set(err, ERROR_HEX, "empty hex string");
    if (text.size > sizeof whole)
        return error_set(err, ERROR_HEX, "hex string has length %zu, want at most %d",
                         text.size - 2, 2 * HASH_SIZE);
    memset(whole, '0', sizeof whole);
    whole[1] = 'x';
    memcpy(whole + sizeof whole - (text.size - 2), text.at + 2, text.size - 2);
    if (!hex_parse_hash(&value->hash, bytes_of(whole, sizeof whole), err)) {
        /* The place is told in the text as it was sent. */
        *err = (struct error){0};
        for (size_t i = 2; i < text.size; i++)
            if (!strchr("0123456789abcdefABCDEF", text.at[i]) || !text.at[i])
                return error_set(err, ERROR_HEX, "invalid hex digit at %zu", i);
    }
    return true;
}

static bool parse_data(struct rpc_value *value, const json_t *json, struct buffer *scratch,
                       struct error *err)
{
    size_t start = scratch->size;

    if (!want_text(json, err) || !hex_parse_data(scratch, json_text(json), SIZE_MAX, err))
        return false;
    value->data = bytes_from(buffer_bytes(scratch), start);
    return true;
}

static bool parse_bool(struct rpc_value *value, const json_t *json, struct buffer *scratch,
                       struct error *err)
{
    (void)scratch;
    value->flag = json_is_true(json);
    return json_is_boolean(json) || error_set(err, ERROR_RPC_ARGUMENT, "must be true or false");
}

/* EIP-1898's object form. */
static bool parse_block_object(struct rpc_block *block, const json_t *json, struct error *err)
{
    const json_t *number = json_object_get(json, "blockNumber");
    const json_t *hash = json_object_get(json, "blockHash");
    const json_t *canonical = json_object_get(json, "requireCanonical");

    if (json_is_null(number))
        number = NULL;
    if (json_is_null(hash))
        hash = NULL;
    if (canonical && !json_is_boolean(canonical) && !json_is_null(canonical))
        return error_set(err, ERROR_RPC_ARGUMENT, "requireCanonical: must be true or false");
    if (!number == !hash)
        return error_set(
            err, ERROR_RPC_ARGUMENT,
            number ? "cannot specify both blockHash and blockNumber, choose one or the other"
                   : "must have blockNumber or blockHash");
    if (number) {
        block->kind = RPC_BLOCK_NUMBER;
        if (!json_is_string(number))
            return error_set(err, ERROR_RPC_ARGUMENT, "blockNumber: must be a string of hex");
        return hex_parse_u64(&block->number, json_text(number), err) ||
               error_wrap(err, "blockNumber");
    }
    block->kind = RPC_BLOCK_HASH;
    if (!json_is_string(hash))
        return error_set(err, ERROR_RPC_ARGUMENT, "blockHash: must be a string of hex");
    return hex_parse_hash(&block->hash, json_text(hash), err) || error_wrap(err, "blockHash");
}

static bool parse_block(struct rpc_value *value, const json_t *json, struct buffer *scratch,
                        struct error *err)
{
    static const struct {
        const char *tag;
        enum rpc_block_kind kind;
    } tags[] = {
        {"latest", RPC_BLOCK_LATEST},    {"safe", RPC_BLOCK_LATEST},
        {"finalized", RPC_BLOCK_LATEST}, {"earliest", RPC_BLOCK_EARLIEST},
        {"pending", RPC_BLOCK_PENDING},
    };

    (void)scratch;
    if (json_is_object(json))
        return parse_block_object(&value->block, json, err);
    if (!json_is_string(json))
        return error_set(err, ERROR_RPC_ARGUMENT,
                         "must be a block number in hex, a block hash, latest, safe, finalized, "
                         "earliest or pending");
    for (size_t i = 0; i < COUNT(tags); i++)
        if (strcmp(json_string_value(json), tags[i].tag) == 0) {
            value->block.kind = tags[i].kind;
            return true;
        }
    if (json_string_length(json) == 2 + 2 * HASH_SIZE) {
        value->block.kind = RPC_BLOCK_HASH;
        return hex_parse_hash(&value->block.hash, json_text(json), err);
    }
    value->block.kind = RPC_BLOCK_NUMBER;
    return hex_parse_u64(&value->block.number, json_text(json), err);
}

static bool parse_object(struct rpc_value *value, const json_t *json, struct buffer *scratch,
                         struct error *err)
{
    (void)value;
    (void)scratch;
    return json_is_object(json) || error_set(err, ERROR_RPC_ARGUMENT, "must be an object");
}

static bool parse_percentiles(struct rpc_value *value, const json_t *json, struct buffer *scratch,
                              struct error *err)
{
    (void)value;
    (void)scratch;
    return json_is_array(json) || error_set(err, ERROR_RPC_ARGUMENT, "must be an array of numbers");
}

static bool parse_any(struct rpc_value *value, const json_t *json, struct buffer *scratch,
                      struct error *err)
{
    (void)value;
    (void)json;
    (void)scratch;
    (void)err;
    return true;
}

static const struct {
    const char *name;
    kind_parse *parse;
} kinds[] = {
    {"address", parse_address},   {"any", parse_any},          {"block", parse_block},
    {"bool", parse_bool},         {"call", parse_object},      {"count", parse_count},
    {"data", parse_data},         {"hash", parse_hash},        {"key", parse_key},
    {"object", parse_object},     {"overrides", parse_object}, {"percentiles", parse_percentiles},
    {"quantity", parse_quantity},
};

static kind_parse *kind_find(const struct param *param)
{
    for (size_t i = 0; i < COUNT(kinds); i++)
        if (strlen(kinds[i].name) == param->kind_size &&
            memcmp(kinds[i].name, param->kind, param->kind_size) == 0)
            return kinds[i].parse;
    assert(false && "a kind of the table is unknown");
    return NULL;
}

bool rpc_params_parse(struct rpc_call *call, const struct rpc_method *method, const json_t *params,
                      struct buffer *scratch)
{
    size_t given = json_array_size(params), index = 0, count = rpc_params_count(method);
    const char *at = method->params;
    struct param param;
    size_t room = 0;

    if (given > count)
        return error_set(call->err, ERROR_RPC_ARGUMENT, "too many arguments, want at most %zu",
                         count);
    /* Views into scratch are taken as it grows, so room for all data comes first: its hex is twice
     * as long. */
    for (size_t i = 0; i < given; i++)
        room += json_string_length(json_array_get(params, i)) / 2;
    buffer_reserve(scratch, room);
    for (; param_next(&param, &at); index++) {
        const json_t *json = json_array_get(params, index);
        struct rpc_value *value = &call->arg[index];
        struct error err = {0};

        *value = (struct rpc_value){.block = {.kind = RPC_BLOCK_LATEST}};
        if (!json || json_is_null(json)) {
            if (!param.optional)
                return error_set(call->err, ERROR_RPC_ARGUMENT,
                                 "missing value for required argument %zu (%.*s)", index,
                                 (int)param.name_size, param.name);
            continue;
        }
        value->given = true;
        value->json = json;
        if (!kind_find(&param)(value, json, scratch, &err))
            return error_set(call->err, ERROR_RPC_ARGUMENT, "invalid argument %zu (%.*s): %s",
                             index, (int)param.name_size, param.name, err.text);
    }
    return true;
}

bool rpc_argument_error(struct rpc_call *call, unsigned index, const char *name, const char *format,
                        ...)
{
    char text[ERROR_TEXT_MAX];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return error_set(call->err, ERROR_RPC_ARGUMENT, "invalid argument %u (%s): %s", index, name,
                     text);
}
