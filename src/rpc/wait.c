/* What an exchange waits for: the engine's answer to a transaction, or a receipt. The loop's alone.
 */
#include "exchange.h"

/* ---- receipts ---- */

static void wait_add(struct rpc *rpc, struct rpc_exchange *exchange, const struct hash *hash)
{
    struct waited *waited;

    HASH_FIND(hh, rpc->waited, hash, sizeof *hash, waited);
    if (!waited) {
        waited = mem_new(1, sizeof *waited);
        waited->hash = *hash;
        HASH_ADD(hh, rpc->waited, hash, sizeof waited->hash, waited);
    }
    exchange->same_next = waited->first;
    waited->first = exchange;

    exchange->waiting = true;
    exchange->wait_previous = NULL;
    exchange->wait_next = rpc->waits;
    if (rpc->waits)
        rpc->waits->wait_previous = exchange;
    rpc->waits = exchange;
}

static void wait_remove(struct rpc *rpc, struct rpc_exchange *exchange)
{
    const struct hash *hash = &exchange->member[exchange->next].hash;
    struct waited *waited;
    struct rpc_exchange **place;

    HASH_FIND(hh, rpc->waited, hash, sizeof *hash, waited);
    assert(waited);
    for (place = &waited->first; *place != exchange; place = &(*place)->same_next)
        assert(*place);
    *place = exchange->same_next;
    if (!waited->first) {
        HASH_DEL(rpc->waited, waited);
        mem_free(waited);
    }
    if (exchange->wait_previous)
        exchange->wait_previous->wait_next = exchange->wait_next;
    else
        rpc->waits = exchange->wait_next;
    if (exchange->wait_next)
        exchange->wait_next->wait_previous = exchange->wait_previous;
    exchange->waiting = false;
}

void wait_forget_tickets(struct rpc *rpc)
{
    struct ticket *ticket, *next;

    HASH_ITER(hh, rpc->tickets, ticket, next)
    {
        struct rpc_exchange *exchange = ticket->exchange;

        HASH_DEL(rpc->tickets, ticket);
        mem_free(ticket);
        if (--exchange->underway == 0)
            rpc_exchange_free(exchange);
    }
}

/* ---- parking ---- */

bool wait_take_place(struct rpc *rpc, struct rpc_exchange *exchange)
{
    if (exchange->has_place)
        return true;
    if (rpc->place_count >= rpc->options.waiting_max)
        return false;
    rpc->place_count++;
    exchange->has_place = true;
    return true;
}

static void fail_too_many(struct rpc_exchange *exchange, struct member *member)
{
    struct error err = {0};

    error_set(&err, ERROR_RPC_REFUSED, "too many waiting requests");
    member_fail(exchange, member, &err, (struct bytes){0});
}

/* Refused before the engine has it: what it took can't be called refused any more. */
static bool refuse_sync(struct rpc_exchange *exchange, struct member *member)
{
    if (member->method->cost != RPC_SEND_SYNC || wait_take_place(exchange->rpc, exchange))
        return false;
    tx_drop(member->tx);
    member->tx = NULL;
    fail_too_many(exchange, member);
    exchange->underway--;
    return true;
}

static void submit_all(struct rpc_exchange *exchange)
{
    struct rpc *rpc = exchange->rpc;
    const struct rpc_node *node = &rpc->options.node;

    for (size_t i = 0; i < exchange->member_count; i++) {
        struct member *member = &exchange->member[i];
        struct ticket *ticket;

        if (member->state != MEMBER_SENT || refuse_sync(exchange, member))
            continue;
        ticket = mem_new(1, sizeof *ticket);
        ticket->number = ++rpc->ticket_last;
        ticket->exchange = exchange;
        ticket->member = i;
        HASH_ADD(hh, rpc->tickets, number, sizeof ticket->number, ticket);
        member->state = MEMBER_SUBMITTED;
        node->submit(node->context, member->tx, ticket->number);
        member->tx = NULL;
    }
}

static uint64_t head_height(const struct rpc *rpc)
{
    struct head *head = rpc->options.node.head(rpc->options.node.context);
    uint64_t height = head->block->header.height;

    head_drop(head);
    return height;
}

bool rpc_park(struct rpc_exchange *exchange)
{
    struct rpc *rpc = exchange->rpc;
    struct member *member;

    submit_all(exchange);
    if (exchange->next == exchange->member_count)
        return exchange->underway == 0;
    member = &exchange->member[exchange->next];
    if (member->state != MEMBER_WAITING)
        return exchange->underway == 0;
    if (rpc->stopping) {
        member->deadline_mono_ms = 0;
        return true;
    }
    /* A block may have come since the worker looked. */
    if (exchange->head_seen != head_height(rpc))
        return true;
    if (!wait_take_place(rpc, exchange)) {
        fail_too_many(exchange, member);
        return true;
    }
    wait_add(rpc, exchange, &member->hash);
    return false;
}

void rpc_unpark(struct rpc_exchange *exchange)
{
    if (exchange->waiting)
        wait_remove(exchange->rpc, exchange);
    exchange->orphan = true;
    if (exchange->underway == 0)
        rpc_exchange_free(exchange);
}

/* ---- what comes ---- */

struct rpc_exchange *rpc_submitted(struct rpc *rpc, uint64_t number, const struct error *err,
                                   bool gap, uint64_t gap_nonce)
{
    struct ticket *ticket;
    struct rpc_exchange *exchange;
    struct member *member;

    HASH_FIND(hh, rpc->tickets, &number, sizeof number, ticket);
    assert(ticket); /* each is answered once */
    exchange = ticket->exchange;
    member = &exchange->member[ticket->member];
    HASH_DEL(rpc->tickets, ticket);
    mem_free(ticket);

    if (err)
        member_fail(exchange, member, err, (struct bytes){0});
    else if (member->method->cost == RPC_SEND)
        member_answer_hash(exchange, member);
    else if (gap)
        member_fail_queued(exchange, member, gap_nonce);
    else
        member->state = MEMBER_WAITING;
    if (--exchange->underway > 0)
        return NULL;
    if (exchange->orphan) {
        rpc_exchange_free(exchange);
        return NULL;
    }
    return exchange;
}

void rpc_on_head(struct rpc *rpc, const struct head *head,
                 void (*ready)(void *context, struct rpc_exchange *exchange), void *context)
{
    if (!rpc->waits)
        return;
    for (size_t i = 0; i < head->block->tx_count; i++) {
        struct waited *waited;

        HASH_FIND(hh, rpc->waited, &head->block->tx[i]->hash, sizeof(struct hash), waited);
        while (waited) {
            struct rpc_exchange *exchange = waited->first;
            bool last = !exchange->same_next;

            wait_remove(rpc, exchange); /* frees `waited` with its last */
            ready(context, exchange);
            if (last)
                break;
        }
    }
}

void rpc_on_time(struct rpc *rpc, uint64_t mono_ms,
                 void (*ready)(void *context, struct rpc_exchange *exchange), void *context)
{
    struct rpc_exchange *next;

    for (struct rpc_exchange *exchange = rpc->waits; exchange; exchange = next) {
        next = exchange->wait_next;
        if (exchange->member[exchange->next].deadline_mono_ms > mono_ms)
            continue;
        wait_remove(rpc, exchange);
        ready(context, exchange);
    }
}

uint64_t rpc_deadline(const struct rpc *rpc)
{
    uint64_t first = UINT64_MAX;

    for (const struct rpc_exchange *exchange = rpc->waits; exchange; exchange = exchange->wait_next)
        if (exchange->member[exchange->next].deadline_mono_ms < first)
            first = exchange->member[exchange->next].deadline_mono_ms;
    return first;
}

void rpc_stop(struct rpc *rpc, void (*ready)(void *context, struct rpc_exchange *exchange),
              void *context)
{
    rpc->stopping = true;
    for (struct rpc_exchange *exchange = rpc->waits; exchange; exchange = exchange->wait_next)
        exchange->member[exchange->next].deadline_mono_ms = 0;
    rpc_on_time(rpc, 0, ready, context);
}
