#include "tool_test.h"

#include <unistd.h>

#define NEW "genesis new g.json --chain-id 7 --timestamp 1709208000 "

START_TEST(genesis_goes_round)
{
    struct run made;
    struct run checked;
    struct run hash;

    made = run_cairn(NULL, 0,
                     NEW "--validator " ALICE ":3 --validator " BOB " --alloc " BOB
                         "=1.5coin --alloc " ALICE "=20gwei --block-time 250 --min-base-fee 7 "
                         "--base-fee 2gwei --gas-limit 30000000 --extra hello");
    ck_assert_msg(made.status == TOOL_DONE, "%s", made.err);
    ck_assert_uint_eq(place_mode("g.json") & 0600, 0600);
    checked = run_cairn(NULL, 0, "genesis check g.json");
    ck_assert_int_eq(checked.status, TOOL_DONE);
    ck_assert_str_eq(made.out, checked.out);
    ck_assert_ptr_nonnull(strstr(checked.out,
                                 "chain id       7\n"
                                 "time           2024-02-29T12:00:00.000Z\n"
                                 "validators     " BOB " power 1\n"
                                 "               " ALICE " power 3\n"
                                 "accounts       2\n"
                                 "supply         1.50000002 coin "
                                 "(1500000020000000000 wei)\n"
                                 "block time     250 ms, with empty blocks\n"
                                 "gas limit      30000000\n"
                                 "base fee       2 gwei, at least 0.000000007 gwei\n"));
    hash = run_cairn(NULL, 0, "genesis hash g.json");
    ck_assert_int_eq(hash.status, TOOL_DONE);
    ck_assert_uint_eq(strlen(hash.out), 67);
    ck_assert_ptr_nonnull(strstr(checked.out, hash.out));
    run_free(&made);
    run_free(&checked);
    run_free(&hash);
}
END_TEST

START_TEST(genesis_as_json)
{
    struct run run;

    run = run_cairn(NULL, 0, NEW "--validator " ALICE " --fees none --block-time 0 --json");
    ck_assert_int_eq(run.status, TOOL_DONE);
    ck_assert_ptr_nonnull(strstr(
        run.out, "\",\"chainId\":\"7\",\"time\":\"2024-02-29T12:00:00.000Z\",\"validators\":["
                 "{\"address\":\"" ALICE "\",\"power\":1}],\"accounts\":\"0\",\"supply\":\"0\""
                 ",\"blockTimeMs\":\"0\",\"emptyBlocks\":false,\"gasLimit\":\"1000000000\","
                 "\"baseFeePerGas\":\"0\",\"feesNone\":true}\n"));
    run_free(&run);
    check_run("genesis hash g.json --json", TOOL_DONE, "{\"hash\":\"0x", NULL);
}
END_TEST

START_TEST(genesis_makes_a_validator)
{
    struct run key;
    char address[43];

    place_put("pw", "secret");
    check_run(NEW "--make-validator v/validator.key --light --password-file pw", TOOL_DONE, NULL,
              "v/validator.key (its record validator.state beside it)");
    ck_assert_uint_eq(place_mode("v/validator.key"), 0600);
    ck_assert_uint_eq(place_mode("v/validator.state"), 0600);
    key = run_cairn(NULL, 0, "key address v/validator.key --password-file pw");
    ck_assert_int_eq(key.status, TOOL_DONE);
    snprintf(address, sizeof address, "%.42s", key.out);
    check_run("genesis check g.json", TOOL_DONE, address, NULL);
    run_free(&key);
}
END_TEST

static const struct {
    const char *words, *err;
    enum tool_exit status;
} wrong[] = {
    {NEW, "no validator; give --validator", TOOL_USAGE},
    {NEW "--validator 0x12", "--validator 0x12: ", TOOL_USAGE},
    {NEW "--validator " ALICE ":0", "a power is from 1 to 1000", TOOL_USAGE},
    {NEW "--validator " ALICE ":1001", "a power is from 1 to 1000", TOOL_USAGE},
    {NEW "--validator " ALICE ":", "is not a number", TOOL_USAGE},
    {NEW "--validator " ALICE " --validator " ALICE, "g.json:", TOOL_USAGE},
    {NEW "--validator " ALICE " --alloc " BOB, "write ADDRESS=AMOUNT", TOOL_USAGE},
    {NEW "--validator " ALICE " --alloc " BOB "=x", "is not an amount", TOOL_USAGE},
    {NEW "--validator " ALICE " --alloc " BOB "=1 --alloc " BOB "=2", "twice", TOOL_USAGE},
    {NEW "--validator " ALICE " --fees some", "--fees takes none", TOOL_USAGE},
    {NEW "--validator " ALICE " --fees none --base-fee 1", "no place for a base fee", TOOL_USAGE},
    {NEW "--validator " ALICE " --min-base-fee 0", "g.json:", TOOL_USAGE},
    {NEW "--validator " ALICE " --block-time 60001", "g.json:", TOOL_USAGE},
    {NEW "--validator " ALICE " --gas-limit 9223372036854775808", "over 2^63 - 1", TOOL_USAGE},
    {NEW "--validator " ALICE " --extra 123456789012345678901234567890123", "g.json:", TOOL_USAGE},
    {"genesis new g.json --chain-id 0 --validator " ALICE, "g.json:", TOOL_USAGE},
    {NEW "--make-validator v/validator.key --password-file absent", "absent", TOOL_FILE},
};

START_TEST(wrong_genesis_is_not_written)
{
    check_run(wrong[_i].words, wrong[_i].status, "", wrong[_i].err);
    ck_assert_int_ne(access("g.json", F_OK), 0);
    ck_assert_int_ne(access("v/validator.state", F_OK), 0);
}
END_TEST

START_TEST(genesis_is_never_replaced)
{
    place_put("g.json", "mine");
    check_run(NEW "--validator " ALICE, TOOL_FILE, "", "g.json exists already");
    check_run("genesis check g.json", TOOL_REFUSED, "", "cairn: g.json");
    check_run("genesis hash absent.json", TOOL_FILE, "", "absent.json");
}
END_TEST

START_TEST(fault_names_file_line_and_key)
{
    place_put("g.json", "{\n  \"config\": {\"chainId\": 7,\n    \"cairn\": {\"validators\": []}},\n"
                        "  \"timestamp\": 0,\n  \"gasLimit\": 30000000\n}\n");
    check_run("genesis check g.json", TOOL_REFUSED, "", "cairn: g.json:3: config.cairn.validators");
}
END_TEST

Suite *genesis_command_suite(void);
Suite *genesis_command_suite(void)
{
    Suite *suite = suite_create("genesis command");
    TCase *t = tcase_create("genesis command");

    tcase_add_checked_fixture(t, place_setup, place_teardown);
    tcase_add_test(t, genesis_goes_round);
    tcase_add_test(t, genesis_as_json);
    tcase_add_test(t, genesis_makes_a_validator);
    tcase_add_loop_test(t, wrong_genesis_is_not_written, 0, COUNT(wrong));
    tcase_add_test(t, genesis_is_never_replaced);
    tcase_add_test(t, fault_names_file_line_and_key);
    suite_add_tcase(suite, t);
    return suite;
}
