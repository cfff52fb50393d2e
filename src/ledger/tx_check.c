#include <cairn/tx.h>

#include <inttypes.h>

const struct address tx_system_address = {.byte = {[18] = 0xca, [19] = 0x12}};

bool tx_check_shape(const struct tx *tx, struct error *err)
{
    if (!tx->protected)
        return error_set(err, ERROR_TX_UNPROTECTED,
                         "only replay-protected (EIP-155) transactions allowed over RPC");
    if (!tx->has_to)
        return error_set(err, ERROR_TX_CREATION,
                         "contract creation not supported: this chain has no contracts, "
                         "set the recipient");
    if (!signature_check(&tx->signature))
        return error_set(err, ERROR_TX_SIGNATURE, "invalid transaction v, r, s values");
    return true;
}

static bool check_tip(const struct tx *tx, struct error *err)
{
    char tip[U256_DECIMAL_MAX + 1];
    char cap[U256_DECIMAL_MAX + 1];

    if (u256_compare(&tx->tip_max_per_gas, &tx->fee_max_per_gas) <= 0)
        return true;
    u256_format(tip, &tx->tip_max_per_gas);
    u256_format(cap, &tx->fee_max_per_gas);
    return error_set(err, ERROR_TX_TIP,
                     "max priority fee per gas higher than max fee per gas: "
                     "maxPriorityFeePerGas %s, maxFeePerGas %s",
                     tip, cap);
}

/* Chain, gas, tip: the part of the rules that comes before any account in every order. */
static bool check_chain_gas_tip(const struct tx *tx, const struct tx_rules *rules,
                                struct error *err)
{
    if (tx->chain_id != rules->chain_id)
        return error_set(err, ERROR_TX_CHAIN,
                         "invalid chain id for signer: have %" PRIu64 " want %" PRIu64,
                         tx->chain_id, rules->chain_id);
    if (tx->gas_limit < tx->gas_intrinsic)
        return error_set(err, ERROR_TX_GAS_LOW,
                         "intrinsic gas too low: gas %" PRIu64 ", minimum needed %" PRIu64,
                         tx->gas_limit, tx->gas_intrinsic);
    if (tx->gas_limit > rules->gas_limit)
        return error_set(err, ERROR_TX_GAS_HIGH,
                         "exceeds block gas limit (gas limit reached): gas %" PRIu64
                         ", limit %" PRIu64,
                         tx->gas_limit, rules->gas_limit);
    return check_tip(tx, err);
}

/* Such a nonce could not be followed by another: EIP-2681. */
static bool check_nonce_max(const struct tx *tx, struct error *err)
{
    if (tx->nonce == UINT64_MAX)
        return error_set(err, ERROR_TX_NONCE_MAX, "nonce has max value");
    return true;
}

/* The address holds no balance: a transfer to it would lose the coins. */
static bool check_recipient(const struct tx *tx, struct error *err)
{
    if (address_equal(&tx->to, &tx_system_address))
        return error_set(err, ERROR_TX_COUNCIL,
                         "invalid council vote: council votes are not part of this chain's rules, "
                         "and its address takes no payments");
    return true;
}

bool tx_check_rules(const struct tx *tx, const struct tx_rules *rules, struct error *err)
{
    return check_chain_gas_tip(tx, rules, err) && check_nonce_max(tx, err) &&
           check_recipient(tx, err);
}

bool tx_check_fee(const struct tx *tx, const struct u256 *base_fee, struct error *err)
{
    char cap[U256_DECIMAL_MAX + 1];
    char base[U256_DECIMAL_MAX + 1];

    if (u256_compare(&tx->fee_max_per_gas, base_fee) >= 0)
        return true;
    u256_format(cap, &tx->fee_max_per_gas);
    u256_format(base, base_fee);
    return error_set(err, ERROR_TX_FEE,
                     "max fee per gas less than block base fee: maxFeePerGas %s, baseFee %s", cap,
                     base);
}

/* The words for a gap hold no "nonce too …": wallets would take it for a nonce that is used. */
static bool check_nonce(const struct tx *tx, const struct account *sender, struct error *err)
{
    if (tx->nonce < sender->nonce)
        return error_set(err, ERROR_TX_NONCE_LOW,
                         "nonce too low: next nonce %" PRIu64 ", tx nonce %" PRIu64, sender->nonce,
                         tx->nonce);
    if (tx->nonce > sender->nonce)
        return error_set(err, ERROR_TX_NONCE_GAP,
                         "nonce out of sequence: next nonce %" PRIu64 ", tx nonce %" PRIu64,
                         sender->nonce, tx->nonce);
    return check_nonce_max(tx, err);
}

static bool check_funds(const struct tx *tx, const struct account *sender, struct error *err)
{
    struct u256 cost;
    bool fits = tx_cost_max(&cost, tx);
    char address[ADDRESS_TEXT];
    char have[U256_DECIMAL_MAX + 1];
    char want[U256_DECIMAL_MAX + 1];

    if (fits && u256_compare(&sender->balance, &cost) >= 0)
        return true;
    u256_format(have, &sender->balance);
    if (fits)
        u256_format(want, &cost);
    return error_set(err, ERROR_TX_FUNDS,
                     "insufficient funds for gas * price + value: address %s have %s want %s",
                     address_format(address, &tx->sender), have, fits ? want : "more than 2^256-1");
}

bool tx_check_account(const struct tx *tx, const struct tx_rules *rules,
                      const struct u256 *base_fee, const struct account *sender, struct error *err)
{
    assert(tx->sender_known);
    return tx_check_shape(tx, err) && check_chain_gas_tip(tx, rules, err) &&
           tx_check_fee(tx, base_fee, err) && check_nonce(tx, sender, err) &&
           check_funds(tx, sender, err) && check_recipient(tx, err);
}

bool tx_cost_max(struct u256 *cost, const struct tx *tx)
{
    struct u256 gas_cost;

    return u256_mul_u64(&gas_cost, &tx->fee_max_per_gas, tx->gas_limit) &&
           u256_add(cost, &gas_cost, &tx->value);
}

struct u256 tx_tip(const struct tx *tx, const struct u256 *base_fee)
{
    struct u256 room;

    if (!u256_sub(&room, &tx->fee_max_per_gas, base_fee))
        return u256_of_u64(0);
    return *u256_min(&tx->tip_max_per_gas, &room);
}

struct u256 tx_price(const struct tx *tx, const struct u256 *base_fee)
{
    struct u256 price;

    if (!u256_add(&price, base_fee, &tx->tip_max_per_gas))
        return tx->fee_max_per_gas; /* the sum is over any cap */
    return *u256_min(&tx->fee_max_per_gas, &price);
}
