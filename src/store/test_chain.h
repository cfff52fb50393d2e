/* A development chain that a test grows over either port, with all that was put remembered. */
#ifndef CAIRN_STORE_TEST_CHAIN_H
#define CAIRN_STORE_TEST_CHAIN_H
#include "local.h"
#include "test_folder.h"

enum { PORT_MEMORY, PORT_LEVELDB, PORT_COUNT };
enum { TEST_BLOCKS_MAX = 256, TEST_CHANGES_MAX = 8192, TEST_TXS_MAX = 12 };

struct test_chain {
    int port;
    struct test_folder folder;
    struct kv *kv;     /* stays open while stores over it come and go */
    struct kv_ops ops; /* its own, but closing does nothing */
    const struct kv_ops *real;
    struct genesis genesis;
    struct secret validator;
    struct address proposer;
    struct store *store; /* NULL: closed */
    struct state_trie *trie;
    uint64_t random;

    /* What was put. */
    uint64_t head;
    struct block *block[TEST_BLOCKS_MAX];
    struct certificate certificate[TEST_BLOCKS_MAX];
    struct account_change *change; /* of all blocks, in order */
    size_t change_count;
    uint64_t nonce[GENESIS_DEV_ACCOUNTS];
};

static inline uint64_t test_random(struct test_chain *c, uint64_t below)
{
    c->random ^= c->random << 13;
    c->random ^= c->random >> 7;
    c->random ^= c->random << 17;
    return c->random % below;
}

static inline void test_close_nothing(struct kv *kv)
{
    (void)kv;
}

static inline void test_kv_open(struct test_chain *c)
{
    struct error err = {0};
    const struct kv_leveldb_options options = {.create = true};

    c->kv =
        c->port == PORT_MEMORY ? kv_memory_new() : kv_leveldb_open(c->folder.path, &options, &err);
    ck_assert_msg(c->kv != NULL, "%s", err.text);
    c->real = c->kv->ops;
    c->ops = *c->real;
    c->ops.close = test_close_nothing;
    c->kv->ops = &c->ops;
}

static inline void test_kv_close(struct test_chain *c)
{
    c->kv->ops = c->real;
    kv_close(c->kv);
    c->kv = NULL;
}

static inline bool test_store_try(struct test_chain *c, struct error *err)
{
    return store_open_kv(&c->store, c->kv, &c->genesis, 64, err);
}

/* Opens, and builds the state trie from what is there. */
static inline void test_store_open(struct test_chain *c)
{
    struct error err = {0};
    struct state_rows rows;

    ck_assert_msg(test_store_try(c, &err), "%s", err.text);
    rows = store_rows(c->store);
    c->trie = state_trie_new(&rows, 1 << 20);
    ck_assert_msg(state_trie_load(c->trie, &err), "%s", err.text);
}

static inline void test_store_close(struct test_chain *c)
{
    state_trie_free(c->trie);
    store_close(c->store);
    c->trie = NULL;
    c->store = NULL;
}

/* As a process that ends and starts again; what is in memory only stays open. */
static inline void test_store_reopen(struct test_chain *c)
{
    test_store_close(c);
    if (c->port == PORT_LEVELDB) {
        test_kv_close(c);
        test_kv_open(c);
    }
    test_store_open(c);
}

static inline void test_chain_open(struct test_chain *c, int port, uint64_t seed)
{
    struct error err = {0};

    *c = (struct test_chain){.port = port, .random = seed + 0x9e3779b97f4a7c15};
    test_folder_make(&c->folder);
    ck_assert(genesis_parse(&c->genesis, genesis_dev_text(), "dev.json", &err));
    genesis_dev_validator(&c->validator);
    ck_assert(secret_address(&c->proposer, &c->validator));
    c->change = mem_new(TEST_CHANGES_MAX, sizeof c->change[0]);
    c->block[0] = block_new(&c->genesis.header, NULL, 0);
    for (size_t i = 0; i < c->genesis.account_count; i++) {
        struct account_change *change = &c->change[c->change_count++];

        change->address = c->genesis.account[i].address;
        change->after = c->genesis.account[i].account;
        change->after.exists = true;
        change->after.height_last = 0;
    }
    test_kv_open(c);
    test_store_open(c);
}

static inline void test_chain_close(struct test_chain *c)
{
    if (c->store)
        test_store_close(c);
    test_kv_close(c);
    for (uint64_t i = 0; i <= c->head; i++)
        block_drop(c->block[i]);
    mem_free(c->change);
    genesis_release(&c->genesis);
    test_folder_remove(&c->folder);
}

/* Few of them, so that they meet again; some that nobody named before. */
static inline struct address test_address(struct test_chain *c)
{
    struct address address = {{0}};

    if (test_random(c, 3) == 0)
        return c->genesis.account[test_random(c, c->genesis.account_count)].address;
    be64_put(address.byte, 0xabc0000000000000 + test_random(c, 200));
    return address;
}

static inline struct tx *test_transfer(struct test_chain *c)
{
    size_t from = test_random(c, GENESIS_DEV_ACCOUNTS);
    uint8_t memo[8] = {0, 1, 2, 3, 4, 5, 6, 7};
    struct tx fields = {
        .type = (enum tx_type)test_random(c, TX_TYPE_COUNT),
        .has_to = true,
        .protected = true,
        .chain_id = c->genesis.chain_id,
        .nonce = c->nonce[from]++,
        .gas_limit = 30000,
        .fee_max_per_gas = u256_of_u64(3000000000),
        .tip_max_per_gas = u256_of_u64(3000000000),
        .value = u256_of_u64(test_random(c, 4) * 1000000007),
        .to = test_address(c),
        .memo = bytes_of(memo, test_random(c, sizeof memo)),
    };
    struct buffer bytes = {0};
    struct error err = {0};
    struct tx *tx;

    if (fields.type == TX_FEE_MARKET)
        fields.tip_max_per_gas = u256_of_u64(test_random(c, 2) * 1000000);
    ck_assert(tx_sign(&bytes, &fields, genesis_dev_secret(from), &err));
    tx = tx_decode(buffer_bytes(&bytes), &err);
    ck_assert_msg(tx && tx_recover(tx, &err), "%s", err.text);
    buffer_release(&bytes);
    return tx;
}

static inline void test_certify(struct test_chain *c, struct certificate *out,
                                const struct block *block)
{
    struct hash digest;

    *out = (struct certificate){.height = block->header.height,
                                .block = block->hash,
                                .signers = {1},
                                .signers_size = 1,
                                .signature_count = 1};
    sign_digest(&digest, &c->genesis.hash, SIGN_PRECOMMIT, out->height, 0, &out->block, 0);
    ck_assert(secret_sign(&out->signature[0], &c->validator, &digest));
}

/* Builds, writes and folds one block of at most `tx_max` random transfers. */
static inline void test_chain_grow(struct test_chain *c, size_t tx_max)
{
    const struct header *parent = &c->block[c->head]->header;
    struct header fields = {.time_ms = parent->time_ms + 1000,
                            .proposer = c->proposer,
                            .validators_hash = parent->next_validators_hash,
                            .next_validators_hash = parent->next_validators_hash};
    struct block_rules rules = genesis_block_rules(&c->genesis);
    struct state_view view = store_view(c->store);
    struct tx *tx[TEST_TXS_MAX];
    size_t count = test_random(c, tx_max + 1);
    struct block_changes changes;
    struct store_write *write;
    struct error err = {0};
    struct block *block;

    ck_assert(c->head + 1 < TEST_BLOCKS_MAX && tx_max <= TEST_TXS_MAX);
    for (size_t i = 0; i < count; i++)
        tx[i] = test_transfer(c);
    ck_assert_msg(block_build(&block, &changes, &fields, parent, &rules, tx, count, BLOCK_BYTES_MAX,
                              rules.tx.gas_limit, &view, c->trie, &err),
                  "%s", err.text);
    ck_assert_uint_eq(block->tx_count, count);
    for (size_t i = 0; i < count; i++)
        tx_drop(tx[i]);
    c->head++;
    c->block[c->head] = block;
    test_certify(c, &c->certificate[c->head], block);
    write = store_write_new(c->store);
    store_write_block(write, block, &c->certificate[c->head], &changes);
    ck_assert_msg(store_write_commit(write, c->head % 16 == 0, &err), "%s", err.text);
    state_trie_fold(c->trie, changes.pending);
    store_view_update(c->store, &changes);
    ck_assert_uint_le(c->change_count + changes.change_count, TEST_CHANGES_MAX);
    memcpy(&c->change[c->change_count], changes.change, changes.change_count * sizeof c->change[0]);
    c->change_count += changes.change_count;
    block_changes_release(&changes);
}

/* What an account was at the end of a block, by what was put. */
static inline struct account test_account_at(const struct test_chain *c,
                                             const struct address *address, uint64_t height)
{
    struct account account = {0};

    for (size_t i = 0; i < c->change_count; i++) {
        const struct account_change *change = &c->change[i];

        if (change->after.height_last <= height && change->after.exists &&
            address_equal(&change->address, address))
            account = change->after;
    }
    return account;
}

static inline void test_account_is(const struct account *have, const struct account *want)
{
    ck_assert_uint_eq(have->nonce, want->nonce);
    ck_assert(u256_equal(&have->balance, &want->balance));
    ck_assert_uint_eq(have->height_last, want->height_last);
    ck_assert_int_eq(have->exists, want->exists);
}

/* All rows of the port, in order; `letters` NULL: of every space. */
static inline void test_kv_dump(struct kv *kv, const char *letters, struct buffer *out)
{
    struct kv_iterator *iterator = kv->ops->iterator_new(kv, NULL);
    struct error err = {0};

    for (kv->ops->iterator_seek(iterator, bytes_of_text("")); kv->ops->iterator_valid(iterator);
         kv->ops->iterator_next(iterator)) {
        struct bytes key = kv->ops->iterator_key(iterator);
        struct bytes value = kv->ops->iterator_value(iterator);

        if (letters && !strchr(letters, key.at[0]))
            continue;
        buffer_put_byte(out, (uint8_t)key.size);
        buffer_put(out, key);
        be32_put(buffer_extend(out, 4), (uint32_t)value.size);
        buffer_put(out, value);
    }
    ck_assert_msg(kv->ops->iterator_check(iterator, &err), "%s", err.text);
    kv->ops->iterator_free(iterator);
}

static inline void test_row_put(struct kv *kv, struct bytes key, struct bytes value)
{
    struct kv_batch *batch = kv->ops->batch_new(kv);
    struct error err = {0};

    kv->ops->batch_put(batch, key, value);
    ck_assert_msg(kv->ops->write(kv, batch, false, &err), "%s", err.text);
    kv->ops->batch_free(batch);
}

static inline void test_row_delete(struct kv *kv, struct bytes key)
{
    struct kv_batch *batch = kv->ops->batch_new(kv);
    struct error err = {0};

    kv->ops->batch_delete(batch, key);
    ck_assert_msg(kv->ops->write(kv, batch, false, &err), "%s", err.text);
    kv->ops->batch_free(batch);
}

/* A copy of a row's value, which must be there. */
static inline void test_row_get(struct kv *kv, struct bytes key, struct buffer *out)
{
    struct error err = {0};
    struct bytes value;

    ck_assert_msg(kv->ops->get(kv, NULL, key, &value, &err), "%s", err.text);
    ck_assert_ptr_nonnull(value.at);
    buffer_put(out, value);
    kv->ops->value_free(kv, value);
}

#endif
