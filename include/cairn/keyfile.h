/* Key files: Web3 Secret Storage version 3 (scrypt or PBKDF2-HMAC-SHA256, AES-128-CTR, MAC by
 * Keccak-256), what geth, cast and MetaMask write. KDFs and cipher by libcrypto. Errors:
 * ERROR_KEYFILE, ERROR_PASSWORD (the MAC differs), ERROR_LIMIT (KDF parameters over the bounds
 * below). Slow on purpose; any thread. */
#ifndef CAIRN_KEYFILE_H
#define CAIRN_KEYFILE_H
#include <cairn/error.h>
#include <cairn/key.h>

enum {
    KEYFILE_SIZE_MAX = 64 * 1024,
    KEYFILE_SCRYPT_N = 262144, /* what geth writes: 256 MiB, about a second */
    KEYFILE_SCRYPT_N_LIGHT = 4096,
    KEYFILE_SCRYPT_MEMORY_MAX =
        512 * 1024 * 1024,     /* n · r · 128; libcrypto's own limit is 32 MiB */
    KEYFILE_SCRYPT_R_MAX = 64, /* real files: 1 to 8 */
    KEYFILE_SCRYPT_P_MAX = 16,
    KEYFILE_PBKDF2_ROUNDS_MAX = 10 * 1000 * 1000,
};

/* What makes one file unlike another: drawn by the caller, since these floors draw no randomness.
 */
struct keyfile_random {
    uint8_t salt[32];
    uint8_t iv[16];
    uint8_t uuid[16];
};

/* Appends the JSON text. `n`: scrypt's cost, a power of two. */
bool keyfile_encode(struct buffer *out, const struct secret *secret, struct bytes password,
                    uint64_t n, const struct keyfile_random *random, struct error *err) MUST_CHECK;
bool keyfile_decode(struct secret *out, struct bytes json, struct bytes password,
                    struct error *err) MUST_CHECK;
/* The address a file names, without its password. ERROR_KEYFILE where it names none (it may). */
bool keyfile_address(struct address *out, struct bytes json, struct error *err) MUST_CHECK;

/* The KDFs and the cipher, for vectors. */
bool kdf_scrypt(uint8_t *out, size_t size, struct bytes password, struct bytes salt, uint64_t n,
                uint32_t r, uint32_t p, struct error *err) MUST_CHECK;
bool kdf_pbkdf2_sha256(uint8_t *out, size_t size, struct bytes password, struct bytes salt,
                       uint32_t rounds, struct error *err) MUST_CHECK;
bool aes128_ctr(uint8_t *out, struct bytes in, const uint8_t key[16], const uint8_t iv[16],
                struct error *err) MUST_CHECK;

#endif
