/* What the test files of this room share. */
#ifndef CAIRN_LEDGER_TEST_H
#define CAIRN_LEDGER_TEST_H
#include "test/unit.h"

#include <cairn/genesis.h>
#include <cairn/hex.h>
#include <cairn/tx.h>

/* Appends the bytes of a test's own hex. */
static inline void test_hex_put(struct buffer *out, const char *hex)
{
    struct error err = {0};

    ck_assert_msg(hex_parse_data(out, bytes_of_text(hex), SIZE_MAX, &err), "%s: %s", hex, err.text);
}

static inline void test_hash_is(const struct hash *hash, const char *want, const char *says)
{
    char text[HEX_HASH_TEXT];

    hex_format_hash(text, hash);
    ck_assert_msg(strcmp(text, want) == 0, "%s: %s, want %s", says, text, want);
}

/* A plain transfer of 1 wei on chain 7 that every rule takes. */
static inline struct tx test_transfer(enum tx_type type)
{
    return (struct tx){
        .type = type,
        .has_to = true,
        .protected = true,
        .chain_id = 7,
        .gas_limit = TX_GAS,
        .fee_max_per_gas = u256_of_u64(1000),
        .tip_max_per_gas = u256_of_u64(type == TX_FEE_MARKET ? 10 : 1000),
        .value = u256_of_u64(1),
        .to = {.byte = {0x0a, 0x0b}},
    };
}

/* Signed by a development account; the sender recovered where the signature can be good. */
static inline struct tx *test_sign(const struct tx *fields, size_t account)
{
    struct buffer bytes = {0};
    struct error err = {0};
    struct tx *tx;

    ck_assert(tx_sign(&bytes, fields, genesis_dev_secret(account), &err));
    tx = tx_decode(buffer_bytes(&bytes), &err);
    ck_assert_msg(tx != NULL, "%s", err.text);
    ck_assert_msg(tx_recover(tx, &err), "%s", err.text);
    buffer_release(&bytes);
    return tx;
}

#endif
