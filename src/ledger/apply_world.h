/* For the tests of applying and building: some people with rows, a tree and a head, and
 * transactions that nobody signed. */
#ifndef CAIRN_LEDGER_APPLY_WORLD_H
#define CAIRN_LEDGER_APPLY_WORLD_H
#include "test/unit.h"
#include "test_rows.h"

#include <cairn/block.h>
#include <cairn/keccak.h>
#include <cairn/rlp.h>

enum { CHAIN_ID = 7, PEOPLE = 40 };

struct world {
    struct block_rules rules;
    struct header head;
    struct address people[PEOPLE];
    struct test_rows rows;
    struct state_trie *trie;
    struct state_view view;
    size_t reads;     /* of accounts, since a test set it to 0 */
    size_t reads_max; /* after so many the store fails */
    uint64_t seed;
};

static inline struct hash khash_of(const uint8_t address[ADDRESS_SIZE])
{
    struct hash khash;

    keccak256(&khash, bytes_of(address, ADDRESS_SIZE));
    return khash;
}

static inline bool world_account(void *context, const struct address *address, struct account *out,
                                 struct error *err)
{
    struct world *world = context;
    struct hash khash = khash_of(address->byte);
    const struct state_leaf *leaf = test_rows_find(&world->rows, &khash);

    if (world->reads++ >= world->reads_max)
        return error_set(err, ERROR_IO, "the disk is gone");
    *out = (struct account){0};
    if (leaf)
        *out = (struct account){.nonce = leaf->nonce, .balance = leaf->balance, .exists = true};
    return true;
}

/* Every eighth person has nothing, every fourth very little, every fourth more than 2^64 wei. */
static inline struct world *world_new(uint64_t seed, bool fees_none)
{
    struct world *world = mem_new(1, sizeof(*world));
    struct state_rows port;
    struct error err = {0};

    world->seed = seed;
    world->reads_max = SIZE_MAX;
    world->view = (struct state_view){world_account, world};
    world->rules = (struct block_rules){.tx = {.chain_id = CHAIN_ID, .gas_limit = 400000},
                                        .base_fee_min = u256_of_u64(fees_none ? 0 : 7),
                                        .fees_none = fees_none};
    world->head = (struct header){.time_ms = 1000, .gas_limit = world->rules.tx.gas_limit};
    world->head.base_fee_per_gas = u256_of_u64(fees_none ? 0 : 50);
    for (size_t i = 0; i < PEOPLE; i++) {
        struct state_leaf leaf = {
            .balance = {{test_random(&world->seed) >> (i % 4 == 0 ? 36 : 0)}}};

        leaf.balance.limb[1] = i % 4 == 1 ? test_random(&world->seed) >> 8 : 0;
        test_random_bytes(&world->seed, &world->people[i], ADDRESS_SIZE);
        leaf.khash = khash_of(world->people[i].byte);
        if (i % 8 != 7)
            test_rows_put(&world->rows, &leaf);
    }
    port = test_rows_port(&world->rows);
    world->trie = state_trie_new(&port, SIZE_MAX);
    ck_assert_msg(state_trie_load(world->trie, &err), "%s", err.text);
    state_trie_root(world->trie, &world->head.state_root);
    return world;
}

static inline void world_free(struct world *world)
{
    state_trie_free(world->trie);
    test_rows_release(&world->rows);
    mem_free(world);
}

/* The block is decided: its changes go into the rows, the tree and the head. */
static inline void world_decide(struct world *world, const struct block *block,
                                struct block_changes *changes)
{
    for (size_t i = 0; i < changes->change_count; i++) {
        const struct account_change *change = &changes->change[i];
        struct state_leaf leaf = {
            .khash = change->khash, .nonce = change->after.nonce, .balance = change->after.balance};

        if (change->after.exists)
            test_rows_put(&world->rows, &leaf);
    }
    state_trie_fold(world->trie, changes->pending);
    block_changes_release(changes);
    world->head = block->header;
}

static inline void tx_put_start(struct buffer *out, const struct tx *f)
{
    if (f->type != TX_LEGACY)
        rlp_put_u64(out, CHAIN_ID);
    rlp_put_u64(out, f->nonce);
    if (f->type == TX_FEE_MARKET)
        rlp_put_u256(out, &f->tip_max_per_gas);
    rlp_put_u256(out, &f->fee_max_per_gas);
    rlp_put_u64(out, f->gas_limit);
    rlp_put_address(out, &f->to);
    rlp_put_u256(out, &f->value);
    rlp_put_bytes(out, f->memo);
}

static inline void tx_put_access_list(struct buffer *out, size_t addresses, size_t keys)
{
    static const struct hash key = {{0}};
    static const struct address address = {{1}};
    size_t list = rlp_list_begin(out);

    for (size_t i = 0; i < addresses; i++) {
        size_t entry = rlp_list_begin(out), slots;

        rlp_put_address(out, &address);
        slots = rlp_list_begin(out);
        for (size_t j = 0; i == 0 && j < keys; j++)
            rlp_put_hash(out, &key);
        rlp_list_end(out, slots);
        rlp_list_end(out, entry);
    }
    rlp_list_end(out, list);
}

/* Its signature is nobody's, the sender is told. access_addresses and access_keys of `f` are how
 * many it will have. */
static inline struct tx *tx_make(const struct tx *f, const struct address *sender)
{
    struct buffer out = {0};
    struct error err = {0};
    struct tx *tx;
    size_t mark;

    if (f->type != TX_LEGACY)
        buffer_put_byte(&out, (uint8_t)f->type);
    mark = rlp_list_begin(&out);
    tx_put_start(&out, f);
    if (f->type != TX_LEGACY)
        tx_put_access_list(&out, f->access_addresses, f->access_keys);
    rlp_put_u64(&out, f->type == TX_LEGACY ? 35 + 2 * CHAIN_ID : 0);
    rlp_put_u64(&out, 1);
    rlp_put_u64(&out, 1);
    rlp_list_end(&out, mark);
    tx = tx_decode(buffer_bytes(&out), &err);
    ck_assert_msg(tx != NULL, "%s", err.text);
    buffer_release(&out);
    tx_set_sender(tx, sender);
    return tx;
}

#endif
