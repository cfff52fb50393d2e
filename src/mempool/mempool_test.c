#include "mempool_test.h"

#include <cairn/rlp.h>

#include <inttypes.h>

/* ---- the world ---- */

static bool world_view(void *context, const struct address *address, struct account *out,
                       struct error *err)
{
    struct world *world = context;

    if (world->fails)
        return error_set(err, ERROR_IO, "the ledger cannot be read");
    world->reads++;
    *out = *world_account(world, (char)address->byte[3]);
    return true;
}

void world_open(struct world *world, const struct mempool_limits *limits)
{
    struct mempool_limits given = limits ? *limits : (struct mempool_limits){0};
    struct mempool_limits defaults = mempool_limits_default();
    struct tx_rules rules = {.chain_id = WORLD_CHAIN, .gas_limit = WORLD_GAS_MAX};
    struct state_view view = {.account = world_view, .context = world};
    struct u256 base_fee;

    *world = (struct world){.base_fee = 10, .now_ms = 1000};
    for (size_t i = 0; i < WORLD_SENDERS; i++)
        world->account[i] = (struct account){
            .nonce = 5, .balance = u256_of_u64(1000 * 1000 * 1000), .exists = true};
    base_fee = u256_of_u64(world->base_fee);
    if (given.tx_max == 0)
        given.tx_max = defaults.tx_max;
    if (given.bytes_max == 0)
        given.bytes_max = defaults.bytes_max;
    if (given.sender_tx_max == 0)
        given.sender_tx_max = defaults.sender_tx_max;
    if (given.nonce_ahead_max == 0)
        given.nonce_ahead_max = defaults.nonce_ahead_max;
    if (given.queued_ms_max == 0)
        given.queued_ms_max = defaults.queued_ms_max;
    world->mempool = mempool_new(&given, &rules, &view, &base_fee);
}

void world_close(struct world *world)
{
    mempool_free(world->mempool);
    mempool_events_release(&world->events);
    buffer_release(&world->trace);
}

struct account *world_account(struct world *world, char sender)
{
    ck_assert(sender >= 'A' && sender < 'A' + WORLD_SENDERS);
    return &world->account[sender - 'A'];
}

struct address send_address(char sender)
{
    return (struct address){.byte = {[3] = (uint8_t)sender}};
}

static uint64_t send_cap(const struct send *send)
{
    return send->cap ? send->cap : 100;
}

static uint64_t send_gas(const struct send *send)
{
    return send->gas ? send->gas : TX_GAS + TX_GAS_BYTE * (uint64_t)send->memo;
}

uint64_t send_cost(const struct send *send)
{
    return send->value + send_gas(send) * send_cap(send);
}

/* The signature is a number that tells senders apart: nobody recovers it. */
struct tx *send_tx(const struct send *send)
{
    struct address sender = send_address(send->sender);
    struct buffer bytes = {0};
    struct error err = {0};
    struct tx *tx;
    uint8_t *memo = mem_new(send->memo + 1, 1);
    size_t mark;

    memset(memo, 0xaa, send->memo);
    buffer_put_byte(&bytes, TX_FEE_MARKET);
    mark = rlp_list_begin(&bytes);
    rlp_put_u64(&bytes, WORLD_CHAIN);
    rlp_put_u64(&bytes, send->nonce);
    rlp_put_u64(&bytes, send->tip);
    rlp_put_u64(&bytes, send_cap(send));
    rlp_put_u64(&bytes, send_gas(send));
    rlp_put_address(&bytes, &(struct address){.byte = {0x70}});
    rlp_put_u64(&bytes, send->value);
    rlp_put_bytes(&bytes, bytes_of(memo, send->memo));
    rlp_list_end(&bytes, rlp_list_begin(&bytes));
    rlp_put_u64(&bytes, 0);
    rlp_put_u64(&bytes, (uint64_t)send->sender);
    rlp_put_u64(&bytes, 1);
    rlp_list_end(&bytes, mark);
    tx = tx_decode(buffer_bytes(&bytes), &err);
    ck_assert_msg(tx != NULL, "%s", err.text);
    tx_set_sender(tx, &sender);
    buffer_release(&bytes);
    mem_free(memo);
    return tx;
}

bool world_replay(struct world *world, struct send send, uint64_t sequence)
{
    struct tx *tx = send_tx(&send);
    bool ok;

    world->err = (struct error){0};
    ok = mempool_add(world->mempool, tx, world->now_ms, sequence, &world->sequence, &world->events,
                     &world->err);
    tx_drop(tx);
    mempool_check(world->mempool);
    return ok;
}

bool world_send(struct world *world, struct send send)
{
    return world_replay(world, send, 0);
}

static void apply(struct world *world, const struct send *send)
{
    struct account *account = world_account(world, send->sender);
    uint64_t price = world->base_fee + send->tip;
    struct u256 cost;

    if (price > send_cap(send))
        price = send_cap(send);
    cost = u256_of_u64(send->value + TX_GAS * price);
    ck_assert(u256_sub(&account->balance, &account->balance, &cost));
    account->nonce = send->nonce + 1;
}

void world_block(struct world *world, const struct send *send, size_t count, uint64_t base_fee_next)
{
    struct account_change change[WORLD_SENDERS] = {0};
    struct block_changes changes = {.change = change, .change_count = WORLD_SENDERS};
    struct block block = {.tx_count = count, .tx = mem_new(count + 1, sizeof(struct tx *))};
    struct u256 base_fee = u256_of_u64(base_fee_next);
    struct error err = {0};

    for (size_t i = 0; i < count; i++) {
        block.tx[i] = send_tx(&send[i]);
        apply(world, &send[i]);
    }
    for (size_t i = 0; i < WORLD_SENDERS; i++) {
        change[i].address = send_address((char)('A' + (int)i));
        change[i].after = world->account[i];
    }
    world->base_fee = base_fee_next;
    ck_assert(mempool_block(world->mempool, &block, &changes, &base_fee, world->now_ms,
                            &world->events, &err));
    mempool_check(world->mempool);
    for (size_t i = 0; i < count; i++)
        tx_drop(block.tx[i]);
    mem_free(block.tx);
}

uint64_t world_expire(struct world *world)
{
    uint64_t next = mempool_expire(world->mempool, world->now_ms, &world->events);

    mempool_check(world->mempool);
    return next;
}

const char *world_trace(struct world *world)
{
    static const char *const reason[] = {
        [MEMPOOL_INCLUDED] = "included", [MEMPOOL_STALE] = "stale",
        [MEMPOOL_REPLACED] = "replaced", [MEMPOOL_EVICTED] = "evicted",
        [MEMPOOL_EXPIRED] = "expired",   [MEMPOOL_UNFUNDED] = "unfunded",
    };

    buffer_clear(&world->trace);
    for (size_t i = 0; i < world->events.count; i++) {
        const struct mempool_event *event = &world->events.event[i];

        buffer_printf(&world->trace, "%s%c%c%" PRIu64 "%s%s", i > 0 ? ", " : "",
                      event->kind == MEMPOOL_PENDING  ? '+'
                      : event->kind == MEMPOOL_QUEUED ? '?'
                                                      : '-',
                      (char)event->tx->sender.byte[3], event->tx->nonce,
                      event->kind == MEMPOOL_REMOVED ? " " : "",
                      event->kind == MEMPOOL_REMOVED ? reason[event->reason] : "");
    }
    mempool_events_clear(&world->events);
    return buffer_text(&world->trace);
}

const char *world_pick(struct world *world, uint64_t gas_max, size_t bytes_max, size_t max)
{
    struct tx **tx = mem_new(max + 1, sizeof *tx);
    size_t count = mempool_pick(world->mempool, gas_max, bytes_max, tx, max);

    buffer_clear(&world->trace);
    for (size_t i = 0; i < count; i++)
        buffer_printf(&world->trace, "%s%c%" PRIu64, i > 0 ? " " : "", (char)tx[i]->sender.byte[3],
                      tx[i]->nonce);
    mem_free(tx);
    return buffer_text(&world->trace);
}

/* ---- the program ---- */

Suite *wei_suite(void);
Suite *table_suite(void);
Suite *admission_suite(void);
Suite *room_suite(void);
Suite *order_suite(void);
Suite *follow_suite(void);
Suite *model_suite(void);

int main(void)
{
    static Suite *(*const suite[])(void) = {wei_suite,   table_suite,  admission_suite, room_suite,
                                            order_suite, follow_suite, model_suite};

    return unit_main(suite, COUNT(suite));
}
