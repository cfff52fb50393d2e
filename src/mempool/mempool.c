/* The mempool: making one, admission, and following the chain. */
#include "pool.h"

#include <cairn/hex.h>

#include <inttypes.h>

enum { REPLACEMENT_DIVISOR = 10 }; /* both fees a tenth higher */
enum { FOLLOW_WAVE = 64 };         /* accounts looked at together */

struct mempool_limits mempool_limits_default(void)
{
    return (struct mempool_limits){
        .tx_max = 65536,
        .bytes_max = (size_t)64 * 1024 * 1024,
        .sender_tx_max = 4096,
        .nonce_ahead_max = 1024,
        .queued_ms_max = UINT64_C(60) * 60 * 1000,
    };
}

static struct cheapest cheapest_none(void)
{
    return (struct cheapest){.by_tip.place = PLACE_TIP, .by_cap.place = PLACE_CAP};
}

struct mempool *mempool_new(const struct mempool_limits *limits, const struct tx_rules *rules,
                            const struct state_view *view, const struct u256 *base_fee)
{
    struct mempool *mempool = mem_new(1, sizeof *mempool);

    mempool->limits = *limits;
    mempool->rules = *rules;
    mempool->view = *view;
    mempool->sequence_next = 1;
    mempool->tails = cheapest_none();
    mempool->queue = cheapest_none();
    fronts_set_base_fee(mempool, base_fee);
    return mempool;
}

static void cheapest_release(struct cheapest *set)
{
    mem_free(set->by_tip.item);
    mem_free(set->by_cap.item);
}

void mempool_free(struct mempool *mempool)
{
    if (!mempool)
        return;
    for (size_t i = 0; i < mempool->entries.size; i++) {
        struct entry *entry = mempool->entries.slot[i].at;

        if (entry)
            tx_drop(entry->tx);
        mem_free(entry);
    }
    for (size_t i = 0; i < mempool->senders.size; i++)
        if (mempool->senders.slot[i].at)
            sender_free(mempool->senders.slot[i].at);
    table_release(&mempool->entries);
    table_release(&mempool->senders);
    cheapest_release(&mempool->tails);
    cheapest_release(&mempool->queue);
    mem_free(mempool->front);
    mem_free(mempool->pick);
    mem_free(mempool->victim);
    mem_free(mempool);
}

void mempool_set_fees_none(struct mempool *mempool, bool fees_none)
{
    mempool->fees_none = fees_none;
}

/* ---- admission: each check with the words of json-rpc.md, in its order ---- */

static bool check_known(const struct mempool *mempool, const struct tx *tx, struct error *err)
{
    char hash[HEX_HASH_TEXT];

    if (!entry_find(mempool, &tx->hash))
        return true;
    return error_set(err, ERROR_TX_KNOWN, "already known (known transaction: %s)",
                     hex_format_hash(hash, &tx->hash));
}

/* The account, from here while something of it waits, else from the ledger. */
static bool find_account(struct mempool *mempool, struct arrival *arrival, struct error *err)
{
    const struct tx *tx = arrival->tx;
    struct sender *sender = sender_find(mempool, &tx->sender);

    arrival->sender = sender;
    if (!sender)
        return mempool->view.account(mempool->view.context, &tx->sender, &arrival->account, err);
    arrival->account.nonce = sender->nonce;
    arrival->account.balance = wei_to_u256(sender->balance);
    arrival->replaced = sender_entry(sender, tx->nonce);
    return true;
}

/* `again`: how far ahead it may be is not asked of what was admitted once. */
static bool check_nonce(const struct mempool *mempool, struct arrival *arrival, bool again,
                        struct error *err)
{
    uint64_t nonce = arrival->tx->nonce;
    uint64_t next = arrival->account.nonce;

    if (nonce < next)
        return error_set(err, ERROR_TX_NONCE_LOW,
                         "nonce too low: next nonce %" PRIu64 ", tx nonce %" PRIu64, next, nonce);
    if (arrival->sender)
        next = sender_nonce_next(arrival->sender);
    arrival->pending = nonce <= next;
    if (!arrival->pending && nonce - next > mempool->limits.nonce_ahead_max && !again)
        return error_set(err, ERROR_TX_NONCE_HIGH,
                         "nonce too high: next nonce %" PRIu64 ", tx nonce %" PRIu64
                         ", at most %" PRIu64 " ahead",
                         next, nonce, mempool->limits.nonce_ahead_max);
    return true;
}

static bool refuse_funds(const struct arrival *arrival, const struct u256 *want, struct error *err)
{
    char address[ADDRESS_TEXT];
    char have_text[U256_DECIMAL_MAX + 1];
    char want_text[U256_DECIMAL_MAX + 1];

    u256_format(have_text, &arrival->account.balance);
    if (want)
        u256_format(want_text, want);
    return error_set(err, ERROR_TX_FUNDS,
                     "insufficient funds for gas * price + value: address %s have %s want %s",
                     address_format(address, &arrival->tx->sender), have_text,
                     want ? want_text : "more than 2^256-1");
}

/* With all that its sender has pending, less the one that it replaces. */
static bool check_funds(struct arrival *arrival, struct error *err)
{
    const struct sender *sender = arrival->sender;
    const struct entry *replaced = arrival->replaced;
    struct wei others = sender ? sender->pending_cost : (struct wei){0};
    struct u256 cost, want;

    if (replaced && !replaced->queued)
        others = wei_sub(others, replaced->cost);
    want = wei_to_u256(others);
    if (!tx_cost_max(&cost, arrival->tx) || !u256_add(&want, &want, &cost))
        return refuse_funds(arrival, NULL, err);
    if (u256_compare(&arrival->account.balance, &want) < 0)
        return refuse_funds(arrival, &want, err);
    arrival->cost = wei_of_u256(&cost);
    return true;
}

/* The least that is a tenth more, rounded up. */
static struct wei raise(struct wei fee)
{
    struct u256 more = wei_to_u256(wei_add(fee, (struct wei){0, REPLACEMENT_DIVISOR - 1}));

    u256_divide_u64(&more, NULL, &more, REPLACEMENT_DIVISOR);
    return wei_add(fee, wei_of_u256(&more));
}

/* Where nobody pays a base fee, wallets send with price 0, of which a tenth is nothing. */
static bool check_replacement(const struct mempool *mempool, const struct arrival *arrival,
                              struct error *err)
{
    const struct entry *old = arrival->replaced;
    struct wei tip, cap;
    struct u256 figure;
    char tip_text[U256_DECIMAL_MAX + 1], cap_text[U256_DECIMAL_MAX + 1];

    if (!old)
        return true;
    tip = cap = wei_add(old->tip, (struct wei){0, 1});
    if (!mempool->fees_none) {
        tip = raise(old->tip);
        cap = raise(old->cap);
    }
    if (!wei_less(arrival->tip, tip) && !wei_less(arrival->cap, cap))
        return true;
    figure = wei_to_u256(tip);
    u256_format(tip_text, &figure);
    figure = wei_to_u256(cap);
    u256_format(cap_text, &figure);
    return error_set(err, ERROR_TX_REPLACEMENT,
                     "replacement transaction underpriced: needs maxFeePerGas %s, "
                     "maxPriorityFeePerGas %s",
                     cap_text, tip_text);
}

static bool check_share(const struct mempool *mempool, const struct arrival *arrival,
                        struct error *err)
{
    if (arrival->replaced || !arrival->sender ||
        arrival->sender->count < mempool->limits.sender_tx_max)
        return true;
    return error_set(err, ERROR_TX_SHARE, "account limit exceeded: %zu transactions",
                     arrival->sender->count);
}

/* True: it may come in, and who goes for it is found. `again`: it comes from the journal. What was
 * accepted must survive a restart, so it is not held against a base fee that has risen meanwhile,
 * nor against nonces that came before it and are read later. */
static bool admit(struct mempool *mempool, struct arrival *arrival, bool again, struct error *err)
{
    const struct tx *tx = arrival->tx;

    if (!check_known(mempool, tx, err) || !tx_check_shape(tx, err) ||
        !tx_check_rules(tx, &mempool->rules, err) ||
        (!again && !tx_check_fee(tx, &mempool->base_fee, err)) ||
        !find_account(mempool, arrival, err) || !check_nonce(mempool, arrival, again, err) ||
        !check_funds(arrival, err))
        return false;
    arrival->tip = wei_of_u256(&tx->tip_max_per_gas);
    arrival->cap = wei_of_u256(&tx->fee_max_per_gas);
    if (!check_replacement(mempool, arrival, err))
        return false;
    if (room_find(mempool, arrival, err) && check_share(mempool, arrival, err))
        return true;
    room_undo(mempool, arrival);
    return false;
}

static struct entry *entry_new(struct mempool *mempool, const struct arrival *arrival,
                               uint64_t sequence)
{
    struct entry *entry = mem_new(1, sizeof *entry);

    entry->tx = tx_share(arrival->tx);
    entry->nonce = arrival->tx->nonce;
    entry->sequence = sequence;
    entry->tip = arrival->tip;
    entry->cap = arrival->cap;
    entry->cost = arrival->cost;
    entry->word = table_word(entry->tx->hash.byte);
    entry->size = entry->tx->encoding.size;
    mempool->bytes += entry->size;
    table_put(&mempool->entries, entry->word, entry);
    return entry;
}

bool mempool_add(struct mempool *mempool, struct tx *tx, uint64_t now_ms, uint64_t sequence,
                 uint64_t *sequence_out, struct mempool_events *events, struct error *err)
{
    struct arrival arrival = {.tx = tx};
    struct entry *entry;

    assert(tx->sender_known);
    if (!admit(mempool, &arrival, sequence != 0, err)) {
        mempool->counts.refused++;
        return false;
    }
    if (sequence == 0)
        sequence = mempool->sequence_next;
    if (mempool->sequence_next <= sequence)
        mempool->sequence_next = sequence + 1;
    queue_set_time(mempool, now_ms);
    room_make(mempool, events);
    entry = entry_new(mempool, &arrival, sequence);
    entry->sender = sender_find(mempool, &tx->sender); /* making room may have taken it along */
    if (!entry->sender)
        entry->sender = sender_new(mempool, &tx->sender, &arrival.account);
    if (arrival.replaced)
        sender_replace(mempool, arrival.replaced, entry, now_ms, events);
    else
        sender_insert(mempool, entry->sender, entry, now_ms, events);
    mempool->counts.admitted++;
    *sequence_out = sequence;
    return true;
}

/* ---- after a block ---- */

/* Marks what the block has of what waits here; returns how many. */
static size_t mark_included(struct mempool *mempool, const struct block *block)
{
    size_t marked = 0;

    for (size_t i = 0; i < block->tx_count; i++)
        table_prefetch(&mempool->entries, table_word(block->tx[i]->hash.byte));
    for (size_t i = 0; i < block->tx_count; i++) {
        struct entry *entry = entry_find(mempool, &block->tx[i]->hash);

        if (entry)
            entry->included = true;
        marked += entry != NULL;
    }
    return marked;
}

/* A few accounts in three waves: in a full mempool next to nothing is in the processor's cache, and
 * so the misses of all of them are waited for together. */
static void follow_accounts(struct mempool *mempool, const struct account_change *change,
                            size_t count, uint64_t now_ms, struct mempool_events *events)
{
    struct sender *sender[FOLLOW_WAVE];

    for (size_t i = 0; i < count; i++)
        table_prefetch(&mempool->senders, table_word(change[i].address.byte));
    for (size_t i = 0; i < count; i++) {
        sender[i] = sender_find(mempool, &change[i].address);
        if (sender[i])
            __builtin_prefetch(sender[i]->entry);
    }
    for (size_t i = 0; i < count; i++) {
        if (!sender[i])
            continue;
        sender_follow(mempool, sender[i], &change[i].after, now_ms, events);
        sender_free_empty(mempool, sender[i]);
    }
}

/* All that is asked of the ledger lies in `changes`: this cannot fail. */
bool mempool_block(struct mempool *mempool, const struct block *block,
                   const struct block_changes *changes, const struct u256 *base_fee_next,
                   uint64_t now_ms, struct mempool_events *events, struct error *err)
{
    size_t marked = mark_included(mempool, block);
    uint64_t included = mempool->counts.included;

    (void)err;
    fronts_set_base_fee(mempool, base_fee_next);
    queue_set_time(mempool, now_ms);
    for (size_t i = 0; i < changes->change_count; i += FOLLOW_WAVE) {
        size_t left = changes->change_count - i;

        follow_accounts(mempool, changes->change + i, left < FOLLOW_WAVE ? left : FOLLOW_WAVE,
                        now_ms, events);
    }
    assert(mempool->counts.included - included == marked); /* a block changes all its senders */
    return true;
}

/* ---- asking ---- */

struct tx *mempool_find(const struct mempool *mempool, const struct hash *hash)
{
    const struct entry *entry = entry_find(mempool, hash);

    return entry ? entry->tx : NULL;
}

uint64_t mempool_nonce_next(const struct mempool *mempool, const struct address *sender,
                            uint64_t nonce_account)
{
    const struct sender *found = sender_find(mempool, sender);
    uint64_t next = found ? sender_nonce_next(found) : 0;

    return next > nonce_account ? next : nonce_account;
}

struct mempool_counts mempool_counts(const struct mempool *mempool)
{
    struct mempool_counts counts = mempool->counts;

    counts.pending = mempool->pending;
    counts.queued = mempool->entries.count - mempool->pending;
    counts.bytes = mempool->bytes;
    return counts;
}
