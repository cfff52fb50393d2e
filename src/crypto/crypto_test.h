/* What this room's tests share. */
#ifndef CAIRN_CRYPTO_TEST_H
#define CAIRN_CRYPTO_TEST_H
#include "test/unit.h"

#include <cairn/hex.h>

/* Bytes from hex digits without 0x; the test fails where they are not `size` bytes. */
static inline void bytes_from_hex(uint8_t *out, size_t size, const char *digits)
{
    struct error err = {0};

    ck_assert_msg(hex_parse_plain(out, size, bytes_of_text(digits), &err), "%s: %s", digits,
                  err.text);
}

Suite *keccak_suite(void);
Suite *key_suite(void);
Suite *signature_suite(void);
Suite *address_suite(void);
Suite *kdf_suite(void);
Suite *keyfile_suite(void);

#endif
