#include "amount.h"
#include "command.h"
#include "keys.h"
#include "password.h"
#include "show.h"

#include <cairn/file.h>
#include <cairn/genesis.h>
#include <cairn/hex.h>

#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

enum { GENESIS_FILE_MODE = 0644, GENESIS_GAS_LIMIT = 1000 * 1000 * 1000 };

static const char base_fee_min_default[] = "1000000000"; /* 1 gwei */

static json_t *amount_json(const struct u256 *wei)
{
    char text[U256_DECIMAL_MAX + 1];

    u256_format(text, wei);
    return json_string(text);
}

/* One validator, "ADDRESS[:POWER]". */
static bool add_validator(json_t *list, const char *text, struct error *err)
{
    const char *colon = strchr(text, ':');
    size_t size = colon ? (size_t)(colon - text) : strlen(text);
    char name[ADDRESS_TEXT];
    struct address address;
    uint64_t power = 1;

    if (!address_parse(&address, bytes_of(text, size), err) ||
        (colon && !number_parse(&power, colon + 1, err)))
        return error_wrap(err, "--validator %s", text);
    if (power == 0 || power > VALIDATOR_POWER_MAX)
        return error_set(err, ERROR_USAGE, "--validator %s: a power is from 1 to %d", text,
                         VALIDATOR_POWER_MAX);
    json_array_append_new(list, json_pack("{ss,sI}", "address", address_format(name, &address),
                                          "power", (json_int_t)power));
    return true;
}

/* One account, "ADDRESS=AMOUNT". */
static bool add_account(json_t *alloc, const char *text, struct error *err)
{
    const char *equals = strchr(text, '=');
    char name[ADDRESS_TEXT];
    struct address address;
    struct u256 balance;

    if (!equals)
        return error_set(err, ERROR_USAGE, "--alloc %s: write ADDRESS=AMOUNT", text);
    if (!address_parse(&address, bytes_of(text, (size_t)(equals - text)), err) ||
        !amount_parse(&balance, equals + 1, err))
        return error_wrap(err, "--alloc %s", text);
    address_format(name, &address);
    if (json_object_get(alloc, name))
        return error_set(err, ERROR_USAGE, "--alloc names %s twice; give one sum", name);
    json_object_set_new(alloc, name, json_pack("{so}", "balance", amount_json(&balance)));
    return true;
}

static bool put_fee(json_t *object, const char *key, const char *text, const char *option,
                    struct error *err)
{
    struct u256 wei;

    if (!text)
        return true;
    if (!amount_parse(&wei, text, err))
        return error_wrap(err, "%s", option);
    json_object_set_new(object, key, amount_json(&wei));
    return true;
}

static bool put_number(json_t *object, const char *key, uint64_t value, const char *option,
                       struct error *err)
{
    if (value > INT64_MAX)
        return error_set(err, ERROR_USAGE, "%s is over 2^63 - 1; give less", option);
    json_object_set_new(object, key, json_integer((json_int_t)value));
    return true;
}

static bool put_rules(json_t *cairn, const struct arguments *arguments, struct error *err)
{
    const char *fees = arguments_value(arguments, "--fees");
    const char *minimum = arguments_value(arguments, "--min-base-fee");
    uint64_t block_time_ms = 1000;

    if (!arguments_u64(arguments, "--block-time", &block_time_ms, err) ||
        !put_number(cairn, "blockTimeMs", block_time_ms, "--block-time", err))
        return false;
    /* Without a pause between blocks, empty ones would have no end. */
    json_object_set_new(
        cairn, "emptyBlocks",
        json_boolean(!arguments_has(arguments, "--no-empty-blocks") && block_time_ms > 0));
    if (!fees)
        return put_fee(cairn, "minBaseFeePerGas", minimum ? minimum : base_fee_min_default,
                       "--min-base-fee", err);
    if (strcmp(fees, "none") != 0)
        return error_set(err, ERROR_USAGE, "--fees takes none; without it there are fees");
    if (minimum || arguments_has(arguments, "--base-fee"))
        return error_set(err, ERROR_USAGE, "--fees none leaves no place for a base fee");
    json_object_set_new(cairn, "fees", json_string("none"));
    return true;
}

static bool put_lists(json_t *validators, json_t *alloc, const struct arguments *arguments,
                      const struct address *made, struct error *err)
{
    char name[ADDRESS_TEXT];
    const char *text;
    size_t at = 0;

    if (made && !add_validator(validators, address_format(name, made), err))
        return false;
    while ((text = arguments_next(arguments, "--validator", &at))) {
        if (!add_validator(validators, text, err))
            return false;
    }
    at = 0;
    while ((text = arguments_next(arguments, "--alloc", &at))) {
        if (!add_account(alloc, text, err))
            return false;
    }
    return json_array_size(validators) > 0 ||
           error_set(err, ERROR_USAGE,
                     "no validator; give --validator ADDRESS[:POWER] or --make-validator KEYFILE");
}

/* The file's text from the options; `made`: the validator whose key is being made, or NULL. */
static bool compose(struct buffer *out, const struct arguments *arguments,
                    const struct address *made, struct error *err)
{
    uint64_t chain_id = 0;
    uint64_t seconds = (uint64_t)time(NULL);
    uint64_t gas_limit = GENESIS_GAS_LIMIT;
    const char *extra = arguments_value(arguments, "--extra");
    json_t *validators = json_array();
    json_t *cairn = json_pack("{so}", "validators", validators);
    json_t *config = json_object();
    json_t *alloc = json_object();
    json_t *root = json_pack("{so}", "config", config);
    char *text = NULL;
    bool ok =
        arguments_u64(arguments, "--chain-id", &chain_id, err) &&
        arguments_u64(arguments, "--timestamp", &seconds, err) &&
        arguments_u64(arguments, "--gas-limit", &gas_limit, err) &&
        put_rules(cairn, arguments, err) && put_lists(validators, alloc, arguments, made, err) &&
        put_number(config, "chainId", chain_id, "--chain-id", err) &&
        put_number(root, "timestamp", seconds, "--timestamp", err) &&
        put_number(root, "gasLimit", gas_limit, "--gas-limit", err) &&
        put_fee(root, "baseFeePerGas", arguments_value(arguments, "--base-fee"), "--base-fee", err);

    json_object_set(config, "cairn", cairn);
    if (ok && extra && json_object_set_new(root, "extraData", json_string(extra)) != 0)
        ok = error_set(err, ERROR_USAGE, "--extra is not UTF-8");
    json_object_set(root, "alloc", alloc);
    text = ok ? json_dumps(root, JSON_INDENT(2)) : NULL;
    if (text)
        buffer_printf(out, "%s\n", text);
    free(text);
    json_decref(root);
    json_decref(alloc);
    json_decref(cairn);
    return ok;
}

static json_t *validators_json(const struct council *council)
{
    json_t *list = json_array();

    for (size_t i = 0; i < council->count; i++) {
        char text[ADDRESS_TEXT];

        json_array_append_new(list, json_pack("{ss,sI}", "address",
                                              address_format(text, &council->member[i].address),
                                              "power", (json_int_t)council->member[i].power));
    }
    return list;
}

static void put_json(struct tool *tool, const struct genesis *genesis)
{
    char hash[HEX_HASH_TEXT];
    char number[4][24];
    char time_text[TIME_TEXT];

    snprintf(number[0], sizeof number[0], "%" PRIu64, genesis->chain_id);
    snprintf(number[1], sizeof number[1], "%zu", genesis->account_count);
    snprintf(number[2], sizeof number[2], "%" PRIu64, genesis->block_time_ms);
    snprintf(number[3], sizeof number[3], "%" PRIu64, genesis->gas_limit);
    tool_put_json(tool,
                  json_pack("{ss,ss,ss,so,ss,so,ss,sb,ss,so,sb}", "hash",
                            hex_format_hash(hash, &genesis->hash), "chainId", number[0], "time",
                            time_format_ms(time_text, genesis->header.time_ms), "validators",
                            validators_json(&genesis->council), "accounts", number[1], "supply",
                            amount_json(&genesis->supply), "blockTimeMs", number[2], "emptyBlocks",
                            genesis->empty_blocks ? 1 : 0, "gasLimit", number[3], "baseFeePerGas",
                            amount_json(&genesis->header.base_fee_per_gas), "feesNone",
                            genesis->fees_none ? 1 : 0));
}

static void put_summary(struct tool *tool, const struct genesis *genesis)
{
    char text[AMOUNT_TEXT];
    char least[AMOUNT_TEXT];

    tool_put_row(tool, "genesis hash", "%s", hex_format_hash(text, &genesis->hash));
    tool_put_row(tool, "chain id", "%" PRIu64, genesis->chain_id);
    tool_put_row(tool, "time", "%s", time_format_ms(text, genesis->header.time_ms));
    for (size_t i = 0; i < genesis->council.count; i++) {
        const struct validator *member = &genesis->council.member[i];

        tool_put_row(tool, i == 0 ? "validators" : "", "%s power %" PRIu64,
                     address_format(text, &member->address), member->power);
    }
    tool_put_row(tool, "accounts", "%zu", genesis->account_count);
    show_amount(tool, "supply", &genesis->supply);
    tool_put_row(tool, "block time", "%" PRIu64 " ms, %s empty blocks", genesis->block_time_ms,
                 genesis->empty_blocks ? "with" : "without");
    tool_put_row(tool, "gas limit", "%" PRIu64, genesis->gas_limit);
    if (genesis->fees_none)
        tool_put_row(tool, "base fee", "none");
    else
        tool_put_row(tool, "base fee", "%s, at least %s",
                     amount_format(text, &genesis->header.base_fee_per_gas, UNIT_GWEI),
                     amount_format(least, &genesis->base_fee_min, UNIT_GWEI));
}

static void put_genesis(struct tool *tool, const struct genesis *genesis)
{
    if (tool->json)
        put_json(tool, genesis);
    else
        put_summary(tool, genesis);
}

/* The key of --make-validator and its record, in files. */
static bool write_validator(struct tool *tool, const char *file, const struct secret *secret,
                            const struct arguments *arguments, struct error *err)
{
    struct key_place place = {
        .file = file, .validator = true, .light = arguments_has(arguments, "--light")};
    struct password password = {0};
    struct buffer path = {0};
    bool ok = password_get(&password, arguments_value(arguments, "--password-file"),
                           "Password for the validator's key: ", true, err) &&
              keys_write(&path, &place, secret, password_bytes(&password), err);

    if (ok && !tool->json)
        fprintf(tool->err, "The validator's key: %s (its record validator.state beside it).\n",
                file);
    password_wipe(&password);
    buffer_release(&path);
    return ok;
}

bool genesis_new(struct tool *tool, const struct arguments *arguments, struct error *err)
{
    const char *path = arguments->word[0];
    const char *key_file = arguments_value(arguments, "--make-validator");
    struct buffer text = {0};
    struct genesis genesis = {0};
    struct secret secret = {0};
    struct address made;
    bool ok;

    if (file_exists(path))
        return error_set(err, ERROR_IO, "%s exists already; name another file", path);
    ok = (!key_file || (keys_secret_new(&secret, err) && secret_address(&made, &secret))) &&
         compose(&text, arguments, key_file ? &made : NULL, err);
    if (ok && !genesis_parse(&genesis, buffer_bytes(&text), path, err)) {
        err->code = ERROR_USAGE; /* the options say what no genesis may say */
        ok = false;
    }
    /* The key goes first: a genesis whose validator has no key starts no chain. */
    ok = ok && (!key_file || write_validator(tool, key_file, &secret, arguments, err)) &&
         file_write_new(path, buffer_bytes(&text), GENESIS_FILE_MODE, err);
    if (ok)
        put_genesis(tool, &genesis);
    genesis_release(&genesis);
    mem_wipe(&secret, sizeof secret);
    buffer_release(&text);
    return ok;
}

bool genesis_check(struct tool *tool, const struct arguments *arguments, struct error *err)
{
    struct genesis genesis = {0};

    if (!genesis_load(&genesis, arguments->word[0], err))
        return false;
    put_genesis(tool, &genesis);
    genesis_release(&genesis);
    return true;
}

bool genesis_hash(struct tool *tool, const struct arguments *arguments, struct error *err)
{
    struct genesis genesis = {0};
    char text[HEX_HASH_TEXT];

    if (!genesis_load(&genesis, arguments->word[0], err))
        return false;
    hex_format_hash(text, &genesis.hash);
    if (tool->json)
        tool_put_json(tool, json_pack("{ss}", "hash", text));
    else
        fprintf(tool->out, "%s\n", text);
    genesis_release(&genesis);
    return true;
}
