/* One request: from its text to its answer. */
#include "exchange.h"
#include "find.h"

#include <cairn/hex.h>
#include <cairn/log.h>

/* ---- answers ---- */

static struct json_writer answer_begin(struct member *member)
{
    struct json_writer w;

    buffer_clear(&member->answer);
    w = json_writer_of(&member->answer);
    json_object_begin(&w);
    json_put_key(&w, "jsonrpc");
    json_put_text(&w, "2.0");
    json_put_key(&w, "id");
    json_put_raw(&w, member->id);
    return w;
}

/* -32603 tells no details: they are for the log. */
static bool error_is_internal(enum error_code code)
{
    return error_rpc_code(code) == -32603;
}

void member_fail(struct rpc_exchange *exchange, struct member *member, const struct error *err,
                 struct bytes data)
{
    struct json_writer w;

    (void)exchange;
    if (error_is_internal(err->code))
        log_error("rpc", "%s: %s", member->method ? member->method->name : "request", err->text);
    member->state = MEMBER_DONE;
    if (!member->answers)
        return;
    w = answer_begin(member);
    json_put_key(&w, "error");
    json_object_begin(&w);
    json_put_key(&w, "code");
    if (error_rpc_code(err->code) < 0) {
        char number[16];
        int size = snprintf(number, sizeof number, "%d", error_rpc_code(err->code));

        json_put_raw(&w, bytes_of(number, (size_t)size));
    } else {
        json_put_number(&w, (uint64_t)error_rpc_code(err->code));
    }
    json_put_key(&w, "message");
    json_put_text(&w, error_is_internal(err->code) ? "internal error" : err->text);
    if (data.size > 0) {
        json_put_key(&w, "data");
        json_put_raw(&w, data);
    }
    json_object_end(&w);
    json_object_end(&w);
}

void member_answer_hash(struct rpc_exchange *exchange, struct member *member)
{
    struct json_writer w;

    (void)exchange;
    member->state = MEMBER_DONE;
    if (!member->answers)
        return;
    w = answer_begin(member);
    json_put_key(&w, "result");
    json_put_hash(&w, &member->hash);
    json_object_end(&w);
}

void member_fail_queued(struct rpc_exchange *exchange, struct member *member, uint64_t gap_nonce)
{
    struct error err = {0};
    char data[HEX_HASH_TEXT + 2], hash[HEX_HASH_TEXT];

    error_set(&err, ERROR_RPC_QUEUED,
              "the transaction was added to the mempool but is queued behind a missing nonce %llu",
              (unsigned long long)gap_nonce);
    snprintf(data, sizeof data, "\"%s\"", hex_format_hash(hash, &member->hash));
    member_fail(exchange, member, &err, bytes_of_text(data));
}

/* ---- running a handler ---- */

struct store_snapshot *rpc_call_snapshot(struct rpc_call *call)
{
    if (!call->snapshot)
        call->snapshot = store_snapshot_new(call->options->store);
    return call->snapshot;
}

uint64_t rpc_uptime_ms(const struct rpc *rpc)
{
    return rpc->options.node.mono_ms(rpc->options.node.context) - rpc->started_mono_ms;
}

static void call_begin(struct rpc_call *call, struct rpc_exchange *exchange, struct error *err)
{
    const struct rpc_options *options = &exchange->rpc->options;

    *call = (struct rpc_call){.rpc = exchange->rpc, .options = options, .err = err};
    call->head = options->node.head(options->node.context);
}

static void call_end(struct rpc_call *call)
{
    store_snapshot_free(call->snapshot);
    head_drop(call->head);
}

static void fail_too_large(struct rpc_exchange *exchange, struct member *member)
{
    struct error err = {0};

    error_set(&err, ERROR_RPC_TOO_LARGE, "response too large");
    member_fail(exchange, member, &err, (struct bytes){0});
}

/* `work` writes the result; true: done. */
static void member_finish(struct rpc_exchange *exchange, struct member *member,
                          struct rpc_call *call, bool (*work)(struct rpc_call *call, void *context),
                          void *context)
{
    struct json_writer w = answer_begin(member);
    struct error *err = call->err;
    struct buffer data = {0};

    json_put_key(&w, "result");
    call->out = &w;
    call->error_data = &data;
    if (!work(call, context)) {
        member_fail(exchange, member, err, buffer_bytes(&data));
    } else {
        json_object_end(&w);
        member->state = MEMBER_DONE;
        exchange->answer_bytes += member->answer.size;
        if (exchange->answer_bytes > exchange->rpc->options.answer_bytes_max)
            fail_too_large(exchange, member);
    }
    if (!member->answers)
        buffer_release(&member->answer);
    buffer_release(&data);
}

static bool work_handler(struct rpc_call *call, void *context)
{
    rpc_handler *const *handler = context;

    return (*handler)(call);
}

/* ---- what waits ---- */

static uint64_t sync_timeout(const struct rpc_value *value)
{
    uint64_t ms = 0;
    struct error err = {0};

    if (value->given && json_is_integer(value->json) && json_integer_value(value->json) > 0)
        ms = (uint64_t)json_integer_value(value->json);
    else if (value->given && json_is_string(value->json) &&
             !hex_parse_u64(
                 &ms, bytes_of(json_string_value(value->json), json_string_length(value->json)),
                 &err))
        ms = 0;
    return ms == 0 || ms > RPC_SYNC_MS_MAX ? RPC_SYNC_MS : ms;
}

/* A request's time runs from its arrival; in a batch, from its turn. */
static void deadline_set(const struct rpc_exchange *exchange, struct member *member)
{
    const struct rpc_node *node = &exchange->rpc->options.node;
    uint64_t start_ms = exchange->batch ? node->mono_ms(node->context) : exchange->started_mono_ms;

    member->deadline_mono_ms = start_ms + member->timeout_ms;
}

/* The sender's next nonce, waiting ones included. The mempool is asked first: what leaves it
 * meanwhile is counted by the newer head. */
static bool nonce_next(struct rpc_call *call, const struct address *sender, uint64_t *nonce)
{
    const struct rpc_node *node = &call->options->node;
    struct account account;

    *nonce = node->pool_nonce(node->context, sender, 0);
    find_refresh(call);
    if (!store_account(rpc_call_snapshot(call), sender, call->head->block->header.height, &account,
                       call->err))
        return false;
    if (account.nonce > *nonce)
        *nonce = account.nonce;
    return true;
}

/* eth_sendRawTransactionSync of what is in the mempool already goes on like a new one: it waits, or
 * is told of its gap. */
static bool member_wait_for_known(struct rpc_exchange *exchange, struct member *member,
                                  struct rpc_call *call, const struct tx *known)
{
    uint64_t next;

    if (!nonce_next(call, &known->sender, &next))
        return false;
    if (known->nonce >= next)
        member_fail_queued(exchange, member, next);
    else
        member->state = MEMBER_WAITING;
    return true;
}

/* Before the signature's 30 us: what is known already. */
static bool member_send_known(struct rpc_exchange *exchange, struct member *member,
                              struct rpc_call *call, const struct tx *known)
{
    char text[HEX_HASH_TEXT];

    if (member->method->cost == RPC_SEND_SYNC)
        return member_wait_for_known(exchange, member, call, known);
    return error_set(call->err, ERROR_TX_KNOWN, "already known (known transaction: %s)",
                     hex_format_hash(text, &known->hash));
}

static bool member_send(struct rpc_exchange *exchange, struct member *member, struct rpc_call *call)
{
    const struct rpc_node *node = &call->options->node;
    struct tx *tx = tx_decode(call->arg[0].data, call->err), *known;
    bool ok;

    if (!tx)
        return false;
    member->hash = tx->hash;
    known = node->pool_find(node->context, &tx->hash);
    if (known) {
        ok = member_send_known(exchange, member, call, known);
        tx_drop(known);
        tx_drop(tx);
        return ok;
    }
    if (!tx_check_shape(tx, call->err) || !tx_recover(tx, call->err)) {
        tx_drop(tx);
        return false;
    }
    member->tx = tx;
    member->state = MEMBER_SENT;
    return true;
}

struct look {
    const struct hash *hash;
    bool found;
};

static bool work_look(struct rpc_call *call, void *context)
{
    struct look *look = context;

    return rpc_write_receipt(call, look->hash, &look->found);
}

static void member_time_is_over(struct rpc_exchange *exchange, struct member *member)
{
    struct error err = {0};
    char hash[HEX_HASH_TEXT + 2];
    char text[HEX_HASH_TEXT];

    if (member->method->cost == RPC_WAIT)
        return; /* the null that is written already */
    error_set(&err, ERROR_RPC_TIMEOUT,
              "the transaction was added to the mempool but wasn't processed in %llums",
              (unsigned long long)member->timeout_ms);
    snprintf(hash, sizeof hash, "\"%s\"", hex_format_hash(text, &member->hash));
    member_fail(exchange, member, &err, bytes_of_text(hash));
}

void member_look(struct rpc_exchange *exchange, struct member *member)
{
    const struct rpc_options *options = &exchange->rpc->options;
    struct look look = {.hash = &member->hash};
    struct error err = {0};
    struct rpc_call call;

    call_begin(&call, exchange, &err);
    exchange->head_seen = call.head->block->header.height;
    member_finish(exchange, member, &call, work_look, &look);
    call_end(&call);
    if (look.found || err.code != ERROR_NONE)
        return;
    if (options->node.mono_ms(options->node.context) >= member->deadline_mono_ms) {
        member_time_is_over(exchange, member);
    } else {
        exchange->answer_bytes -= member->answer.size; /* it will be written anew */
        member->state = MEMBER_WAITING;
    }
}

static bool member_wait_begin(struct rpc_exchange *exchange, struct member *member,
                              struct rpc_call *call)
{
    member->hash = call->arg[0].hash;
    member->timeout_ms = call->arg[1].given ? call->arg[1].u64 : RPC_WAIT_MS_MAX;
    if (member->timeout_ms > RPC_WAIT_MS_MAX)
        return error_set(call->err, ERROR_RPC_ARGUMENT, "invalid argument 1 (timeout): over %d ms",
                         RPC_WAIT_MS_MAX);
    deadline_set(exchange, member);
    member->state = MEMBER_WAITING;
    return true;
}

/* ---- one request ---- */

static const struct rpc_method *method_find(const char *name)
{
    for (size_t i = 0; i < rpc_method_count; i++) {
        const char *row = rpc_methods[i].name;
        size_t size = strlen(row);

        if (row[size - 1] == '*' ? strncmp(row, name, size - 1) == 0 : strcmp(row, name) == 0)
            return &rpc_methods[i];
    }
    return NULL;
}

/* The request's form; fills id, answers, method. */
static bool request_check(struct member *member, const json_t *request, const json_t **params,
                          struct error *err)
{
    const json_t *version, *id, *method;

    member->id = bytes_of_text("null");
    member->answers = true;
    if (!json_is_object(request))
        return error_set(err, ERROR_RPC_REQUEST, "invalid request: must be an object");
    id = json_object_get(request, "id");
    if (id && !json_is_string(id) && !json_is_number(id) && !json_is_null(id))
        return error_set(err, ERROR_RPC_REQUEST,
                         "invalid request: id must be a string, a number or null");
    if (id && !json_member_span(member->text, "id", &member->id))
        return error_set(err, ERROR_RPC_REQUEST, "invalid request: id can't be read");
    version = json_object_get(request, "jsonrpc");
    if (!json_is_string(version) || strcmp(json_string_value(version), "2.0") != 0)
        return error_set(err, ERROR_RPC_REQUEST, "invalid request: jsonrpc must be \"2.0\"");
    method = json_object_get(request, "method");
    if (!json_is_string(method))
        return error_set(err, ERROR_RPC_REQUEST, "invalid request: method must be a string");
    member->answers = id != NULL;
    *params = json_object_get(request, "params");
    if (*params && !json_is_array(*params) && !json_is_null(*params))
        return error_set(err, ERROR_RPC_ARGUMENT, "parameters must be an array");
    member->method = method_find(json_string_value(method));
    if (!member->method || member->method->cost == RPC_REFUSED)
        return error_set(err, ERROR_RPC_METHOD,
                         "the method %.200s does not exist/is not available%s",
                         json_string_value(method),
                         member->method ? ": this node holds no keys; sign in the wallet and send "
                                          "with eth_sendRawTransaction"
                                        : "");
    return true;
}

bool member_is_send(const struct member *member)
{
    const char *name = json_string_value(json_object_get(member->request, "method"));

    return name && strcmp(name, "eth_sendRawTransaction") == 0;
}

static void member_call(struct rpc_exchange *exchange, struct member *member, const json_t *params)
{
    struct error err = {0};
    struct buffer scratch = {0};
    struct rpc_call call;
    bool ok = true;

    call_begin(&call, exchange, &err);
    if (!rpc_params_parse(&call, member->method, params, &scratch)) {
        member_fail(exchange, member, &err, (struct bytes){0});
        goto out;
    }
    switch (member->method->cost) {
    case RPC_LIGHT:
    case RPC_HEAVY_CALL: {
        rpc_handler *handler = member->method->handler;

        member_finish(exchange, member, &call, work_handler, &handler);
        break;
    }
    case RPC_SEND:
        ok = member_send(exchange, member, &call);
        break;
    case RPC_SEND_SYNC:
        member->timeout_ms = sync_timeout(&call.arg[1]);
        deadline_set(exchange, member);
        ok = member_send(exchange, member, &call);
        break;
    case RPC_WAIT:
        ok = member_wait_begin(exchange, member, &call);
        break;
    case RPC_REFUSED:
        break;
    }
    if (!ok)
        member_fail(exchange, member, &err, (struct bytes){0});
out:
    call_end(&call);
    buffer_release(&scratch);
    if (member->state == MEMBER_WAITING)
        member_look(exchange, member);
}

bool member_run(struct rpc_exchange *exchange, struct member *member, bool on_worker)
{
    struct error err = {0};
    const json_t *params = NULL;

    if (!request_check(member, member->request, &params, &err))
        member_fail(exchange, member, &err, (struct bytes){0});
    else if (exchange->answer_bytes > exchange->rpc->options.answer_bytes_max)
        fail_too_large(exchange, member);
    else if (!on_worker && member->method->cost != RPC_LIGHT)
        return false;
    else
        member_call(exchange, member, params);
    return true;
}
