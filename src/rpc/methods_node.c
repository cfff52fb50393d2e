/* The node itself: names, modules, status, genesis. */
#include "call.h"

#include <cairn/hex.h>
#include <cairn/keccak.h>

#include <inttypes.h>

#ifdef __clang__
#define CAIRN_COMPILER "clang"
#define CAIRN_COMPILER_VERSION __clang_major__
#else
#define CAIRN_COMPILER "gcc"
#define CAIRN_COMPILER_VERSION __GNUC__
#endif
#if defined(__x86_64__)
#define CAIRN_MACHINE "x86_64"
#elif defined(__aarch64__)
#define CAIRN_MACHINE "aarch64"
#else
#define CAIRN_MACHINE "other"
#endif

static void put_client_version(struct json_writer *w)
{
    char text[64];

    snprintf(text, sizeof text, "cairn/v%s/linux-%s/%s%d", CAIRN_VERSION, CAIRN_MACHINE,
             CAIRN_COMPILER, CAIRN_COMPILER_VERSION);
    json_put_text(w, text);
}

bool rpc_web3_client_version(struct rpc_call *call)
{
    put_client_version(call->out);
    return true;
}

bool rpc_web3_sha3(struct rpc_call *call)
{
    struct hash hash;

    keccak256(&hash, call->arg[0].data);
    json_put_hash(call->out, &hash);
    return true;
}

bool rpc_net_version(struct rpc_call *call)
{
    char text[24];

    snprintf(text, sizeof text, "%" PRIu64, call->options->genesis->chain_id);
    json_put_text(call->out, text);
    return true;
}

/* No peer protocol in this version: nothing listens, nobody is connected. */
bool rpc_net_listening(struct rpc_call *call)
{
    json_put_bool(call->out, false);
    return true;
}

bool rpc_net_peer_count(struct rpc_call *call)
{
    json_put_quantity(call->out, 0);
    return true;
}

bool rpc_eth_chain_id(struct rpc_call *call)
{
    json_put_quantity(call->out, call->options->genesis->chain_id);
    return true;
}

/* Without peers there is nothing to be behind of. */
bool rpc_eth_syncing(struct rpc_call *call)
{
    json_put_bool(call->out, false);
    return true;
}

bool rpc_eth_block_number(struct rpc_call *call)
{
    json_put_quantity(call->out, call->head->block->header.height);
    return true;
}

bool rpc_eth_accounts(struct rpc_call *call)
{
    json_array_begin(call->out);
    json_array_end(call->out);
    return true;
}

bool rpc_txpool_status(struct rpc_call *call)
{
    struct mempool_counts counts = call->options->node.pool_counts(call->options->node.context);

    json_object_begin(call->out);
    json_put_key(call->out, "pending");
    json_put_quantity(call->out, counts.pending);
    json_put_key(call->out, "queued");
    json_put_quantity(call->out, counts.queued);
    json_object_end(call->out);
    return true;
}

/* What stands before the first underscore of any method that is served. */
bool rpc_modules_list(struct rpc_call *call)
{
    const char *before = "";
    size_t before_size = 0;

    json_object_begin(call->out);
    for (size_t i = 0; i < rpc_method_count; i++) {
        const char *name = rpc_methods[i].name;
        size_t size = strcspn(name, "_.");
        char module[32];

        if (rpc_methods[i].cost == RPC_REFUSED ||
            (size == before_size && memcmp(name, before, size) == 0))
            continue;
        before = name;
        before_size = size;
        snprintf(module, sizeof module, "%.*s", (int)size, name);
        json_put_key(call->out, module);
        json_put_text(call->out, "1.0");
    }
    json_object_end(call->out);
    return true;
}

static void put_head(struct json_writer *w, const struct block *block)
{
    json_object_begin(w);
    json_put_key(w, "number");
    json_put_quantity(w, block->header.height);
    json_put_key(w, "hash");
    json_put_hash(w, &block->hash);
    json_put_key(w, "milliTimestamp");
    json_put_quantity(w, block->header.time_ms);
    json_object_end(w);
}

bool rpc_cairn_status(struct rpc_call *call)
{
    struct mempool_counts counts = call->options->node.pool_counts(call->options->node.context);
    struct json_writer *w = call->out;

    json_object_begin(w);
    json_put_key(w, "clientVersion");
    put_client_version(w);
    json_put_key(w, "chainId");
    json_put_quantity(w, call->options->genesis->chain_id);
    json_put_key(w, "genesisHash");
    json_put_hash(w, &call->options->genesis->hash);
    json_put_key(w, "head");
    put_head(w, call->head->block);
    json_put_key(w, "syncing");
    json_put_bool(w, false);
    json_put_key(w, "peers");
    json_put_quantity(w, 0);
    json_put_key(w, "validator");
    if (call->options->validator)
        json_put_address(w, call->options->validator);
    else
        json_put_null(w);
    json_put_key(w, "mempool");
    json_object_begin(w);
    json_put_key(w, "pending");
    json_put_quantity(w, counts.pending);
    json_put_key(w, "queued");
    json_put_quantity(w, counts.queued);
    json_put_key(w, "bytes");
    json_put_quantity(w, counts.bytes);
    json_object_end(w);
    json_put_key(w, "uptimeMs");
    json_put_quantity(w, rpc_uptime_ms(call->rpc));
    json_object_end(w);
    return true;
}

/* The file as loaded, and its block's hash. */
bool rpc_cairn_get_genesis(struct rpc_call *call)
{
    const struct genesis *genesis = call->options->genesis;
    char hash[HEX_HASH_TEXT];
    json_t *json;

    if (!json_parse(&json, buffer_bytes(&genesis->text), JSON_DEPTH_MAX, call->err)) {
        call->err->code =
            ERROR_STORE_DAMAGED; /* it was parsed when the node started: not the caller's fault */
        return false;
    }
    json_object_set_new(json, "hash", json_string(hex_format_hash(hash, &genesis->hash)));
    json_put_tree(call->out, json);
    json_decref(json);
    return true;
}

bool rpc_discover(struct rpc_call *call)
{
    rpc_discover_document(call->rpc, call->out);
    return true;
}
