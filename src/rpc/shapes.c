#include "shapes.h"

#include <cairn/rlp.h>

/* 256 zero bytes: no receipt here has logs. */
static void put_bloom(struct json_writer *w)
{
    static const uint8_t zero[256];

    json_put_data(w, bytes_of(zero, sizeof zero));
}

static void key_quantity(struct json_writer *w, const char *key, uint64_t value)
{
    json_put_key(w, key);
    json_put_quantity(w, value);
}

static void key_u256(struct json_writer *w, const char *key, const struct u256 *value)
{
    json_put_key(w, key);
    json_put_quantity_u256(w, value);
}

static void key_hash(struct json_writer *w, const char *key, const struct hash *hash)
{
    json_put_key(w, key);
    if (hash)
        json_put_hash(w, hash);
    else
        json_put_null(w);
}

static void key_address(struct json_writer *w, const char *key, const struct address *address)
{
    json_put_key(w, key);
    json_put_address(w, address);
}

/* ---- blocks ---- */

/* keccak256(rlp([])): what Ethereum's headers hold for no uncles. */
static const struct hash uncles_hash = {{0x1d, 0xcc, 0x4d, 0xe8, 0xde, 0xc7, 0x5d, 0x7a,
                                         0xab, 0x85, 0xb5, 0x67, 0xb6, 0xcc, 0xd4, 0x1a,
                                         0xd3, 0x12, 0x45, 0x1b, 0x94, 0x8a, 0x74, 0x13,
                                         0xf0, 0xa1, 0x42, 0xfd, 0x40, 0xd4, 0x93, 0x47}};

static void block_identity(struct json_writer *w, const struct shape_block *block)
{
    static const uint8_t zero[8];

    key_quantity(w, "number", block->header->height);
    key_hash(w, "hash", block->hash);
    key_hash(w, "parentHash", &block->header->parent_hash);
    json_put_key(w, "nonce");
    if (block->hash)
        json_put_data(w, bytes_of(zero, sizeof zero)); /* 8 bytes: web3 reads a number */
    else
        json_put_null(w);
    json_put_key(w, "miner");
    if (block->hash)
        json_put_address(w, &block->header->proposer);
    else
        json_put_null(w);
    json_put_key(w, "logsBloom");
    if (block->hash)
        put_bloom(w);
    else
        json_put_null(w);
}

static void block_figures(struct json_writer *w, const struct shape_block *block)
{
    static const struct hash zero;
    const struct header *header = block->header;

    key_hash(w, "sha3Uncles", &uncles_hash);
    key_hash(w, "mixHash", &zero);
    key_quantity(w, "difficulty", 0);
    key_hash(w, "transactionsRoot", &header->transactions_root);
    key_hash(w, "stateRoot", &header->state_root);
    key_hash(w, "receiptsRoot", block->receipts_root);
    json_put_key(w, "extraData");
    json_put_data(w, bytes_of(header->extra, header->extra_size));
    key_quantity(w, "size", block->size);
    key_quantity(w, "gasLimit", header->gas_limit);
    key_quantity(w, "gasUsed", header->gas_used);
    key_u256(w, "baseFeePerGas", &header->base_fee_per_gas);
    key_quantity(w, "timestamp", header->time_ms / 1000);
    key_quantity(w, "milliTimestamp", header->time_ms);
    key_u256(w, "burned", &header->burned);
    key_hash(w, "validatorsHash", &header->validators_hash);
    key_hash(w, "nextValidatorsHash", &header->next_validators_hash);
}

void shape_block_write(struct json_writer *w, const struct shape_block *block, bool full)
{
    struct shape_place place = {.header = block->header, .block_hash = block->hash};

    json_object_begin(w);
    block_identity(w, block);
    block_figures(w, block);
    json_put_key(w, "transactions");
    json_array_begin(w);
    for (size_t i = 0; i < block->tx_count; i++) {
        place.position = (uint32_t)i;
        if (full)
            shape_tx_write(w, block->tx[i], block->hash ? &place : NULL);
        else
            json_put_hash(w, &block->tx[i]->hash);
    }
    json_array_end(w);
    json_put_key(w, "uncles");
    json_array_begin(w);
    json_array_end(w);
    json_object_end(w);
}

/* ---- transactions ---- */

static void put_access_list(struct json_writer *w, const struct tx *tx)
{
    struct error err = {0};
    struct rlp_reader list = rlp_open_list(tx->access_list, &err);

    json_array_begin(w);
    while (rlp_more(&list)) {
        struct rlp_reader entry = rlp_list(&list, "entry");
        struct address address = rlp_address(&entry, "address");
        struct rlp_reader keys = rlp_list(&entry, "storageKeys");

        json_object_begin(w);
        key_address(w, "address", &address);
        json_put_key(w, "storageKeys");
        json_array_begin(w);
        while (rlp_more(&keys)) {
            struct hash key = rlp_hash(&keys, "key");

            json_put_hash(w, &key);
        }
        json_array_end(w);
        json_object_end(w);
    }
    json_array_end(w);
    assert(err.code == ERROR_NONE); /* the decoder checked it */
}

static void tx_place_write(struct json_writer *w, const struct shape_place *place)
{
    key_hash(w, "blockHash", place ? place->block_hash : NULL);
    json_put_key(w, "blockNumber");
    if (place)
        json_put_quantity(w, place->header->height);
    else
        json_put_null(w);
    json_put_key(w, "blockTimestamp");
    if (place)
        json_put_quantity(w, place->header->time_ms / 1000);
    else
        json_put_null(w);
    json_put_key(w, "transactionIndex");
    if (place)
        json_put_quantity(w, place->position);
    else
        json_put_null(w);
}

static void tx_fees_write(struct json_writer *w, const struct tx *tx,
                          const struct shape_place *place)
{
    struct u256 price = tx->fee_max_per_gas;

    if (place)
        price = tx_price(tx, &place->header->base_fee_per_gas);
    key_u256(w, "gasPrice", &price);
    if (tx->type == TX_FEE_MARKET) {
        key_u256(w, "maxFeePerGas", &tx->fee_max_per_gas);
        key_u256(w, "maxPriorityFeePerGas", &tx->tip_max_per_gas);
    }
    if (tx->type != TX_LEGACY) {
        json_put_key(w, "accessList");
        put_access_list(w, tx);
    }
}

/* v of a legacy one is 35 + 2 · chainId + yParity (EIP-155), which may take 65 bits. */
static void tx_signature_write(struct json_writer *w, const struct tx *tx)
{
    struct u256 r = u256_get_be(tx->signature.r), s = u256_get_be(tx->signature.s);
    struct u256 v = u256_of_u64(tx->signature.y_parity);

    if (tx->type == TX_LEGACY) {
        struct u256 more = u256_of_u64(tx->chain_id), offset = u256_of_u64(35);
        bool fits = u256_mul_u64(&more, &more, 2) && u256_add(&more, &more, &offset) &&
                    u256_add(&v, &v, &more);

        assert(fits);
    }
    key_u256(w, "v", &v);
    key_u256(w, "r", &r);
    key_u256(w, "s", &s);
    if (tx->type != TX_LEGACY)
        key_quantity(w, "yParity", tx->signature.y_parity);
}

void shape_tx_write(struct json_writer *w, const struct tx *tx, const struct shape_place *place)
{
    json_object_begin(w);
    tx_place_write(w, place);
    key_hash(w, "hash", &tx->hash);
    key_quantity(w, "type", tx->type);
    key_quantity(w, "chainId", tx->chain_id);
    key_quantity(w, "nonce", tx->nonce);
    key_address(w, "from", &tx->sender);
    key_address(w, "to", &tx->to);
    key_u256(w, "value", &tx->value);
    key_quantity(w, "gas", tx->gas_limit);
    tx_fees_write(w, tx, place);
    json_put_key(w, "input");
    json_put_data(w, tx->memo);
    tx_signature_write(w, tx);
    json_object_end(w);
}

void shape_receipt_write(struct json_writer *w, const struct tx *tx,
                         const struct shape_place *place, uint64_t gas_cumulative)
{
    struct u256 price = tx_price(tx, &place->header->base_fee_per_gas);

    json_object_begin(w);
    key_hash(w, "transactionHash", &tx->hash);
    key_quantity(w, "transactionIndex", place->position);
    key_hash(w, "blockHash", place->block_hash);
    key_quantity(w, "blockNumber", place->header->height);
    key_address(w, "from", &tx->sender);
    key_address(w, "to", &tx->to);
    key_quantity(w, "type", tx->type);
    key_quantity(w, "status", 1); /* an invalid transaction makes its block invalid */
    key_quantity(w, "gasUsed", tx->gas_intrinsic);
    key_quantity(w, "cumulativeGasUsed", gas_cumulative);
    key_u256(w, "effectiveGasPrice", &price);
    json_put_key(w, "contractAddress");
    json_put_null(w);
    json_put_key(w, "logs");
    json_array_begin(w);
    json_array_end(w);
    json_put_key(w, "logsBloom");
    put_bloom(w);
    json_object_end(w);
}
