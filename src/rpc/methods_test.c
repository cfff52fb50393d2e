/* Every method over a small chain: what it answers, and what it refuses. */
#include "call.h"
#include "exchange.h"
#include "world_test.h"

#include <cairn/hex.h>

/* ---- asking ---- */

static char *request(const char *method, const char *params)
{
    struct buffer out = {0};
    char *text;

    buffer_printf(&out, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":%s}", method,
                  params);
    text = mem_text(buffer_text(&out));
    buffer_release(&out);
    return text;
}

/* The whole answer; gives it (json_decref). `params`: JSON with ' for ". */
static json_t *ask(struct world *world, const char *method, const char *params)
{
    char *quoted = mem_text(params), *body, *text;
    struct error err = {0};
    json_t *answer;

    for (char *at = quoted; *at; at++)
        *at = *at == '\'' ? '"' : *at;
    body = request(method, quoted);
    text = world_call(world, body);
    ck_assert_msg(json_parse(&answer, bytes_of_text(text), JSON_DEPTH_MAX, &err), "%s: %s", text,
                  err.text);
    mem_free(quoted);
    mem_free(body);
    mem_free(text);
    return answer;
}

static json_t *result_of(struct world *world, const char *method, const char *params)
{
    json_t *answer = ask(world, method, params);
    json_t *result = json_incref(json_object_get(answer, "result"));
    const json_t *error = json_object_get(answer, "error");

    ck_assert_msg(result != NULL, "%s %s: %s", method, params,
                  json_string_value(json_object_get(error, "message")));
    json_decref(answer);
    return result;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    ck_assert_msg(text != NULL, "no text %s", key);
    return text;
}

static void check_text(struct world *world, const char *method, const char *params,
                       const char *want)
{
    json_t *result = result_of(world, method, params);

    ck_assert_msg(json_is_string(result) && strcmp(json_string_value(result), want) == 0,
                  "%s %s: %s, not %s", method, params, json_string_value(result), want);
    json_decref(result);
}

static void check_null(struct world *world, const char *method, const char *params)
{
    json_t *result = result_of(world, method, params);

    ck_assert_msg(json_is_null(result), "%s %s", method, params);
    json_decref(result);
}

static void check_refused(struct world *world, const char *method, const char *params, int code,
                          const char *message)
{
    json_t *answer = ask(world, method, params);
    const json_t *error = json_object_get(answer, "error");

    ck_assert_msg(error != NULL, "%s %s: not refused", method, params);
    ck_assert_msg(json_integer_value(json_object_get(error, "code")) == code &&
                      strcmp(text_of(error, "message"), message) == 0,
                  "%s %s: %d %s", method, params,
                  (int)json_integer_value(json_object_get(error, "code")),
                  text_of(error, "message"));
    json_decref(answer);
}

/* Fills the hole in params with a text. */
static const char *params_of(char out[512], const char *format, const char *text)
{
    const char *hole = strstr(format, "%s");

    snprintf(out, 512, "%.*s%s%s", (int)(hole - format), format, text, hole + 2);
    return out;
}

static struct u256 quantity_of(const json_t *json)
{
    struct u256 value;
    struct error err = {0};

    ck_assert(json_is_string(json));
    ck_assert_msg(hex_parse_u256(&value, bytes_of_text(json_string_value(json)), &err), "%s",
                  err.text);
    return value;
}

/* ---- the chain: a transfer in each of `blocks` blocks ---- */

static void send(struct world *world, uint64_t nonce, struct hash *hash)
{
    char *raw = world_transfer(world, nonce, hash), hex[HEX_HASH_TEXT];
    struct buffer params = {0};

    buffer_printf(&params, "['%s']", raw);
    check_text(world, "eth_sendRawTransaction", buffer_text(&params), hex_format_hash(hex, hash));
    buffer_release(&params);
    mem_free(raw);
}

static void chain_open(struct world *world, uint64_t blocks, struct hash *hash)
{
    world_open(world, 0);
    for (uint64_t i = 0; i < blocks; i++)
        send(world, i, &hash[i]);
}

#define STRANGER "0x0000000000000000000000000000000000000009" /* whom the transfers go to */

START_TEST(balances_and_nonces_at_every_height)
{
    struct world world;
    struct hash hash[3];
    char params[512], rich[HEX_ADDRESS_TEXT], recipient[HEX_ADDRESS_TEXT];
    struct address to = {{9}};
    struct u256 before, after, cost, price;

    chain_open(&world, 3, hash);
    hex_format_address(rich, &world.rich_address);
    hex_format_address(recipient, &to);
    check_text(&world, "eth_blockNumber", "[]", "0x3");
    for (unsigned height = 0; height <= 3; height++) {
        char format[64], number[16];
        json_t *block;
        struct buffer by_hash = {0};

        snprintf(number, sizeof number, "0x%x", height);
        snprintf(format, sizeof format, "['%%s','%s']", number);
        check_text(&world, "eth_getTransactionCount", params_of(params, format, rich), number);
        check_text(&world, "eth_getBalance", params_of(params, format, recipient), number);
        snprintf(format, sizeof format, "['%%s',{'blockNumber':'%s'}]", number);
        check_text(&world, "eth_getBalance", params_of(params, format, recipient), number);
        snprintf(format, sizeof format, "['%s']", number);
        block = result_of(&world, "eth_getBlockByNumber", format);
        buffer_printf(&by_hash, "['%s',{'blockHash':'%s','requireCanonical':true}]", recipient,
                      text_of(block, "hash"));
        check_text(&world, "eth_getBalance", buffer_text(&by_hash), number);
        buffer_clear(&by_hash);
        buffer_printf(&by_hash, "['%s','%s']", recipient, text_of(block, "hash"));
        check_text(&world, "eth_getBalance", buffer_text(&by_hash), number);
        buffer_release(&by_hash);
        json_decref(block);
    }
    check_text(&world, "eth_getBalance", params_of(params, "['%s']", recipient), "0x3");
    check_text(&world, "eth_getBalance", params_of(params, "['%s','pending']", recipient), "0x3");
    check_text(&world, "eth_getBalance", params_of(params, "['%s','earliest']", recipient), "0x0");
    check_text(&world, "eth_getTransactionCount", params_of(params, "['%s','safe']", rich), "0x3");

    /* The sender paid 1 wei and 21,000 times the price of its receipt. */
    {
        json_t *one = result_of(&world, "eth_getBalance", params_of(params, "['%s','0x1']", rich));
        json_t *two = result_of(&world, "eth_getBalance", params_of(params, "['%s','0x2']", rich));
        char text[HEX_HASH_TEXT];
        json_t *receipt = result_of(&world, "eth_getTransactionReceipt",
                                    params_of(params, "['%s']", hex_format_hash(text, &hash[1])));
        struct u256 wei = u256_of_u64(1);

        before = quantity_of(one);
        after = quantity_of(two);
        price = quantity_of(json_object_get(receipt, "effectiveGasPrice"));
        ck_assert(u256_mul_u64(&cost, &price, 21000) && u256_add(&cost, &cost, &wei));
        ck_assert(u256_add(&after, &after, &cost) && u256_equal(&after, &before));
        json_decref(one);
        json_decref(two);
        json_decref(receipt);
    }
    world_close(&world);
}
END_TEST

START_TEST(a_transaction_before_and_after_its_block)
{
    static const char *const empty[] = {"blockHash", "blockNumber", "blockTimestamp",
                                        "transactionIndex"};
    struct world world;
    struct hash hash;
    char *raw, text[HEX_HASH_TEXT], params[512];
    json_t *tx, *receipt, *receipts, *block;

    world_open(&world, 60000);
    send(&world, 0, &hash); /* block 1; the next is a minute off */
    raw = world_transfer(&world, 1, &hash);
    send(&world, 1, &hash);
    params_of(params, "['%s']", hex_format_hash(text, &hash));
    tx = result_of(&world, "eth_getTransactionByHash", params);
    for (size_t i = 0; i < COUNT(empty); i++)
        ck_assert_msg(json_is_null(json_object_get(tx, empty[i])), "%s", empty[i]);
    ck_assert_str_eq(text_of(tx, "gasPrice"), "0x3e8"); /* the cap, while it waits */
    json_decref(tx);
    check_text(&world, "eth_getRawTransactionByHash", params, raw);
    check_null(&world, "eth_getTransactionReceipt", params);

    world.mono_ms += 60000;
    world.now_ms += 60000;
    world_turn(&world);
    tx = result_of(&world, "eth_getTransactionByHash", params);
    ck_assert_str_eq(text_of(tx, "blockNumber"), "0x2");
    ck_assert_str_eq(text_of(tx, "transactionIndex"), "0x0");
    check_text(&world, "eth_getRawTransactionByHash", params, raw);
    receipt = result_of(&world, "eth_getTransactionReceipt", params);
    ck_assert_str_eq(text_of(receipt, "effectiveGasPrice"), text_of(tx, "gasPrice"));
    ck_assert_str_eq(text_of(receipt, "status"), "0x1");
    ck_assert_str_eq(text_of(receipt, "gasUsed"), "0x5208");
    ck_assert_uint_eq(json_object_size(receipt), 14); /* the schema is closed */
    receipts = result_of(&world, "eth_getBlockReceipts", "['latest']");
    ck_assert_uint_eq(json_array_size(receipts), 1);
    ck_assert(json_equal(json_array_get(receipts, 0), receipt));
    block = result_of(&world, "eth_getBlockByNumber", "['0x2',true]");
    ck_assert(json_equal(json_array_get(json_object_get(block, "transactions"), 0), tx));
    json_decref(tx);
    tx = result_of(&world, "eth_getTransactionByBlockNumberAndIndex", "['0x2','0x0']");
    ck_assert(json_equal(json_array_get(json_object_get(block, "transactions"), 0), tx));
    json_decref(tx);
    json_decref(block);
    json_decref(receipt);
    json_decref(receipts);
    mem_free(raw);
    world_close(&world);
}
END_TEST

static const struct {
    const char *method, *params;
} nothing[] = {
    {"eth_getBlockByNumber", "['0x9']"},
    {"eth_getBlockByHash",
     "['0x1111111111111111111111111111111111111111111111111111111111111111']"},
    {"eth_getBlockTransactionCountByNumber", "['0x9']"},
    {"eth_getUncleCountByBlockNumber", "['0x9']"},
    {"eth_getUncleByBlockNumberAndIndex", "['0x0','0x0']"},
    {"eth_getTransactionByBlockNumberAndIndex", "['0x9','0x0']"},
    {"eth_getTransactionByBlockNumberAndIndex", "['0x1','0x1']"},
    {"eth_getTransactionByBlockNumberAndIndex", "['0x1','0xffffffffffffffff']"},
    {"eth_getTransactionByHash",
     "['0x1111111111111111111111111111111111111111111111111111111111111111']"},
    {"eth_getRawTransactionByHash",
     "['0x1111111111111111111111111111111111111111111111111111111111111111']"},
    {"eth_getBlockReceipts", "['0x9']"},
};

START_TEST(what_is_not_there_is_null)
{
    struct world world;
    struct hash hash;

    chain_open(&world, 1, &hash);
    for (size_t i = 0; i < COUNT(nothing); i++)
        check_null(&world, nothing[i].method, nothing[i].params);
    world_close(&world);
}
END_TEST

START_TEST(the_pending_block_is_the_one_that_comes)
{
    static const char *const null[] = {"hash", "nonce", "miner", "logsBloom"};
    struct world world;
    struct hash hash[3];
    json_t *pending, *fee, *decided, *list;
    char params[512], rich[HEX_ADDRESS_TEXT], text[HEX_HASH_TEXT];

    world_open(&world, 60000);
    send(&world, 0, &hash[0]);
    send(&world, 1, &hash[1]);
    send(&world, 2, &hash[2]);
    hex_format_address(rich, &world.rich_address);
    pending = result_of(&world, "eth_getBlockByNumber", "['pending']");
    for (size_t i = 0; i < COUNT(null); i++)
        ck_assert_msg(json_is_null(json_object_get(pending, null[i])), "%s", null[i]);
    ck_assert_str_eq(text_of(pending, "number"), "0x2");
    fee = result_of(&world, "eth_baseFee", "[]");
    ck_assert_str_eq(text_of(pending, "baseFeePerGas"), json_string_value(fee));
    list = json_object_get(pending, "transactions");
    ck_assert_uint_eq(json_array_size(list), 2);
    ck_assert_str_eq(json_string_value(json_array_get(list, 1)), hex_format_hash(text, &hash[2]));
    check_text(&world, "eth_getBlockTransactionCountByNumber", "['pending']", "0x2");
    check_text(&world, "eth_getTransactionCount", params_of(params, "['%s','pending']", rich),
               "0x3");
    check_text(&world, "eth_getTransactionCount", params_of(params, "['%s']", rich), "0x1");

    world.mono_ms += 60000;
    world.now_ms += 60000;
    world_turn(&world);
    decided = result_of(&world, "eth_getBlockByNumber", "['0x2']");
    ck_assert(json_equal(json_object_get(decided, "transactions"), list));
    ck_assert_str_eq(text_of(decided, "baseFeePerGas"), text_of(pending, "baseFeePerGas"));
    ck_assert_str_eq(text_of(decided, "transactionsRoot"), text_of(pending, "transactionsRoot"));
    ck_assert_str_eq(text_of(decided, "receiptsRoot"), text_of(pending, "receiptsRoot"));
    ck_assert_str_eq(text_of(decided, "gasUsed"), text_of(pending, "gasUsed"));
    json_decref(decided);
    json_decref(pending);
    json_decref(fee);
    world_close(&world);
}
END_TEST

/* ---- fees ---- */

START_TEST(fee_history_tells_fees_ratios_and_rewards)
{
    struct world world;
    struct hash hash[3];
    json_t *history, *fees, *block, *next;

    chain_open(&world, 3, hash);
    history = result_of(&world, "eth_feeHistory", "[2,'latest',[0,50.5,100]]");
    ck_assert_str_eq(text_of(history, "oldestBlock"), "0x2");
    fees = json_object_get(history, "baseFeePerGas");
    ck_assert_uint_eq(json_array_size(fees), 3);
    block = result_of(&world, "eth_getBlockByNumber", "['0x2']");
    next = result_of(&world, "eth_baseFee", "[]");
    ck_assert_str_eq(json_string_value(json_array_get(fees, 0)), text_of(block, "baseFeePerGas"));
    ck_assert_str_eq(json_string_value(json_array_get(fees, 2)), json_string_value(next));
    ck_assert_double_eq(
        json_number_value(json_array_get(json_object_get(history, "gasUsedRatio"), 0)), 0.021);
    ck_assert_uint_eq(json_array_size(json_object_get(history, "reward")), 2);
    for (size_t i = 0; i < 3; i++)
        ck_assert_str_eq(json_string_value(json_array_get(
                             json_array_get(json_object_get(history, "reward"), 0), i)),
                         "0x1"); /* the one tip there is */
    json_decref(history);
    json_decref(block);
    json_decref(next);

    /* Clipped at genesis, whose block is empty: rewards of zero. */
    history = result_of(&world, "eth_feeHistory", "['0x400','pending',[10]]");
    ck_assert_str_eq(text_of(history, "oldestBlock"), "0x0");
    ck_assert_uint_eq(json_array_size(json_object_get(history, "baseFeePerGas")), 5);
    ck_assert_str_eq(
        json_string_value(json_array_get(json_array_get(json_object_get(history, "reward"), 0), 0)),
        "0x0");
    json_decref(history);

    history = result_of(&world, "eth_feeHistory", "[1,'latest',[]]");
    ck_assert_ptr_null(json_object_get(history, "reward"));
    json_decref(history);
    history = result_of(&world, "eth_feeHistory", "[1,'0x2']");
    ck_assert_ptr_null(json_object_get(history, "reward"));
    ck_assert_str_eq(text_of(history, "oldestBlock"), "0x2");
    json_decref(history);
    history = result_of(&world, "eth_feeHistory", "[0,'latest',[5]]");
    ck_assert_uint_eq(json_array_size(json_object_get(history, "gasUsedRatio")), 0);
    json_decref(history);
    world_close(&world);
}
END_TEST

START_TEST(prices_are_the_next_base_fee_and_a_tip)
{
    struct world world;
    struct hash hash[2];
    json_t *fee, *tip, *price;
    struct u256 sum, tip_wei;

    chain_open(&world, 2, hash);
    fee = result_of(&world, "eth_baseFee", "[]");
    tip = result_of(&world, "eth_maxPriorityFeePerGas", "[]");
    price = result_of(&world, "eth_gasPrice", "[]");
    ck_assert_str_eq(json_string_value(tip), "0x3b9aca00"); /* at least 1 gwei, whatever was paid */
    sum = quantity_of(fee);
    tip_wei = quantity_of(tip);
    ck_assert(u256_add(&sum, &sum, &tip_wei));
    tip_wei = quantity_of(price);
    ck_assert(u256_equal(&sum, &tip_wei));
    json_decref(fee);
    json_decref(tip);
    json_decref(price);
    world_close(&world);
}
END_TEST

/* ---- refusals and short answers, on a chain of one block; %s: the rich account ---- */

static const struct {
    const char *method, *params;
    int code; /* 0: a result, which is the message */
    const char *message;
} rows[] = {
    {"eth_call", "[{'to':'" STRANGER "'}]", 0, "0x"},
    {"eth_call", "[{'from':'%s','to':'" STRANGER "','value':'0x5','data':'0x00ff'},'latest']", 0,
     "0x"},
    {"eth_call", "[{'from':'%s','value':'0x5'}]", -32000,
     "contract creation not supported: this chain has no contracts, set the recipient"},
    {"eth_call", "[{'to':'" STRANGER "','value':'0x5'}]", -32000,
     "insufficient funds for gas * price + value: address "
     "0x0000000000000000000000000000000000000000 have 0 want 5"},
    {"eth_call",
     "[{'to':'" STRANGER
     "','value':'0x5'},'latest',{'0x0000000000000000000000000000000000000000':{'balance':'0x5'}}]",
     0, "0x"},
    {"eth_call", "[{'to':'" STRANGER "'},'latest',{'" STRANGER "':{'code':'0x00'}}]", -32602,
     "invalid argument 2 (overrides): no code or storage on this chain"},
    {"eth_call", "[{'to':'" STRANGER "'},'latest',{'" STRANGER "':{'stateDiff':{}}}]", -32602,
     "invalid argument 2 (overrides): no code or storage on this chain"},
    {"eth_call", "[{'to':'" STRANGER "'},'latest',{'0x12':{}}]", -32602,
     "invalid argument 2 (overrides): \"0x12\": hex string has length 2, want 40"},
    {"eth_call", "[{'to':'" STRANGER "','gas':'0x5207'}]", -32000,
     "intrinsic gas too low: gas 20999, minimum needed 21000"},
    {"eth_call", "[{'to':'" STRANGER "'},'0x9']", -32001,
     "block not found: number 9, the head is 1"},
    {"eth_call", "[{'to':'" STRANGER "','data':'0x01','input':'0x02'}]", -32602,
     "invalid argument 0 (call): both \"data\" and \"input\" are set and not equal: give one"},
    {"eth_call", "[{'to':'" STRANGER "','gasPrice':'0x1','maxFeePerGas':'0x1'}]", -32602,
     "invalid argument 0 (call): both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) "
     "specified"},
    {"eth_call", "[{'from':'%s','to':'" STRANGER "','maxFeePerGas':'0x1'}]", -32000,
     "max fee per gas less than block base fee: maxFeePerGas 1, baseFee 9"},
    {"eth_call",
     "[{'from':'%s','to':'" STRANGER "','maxFeePerGas':'0x10','maxPriorityFeePerGas':'0x11'}]",
     -32000,
     "max priority fee per gas higher than max fee per gas: maxPriorityFeePerGas 17, maxFeePerGas "
     "16"},
    {"eth_estimateGas", "[{'from':'%s','to':'" STRANGER "'}]", 0, "0x5208"},
    {"eth_estimateGas", "[{'from':'%s','to':'" STRANGER "','data':'0x00ff'}]", 0, "0x521c"},
    {"eth_estimateGas",
     "[{'from':'%s','to':'" STRANGER "','accessList':[{'address':'" STRANGER
     "','storageKeys':['0x0000000000000000000000000000000000000000000000000000000000000000']}]}]",
     0, "0x62d4"},
    {"eth_estimateGas", "[{'to':'" STRANGER "','gasPrice':'0x9'}]", -32000,
     "insufficient funds for gas * price + value: address "
     "0x0000000000000000000000000000000000000000 have 0 want 189000"},
    {"eth_estimateGas",
     "[{'from':'%s','to':'" STRANGER "','value':'0xffffffffffffffffffffffffffffffffffffffffffffffff"
     "ffffffffffffffff','gasPrice':'0x9','nonce':'0x0','chainId':'0x7','unknown':1}]",
     -32000,
     "insufficient funds for gas * price + value: address "
     "0x2B5AD5c4795c026514f8317c7a215E218DcCD6cF have 999999999789999 want more than 2^256 - 1"},
    {"eth_getCode", "['%s']", 0, "0x"},
    {"eth_getCode", "['%s','0x2']", -32001, "block not found: number 2, the head is 1"},
    {"eth_getStorageAt", "['%s','0x0']", 0,
     "0x0000000000000000000000000000000000000000000000000000000000000000"},
    {"eth_getStorageAt", "['%s','0x000']", 0,
     "0x0000000000000000000000000000000000000000000000000000000000000000"},
    {"eth_getStorageAt", "['%s','0x']", -32602, "invalid argument 1 (key): empty hex string"},
    {"eth_getStorageAt", "['%s','0x0g']", -32602,
     "invalid argument 1 (key): invalid hex digit at 3"},
    {"eth_getBalance", "['%s','0x01']", -32602,
     "invalid argument 1 (block): hex number with leading zero digits"},
    {"eth_getBalance", "['%s','newest']", -32602,
     "invalid argument 1 (block): hex string without 0x prefix"},
    {"eth_getBalance", "['%s','0x10000000000000000']", -32602,
     "invalid argument 1 (block): hex number > 64 bits"},
    {"eth_getBalance", "['%s',5]", -32602,
     "invalid argument 1 (block): must be a block number in hex, a block hash, latest, safe, "
     "finalized, earliest or pending"},
    {"eth_getBalance", "['%s',{}]", -32602,
     "invalid argument 1 (block): must have blockNumber or blockHash"},
    {"eth_getBalance",
     "['%s',{'blockNumber':'0x0','blockHash':'0x1111111111111111111111111111111111111111111111111"
     "111111111111111'}]",
     -32602,
     "invalid argument 1 (block): cannot specify both blockHash and blockNumber, choose one or "
     "the other"},
    {"eth_getBalance",
     "['%s','0x1111111111111111111111111111111111111111111111111111111111111111']", -32001,
     "block not found: hash 0x1111111111111111111111111111111111111111111111111111111111111111"},
    {"eth_feeHistory", "['0x1','0x2']", -32000, "request beyond head block: requested 2, head 1"},
    {"eth_feeHistory", "[-1,'latest']", -32602,
     "invalid argument 0 (blockCount): must not be negative"},
    {"eth_feeHistory", "[1.5,'latest']", -32602,
     "invalid argument 0 (blockCount): must be a number or a string of hex"},
    {"eth_feeHistory", "[1,'latest',[101]]", -32602,
     "invalid argument 2 (rewardPercentiles): percentile 0: must be a number from 0 to 100"},
    {"eth_feeHistory", "[1,'latest',[50,49]]", -32602,
     "invalid argument 2 (rewardPercentiles): percentile 1: must not be below the one before"},
    {"eth_getLogs", "[{'fromBlock':'0x1','toBlock':'0x0'}]", -32602, "invalid block range params"},
    {"eth_getLogs",
     "[{'blockHash':'0x1111111111111111111111111111111111111111111111111111111111111111'}]", -32000,
     "unknown block"},
    {"eth_getLogs",
     "[{'blockHash':'0x1111111111111111111111111111111111111111111111111111111111111111',"
     "'toBlock':'latest'}]",
     -32602, "cannot specify both BlockHash and FromBlock/ToBlock, choose one or the other"},
    {"eth_getLogs", "[{'topics':[null,null,[],null,null]}]", -32602,
     "invalid argument 0 (filter): topics: at most 4"},
    {"eth_getLogs", "[{'topics':[['0x12']]}]", -32602,
     "invalid argument 0 (filter): topic 0: hex string has length 2, want 64"},
    {"eth_getLogs", "[{'address':['%s',5]}]", -32602,
     "invalid argument 0 (filter): address 1: must be a string of hex"},
    {"web3_sha3", "['0x']", 0,
     "0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"},
    {"web3_sha3", "['0x1']", -32602, "invalid argument 0 (data): hex string of odd length"},
    {"net_version", "[]", 0, "7"},
    {"net_peerCount", "[]", 0, "0x0"},
    {"eth_chainId", "[null]", -32602, "too many arguments, want at most 0"},
    {"eth_getUncleCountByBlockNumber", "['0x1']", 0, "0x0"},
    {"eth_getBlockTransactionCountByNumber", "['0x1']", 0, "0x1"},
    {"eth_sendRawTransaction", "['0x02']", -32000, "typed transaction too short"},
    {"eth_sendTransaction", "[{}]", -32601,
     "the method eth_sendTransaction does not exist/is not available: this node holds no keys; "
     "sign in the wallet and send with eth_sendRawTransaction"},
    {"personal_sign", "[]", -32601,
     "the method personal_sign does not exist/is not available: this node holds no keys; sign in "
     "the wallet and send with eth_sendRawTransaction"},
    {"eth_signTypedData_v4", "[]", -32601,
     "the method eth_signTypedData_v4 does not exist/is not available: this node holds no keys; "
     "sign in the wallet and send with eth_sendRawTransaction"},
    {"eth_mining", "[]", -32601, "the method eth_mining does not exist/is not available"},
    {"cairn_waitForTransaction",
     "['0x1111111111111111111111111111111111111111111111111111111111111111',60001]", -32602,
     "invalid argument 1 (timeout): over 60000 ms"},
};

START_TEST(what_is_answered_and_refused_word_for_word)
{
    struct world world;
    struct hash hash;
    char params[512], rich[HEX_ADDRESS_TEXT];
    const char *text = rows[_i].params;

    chain_open(&world, 1, &hash);
    hex_format_address(rich, &world.rich_address);
    if (strstr(text, "%s"))
        text = params_of(params, text, rich);
    if (rows[_i].code == 0)
        check_text(&world, rows[_i].method, text, rows[_i].message);
    else
        check_refused(&world, rows[_i].method, text, rows[_i].code, rows[_i].message);
    world_close(&world);
}
END_TEST

/* ---- the table ---- */

START_TEST(every_row_knows_its_arguments)
{
    struct world world;

    world_open(&world, 0);
    for (size_t i = 0; i < rpc_method_count; i++) {
        const struct rpc_method *method = &rpc_methods[i];
        size_t count = rpc_params_count(method);
        struct buffer params = {0};
        char want[64];

        ck_assert_uint_le(count, RPC_ARGUMENTS_MAX);
        if (method->cost == RPC_REFUSED)
            continue;
        ck_assert((method->handler != NULL) ==
                  (method->cost == RPC_LIGHT || method->cost == RPC_HEAVY_CALL));
        for (size_t j = 0; j <= count; j++)
            buffer_put_text(&params, j == 0 ? "[null" : ",null");
        buffer_put_text(&params, "]");
        snprintf(want, sizeof want, "too many arguments, want at most %zu", count);
        check_refused(&world, method->name, buffer_text(&params), -32602, want);
        buffer_release(&params);
        if (*method->params && !strchr(method->params, '?')) {
            json_t *answer = ask(&world, method->name, "[]");
            const char *message = text_of(json_object_get(answer, "error"), "message");

            ck_assert_msg(strncmp(message, "missing value for required argument 0 (", 39) == 0,
                          "%s: %s", method->name, message);
            json_decref(answer);
        }
    }
    world_close(&world);
}
END_TEST

START_TEST(discovery_names_what_is_served)
{
    struct world world;
    json_t *document, *methods, *modules;
    size_t served = 0;

    world_open(&world, 0);
    document = result_of(&world, "rpc_discover", "[]");
    methods = json_object_get(document, "methods");
    for (size_t i = 0; i < rpc_method_count; i++) {
        if (rpc_methods[i].cost == RPC_REFUSED)
            continue;
        ck_assert_str_eq(text_of(json_array_get(methods, served), "name"), rpc_methods[i].name);
        ck_assert_uint_eq(
            json_array_size(json_object_get(json_array_get(methods, served), "params")),
            rpc_params_count(&rpc_methods[i]));
        served++;
    }
    ck_assert_uint_eq(json_array_size(methods), served);
    modules = result_of(&world, "rpc_modules", "[]");
    ck_assert_str_eq(text_of(modules, "eth"), "1.0");
    ck_assert_str_eq(text_of(modules, "cairn"), "1.0");
    ck_assert_ptr_null(json_object_get(modules, "personal")); /* refused, so not served */
    json_decref(document);
    json_decref(modules);
    world_close(&world);
}
END_TEST

/* ---- the node ---- */

START_TEST(status_supply_genesis_and_health)
{
    struct world world;
    struct hash hash[2];
    char *raw;
    json_t *status, *supply, *genesis;
    struct buffer health = {0};
    struct u256 total, burned, whole;

    world_open(&world, 60000);
    send(&world, 0, &hash[0]);
    send(&world, 1, &hash[1]);
    raw = world_transfer(&world, 9, &hash[0]);
    send(&world, 9, &hash[0]); /* behind a gap */
    world.mono_ms += 250;
    status = result_of(&world, "cairn_status", "[]");
    ck_assert_str_eq(text_of(json_object_get(status, "head"), "number"), "0x1");
    ck_assert_str_eq(text_of(json_object_get(status, "mempool"), "pending"), "0x1");
    ck_assert_str_eq(text_of(json_object_get(status, "mempool"), "queued"), "0x1");
    ck_assert_str_eq(text_of(status, "uptimeMs"), "0xfa");
    json_decref(status);
    status = result_of(&world, "txpool_status", "[]");
    ck_assert_str_eq(text_of(status, "queued"), "0x1");
    json_decref(status);

    supply = result_of(&world, "cairn_getSupply", "['latest']");
    whole = quantity_of(json_object_get(supply, "genesis"));
    burned = quantity_of(json_object_get(supply, "burned"));
    total = quantity_of(json_object_get(supply, "total"));
    ck_assert(!u256_is_zero(&burned));
    ck_assert(u256_add(&total, &total, &burned) && u256_equal(&total, &whole));
    json_decref(supply);
    supply = result_of(&world, "cairn_getSupply", "['0x0']");
    ck_assert_str_eq(text_of(supply, "burned"), "0x0");
    json_decref(supply);

    genesis = result_of(&world, "cairn_getGenesis", "[]");
    ck_assert(json_is_object(json_object_get(genesis, "alloc")));
    ck_assert_uint_eq(strlen(text_of(genesis, "hash")), 66);
    json_decref(genesis);

    world.now_ms += 5 * 60 * 1000; /* silence is no illness where no empty blocks are wanted */
    ck_assert(rpc_health(world.rpc, &health));
    ck_assert_str_eq(buffer_text(&health), "{\"ok\":true,\"height\":1,\"ageMs\":300000,"
                                           "\"syncing\":false,\"peers\":0}");
    buffer_clear(&health);
    world_stop(&world);
    ck_assert(!rpc_health(world.rpc, &health));
    buffer_release(&health);
    mem_free(raw);
    world_close(&world);
}
END_TEST

/* ---- EIP-7966 ---- */

static char *sync_body(const struct world *world, uint64_t nonce, struct hash *hash)
{
    char *raw = world_transfer(world, nonce, hash), *body;
    struct buffer params = {0};

    buffer_printf(&params, "[\"%s\"]", raw);
    body = request("eth_sendRawTransactionSync", buffer_text(&params));
    buffer_release(&params);
    mem_free(raw);
    return body;
}

START_TEST(what_is_known_waits_like_new_or_is_told_of_its_gap)
{
    struct world world;
    struct hash hash;
    char *body, *answer;
    enum rpc_progress progress;
    struct rpc_exchange *exchange;

    world_open(&world, 60000);
    send(&world, 0, &hash); /* block 1 */
    send(&world, 1, &hash); /* waits */
    body = sync_body(&world, 1, &hash);
    exchange = world_start(&world, body, &progress);
    ck_assert_int_eq(progress, RPC_WAITING);
    world.mono_ms += 1999;
    world_turn(&world);
    ck_assert_uint_eq(rpc_output(exchange).size, 0);
    world.mono_ms += 60000;
    world.now_ms += 60000;
    mem_free(body);
    /* The block comes before the time is looked at. */
    world_turn(&world);
    ck_assert(rpc_output(exchange).size > 0);
    rpc_exchange_free(exchange);

    send(&world, 5, &hash); /* behind a gap */
    body = sync_body(&world, 5, &hash);
    answer = world_call(&world, body);
    ck_assert_msg(strstr(answer, "\"code\":5,\"message\":\"the transaction was added to the "
                                 "mempool but is queued behind a missing nonce 2\"") != NULL,
                  "%s", answer);
    mem_free(answer);
    mem_free(body);
    world_close(&world);
}
END_TEST

START_TEST(beyond_the_bound_of_waiting_calls_nothing_is_sent)
{
    struct world world;
    struct hash hash;
    char *body[3], *answer, params[512], text[HEX_HASH_TEXT];
    enum rpc_progress progress;
    struct rpc_exchange *exchange[2];

    world_open(&world, 60000);
    send(&world, 0, &hash);
    for (uint64_t i = 0; i < 2; i++) { /* as many as may wait here */
        body[i] = sync_body(&world, 1 + i, &hash);
        exchange[i] = world_start(&world, body[i], &progress);
        ck_assert_int_eq(progress, RPC_WAITING);
    }
    world_turn(&world); /* the engine has both */
    body[2] = sync_body(&world, 3, &hash);
    answer = world_call(&world, body[2]);
    ck_assert_str_eq(answer, "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32000,\"message\":"
                             "\"too many waiting requests\"}}");
    check_null(&world, "eth_getTransactionByHash",
               params_of(params, "['%s']", hex_format_hash(text, &hash)));
    rpc_unpark(exchange[0]); /* one goes, another may come */
    mem_free(answer);
    exchange[0] = world_start(&world, body[2], &progress);
    world_turn(&world);
    ck_assert_uint_eq(rpc_output(exchange[0]).size, 0);
    world_stop(&world);
    world_turn(&world);
    for (size_t i = 0; i < 2; i++)
        rpc_exchange_free(exchange[i]);
    for (size_t i = 0; i < 3; i++)
        mem_free(body[i]);
    world_close(&world);
}
END_TEST

START_TEST(in_a_batch_each_wait_has_its_own_time)
{
    struct world world;
    struct buffer body = {0};
    enum rpc_progress progress;
    struct rpc_exchange *exchange;

    world_open(&world, 0);
    for (unsigned i = 0; i < 2; i++)
        buffer_printf(&body,
                      "%c{\"jsonrpc\":\"2.0\",\"id\":%u,\"method\":\"cairn_waitForTransaction\","
                      "\"params\":[\"0x%064u\",100]}",
                      i == 0 ? '[' : ',', i, i + 1);
    buffer_put_text(&body, "]");
    exchange = world_start(&world, buffer_text(&body), &progress);
    ck_assert_int_eq(progress, RPC_WAITING);
    world.mono_ms += 100;
    world_turn(&world);
    ck_assert_uint_eq(rpc_output(exchange).size, 0);
    ck_assert_uint_eq(rpc_deadline(world.rpc), world.mono_ms + 100);
    world.mono_ms += 100;
    world_turn(&world);
    ck_assert_uint_gt(rpc_output(exchange).size, 0);
    rpc_exchange_free(exchange);
    buffer_release(&body);
    world_close(&world);
}
END_TEST

Suite *methods_suite(void);
Suite *methods_suite(void)
{
    Suite *suite = suite_create("methods");
    TCase *tcase = tcase_create("methods");

    tcase_add_test(tcase, balances_and_nonces_at_every_height);
    tcase_add_test(tcase, a_transaction_before_and_after_its_block);
    tcase_add_test(tcase, what_is_not_there_is_null);
    tcase_add_test(tcase, the_pending_block_is_the_one_that_comes);
    tcase_add_test(tcase, fee_history_tells_fees_ratios_and_rewards);
    tcase_add_test(tcase, prices_are_the_next_base_fee_and_a_tip);
    tcase_add_loop_test(tcase, what_is_answered_and_refused_word_for_word, 0, COUNT(rows));
    tcase_add_test(tcase, every_row_knows_its_arguments);
    tcase_add_test(tcase, discovery_names_what_is_served);
    tcase_add_test(tcase, status_supply_genesis_and_health);
    tcase_add_test(tcase, what_is_known_waits_like_new_or_is_told_of_its_gap);
    tcase_add_test(tcase, beyond_the_bound_of_waiting_calls_nothing_is_sent);
    tcase_add_test(tcase, in_a_batch_each_wait_has_its_own_time);
    suite_add_tcase(suite, tcase);
    return suite;
}
