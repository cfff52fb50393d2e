#include "rpc_world.h"

#include <cairn/hex.h>
#include <cairn/rlp.h>
#include <cairn/rpc.h>

#include <stdio.h>
#include <stdlib.h>

enum { BLOCKS = 2, TICKETS_MAX = 64, WAIT_MS = 120 * 1000, VIEW_ACCOUNTS = 64 };

struct rpc_world {
    struct genesis genesis;
    struct store *store;
    struct state_trie *trie;
    struct block *block[1 + BLOCKS];
    struct head *head;
    struct buffer raw[TX_TYPE_COUNT];
    struct address validator;
    struct rpc *rpc;
    uint64_t ticket[TICKETS_MAX];
    size_t ticket_count;
    uint64_t mono_ms;
    bool ready; /* the exchange that waits should be run again */
};

/* What is ours is right, or there is nothing to check against. */
static void must(bool done, const struct error *err)
{
    if (done)
        return;
    (void)fprintf(stderr, "the chain to ask: %s\n", err->text);
    exit(EXIT_FAILURE);
}

/* ---- the chain ---- */

static void access_list_put(struct buffer *out, const struct address *address)
{
    static const struct hash key = {{1}};
    size_t list = rlp_list_begin(out), entry = rlp_list_begin(out), keys;

    rlp_put_address(out, address);
    keys = rlp_list_begin(out);
    rlp_put_hash(out, &key);
    rlp_list_end(out, keys);
    rlp_list_end(out, entry);
    rlp_list_end(out, list);
}

static void transfer_put(struct buffer *out, const struct genesis *genesis, enum tx_type type,
                         uint64_t nonce)
{
    static const uint8_t memo[] = {0xca, 0x1e, 0x00};
    struct buffer access_list = {0};
    struct error err = {0};
    struct tx fields = {.type = type,
                        .has_to = true,
                        .protected = true,
                        .chain_id = genesis->chain_id,
                        .nonce = nonce,
                        .gas_limit = 40000,
                        .fee_max_per_gas = u256_of_u64(3000000000),
                        .tip_max_per_gas = u256_of_u64(3000000000),
                        .value = u256_of_u64(1000000007),
                        .to = genesis->account[1].address,
                        .memo = bytes_of(memo, sizeof memo)};

    if (type == TX_FEE_MARKET)
        fields.tip_max_per_gas = u256_of_u64(1000000);
    access_list_put(&access_list, &fields.to);
    fields.access_list = buffer_bytes(&access_list);
    must(tx_sign(out, &fields, genesis_dev_secret(0), &err), &err);
    buffer_release(&access_list);
}

static void certify(const struct rpc_world *world, struct certificate *out,
                    const struct block *block)
{
    struct secret validator;
    struct hash digest;
    bool ok;

    *out = (struct certificate){.height = block->header.height,
                                .block = block->hash,
                                .signers = {1},
                                .signers_size = 1,
                                .signature_count = 1};
    genesis_dev_validator(&validator);
    sign_digest(&digest, &world->genesis.hash, SIGN_PRECOMMIT, out->height, 0, &out->block, 0);
    ok = secret_sign(&out->signature[0], &validator, &digest);
    assert(ok);
}

static void block_write(struct rpc_world *world, struct block *block, struct block_changes *changes)
{
    struct block_rules rules = genesis_block_rules(&world->genesis);
    struct certificate certificate;
    struct error err = {0};
    struct store_write *write = store_write_new(world->store);

    certify(world, &certificate, block);
    store_write_block(write, block, &certificate, changes);
    must(store_write_commit(write, false, &err), &err);
    state_trie_fold(world->trie, changes->pending);
    store_view_update(world->store, changes);
    block_changes_release(changes);
    head_drop(world->head);
    world->head = head_new(block_share(block), &certificate, &rules, block->header.time_ms + 1000);
}

/* One transaction of each type, from the first account. */
static void chain_grow(struct rpc_world *world, uint64_t height)
{
    const struct header *parent = &world->block[height - 1]->header;
    struct header fields = {.time_ms = parent->time_ms + 1500,
                            .proposer = world->validator,
                            .validators_hash = parent->next_validators_hash,
                            .next_validators_hash = parent->next_validators_hash};
    struct block_rules rules = genesis_block_rules(&world->genesis);
    struct state_view view = store_view(world->store);
    struct block_changes changes;
    struct tx *tx[TX_TYPE_COUNT];
    struct error err = {0};

    for (int type = 0; type < TX_TYPE_COUNT; type++) {
        struct buffer raw = {0};

        transfer_put(&raw, &world->genesis, (enum tx_type)type,
                     (height - 1) * TX_TYPE_COUNT + (uint64_t)type);
        tx[type] = tx_decode(buffer_bytes(&raw), &err);
        must(tx[type] && tx_recover(tx[type], &err), &err);
        buffer_release(&raw);
    }
    must(block_build(&world->block[height], &changes, &fields, parent, &rules, tx, TX_TYPE_COUNT,
                     BLOCK_BYTES_MAX, rules.tx.gas_limit, &view, world->trie, &err),
         &err);
    assert(world->block[height]->tx_count == TX_TYPE_COUNT);
    for (int type = 0; type < TX_TYPE_COUNT; type++)
        tx_drop(tx[type]);
    block_write(world, world->block[height], &changes);
}

static void chain_open(struct rpc_world *world)
{
    struct secret validator;
    struct state_rows rows;
    struct error err = {0};
    bool ok;

    must(genesis_parse(&world->genesis, genesis_dev_text(), "dev.json", &err), &err);
    genesis_dev_validator(&validator);
    ok = secret_address(&world->validator, &validator);
    assert(ok);
    must(store_open_kv(&world->store, kv_memory_new(), &world->genesis, VIEW_ACCOUNTS, &err), &err);
    rows = store_rows(world->store);
    world->trie = state_trie_new(&rows, SIZE_MAX);
    must(state_trie_load(world->trie, &err), &err);
    world->block[0] = block_new(&world->genesis.header, NULL, 0);
    for (uint64_t height = 1; height <= BLOCKS; height++)
        chain_grow(world, height);
    for (int type = 0; type < TX_TYPE_COUNT; type++)
        transfer_put(&world->raw[type], &world->genesis, (enum tx_type)type,
                     BLOCKS * TX_TYPE_COUNT);
}

/* ---- what the dispatcher asks of a node ---- */

static struct head *node_head(void *context)
{
    return head_share(((struct rpc_world *)context)->head);
}

static struct block *node_block_recent(void *context, uint64_t height)
{
    (void)context;
    (void)height;
    return NULL; /* all is read from the store */
}

static struct tx *node_pool_find(void *context, const struct hash *hash)
{
    (void)context;
    (void)hash;
    return NULL;
}

static uint64_t node_pool_nonce(void *context, const struct address *sender, uint64_t nonce_account)
{
    (void)context;
    (void)sender;
    return nonce_account;
}

static struct mempool_counts node_pool_counts(void *context)
{
    (void)context;
    return (struct mempool_counts){0};
}

static size_t node_pool_pending(void *context, struct tx ***tx, uint64_t **sequence)
{
    (void)context;
    *tx = NULL;
    *sequence = NULL;
    return 0;
}

static bool node_decides(void *context)
{
    (void)context;
    return true;
}

static void node_submit(void *context, struct tx *tx, uint64_t ticket)
{
    struct rpc_world *world = context;

    tx_drop(tx);
    assert(world->ticket_count < TICKETS_MAX);
    world->ticket[world->ticket_count++] = ticket;
}

static uint64_t node_now_ms(void *context)
{
    return ((const struct rpc_world *)context)->head->decided_ms + 500;
}

static uint64_t node_mono_ms(void *context)
{
    return ((const struct rpc_world *)context)->mono_ms;
}

struct rpc_world *rpc_world_new(void)
{
    struct rpc_world *world = mem_new(1, sizeof *world);
    struct rpc_options options;

    chain_open(world);
    rpc_options_default(&options);
    options.genesis = &world->genesis;
    options.store = world->store;
    options.validator = &world->validator;
    options.node = (struct rpc_node){.context = world,
                                     .head = node_head,
                                     .block_recent = node_block_recent,
                                     .pool_find = node_pool_find,
                                     .pool_nonce = node_pool_nonce,
                                     .pool_counts = node_pool_counts,
                                     .pool_pending = node_pool_pending,
                                     .submit = node_submit,
                                     .decides = node_decides,
                                     .now_ms = node_now_ms,
                                     .mono_ms = node_mono_ms};
    world->rpc = rpc_new(&options);
    return world;
}

void rpc_world_free(struct rpc_world *world)
{
    if (!world)
        return;
    rpc_free(world->rpc);
    head_drop(world->head);
    for (size_t i = 0; i < COUNT(world->block); i++)
        block_drop(world->block[i]);
    for (int type = 0; type < TX_TYPE_COUNT; type++)
        buffer_release(&world->raw[type]);
    state_trie_free(world->trie);
    store_close(world->store);
    genesis_release(&world->genesis);
    mem_free(world);
}

/* ---- asking ---- */

static void note_ready(void *context, struct rpc_exchange *exchange)
{
    (void)exchange; /* the only one */
    ((struct rpc_world *)context)->ready = true;
}

/* Until what it waits for came: the engine's answers, then the end of its time. */
static void await(struct rpc_world *world, struct rpc_exchange *exchange)
{
    size_t next = 0;

    world->ticket_count = 0;
    world->ready = rpc_park(exchange);
    for (; next < world->ticket_count; next++)
        if (rpc_submitted(world->rpc, world->ticket[next], NULL, false, 0))
            world->ready = true;
    if (world->ready)
        return;
    world->mono_ms += WAIT_MS;
    rpc_on_time(world->rpc, world->mono_ms, note_ready, world);
    assert(world->ready);
}

json_t *rpc_world_ask(struct rpc_world *world, json_t *request)
{
    char *text = json_dumps(request, JSON_COMPACT | JSON_ENCODE_ANY);
    struct buffer body = {0};
    struct rpc_exchange *exchange;
    enum rpc_progress progress;
    struct error err = {0};
    json_t *answer = NULL;

    assert(text);
    buffer_put_text(&body, text);
    free(text); /* jansson's */
    exchange = rpc_exchange_new(world->rpc, &body, NULL);
    while ((progress = rpc_run(exchange, true)) != RPC_DONE)
        if (progress == RPC_WAITING)
            await(world, exchange);
    if (rpc_output(exchange).size > 0)
        must(json_parse(&answer, rpc_output(exchange), JSON_DEPTH_MAX, &err), &err);
    rpc_exchange_free(exchange);
    return answer;
}

json_t *rpc_world_document(struct rpc_world *world)
{
    struct buffer text = {0};
    struct json_writer writer = json_writer_of(&text);
    struct error err = {0};
    json_t *document;

    rpc_discover_document(world->rpc, &writer);
    must(json_parse(&document, buffer_bytes(&text), JSON_DEPTH_MAX, &err), &err);
    buffer_release(&text);
    return document;
}

const struct hash *rpc_world_block(const struct rpc_world *world)
{
    return &world->block[1]->hash;
}

uint64_t rpc_world_block_height(const struct rpc_world *world)
{
    return world->block[1]->header.height;
}

uint64_t rpc_world_head_height(const struct rpc_world *world)
{
    return world->head->block->header.height;
}

const struct tx *rpc_world_tx(const struct rpc_world *world, enum tx_type type)
{
    return world->block[1]->tx[type];
}

struct bytes rpc_world_raw(const struct rpc_world *world, enum tx_type type)
{
    return buffer_bytes(&world->raw[type]);
}
