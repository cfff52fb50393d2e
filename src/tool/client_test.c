#include "client.h"
#include "tool_test.h"

#define REFUSAL(error) "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":" error "}"

/* What a stranger at the node's address may send back. */
static const struct {
    const char *says, *answer;
    enum tool_exit status;
    const char *err;
} answers[] = {
    {"nobody there", NULL, TOOL_NODE, "nobody there"},
    {"no JSON", "<html>", TOOL_NODE, "makes no sense"},
    {"nothing", "", TOOL_NODE, "makes no sense"},
    {"two values", ANSWER("\"0x1\"") " 1", TOOL_NODE, "makes no sense"},
    {"a list", "[1]", TOOL_NODE, "no JSON-RPC 2.0"},
    {"an empty object", "{}", TOOL_NODE, "no JSON-RPC 2.0"},
    {"another version", "{\"jsonrpc\":\"1.0\",\"id\":1,\"result\":\"0x1\"}", TOOL_NODE,
     "no JSON-RPC 2.0"},
    {"the answer to another request", "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":\"0x1\"}",
     TOOL_NODE, "id of another request"},
    {"an answer to nobody", "{\"jsonrpc\":\"2.0\",\"id\":null,\"result\":\"0x1\"}", TOOL_NODE,
     "id of another request"},
    {"neither result nor error", "{\"jsonrpc\":\"2.0\",\"id\":1}", TOOL_NODE, "not either"},
    {"both", "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":1,\"error\":{\"code\":1,\"message\":\"\"}}",
     TOOL_NODE, "not either"},
    {"an error that is none", REFUSAL("7"), TOOL_NODE, "without code or message"},
    {"an error without words", REFUSAL("{\"code\":-32000}"), TOOL_NODE, "without code or message"},
    {"a refusal", REFUSAL("{\"code\":-32001,\"message\":\"block not found: 0x7\"}"), TOOL_REFUSED,
     "cairn: eth_getBalance: the node refused: block not found: 0x7 (code -32001)\n"},
    {"a refusal of what was not understood",
     "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32700,\"message\":\"parse error\"}}",
     TOOL_REFUSED, "parse error"},
    {"a refusal that steers terminals",
     REFUSAL("{\"code\":1,\"message\":\"\\u001b[2Jgone\\u009b1m\\u007f\\r\\nnext\"}"), TOOL_REFUSED,
     "refused: ?[2Jgone??1m???next (code 1)\n"},
    {"a quantity as a number", ANSWER("16"), TOOL_NODE, "not a quantity"},
    {"no quantity", ANSWER("null"), TOOL_NODE, "not a quantity"},
    {"a quantity without prefix", ANSWER("\"16\""), TOOL_NODE, "hex string without 0x prefix"},
    {"a quantity with a zero before it", ANSWER("\"0x01\""), TOOL_NODE, "leading zero"},
    {"a quantity of 257 bits",
     ANSWER("\"0x10000000000000000000000000000000000000000000000000000000000000000\""), TOOL_NODE,
     "hex number > 256 bits"},
};

START_TEST(answer_is_looked_at)
{
    const struct exchange script[] = {
        {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_getBalance\",\"params\":[\"" BOB
         "\",\"latest\"]}",
         answers[_i].answer, 0},
    };
    struct run run = run_cairn(script, 1, "balance " BOB);

    ck_assert_msg(run.status == answers[_i].status && strstr(run.err, answers[_i].err), "%s: %d %s",
                  answers[_i].says, (int)run.status, run.err);
    ck_assert_str_eq(run.out, "");
    run_free(&run);
}
END_TEST

START_TEST(refusal_as_json_has_the_nodes_code)
{
    const struct exchange script[] = {
        {"eth_getBalance", REFUSAL("{\"code\":-32001,\"message\":\"block not found: 0x7\"}"), 0},
    };
    struct run run = run_cairn(script, 1, "balance " BOB " --at 7 --json");

    ck_assert_str_eq(run.out, "{\"error\":{\"exit\":1,\"name\":\"rpc-refused\",\"message\":"
                              "\"eth_getBalance: the node refused: block not found: 0x7 (code "
                              "-32001)\",\"rpcCode\":-32001}}\n");
    ck_assert_str_eq(run.err, "");
    run_free(&run);
}
END_TEST

#define HASH "0x00000000000000000000000000000000000000000000000000000000000000ff"

static const struct {
    const char *text, *sent; /* sent NULL: refused */
    bool by_hash, by_number;
} names[] = {
    {"latest", "latest", false, false}, {"earliest", "earliest", false, false},
    {"0", "0x0", false, true},          {"17", "0x11", false, true},
    {"0x11", "0x11", false, true},      {"18446744073709551615", "0xffffffffffffffff", false, true},
    {HASH, HASH, true, false},          {"18446744073709551616", NULL, false, false},
    {"0x011", NULL, false, false},      {"newest", NULL, false, false},
    {"", NULL, false, false},
};

START_TEST(block_is_named)
{
    struct block_name name;
    struct error err = {0};
    bool ok = block_name_parse(&name, names[_i].text, &err);

    ck_assert_msg(ok == (names[_i].sent != NULL), "%s", names[_i].text);
    if (!ok) {
        ck_assert_int_eq(err.code, ERROR_USAGE);
        return;
    }
    ck_assert_str_eq(name.text, names[_i].sent);
    ck_assert(name.by_hash == names[_i].by_hash && name.by_number == names[_i].by_number);
}
END_TEST

Suite *client_suite(void);
Suite *client_suite(void)
{
    Suite *suite = suite_create("client");
    TCase *t = tcase_create("client");

    tcase_add_loop_test(t, answer_is_looked_at, 0, COUNT(answers));
    tcase_add_test(t, refusal_as_json_has_the_nodes_code);
    tcase_add_loop_test(t, block_is_named, 0, COUNT(names));
    suite_add_tcase(suite, t);
    return suite;
}
