#include "execution.h"

#include <cairn/rlp.h>
#include <cairn/state_trie.h>

#include <inttypes.h>

void block_changes_release(struct block_changes *changes)
{
    mem_free(changes->change);
    mem_free(changes->position);
    *changes = (struct block_changes){0};
}

/* The running total after the block. */
static struct u256 burned_after(const struct header *parent, const struct u256 *burned)
{
    struct u256 total;
    bool fits = u256_add(&total, &parent->burned, burned);

    assert(fits); /* the supply bounds it */
    return total;
}

static bool u256_agree(const char *what, const struct u256 *have, const struct u256 *want,
                       struct error *err)
{
    char have_text[U256_DECIMAL_MAX + 1], want_text[U256_DECIMAL_MAX + 1];

    if (u256_equal(have, want))
        return true;
    u256_format(have_text, have);
    u256_format(want_text, want);
    return error_set(err, ERROR_BLOCK, "%s %s, want %s", what, have_text, want_text);
}

static bool u64_agree(const char *what, uint64_t have, uint64_t want, struct error *err)
{
    if (have == want)
        return true;
    return error_set(err, ERROR_BLOCK, "%s %" PRIu64 ", want %" PRIu64, what, have, want);
}

static bool hash_agree(const char *what, const struct hash *have, const struct hash *want,
                       struct error *err)
{
    if (hash_equal(have, want))
        return true;
    return error_set(err, ERROR_BLOCK, "%s %08" PRIx32 "…, want %08" PRIx32 "…", what,
                     be32_get(have->byte), be32_get(want->byte));
}

/* What can be said without the state. */
static bool check_before(const struct block *block, const struct header *parent,
                         const struct block_rules *rules, struct error *err)
{
    const struct header *header = &block->header;
    struct u256 base_fee = base_fee_next(parent, rules);
    struct hash hash;

    if (!u64_agree("height", header->height, parent->height + 1, err))
        return false;
    header_hash(&hash, parent);
    if (!hash_agree("parent hash", &header->parent_hash, &hash, err))
        return false;
    if (header->time_ms <= parent->time_ms)
        return error_set(err, ERROR_BLOCK, "time %" PRIu64 " ms not after its parent's %" PRIu64,
                         header->time_ms, parent->time_ms);
    if (!u64_agree("gas limit", header->gas_limit, rules->tx.gas_limit, err) ||
        !u256_agree("base fee", &header->base_fee_per_gas, &base_fee, err))
        return false;
    if (block->size > BLOCK_BYTES_MAX)
        return error_set(err, ERROR_BLOCK, "%zu bytes, at most %d", block->size, BLOCK_BYTES_MAX);
    if (block->tx_count > BLOCK_TX_MAX)
        return error_set(err, ERROR_BLOCK, "%zu transactions, at most %d", block->tx_count,
                         BLOCK_TX_MAX);
    transactions_root(&hash, block->tx, block->tx_count);
    return hash_agree("transactions root", &header->transactions_root, &hash, err);
}

/* What only the state tells. */
static bool check_after(const struct header *header, const struct header *parent,
                        const struct block_changes *changes, struct error *err)
{
    struct u256 burned = burned_after(parent, &changes->burned);

    return u64_agree("gas used", header->gas_used, changes->gas_used, err) &&
           u256_agree("burned", &header->burned, &burned, err) &&
           hash_agree("state root", &header->state_root, &changes->state_root, err);
}

static bool body_run(struct execution *x, uint64_t gas_max, struct error *err)
{
    for (size_t i = 0; i < x->tx_count; i++)
        if (execution_run(x, i, gas_max, err) != OUTCOME_DONE)
            return error_wrap(err, "transaction %zu", i);
    return true;
}

bool block_apply(struct block_changes *changes, const struct block *block,
                 const struct header *parent, const struct block_rules *rules,
                 const struct state_view *view, struct state_trie *trie, struct error *err)
{
    const struct header *header = &block->header;
    struct execution x;
    bool ok;

    if (!check_before(block, parent, rules, err))
        return error_wrap(err, "block %" PRIu64, header->height);
    execution_init(&x, rules, view, &header->base_fee_per_gas, &header->proposer, block->tx,
                   block->tx_count);
    ok = body_run(&x, header->gas_limit, err) &&
         execution_finish(&x, header->height, trie, changes, err);
    execution_release(&x);
    if (ok && !check_after(header, parent, changes, err)) {
        state_trie_drop(trie, changes->pending);
        block_changes_release(changes);
        ok = false;
    }
    return ok || error_wrap(err, "block %" PRIu64, header->height);
}

/* Bytes that the transactions of a body may take in a block of `bytes_max`. */
static size_t body_room(size_t bytes_max)
{
    size_t around = HEADER_BYTES_MAX + 2 * rlp_header_size(BLOCK_BYTES_MAX);

    if (bytes_max > BLOCK_BYTES_MAX)
        bytes_max = BLOCK_BYTES_MAX;
    return bytes_max > around ? bytes_max - around : 0;
}

static size_t item_size(const struct tx *tx)
{
    return tx->encoding.size + (tx->type == TX_LEGACY ? 0 : rlp_header_size(tx->encoding.size));
}

/* Carries out what fits and holds. `passed`, by account: a transaction of it was passed over, and
 * those behind it have a nonce too high. */
static bool candidates_run(struct execution *x, size_t room, uint64_t gas_max, bool *passed,
                           struct error *err)
{
    for (size_t i = 0; i < x->tx_count && x->done_count < BLOCK_TX_MAX; i++) {
        uint32_t sender = x->parties[i].sender;
        struct error refused = {0};
        enum outcome outcome;

        if (gas_max - x->gas_used < TX_GAS)
            break;
        if (passed[sender])
            continue;
        passed[sender] = item_size(x->tx[i]) > room;
        if (passed[sender])
            continue;
        outcome = execution_run(x, i, gas_max, &refused);
        if (outcome == OUTCOME_FAILED) {
            *err = refused;
            return false;
        }
        passed[sender] = outcome == OUTCOME_REFUSED;
        if (!passed[sender])
            room -= item_size(x->tx[i]);
    }
    return true;
}

/* The block of those carried out, its header complete. */
static struct block *block_finish(const struct execution *x, struct header *header,
                                  const struct header *parent, const struct block_changes *changes)
{
    struct tx **tx = mem_new(x->done_count + 1, sizeof(*tx));
    struct block *block;

    for (size_t i = 0; i < x->done_count; i++)
        tx[i] = tx_share(x->tx[x->done[i]]);
    transactions_root(&header->transactions_root, tx, x->done_count);
    header->state_root = changes->state_root;
    header->gas_used = changes->gas_used;
    header->burned = burned_after(parent, &changes->burned);
    block = block_new(header, tx, x->done_count);
    mem_free(tx);
    return block;
}

bool block_build(struct block **out, struct block_changes *changes, const struct header *fields,
                 const struct header *parent, const struct block_rules *rules,
                 struct tx *const *candidate, size_t candidate_count, size_t bytes_max,
                 uint64_t gas_max, const struct state_view *view, struct state_trie *trie,
                 struct error *err)
{
    struct header header = *fields;
    struct execution x;
    bool *passed;
    bool ok;

    assert(fields->time_ms > parent->time_ms && gas_max <= rules->tx.gas_limit);
    header.height = parent->height + 1;
    header_hash(&header.parent_hash, parent);
    header.gas_limit = rules->tx.gas_limit;
    header.base_fee_per_gas = base_fee_next(parent, rules);
    execution_init(&x, rules, view, &header.base_fee_per_gas, &header.proposer, candidate,
                   candidate_count);
    passed = mem_new(x.touched_count, sizeof(*passed));
    ok = candidates_run(&x, body_room(bytes_max), gas_max, passed, err) &&
         execution_finish(&x, header.height, trie, changes, err);
    if (ok)
        *out = block_finish(&x, &header, parent, changes);
    mem_free(passed);
    execution_release(&x);
    return ok || error_wrap(err, "building block %" PRIu64, header.height);
}
