/* secp256k1: addresses, signatures, public keys. */
#include "checks.h"

#include <cairn/key.h>

/* n, the order of the group. */
static const uint8_t order[32] = {
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe,
    0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48, 0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41,
};

/* The other signature of the same message by the same key: s becomes n - s. */
static struct signature mirrored(const struct signature *signature)
{
    struct signature other = *signature;
    struct u256 n = u256_get_be(order), s = u256_get_be(signature->s);

    if (u256_sub(&s, &n, &s))
        u256_put_be(other.s, &s);
    other.y_parity ^= 1;
    return other;
}

static void public_key_check(struct checks *c, json_t *json, const struct public_key *key)
{
    uint8_t compressed[33];
    struct public_key again;

    public_key_compress(compressed, key);
    check_data_at(c, json, "publicKey", bytes_of(compressed, sizeof compressed));
    check_true(c,
               public_key_parse(&again, bytes_of(compressed, sizeof compressed)) &&
                   memcmp(again.byte, key->byte, sizeof again.byte) == 0,
               "publicKey: another one is parsed from it");
}

/* ---- addresses.json ---- */

static void address_text_check(struct checks *c, json_t *json, const struct address *address)
{
    struct error err = {0};
    struct address parsed;
    char text[ADDRESS_TEXT];
    const char *want;

    if (!get_text(c, json, "checksum", &want))
        return;
    check_text(c, "checksum", address_format(text, address), want);
    check_true(c, address_parse(&parsed, bytes_of_text(want), &err), "checksum is refused: %s",
               err.text);
    check_bytes(c, "checksum parsed", bytes_of_address(&parsed), bytes_of_address(address));
}

static void address_case(struct checks *c, json_t *json)
{
    struct address address, derived;
    struct public_key key;
    struct secret secret;

    if (!get_fixed(c, json, "address", address.byte, sizeof address.byte))
        return;
    address_text_check(c, json, &address);
    if (!has(json, "privateKey"))
        return;
    if (!get_fixed(c, json, "privateKey", secret.byte, sizeof secret.byte))
        return;
    check_true(c, secret_public_key(&key, &secret) && secret_address(&derived, &secret),
               "privateKey is refused");
    if (c->failing)
        return;
    public_key_check(c, json, &key);
    check_address_at(c, json, "address", &derived);
    public_key_address(&derived, &key);
    check_address_at(c, json, "address", &derived);
}

static void address_invalid(struct checks *c, json_t *json)
{
    struct error err = {0};
    struct address address;
    const char *text;

    if (get_text(c, json, "address", &text))
        check_true(c, !address_parse(&address, bytes_of_text(text), &err), "taken");
}

void check_addresses(struct checks *c, json_t *root)
{
    checks_each(c, root, "cases", address_case);
    if (has(root, "invalid"))
        checks_each(c, root, "invalid", address_invalid);
}

/* ---- pubkey_parse.json ---- */

static void pubkey_parse_case(struct checks *c, json_t *json)
{
    struct buffer text = {0};
    struct public_key key;
    uint8_t form[65] = {4};
    bool valid;

    if (get_bool(c, json, "valid", &valid) && get_data(c, json, "publicKey", &text)) {
        bool taken = public_key_parse(&key, buffer_bytes(&text));

        check_true(c, taken == valid, "%s", valid ? "refused" : "taken");
        if (taken && valid) {
            memcpy(form + 1, key.byte, sizeof key.byte);
            check_data_at(c, json, "uncompressed", bytes_of(form, 65));
            public_key_compress(form, &key);
            check_data_at(c, json, "compressed", bytes_of(form, 33));
        }
    }
    buffer_release(&text);
}

void check_pubkey_parse(struct checks *c, json_t *root)
{
    checks_each(c, root, "cases", pubkey_parse_case);
}

/* ---- ecdsa_sign.json ---- */

static void ecdsa_sign_case(struct checks *c, json_t *json)
{
    struct signature signature;
    struct public_key key;
    struct address address;
    struct secret secret;
    struct hash digest;
    uint64_t id;

    if (!get_fixed(c, json, "privateKey", secret.byte, sizeof secret.byte) ||
        !get_fixed(c, json, "msgHash", digest.byte, HASH_SIZE) ||
        !get_integer(c, json, "recoveryId", &id))
        return;
    check_true(c, secret_sign(&signature, &secret, &digest), "privateKey is refused");
    if (c->failing)
        return;
    check_data_at(c, json, "r", bytes_of(signature.r, sizeof signature.r));
    check_data_at(c, json, "s", bytes_of(signature.s, sizeof signature.s));
    check_u64(c, "recoveryId", signature.y_parity, id);
    check_true(c, signature_check(&signature), "the signature is out of range");
    check_true(c, signature_recover(&key, &signature, &digest), "no key recovers");
    if (c->failing)
        return;
    public_key_check(c, json, &key);
    public_key_address(&address, &key);
    check_address_at(c, json, "address", &address);
    check_true(c, signature_verify(&signature, &digest, &key), "it does not verify");
    digest.byte[0] ^= 1;
    check_true(c, !signature_verify(&signature, &digest, &key), "it verifies another digest");
}

void check_ecdsa_sign(struct checks *c, json_t *root)
{
    checks_each(c, root, "cases", ecdsa_sign_case);
}

/* ---- ecdsa_verify.json ---- */

/* Low s alone is taken here; of one with a high s, its mirror shows whether it is valid. */
static void verify_check(struct checks *c, json_t *json, const struct signature *signature,
                         const struct public_key *key, bool valid)
{
    struct signature other = mirrored(signature);
    struct hash digest;
    bool low = true, taken;

    if (!get_fixed(c, json, "msgHash", digest.byte, HASH_SIZE) ||
        (valid && !get_bool(c, json, "lowS", &low)))
        return;
    taken = signature_verify(signature, &digest, key);
    check_true(c, taken == (valid && low), "%s", taken ? "it verifies" : "it does not verify");
    if (!valid || !low)
        check_true(c, signature_verify(&other, &digest, key) == valid, "its low form %s",
                   valid ? "does not verify" : "verifies");
}

static void ecdsa_verify_case(struct checks *c, json_t *json)
{
    struct buffer text = {0}, sig = {0};
    struct signature signature = {0};
    struct public_key key;
    bool valid;

    if (!get_bool(c, json, "valid", &valid) || !get_data(c, json, "publicKey", &text) ||
        !get_data(c, json, "sig", &sig))
        goto out;
    if (!public_key_parse(&key, buffer_bytes(&text))) {
        check_true(c, !valid, "publicKey is refused");
        goto out;
    }
    if (sig.size != sizeof signature.r + sizeof signature.s) {
        check_true(c, !valid, "sig has not 64 bytes");
        check_note(c, "refused for its size before it is a signature of ours");
        goto out;
    }
    memcpy(signature.r, sig.at, sizeof signature.r);
    memcpy(signature.s, sig.at + sizeof signature.r, sizeof signature.s);
    verify_check(c, json, &signature, &key, valid);
out:
    buffer_release(&text);
    buffer_release(&sig);
}

void check_ecdsa_verify(struct checks *c, json_t *root)
{
    checks_each(c, root, "cases", ecdsa_verify_case);
}

/* ---- ecdsa_recover.json ---- */

static void recovered_check(struct checks *c, json_t *json, const struct signature *signature,
                            const struct hash *digest)
{
    struct public_key key;
    struct address address;

    if (!signature_recover(&key, signature, digest)) {
        check_fail(c, "no key recovers");
        return;
    }
    public_key_check(c, json, &key);
    check_true(c, signature_recover_address(&address, signature, digest), "no address recovers");
    if (has(json, "address"))
        check_address_at(c, json, "address", &address);
}

static void ecdsa_recover_case(struct checks *c, json_t *json)
{
    struct signature signature, other;
    struct public_key key;
    struct hash digest;
    uint64_t id;

    if (!get_fixed(c, json, "msgHash", digest.byte, HASH_SIZE) ||
        !get_fixed(c, json, "r", signature.r, sizeof signature.r) ||
        !get_fixed(c, json, "s", signature.s, sizeof signature.s) ||
        !get_integer(c, json, "recoveryId", &id))
        return;
    signature.y_parity = (uint8_t)(id < UINT8_MAX ? id : UINT8_MAX);
    other = mirrored(&signature);
    if (!has(json, "publicKey")) {
        check_true(c, !signature_recover(&key, &signature, &digest), "a key recovers");
        return;
    }
    if (id > 1) {
        check_true(c, !signature_recover(&key, &signature, &digest), "a key recovers");
        check_leave_out(c, "recovery ids 2 and 3, which this ledger refuses");
        return;
    }
    if (signature_check(&signature)) {
        recovered_check(c, json, &signature, &digest);
        return;
    }
    check_true(c, !signature_recover(&key, &signature, &digest), "a key recovers from a high s");
    check_true(c, signature_check(&other), "r or s is out of range");
    recovered_check(c, json, &other, &digest);
}

void check_ecdsa_recover(struct checks *c, json_t *root)
{
    checks_each(c, root, "cases", ecdsa_recover_case);
}
