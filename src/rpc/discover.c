/* The OpenRPC document and the reference page: both are the method table, said in another way. */
#include "exchange.h"

#define QUANTITY                                                                                   \
    "{\"title\":\"quantity\",\"type\":\"string\",\"pattern\":\"^0x(0|[1-9a-f][0-9a-f]{0,63})$\"}"
#define DATA "{\"title\":\"data\",\"type\":\"string\",\"pattern\":\"^0x([0-9a-f]{2})*$\"}"
#define HASH "{\"title\":\"32 bytes\",\"type\":\"string\",\"pattern\":\"^0x[0-9a-f]{64}$\"}"
#define ADDRESS "{\"title\":\"address\",\"type\":\"string\",\"pattern\":\"^0x[0-9a-fA-F]{40}$\"}"
#define NOTHING "{\"type\":\"null\"}"
#define OR_NULL(schema) "{\"oneOf\":[" schema "," NOTHING "]}"
#define HASH_OR_NULL OR_NULL(HASH)
#define QUANTITY_OR_NULL OR_NULL(QUANTITY)
#define REF(name) "{\"$ref\":\"#/components/schemas/" name "\"}"

/* Of results and of parameter kinds; those with more than a line are components of the document. */
static const struct schema {
    const char *name;
    const char *json;
    const char *says; /* for the reference page */
} schemas[] = {
    {"text", "{\"type\":\"string\"}", "text"},
    {"bool", "{\"type\":\"boolean\"}", "bool"},
    {"null", NOTHING, "null"},
    {"quantity", QUANTITY, "quantity"},
    {"quantityOrNull", QUANTITY_OR_NULL, "quantity or null"},
    {"data", DATA, "data"},
    {"dataOrNull", OR_NULL(DATA), "data or null"},
    {"hash", HASH, "32 bytes of data"},
    {"address", ADDRESS, "address"},
    {"addresses", "{\"type\":\"array\",\"items\":" ADDRESS "}", "array of addresses"},
    {"object", "{\"type\":\"object\"}", "object"},
    {"any", "{}", "any value"},
    {"logs", "{\"type\":\"array\",\"maxItems\":0}", "empty array"},
    {"key", "{\"title\":\"storage key\",\"type\":\"string\",\"pattern\":\"^0x[0-9a-fA-F]{1,64}$\"}",
     "storage key, 1 to 64 digits"},
    {"count", "{\"oneOf\":[{\"type\":\"integer\",\"minimum\":0}," QUANTITY "]}",
     "number or quantity"},
    {"percentiles",
     "{\"type\":\"array\",\"maxItems\":100,\"items\":{\"type\":\"number\",\"minimum\":0,"
     "\"maximum\":100}}",
     "ascending numbers, 0 to 100"},
    {"blockParameter", /* anyOf: the digits of most hashes are a quantity's as well */
     "{\"title\":\"block\",\"anyOf\":[" QUANTITY
     ",{\"enum\":[\"latest\",\"safe\",\"finalized\",\"earliest\",\"pending\"]}," HASH
     ",{\"type\":\"object\",\"properties\":{\"blockNumber\":" QUANTITY ",\"blockHash\":" HASH
     ",\"requireCanonical\":{\"type\":\"boolean\"}}}]}",
     "block (number, hash, tag or EIP-1898 object)"},
    {"call",
     "{\"type\":\"object\",\"properties\":{\"from\":" ADDRESS ",\"to\":" ADDRESS
     ",\"gas\":" QUANTITY ",\"gasPrice\":" QUANTITY ",\"maxFeePerGas\":" QUANTITY
     ",\"maxPriorityFeePerGas\":" QUANTITY ",\"value\":" QUANTITY ",\"input\":" DATA
     ",\"data\":" DATA ",\"accessList\":{\"type\":\"array\"}}}",
     "call object"},
    {"overrides",
     "{\"type\":\"object\",\"additionalProperties\":{\"type\":\"object\",\"properties\":{"
     "\"balance\":" QUANTITY ",\"nonce\":" QUANTITY "}}}",
     "address → {balance, nonce}"},
    {"syncing",
     "{\"oneOf\":[{\"const\":false},{\"type\":\"object\",\"required\":[\"startingBlock\","
     "\"currentBlock\",\"highestBlock\"]}]}",
     "false, or an object"},
    {"feeHistory",
     "{\"type\":\"object\",\"required\":[\"oldestBlock\",\"baseFeePerGas\",\"gasUsedRatio\"],"
     "\"properties\":{\"oldestBlock\":" QUANTITY
     ",\"baseFeePerGas\":{\"type\":\"array\",\"items\":" QUANTITY
     "},\"gasUsedRatio\":{\"type\":\"array\",\"items\":{\"type\":\"number\"}},"
     "\"reward\":{\"type\":\"array\",\"items\":{\"type\":\"array\",\"items\":" QUANTITY "}}}}",
     "fee history"},
    {"transactionObject",
     "{\"type\":\"object\",\"required\":[\"hash\",\"type\",\"nonce\",\"from\",\"to\",\"value\","
     "\"gas\",\"gasPrice\",\"input\",\"chainId\",\"v\",\"r\",\"s\","
     "\"blockHash\",\"blockNumber\",\"transactionIndex\"],\"properties\":{\"hash\":" HASH
     ",\"type\":" QUANTITY ",\"nonce\":" QUANTITY ",\"from\":" ADDRESS ",\"to\":" ADDRESS
     ",\"value\":" QUANTITY ",\"gas\":" QUANTITY ",\"gasPrice\":" QUANTITY
     ",\"maxFeePerGas\":" QUANTITY ",\"maxPriorityFeePerGas\":" QUANTITY ",\"input\":" DATA
     ",\"chainId\":" QUANTITY ",\"v\":" QUANTITY ",\"r\":" QUANTITY ",\"s\":" QUANTITY
     ",\"yParity\":" QUANTITY ",\"accessList\":{\"type\":\"array\"},\"blockHash\":" HASH_OR_NULL
     ",\"blockNumber\":" QUANTITY_OR_NULL ",\"blockTimestamp\":" QUANTITY_OR_NULL
     ",\"transactionIndex\":" QUANTITY_OR_NULL "}}",
     "transaction object"},
    {"transaction", OR_NULL(REF("transactionObject")), "transaction or null"},
    {"block",
     OR_NULL("{\"type\":\"object\",\"required\":[\"number\",\"hash\",\"parentHash\",\"nonce\","
             "\"sha3Uncles\",\"logsBloom\",\"transactionsRoot\",\"stateRoot\","
             "\"receiptsRoot\",\"miner\",\"difficulty\",\"extraData\",\"size\",\"gasLimit\","
             "\"gasUsed\",\"timestamp\",\"milliTimestamp\",\"baseFeePerGas\","
             "\"burned\",\"validatorsHash\",\"nextValidatorsHash\",\"transactions\",\"uncles\","
             "\"mixHash\"],\"properties\":{\"number\":" QUANTITY ",\"parentHash\":" HASH
             ",\"stateRoot\":" HASH ",\"transactionsRoot\":" HASH ",\"receiptsRoot\":" HASH
             ",\"gasLimit\":" QUANTITY ",\"gasUsed\":" QUANTITY ",\"timestamp\":" QUANTITY
             ",\"milliTimestamp\":" QUANTITY ",\"baseFeePerGas\":" QUANTITY ",\"burned\":" QUANTITY
             ",\"transactions\":{\"type\":\"array\",\"items\":{\"oneOf\":[" HASH
             "," REF("transactionObject") "]}}}}"),
     "block or null"},
    {"receiptObject",
     "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"transactionHash\","
     "\"transactionIndex\",\"blockHash\",\"blockNumber\",\"from\",\"to\",\"type\","
     "\"status\",\"gasUsed\",\"cumulativeGasUsed\",\"effectiveGasPrice\",\"contractAddress\","
     "\"logs\",\"logsBloom\"],\"properties\":{\"transactionHash\":" HASH
     ",\"transactionIndex\":" QUANTITY ",\"blockHash\":" HASH ",\"blockNumber\":" QUANTITY
     ",\"from\":" ADDRESS ",\"to\":" ADDRESS ",\"type\":" QUANTITY ",\"status\":" QUANTITY
     ",\"gasUsed\":" QUANTITY ",\"cumulativeGasUsed\":" QUANTITY ",\"effectiveGasPrice\":" QUANTITY
     ",\"contractAddress\":" NOTHING
     ",\"logs\":{\"type\":\"array\",\"maxItems\":0},\"logsBloom\":" DATA "}}",
     "receipt object"},
    {"receipt", OR_NULL(REF("receiptObject")), "receipt or null"},
    {"receipts", OR_NULL("{\"type\":\"array\",\"items\":" REF("receiptObject") "}"),
     "array of receipts, or null"},
    {"poolStatus",
     "{\"type\":\"object\",\"required\":[\"pending\",\"queued\"],\"properties\":{"
     "\"pending\":" QUANTITY ",\"queued\":" QUANTITY "}}",
     "{pending, queued}"},
    {"modules", "{\"type\":\"object\",\"additionalProperties\":{\"type\":\"string\"}}",
     "name space → version"},
    {"status",
     "{\"type\":\"object\",\"required\":[\"clientVersion\",\"chainId\",\"genesisHash\",\"head\","
     "\"syncing\",\"peers\",\"validator\",\"mempool\",\"uptimeMs\"]}",
     "status object"},
    {"supply",
     "{\"type\":\"object\",\"required\":[\"genesis\",\"burned\",\"total\"],\"properties\":{"
     "\"genesis\":" QUANTITY ",\"burned\":" QUANTITY ",\"total\":" QUANTITY "}}",
     "{genesis, burned, total}"},
};

static const struct schema *schema_find(const char *name, size_t size)
{
    /* In parameters "block" is a block parameter, in results the block itself. */
    for (size_t i = 0; i < COUNT(schemas); i++)
        if (strlen(schemas[i].name) == size && memcmp(schemas[i].name, name, size) == 0)
            return &schemas[i];
    assert(false && "a schema of the table is unknown");
    return NULL;
}

static const struct schema *schema_of_kind(const char *kind, size_t size)
{
    if (size == 5 && memcmp(kind, "block", 5) == 0)
        return schema_find("blockParameter", strlen("blockParameter"));
    return schema_find(kind, size);
}

/* ---- walking a row's parameters ---- */

struct parameter {
    char name[32];
    bool optional;
    const struct schema *schema;
};

static bool parameter_next(struct parameter *parameter, const char **at)
{
    const char *colon;
    size_t name_size, kind_size;

    while (**at == ' ')
        (*at)++;
    if (!**at)
        return false;
    colon = strchr(*at, ':');
    assert(colon); /* the table is ours */
    name_size = (size_t)(colon - *at);
    parameter->optional = colon[-1] == '?';
    snprintf(parameter->name, sizeof parameter->name, "%.*s",
             (int)(name_size - parameter->optional), *at);
    kind_size = strcspn(colon + 1, " ");
    parameter->schema = schema_of_kind(colon + 1, kind_size);
    *at = colon + 1 + kind_size;
    return true;
}

/* ---- OpenRPC ---- */

static void put_key_text(struct json_writer *w, const char *key, const char *text)
{
    json_put_key(w, key);
    json_put_text(w, text);
}

static void put_method(struct json_writer *w, const struct rpc_method *method)
{
    const char *at = method->params;
    struct parameter parameter;

    json_object_begin(w);
    put_key_text(w, "name", method->name);
    put_key_text(w, "summary", method->help);
    put_key_text(w, "paramStructure", "by-position");
    json_put_key(w, "params");
    json_array_begin(w);
    while (parameter_next(&parameter, &at)) {
        json_object_begin(w);
        put_key_text(w, "name", parameter.name);
        json_put_key(w, "required");
        json_put_bool(w, !parameter.optional);
        json_put_key(w, "schema");
        json_put_raw(w, bytes_of_text(parameter.schema->json));
        json_object_end(w);
    }
    json_array_end(w);
    json_put_key(w, "result");
    json_object_begin(w);
    put_key_text(w, "name", method->result);
    json_put_key(w, "schema");
    json_put_raw(w, bytes_of_text(schema_find(method->result, strlen(method->result))->json));
    json_object_end(w);
    json_object_end(w);
}

void rpc_discover_document(const struct rpc *rpc, struct json_writer *w)
{
    (void)rpc;
    json_object_begin(w);
    put_key_text(w, "openrpc", "1.2.6");
    json_put_key(w, "info");
    json_object_begin(w);
    put_key_text(w, "title", "cairn JSON-RPC");
    put_key_text(w, "version", CAIRN_VERSION);
    json_object_end(w);
    json_put_key(w, "methods");
    json_array_begin(w);
    for (size_t i = 0; i < rpc_method_count; i++)
        if (rpc_methods[i].cost != RPC_REFUSED)
            put_method(w, &rpc_methods[i]);
    json_array_end(w);
    json_put_key(w, "components");
    json_object_begin(w);
    json_put_key(w, "schemas");
    json_object_begin(w);
    for (size_t i = 0; i < COUNT(schemas); i++) {
        json_put_key(w, schemas[i].name);
        json_put_raw(w, bytes_of_text(schemas[i].json));
    }
    json_object_end(w);
    json_object_end(w);
    json_object_end(w);
}

/* ---- the reference page ---- */

static const char errors_page[] =
    "\n## Errors\n\n"
    "Whatever is wrong inside JSON-RPC answers HTTP 200; other statuses are the transport's: 400, "
    "403 "
    "(Host), 404, 405, 408, 413, 415, 417, 431, 501, 503, 505.\n\n"
    "| code | message | when |\n| --- | --- | --- |\n"
    "| -32700 | `parse error: WHAT at byte N` | not JSON, or beyond a bound of it |\n"
    "| -32600 | `invalid request: WHAT`, `empty batch`, `batch too large` | not a request |\n"
    "| -32601 | `the method NAME does not exist/is not available` | |\n"
    "| -32602 | `missing value for required argument N (NAME)`, `invalid argument N (NAME): WHAT`, "
    "`too many arguments, want at most N` | N counts from 0 |\n"
    "| -32603 | `internal error` | a defect or a failed read; the log says more |\n"
    "| -32000 | the refusals below, `too many waiting requests` | |\n"
    "| -32001 | `block not found: WHAT` | state asked at a block that this chain lacks |\n"
    "| -32003 | `response too large` | an answer, or the answers of a batch |\n"
    "| 4, 5 | `the transaction was added to the mempool but …` | eth_sendRawTransactionSync: not "
    "decided in time; behind a nonce gap. data: the hash |\n"
    "\n## Refused transactions\n\n"
    "All -32000, in this order; SDKs match the words before the colon.\n\n"
    "`oversized data` · `invalid transaction encoding`, `typed transaction too short` · `already "
    "known` · "
    "`transaction type not supported` · `only replay-protected (EIP-155) transactions allowed over "
    "RPC` "
    "· `contract creation not supported` · `invalid transaction v, r, s values` · `invalid sender` "
    "· "
    "`invalid chain id for signer` · `intrinsic gas too low` · `exceeds block gas limit (gas limit "
    "reached)` · `max priority fee per gas higher than max fee per gas` · `max fee per gas less "
    "than block "
    "base fee` · `nonce too low` · `nonce has max value` · `nonce too high` · `insufficient funds "
    "for gas * "
    "price + value` · `invalid council vote` · `replacement transaction underpriced` · "
    "`transaction "
    "underpriced` · `account limit exceeded`\n"
    "\n## Block parameters\n\n"
    "A quantity; `latest`, `safe`, `finalized` (all three the head: what is decided is final), "
    "`earliest`, "
    "`pending`; a block hash; `{\"blockNumber\": q}` or `{\"blockHash\": h}` (EIP-1898). `pending` "
    "is the "
    "head with the mempool on top in block look-ups and eth_getTransactionCount.\n"
    "\n## Beyond Ethereum's block fields\n\n"
    "`milliTimestamp`, `burned`, `validatorsHash`, `nextValidatorsHash`: with them the block hash, "
    "keccak256 "
    "of cairn's own header (doc/ledger.md), can be recomputed. `miner` is the proposer; "
    "`receiptsRoot` is "
    "derived from the body.\n";

void rpc_reference_markdown(struct buffer *out)
{
    buffer_put_text(out, "# JSON-RPC methods\n\n"
                         "Made from the method table by `make doc/json-rpc.md`; not edited by "
                         "hand. `?` marks what may be left out.\n\n"
                         "| method | parameters | result | |\n| --- | --- | --- | --- |\n");
    for (size_t i = 0; i < rpc_method_count; i++) {
        const struct rpc_method *method = &rpc_methods[i];
        const char *at = method->params, *comma = "";
        struct parameter parameter;

        if (method->cost == RPC_REFUSED)
            continue;
        buffer_printf(out, "| `%s` | ", method->name);
        while (parameter_next(&parameter, &at)) {
            buffer_printf(out, "%s%s%s: %s", comma, parameter.name, parameter.optional ? "?" : "",
                          parameter.schema->says);
            comma = "; ";
        }
        buffer_printf(out, " | %s | %s |\n",
                      schema_find(method->result, strlen(method->result))->says, method->help);
    }
    buffer_put_text(out, "\nRefused, since this node holds no keys (sign in the wallet and send "
                         "with `eth_sendRawTransaction`):");
    for (size_t i = 0; i < rpc_method_count; i++)
        if (rpc_methods[i].cost == RPC_REFUSED)
            buffer_printf(out, " `%s`", rpc_methods[i].name);
    buffer_put_text(out, ".\n");
    buffer_put_text(out, errors_page);
}
