#include "crypto_test.h"

#include <cairn/keyfile.h>

enum { KEY_SIZE_MAX = 64 };

static const struct {
    const char *says, *password, *salt;
    uint32_t rounds;
    const char *key; /* NULL: refused, with `error` */
    enum error_code error;
} pbkdf2[] = {
    {"one round, an empty password, more than one block", "", "cairn", 1,
     "ac98bc17d7714be3d10eb216ce362136b970e257aec7a243aaf9a594af8d31ee"
     "bc0c38117b912b6176d9beac17be5bd2",
     ERROR_NONE},
    {"an empty salt", "pass", "", 77,
     "01258803f9b4b4aa7ce5e41dcae961fbc752d735f061a00fb547f672050a3885", ERROR_NONE},
    {"no rounds", "pass", "salt", 0, NULL, ERROR_KEYFILE},
    {"a round over the bound", "pass", "salt", KEYFILE_PBKDF2_ROUNDS_MAX + 1, NULL, ERROR_LIMIT},
    {"a number that libcrypto would see as negative", "pass", "salt", UINT32_MAX, NULL,
     ERROR_LIMIT},
};

START_TEST(kdf_pbkdf2)
{
    size_t size = pbkdf2[_i].key ? strlen(pbkdf2[_i].key) / 2 : 32;
    uint8_t want[KEY_SIZE_MAX];
    uint8_t got[KEY_SIZE_MAX];
    struct error err = {0};
    bool ok = kdf_pbkdf2_sha256(got, size, bytes_of_text(pbkdf2[_i].password),
                                bytes_of_text(pbkdf2[_i].salt), pbkdf2[_i].rounds, &err);

    ck_assert_msg(err.code == pbkdf2[_i].error, "%s: %s", pbkdf2[_i].says, err.text);
    ck_assert(ok == (pbkdf2[_i].key != NULL));
    if (ok) {
        bytes_from_hex(want, size, pbkdf2[_i].key);
        ck_assert_mem_eq(got, want, size);
    }
}
END_TEST

static const struct {
    const char *says, *password, *salt;
    uint64_t n;
    uint32_t r, p;
    const char *key; /* NULL: refused, with `error` */
    enum error_code error;
} scrypt[] = {
    {"small, an empty password, more than 32 bytes", "", "cairn", 16, 1, 1,
     "1ad893e1cf7d11504e4a79feb89035c1245bcaf75b7bca8f8d67974f61c953e6"
     "1cdadcdae7a22d800d809adad465a9ea",
     ERROR_NONE},
    {"p over 1, an empty salt", "pass", "", 1024, 8, 3,
     "28b409829decea0c8aa78b65c5e47f073592861c18445a7a8e9b8bfaa615bc53", ERROR_NONE},
    {"n = 0", "", "", 0, 8, 1, NULL, ERROR_KEYFILE},
    {"n = 1", "", "", 1, 8, 1, NULL, ERROR_KEYFILE},
    {"n no power of two", "", "", 1000, 8, 1, NULL, ERROR_KEYFILE},
    {"r = 0", "", "", 1024, 0, 1, NULL, ERROR_KEYFILE},
    {"p = 0", "", "", 1024, 8, 0, NULL, ERROR_KEYFILE},
    {"memory over the bound", "", "", 1024 * 1024, 8, 1, NULL, ERROR_LIMIT},
    {"a product that wraps", "", "", UINT64_C(1) << 63, 64, 1, NULL, ERROR_LIMIT},
    {"r over the bound", "", "", 2, KEYFILE_SCRYPT_R_MAX + 1, 1, NULL, ERROR_LIMIT},
    {"p over the bound", "", "", 2, 1, KEYFILE_SCRYPT_P_MAX + 1, NULL, ERROR_LIMIT},
    {"both as large as their type", "", "", 2, UINT32_MAX, UINT32_MAX, NULL, ERROR_LIMIT},
    {"n too large for r = 1 in RFC 7914", "", "", 65536, 1, 1, NULL, ERROR_KEYFILE},
};

START_TEST(kdf_scrypt_rows)
{
    size_t size = scrypt[_i].key ? strlen(scrypt[_i].key) / 2 : 32;
    uint8_t want[KEY_SIZE_MAX];
    uint8_t got[KEY_SIZE_MAX];
    struct error err = {0};
    bool ok =
        kdf_scrypt(got, size, bytes_of_text(scrypt[_i].password), bytes_of_text(scrypt[_i].salt),
                   scrypt[_i].n, scrypt[_i].r, scrypt[_i].p, &err);

    ck_assert_msg(err.code == scrypt[_i].error, "%s: %s", scrypt[_i].says, err.text);
    ck_assert(ok == (scrypt[_i].key != NULL));
    if (ok) {
        bytes_from_hex(want, size, scrypt[_i].key);
        ck_assert_mem_eq(got, want, size);
    }
}
END_TEST

/* The largest of each bound passes libcrypto's own limit: r = 64 and p = 16 with the least n, and
 * the largest n that r = 1 may have. */
START_TEST(kdf_scrypt_at_bounds)
{
    uint8_t key[32];
    struct error err = {0};

    ck_assert_msg(kdf_scrypt(key, sizeof key, bytes_of_text("a"), bytes_of_text("b"), 2,
                             KEYFILE_SCRYPT_R_MAX, KEYFILE_SCRYPT_P_MAX, &err),
                  "%s", err.text);
    ck_assert_msg(
        kdf_scrypt(key, sizeof key, bytes_of_text("a"), bytes_of_text("b"), 32768, 1, 1, &err),
        "%s", err.text);
}
END_TEST

/* The counter is all 16 bytes: from all ones it goes on at zero. */
START_TEST(cipher_counter_wraps)
{
    static const uint8_t key[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    uint8_t iv[16];
    uint8_t text[40];
    uint8_t want[40];
    uint8_t got[40];
    struct error err = {0};

    memset(iv, 0xff, sizeof iv);
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (uint8_t)i;
    bytes_from_hex(
        want, sizeof want,
        "3c451d31ca0284246cdea892025db51cd6b02924939a4d9577569b79bdd5c666536731b6b1e59239");
    ck_assert(aes128_ctr(got, bytes_of(text, sizeof text), key, iv, &err));
    ck_assert_mem_eq(got, want, sizeof want);
    ck_assert(aes128_ctr(got, bytes_of(want, sizeof want), key, iv, &err));
    ck_assert_mem_eq(got, text, sizeof text);
    ck_assert(aes128_ctr(got, bytes_of(NULL, 0), key, iv, &err));
    ck_assert_mem_eq(got, text, sizeof text);
}
END_TEST

Suite *kdf_suite(void)
{
    Suite *suite = suite_create("kdf");
    TCase *t = tcase_create("kdf");

    tcase_add_loop_test(t, kdf_pbkdf2, 0, COUNT(pbkdf2));
    tcase_add_loop_test(t, kdf_scrypt_rows, 0, COUNT(scrypt));
    tcase_add_test(t, kdf_scrypt_at_bounds);
    tcase_add_test(t, cipher_counter_wraps);
    suite_add_tcase(suite, t);
    return suite;
}
