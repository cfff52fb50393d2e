#include "tool_test.h"

/* What ethers 6 signs with the key 0x11…11: 1.5 coin to BOB on chain 31337, nonce 5, tip 1 gwei,
 * cap 3 gwei; and a free one with six bytes of data, nonce 7. */
#define RAW                                                                                        \
    "0x02f874827a6905843b9aca0084b2d05e00825208941563915e194d8cfba1943570603f7606a31155088814d1"   \
    "120d7b16000080c080a04454b4b5a776dd8fa44ac0694616dc9ee9acb93516bd758e4449e9740671c8f4a01037"   \
    "c8283a55cf5130bbd9b13bbeeba56973bea94df8afaaf25156221a85abea"
#define HASH "0x59879dddbb3696e904ae636779f526783c1308441ef0520c8306d5f76e3da686"
#define RAW_FREE                                                                                   \
    "0x02f869827a6907808082525c941563915e194d8cfba1943570603f7606a3115508808668656c6c6f00c080a0"   \
    "8b12a218fd173de0bc74b6a24b288ba5ebf19fce193cc265fcc8bc9054cd98329fdef36c1949bbef9a545784cb"   \
    "7719655441a4bbaab98bed4c1f63232202b6d2"
#define HASH_FREE "0xa6603ba2a618c57653a71008a87beeddad537731e042693685f3e38271121103"
#define OTHER "0x00000000000000000000000000000000000000000000000000000000000000aa"

#define SEND "send --from alice.key --password-file pw --to " BOB " --amount 1.5coin"
#define FREE "send --from alice.key --password-file pw --to " BOB " --amount 0"

#define ASK_CHAIN                                                                                  \
    {                                                                                              \
        "\"eth_chainId\",\"params\":[]", ANSWER("\"0x7a69\""), 0                                   \
    }
#define ASK_NONCE                                                                                  \
    {                                                                                              \
        "\"eth_getTransactionCount\",\"params\":[\"0x19e7e376e7c213b7e7e7e46cc70a5dd086daff2a\","  \
        "\"pending\"]",                                                                            \
            ANSWER("\"0x5\""), 0                                                                   \
    }
#define ASK_TIP                                                                                    \
    {                                                                                              \
        "eth_maxPriorityFeePerGas", ANSWER("\"0x3b9aca00\""), 0                                    \
    }
#define ASK_BASE                                                                                   \
    {                                                                                              \
        "[\"latest\",false]", ANSWER("{\"baseFeePerGas\":\"0x3b9aca00\"}"), 0                      \
    }
#define SUBMIT                                                                                     \
    {                                                                                              \
        "\"eth_sendRawTransaction\",\"params\":[\"" RAW "\"]", ANSWER("\"" HASH "\""), 0           \
    }
#define RECEIPT                                                                                    \
    "{\"transactionHash\":\"" HASH "\",\"blockNumber\":\"0xc\",\"transactionIndex\":\"0x0\","      \
    "\"gasUsed\":\"0x5208\",\"effectiveGasPrice\":\"0x77359400\",\"status\":\"0x1\"}"
#define WAIT(ms, answer, takes_ms)                                                                 \
    {                                                                                              \
        "\"cairn_waitForTransaction\",\"params\":[\"" HASH "\",\"" ms "\"]", answer, takes_ms      \
    }

#define REFUSED                                                                                    \
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32000,\"message\":\"nonce too low: next "  \
    "nonce 6, tx nonce 5\"}}"

static const struct {
    const char *says, *words;
    struct exchange script[8];
    enum tool_exit status;
    const char *out, *err; /* out: all of it; err: a part */
} sends[] = {
    {"a transfer, signed as another program signs it",
     SEND,
     {ASK_CHAIN, ASK_NONCE, ASK_TIP, ASK_BASE, SUBMIT},
     TOOL_DONE,
     HASH "\n",
     "To be signed:\n"
     "  from       " ALICE "\n"
     "  to         " BOB "\n"
     "  amount     1.5 coin\n"
     "  max fee    3 gwei a unit of gas (tip 1 gwei), 21000 gas\n"
     "  at most    1.500063 coin in all\n"
     "  nonce      5\n"
     "  chain id   31337\n"},
    {"the same as JSON",
     SEND " --json",
     {ASK_CHAIN, ASK_NONCE, ASK_TIP, ASK_BASE, SUBMIT},
     TOOL_DONE,
     "{\"hash\":\"" HASH "\",\"from\":\"" ALICE "\",\"to\":\"" BOB
     "\",\"value\":\"1500000000000000000\",\"chainId\":\"31337\",\"nonce\":\"5\",\"gas\":\"21000\","
     "\"maxFeePerGas\":\"3000000000\",\"maxPriorityFeePerGas\":\"1000000000\"}\n",
     "To be signed:"},
    {"fees and nonce by hand: the node is not asked for them",
     SEND " --nonce 5 --tip 1gwei --max-fee 3gwei",
     {ASK_CHAIN, SUBMIT},
     TOOL_DONE,
     HASH "\n",
     ""},
    {"a tip by hand",
     SEND " --nonce 5 --tip 1gwei",
     {ASK_CHAIN, ASK_BASE, SUBMIT},
     TOOL_DONE,
     HASH "\n",
     ""},
    {"a cap below the tip that the node proposes lowers the tip",
     SEND " --nonce 5 --max-fee 5wei --max-cost 1coin",
     {ASK_CHAIN, ASK_TIP},
     TOOL_REFUSED,
     "",
     "it could cost 1.500000000000105 coin, over --max-cost"},
    {"a network without fees, and data",
     FREE " --data 0x68656c6c6f00 --nonce 7",
     {ASK_CHAIN,
      {"eth_maxPriorityFeePerGas", ANSWER("\"0x0\""), 0},
      {"eth_getBlockByNumber", ANSWER("{\"baseFeePerGas\":\"0x0\"}"), 0},
      {RAW_FREE, ANSWER("\"" HASH_FREE "\""), 0}},
     TOOL_DONE,
     HASH_FREE "\n",
     "  data       6 bytes\n"},
    {"the most that it may cost is not over what is allowed",
     SEND " --max-cost 1.500063coin",
     {ASK_CHAIN, ASK_NONCE, ASK_TIP, ASK_BASE, SUBMIT},
     TOOL_DONE,
     HASH "\n",
     ""},
    {"a wei over what is allowed is not signed",
     SEND " --max-cost 1.500062999999999999coin",
     {ASK_CHAIN, ASK_NONCE, ASK_TIP, ASK_BASE},
     TOOL_REFUSED,
     "",
     "it could cost 1.500063 coin, over --max-cost; nothing was signed"},
    {"the chain that was meant",
     SEND " --chain-id 31337",
     {ASK_CHAIN, ASK_NONCE, ASK_TIP, ASK_BASE, SUBMIT},
     TOOL_DONE,
     HASH "\n",
     ""},
    {"another chain than was meant",
     SEND " --chain-id 1",
     {ASK_CHAIN},
     TOOL_REFUSED,
     "",
     "the node is of chain 31337, not of 1; nothing was signed"},
    {"chain 0, on which a signature would be good everywhere",
     SEND,
     {{"eth_chainId", ANSWER("\"0x0\""), 0}},
     TOOL_NODE,
     "",
     "chain id 0"},
    {"a nonce that is none",
     SEND,
     {ASK_CHAIN, {"eth_getTransactionCount", ANSWER("\"0x10000000000000000\""), 0}},
     TOOL_NODE,
     "",
     "over 64 bits"},
    {"fees that no account could pay",
     SEND,
     {ASK_CHAIN,
      ASK_NONCE,
      ASK_TIP,
      {"eth_getBlockByNumber",
       ANSWER("{\"baseFeePerGas\":"
              "\"0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\"}"),
       0}},
     TOOL_NODE,
     "",
     "fees over 2^256 - 1 wei"},
    {"no newest block",
     SEND,
     {ASK_CHAIN, ASK_NONCE, ASK_TIP, {"eth_getBlockByNumber", ANSWER("null"), 0}},
     TOOL_NODE,
     "",
     "baseFeePerGas is not a quantity"},
    {"a refusal is told in the node's words",
     SEND,
     {ASK_CHAIN, ASK_NONCE, ASK_TIP, ASK_BASE, {"eth_sendRawTransaction", REFUSED, 0}},
     TOOL_REFUSED,
     "",
     "cairn: eth_sendRawTransaction: the node refused: nonce too low: next nonce 6, tx nonce 5"},
    {"a lost answer is not a lost transaction",
     SEND,
     {ASK_CHAIN, ASK_NONCE, ASK_TIP, ASK_BASE, {"eth_sendRawTransaction", NULL, 0}},
     TOOL_NODE,
     "",
     "transaction " HASH " may have been sent all the same"},
    {"the hash of another transaction",
     SEND,
     {ASK_CHAIN,
      ASK_NONCE,
      ASK_TIP,
      ASK_BASE,
      {"eth_sendRawTransaction", ANSWER("\"" OTHER "\""), 0}},
     TOOL_NODE,
     "",
     "not the hash of the transaction that was sent"},
    {"waiting for the block",
     SEND " --nonce 5 --tip 1gwei --max-fee 3gwei --wait",
     {ASK_CHAIN, SUBMIT, WAIT("0xea60", ANSWER(RECEIPT), 900)},
     TOOL_DONE,
     HASH "\n"
          "block          12, place 0\n"
          "fee            0.000042 coin (21000 gas at 2 gwei)\n",
     ""},
    {"waiting, as JSON",
     SEND " --nonce 5 --tip 1gwei --max-fee 3gwei --wait=5 --json",
     {ASK_CHAIN, SUBMIT, WAIT("0x1388", ANSWER(RECEIPT), 900)},
     TOOL_DONE,
     "{\"hash\":\"" HASH "\",\"from\":\"" ALICE "\",\"to\":\"" BOB
     "\",\"value\":\"1500000000000000000\",\"chainId\":\"31337\",\"nonce\":\"5\",\"gas\":\"21000\","
     "\"maxFeePerGas\":\"3000000000\",\"maxPriorityFeePerGas\":\"1000000000\"}\n"
     "{\"receipt\":" RECEIPT "}\n",
     ""},
    {"waiting longer than one call may last",
     SEND " --nonce 5 --tip 1gwei --max-fee 3gwei --wait=100",
     {ASK_CHAIN, SUBMIT, WAIT("0xea60", ANSWER("null"), 60010),
      WAIT("0x9c36", ANSWER(RECEIPT), 10)},
     TOOL_DONE,
     HASH "\n"
          "block          12, place 0\n"
          "fee            0.000042 coin (21000 gas at 2 gwei)\n",
     ""},
    {"waiting in vain",
     SEND " --nonce 5 --tip 1gwei --max-fee 3gwei --wait=100",
     {ASK_CHAIN, SUBMIT, WAIT("0xea60", ANSWER("null"), 60000),
      WAIT("0x9c40", ANSWER("null"), 40000)},
     TOOL_LATE,
     HASH "\n",
     "transaction " HASH " was sent (look again with: cairn tx): not decided within 100 s"},
    {"a node that does not wait is not asked without end",
     SEND " --nonce 5 --tip 1gwei --max-fee 3gwei --wait=100",
     {ASK_CHAIN, SUBMIT, WAIT("0xea60", ANSWER("null"), 5)},
     TOOL_NODE,
     HASH "\n",
     "before the time to wait was over"},
    {"the receipt of another transaction",
     SEND " --nonce 5 --tip 1gwei --max-fee 3gwei --wait=0",
     {ASK_CHAIN, SUBMIT, WAIT("0x0", ANSWER("{\"transactionHash\":\"" OTHER "\"}"), 0)},
     TOOL_NODE,
     HASH "\n",
     "transaction " HASH " was sent"},
};

START_TEST(transfer_is_sent)
{
    size_t count = 0;
    struct run run;

    while (count < COUNT(sends[_i].script) && sends[_i].script[count].wants)
        count++;
    place_import_alice();
    run = run_cairn(sends[_i].script, count, sends[_i].words);
    ck_assert_msg(run.status == sends[_i].status && strcmp(run.out, sends[_i].out) == 0 &&
                      strstr(run.err, sends[_i].err),
                  "%s: exit %d\n%s%s", sends[_i].says, (int)run.status, run.out, run.err);
    run_free(&run);
}
END_TEST

/* What the command line itself shows to be wrong: the node is not asked. */
static const struct {
    const char *words;
    enum tool_exit status;
    const char *err;
} wrong[] = {
    {"send --from alice.key --to 0x12 --amount 1", TOOL_USAGE, "--to: "},
    {"send --from alice.key --to 0x1563915e194D8CfBA1943570603F7606A3115509 --amount 1", TOOL_USAGE,
     "--to: "},
    {"send --from alice.key --to " BOB " --amount 1.5", TOOL_USAGE, "--amount: \"1.5\" has 1"},
    {"send --from alice.key --to " BOB " --amount 1 --data 0x0", TOOL_USAGE, "--data: "},
    {"send --from nobody --to " BOB " --amount 1", TOOL_KEY, "--from: \"nobody\" is no address"},
    {"send --from " BOB " --to " BOB " --amount 1", TOOL_KEY, "--from: no key of that address"},
    {SEND " --wait=x", TOOL_USAGE, "--wait: \"x\" is not a number"},
    {SEND " --wait=86401", TOOL_USAGE, "--wait: at most 86400"},
    {SEND " --chain-id x", TOOL_USAGE, "--chain-id: "},
};

START_TEST(wrong_transfer_is_not_begun)
{
    place_import_alice();
    check_run(wrong[_i].words, wrong[_i].status, "", wrong[_i].err);
}
END_TEST

START_TEST(tip_above_cap_is_wrong)
{
    const struct exchange script[] = {ASK_CHAIN, ASK_NONCE};
    struct run run;

    place_import_alice();
    run = run_cairn(script, COUNT(script), SEND " --tip 2gwei --max-fee 1gwei");
    ck_assert_int_eq(run.status, TOOL_USAGE);
    ck_assert_ptr_nonnull(strstr(run.err, "--tip is above --max-fee"));
    run_free(&run);
}
END_TEST

/* Announced, but the key stays shut: nothing is sent. */
START_TEST(wrong_password_sends_nothing)
{
    const struct exchange script[] = {ASK_CHAIN, ASK_NONCE, ASK_TIP, ASK_BASE};
    struct run run;

    place_import_alice();
    place_put("other", "wrong");
    run = run_cairn(script, COUNT(script),
                    "send --from alice.key --password-file other --to " BOB " --amount 1.5coin");
    ck_assert_int_eq(run.status, TOOL_KEY);
    ck_assert_ptr_nonnull(strstr(run.err, "cairn: alice.key: "));
    ck_assert_str_eq(run.out, "");
    run_free(&run);
}
END_TEST

START_TEST(sender_by_address)
{
    const struct exchange script[] = {ASK_CHAIN, ASK_NONCE, ASK_TIP, ASK_BASE, SUBMIT};
    struct run run;

    place_import_alice();
    run = run_cairn(script, COUNT(script),
                    "send --key-dir . --from " ALICE " --password-file pw --to " BOB
                    " --amount 1.5coin");
    ck_assert_msg(run.status == TOOL_DONE, "%s", run.err);
    ck_assert_str_eq(run.out, HASH "\n");
    run_free(&run);
}
END_TEST

Suite *send_suite(void);
Suite *send_suite(void)
{
    Suite *suite = suite_create("send");
    TCase *t = tcase_create("send");

    tcase_add_checked_fixture(t, place_setup, place_teardown);
    tcase_add_loop_test(t, transfer_is_sent, 0, COUNT(sends));
    tcase_add_loop_test(t, wrong_transfer_is_not_begun, 0, COUNT(wrong));
    tcase_add_test(t, tip_above_cap_is_wrong);
    tcase_add_test(t, wrong_password_sends_nothing);
    tcase_add_test(t, sender_by_address);
    suite_add_tcase(suite, t);
    return suite;
}
