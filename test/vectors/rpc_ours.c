#include "rpc_ours.h"

#include <cairn/hex.h>

json_t *method_find(json_t *document, const char *name)
{
    json_t *methods = json_object_get(document, "methods");

    for (size_t i = 0; i < json_array_size(methods); i++) {
        json_t *method = json_array_get(methods, i);
        const char *has_name = json_string_value(json_object_get(method, "name"));

        if (has_name && strcmp(has_name, name) == 0)
            return method;
    }
    return NULL;
}

/* ---- putting our names in the place of theirs ---- */

static json_t *json_of_data(struct bytes data)
{
    struct buffer text = {0};
    json_t *value;

    hex_put_data(&text, data);
    value = json_string(buffer_text(&text));
    buffer_release(&text);
    return value;
}

static json_t *json_of_quantity(uint64_t number)
{
    struct buffer text = {0};
    json_t *value;

    hex_put_u64(&text, number);
    value = json_string(buffer_text(&text));
    buffer_release(&text);
    return value;
}

/* The type of the transaction that the other chain answers with or is sent; TX_TYPE_COUNT: none
 * that is known here. */
static enum tx_type type_of(uint64_t number)
{
    return number < TX_TYPE_COUNT ? (enum tx_type)number : TX_TYPE_COUNT;
}

enum tx_type result_type(json_t *result)
{
    const char *text = json_string_value(json_object_get(result, "type"));
    struct error err = {0};
    uint64_t number = 0;

    if (text && !hex_parse_u64(&number, bytes_of_text(text), &err))
        return TX_TYPE_COUNT;
    return type_of(number);
}

static enum tx_type raw_type(const char *text)
{
    struct buffer raw = {0};
    struct error err = {0};
    enum tx_type type = TX_TYPE_COUNT;

    if (hex_parse_data(&raw, bytes_of_text(text), SIZE_MAX, &err) && raw.size > 0)
        type = raw.at[0] >= 0xc0 ? TX_LEGACY : type_of(raw.at[0]);
    buffer_release(&raw);
    return type;
}

static bool is_hash(const char *text)
{
    return strlen(text) == 2 + 2 * HASH_SIZE;
}

static json_t *block_value(const struct asking *a, const char *text)
{
    struct error err = {0};
    uint64_t height;

    if (is_hash(text))
        return json_of_data(bytes_of_hash(rpc_world_block(a->world)));
    if (hex_parse_u64(&height, bytes_of_text(text), &err) &&
        height > rpc_world_head_height(a->world))
        return json_of_quantity(rpc_world_block_height(a->world));
    return json_string(text);
}

static json_t *filter_value(const struct asking *a, json_t *filter)
{
    static const char *const keys[] = {"blockHash", "fromBlock", "toBlock"};
    json_t *value = json_copy(filter);

    for (size_t i = 0; i < COUNT(keys); i++) {
        const char *text = json_string_value(json_object_get(filter, keys[i]));

        if (text)
            json_object_set_new(value, keys[i], block_value(a, text));
    }
    return value;
}

/* From somebody who has coins here. */
static json_t *call_value(const struct asking *a, json_t *call)
{
    json_t *value = json_copy(call);

    json_object_set_new(value, "from",
                        json_of_data(bytes_of_address(&rpc_world_tx(a->world, TX_LEGACY)->sender)));
    return value;
}

/* One argument; `name` is that of our own table. */
static json_t *argument_value(const struct asking *a, const char *method, const char *name,
                              json_t *value, json_t *result)
{
    const char *text = json_string_value(value);
    enum tx_type type;

    if (strcmp(name, "filter") == 0 && json_is_object(value))
        return filter_value(a, value);
    if (strcmp(name, "call") == 0 && json_is_object(value))
        return call_value(a, value);
    if (!text)
        return json_incref(value);
    if (strcmp(name, "block") == 0 || strcmp(name, "newestBlock") == 0)
        return block_value(a, text);
    if (strcmp(name, "hash") == 0 && strstr(method, "Block"))
        return block_value(a, text);
    type = strcmp(name, "transaction") == 0 ? raw_type(text) : result_type(result);
    if (type == TX_TYPE_COUNT)
        return json_incref(value);
    if (strcmp(name, "transaction") == 0)
        return json_of_data(rpc_world_raw(a->world, type));
    if (strcmp(name, "hash") == 0)
        return json_of_data(bytes_of_hash(&rpc_world_tx(a->world, type)->hash));
    if (strcmp(name, "index") == 0)
        return json_of_quantity((uint64_t)type);
    return json_incref(value);
}

json_t *request_ours(const struct asking *a, json_t *request, json_t *result)
{
    const char *name = json_string_value(json_object_get(request, "method"));
    json_t *params = json_object_get(request, "params"), *changed = json_array();
    json_t *known = json_object_get(method_find(a->ours, name), "params");
    json_t *ours = json_copy(request);

    for (size_t i = 0; i < json_array_size(params); i++) {
        const char *parameter =
            json_string_value(json_object_get(json_array_get(known, i), "name"));
        json_t *value = json_array_get(params, i);

        json_array_append_new(changed, parameter ? argument_value(a, name, parameter, value, result)
                                                 : json_incref(value));
    }
    if (json_is_array(params))
        json_object_set(ours, "params", changed);
    json_decref(changed);
    return ours;
}
