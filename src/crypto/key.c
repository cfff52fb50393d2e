#include <cairn/keccak.h>
#include <cairn/key.h>

#include <secp256k1.h>
#include <secp256k1_recovery.h>

/* libsecp256k1 ends the process when an argument breaks its contract, so every value that comes
 * from outside is checked here before it is handed over. Its static context does everything but
 * work with a secret's multiple of the generator; signing_context is made for that. */

enum { POINT_SIZE = 65, POINT_COMPRESSED_SIZE = 33 };

static const uint8_t order[32] = {
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe,
    0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48, 0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41,
};

/* (n - 1) / 2: the largest low s (EIP-2). */
static const uint8_t order_half[32] = {
    0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0x5d, 0x57, 0x6e, 0x73, 0x57, 0xa4, 0x50, 0x1d, 0xdf, 0xe9, 0x2f, 0x46, 0x68, 0x1b, 0x20, 0xa0,
};

static bool is_zero(const uint8_t number[32])
{
    static const uint8_t zero[32];

    return memcmp(number, zero, sizeof zero) == 0;
}

static secp256k1_context *signing_context(void)
{
    secp256k1_context *context = secp256k1_context_create(SECP256K1_CONTEXT_NONE);

    assert(context); /* the library itself ends the process without memory */
    return context;
}

/* The point of a key of ours; false: not on the curve. */
static bool point_of_key(secp256k1_pubkey *out, const struct public_key *key)
{
    uint8_t text[POINT_SIZE];

    text[0] = SECP256K1_TAG_PUBKEY_UNCOMPRESSED;
    memcpy(text + 1, key->byte, sizeof key->byte);
    return secp256k1_ec_pubkey_parse(secp256k1_context_static, out, text, sizeof text) == 1;
}

static void key_of_point(struct public_key *out, const secp256k1_pubkey *point)
{
    uint8_t text[POINT_SIZE];
    size_t size = sizeof text;

    (void)secp256k1_ec_pubkey_serialize(secp256k1_context_static, text, &size, point,
                                        SECP256K1_EC_UNCOMPRESSED);
    assert(size == sizeof text);
    memcpy(out->byte, text + 1, sizeof out->byte);
}

bool secret_check(const struct secret *secret)
{
    return secp256k1_ec_seckey_verify(secp256k1_context_static, secret->byte) == 1;
}

bool secret_public_key(struct public_key *out, const struct secret *secret)
{
    secp256k1_context *context = NULL;
    secp256k1_pubkey point;
    bool ok = false;

    if (!secret_check(secret))
        return false;
    context = signing_context();
    ok = secp256k1_ec_pubkey_create(context, &point, secret->byte) == 1;
    assert(ok);
    key_of_point(out, &point);
    secp256k1_context_destroy(context);
    return true;
}

bool secret_address(struct address *out, const struct secret *secret)
{
    struct public_key key;

    if (!secret_public_key(&key, secret))
        return false;
    public_key_address(out, &key);
    return true;
}

bool secret_sign(struct signature *out, const struct secret *secret, const struct hash *digest)
{
    secp256k1_context *context = NULL;
    secp256k1_ecdsa_recoverable_signature signed_digest;
    uint8_t r_s[64];
    int recovery_id = 0;
    bool ok = false;

    if (!secret_check(secret))
        return false;
    context = signing_context();
    ok = secp256k1_ecdsa_sign_recoverable(context, &signed_digest, digest->byte, secret->byte, NULL,
                                          NULL) == 1; /* RFC 6979, low s */
    assert(ok);
    (void)secp256k1_ecdsa_recoverable_signature_serialize_compact(context, r_s, &recovery_id,
                                                                  &signed_digest);
    assert(recovery_id <= 1); /* else the nonce's x ≥ n: one signature in 2^128 */
    memcpy(out->r, r_s, sizeof out->r);
    memcpy(out->s, r_s + sizeof out->r, sizeof out->s);
    out->y_parity = (uint8_t)recovery_id;
    secp256k1_context_destroy(context);
    return true;
}

bool signature_check(const struct signature *signature)
{
    return !is_zero(signature->r) && memcmp(signature->r, order, sizeof order) < 0 &&
           !is_zero(signature->s) && memcmp(signature->s, order_half, sizeof order_half) <= 0;
}

static void r_s_of_signature(uint8_t out[64], const struct signature *signature)
{
    memcpy(out, signature->r, sizeof signature->r);
    memcpy(out + sizeof signature->r, signature->s, sizeof signature->s);
}

bool signature_recover(struct public_key *out, const struct signature *signature,
                       const struct hash *digest)
{
    secp256k1_ecdsa_recoverable_signature parsed;
    secp256k1_pubkey point;
    uint8_t r_s[64];

    if (signature->y_parity > 1 || !signature_check(signature))
        return false;
    r_s_of_signature(r_s, signature);
    if (!secp256k1_ecdsa_recoverable_signature_parse_compact(secp256k1_context_static, &parsed, r_s,
                                                             signature->y_parity) ||
        !secp256k1_ecdsa_recover(secp256k1_context_static, &point, &parsed, digest->byte))
        return false;
    key_of_point(out, &point);
    return true;
}

bool signature_recover_address(struct address *out, const struct signature *signature,
                               const struct hash *digest)
{
    struct public_key key;

    if (!signature_recover(&key, signature, digest))
        return false;
    public_key_address(out, &key);
    return true;
}

bool signature_verify(const struct signature *signature, const struct hash *digest,
                      const struct public_key *key)
{
    secp256k1_ecdsa_signature parsed;
    secp256k1_pubkey point;
    uint8_t r_s[64];

    if (!signature_check(signature) || !point_of_key(&point, key))
        return false;
    r_s_of_signature(r_s, signature);
    return secp256k1_ecdsa_signature_parse_compact(secp256k1_context_static, &parsed, r_s) == 1 &&
           secp256k1_ecdsa_verify(secp256k1_context_static, &parsed, digest->byte, &point) == 1;
}

void signature_put(uint8_t out[SIGNATURE_SIZE], const struct signature *signature)
{
    r_s_of_signature(out, signature);
    out[64] = signature->y_parity;
}

bool signature_get(struct signature *out, struct bytes in)
{
    if (in.size != SIGNATURE_SIZE || in.at[64] > 1)
        return false;
    memcpy(out->r, in.at, sizeof out->r);
    memcpy(out->s, in.at + sizeof out->r, sizeof out->s);
    out->y_parity = in.at[64];
    return true;
}

/* The library also takes the hybrid tags 06 and 07, which would give one key two spellings more. */
bool public_key_parse(struct public_key *out, struct bytes in)
{
    secp256k1_pubkey point;
    bool compressed = in.size == POINT_COMPRESSED_SIZE && (in.at[0] == SECP256K1_TAG_PUBKEY_EVEN ||
                                                           in.at[0] == SECP256K1_TAG_PUBKEY_ODD);
    bool whole = in.size == POINT_SIZE && in.at[0] == SECP256K1_TAG_PUBKEY_UNCOMPRESSED;

    if ((!compressed && !whole) ||
        !secp256k1_ec_pubkey_parse(secp256k1_context_static, &point, in.at, in.size))
        return false;
    key_of_point(out, &point);
    return true;
}

void public_key_compress(uint8_t out[33], const struct public_key *key)
{
    bool odd = (key->byte[63] & 1) != 0;

    out[0] = odd ? SECP256K1_TAG_PUBKEY_ODD : SECP256K1_TAG_PUBKEY_EVEN;
    memcpy(out + 1, key->byte, 32);
}

void public_key_address(struct address *out, const struct public_key *key)
{
    struct hash hash;

    keccak256(&hash, bytes_of(key->byte, sizeof key->byte));
    memcpy(out->byte, hash.byte + HASH_SIZE - ADDRESS_SIZE, ADDRESS_SIZE);
}
