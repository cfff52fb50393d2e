#include <cairn/keccak.h>
#include <cairn/rlp.h>
#include <cairn/tx.h>

#include <inttypes.h>
#include <stdatomic.h>

/* What a `struct tx *` points into. The count is all that changes once the sender is known. */
struct tx_cell {
    struct tx tx;
    _Atomic uint32_t count;
    uint8_t encoding[];
};

static struct tx_cell *cell_of(const struct tx *tx)
{
    static_assert(offsetof(struct tx_cell, tx) == 0, "the transaction is the cell's first member");
    return (struct tx_cell *)(uintptr_t)tx;
}

static void decode_access_list(struct tx *tx, struct rlp_reader *r)
{
    struct rlp_reader ahead = *r;
    struct rlp_reader list;

    tx->access_list = rlp_item(&ahead, "accessList");
    list = rlp_list(r, "accessList");
    while (rlp_more(&list)) {
        struct rlp_reader entry = rlp_list(&list, "accessList entry");
        struct rlp_reader keys;

        rlp_address(&entry, "accessList address");
        keys = rlp_list(&entry, "accessList keys");
        while (rlp_more(&keys)) {
            rlp_hash(&keys, "accessList key");
            tx->access_keys++;
        }
        if (!rlp_close(&keys) || !rlp_close(&entry))
            return;
        tx->access_addresses++;
    }
}

static void decode_to(struct tx *tx, struct rlp_reader *r)
{
    struct bytes to = rlp_bytes(r, "to", ADDRESS_SIZE);

    if (to.size != 0 && to.size != ADDRESS_SIZE)
        rlp_fail(r, ERROR_RLP_SIZE, "to", "must have 20 bytes or none");
    tx->has_to = to.size == ADDRESS_SIZE;
    if (tx->has_to)
        memcpy(tx->to.byte, to.at, ADDRESS_SIZE);
}

/* Any 256 bits are decoded: whether r and s are in range is tx_check_shape's question. */
static void decode_signature(struct tx *tx, struct rlp_reader *r)
{
    struct u256 number = rlp_u256(r, "r");

    u256_put_be(tx->signature.r, &number);
    number = rlp_u256(r, "s");
    u256_put_be(tx->signature.s, &number);
}

/* yParity is not a number of the envelope's form but part of the signature: out of its range, the
 * refusal is the signature's, as it is for a legacy v. */
static void decode_y_parity(struct tx *tx, struct rlp_reader *r, bool *v_good)
{
    struct u256 parity = rlp_u256(r, "yParity");

    *v_good = u256_fits_u64(&parity) && u256_to_u64(&parity) <= 1;
    tx->signature.y_parity = *v_good && !u256_is_zero(&parity);
}

/* EIP-155: v = 35 + 2 · chain id + parity; before it, 27 + parity. */
static void decode_v(struct tx *tx, struct rlp_reader *r, bool *v_good)
{
    static const struct u256 base = {.limb = {35}};
    struct u256 v = rlp_u256(r, "v");
    struct u256 chain_id;
    uint64_t parity;

    *v_good = true;
    if (u256_sub(&chain_id, &v, &base)) {
        u256_divide_u64(&chain_id, &parity, &chain_id, 2);
        if (!u256_fits_u64(&chain_id)) {
            rlp_fail(r, ERROR_RLP_INTEGER, "v", "chain id over 64 bits");
            return;
        }
        tx->protected = true;
        tx->chain_id = u256_to_u64(&chain_id);
        tx->signature.y_parity = (uint8_t)parity;
    } else {
        *v_good = v.limb[0] == 27 || v.limb[0] == 28;
        tx->signature.y_parity = v.limb[0] == 28;
    }
}

static bool decode_legacy(struct tx *tx, struct bytes in, bool *v_good, struct error *err)
{
    struct rlp_reader r = rlp_open_list(in, err);

    tx->nonce = rlp_u64(&r, "nonce");
    tx->fee_max_per_gas = tx->tip_max_per_gas = rlp_u256(&r, "gasPrice");
    tx->gas_limit = rlp_u64(&r, "gasLimit");
    decode_to(tx, &r);
    tx->value = rlp_u256(&r, "value");
    tx->memo = rlp_bytes(&r, "data", TX_BYTES_MAX);
    decode_v(tx, &r, v_good);
    decode_signature(tx, &r);
    return rlp_close(&r);
}

static bool decode_typed(struct tx *tx, struct bytes in, bool *v_good, struct error *err)
{
    struct rlp_reader r = rlp_open_list_at(bytes_from(in, 1), in.at, err);

    tx->protected = true;
    tx->chain_id = rlp_u64(&r, "chainId");
    tx->nonce = rlp_u64(&r, "nonce");
    if (tx->type == TX_FEE_MARKET) {
        tx->tip_max_per_gas = rlp_u256(&r, "maxPriorityFeePerGas");
        tx->fee_max_per_gas = rlp_u256(&r, "maxFeePerGas");
    } else {
        tx->fee_max_per_gas = tx->tip_max_per_gas = rlp_u256(&r, "gasPrice");
    }
    tx->gas_limit = rlp_u64(&r, "gasLimit");
    decode_to(tx, &r);
    tx->value = rlp_u256(&r, "value");
    tx->memo = rlp_bytes(&r, "data", TX_BYTES_MAX);
    decode_access_list(tx, &r);
    decode_y_parity(tx, &r, v_good);
    decode_signature(tx, &r);
    return rlp_close(&r);
}

/* Cannot wrap: an encoding of 16 KiB has at most so many bytes, addresses and keys. */
static uint64_t intrinsic_gas(const struct tx *tx)
{
    uint64_t gas = TX_GAS;

    static_assert(TX_BYTES_MAX < UINT32_MAX, "the sum below stays far under 64 bits");
    for (size_t i = 0; i < tx->memo.size; i++)
        gas += tx->memo.at[i] == 0 ? TX_GAS_ZERO_BYTE : TX_GAS_BYTE;
    return gas + tx->access_addresses * (uint64_t)TX_GAS_ADDRESS +
           tx->access_keys * (uint64_t)TX_GAS_KEY;
}

/* The same bytes within the copy. */
static struct bytes move_to(const uint8_t *copy, struct bytes in, struct bytes part)
{
    if (part.size == 0)
        return (struct bytes){0};
    return bytes_part(bytes_of(copy, in.size), (size_t)(part.at - in.at), part.size);
}

static struct tx *tx_new(const struct tx *decoded, struct bytes in)
{
    struct tx_cell *cell = mem_new(1, sizeof(*cell) + in.size);

    memcpy(cell->encoding, in.at, in.size);
    atomic_init(&cell->count, 1);
    cell->tx = *decoded;
    cell->tx.encoding = bytes_of(cell->encoding, in.size);
    cell->tx.memo = move_to(cell->encoding, in, decoded->memo);
    cell->tx.access_list = move_to(cell->encoding, in, decoded->access_list);
    cell->tx.gas_intrinsic = intrinsic_gas(&cell->tx);
    keccak256(&cell->tx.hash, cell->tx.encoding);
    return &cell->tx;
}

/* EIP-2718: a list begins a legacy transaction, a byte below 0x80 is a type; what lies between is
 * neither, and the list reader says so. */
static bool decode_any(struct tx *tx, struct bytes in, bool *v_good, struct error *err)
{
    bool typed = in.size == 0 || in.at[0] < 0x80;

    if (in.size > TX_BYTES_MAX)
        return error_set(err, ERROR_TX_SIZE, "oversized data: transaction size %zu, limit %d",
                         in.size, TX_BYTES_MAX);
    if (typed && in.size < 2)
        return error_set(err, ERROR_TX_ENCODING, "typed transaction too short");
    if (typed && in.at[0] != TX_ACCESS_LIST && in.at[0] != TX_FEE_MARKET)
        return error_set(err, ERROR_TX_TYPE,
                         "transaction type not supported: type 0x%x "
                         "(transaction type not valid on this chain)",
                         (unsigned)in.at[0]);
    tx->type = typed ? (enum tx_type)in.at[0] : TX_LEGACY;
    if (typed ? decode_typed(tx, in, v_good, err) : decode_legacy(tx, in, v_good, err))
        return true;
    error_wrap(err, "invalid transaction encoding");
    err->code = ERROR_TX_ENCODING; /* a wallet is told of the transaction, not of RLP */
    return false;
}

struct tx *tx_decode(struct bytes in, struct error *err)
{
    struct tx decoded = {0};
    struct error fault = {0}; /* the reader needs an empty one, whatever the caller's holds */
    bool v_good = false;

    if (!decode_any(&decoded, in, &v_good, &fault)) {
        *err = fault;
        return NULL;
    }
    if (!v_good) {
        error_set(err, ERROR_TX_SIGNATURE, "invalid transaction v, r, s values");
        return NULL;
    }
    return tx_new(&decoded, in);
}

struct tx *tx_share(const struct tx *tx)
{
    struct tx_cell *cell = cell_of(tx);
    uint32_t before = atomic_fetch_add_explicit(&cell->count, 1, memory_order_relaxed);

    assert(before > 0 && before < UINT32_MAX);
    return &cell->tx;
}

/* Acquire and release: who frees must see whatever other holders read before they let go. */
void tx_drop(struct tx *tx)
{
    struct tx_cell *cell = cell_of(tx);
    uint32_t before;

    if (!tx)
        return;
    before = atomic_fetch_sub_explicit(&cell->count, 1, memory_order_acq_rel);
    assert(before > 0);
    if (before == 1)
        mem_free(cell);
}
