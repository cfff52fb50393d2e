/* Keys and signatures on secp256k1 (libsecp256k1): recoverable ECDSA, low-s only, RFC 6979 nonces;
 * addresses (last 20 bytes of keccak256 of the uncompressed public key without its 0x04) with the
 * EIP-55 checksum. Pure; any thread. */
#ifndef CAIRN_KEY_H
#define CAIRN_KEY_H
#include <cairn/error.h>

/* A secret key; wiped by who holds it (mem_wipe). */
struct secret {
    uint8_t byte[32]; /* big-endian, 1 to n - 1 */
};

struct public_key {
    uint8_t byte[64]; /* x ‖ y, big-endian */
};

struct signature {
    uint8_t r[32]; /* big-endian */
    uint8_t s[32];
    uint8_t y_parity; /* 0 or 1 */
};

enum { SIGNATURE_SIZE = 65 }; /* r ‖ s ‖ yParity, as consensus.md writes it */

bool secret_check(const struct secret *secret) MUST_CHECK; /* 0 < secret < n */
bool secret_public_key(struct public_key *out, const struct secret *secret) MUST_CHECK;
bool secret_address(struct address *out, const struct secret *secret) MUST_CHECK;
/* False only for a secret that is out of range. */
bool secret_sign(struct signature *out, const struct secret *secret,
                 const struct hash *digest) MUST_CHECK;

/* 1 ≤ r < n and 1 ≤ s ≤ n/2. */
bool signature_check(const struct signature *signature) MUST_CHECK;
/* False: out of range (high s is refused as well), or no key recovers. */
bool signature_recover(struct public_key *out, const struct signature *signature,
                       const struct hash *digest) MUST_CHECK;
bool signature_recover_address(struct address *out, const struct signature *signature,
                               const struct hash *digest) MUST_CHECK;
/* ECDSA verification of r ‖ s; high s is refused. */
bool signature_verify(const struct signature *signature, const struct hash *digest,
                      const struct public_key *key) MUST_CHECK;
void signature_put(uint8_t out[SIGNATURE_SIZE], const struct signature *signature);
bool signature_get(struct signature *out,
                   struct bytes in) MUST_CHECK; /* false: not 65 bytes, or yParity over 1 */

/* SEC 1: 33 bytes (02, 03) or 65 bytes (04); hybrid forms are refused. */
bool public_key_parse(struct public_key *out, struct bytes in) MUST_CHECK;
void public_key_compress(uint8_t out[33], const struct public_key *key);
void public_key_address(struct address *out, const struct public_key *key);

enum { ADDRESS_TEXT = 43 };
const char *address_format(char out[ADDRESS_TEXT], const struct address *address); /* EIP-55 */
/* 0x and 40 digits. Mixed case must be the EIP-55 spelling; all lower and all upper case are taken.
 * ERROR_HEX. */
bool address_parse(struct address *out, struct bytes text, struct error *err) MUST_CHECK;

#endif
