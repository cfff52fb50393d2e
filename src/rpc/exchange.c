/* An exchange: a body parsed once, its requests run in order, their answers joined. */
#include "exchange.h"

void rpc_options_default(struct rpc_options *options)
{
    *options = (struct rpc_options){
        .suggested_tip_wei = 1000000000,
        .batch_max = 1000,
        .answer_bytes_max = 25 * 1024 * 1024,
        .depth_max = JSON_DEPTH_MAX,
        .waiting_max = 4096,
    };
}

struct rpc *rpc_new(const struct rpc_options *options)
{
    struct rpc *rpc = mem_new(1, sizeof *rpc);

    rpc->options = *options;
    rpc->started_mono_ms = options->node.mono_ms(options->node.context);
    return rpc;
}

void rpc_free(struct rpc *rpc)
{
    if (!rpc)
        return;
    assert(!rpc->waits);
    wait_forget_tickets(rpc);
    mem_free(rpc);
}

struct rpc_exchange *rpc_exchange_new(struct rpc *rpc, struct buffer *body, void *user)
{
    struct rpc_exchange *exchange = mem_new(1, sizeof *exchange);

    exchange->rpc = rpc;
    exchange->user = user;
    exchange->body = *body;
    *body = (struct buffer){0};
    exchange->started_mono_ms = rpc->options.node.mono_ms(rpc->options.node.context);
    return exchange;
}

void rpc_exchange_free(struct rpc_exchange *exchange)
{
    assert(!exchange->waiting && exchange->underway == 0);
    if (exchange->has_place)
        exchange->rpc->place_count--;
    for (size_t i = 0; i < exchange->member_count; i++) {
        tx_drop(exchange->member[i].tx);
        buffer_release(&exchange->member[i].answer);
    }
    mem_free(exchange->member);
    json_decref(exchange->root);
    buffer_release(&exchange->body);
    buffer_release(&exchange->output);
    mem_free(exchange);
}

void *rpc_exchange_user(const struct rpc_exchange *exchange)
{
    return exchange->user;
}

void rpc_exchange_set_user(struct rpc_exchange *exchange, void *user)
{
    exchange->user = user;
}

struct bytes rpc_output(const struct rpc_exchange *exchange)
{
    return buffer_bytes(&exchange->output);
}

/* ---- the body ---- */

/* One error object for the whole body, with a null id. */
static void fail_whole(struct rpc_exchange *exchange, const struct error *err)
{
    exchange->member_count = 1;
    exchange->batch = false;
    exchange->member = mem_new(1, sizeof exchange->member[0]);
    exchange->member->id = bytes_of_text("null");
    exchange->member->answers = true;
    member_fail(exchange, exchange->member, err, (struct bytes){0});
    exchange->next = 1;
}

static void parse_batch(struct rpc_exchange *exchange)
{
    const struct rpc_options *options = &exchange->rpc->options;
    size_t count = json_array_size(exchange->root);
    struct error err = {0};
    struct bytes *span;

    if (count == 0 || count > options->batch_max) {
        error_set(&err, ERROR_RPC_REQUEST,
                  count == 0 ? "empty batch" : "batch too large: %zu requests, limit %zu", count,
                  options->batch_max);
        fail_whole(exchange, &err);
        return;
    }
    exchange->batch = true;
    exchange->member_count = count;
    exchange->member = mem_new(count, sizeof exchange->member[0]);
    span = mem_new(count, sizeof span[0]);
    if (json_array_spans(buffer_bytes(&exchange->body), span, count) != count)
        memset(span, 0, count * sizeof span[0]); /* an id is then not found, and refused */
    for (size_t i = 0; i < count; i++) {
        exchange->member[i].request = json_array_get(exchange->root, i);
        exchange->member[i].text = span[i];
    }
    mem_free(span);
}

static void parse(struct rpc_exchange *exchange)
{
    struct error err = {0};

    exchange->parsed = true;
    /* Each costs jansson's tree up to 400 bytes for two or three of text: bounded before there is a
     * tree. */
    if (json_containers(buffer_bytes(&exchange->body)) > RPC_CONTAINERS_MAX) {
        error_set(&err, ERROR_JSON, "parse error: more than %d arrays and objects",
                  RPC_CONTAINERS_MAX);
        fail_whole(exchange, &err);
    } else if (!json_parse(&exchange->root, buffer_bytes(&exchange->body),
                           exchange->rpc->options.depth_max, &err)) {
        struct error outer = {0};

        error_set(&outer, ERROR_JSON, "parse error: %.480s", err.text);
        fail_whole(exchange, &outer);
    } else if (json_is_array(exchange->root)) {
        parse_batch(exchange);
    } else {
        exchange->member_count = 1;
        exchange->member = mem_new(1, sizeof exchange->member[0]);
        exchange->member->request = exchange->root;
        exchange->member->text = buffer_bytes(&exchange->body);
    }
}

static bool body_is_small(const struct rpc_exchange *exchange)
{
    size_t at = 0;

    if (exchange->body.size > RPC_LIGHT_BODY_MAX)
        return false;
    while (at < exchange->body.size && memchr(" \t\r\n", exchange->body.at[at], 4))
        at++;
    return at == exchange->body.size || exchange->body.at[at] != '[';
}

/* ---- running ---- */

static void join(struct rpc_exchange *exchange)
{
    struct json_writer w;
    bool any = false;

    if (!exchange->batch) {
        if (exchange->member->answers) {
            exchange->output = exchange->member->answer;
            exchange->member->answer = (struct buffer){0};
        }
        return;
    }
    for (size_t i = 0; i < exchange->member_count && !any; i++)
        any = exchange->member[i].answers;
    if (!any)
        return;
    w = json_writer_of(&exchange->output);
    json_array_begin(&w);
    for (size_t i = 0; i < exchange->member_count; i++) {
        struct member *member = &exchange->member[i];

        if (member->answers)
            json_put_raw(&w, buffer_bytes(&member->answer));
        buffer_release(&member->answer);
    }
    json_array_end(&w);
}

/* Requests run in order. Sends that follow each other go to the engine together, which keeps their
 * order; what comes after them waits for their answers. */
enum rpc_progress rpc_run(struct rpc_exchange *exchange, bool on_worker)
{
    if (!exchange->parsed) {
        if (!on_worker && !body_is_small(exchange))
            return RPC_HEAVY;
        parse(exchange);
    }
    for (; exchange->next < exchange->member_count; exchange->next++) {
        struct member *member = &exchange->member[exchange->next];
        bool sends;

        if (member->state == MEMBER_WAITING) {
            if (!on_worker)
                return RPC_HEAVY;
            member_look(exchange, member);
        }
        if (member->state == MEMBER_NEW) {
            if (exchange->underway > 0 && !member_is_send(member))
                return RPC_WAITING;
            if (!member_run(exchange, member, on_worker))
                return RPC_HEAVY;
            if (member->state == MEMBER_SENT)
                exchange->underway++;
        }
        sends = member->state == MEMBER_SENT || member->state == MEMBER_SUBMITTED;
        if (member->state == MEMBER_WAITING || (sends && member->method->cost == RPC_SEND_SYNC))
            return RPC_WAITING;
    }
    if (exchange->underway > 0)
        return RPC_WAITING;
    join(exchange);
    return RPC_DONE;
}
