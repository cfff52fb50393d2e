/* Accounts, supply, and what a transfer would meet. */
#include "find.h"

#include <cairn/hex.h>

#include <inttypes.h>

/* ---- accounts at any height ---- */

static bool account_at(struct rpc_call *call, const struct address *address,
                       const struct rpc_block *block, struct account *account)
{
    uint64_t height;

    return find_state_height(call, block, &height) &&
           store_account(rpc_call_snapshot(call), address, height, account, call->err);
}

bool rpc_eth_get_balance(struct rpc_call *call)
{
    struct account account;

    if (!account_at(call, &call->arg[0].address, &call->arg[1].block, &account))
        return false;
    json_put_quantity_u256(call->out, &account.balance);
    return true;
}

bool rpc_eth_get_transaction_count(struct rpc_call *call)
{
    const struct rpc_node *node = &call->options->node;
    bool pending = call->arg[1].block.kind == RPC_BLOCK_PENDING;
    struct account account;
    uint64_t nonce = 0;

    if (pending) {
        /* The mempool first: what leaves it meanwhile is counted by the newer head. */
        nonce = node->pool_nonce(node->context, &call->arg[0].address, 0);
        find_refresh(call);
    }
    if (!account_at(call, &call->arg[0].address, &call->arg[1].block, &account))
        return false;
    json_put_quantity(call->out, pending && nonce > account.nonce ? nonce : account.nonce);
    return true;
}

bool rpc_eth_get_code(struct rpc_call *call)
{
    uint64_t height;

    if (!find_state_height(call, &call->arg[1].block, &height))
        return false;
    json_put_data(call->out, (struct bytes){0});
    return true;
}

bool rpc_eth_get_storage_at(struct rpc_call *call)
{
    static const struct hash zero;
    uint64_t height;

    if (!find_state_height(call, &call->arg[2].block, &height))
        return false;
    json_put_hash(call->out, &zero);
    return true;
}

bool rpc_cairn_get_supply(struct rpc_call *call)
{
    struct json_writer *w = call->out;
    struct header header;
    struct hash hash;
    struct u256 total;
    uint64_t height;

    if (!find_state_height(call, &call->arg[0].block, &height) ||
        !find_header(call, height, &header, &hash))
        return false;
    if (!u256_sub(&total, &call->options->genesis->supply, &header.burned))
        return error_set(call->err, ERROR_STORE_DAMAGED,
                         "block %" PRIu64 " burned more than there was", height);
    json_object_begin(w);
    json_put_key(w, "genesis");
    json_put_quantity_u256(w, &call->options->genesis->supply);
    json_put_key(w, "burned");
    json_put_quantity_u256(w, &header.burned);
    json_put_key(w, "total");
    json_put_quantity_u256(w, &total);
    json_object_end(w);
    return true;
}

/* ---- calls: what such a transfer would meet ---- */

struct call_fields {
    struct address from;
    bool has_to, has_gas, has_price;
    uint64_t gas;
    struct u256 value, price; /* price: gasPrice or maxFeePerGas */
    struct u256 tip;
    bool has_tip;
    uint64_t gas_intrinsic;
};

static bool member_text(struct rpc_call *call, const json_t *object, const char *key,
                        struct bytes *text, bool *given)
{
    const json_t *json = json_object_get(object, key);

    *text = (struct bytes){0};
    *given = json && !json_is_null(json);
    if (!*given)
        return true;
    if (!json_is_string(json))
        return rpc_argument_error(call, 0, "call", "%s: must be a string of hex", key);
    *text = bytes_of(json_string_value(json), json_string_length(json));
    return true;
}

static bool member_u256(struct rpc_call *call, const json_t *object, const char *key,
                        struct u256 *out, bool *given)
{
    struct error err = {0};
    struct bytes text;

    *out = (struct u256){0};
    if (!member_text(call, object, key, &text, given))
        return false;
    return !*given || hex_parse_u256(out, text, &err) ||
           rpc_argument_error(call, 0, "call", "%s: %s", key, err.text);
}

static bool member_u64(struct rpc_call *call, const json_t *object, const char *key, uint64_t *out,
                       bool *given)
{
    struct error err = {0};
    struct bytes text;

    *out = 0;
    if (!member_text(call, object, key, &text, given))
        return false;
    return !*given || hex_parse_u64(out, text, &err) ||
           rpc_argument_error(call, 0, "call", "%s: %s", key, err.text);
}

static bool member_address(struct rpc_call *call, const json_t *object, const char *key,
                           struct address *out, bool *given)
{
    struct error err = {0};
    struct bytes text;

    *out = (struct address){0};
    if (!member_text(call, object, key, &text, given))
        return false;
    return !*given || hex_parse_address(out, text, &err) ||
           rpc_argument_error(call, 0, "call", "%s: %s", key, err.text);
}

/* input or data; both only if they say the same. */
static bool member_data_gas(struct rpc_call *call, const json_t *object, uint64_t *gas)
{
    struct bytes input, data;
    bool has_input, has_data;
    struct buffer bytes = {0};
    struct error err = {0};
    bool ok;

    if (!member_text(call, object, "input", &input, &has_input) ||
        !member_text(call, object, "data", &data, &has_data))
        return false;
    if (has_input && has_data && !bytes_equal(input, data))
        return rpc_argument_error(call, 0, "call",
                                  "both \"data\" and \"input\" are set and not equal: give one");
    if (!has_input && !has_data)
        return true;
    ok = hex_parse_data(&bytes, has_input ? input : data, SIZE_MAX, &err);
    for (size_t i = 0; ok && i < bytes.size; i++)
        *gas += bytes.at[i] ? TX_GAS_BYTE : TX_GAS_ZERO_BYTE;
    buffer_release(&bytes);
    return ok ||
           rpc_argument_error(call, 0, "call", "%s: %s", has_input ? "input" : "data", err.text);
}

static bool access_entry_gas(struct rpc_call *call, const json_t *entry, uint64_t *gas)
{
    const json_t *keys = json_object_get(entry, "storageKeys");
    struct error err = {0};
    struct address address;
    struct hash key;
    bool given;

    if (!json_is_object(entry))
        return rpc_argument_error(call, 0, "call", "accessList: each entry must be an object");
    if (!member_address(call, entry, "address", &address, &given))
        return false;
    if (!given)
        return rpc_argument_error(call, 0, "call", "accessList: an entry has no address");
    if (keys && !json_is_array(keys) && !json_is_null(keys))
        return rpc_argument_error(call, 0, "call", "accessList: storageKeys must be an array");
    for (size_t i = 0; i < json_array_size(keys); i++) {
        const json_t *json = json_array_get(keys, i);

        if (!json_is_string(json) ||
            !hex_parse_hash(&key, bytes_of(json_string_value(json), json_string_length(json)),
                            &err))
            return rpc_argument_error(call, 0, "call",
                                      "accessList: a storage key must be 32 bytes of hex");
    }
    *gas += TX_GAS_ADDRESS + TX_GAS_KEY * json_array_size(keys);
    return true;
}

static bool member_access_gas(struct rpc_call *call, const json_t *object, uint64_t *gas)
{
    const json_t *list = json_object_get(object, "accessList");

    if (!list || json_is_null(list))
        return true;
    if (!json_is_array(list))
        return rpc_argument_error(call, 0, "call", "accessList: must be an array");
    for (size_t i = 0; i < json_array_size(list); i++)
        if (!access_entry_gas(call, json_array_get(list, i), gas))
            return false;
    return true;
}

static bool call_read(struct rpc_call *call, struct call_fields *fields)
{
    const json_t *object = call->arg[0].json;
    struct u256 fee_max;
    struct address to;
    bool given, has_fee_max, has_gas_price, has_blob;
    struct bytes text;

    *fields = (struct call_fields){.gas_intrinsic = TX_GAS};
    if (!member_address(call, object, "from", &fields->from, &given) ||
        !member_address(call, object, "to", &to, &fields->has_to) ||
        !member_u256(call, object, "value", &fields->value, &given) ||
        !member_u64(call, object, "gas", &fields->gas, &fields->has_gas) ||
        !member_u256(call, object, "gasPrice", &fields->price, &has_gas_price) ||
        !member_u256(call, object, "maxFeePerGas", &fee_max, &has_fee_max) ||
        !member_u256(call, object, "maxPriorityFeePerGas", &fields->tip, &fields->has_tip) ||
        !member_text(call, object, "maxFeePerBlobGas", &text, &has_blob) ||
        !member_data_gas(call, object, &fields->gas_intrinsic) ||
        !member_access_gas(call, object, &fields->gas_intrinsic))
        return false;
    if (has_gas_price && (has_fee_max || fields->has_tip))
        return rpc_argument_error(
            call, 0, "call", "both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified");
    if (has_fee_max)
        fields->price = fee_max;
    fields->has_price = has_gas_price || has_fee_max;
    return true;
}

/* The third argument: address → {balance, nonce}; all that needs a contract is refused. */
static bool overrides_apply(struct rpc_call *call, const struct address *from,
                            struct account *account)
{
    json_t *object; /* jansson's iteration wants it so; nothing of it is changed */
    const char *key;
    json_t *entry;

    if (!call->arg[2].given)
        return true;
    object = json_object(); /* a shallow copy to walk over: the argument is const */
    if (json_object_update(object, (json_t *)(uintptr_t)call->arg[2].json) != 0) {
        json_decref(object);
        return error_set(call->err, ERROR_IO, "copying the overrides");
    }
    json_object_foreach(object, key, entry)
    {
        struct error err = {0};
        struct address address;
        const char *member;
        json_t *value;

        if (!hex_parse_address(&address, bytes_of_text(key), &err)) {
            rpc_argument_error(call, 2, "overrides", "\"%.64s\": %s", key, err.text);
            goto fail;
        }
        if (!json_is_object(entry)) {
            rpc_argument_error(call, 2, "overrides", "%s: must be an object", key);
            goto fail;
        }
        json_object_foreach(entry, member, value)
        {
            struct bytes text = bytes_of(json_string_value(value), json_string_length(value));
            bool is_balance = strcmp(member, "balance") == 0,
                 is_nonce = strcmp(member, "nonce") == 0;
            struct u256 balance;
            uint64_t nonce;

            if (strcmp(member, "code") == 0 || strcmp(member, "state") == 0 ||
                strcmp(member, "stateDiff") == 0) {
                rpc_argument_error(call, 2, "overrides", "no code or storage on this chain");
                goto fail;
            }
            if (!is_balance && !is_nonce)
                continue;
            if (!json_is_string(value) || !(is_balance ? hex_parse_u256(&balance, text, &err)
                                                       : hex_parse_u64(&nonce, text, &err))) {
                rpc_argument_error(call, 2, "overrides", "%s: %s: %s", key, member,
                                   json_is_string(value) ? err.text : "must be a string of hex");
                goto fail;
            }
            if (is_balance && address_equal(&address, from))
                account->balance = balance;
        }
    }
    json_decref(object);
    return true;
fail:
    json_decref(object);
    return false;
}

static bool check_gas(struct rpc_call *call, const struct call_fields *fields)
{
    uint64_t limit = call->head->block->header.gas_limit;

    if (fields->has_gas && fields->gas < fields->gas_intrinsic)
        return error_set(call->err, ERROR_TX_GAS_LOW,
                         "intrinsic gas too low: gas %" PRIu64 ", minimum needed %" PRIu64,
                         fields->gas, fields->gas_intrinsic);
    if (fields->gas_intrinsic > limit)
        return error_set(call->err, ERROR_TX_GAS_HIGH,
                         "exceeds block gas limit (gas limit reached): gas %" PRIu64
                         ", limit %" PRIu64,
                         fields->gas_intrinsic, limit);
    return true;
}

/* Fees are looked at only if given and not zero: wallets ask without them. */
static bool check_fees(struct rpc_call *call, const struct call_fields *fields,
                       const struct header *header)
{
    char tip[U256_DECIMAL_MAX + 1], cap[U256_DECIMAL_MAX + 1], base[U256_DECIMAL_MAX + 1];

    if (!fields->has_price || u256_is_zero(&fields->price))
        return true;
    u256_format(cap, &fields->price);
    if (fields->has_tip && u256_compare(&fields->tip, &fields->price) > 0) {
        u256_format(tip, &fields->tip);
        return error_set(call->err, ERROR_TX_TIP,
                         "max priority fee per gas higher than max fee per gas: "
                         "maxPriorityFeePerGas %s, maxFeePerGas %s",
                         tip, cap);
    }
    if (u256_compare(&fields->price, &header->base_fee_per_gas) < 0) {
        u256_format(base, &header->base_fee_per_gas);
        return error_set(call->err, ERROR_TX_FEE,
                         "max fee per gas less than block base fee: maxFeePerGas %s, baseFee %s",
                         cap, base);
    }
    return true;
}

static bool check_funds(struct rpc_call *call, const struct call_fields *fields,
                        const struct account *account, bool with_gas)
{
    char have[U256_DECIMAL_MAX + 1], want[U256_DECIMAL_MAX + 1], from[ADDRESS_TEXT];
    struct u256 cost = {0};
    bool fits = true;

    if (with_gas && fields->has_price)
        fits = u256_mul_u64(&cost, &fields->price,
                            fields->has_gas ? fields->gas : fields->gas_intrinsic);
    fits = fits && u256_add(&cost, &cost, &fields->value);
    if (fits && u256_compare(&account->balance, &cost) >= 0)
        return true;
    u256_format(have, &account->balance);
    if (fits)
        u256_format(want, &cost);
    return error_set(call->err, ERROR_TX_FUNDS,
                     "insufficient funds for gas * price + value: address %s have %s want %s",
                     address_format(from, &fields->from), have,
                     fits ? want : "more than 2^256 - 1");
}

static bool check_call(struct rpc_call *call, struct call_fields *fields, bool with_gas)
{
    struct account account;
    struct header header;
    struct hash hash;
    uint64_t height;

    if (!call_read(call, fields) || !find_state_height(call, &call->arg[1].block, &height) ||
        !find_header(call, height, &header, &hash) ||
        !store_account(rpc_call_snapshot(call), &fields->from, height, &account, call->err) ||
        !overrides_apply(call, &fields->from, &account))
        return false;
    if (!fields->has_to)
        return error_set(
            call->err, ERROR_TX_CREATION,
            "contract creation not supported: this chain has no contracts, set the recipient");
    return check_gas(call, fields) && check_fees(call, fields, &header) &&
           check_funds(call, fields, &account, with_gas);
}

bool rpc_eth_call(struct rpc_call *call)
{
    struct call_fields fields;

    if (!check_call(call, &fields, false))
        return false;
    json_put_data(call->out, (struct bytes){0});
    return true;
}

bool rpc_eth_estimate_gas(struct rpc_call *call)
{
    struct call_fields fields;

    if (!check_call(call, &fields, true))
        return false;
    json_put_quantity(call->out, fields.gas_intrinsic);
    return true;
}

/* ---- logs: validated, always empty ---- */

static bool filter_height(struct rpc_call *call, const json_t *filter, const char *key,
                          uint64_t *height)
{
    const json_t *json = json_object_get(filter, key);
    struct error err = {0};

    *height = call->head->block->header.height;
    if (!json || json_is_null(json))
        return true;
    if (!json_is_string(json))
        return rpc_argument_error(call, 0, "filter", "%s: must be a block number in hex or a tag",
                                  key);
    if (strcmp(json_string_value(json), "earliest") == 0) {
        *height = 0;
        return true;
    }
    if (strcmp(json_string_value(json), "latest") == 0 ||
        strcmp(json_string_value(json), "pending") == 0 ||
        strcmp(json_string_value(json), "safe") == 0 ||
        strcmp(json_string_value(json), "finalized") == 0)
        return true;
    return hex_parse_u64(height, bytes_of(json_string_value(json), json_string_length(json)),
                         &err) ||
           rpc_argument_error(call, 0, "filter", "%s: %s", key, err.text);
}

static bool filter_addresses(struct rpc_call *call, const json_t *json)
{
    struct error err = {0};
    struct address address;

    if (!json || json_is_null(json))
        return true;
    if (!json_is_string(json) && !json_is_array(json))
        return rpc_argument_error(call, 0, "filter",
                                  "address: must be an address or an array of them");
    for (size_t i = 0; i < (json_is_array(json) ? json_array_size(json) : 1); i++) {
        const json_t *one = json_is_array(json) ? json_array_get(json, i) : json;

        if (!json_is_string(one))
            return rpc_argument_error(call, 0, "filter", "address %zu: must be a string of hex", i);
        if (!hex_parse_address(&address, bytes_of(json_string_value(one), json_string_length(one)),
                               &err))
            return rpc_argument_error(call, 0, "filter", "address %zu: %s", i, err.text);
    }
    return true;
}

static bool filter_topic(struct rpc_call *call, const json_t *json, size_t index)
{
    struct error err = {0};
    struct hash topic;

    if (!json || json_is_null(json))
        return true;
    if (!json_is_string(json))
        return rpc_argument_error(call, 0, "filter",
                                  "topic %zu: must be 32 bytes of hex, null or an array of them",
                                  index);
    return hex_parse_hash(&topic, bytes_of(json_string_value(json), json_string_length(json)),
                          &err) ||
           rpc_argument_error(call, 0, "filter", "topic %zu: %s", index, err.text);
}

static bool filter_topics(struct rpc_call *call, const json_t *topics)
{
    if (!topics || json_is_null(topics))
        return true;
    if (!json_is_array(topics))
        return rpc_argument_error(call, 0, "filter", "topics: must be an array");
    if (json_array_size(topics) > 4)
        return rpc_argument_error(call, 0, "filter", "topics: at most 4");
    for (size_t i = 0; i < json_array_size(topics); i++) {
        const json_t *topic = json_array_get(topics, i);

        if (!json_is_array(topic)) {
            if (!filter_topic(call, topic, i))
                return false;
            continue;
        }
        for (size_t j = 0; j < json_array_size(topic); j++)
            if (!filter_topic(call, json_array_get(topic, j), i))
                return false;
    }
    return true;
}

static bool filter_range(struct rpc_call *call, const json_t *filter)
{
    const json_t *hash = json_object_get(filter, "blockHash"),
                 *from = json_object_get(filter, "fromBlock"),
                 *to = json_object_get(filter, "toBlock");
    struct rpc_block block = {.kind = RPC_BLOCK_HASH};
    uint64_t first, last;
    struct error err = {0};
    bool found;

    if (!hash || json_is_null(hash)) {
        if (!filter_height(call, filter, "fromBlock", &first) ||
            !filter_height(call, filter, "toBlock", &last))
            return false;
        if (first > last)
            return error_set(call->err, ERROR_RPC_ARGUMENT, "invalid block range params");
        return last <= call->head->block->header.height ||
               error_set(call->err, ERROR_RPC_ARGUMENT,
                         "block range extends beyond current head block");
    }
    if ((from && !json_is_null(from)) || (to && !json_is_null(to)))
        return error_set(
            call->err, ERROR_RPC_ARGUMENT,
            "cannot specify both BlockHash and FromBlock/ToBlock, choose one or the other");
    if (!json_is_string(hash))
        return rpc_argument_error(call, 0, "filter", "blockHash: must be a string of hex");
    if (!hex_parse_hash(&block.hash, bytes_of(json_string_value(hash), json_string_length(hash)),
                        &err))
        return rpc_argument_error(call, 0, "filter", "blockHash: %s", err.text);
    if (!find_height(call, &block, &first, &found))
        return false;
    return found || error_set(call->err, ERROR_RPC_REFUSED, "unknown block");
}

bool rpc_eth_get_logs(struct rpc_call *call)
{
    const json_t *filter = call->arg[0].json;

    if (!filter_range(call, filter) ||
        !filter_addresses(call, json_object_get(filter, "address")) ||
        !filter_topics(call, json_object_get(filter, "topics")))
        return false;
    json_array_begin(call->out);
    json_array_end(call->out);
    return true;
}
