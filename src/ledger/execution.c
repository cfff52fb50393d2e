#include "execution.h"

#include <cairn/keccak.h>
#include <cairn/state_trie.h>

#include <inttypes.h>
#include <stdlib.h>

/* One mention of an account: a candidate's sender (2 i), its recipient (2 i + 1), or the proposer
 * (2 tx_count). */
struct mention {
    uint64_t start; /* of the khash: tells nearly all apart without a look at the rest */
    const struct hash *khash;
    uint32_t index;
};

static int mention_compare(const void *left, const void *right)
{
    const struct mention *a = left, *b = right;

    if (a->start != b->start)
        return a->start < b->start ? -1 : 1;
    return hash_compare(a->khash, b->khash);
}

static const struct address *mentioned(const struct execution *x, const struct address *proposer,
                                       size_t index)
{
    if (index == 2 * x->tx_count)
        return proposer;
    return index % 2 == 0 ? &x->tx[index / 2]->sender : &x->tx[index / 2]->to;
}

static void mention_place(struct execution *x, size_t index, uint32_t place)
{
    if (index == 2 * x->tx_count)
        x->proposer = place;
    else if (index % 2 == 0)
        x->parties[index / 2].sender = place;
    else
        x->parties[index / 2].recipient = place;
}

static void accounts_find(struct execution *x, const struct address *proposer)
{
    size_t count = 2 * x->tx_count + 1;
    struct bytes *address = mem_new(count, sizeof(*address));
    struct hash *khash = mem_new(count, sizeof(*khash));
    struct mention *mention = mem_new(count, sizeof(*mention));

    assert(count <= UINT32_MAX);
    for (size_t i = 0; i < count; i++)
        address[i] = bytes_of_address(mentioned(x, proposer, i));
    keccak256_many(khash, address, count);
    for (size_t i = 0; i < count; i++)
        mention[i] = (struct mention){be64_get(khash[i].byte), &khash[i], (uint32_t)i};
    qsort(mention, count, sizeof(*mention), mention_compare);
    x->touched = mem_new(count, sizeof(*x->touched));
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || mention_compare(&mention[i - 1], &mention[i]) != 0) {
            x->touched[x->touched_count].address = *mentioned(x, proposer, mention[i].index);
            x->touched[x->touched_count++].khash = *mention[i].khash;
        }
        mention_place(x, mention[i].index, (uint32_t)(x->touched_count - 1));
    }
    mem_free(mention);
    mem_free(khash);
    mem_free(address);
}

void execution_init(struct execution *x, const struct block_rules *rules,
                    const struct state_view *view, const struct u256 *base_fee,
                    const struct address *proposer, struct tx *const *tx, size_t tx_count)
{
    *x = (struct execution){
        .rules = rules, .view = view, .base_fee = *base_fee, .tx = tx, .tx_count = tx_count};
    x->parties = mem_new(tx_count + 1, sizeof(*x->parties));
    x->done = mem_new(tx_count + 1, sizeof(*x->done));
    accounts_find(x, proposer);
}

void execution_release(struct execution *x)
{
    mem_free(x->parties);
    mem_free(x->done);
    mem_free(x->touched);
    *x = (struct execution){0};
}

static struct account *account_load(struct execution *x, uint32_t place, struct error *err)
{
    struct touched *touched = &x->touched[place];

    if (!touched->loaded &&
        !x->view->account(x->view->context, &touched->address, &touched->before, err))
        return NULL;
    if (!touched->loaded)
        touched->after = touched->before;
    touched->loaded = true;
    return &touched->after;
}

/* Nobody can hold more than there is, and a genesis gives out less than 2^128 wei. */
static void balance_add(struct account *account, const struct u256 *amount)
{
    bool fits = u256_add(&account->balance, &account->balance, amount);

    assert(fits && u256_bits(&account->balance) <= 128);
}

static void balance_take(struct account *account, const struct u256 *amount)
{
    bool covered = u256_sub(&account->balance, &account->balance, amount);

    assert(covered);
}

/* gas · price: less than what tx_check_account found covered. */
static struct u256 gas_cost(uint64_t gas, const struct u256 *price)
{
    struct u256 cost;
    bool fits = u256_mul_u64(&cost, price, gas);

    assert(fits);
    return cost;
}

/* Any two of the three may be one account: each line stands for itself. */
static void transfer(struct execution *x, const struct tx *tx, struct account *sender,
                     struct account *recipient, struct account *proposer)
{
    struct u256 price = tx_price(tx, &x->base_fee), tip = tx_tip(tx, &x->base_fee);
    struct u256 fee = gas_cost(tx->gas_intrinsic, &price);
    struct u256 base = gas_cost(tx->gas_intrinsic, &x->base_fee);
    bool fits;

    sender->nonce++;
    balance_take(sender, &tx->value);
    balance_take(sender, &fee);
    balance_add(recipient, &tx->value);
    if (proposer) {
        struct u256 reward = gas_cost(tx->gas_intrinsic, &tip);

        balance_add(proposer, &reward);
    }
    fits = u256_add(&x->burned, &x->burned, &base);
    assert(fits);
    x->gas_used += tx->gas_intrinsic;
}

enum outcome execution_run(struct execution *x, size_t i, uint64_t gas_max, struct error *err)
{
    const struct tx *tx = x->tx[i];
    const struct parties *parties = &x->parties[i];
    struct u256 tip = tx_tip(tx, &x->base_fee);
    struct account *sender = account_load(x, parties->sender, err), *recipient, *proposer = NULL;

    if (!sender)
        return OUTCOME_FAILED;
    if (!tx_check_account(tx, &x->rules->tx, &x->base_fee, sender, err))
        return OUTCOME_REFUSED;
    if (tx->gas_intrinsic > gas_max - x->gas_used) {
        error_set(err, ERROR_BLOCK, "gas %" PRIu64 " over the %" PRIu64 " that the block has left",
                  tx->gas_intrinsic, gas_max - x->gas_used);
        return OUTCOME_REFUSED;
    }
    recipient = account_load(x, parties->recipient, err);
    if (recipient && !u256_is_zero(&tip))
        proposer = account_load(x, x->proposer, err);
    if (!recipient || (!proposer && !u256_is_zero(&tip)))
        return OUTCOME_FAILED;
    transfer(x, tx, sender, recipient, proposer);
    x->touched[parties->sender].position_count++;
    if (parties->recipient != parties->sender)
        x->touched[parties->recipient].position_count++;
    x->done[x->done_count++] = (uint32_t)i;
    return OUTCOME_DONE;
}

static bool account_changed(const struct touched *touched)
{
    return touched->after.nonce != touched->before.nonce ||
           !u256_equal(&touched->after.balance, &touched->before.balance);
}

/* Lists the changes, and the leaves that go into the trie: without the accounts that are only named
 * (a transfer of nothing), of which some are not even there (EIP-161). */
static size_t changes_list(struct execution *x, uint64_t height, struct block_changes *changes,
                           struct state_leaf *leaf)
{
    size_t leaf_count = 0;

    for (size_t i = 0; i < x->touched_count; i++) {
        struct touched *touched = &x->touched[i];
        struct account *after = &touched->after;
        bool changed = account_changed(touched);

        if (!changed && touched->position_count == 0)
            continue;
        after->exists = touched->before.exists || changed;
        after->height_last = height;
        touched->position_next = (uint32_t)changes->position_count;
        changes->change[changes->change_count++] =
            (struct account_change){.address = touched->address,
                                    .khash = touched->khash,
                                    .before = touched->before,
                                    .after = *after,
                                    .position_first = touched->position_next,
                                    .position_count = touched->position_count};
        changes->position_count += touched->position_count;
        if (changed)
            leaf[leaf_count++] = (struct state_leaf){.khash = touched->khash,
                                                     .nonce = after->nonce,
                                                     .balance = after->balance,
                                                     .is_new = !touched->before.exists};
    }
    return leaf_count;
}

static void positions_list(struct execution *x, struct block_changes *changes)
{
    assert(x->done_count <= BLOCK_TX_MAX);
    changes->position = mem_new(changes->position_count + 1, sizeof(*changes->position));
    for (size_t i = 0; i < x->done_count; i++) {
        const struct parties *parties = &x->parties[x->done[i]];

        changes->position[x->touched[parties->sender].position_next++] = (uint16_t)i;
        if (parties->recipient != parties->sender)
            changes->position[x->touched[parties->recipient].position_next++] = (uint16_t)i;
    }
}

/* Supply is conserved: what the accounts held before is what they hold now and what was burned. */
static void supply_check(const struct block_changes *changes)
{
    struct u256 before = {{0}}, after = changes->burned;
    bool fits = true;

    for (size_t i = 0; i < changes->change_count; i++)
        fits = fits && u256_add(&before, &before, &changes->change[i].before.balance) &&
               u256_add(&after, &after, &changes->change[i].after.balance);
    assert(fits && u256_equal(&before, &after));
}

bool execution_finish(struct execution *x, uint64_t height, struct state_trie *trie,
                      struct block_changes *changes, struct error *err)
{
    struct state_leaf *leaf = mem_new(x->touched_count, sizeof(*leaf));
    size_t leaf_count;
    bool ok;

    *changes = (struct block_changes){.gas_used = x->gas_used, .burned = x->burned};
    changes->change = mem_new(x->touched_count, sizeof(*changes->change));
    leaf_count = changes_list(x, height, changes, leaf);
    positions_list(x, changes);
    supply_check(changes);
    ok = state_trie_apply(trie, leaf, leaf_count, &changes->pending, &changes->state_root, err);
    if (!ok)
        block_changes_release(changes);
    mem_free(leaf);
    return ok;
}
