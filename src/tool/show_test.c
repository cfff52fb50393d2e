#include "tool_test.h"

#define HASH "0x00000000000000000000000000000000000000000000000000000000000000ff"
#define OTHER "0x00000000000000000000000000000000000000000000000000000000000000aa"
#define ROOT "0x0000000000000000000000000000000000000000000000000000000000000077"

#define TX_OF(hash, place)                                                                         \
    "{\"hash\":\"" hash "\",\"type\":\"0x2\",\"nonce\":\"0x5\","                                   \
    "\"from\":\"0x19e7e376e7c213b7e7e7e46cc70a5dd086daff2a\","                                     \
    "\"to\":\"0x1563915e194d8cfba1943570603f7606a3115508\",\"value\":\"0x14d1120d7b160000\","      \
    "\"input\":\"0x6869\"," place "}"
#define PENDING "\"blockHash\":null,\"blockNumber\":null,\"transactionIndex\":null"
#define IN_BLOCK(number)                                                                           \
    "\"blockHash\":\"" OTHER "\",\"blockNumber\":\"" number "\",\"transactionIndex\":\"0x1\","     \
    "\"blockTimestamp\":\"0x65e06ec0\""
#define RECEIPT_OF(hash, status)                                                                   \
    "{\"transactionHash\":\"" hash "\",\"blockNumber\":\"0xc\",\"transactionIndex\":\"0x1\","      \
    "\"gasUsed\":\"0x5208\",\"effectiveGasPrice\":\"0x3b9aca07\",\"status\":\"" status "\"}"
#define BLOCK_OF(number, hash)                                                                     \
    "{\"number\":\"" number "\",\"hash\":" hash ",\"parentHash\":\"" OTHER "\","                   \
    "\"stateRoot\":\"" ROOT                                                                        \
    "\",\"milliTimestamp\":\"0x18df4bc56fa\",\"timestamp\":\"0x65e06ec0\","                        \
    "\"miner\":\"0x1563915e194d8cfba1943570603f7606a3115508\",\"gasUsed\":\"0x5208\","             \
    "\"gasLimit\":\"0x3b9aca00\",\"size\":\"0x2a0\",\"baseFeePerGas\":\"0x7\","                    \
    "\"transactions\":[\"" HASH "\"]}"

/* Question, what the node says, what comes out. */
static const struct {
    const char *says, *words;
    struct exchange script[2];
    enum tool_exit status;
    const char *out, *err; /* out: all of it; err: a part */
} questions[] = {
    {"a balance",
     "balance " BOB,
     {{"eth_getBalance", ANSWER("\"0x14d1120d7b160000\""), 0}},
     TOOL_DONE,
     "address        " BOB "\n"
     "balance        1.5 coin (1500000000000000000 wei)\n",
     ""},
    {"a balance of long ago",
     "balance " BOB " --at earliest --json",
     {{"\"earliest\"", ANSWER("\"0x0\""), 0}},
     TOOL_DONE,
     "{\"address\":\"" BOB "\",\"block\":\"earliest\",\"balance\":\"0\"}\n",
     ""},
    {"an address with a typing error is not asked for",
     "balance 0x1563915e194D8CfBA1943570603F7606A3115509",
     {{0}},
     TOOL_USAGE,
     "",
     "cairn: "},
    {"a transaction in a block",
     "tx " HASH,
     {{"eth_getTransactionByHash", ANSWER(TX_OF(HASH, IN_BLOCK("0xc"))), 0},
      {"eth_getTransactionReceipt", ANSWER(RECEIPT_OF(HASH, "0x1")), 0}},
     TOOL_DONE,
     "transaction    " HASH "\n"
     "block          12, place 1 (" OTHER ")\n"
     "time           2024-02-29T11:47:12Z\n"
     "from           " ALICE "\n"
     "to             " BOB "\n"
     "amount         1.5 coin (1500000000000000000 wei)\n"
     "fee            0.000021000000147 coin (21000 gas at 1.000000007 gwei)\n"
     "nonce          5\n"
     "type           2\n"
     "data           0x6869\n",
     ""},
    {"a pending transaction has no receipt to ask for",
     "tx " HASH,
     {{"eth_getTransactionByHash", ANSWER(TX_OF(HASH, PENDING)), 0}},
     TOOL_DONE,
     "transaction    " HASH "\n"
     "block          pending: in no block yet\n"
     "from           " ALICE "\n"
     "to             " BOB "\n"
     "amount         1.5 coin (1500000000000000000 wei)\n"
     "nonce          5\n"
     "type           2\n"
     "data           0x6869\n",
     ""},
    {"a pending transaction as JSON",
     "tx " HASH " --json",
     {{"eth_getTransactionByHash", ANSWER(TX_OF(HASH, PENDING)), 0}},
     TOOL_DONE,
     "{\"transaction\":" TX_OF(HASH, PENDING) ",\"receipt\":null}\n",
     ""},
    {"a transaction that nobody knows",
     "tx " HASH,
     {{"eth_getTransactionByHash", ANSWER("null"), 0}},
     TOOL_REFUSED,
     "",
     "not found"},
    {"no hash", "tx 0x12", {{0}}, TOOL_USAGE, "", "HASH: hex string has length 2, want 64"},
    {"another transaction than asked for",
     "tx " HASH,
     {{"eth_getTransactionByHash", ANSWER(TX_OF(OTHER, PENDING)), 0}},
     TOOL_NODE,
     "",
     "another transaction"},
    {"the receipt of another transaction",
     "tx " HASH,
     {{"eth_getTransactionByHash", ANSWER(TX_OF(HASH, IN_BLOCK("0xc"))), 0},
      {"eth_getTransactionReceipt", ANSWER(RECEIPT_OF(OTHER, "0x1")), 0}},
     TOOL_NODE,
     "",
     "the receipt of another transaction"},
    {"a failed transaction, which this chain has not",
     "tx " HASH,
     {{"eth_getTransactionByHash", ANSWER(TX_OF(HASH, IN_BLOCK("0xc"))), 0},
      {"eth_getTransactionReceipt", ANSWER(RECEIPT_OF(HASH, "0x0")), 0}},
     TOOL_NODE,
     "",
     "status 0"},
    {"transaction and receipt at odds",
     "tx " HASH,
     {{"eth_getTransactionByHash", ANSWER(TX_OF(HASH, IN_BLOCK("0xd"))), 0},
      {"eth_getTransactionReceipt", ANSWER(RECEIPT_OF(HASH, "0x1")), 0}},
     TOOL_NODE,
     "",
     "two places"},
    {"a transaction that is a text",
     "tx " HASH,
     {{"eth_getTransactionByHash", ANSWER("\"0x\""), 0},
      {"eth_getTransactionReceipt", ANSWER("null"), 0}},
     TOOL_NODE,
     "",
     "hash is not a text"},
    {"the newest block",
     "block",
     {{"\"eth_getBlockByNumber\",\"params\":[\"latest\",false]",
       ANSWER(BLOCK_OF("0xc", "\"" HASH "\"")), 0}},
     TOOL_DONE,
     "block          12\n"
     "hash           " HASH "\n"
     "parent         " OTHER "\n"
     "time           2024-02-29T12:00:00.250Z\n"
     "proposer       " BOB "\n"
     "transactions   1\n"
     "gas            21000 of 1000000000\n"
     "base fee       0.000000007 gwei\n"
     "size           672 bytes\n"
     "state root     " ROOT "\n",
     ""},
    {"a block by number, as JSON",
     "block 12 --json",
     {{"[\"0xc\",false]", ANSWER(BLOCK_OF("0xc", "\"" HASH "\"")), 0}},
     TOOL_DONE,
     BLOCK_OF("0xc", "\"" HASH "\"") "\n",
     ""},
    {"a block by hash",
     "block " HASH " --json",
     {{"\"eth_getBlockByHash\",\"params\":[\"" HASH "\",false]",
       ANSWER(BLOCK_OF("0xc", "\"" HASH "\"")), 0}},
     TOOL_DONE,
     BLOCK_OF("0xc", "\"" HASH "\"") "\n",
     ""},
    {"the pending block has neither hash nor proposer",
     "block pending",
     {{"\"pending\"", ANSWER(BLOCK_OF("0xd", "null")), 0}},
     TOOL_DONE,
     "block          13 (pending: as it would be proposed)\n"
     "parent         " OTHER "\n"
     "time           2024-02-29T12:00:00.250Z\n"
     "transactions   1\n"
     "gas            21000 of 1000000000\n"
     "base fee       0.000000007 gwei\n"
     "size           672 bytes\n"
     "state root     " ROOT "\n",
     ""},
    {"a block above the head",
     "block 99",
     {{"eth_getBlockByNumber", ANSWER("null"), 0}},
     TOOL_REFUSED,
     "",
     "block 99 not found"},
    {"another block than asked for by number",
     "block 13",
     {{"eth_getBlockByNumber", ANSWER(BLOCK_OF("0xc", "\"" HASH "\"")), 0}},
     TOOL_NODE,
     "",
     "another block"},
    {"another block than asked for by hash",
     "block " OTHER,
     {{"eth_getBlockByHash", ANSWER(BLOCK_OF("0xc", "\"" HASH "\"")), 0}},
     TOOL_NODE,
     "",
     "another block"},
    {"a block that is a list",
     "block",
     {{"eth_getBlockByNumber", ANSWER("[]"), 0}},
     TOOL_NODE,
     "",
     "number is not a quantity"},
    {"parameters are JSON, or else texts",
     "rpc some_method latest 0x1 12 true null [1,\"a\"] {\"x\":{}} \"12\" -1 [1",
     {{"\"method\":\"some_method\",\"params\":[\"latest\",\"0x1\",12,true,null,[1,\"a\"],"
       "{\"x\":{}},\"12\",-1,\"[1\"]",
       ANSWER("{\"a\":[1,null]}"), 0}},
     TOOL_DONE,
     "{\n  \"a\": [\n    1,\n    null\n  ]\n}\n",
     ""},
    {"a result on one line",
     "rpc some_method --json",
     {{"\"params\":[]", ANSWER("{\"a\": [1, null]}"), 0}},
     TOOL_DONE,
     "{\"a\":[1,null]}\n",
     ""},
    {"a text with its quotes",
     "rpc eth_chainId",
     {{"eth_chainId", ANSWER("\"0x7a69\""), 0}},
     TOOL_DONE,
     "\"0x7a69\"\n",
     ""},
    {"a text without them",
     "rpc eth_chainId --raw",
     {{"eth_chainId", ANSWER("\"0x7a69\""), 0}},
     TOOL_DONE,
     "0x7a69\n",
     ""},
    {"null is a result", "rpc x", {{"\"x\"", ANSWER("null"), 0}}, TOOL_DONE, "null\n", ""},
    {"a text can't steer the terminal",
     "rpc x",
     {{"\"x\"", ANSWER("\"\\u001b[2J\\u009b\""), 0}},
     TOOL_DONE,
     "\"\\u001B[2J\\u009B\"\n",
     ""},
};

START_TEST(question_is_answered)
{
    size_t count = 0;
    struct run run;

    while (count < COUNT(questions[_i].script) && questions[_i].script[count].wants)
        count++;
    run = run_cairn(questions[_i].script, count, questions[_i].words);
    ck_assert_msg(run.status == questions[_i].status && strcmp(run.out, questions[_i].out) == 0 &&
                      strstr(run.err, questions[_i].err),
                  "%s: exit %d\n%s%s", questions[_i].says, (int)run.status, run.out, run.err);
    run_free(&run);
}
END_TEST

Suite *show_suite(void);
Suite *show_suite(void)
{
    Suite *suite = suite_create("show");
    TCase *t = tcase_create("show");

    tcase_add_loop_test(t, question_is_answered, 0, COUNT(questions));
    suite_add_tcase(suite, t);
    return suite;
}
