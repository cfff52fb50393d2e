#include <cairn/keccak.h>
#include <cairn/rlp.h>
#include <cairn/tx.h>

/* Both the unsigned and the signed form: they differ in what stands behind the shared fields. */
static void put_fields(struct buffer *out, const struct tx *tx)
{
    if (tx->type != TX_LEGACY)
        rlp_put_u64(out, tx->chain_id);
    rlp_put_u64(out, tx->nonce);
    if (tx->type == TX_FEE_MARKET)
        rlp_put_u256(out, &tx->tip_max_per_gas);
    rlp_put_u256(out, &tx->fee_max_per_gas);
    rlp_put_u64(out, tx->gas_limit);
    rlp_put_bytes(out, tx->has_to ? bytes_of_address(&tx->to) : (struct bytes){0});
    rlp_put_u256(out, &tx->value);
    rlp_put_bytes(out, tx->memo);
    if (tx->type == TX_LEGACY)
        return;
    if (tx->access_list.size > 0)
        buffer_put(out, tx->access_list);
    else
        rlp_list_end(out, rlp_list_begin(out));
}

static size_t envelope_begin(struct buffer *out, const struct tx *tx)
{
    if (tx->type != TX_LEGACY)
        buffer_put_byte(out, (uint8_t)tx->type);
    return rlp_list_begin(out);
}

void tx_unsigned(struct buffer *out, const struct tx *fields)
{
    size_t mark = envelope_begin(out, fields);

    put_fields(out, fields);
    if (fields->type == TX_LEGACY && fields->protected) { /* EIP-155 */
        rlp_put_u64(out, fields->chain_id);
        rlp_put_u64(out, 0);
        rlp_put_u64(out, 0);
    }
    rlp_list_end(out, mark);
}

void tx_signing_hash(struct hash *out, const struct tx *tx)
{
    struct buffer bytes = {0};

    buffer_reserve(&bytes, tx->encoding.size);
    tx_unsigned(&bytes, tx);
    keccak256(out, buffer_bytes(&bytes));
    buffer_release(&bytes);
}

bool tx_recover(struct tx *tx, struct error *err)
{
    struct hash digest;

    if (tx->sender_known)
        return true;
    if (!signature_check(&tx->signature))
        return error_set(err, ERROR_TX_SIGNATURE, "invalid transaction v, r, s values");
    tx_signing_hash(&digest, tx);
    if (!signature_recover_address(&tx->sender, &tx->signature, &digest))
        return error_set(err, ERROR_TX_SENDER, "invalid sender");
    tx->sender_known = true;
    return true;
}

void tx_set_sender(struct tx *tx, const struct address *sender)
{
    tx->sender = *sender;
    tx->sender_known = true;
}

/* EIP-155's v passes 64 bits with the largest chain ids. */
static struct u256 legacy_v(const struct tx *tx, const struct signature *signature)
{
    struct u256 v = u256_of_u64(tx->chain_id);
    struct u256 base = u256_of_u64(35 + (uint64_t)signature->y_parity);
    bool fits;

    if (!tx->protected)
        return u256_of_u64(27 + (uint64_t)signature->y_parity);
    fits = u256_mul_u64(&v, &v, 2) && u256_add(&v, &v, &base);
    assert(fits); /* at most 2 · 2^64 + 36 */
    return v;
}

static void put_signed(struct buffer *out, const struct tx *tx, const struct signature *signature)
{
    struct u256 v = tx->type == TX_LEGACY ? legacy_v(tx, signature)
                                          : u256_of_u64((uint64_t)signature->y_parity);
    struct u256 r = u256_get_be(signature->r);
    struct u256 s = u256_get_be(signature->s);
    size_t mark = envelope_begin(out, tx);

    put_fields(out, tx);
    rlp_put_u256(out, &v);
    rlp_put_u256(out, &r);
    rlp_put_u256(out, &s);
    rlp_list_end(out, mark);
}

bool tx_sign(struct buffer *out, const struct tx *fields, const struct secret *secret,
             struct error *err)
{
    struct signature signature;
    struct hash digest;

    tx_signing_hash(&digest, fields);
    if (!secret_sign(&signature, secret, &digest))
        return error_set(err, ERROR_KEY, "secret key out of range");
    put_signed(out, fields, &signature);
    return true;
}
