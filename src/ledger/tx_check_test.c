#include "ledger_test.h"

#include <inttypes.h>

static const struct tx_rules rules = {.chain_id = 7, .gas_limit = 100000};

/* A transfer that holds against everything: fee cap 1000, tip 10, gas 21,000, value 1, nonce 5. */
static struct tx good_fields(void)
{
    struct tx fields = test_transfer(TX_FEE_MARKET);

    fields.nonce = 5;
    return fields;
}

static struct account good_sender(void)
{
    return (struct account){.nonce = 5, .balance = u256_of_u64(21000001), .exists = true};
}

enum change { CHANGE_UNPROTECTED, CHANGE_CREATION, CHANGE_R, CHANGE_S };

static const struct {
    const char *says;
    enum change change;
    enum error_code code;
    const char *text;
} shapes[] = {
    {"v 27 or 28", CHANGE_UNPROTECTED, ERROR_TX_UNPROTECTED,
     "only replay-protected (EIP-155) transactions allowed over RPC"},
    {"no recipient", CHANGE_CREATION, ERROR_TX_CREATION,
     "contract creation not supported: this chain has no contracts, set the recipient"},
    {"r out of range", CHANGE_R, ERROR_TX_SIGNATURE, "invalid transaction v, r, s values"},
    {"high s", CHANGE_S, ERROR_TX_SIGNATURE, "invalid transaction v, r, s values"},
};

/* All later rows are broken too: the earliest one names the error. */
START_TEST(shape_in_its_order)
{
    struct tx fields = good_fields();
    struct tx *tx = test_sign(&fields, 0);
    struct error err = {0};

    ck_assert_msg(tx_check_shape(tx, &err), "%s", err.text);
    for (size_t i = (size_t)_i; i < COUNT(shapes); i++) {
        switch (shapes[i].change) {
        case CHANGE_UNPROTECTED:
            tx->protected = false;
            break;
        case CHANGE_CREATION:
            tx->has_to = false;
            break;
        case CHANGE_R:
            memset(tx->signature.r, 0, sizeof(tx->signature.r));
            break;
        case CHANGE_S:
            tx->signature.s[0] |= 0x80;
            break;
        }
    }
    ck_assert_msg(!tx_check_shape(tx, &err), "%s", shapes[_i].says);
    ck_assert_int_eq(err.code, shapes[_i].code);
    ck_assert_str_eq(err.text, shapes[_i].text);
    tx_drop(tx);
}
END_TEST

#define MAX_U64 "18446744073709551615"

/* One rule at a time, at its edge and over it. 0 in a column leaves what good_fields() has. */
static const struct {
    const char *says;
    uint64_t chain_id, gas, tip;
    const char *text; /* NULL: taken */
    enum error_code code;
} rule_rows[] = {
    {.says = "as it is"},
    {.says = "another chain",
     .chain_id = 1,
     .text = "invalid chain id for signer: have 1 want 7",
     .code = ERROR_TX_CHAIN},
    {.says = "one gas short",
     .gas = 20999,
     .text = "intrinsic gas too low: gas 20999, minimum needed 21000",
     .code = ERROR_TX_GAS_LOW},
    {.says = "more gas than it needs", .gas = 21001},
    {.says = "all of a block's gas", .gas = 100000},
    {.says = "one more",
     .gas = 100001,
     .text = "exceeds block gas limit (gas limit reached): gas 100001, limit 100000",
     .code = ERROR_TX_GAS_HIGH},
    {.says = "all gas there is",
     .gas = UINT64_MAX,
     .text = "exceeds block gas limit (gas limit reached): gas " MAX_U64 ", limit 100000",
     .code = ERROR_TX_GAS_HIGH},
    {.says = "the tip may be the cap", .tip = 1000},
    {.says = "not more",
     .tip = 1001,
     .text = "max priority fee per gas higher than max fee per gas: maxPriorityFeePerGas 1001, "
             "maxFeePerGas 1000",
     .code = ERROR_TX_TIP},
};

START_TEST(rules_without_an_account)
{
    struct tx fields = good_fields();
    struct error err = {0};
    struct tx *tx;

    fields.chain_id = rule_rows[_i].chain_id ? rule_rows[_i].chain_id : fields.chain_id;
    fields.gas_limit = rule_rows[_i].gas ? rule_rows[_i].gas : fields.gas_limit;
    if (rule_rows[_i].tip)
        fields.tip_max_per_gas = u256_of_u64(rule_rows[_i].tip);
    tx = test_sign(&fields, 0);
    ck_assert_msg(tx_check_rules(tx, &rules, &err) == (rule_rows[_i].text == NULL), "%s: %s",
                  rule_rows[_i].says, err.text);
    ck_assert_int_eq(err.code, rule_rows[_i].code);
    ck_assert_str_eq(err.text, rule_rows[_i].text ? rule_rows[_i].text : "");
    tx_drop(tx);
}
END_TEST

START_TEST(intrinsic_gas_counts_memo_and_access_list)
{
    static const uint8_t list[] = {0xd7, 0xd6, 0x94, 1,  2,  3,  4,  5,  6,  7,  8,  9,
                                   10,   11,   12,   13, 14, 15, 16, 17, 18, 19, 20, 0xc0};
    struct tx fields = good_fields();
    struct error err = {0};
    struct tx *tx;

    fields.memo = bytes_of("\0m", 2);
    fields.access_list = bytes_of(list, sizeof(list));
    fields.gas_limit = 21000 + 4 + 16 + 2400;
    tx = test_sign(&fields, 0);
    ck_assert_msg(tx_check_rules(tx, &rules, &err), "%s", err.text);
    tx_drop(tx);
    fields.gas_limit--;
    tx = test_sign(&fields, 0);
    ck_assert(!tx_check_rules(tx, &rules, &err));
    ck_assert_str_eq(err.text, "intrinsic gas too low: gas 23419, minimum needed 23420");
    tx_drop(tx);
}
END_TEST

START_TEST(base_fee_at_the_cap)
{
    struct tx fields = good_fields();
    struct tx *tx = test_sign(&fields, 0);
    struct u256 at = u256_of_u64(1000);
    struct u256 above = u256_of_u64(1001);
    struct error err = {0};

    ck_assert(tx_check_fee(tx, &at, &err));
    ck_assert(!tx_check_fee(tx, &above, &err));
    ck_assert_int_eq(err.code, ERROR_TX_FEE);
    ck_assert_str_eq(err.text,
                     "max fee per gas less than block base fee: maxFeePerGas 1000, baseFee 1001");
    tx_drop(tx);
}
END_TEST

START_TEST(the_last_nonce_is_never_used)
{
    struct account sender = {.nonce = UINT64_MAX - 1, .balance = u256_of_u64(21000001)};
    struct u256 base_fee = u256_of_u64(1);
    struct tx fields = good_fields();
    struct error err = {0};
    struct tx *tx;

    fields.nonce = UINT64_MAX - 1;
    tx = test_sign(&fields, 0);
    ck_assert_msg(tx_check_rules(tx, &rules, &err), "%s", err.text);
    ck_assert_msg(tx_check_account(tx, &rules, &base_fee, &sender, &err), "%s", err.text);
    tx_drop(tx);
    fields.nonce = sender.nonce = UINT64_MAX;
    tx = test_sign(&fields, 0);
    ck_assert(!tx_check_rules(tx, &rules, &err));
    ck_assert_int_eq(err.code, ERROR_TX_NONCE_MAX);
    ck_assert_str_eq(err.text, "nonce has max value");
    err = (struct error){0};
    ck_assert(!tx_check_account(tx, &rules, &base_fee, &sender, &err));
    ck_assert_str_eq(err.text, "nonce has max value");
    tx_drop(tx);
}
END_TEST

START_TEST(nothing_is_sent_to_the_system_address)
{
    struct tx fields = good_fields();
    struct account sender = good_sender();
    struct u256 base_fee = u256_of_u64(1);
    struct error err = {0};
    char text[HEX_ADDRESS_TEXT];
    struct tx *tx;

    ck_assert_str_eq(hex_format_address(text, &tx_system_address),
                     "0x000000000000000000000000000000000000ca12");
    fields.to = tx_system_address;
    tx = test_sign(&fields, 0);
    ck_assert(!tx_check_rules(tx, &rules, &err));
    ck_assert_int_eq(err.code, ERROR_TX_COUNCIL);
    ck_assert_msg(strncmp(err.text, "invalid council vote: ", 22) == 0, "%s", err.text);
    err = (struct error){0};
    ck_assert(!tx_check_account(tx, &rules, &base_fee, &sender, &err));
    ck_assert_int_eq(err.code, ERROR_TX_COUNCIL);
    tx_drop(tx);
    fields.to.byte[19] ^= 1; /* its neighbour is an address like any other */
    tx = test_sign(&fields, 0);
    ck_assert(tx_check_account(tx, &rules, &base_fee, &sender, &err));
    tx_drop(tx);
}
END_TEST

static const struct {
    const char *says;
    uint64_t nonce, balance;
    enum error_code code;
    const char *text;
} accounts[] = {
    {"just covered", 5, 21000001, ERROR_NONE, ""},
    {"one wei short", 5, 21000000, ERROR_TX_FUNDS,
     "insufficient funds for gas * price + value: address "
     "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266 have 21000000 want 21000001"},
    {"nothing there", 5, 0, ERROR_TX_FUNDS,
     "insufficient funds for gas * price + value: address "
     "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266 have 0 want 21000001"},
    {"used already", 6, 21000001, ERROR_TX_NONCE_LOW, "nonce too low: next nonce 6, tx nonce 5"},
    {"a gap", 4, 21000001, ERROR_TX_NONCE_GAP, "nonce out of sequence: next nonce 4, tx nonce 5"},
    {"the nonce comes before the balance", 6, 0, ERROR_TX_NONCE_LOW,
     "nonce too low: next nonce 6, tx nonce 5"},
};

START_TEST(against_an_account)
{
    struct account sender = {.nonce = accounts[_i].nonce,
                             .balance = u256_of_u64(accounts[_i].balance)};
    struct u256 base_fee = u256_of_u64(1);
    struct tx fields = good_fields();
    struct tx *tx = test_sign(&fields, 0);
    struct error err = {0};

    ck_assert(tx_check_account(tx, &rules, &base_fee, &sender, &err) ==
              (accounts[_i].code == ERROR_NONE));
    ck_assert_msg(err.code == accounts[_i].code, "%s: %s", accounts[_i].says, err.text);
    ck_assert_str_eq(err.text, accounts[_i].text);
    tx_drop(tx);
}
END_TEST

/* 2^256 - 1 in all is a sum like others; one more is covered by no balance. */
START_TEST(a_cost_over_256_bits)
{
    static const struct u256 max = {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};
    struct account sender = {.nonce = 5, .balance = {{UINT64_MAX, UINT64_MAX}}};
    struct u256 base_fee = u256_of_u64(1);
    struct u256 gas_cost = u256_of_u64(21000000);
    struct tx fields = good_fields();
    struct error err = {0};
    struct u256 cost;
    struct tx *tx;

    ck_assert(u256_sub(&fields.value, &max, &gas_cost));
    ck_assert(tx_cost_max(&cost, &fields) && u256_equal(&cost, &max));
    fields.value.limb[0]++;
    ck_assert(!tx_cost_max(&cost, &fields));
    tx = test_sign(&fields, 0);
    ck_assert(!tx_check_account(tx, &rules, &base_fee, &sender, &err));
    ck_assert_int_eq(err.code, ERROR_TX_FUNDS);
    ck_assert_str_eq(err.text, "insufficient funds for gas * price + value: address "
                               "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266 have "
                               "340282366920938463463374607431768211455 want more than 2^256-1");
    tx_drop(tx);
    fields = good_fields();
    fields.fee_max_per_gas = max;
    ck_assert(!tx_cost_max(&cost, &fields));
}
END_TEST

/* Everything is wrong at first; each line mends what was named, and the next is named. */
START_TEST(ledger_rules_in_their_order)
{
    static const enum error_code want[] = {ERROR_TX_CHAIN,     ERROR_TX_GAS_LOW, ERROR_TX_GAS_HIGH,
                                           ERROR_TX_TIP,       ERROR_TX_FEE,     ERROR_TX_NONCE_LOW,
                                           ERROR_TX_NONCE_GAP, ERROR_TX_FUNDS,   ERROR_TX_COUNCIL};
    struct account sender = {.nonce = 6};
    struct u256 base_fee = u256_of_u64(2000);
    struct tx fields = good_fields();
    enum error_code order[COUNT(want) + 1];
    size_t count = 0;

    fields.to = tx_system_address;
    fields.chain_id = 1;
    fields.gas_limit = 20000;
    fields.tip_max_per_gas = u256_of_u64(5000);
    while (count < COUNT(order)) {
        struct tx *tx = test_sign(&fields, 0);
        struct error err = {0};
        bool good = tx_check_account(tx, &rules, &base_fee, &sender, &err);

        tx_drop(tx);
        if (good)
            break;
        order[count++] = err.code;
        if (err.code == ERROR_TX_CHAIN)
            fields.chain_id = 7;
        else if (err.code == ERROR_TX_GAS_LOW)
            fields.gas_limit = 200000;
        else if (err.code == ERROR_TX_GAS_HIGH)
            fields.gas_limit = 21000;
        else if (err.code == ERROR_TX_TIP)
            fields.tip_max_per_gas = u256_of_u64(1);
        else if (err.code == ERROR_TX_FEE)
            base_fee = u256_of_u64(1000);
        else if (err.code == ERROR_TX_NONCE_LOW)
            sender.nonce = 4;
        else if (err.code == ERROR_TX_NONCE_GAP)
            sender.nonce = 5;
        else if (err.code == ERROR_TX_FUNDS)
            sender.balance = u256_of_u64(21000001);
        else if (err.code == ERROR_TX_COUNCIL)
            fields.to.byte[0] = 1;
    }
    ck_assert_uint_eq(count, COUNT(want));
    for (size_t i = 0; i < count; i++)
        ck_assert_msg(order[i] == want[i], "%zu: %s, want %s", i, error_name(order[i]),
                      error_name(want[i]));
}
END_TEST

/* What ethers and viem look for may stand in no other message (json-rpc.md). */
START_TEST(the_word_for_a_gap_is_no_word_of_wallets)
{
    struct account sender = {.nonce = 4};
    struct u256 base_fee = u256_of_u64(1);
    struct tx fields = good_fields();
    struct tx *tx = test_sign(&fields, 0);
    struct error err = {0};

    ck_assert(!tx_check_account(tx, &rules, &base_fee, &sender, &err));
    ck_assert_ptr_eq(strstr(err.text, "too low"), NULL);
    ck_assert_ptr_eq(strstr(err.text, "too high"), NULL);
    ck_assert_ptr_eq(strstr(err.text, "revert"), NULL);
    tx_drop(tx);
}
END_TEST

static const struct {
    const char *says;
    uint64_t cap, tip, base_fee, tip_paid, price;
} prices[] = {
    {"the tip on top of the base fee", 1000, 10, 100, 10, 110},
    {"the cap cuts the tip", 105, 10, 100, 5, 105},
    {"the cap is the base fee", 100, 10, 100, 0, 100},
    {"no base fee", 1000, 10, 0, 10, 10},
    {"legacy: all above the base fee is tip", 1000, 1000, 100, 900, 1000},
    {"a cap below the base fee pays no tip", 99, 10, 100, 0, 99},
    {"no tip", 1000, 0, 100, 0, 100},
};

START_TEST(price_and_tip)
{
    struct tx tx = good_fields();
    struct u256 base_fee = u256_of_u64(prices[_i].base_fee);
    struct u256 got;

    tx.fee_max_per_gas = u256_of_u64(prices[_i].cap);
    tx.tip_max_per_gas = u256_of_u64(prices[_i].tip);
    got = tx_tip(&tx, &base_fee);
    ck_assert_msg(u256_to_u64(&got) == prices[_i].tip_paid, "%s", prices[_i].says);
    got = tx_price(&tx, &base_fee);
    ck_assert_msg(u256_to_u64(&got) == prices[_i].price, "%s", prices[_i].says);
}
END_TEST

START_TEST(a_tip_of_256_bits_is_cut_by_the_cap)
{
    static const struct u256 max = {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};
    struct u256 base_fee = u256_of_u64(1);
    struct tx tx = good_fields();
    struct u256 price;

    tx.fee_max_per_gas = tx.tip_max_per_gas = max;
    price = tx_price(&tx, &base_fee);
    ck_assert(u256_equal(&price, &max));
}
END_TEST

Suite *tx_check_suite(void);
Suite *tx_check_suite(void)
{
    Suite *suite = suite_create("tx_check");
    TCase *t = tcase_create("tx_check");

    tcase_add_loop_test(t, shape_in_its_order, 0, COUNT(shapes));
    tcase_add_loop_test(t, rules_without_an_account, 0, COUNT(rule_rows));
    tcase_add_test(t, intrinsic_gas_counts_memo_and_access_list);
    tcase_add_test(t, base_fee_at_the_cap);
    tcase_add_test(t, the_last_nonce_is_never_used);
    tcase_add_test(t, nothing_is_sent_to_the_system_address);
    tcase_add_loop_test(t, against_an_account, 0, COUNT(accounts));
    tcase_add_test(t, a_cost_over_256_bits);
    tcase_add_test(t, ledger_rules_in_their_order);
    tcase_add_test(t, the_word_for_a_gap_is_no_word_of_wallets);
    tcase_add_loop_test(t, price_and_tip, 0, COUNT(prices));
    tcase_add_test(t, a_tip_of_256_bits_is_cut_by_the_cap);
    suite_add_tcase(suite, t);
    return suite;
}
