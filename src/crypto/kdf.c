/* libcrypto behind the contracts of keyfile.h: parameters are bounded before it is asked, its
 * error queue is turned into text and left empty. */
#include <cairn/keyfile.h>

#include <inttypes.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/evp.h>

static bool crypto_failed(struct error *err, const char *what)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());

    ERR_clear_error();
    return error_set(err, ERROR_KEYFILE, "%s: %s", what, reason ? reason : "refused by libcrypto");
}

static bool scrypt_check(uint64_t n, uint32_t r, uint32_t p, struct error *err)
{
    if (n < 2 || (n & (n - 1)) != 0)
        return error_set(err, ERROR_KEYFILE, "scrypt: n is %" PRIu64 ", not a power of two over 1",
                         n);
    if (r == 0 || p == 0)
        return error_set(err, ERROR_KEYFILE, "scrypt: r and p must be at least 1");
    if (r > KEYFILE_SCRYPT_R_MAX)
        return error_set(err, ERROR_LIMIT, "scrypt: r is %" PRIu32 ", at most %d is taken", r,
                         KEYFILE_SCRYPT_R_MAX);
    if (p > KEYFILE_SCRYPT_P_MAX)
        return error_set(err, ERROR_LIMIT, "scrypt: p is %" PRIu32 ", at most %d is taken", p,
                         KEYFILE_SCRYPT_P_MAX);
    if (n > KEYFILE_SCRYPT_MEMORY_MAX / 128 / r)
        return error_set(err, ERROR_LIMIT,
                         "scrypt: n %" PRIu64 " with r %" PRIu32 " takes more than %d MiB", n, r,
                         KEYFILE_SCRYPT_MEMORY_MAX / (1024 * 1024));
    if (r < 4 && n >= UINT64_C(1) << (16 * r))
        return error_set(
            err, ERROR_KEYFILE,
            "scrypt: n %" PRIu64 " with r %" PRIu32 " is outside RFC 7914 (n < 2^(16 r))", n, r);
    return true;
}

bool kdf_scrypt(uint8_t *out, size_t size, struct bytes password, struct bytes salt, uint64_t n,
                uint32_t r, uint32_t p, struct error *err)
{
    uint64_t memory_max;

    if (!scrypt_check(n, r, p, err))
        return false;
    /* What libcrypto counts: n blocks of 128 r bytes, p more, and two to work in. */
    memory_max = (n + p + 2) * 128 * r;
    if (EVP_PBE_scrypt((const char *)password.at, password.size, salt.at, salt.size, n, r, p,
                       memory_max, out, size) != 1)
        return crypto_failed(err, "scrypt");
    return true;
}

bool kdf_pbkdf2_sha256(uint8_t *out, size_t size, struct bytes password, struct bytes salt,
                       uint32_t rounds, struct error *err)
{
    if (rounds == 0)
        return error_set(err, ERROR_KEYFILE, "pbkdf2: c must be at least 1");
    if (rounds > KEYFILE_PBKDF2_ROUNDS_MAX)
        return error_set(err, ERROR_LIMIT, "pbkdf2: c is %" PRIu32 ", at most %d is taken", rounds,
                         KEYFILE_PBKDF2_ROUNDS_MAX);
    if (password.size > INT_MAX || salt.size > INT_MAX || size > INT_MAX)
        return error_set(err, ERROR_LIMIT, "pbkdf2: over 2 GiB of input or output");
    if (PKCS5_PBKDF2_HMAC((const char *)password.at, (int)password.size, salt.at, (int)salt.size,
                          (int)rounds, EVP_sha256(), (int)size, out) != 1)
        return crypto_failed(err, "pbkdf2");
    return true;
}

bool aes128_ctr(uint8_t *out, struct bytes in, const uint8_t key[16], const uint8_t iv[16],
                struct error *err)
{
    EVP_CIPHER_CTX *context = NULL;
    int size = 0;
    bool ok = false;

    if (in.size > INT_MAX)
        return error_set(err, ERROR_LIMIT, "aes-128-ctr: over 2 GiB of input");
    context = EVP_CIPHER_CTX_new();
    ok = context && EVP_EncryptInit_ex2(context, EVP_aes_128_ctr(), key, iv, NULL) == 1 &&
         (in.size == 0 || EVP_EncryptUpdate(context, out, &size, in.at, (int)in.size) == 1);
    EVP_CIPHER_CTX_free(context);
    if (!ok)
        return crypto_failed(err, "aes-128-ctr");
    assert((size_t)size == in.size);
    return true;
}
