#include "test/unit.h"

#include <cairn/error.h>

#include <errno.h>

Suite *error_suite(void);

START_TEST(set_and_wrap)
{
    struct error err = {0};

    ck_assert(!error_set(&err, ERROR_TX_FUNDS, "have %d want %d", 3, 5));
    ck_assert(!error_wrap(&err, "transaction %d", 3));
    ck_assert(!error_wrap(&err, "block %d", 17));
    ck_assert_str_eq(err.text, "block 17: transaction 3: have 3 want 5");
    ck_assert_int_eq(err.code, ERROR_TX_FUNDS);
}
END_TEST

START_TEST(system_words)
{
    struct error err = {0};

    ck_assert(!error_system(&err, ENOENT, "cannot open %s", "genesis.json"));
    ck_assert_str_eq(err.text, "cannot open genesis.json: No such file or directory");
    ck_assert_int_eq(err.code, ERROR_IO);
}
END_TEST

START_TEST(arguments_from_the_present_text)
{
    struct error err = {0};

    error_set(&err, ERROR_RLP_SHORT, "nonce: length beyond the input at byte 3");
    error_set(&err, ERROR_TX_ENCODING, "invalid transaction encoding: %s", err.text);
    ck_assert_str_eq(err.text,
                     "invalid transaction encoding: nonce: length beyond the input at byte 3");
    error_wrap(&err, "%s", err.text + 30);
    ck_assert_str_eq(err.text, "nonce: length beyond the input at byte 3: invalid transaction "
                               "encoding: nonce: length beyond the input at byte 3");
}
END_TEST

START_TEST(cut_at_the_bound)
{
    struct error err = {0};

    error_set(&err, ERROR_IO, "%600s", "end");
    ck_assert_uint_eq(strlen(err.text), ERROR_TEXT_MAX - 1);
    for (int i = 0; i < 300; i++)
        error_wrap(&err, "block %d", i);
    ck_assert_uint_eq(strlen(err.text), ERROR_TEXT_MAX - 1);
    ck_assert_mem_eq(err.text, "block 299: block 298: ", 22);
    ck_assert_int_eq(err.code, ERROR_IO);
}
END_TEST

/* Texts go into JSON, where half a character makes the whole answer unreadable. */
START_TEST(never_cut_inside_a_character)
{
    for (int blanks = ERROR_TEXT_MAX - 8; blanks < ERROR_TEXT_MAX; blanks++) {
        struct error err = {0};
        size_t size;

        error_set(&err, ERROR_IO, "%*s%s", blanks, "", "\xe2\x82\xac\xe2\x82\xac");
        size = strlen(err.text);
        ck_assert_uint_lt(size, ERROR_TEXT_MAX);
        ck_assert_uint_gt(size, ERROR_TEXT_MAX - 4);
        ck_assert_uint_eq((size - (size_t)blanks) % 3, 0);
    }
}
END_TEST

START_TEST(table)
{
    enum error_code code = (enum error_code)_i;

    ck_assert_uint_gt(strlen(error_name(code)), 0);
    for (int other = 0; other < _i; other++)
        ck_assert_str_ne(error_name(code), error_name((enum error_code)other));
    ck_assert_int_ne(error_rpc_code(code), 0);
}
END_TEST

START_TEST(what_wallets_are_told)
{
    ck_assert_int_eq(error_rpc_code(ERROR_TX_FUNDS), -32000);
    ck_assert_int_eq(error_rpc_code(ERROR_HEX), -32602);
    ck_assert_int_eq(error_rpc_code(ERROR_STORE_DAMAGED), -32603); /* details only in the log */
    ck_assert_str_eq(error_name(ERROR_RLP_SHORT), "rlp-short");
}
END_TEST

Suite *error_suite(void)
{
    Suite *suite = suite_create("error");
    TCase *t = tcase_create("error");

    tcase_add_test(t, set_and_wrap);
    tcase_add_test(t, system_words);
    tcase_add_test(t, arguments_from_the_present_text);
    tcase_add_test(t, cut_at_the_bound);
    tcase_add_test(t, never_cut_inside_a_character);
    tcase_add_loop_test(t, table, 0, ERROR_COUNT);
    tcase_add_test(t, what_wallets_are_told);
    suite_add_tcase(suite, t);
    return suite;
}
