/* Between the dispatcher and the methods: what a handler is given, and what it gives. Private to
 * the room. */
#ifndef CAIRN_RPC_CALL_H
#define CAIRN_RPC_CALL_H
#include <cairn/json.h>
#include <cairn/rpc.h>

enum { RPC_ARGUMENTS_MAX = 4 };

/* A block parameter, as json-rpc.md has it. */
enum rpc_block_kind {
    RPC_BLOCK_NUMBER,
    RPC_BLOCK_LATEST, /* latest, safe, finalized */
    RPC_BLOCK_EARLIEST,
    RPC_BLOCK_PENDING,
    RPC_BLOCK_HASH,
};
struct rpc_block {
    enum rpc_block_kind kind;
    uint64_t number;
    struct hash hash;
};

/* One argument, parsed by its kind in the row. */
struct rpc_value {
    bool given;   /* false: missing or null; the default is the handler's, but for blocks: latest */
    uint64_t u64; /* quantity, count (a JSON number or a quantity) */
    struct u256 u256; /* quantity256 */
    struct hash hash; /* hash, and storage keys */
    struct address address;
    struct rpc_block block;
    struct bytes data; /* data; lives as long as the call */
    bool flag;         /* bool */
    const json_t
        *json; /* the value itself, for kinds object, array, any, percentiles, filter, call */
};

struct rpc_call {
    struct rpc *rpc;
    const struct rpc_options *options;
    struct head *head; /* published when the call began; one count held by the dispatcher */
    struct rpc_value arg[RPC_ARGUMENTS_MAX];
    struct json_writer *out;   /* the result goes here, one JSON value */
    struct error *err;         /* of a refusal */
    struct buffer *error_data; /* JSON for error.data, empty for none (codes 4 and 5: the hash) */
    struct store_snapshot *snapshot; /* by rpc_call_snapshot; freed by the dispatcher */
};

/* The snapshot of this call: taken at the first use. It may hold one block more than `head`:
 * heights above head's number are not to be answered. */
struct store_snapshot *rpc_call_snapshot(struct rpc_call *call);

/* True: one JSON value was written to `out`. False: `err` is set, `out` is taken back by the
 * dispatcher. */
typedef bool rpc_handler(struct rpc_call *call);

enum rpc_cost {
    RPC_LIGHT,      /* a few microseconds: run where it arrives */
    RPC_HEAVY_CALL, /* may read or hash much: on a worker */
    RPC_SEND,       /* eth_sendRawTransaction: signature on a worker, then the engine's answer */
    RPC_SEND_SYNC,
    RPC_WAIT,    /* cairn_waitForTransaction */
    RPC_REFUSED, /* a row that answers -32601 with a word of why (no keys here) */
};

/* One row. `params`: "address:address at?:block": NAME, `?` where it may be missing, KIND. */
struct rpc_method {
    const char *name;
    const char *params;
    const char *
        result; /* name of a result schema (schema.c), or a JSON schema text that begins with '{' */
    enum rpc_cost cost;
    rpc_handler *handler; /* NULL for SEND, SEND_SYNC, WAIT, REFUSED: the dispatcher's own */
    const char *help;     /* one sentence */
};

extern const struct rpc_method rpc_methods[];
extern const size_t rpc_method_count;

/* Handlers (methods_*.c). */
rpc_handler rpc_web3_client_version, rpc_web3_sha3, rpc_net_version, rpc_net_listening,
    rpc_net_peer_count, rpc_eth_chain_id, rpc_eth_syncing, rpc_eth_block_number;
rpc_handler rpc_eth_base_fee, rpc_eth_max_priority_fee, rpc_eth_gas_price, rpc_eth_fee_history;
rpc_handler rpc_eth_get_balance, rpc_eth_get_transaction_count, rpc_eth_get_code,
    rpc_eth_get_storage_at;
rpc_handler rpc_eth_get_block_by_number, rpc_eth_get_block_by_hash,
    rpc_eth_block_tx_count_by_number, rpc_eth_block_tx_count_by_hash;
rpc_handler rpc_eth_uncle_count_by_number, rpc_eth_uncle_count_by_hash, rpc_eth_uncle_by_number,
    rpc_eth_uncle_by_hash;
rpc_handler rpc_eth_get_tx_by_hash, rpc_eth_get_tx_by_number_and_index,
    rpc_eth_get_tx_by_hash_and_index, rpc_eth_get_receipt, rpc_eth_get_block_receipts,
    rpc_eth_get_raw_tx;
rpc_handler rpc_eth_call, rpc_eth_estimate_gas, rpc_eth_get_logs, rpc_eth_accounts,
    rpc_txpool_status, rpc_modules_list, rpc_discover;
rpc_handler rpc_cairn_status, rpc_cairn_get_genesis, rpc_cairn_get_supply;

/* Writes the receipt of a decided transaction, or null where the chain lacks it; also used when a
 * wait ends. */
bool rpc_write_receipt(struct rpc_call *call, const struct hash *hash, bool *found);
/* "argument N (NAME): " refusals raised by handlers that look inside an argument:
 * ERROR_RPC_ARGUMENT "invalid argument N (NAME): WHAT". */
bool rpc_argument_error(struct rpc_call *call, unsigned index, const char *name, const char *format,
                        ...) PRINTF_LIKE(4, 5);

/* Counters and clocks of the rpc that handlers may ask. */
uint64_t rpc_uptime_ms(const struct rpc *rpc);

#endif
