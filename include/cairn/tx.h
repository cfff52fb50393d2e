/* A transaction: decoding, hash, signing, sender, the rules of ledger.md. EIP-155, -1559, -2718,
 * -2930. A decoded transaction is one allocation with a copy of its bytes, immutable once its
 * sender is known, shared by count between mempool, blocks and readers. Pure; any thread. */
#ifndef CAIRN_TX_H
#define CAIRN_TX_H
#include <cairn/account.h>
#include <cairn/key.h>

enum { TX_BYTES_MAX = 16 * 1024 }; /* one whole encoding; checked before anything is copied */
enum {
    TX_GAS = 21000,
    TX_GAS_ZERO_BYTE = 4,
    TX_GAS_BYTE = 16,
    TX_GAS_ADDRESS = 2400,
    TX_GAS_KEY = 1900
};

enum tx_type { TX_LEGACY, TX_ACCESS_LIST, TX_FEE_MARKET, TX_TYPE_COUNT };

struct tx {
    enum tx_type type;
    bool has_to; /* false: a contract creation, refused by tx_check_shape; decoded so that it can be
                    named */
    bool protected;    /* false: legacy with v 27 or 28; refused likewise */
    uint64_t chain_id; /* 0 where not protected */
    uint64_t nonce;
    uint64_t gas_limit;
    struct u256 fee_max_per_gas; /* wei, tip included; legacy and type 1: gasPrice */
    struct u256 tip_max_per_gas; /* legacy and type 1: gasPrice */
    struct u256 value;           /* wei */
    struct address to;
    struct bytes memo;        /* `data`; lies in `encoding` */
    struct bytes access_list; /* the RLP item whole; empty for legacy */
    size_t access_addresses;
    size_t access_keys;
    struct signature signature;
    uint64_t gas_intrinsic; /* what an encoding within TX_BYTES_MAX costs cannot wrap */
    struct bytes encoding;  /* as sent; owned with the struct */
    struct hash hash;
    struct address sender; /* good once tx_recover was done */
    bool sender_known;
};

/* Decodes one EIP-2718 envelope, strictly: encoding again gives `in`. Gives a transaction with
 * count 1, or NULL: ERROR_TX_SIZE "oversized data: transaction size N, limit 16384", ERROR_TX_TYPE
 * (any type but 1 and 2), ERROR_TX_ENCODING "invalid transaction encoding: FIELD: WHAT at byte N"
 * or "typed transaction too short" (words of json-rpc.md), ERROR_TX_SIGNATURE for a v or yParity
 * that has no meaning. The range of r and s is not looked at here. */
struct tx *tx_decode(struct bytes in, struct error *err) MUST_CHECK;
struct tx *tx_share(const struct tx *tx); /* one count more; any thread */
void tx_drop(struct tx *tx);              /* takes NULL; frees at the last */

/* What the signature covers. */
void tx_signing_hash(struct hash *out, const struct tx *tx);
/* Finds and keeps the sender, once in the transaction's life (30 us). Only by its single holder,
 * before it is shared. ERROR_TX_SIGNATURE "invalid transaction v, r, s values" | ERROR_TX_SENDER
 * "invalid sender". */
bool tx_recover(struct tx *tx, struct error *err) MUST_CHECK;
/* Takes the sender's word for it: what this node recovered earlier and stored (journal, index row),
 * or tests. */
void tx_set_sender(struct tx *tx, const struct address *sender);

/* Rules of the chain that need no account. */
struct tx_rules {
    uint64_t chain_id;
    uint64_t gas_limit; /* of a block */
};
/* What wallets are told before any signature is worked on: unprotected, creation, ranges of r and
 * s. Then tx_check_rules: chain id, gas below the intrinsic, gas above the block's, tip above cap,
 * and last what would hold against any account: nonce 2^64 - 1, the system address. A mempool asks
 * it before base fee, nonce and balance. */
bool tx_check_shape(const struct tx *tx, struct error *err) MUST_CHECK;
bool tx_check_rules(const struct tx *tx, const struct tx_rules *rules,
                    struct error *err) MUST_CHECK;
/* ERROR_TX_FEE: cap below the base fee. */
bool tx_check_fee(const struct tx *tx, const struct u256 *base_fee, struct error *err) MUST_CHECK;
/* In a block, shape and all of ledger.md's list in its order: chain id, gas, tip, fee, nonce low,
 * nonce above (ERROR_TX_NONCE_GAP), nonce 2^64 - 1, balance, and behind them all the system address
 * (consensus.md: refused after the checks of ledger.md). The sender must be known. */
bool tx_check_account(const struct tx *tx, const struct tx_rules *rules,
                      const struct u256 *base_fee, const struct account *sender,
                      struct error *err) MUST_CHECK;

/* The most that it can take from its sender: value + gasLimit · maxFeePerGas. False: over 2^256
 * - 1. */
bool tx_cost_max(struct u256 *cost, const struct tx *tx) MUST_CHECK;
/* What one unit of gas pays above `base_fee`: min(tip, cap - base fee); 0 where the cap is below.
 */
struct u256 tx_tip(const struct tx *tx, const struct u256 *base_fee);
/* min(cap, base fee + tip): what it pays a unit of gas in a block with this base fee. */
struct u256 tx_price(const struct tx *tx, const struct u256 *base_fee);

/* To make one (tool, tests, benchmarks): fill type, chain_id, nonce, gas_limit, fees, value, to,
 * memo (access_list: an RLP list or empty for none); appends the signed encoding. */
bool tx_sign(struct buffer *out, const struct tx *fields, const struct secret *secret,
             struct error *err) MUST_CHECK;
/* The unsigned bytes whose Keccak-256 is signed. */
void tx_unsigned(struct buffer *out, const struct tx *fields);

/* 0x…ca12: votes of the council go there (consensus.md); it holds no balance. Refused as a
 * recipient until council votes are part of the ledger: "invalid council vote: …". */
extern const struct address tx_system_address;

#endif
