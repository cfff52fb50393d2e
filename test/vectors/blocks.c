/* Base fees, and blocks of transfers: what the ledger makes of accounts, and its roots. */
#include "checks.h"
#include "src/ledger/test_rows.h"

#include <cairn/block.h>
#include <cairn/keccak.h>
#include <cairn/mpt.h>
#include <cairn/rlp.h>
#include <cairn/state_trie.h>

enum { CHAIN_ID = 1 };

/* ---- base_fee.json ---- */

static void base_fee_case(struct checks *c, json_t *json)
{
    const struct block_rules rules = {0};
    struct header parent = {0};
    struct u256 next;

    if (!get_u256(c, json, "parentBaseFee", &parent.base_fee_per_gas) ||
        !get_u64(c, json, "parentGasUsed", &parent.gas_used) ||
        !get_u64(c, json, "parentGasLimit", &parent.gas_limit))
        return;
    next = base_fee_next(&parent, &rules);
    check_u256_at(c, json, "baseFee", &next);
}

void check_base_fee(struct checks *c, json_t *root)
{
    checks_each(c, root, "cases", base_fee_case);
}

/* ---- state_transition.json ---- */

/* A storage root that stays as it is. The ledger knows of none: it is put into roots here. */
struct opaque {
    struct hash khash, storage_root, code_hash;
};

struct world {
    struct test_rows rows;
    struct state_trie *trie;
    struct state_view view;
    struct opaque *opaque;
    size_t opaque_count;
};

static bool world_account(void *context, const struct address *address, struct account *out,
                          struct error *err)
{
    const struct world *world = context;
    const struct state_leaf *leaf;
    struct hash khash;

    (void)err;
    keccak256(&khash, bytes_of_address(address));
    leaf = test_rows_find(&world->rows, &khash);
    *out = (struct account){0};
    if (leaf)
        *out = (struct account){.nonce = leaf->nonce, .balance = leaf->balance, .exists = true};
    return true;
}

struct case_account {
    struct state_leaf leaf;
    struct opaque opaque;
    bool is_opaque;
};

static bool account_get(struct checks *c, json_t *json, struct case_account *out)
{
    struct address address;
    bool storage = has(json, "storageRoot"), code = has(json, "codeHash");

    *out = (struct case_account){.is_opaque = storage || code};
    out->opaque.storage_root = mpt_root_empty;
    keccak256(&out->opaque.code_hash, (struct bytes){0});
    if (!get_fixed(c, json, "address", address.byte, sizeof address.byte) ||
        !get_u64(c, json, "nonce", &out->leaf.nonce) ||
        !get_u256(c, json, "balance", &out->leaf.balance) ||
        (storage && !get_fixed(c, json, "storageRoot", out->opaque.storage_root.byte, HASH_SIZE)) ||
        (code && !get_fixed(c, json, "codeHash", out->opaque.code_hash.byte, HASH_SIZE)))
        return false;
    keccak256(&out->leaf.khash, bytes_of_address(&address));
    out->opaque.khash = out->leaf.khash;
    return true;
}

static void opaque_add(struct world *world, const struct opaque *opaque)
{
    world->opaque = mem_grow(world->opaque, world->opaque_count + 1, sizeof *world->opaque);
    world->opaque[world->opaque_count++] = *opaque;
}

static void world_release(struct world *world)
{
    mem_free(world->opaque);
    state_trie_free(world->trie);
    test_rows_release(&world->rows);
}

/* False: the case has failed or is left out. */
static bool world_init(struct checks *c, struct world *world, json_t *pre)
{
    struct u256 sum = {{0}};
    struct error err = {0};
    struct state_rows port;

    *world = (struct world){.view = {world_account, world}};
    for (size_t i = 0; i < json_array_size(pre); i++) {
        struct case_account account;

        if (!account_get(c, json_array_get(pre, i), &account))
            return false;
        if (account.leaf.nonce == 0 && u256_is_zero(&account.leaf.balance)) {
            check_leave_out(c, "empty accounts before: this ledger's states have none");
            return false;
        }
        if (!u256_add(&sum, &sum, &account.leaf.balance) || u256_bits(&sum) > 128) {
            check_leave_out(c, "a supply over 2^128 - 1");
            return false;
        }
        if (account.is_opaque)
            opaque_add(world, &account.opaque);
        test_rows_put(&world->rows, &account.leaf);
    }
    port = test_rows_port(&world->rows);
    world->trie = state_trie_new(&port, SIZE_MAX);
    if (!state_trie_load(world->trie, &err))
        check_fail(c, "the state trie: %s", err.text);
    return err.code == ERROR_NONE;
}

static void world_decide(struct world *world, struct block_changes *changes)
{
    for (size_t i = 0; i < changes->change_count; i++) {
        const struct account_change *change = &changes->change[i];
        struct state_leaf leaf = {
            .khash = change->khash, .nonce = change->after.nonce, .balance = change->after.balance};

        if (change->after.exists)
            test_rows_put(&world->rows, &leaf);
    }
    state_trie_fold(world->trie, changes->pending);
    changes->pending = NULL;
}

/* One account's value with the storage and code that it carries. */
static void value_put(struct buffer *out, const struct world *world, const struct state_leaf *leaf)
{
    struct hash storage_root = mpt_root_empty, code_hash;
    size_t mark = rlp_list_begin(out);

    keccak256(&code_hash, (struct bytes){0});
    for (size_t i = 0; i < world->opaque_count; i++)
        if (hash_equal(&world->opaque[i].khash, &leaf->khash)) {
            storage_root = world->opaque[i].storage_root;
            code_hash = world->opaque[i].code_hash;
        }
    rlp_put_u64(out, leaf->nonce);
    rlp_put_u256(out, &leaf->balance);
    rlp_put_hash(out, &storage_root);
    rlp_put_hash(out, &code_hash);
    rlp_list_end(out, mark);
}

static struct hash world_root(const struct world *world)
{
    struct mpt_pair *pair = mem_new(world->rows.count + 1, sizeof *pair);
    struct buffer *value = mem_new(world->rows.count + 1, sizeof *value);
    struct hash root;

    for (size_t i = 0; i < world->rows.count; i++) {
        const struct state_leaf *leaf = &world->rows.leaf[i];

        value_put(&value[i], world, leaf);
        pair[i] = (struct mpt_pair){bytes_of_hash(&leaf->khash), buffer_bytes(&value[i])};
    }
    mpt_root(&root, pair, world->rows.count);
    for (size_t i = 0; i < world->rows.count; i++)
        buffer_release(&value[i]);
    mem_free(value);
    mem_free(pair);
    return root;
}

/* ---- one block ---- */

/* An unprotected transaction is refused by name; below that rule it goes on as if it were of this
 * chain, from the sender that the case gives. */
static void tx_admit(struct checks *c, struct tx *tx, bool unprotected)
{
    struct error err = {0};

    if (tx->protected || !unprotected)
        return;
    check_true(c, !tx_check_shape(tx, &err) && err.code == ERROR_TX_UNPROTECTED,
               "an unprotected transaction was not refused as that");
    tx->protected = true;
    tx->chain_id = CHAIN_ID;
}

static struct tx *tx_get(struct checks *c, json_t *json, json_t *senders, size_t i,
                         bool unprotected)
{
    struct buffer raw = {0}, sender = {0};
    struct error err = {0};
    struct tx *tx = NULL;

    if (data_of(c, json, "transactions", &raw) &&
        data_of(c, json_array_get(senders, i), "senders", &sender)) {
        tx = tx_decode(buffer_bytes(&raw), &err);
        if (!tx || !tx_recover(tx, &err)) {
            check_fail(c, "transaction %zu: %s", i, err.text);
            tx_drop(tx);
            tx = NULL;
        }
    }
    if (tx) {
        check_bytes(c, "sender", bytes_of_address(&tx->sender), buffer_bytes(&sender));
        tx_admit(c, tx, unprotected);
    }
    buffer_release(&raw);
    buffer_release(&sender);
    return tx;
}

static void receipts_check(struct checks *c, json_t *json, const struct block *block)
{
    struct hash root;
    json_t *receipts;
    uint64_t gas = 0;

    receipts_root(&root, block->tx, block->tx_count);
    check_hash_at(c, json, "receiptsRoot", &root);
    if (!get_array(c, json, "receipts", &receipts) ||
        !check_u64(c, "receipts", json_array_size(receipts), block->tx_count))
        return;
    for (size_t i = 0; i < block->tx_count; i++) {
        const struct tx *tx = block->tx[i];
        json_t *receipt = json_array_get(receipts, i);
        struct u256 price = tx_price(tx, &block->header.base_fee_per_gas);

        gas += tx->gas_intrinsic;
        check_u64_at(c, receipt, "type", (uint64_t)tx->type);
        check_u64_at(c, receipt, "status", 1);
        check_u64_at(c, receipt, "gasUsed", tx->gas_intrinsic);
        check_u64_at(c, receipt, "cumulativeGasUsed", gas);
        check_u256_at(c, receipt, "effectiveGasPrice", &price);
    }
}

/* The header is ours; the base fee is the case's, as the child of a block at its gas target. */
static bool header_get(struct checks *c, json_t *json, struct header *fields, struct header *parent,
                       struct block_rules *rules)
{
    uint64_t number;

    *fields = (struct header){0};
    *parent = (struct header){0};
    *rules = (struct block_rules){.tx = {.chain_id = CHAIN_ID}};
    if (!get_u64(c, json, "number", &number) || !get_u64(c, json, "gasLimit", &parent->gas_limit) ||
        !get_u256(c, json, "baseFeePerGas", &parent->base_fee_per_gas) ||
        !get_fixed(c, json, "coinbase", fields->proposer.byte, ADDRESS_SIZE))
        return false;
    if (number == 0) {
        check_fail(c, "block 0 has no transactions");
        return false;
    }
    parent->height = number - 1;
    parent->time_ms = number * 1000;
    parent->gas_used = parent->gas_limit / 2;
    fields->time_ms = parent->time_ms + 1;
    rules->tx.gas_limit = parent->gas_limit;
    return true;
}

static void block_check(struct checks *c, json_t *json, const struct block *block,
                        const struct block_changes *changes)
{
    struct u256 burned;

    check_hash_at(c, json, "transactionsRoot", &block->header.transactions_root);
    check_u64_at(c, json, "gasUsed", block->header.gas_used);
    check_u256_at(c, json, "baseFeePerGas", &block->header.base_fee_per_gas);
    receipts_check(c, json, block);
    if (u256_mul_u64(&burned, &block->header.base_fee_per_gas, changes->gas_used))
        check_u256(c, "burned", &changes->burned, &burned);
}

/* The root after a block: of the ledger's trie, and with what it does not know put in. */
static void root_check(struct checks *c, json_t *json, struct world *world,
                       const struct hash *ledger_root, json_t *system_account)
{
    struct hash root;

    if (!has(json, "stateRoot"))
        return;
    if (json_is_object(system_account)) {
        struct case_account account;

        if (!account_get(c, system_account, &account))
            return;
        opaque_add(world, &account.opaque);
        test_rows_put(&world->rows, &account.leaf);
    } else if (world->opaque_count == 0) {
        check_hash_at(c, json, "stateRoot", ledger_root);
    }
    root = world_root(world);
    check_hash_at(c, json, "stateRoot", &root);
}

/* Builds the block from the case's transactions, applies it as one that came from elsewhere, and
 * compares all that the case says of it. */
static bool block_run(struct checks *c, json_t *json, struct world *world)
{
    json_t *transactions, *senders;
    struct header fields, parent;
    struct block_rules rules;
    struct block *block = NULL;
    struct block_changes built = {0}, changes = {0};
    struct error err = {0};
    struct tx **tx = NULL;
    size_t count = 0, have = 0;
    bool ok = false;

    if (!header_get(c, json, &fields, &parent, &rules) ||
        !get_array(c, json, "transactions", &transactions) ||
        !get_array(c, json, "senders", &senders))
        return false;
    count = json_array_size(transactions);
    tx = mem_new(count + 1, sizeof(*tx));
    while (have < count && (tx[have] = tx_get(c, json_array_get(transactions, have), senders, have,
                                              json_is_true(json_object_get(json, "unprotected")))))
        have++;
    if (have < count)
        goto out;
    if (!block_build(&block, &built, &fields, &parent, &rules, tx, count, BLOCK_BYTES_MAX,
                     rules.tx.gas_limit, &world->view, world->trie, &err)) {
        check_fail(c, "not built: %s", err.text);
        goto out;
    }
    state_trie_drop(world->trie, built.pending);
    if (!check_u64(c, "transactions taken", block->tx_count, count))
        goto out;
    if (!block_apply(&changes, block, &parent, &rules, &world->view, world->trie, &err)) {
        check_fail(c, "not applied: %s", err.text);
        goto out;
    }
    check_bytes(c, "root applied and built", bytes_of_hash(&changes.state_root),
                bytes_of_hash(&built.state_root));
    block_check(c, json, block, &changes);
    world_decide(world, &changes);
    ok = true;
out:
    for (size_t i = 0; i < have; i++)
        tx_drop(tx[i]);
    mem_free(tx);
    block_drop(block);
    block_changes_release(&built);
    block_changes_release(&changes);
    return ok;
}

static void post_check(struct checks *c, const struct world *world, json_t *post)
{
    check_u64(c, "accounts after", world->rows.count, json_array_size(post));
    for (size_t i = 0; i < json_array_size(post); i++) {
        json_t *json = json_array_get(post, i);
        struct case_account account;
        const struct state_leaf *leaf;

        if (!account_get(c, json, &account))
            return;
        leaf = test_rows_find(&world->rows, &account.leaf.khash);
        check_true(c, leaf != NULL, "%s is not there after",
                   json_string_value(json_object_get(json, "address")));
        if (!leaf)
            continue;
        check_u64(c, "nonce after", leaf->nonce, account.leaf.nonce);
        check_u256(c, "balance after", &leaf->balance, &account.leaf.balance);
    }
}

static void state_transition_case(struct checks *c, json_t *json)
{
    json_t *pre, *blocks, *post;
    struct world world;
    bool ok;

    if (!get_array(c, json, "pre", &pre) || !get_array(c, json, "blocks", &blocks) ||
        !get_array(c, json, "post", &post))
        return;
    ok = world_init(c, &world, pre);
    for (size_t i = 0; ok && i < json_array_size(blocks); i++) {
        json_t *block = json_array_get(blocks, i);
        bool last = i + 1 == json_array_size(blocks);
        struct hash root;

        ok = block_run(c, block, &world);
        if (ok && last)
            post_check(c, &world, post);
        state_trie_root(world.trie, &root);
        if (ok && (last || !has(json, "systemAccountAfter")))
            root_check(c, block, &world, &root,
                       last ? json_object_get(json, "systemAccountAfter") : NULL);
    }
    world_release(&world);
}

void check_state_transition(struct checks *c, json_t *root)
{
    checks_each(c, root, "cases", state_transition_case);
}
