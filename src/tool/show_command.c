#include "amount.h"
#include "client.h"
#include "command.h"
#include "show.h"

#include <cairn/hex.h>
#include <cairn/key.h>
#include <cairn/tx.h>

#include <inttypes.h>

void show_amount(struct tool *tool, const char *label, const struct u256 *wei)
{
    char coin[AMOUNT_TEXT];
    char exact[AMOUNT_TEXT];

    tool_put_row(tool, label, "%s (%s)", amount_format(coin, wei, UNIT_COIN),
                 amount_format(exact, wei, UNIT_WEI));
}

static void show_hash(struct tool *tool, const char *label, const struct hash *hash)
{
    char text[HEX_HASH_TEXT];

    tool_put_row(tool, label, "%s", hex_format_hash(text, hash));
}

static void show_address(struct tool *tool, const char *label, const struct address *address)
{
    char text[ADDRESS_TEXT];

    tool_put_row(tool, label, "%s", address_format(text, address));
}

void show_fee(struct tool *tool, const struct receipt_view *receipt)
{
    char fee[AMOUNT_TEXT];
    char price[AMOUNT_TEXT];

    tool_put_row(tool, "fee", "%s (%" PRIu64 " gas at %s)",
                 amount_format(fee, &receipt->fee, UNIT_COIN), receipt->gas_used,
                 amount_format(price, &receipt->price, UNIT_GWEI));
}

bool receipt_read(struct tool *tool, struct receipt_view *out, const json_t *receipt,
                  const struct hash *hash, struct error *err)
{
    struct hash named;
    uint64_t status;

    if (!answer_hash(tool, &named, receipt, "transactionHash", err) ||
        !answer_u64(tool, &out->block, receipt, "blockNumber", err) ||
        !answer_u64(tool, &out->index, receipt, "transactionIndex", err) ||
        !answer_u64(tool, &out->gas_used, receipt, "gasUsed", err) ||
        !answer_u256(tool, &out->price, receipt, "effectiveGasPrice", err) ||
        !answer_u64(tool, &status, receipt, "status", err))
        return false;
    if (!hash_equal(&named, hash))
        return answer_bad(tool, err, "the receipt of another transaction");
    /* There are no failed transactions in this chain: an invalid one is in no block. */
    if (status != 1)
        return answer_bad(tool, err, "a receipt with status %" PRIu64, status);
    return u256_mul_u64(&out->fee, &out->price, out->gas_used) ||
           answer_bad(tool, err, "a fee over 2^256 - 1 wei");
}

bool show_balance(struct tool *tool, const struct arguments *arguments, struct error *err)
{
    const char *at = arguments_value(arguments, "--at");
    struct block_name block;
    struct address address;
    struct u256 balance;
    char text[ADDRESS_TEXT];
    char wei[U256_DECIMAL_MAX + 1];

    if (!address_parse(&address, bytes_of_text(arguments->word[0]), err))
        return error_wrap(err, "ADDRESS");
    if (!block_name_parse(&block, at ? at : "latest", err))
        return false;
    address_format(text, &address);
    if (!client_u256(tool, &balance, "eth_getBalance", json_pack("[s,s]", text, block.text), err))
        return false;
    u256_format(wei, &balance);
    if (tool->json) {
        tool_put_json(
            tool, json_pack("{ss,ss,ss}", "address", text, "block", block.text, "balance", wei));
    } else {
        tool_put_row(tool, "address", "%s", text);
        show_amount(tool, "balance", &balance);
    }
    return true;
}

/* A transaction as the node tells it. */
struct tx_view {
    struct hash hash;
    struct address from, to;
    struct u256 value;
    uint64_t type, nonce;
    struct buffer data;
    bool decided; /* then the rest */
    uint64_t time;
    struct hash block_hash;
    struct receipt_view receipt;
};

static bool tx_read_place(struct tool *tool, struct tx_view *out, const json_t *tx,
                          const json_t *receipt, struct error *err)
{
    uint64_t number;
    uint64_t index;

    out->decided = !json_is_null(json_object_get(tx, "blockNumber"));
    if (!out->decided)
        return true;
    if (!answer_u64(tool, &number, tx, "blockNumber", err) ||
        !answer_u64(tool, &index, tx, "transactionIndex", err) ||
        !answer_hash(tool, &out->block_hash, tx, "blockHash", err) ||
        !answer_u64(tool, &out->time, tx, "blockTimestamp", err) ||
        !receipt_read(tool, &out->receipt, receipt, &out->hash, err))
        return false;
    return (number == out->receipt.block && index == out->receipt.index) ||
           answer_bad(tool, err, "transaction and receipt name two places");
}

static bool tx_read(struct tool *tool, struct tx_view *out, const json_t *tx, const json_t *receipt,
                    const struct hash *hash, struct error *err)
{
    if (!answer_hash(tool, &out->hash, tx, "hash", err) ||
        !answer_address(tool, &out->from, tx, "from", err) ||
        !answer_address(tool, &out->to, tx, "to", err) ||
        !answer_u256(tool, &out->value, tx, "value", err) ||
        !answer_u64(tool, &out->type, tx, "type", err) ||
        !answer_u64(tool, &out->nonce, tx, "nonce", err) ||
        !answer_data(tool, &out->data, tx, "input", TX_BYTES_MAX, err))
        return false;
    if (!hash_equal(&out->hash, hash))
        return answer_bad(tool, err, "another transaction than the one asked for");
    return tx_read_place(tool, out, tx, receipt, err);
}

static void tx_show(struct tool *tool, const struct tx_view *tx)
{
    struct buffer data = {0};
    char hash[HEX_HASH_TEXT];
    char time[TIME_TEXT];

    show_hash(tool, "transaction", &tx->hash);
    if (tx->decided) {
        tool_put_row(tool, "block", "%" PRIu64 ", place %" PRIu64 " (%s)", tx->receipt.block,
                     tx->receipt.index, hex_format_hash(hash, &tx->block_hash));
        tool_put_row(tool, "time", "%s", time_format(time, tx->time));
    } else {
        tool_put_row(tool, "block", "pending: in no block yet");
    }
    show_address(tool, "from", &tx->from);
    show_address(tool, "to", &tx->to);
    show_amount(tool, "amount", &tx->value);
    if (tx->decided)
        show_fee(tool, &tx->receipt);
    tool_put_row(tool, "nonce", "%" PRIu64, tx->nonce);
    tool_put_row(tool, "type", "%" PRIu64, tx->type);
    if (tx->data.size > 0) {
        hex_put_data(&data, buffer_bytes(&tx->data));
        tool_put_row(tool, "data", "%s", buffer_text(&data));
    }
    buffer_release(&data);
}

bool show_tx(struct tool *tool, const struct arguments *arguments, struct error *err)
{
    struct tx_view view = {0};
    json_t *tx = NULL;
    json_t *receipt = NULL;
    char text[HEX_HASH_TEXT];
    struct hash hash;
    bool ok = false;

    if (!hex_parse_hash(&hash, bytes_of_text(arguments->word[0]), err))
        return error_wrap(err, "HASH");
    hex_format_hash(text, &hash);
    if (!client_call(tool, &tx, "eth_getTransactionByHash", json_pack("[s]", text), err))
        goto out;
    if (json_is_null(tx)) {
        error_set(err, ERROR_RPC_REFUSED,
                  "transaction %s not found; the node never saw it or "
                  "dropped it",
                  text);
        goto out;
    }
    if (!json_is_null(json_object_get(tx, "blockNumber")) &&
        !client_call(tool, &receipt, "eth_getTransactionReceipt", json_pack("[s]", text), err))
        goto out;
    ok = tx_read(tool, &view, tx, receipt, &hash, err);
    if (ok && tool->json)
        tool_put_json(tool, json_pack("{sO,sO?}", "transaction", tx, "receipt", receipt));
    else if (ok)
        tx_show(tool, &view);
out:
    buffer_release(&view.data);
    json_decref(receipt);
    json_decref(tx);
    return ok;
}

/* A block as the node tells it. */
struct block_view {
    bool pending; /* then neither hash nor proposer */
    uint64_t number;
    struct hash hash, parent, state_root;
    struct address proposer;
    uint64_t time_ms;
    size_t tx_count;
    uint64_t gas_used, gas_limit, size;
    struct u256 base_fee;
};

/* Milliseconds are cairn's own; another node gives seconds alone. */
static bool read_time(struct tool *tool, uint64_t *ms, const json_t *block, struct error *err)
{
    uint64_t seconds;

    if (json_object_get(block, "milliTimestamp"))
        return answer_u64(tool, ms, block, "milliTimestamp", err);
    if (!answer_u64(tool, &seconds, block, "timestamp", err))
        return false;
    if (seconds > UINT64_MAX / 1000)
        return answer_bad(tool, err, "timestamp is out of range");
    *ms = seconds * 1000;
    return true;
}

static bool block_read(struct tool *tool, struct block_view *out, const json_t *block,
                       const struct block_name *name, struct error *err)
{
    const json_t *txs = json_object_get(block, "transactions");

    out->pending = json_is_null(json_object_get(block, "hash"));
    out->tx_count = json_array_size(txs);
    if (!answer_u64(tool, &out->number, block, "number", err) ||
        (!out->pending && !answer_hash(tool, &out->hash, block, "hash", err)) ||
        (!out->pending && !answer_address(tool, &out->proposer, block, "miner", err)) ||
        !answer_hash(tool, &out->parent, block, "parentHash", err) ||
        !answer_hash(tool, &out->state_root, block, "stateRoot", err) ||
        !read_time(tool, &out->time_ms, block, err) ||
        !answer_u64(tool, &out->gas_used, block, "gasUsed", err) ||
        !answer_u64(tool, &out->gas_limit, block, "gasLimit", err) ||
        !answer_u64(tool, &out->size, block, "size", err) ||
        !answer_u256(tool, &out->base_fee, block, "baseFeePerGas", err))
        return false;
    if (!json_is_array(txs))
        return answer_bad(tool, err, "transactions is not a list");
    if ((name->by_number && out->number != name->number) ||
        (name->by_hash && (out->pending || !hash_equal(&out->hash, &name->hash))))
        return answer_bad(tool, err, "another block than the one asked for");
    return true;
}

static void block_show(struct tool *tool, const struct block_view *block)
{
    char text[AMOUNT_TEXT];
    char time[TIME_TEXT];

    tool_put_row(tool, "block", "%" PRIu64 "%s", block->number,
                 block->pending ? " (pending: as it would be proposed)" : "");
    if (!block->pending)
        show_hash(tool, "hash", &block->hash);
    show_hash(tool, "parent", &block->parent);
    tool_put_row(tool, "time", "%s", time_format_ms(time, block->time_ms));
    if (!block->pending)
        show_address(tool, "proposer", &block->proposer);
    tool_put_row(tool, "transactions", "%zu", block->tx_count);
    tool_put_row(tool, "gas", "%" PRIu64 " of %" PRIu64, block->gas_used, block->gas_limit);
    tool_put_row(tool, "base fee", "%s", amount_format(text, &block->base_fee, UNIT_GWEI));
    tool_put_row(tool, "size", "%" PRIu64 " bytes", block->size);
    show_hash(tool, "state root", &block->state_root);
}

bool show_block(struct tool *tool, const struct arguments *arguments, struct error *err)
{
    const char *asked = arguments->word_count > 0 ? arguments->word[0] : "latest";
    struct block_view view = {0};
    struct block_name name;
    json_t *block = NULL;
    bool ok = false;

    if (!block_name_parse(&name, asked, err))
        return false;
    if (!client_call(tool, &block, name.by_hash ? "eth_getBlockByHash" : "eth_getBlockByNumber",
                     json_pack("[s,b]", name.text, 0), err))
        return false;
    if (json_is_null(block))
        error_set(err, ERROR_RPC_REFUSED, "block %s not found; see the newest with: cairn block",
                  asked);
    else
        ok = block_read(tool, &view, block, &name, err);
    if (ok && tool->json)
        tool_put_json(tool, json_incref(block));
    else if (ok)
        block_show(tool, &view);
    json_decref(block);
    return ok;
}
