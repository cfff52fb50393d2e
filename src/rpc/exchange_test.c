/* Exchanges: framing, order, sends and waits, over a node without threads. */
#include "world_test.h"

#include <cairn/hex.h>

#define REQUEST(id, method, params)                                                                \
    "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"method\":\"" method "\",\"params\":" params "}"

/* ---- framing: a body and its whole answer ---- */

static const struct {
    const char *says, *body, *answer;
} framing[] = {
    {"a result", REQUEST("1", "eth_chainId", "[]"),
     "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"0x7\"}"},
    {"params may be absent", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"net_version\"}",
     "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"7\"}"},
    {"an id is echoed as it was sent: text", REQUEST("\"a\\u0062\"", "eth_chainId", "[]"),
     "{\"jsonrpc\":\"2.0\",\"id\":\"a\\u0062\",\"result\":\"0x7\"}"},
    {"a big integer digit for digit",
     REQUEST("123456789012345678901234567890", "eth_chainId", "[]"),
     "{\"jsonrpc\":\"2.0\",\"id\":123456789012345678901234567890,\"result\":\"0x7\"}"},
    {"null is an id", REQUEST("null", "eth_chainId", "[]"),
     "{\"jsonrpc\":\"2.0\",\"id\":null,\"result\":\"0x7\"}"},
    {"an object is none", REQUEST("{}", "eth_chainId", "[]"),
     "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32600,\"message\":\"invalid request: "
     "id must be a "
     "string, a number or null\"}}"},
    {"a notification is not answered", "{\"jsonrpc\":\"2.0\",\"method\":\"eth_chainId\"}", ""},
    {"nor is a batch of them", "[{\"jsonrpc\":\"2.0\",\"method\":\"eth_chainId\"}]", ""},
    {"an unknown method", REQUEST("1", "eth_mining", "[]"),
     "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32601,\"message\":\"the method eth_mining "
     "does not "
     "exist/is not available\"}}"},
    {"a method that wants keys", REQUEST("1", "personal_sign", "[]"),
     "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32601,\"message\":\"the method "
     "personal_sign does not "
     "exist/is not available: this node holds no keys; sign in the wallet and send with "
     "eth_sendRawTransaction\"}}"},
    {"params as an object", REQUEST("1", "eth_chainId", "{}"),
     "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32602,\"message\":\"parameters must be an "
     "array\"}}"},
    {"too many arguments", REQUEST("1", "eth_chainId", "[1]"),
     "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32602,\"message\":\"too many arguments, "
     "want at most "
     "0\"}}"},
    {"a missing argument", REQUEST("1", "eth_getBalance", "[]"),
     "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32602,\"message\":\"missing value for "
     "required argument "
     "0 (address)\"}}"},
    {"a bad one", REQUEST("1", "eth_getBalance", "[\"0x12\"]"),
     "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32602,\"message\":\"invalid argument 0 "
     "(address): hex "
     "string has length 2, want 40\"}}"},
    {"a state that this chain lacks",
     REQUEST("1", "eth_getBalance", "[\"0x0000000000000000000000000000000000000001\",\"0x5\"]"),
     "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32001,\"message\":\"block not found: "
     "number 5, the head "
     "is 0\"}}"},
    {"logs up to the head: none", REQUEST("1", "eth_getLogs", "[{\"toBlock\":\"0x0\"}]"),
     "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":[]}"},
    {"logs beyond it", REQUEST("1", "eth_getLogs", "[{\"toBlock\":\"0x1\"}]"),
     "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32602,\"message\":\"block range extends "
     "beyond current head block\"}}"},
    {"an empty batch", "[]",
     "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32600,\"message\":\"empty batch\"}}"},
    {"members are independent and in order",
     "[" REQUEST("1", "eth_chainId", "[]") ",7," REQUEST("2", "net_version", "[]") "]",
     "[{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"0x7\"},{\"jsonrpc\":\"2.0\",\"id\":null,"
     "\"error\":{\"code\":-32600,"
     "\"message\":\"invalid request: must be an "
     "object\"}},{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":\"7\"}]"},
};

START_TEST(frames)
{
    struct world world;
    char *answer;

    world_open(&world, 0);
    answer = world_call(&world, framing[_i].body);
    ck_assert_msg(strcmp(answer, framing[_i].answer) == 0, "%s:\n%s\nwanted\n%s", framing[_i].says,
                  answer, framing[_i].answer);
    mem_free(answer);
    world_close(&world);
}
END_TEST

static const struct {
    const char *says, *body, *part;
} refusals[] = {
    {"not JSON", "{", "\"code\":-32700,\"message\":\"parse error: "},
    {"nothing", "", "\"code\":-32700,\"message\":\"parse error: "},
    {"bytes behind the value", "{} {}", "\"code\":-32700"},
    {"a key twice", "{\"jsonrpc\":\"2.0\",\"id\":1,\"id\":2,\"method\":\"eth_chainId\"}",
     "\"code\":-32700"},
    {"too deep", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
     "\"code\":-32700"},
    {"another version", "{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"eth_chainId\"}",
     "\"code\":-32600"},
    {"a method that is no text", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":1}", "\"code\":-32600"},
    {"nine requests where eight are taken", "[1,2,3,4,5,6,7,8,9]", "batch too large"},
};

START_TEST(refuses)
{
    struct world world;
    char *answer;

    world_open(&world, 0);
    answer = world_call(&world, refusals[_i].body);
    ck_assert_msg(strstr(answer, refusals[_i].part), "%s: %s", refusals[_i].says, answer);
    mem_free(answer);
    world_close(&world);
}
END_TEST

/* ---- sends and waits ---- */

static void check_output(const struct rpc_exchange *exchange, const char *text)
{
    struct bytes output = rpc_output(exchange);

    ck_assert_msg(bytes_equal(output, bytes_of_text(text)), "%.*s", (int)output.size,
                  (const char *)output.at);
}

static bool output_has(const struct rpc_exchange *exchange, const char *part)
{
    struct bytes output = rpc_output(exchange);

    return output.size > 0 && memmem(output.at, output.size, part, strlen(part));
}

static char *send_body(const char *method, const char *raw, const char *more)
{
    struct buffer body = {0};
    char *text;

    buffer_printf(&body, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":[\"%s\"%s]}",
                  method, raw, more);
    text = mem_text(buffer_text(&body));
    buffer_release(&body);
    return text;
}

static void check_call(struct world *world, const char *body, const char *part)
{
    char *answer = world_call(world, body);

    ck_assert_msg(strstr(answer, part), "%s\nwanted a part %s", answer, part);
    mem_free(answer);
}

START_TEST(a_hash_is_answered_once_it_is_written)
{
    struct world world;
    struct hash hash;
    char *raw, *body, text[HEX_HASH_TEXT];
    enum rpc_progress progress;
    struct rpc_exchange *exchange;

    world_open(&world, 0);
    raw = world_transfer(&world, 0, &hash);
    body = send_body("eth_sendRawTransaction", raw, "");
    exchange = world_start(&world, body, &progress);
    ck_assert_int_eq(progress, RPC_WAITING);
    ck_assert_uint_eq(rpc_output(exchange).size, 0);
    world_turn(&world);
    ck_assert(output_has(exchange, hex_format_hash(text, &hash)));
    rpc_exchange_free(exchange);
    ck_assert_uint_eq(world.head->block->header.height, 1);
    check_call(&world, body, "nonce too low: next nonce 1, tx nonce 0"); /* it is in a block */
    mem_free(body);
    mem_free(raw);
    world_close(&world);
}
END_TEST

START_TEST(sync_answers_with_the_receipt)
{
    struct world world;
    struct hash hash;
    char *raw, *body;

    world_open(&world, 0);
    raw = world_transfer(&world, 0, &hash);
    body = send_body("eth_sendRawTransactionSync", raw, "");
    check_call(&world, body, "\"status\":\"0x1\"");
    mem_free(body);
    mem_free(raw);
    world_close(&world);
}
END_TEST

START_TEST(sync_tells_when_its_time_is_over_and_behind_what_it_waits)
{
    struct world world;
    struct hash hash;
    char *raw, *body;
    enum rpc_progress progress;
    struct rpc_exchange *exchange;

    world_open(&world, 60000);
    world.now_ms = 1000000; /* the genesis's own time: the next block is a minute off */
    raw = world_transfer(&world, 1, &hash);
    body = send_body("eth_sendRawTransactionSync", raw, ",100");
    check_call(&world, body,
               "\"code\":5,\"message\":\"the transaction was added to the mempool but is queued "
               "behind a missing nonce 0\",\"data\":\"0x");
    mem_free(body);
    mem_free(raw);
    world_close(&world);

    world_open(&world, 60000);
    world_turn(&world); /* an idle chain builds nothing */
    raw = world_transfer(&world, 0, &hash);
    body = send_body("eth_sendRawTransaction", raw, "");
    check_call(&world, body, "\"result\"");
    mem_free(body);
    mem_free(raw);
    raw = world_transfer(&world, 1, &hash);
    body = send_body("eth_sendRawTransactionSync", raw, ",\"0x64\"");
    exchange = world_start(&world, body, &progress);
    world_turn(&world);
    ck_assert_uint_eq(rpc_output(exchange).size, 0);
    ck_assert_uint_eq(rpc_deadline(world.rpc), world.mono_ms + 100);
    world.mono_ms += 100;
    world_turn(&world);
    ck_assert(output_has(exchange,
                         "\"code\":4,\"message\":\"the transaction was added to the mempool but "
                         "wasn't processed in 100ms\""));
    rpc_exchange_free(exchange);
    mem_free(body);
    mem_free(raw);
    world_close(&world);
}
END_TEST

START_TEST(waiting_ends_with_the_block_or_with_null)
{
    struct world world;
    struct hash hash;
    char *raw, *body, text[HEX_HASH_TEXT], wait[256];
    enum rpc_progress progress;
    struct rpc_exchange *exchange, *other;

    world_open(&world, 0);
    raw = world_transfer(&world, 0, &hash);
    snprintf(wait, sizeof wait, REQUEST("1", "cairn_waitForTransaction", "[\"%s\",1000]"),
             hex_format_hash(text, &hash));
    exchange = world_start(&world, wait, &progress); /* unknown hashes are waited for too */
    ck_assert_int_eq(progress, RPC_WAITING);
    other = world_start(&world, wait, &progress);
    ck_assert_int_eq(progress, RPC_WAITING);
    check_call(&world, wait, "too many waiting requests"); /* the bound is two here */
    body = send_body("eth_sendRawTransaction", raw, "");
    check_call(&world, body, "\"result\"");
    ck_assert(output_has(exchange, "\"blockNumber\":\"0x1\""));
    ck_assert(output_has(other, "\"blockNumber\":\"0x1\""));
    rpc_exchange_free(exchange);
    rpc_exchange_free(other);

    snprintf(wait, sizeof wait, REQUEST("1", "cairn_waitForTransaction", "[\"0x%064d\",1000]"), 1);
    exchange = world_start(&world, wait, &progress);
    world.mono_ms += 1000;
    world_turn(&world);
    check_output(exchange, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":null}");
    rpc_exchange_free(exchange);

    /* A connection that goes away takes its waits along. */
    exchange = world_start(&world, wait, &progress);
    ck_assert_int_eq(progress, RPC_WAITING);
    rpc_unpark(exchange);
    ck_assert_uint_eq(rpc_deadline(world.rpc), UINT64_MAX);
    mem_free(body);
    mem_free(raw);
    world_close(&world);
}
END_TEST

START_TEST(a_batch_of_sends_goes_together_and_what_follows_waits_for_it)
{
    struct world world;
    struct hash hash[3];
    char *raw[3], *answer, text[HEX_HASH_TEXT];
    struct buffer body = {0};

    world_open(&world, 60000);
    buffer_put_text(&body, "[");
    for (uint64_t i = 0; i < 3; i++) {
        raw[i] = world_transfer(&world, i, &hash[i]);
        buffer_printf(&body, REQUEST("%d", "eth_sendRawTransaction", "[\"%s\"]") ",", (int)i,
                      raw[i]);
    }
    hex_format_address(text, &world.rich_address);
    buffer_printf(&body, REQUEST("9", "eth_getTransactionCount", "[\"%s\",\"pending\"]") "]", text);
    answer = world_call(&world, buffer_text(&body));
    for (int i = 0; i < 3; i++)
        ck_assert_msg(strstr(answer, hex_format_hash(text, &hash[i])), "%s", answer);
    ck_assert_msg(strstr(answer, "\"id\":9,\"result\":\"0x3\""), "%s", answer);
    mem_free(answer);
    for (int i = 0; i < 3; i++)
        mem_free(raw[i]);
    buffer_release(&body);
    world_close(&world);
}
END_TEST

START_TEST(an_answer_beyond_the_bound_is_an_error)
{
    struct world world;

    world_open(&world, 0);
    check_call(
        &world,
        "[" REQUEST("1", "rpc_discover", "[]") "," REQUEST("2", "rpc_discover", "[]") "," REQUEST(
            "3", "rpc_discover", "[]") "," REQUEST("4", "rpc_discover", "[]") "]",
        "\"id\":4,\"error\":{\"code\":-32003,\"message\":\"response too large\"}");
    world_close(&world);
}
END_TEST

START_TEST(stopping_ends_all_waits)
{
    struct world world;
    char wait[256];
    enum rpc_progress progress;
    struct rpc_exchange *exchange;

    world_open(&world, 0);
    snprintf(wait, sizeof wait, REQUEST("1", "cairn_waitForTransaction", "[\"0x%064d\"]"), 1);
    exchange = world_start(&world, wait, &progress);
    ck_assert_int_eq(progress, RPC_WAITING);
    world_stop(&world);
    world_turn(&world);
    check_output(exchange, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":null}");
    rpc_exchange_free(exchange);
    world_close(&world);
}
END_TEST

Suite *exchange_suite(void);
Suite *exchange_suite(void)
{
    Suite *suite = suite_create("exchange");
    TCase *tcase = tcase_create("exchange");

    tcase_add_loop_test(tcase, frames, 0, COUNT(framing));
    tcase_add_loop_test(tcase, refuses, 0, COUNT(refusals));
    tcase_add_test(tcase, a_hash_is_answered_once_it_is_written);
    tcase_add_test(tcase, sync_answers_with_the_receipt);
    tcase_add_test(tcase, sync_tells_when_its_time_is_over_and_behind_what_it_waits);
    tcase_add_test(tcase, waiting_ends_with_the_block_or_with_null);
    tcase_add_test(tcase, a_batch_of_sends_goes_together_and_what_follows_waits_for_it);
    tcase_add_test(tcase, an_answer_beyond_the_bound_is_an_error);
    tcase_add_test(tcase, stopping_ends_all_waits);
    suite_add_tcase(suite, tcase);
    return suite;
}
