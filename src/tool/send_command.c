#include "amount.h"
#include "client.h"
#include "command.h"
#include "keys.h"
#include "password.h"
#include "show.h"

#include <cairn/hex.h>
#include <cairn/keccak.h>
#include <cairn/tx.h>

#include <inttypes.h>

enum {
    WAIT_SECONDS = 60,
    WAIT_SECONDS_MAX = 24 * 60 * 60,
    WAIT_CALL_MS = 60000, /* cairn_waitForTransaction takes no more */
    WAIT_EARLY_MS = 1000  /* timers may differ by that much, and no more */
};

/* A transfer on its way from the command line to the chain. */
struct transfer {
    struct tx tx; /* to be signed; memo lies in `data` */
    struct address from;
    struct buffer key_path;
    struct buffer data;
    struct buffer signed_bytes;
    struct hash hash;
};

static void transfer_release(struct transfer *t)
{
    buffer_release(&t->key_path);
    buffer_release(&t->data);
    buffer_release(&t->signed_bytes);
}

/* An amount of wei where the option was given; *given says whether. */
static bool amount_option(struct u256 *out, bool *given, const struct arguments *arguments,
                          const char *name, struct error *err)
{
    const char *text = arguments_value(arguments, name);

    *given = text != NULL;
    return !text || amount_parse(out, text, err) || error_wrap(err, "%s", name);
}

static bool read_data(struct buffer *out, const char *text, struct error *err)
{
    if (!text)
        return true;
    if (strncmp(text, "0x", 2) == 0)
        return hex_parse_data(out, bytes_of_text(text), TX_BYTES_MAX, err) ||
               error_wrap(err, "--data");
    buffer_put_text(out, text);
    return out->size <= TX_BYTES_MAX ||
           error_set(err, ERROR_NUMBER, "--data: over %d bytes; give less", TX_BYTES_MAX);
}

static uint64_t intrinsic_gas(struct bytes data)
{
    uint64_t gas = TX_GAS;

    for (size_t i = 0; i < data.size; i++)
        gas += data.at[i] == 0 ? TX_GAS_ZERO_BYTE : TX_GAS_BYTE;
    return gas;
}

/* What the command line alone decides: sender and its key file, recipient, amount, data. */
static bool read_arguments(struct transfer *t, const struct arguments *arguments, struct error *err)
{
    struct buffer directory = {0};
    bool given;
    bool ok;

    ok = (address_parse(&t->tx.to, bytes_of_text(arguments_value(arguments, "--to")), err) ||
          error_wrap(err, "--to")) &&
         amount_option(&t->tx.value, &given, arguments, "--amount", err) &&
         read_data(&t->data, arguments_value(arguments, "--data"), err) &&
         keys_directory(&directory, arguments_value(arguments, "--key-dir"), err) &&
         (keys_find(&t->key_path, buffer_text(&directory), arguments_value(arguments, "--from"),
                    err) ||
          error_wrap(err, "--from")) &&
         keys_address(&t->from, buffer_text(&t->key_path), err);
    buffer_release(&directory);
    t->tx.type = TX_FEE_MARKET;
    t->tx.has_to = true;
    t->tx.protected = true;
    t->tx.memo = buffer_bytes(&t->data);
    t->tx.gas_limit = intrinsic_gas(t->tx.memo);
    return ok;
}

static bool choose_chain(struct tool *tool, struct transfer *t, const struct arguments *arguments,
                         struct error *err)
{
    uint64_t wanted = 0;

    if (!arguments_u64(arguments, "--chain-id", &wanted, err) ||
        !client_u64(tool, &t->tx.chain_id, "eth_chainId", json_array(), err))
        return false;
    if (t->tx.chain_id == 0)
        return answer_bad(tool, err, "chain id 0");
    if (arguments_has(arguments, "--chain-id") && wanted != t->tx.chain_id)
        return error_set(err, ERROR_TX_CHAIN,
                         "the node is of chain %" PRIu64 ", not of %" PRIu64
                         "; nothing was signed, see --rpc-url",
                         t->tx.chain_id, wanted);
    return true;
}

static bool choose_nonce(struct tool *tool, struct transfer *t, const struct arguments *arguments,
                         struct error *err)
{
    char from[HEX_ADDRESS_TEXT];

    if (arguments_has(arguments, "--nonce"))
        return arguments_u64(arguments, "--nonce", &t->tx.nonce, err);
    hex_format_address(from, &t->from);
    return client_u64(tool, &t->tx.nonce, "eth_getTransactionCount",
                      json_pack("[s,s]", from, "pending"), err);
}

static bool ask_base_fee(struct tool *tool, struct u256 *out, struct error *err)
{
    json_t *block = NULL;
    bool ok =
        client_call(tool, &block, "eth_getBlockByNumber", json_pack("[s,b]", "latest", 0), err) &&
        answer_u256(tool, out, block, "baseFeePerGas", err);

    json_decref(block);
    return ok;
}

/* Twice the base fee, so that six full blocks in a row do not outrun it, and the tip. */
static bool default_cap(struct tool *tool, struct tx *tx, struct error *err)
{
    struct u256 base;

    if (!ask_base_fee(tool, &base, err))
        return false;
    return (u256_mul_u64(&tx->fee_max_per_gas, &base, 2) &&
            u256_add(&tx->fee_max_per_gas, &tx->fee_max_per_gas, &tx->tip_max_per_gas)) ||
           answer_bad(tool, err, "fees over 2^256 - 1 wei");
}

static bool choose_fees(struct tool *tool, struct tx *tx, const struct arguments *arguments,
                        struct error *err)
{
    bool has_tip;
    bool has_cap;

    if (!amount_option(&tx->tip_max_per_gas, &has_tip, arguments, "--tip", err) ||
        !amount_option(&tx->fee_max_per_gas, &has_cap, arguments, "--max-fee", err))
        return false;
    if (!has_tip &&
        !client_u256(tool, &tx->tip_max_per_gas, "eth_maxPriorityFeePerGas", json_array(), err))
        return false;
    if (!has_cap)
        return default_cap(tool, tx, err);
    if (u256_compare(&tx->tip_max_per_gas, &tx->fee_max_per_gas) <= 0)
        return true;
    if (has_tip)
        return error_set(err, ERROR_USAGE,
                         "--tip is above --max-fee, which it is a part of; "
                         "lower the one or raise the other");
    tx->tip_max_per_gas = tx->fee_max_per_gas;
    return true;
}

/* The most that leaves the account must be what its owner allows: a lying node names the fees. */
static bool check_cost(struct u256 *cost, const struct tx *tx, const struct arguments *arguments,
                       struct error *err)
{
    struct u256 allowed;
    char text[AMOUNT_TEXT];
    bool given;

    if (!amount_option(&allowed, &given, arguments, "--max-cost", err))
        return false;
    if (!tx_cost_max(cost, tx))
        return error_set(err, ERROR_NUMBER, "amount and fees are over 2^256 - 1 wei; give less");
    if (given && u256_compare(cost, &allowed) > 0)
        return error_set(err, ERROR_TX_FEE, "it could cost %s, over --max-cost; nothing was signed",
                         amount_format(text, cost, UNIT_COIN));
    return true;
}

static void announce(struct tool *tool, const struct transfer *t, const struct u256 *cost)
{
    char from[ADDRESS_TEXT];
    char to[ADDRESS_TEXT];
    char value[AMOUNT_TEXT];
    char cap[AMOUNT_TEXT];
    char tip[AMOUNT_TEXT];
    char all[AMOUNT_TEXT];

    fprintf(tool->err,
            "To be signed:\n"
            "  from       %s\n"
            "  to         %s\n"
            "  amount     %s\n"
            "  max fee    %s a unit of gas (tip %s), %" PRIu64 " gas\n"
            "  at most    %s in all\n"
            "  nonce      %" PRIu64 "\n"
            "  chain id   %" PRIu64 "\n",
            address_format(from, &t->from), address_format(to, &t->tx.to),
            amount_format(value, &t->tx.value, UNIT_COIN),
            amount_format(cap, &t->tx.fee_max_per_gas, UNIT_GWEI),
            amount_format(tip, &t->tx.tip_max_per_gas, UNIT_GWEI), t->tx.gas_limit,
            amount_format(all, cost, UNIT_COIN), t->tx.nonce, t->tx.chain_id);
    if (t->data.size > 0)
        fprintf(tool->err, "  data       %zu bytes\n", t->data.size);
    fflush(tool->err);
}

static bool sign(struct transfer *t, const char *password_file, struct error *err)
{
    struct password password = {0};
    struct secret secret = {0};
    bool ok = password_get(&password, password_file, "Password of the key: ", false, err) &&
              keys_open(&secret, buffer_text(&t->key_path), password_bytes(&password), err) &&
              tx_sign(&t->signed_bytes, &t->tx, &secret, err);

    mem_wipe(&secret, sizeof secret);
    password_wipe(&password);
    if (!ok)
        return false;
    keccak256(&t->hash, buffer_bytes(&t->signed_bytes));
    return t->signed_bytes.size <= TX_BYTES_MAX ||
           error_set(err, ERROR_TX_SIZE,
                     "the transaction has %zu bytes, at most %d; give less data",
                     t->signed_bytes.size, TX_BYTES_MAX);
}

static bool answer_is_hash(struct tool *tool, const json_t *answer, const struct hash *hash,
                           struct error *err)
{
    struct error ignored = {0};
    struct hash got;

    return (json_is_string(answer) &&
            hex_parse_hash(&got, bytes_of_text(json_string_value(answer)), &ignored) &&
            hash_equal(&got, hash)) ||
           answer_bad(tool, err, "not the hash of the transaction that was sent");
}

static bool submit(struct tool *tool, const struct transfer *t, struct error *err)
{
    struct buffer hex = {0};
    json_t *answer = NULL;
    char hash[HEX_HASH_TEXT];
    bool ok;

    hex_put_data(&hex, buffer_bytes(&t->signed_bytes));
    ok = client_call(tool, &answer, "eth_sendRawTransaction", json_pack("[s]", buffer_text(&hex)),
                     err) &&
         answer_is_hash(tool, answer, &t->hash, err);
    json_decref(answer);
    buffer_release(&hex);
    if (ok || !tool->node_failed)
        return ok;
    /* A lost answer is not a lost transaction: paying twice is the danger here. */
    return error_wrap(err,
                      "transaction %s may have been sent all the same (before sending again "
                      "look for it with: cairn tx)",
                      hex_format_hash(hash, &t->hash));
}

static void put_sent(struct tool *tool, const struct transfer *t)
{
    char hash[HEX_HASH_TEXT];
    char from[ADDRESS_TEXT];
    char to[ADDRESS_TEXT];
    char value[U256_DECIMAL_MAX + 1];
    char cap[U256_DECIMAL_MAX + 1];
    char tip[U256_DECIMAL_MAX + 1];
    char number[3][24];

    hex_format_hash(hash, &t->hash);
    if (!tool->json) {
        fprintf(tool->out, "%s\n", hash);
    } else {
        u256_format(value, &t->tx.value);
        u256_format(cap, &t->tx.fee_max_per_gas);
        u256_format(tip, &t->tx.tip_max_per_gas);
        snprintf(number[0], sizeof number[0], "%" PRIu64, t->tx.chain_id);
        snprintf(number[1], sizeof number[1], "%" PRIu64, t->tx.nonce);
        snprintf(number[2], sizeof number[2], "%" PRIu64, t->tx.gas_limit);
        tool_put_json(tool,
                      json_pack("{ss,ss,ss,ss,ss,ss,ss,ss,ss}", "hash", hash, "from",
                                address_format(from, &t->from), "to", address_format(to, &t->tx.to),
                                "value", value, "chainId", number[0], "nonce", number[1], "gas",
                                number[2], "maxFeePerGas", cap, "maxPriorityFeePerGas", tip));
    }
    /* Who waits for the block in vain still has the hash. */
    fflush(tool->out);
}

static bool put_receipt(struct tool *tool, const json_t *receipt, const struct hash *hash,
                        struct error *err)
{
    struct receipt_view view;

    if (!receipt_read(tool, &view, receipt, hash, err))
        return false;
    if (tool->json) {
        tool_put_json(tool, json_pack("{sO}", "receipt", receipt));
        return true;
    }
    tool_put_row(tool, "block", "%" PRIu64 ", place %" PRIu64, view.block, view.index);
    show_fee(tool, &view);
    return true;
}

/* One call of at most a minute. *receipt NULL: not decided in it. */
static bool wait_once(struct tool *tool, json_t **receipt, const char *hash, uint64_t ms,
                      struct error *err)
{
    char quantity[24];

    snprintf(quantity, sizeof quantity, "0x%" PRIx64, ms);
    if (!client_call_wait(tool, receipt, "cairn_waitForTransaction",
                          json_pack("[s,s]", hash, quantity), ms, err))
        return false;
    if (json_is_null(*receipt))
        *receipt = NULL; /* null is a constant of jansson's, which needs no release */
    return true;
}

static bool await_decision(struct tool *tool, const struct hash *hash, uint64_t seconds,
                           struct error *err)
{
    uint64_t start = tool->port.now_ms(tool->port.user);
    uint64_t now = start;
    uint64_t end = start + seconds * 1000;
    uint64_t ms;
    char text[HEX_HASH_TEXT];
    json_t *receipt = NULL;
    bool ok = true;

    hex_format_hash(text, hash);
    do {
        uint64_t before = now;

        ms = end - now < WAIT_CALL_MS ? end - now : WAIT_CALL_MS;
        ok = wait_once(tool, &receipt, text, ms, err);
        now = tool->port.now_ms(tool->port.user);
        /* Else a node that never waits would be asked in a circle without end. */
        if (ok && !receipt && now - before + WAIT_EARLY_MS < ms)
            ok = answer_bad(tool, err, "it came before the time to wait was over");
    } while (ok && !receipt && ms == WAIT_CALL_MS && now < end);
    if (ok && !receipt)
        ok = error_set(err, ERROR_RPC_TIMEOUT, "not decided within %" PRIu64 " s", seconds);
    ok = ok && put_receipt(tool, receipt, hash, err);
    json_decref(receipt);
    return ok || error_wrap(err, "transaction %s was sent (look again with: cairn tx)", text);
}

static bool wait_option(uint64_t *seconds, const struct arguments *arguments, struct error *err)
{
    *seconds = WAIT_SECONDS;
    if (!arguments_u64(arguments, "--wait", seconds, err))
        return false;
    return *seconds <= WAIT_SECONDS_MAX ||
           error_set(err, ERROR_USAGE, "--wait: at most %d seconds", WAIT_SECONDS_MAX);
}

bool send_run(struct tool *tool, const struct arguments *arguments, struct error *err)
{
    struct transfer t = {0};
    struct u256 cost;
    uint64_t seconds;
    bool ok = wait_option(&seconds, arguments, err) && read_arguments(&t, arguments, err) &&
              choose_chain(tool, &t, arguments, err) && choose_nonce(tool, &t, arguments, err) &&
              choose_fees(tool, &t.tx, arguments, err) && check_cost(&cost, &t.tx, arguments, err);

    if (ok) {
        announce(tool, &t, &cost);
        ok = sign(&t, arguments_value(arguments, "--password-file"), err) && submit(tool, &t, err);
    }
    if (ok) {
        put_sent(tool, &t);
        if (arguments_has(arguments, "--wait"))
            ok = await_decision(tool, &t.hash, seconds, err);
    }
    transfer_release(&t);
    return ok;
}
