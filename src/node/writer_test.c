/* The thread that syncs, over a store in memory whose disk can be held up or broken. */
#include "queue.h"
#include "test/unit.h"
#include "writer.h"

#include <cairn/file.h>

#include <stdatomic.h>
#include <unistd.h>

static const char genesis_text[] =
    "{\"config\":{\"chainId\":7,\"cairn\":{\"validators\":[{\"address\":\"%s\",\"power\":1}],"
    "\"blockTimeMs\":0,\"emptyBlocks\":false,\"minBaseFeePerGas\":\"1\"}},\"timestamp\":\"1000\","
    "\"gasLimit\":\"1000000\",\"baseFeePerGas\":\"10\",\"alloc\":{\"%s\":{\"balance\":"
    "\"1000000000000000\"}}}";

/* ---- a disk with a gate: the port's functions are plain, so what they do lies here ---- */

static struct {
    struct kv_ops ops;
    bool (*write)(struct kv *kv, struct kv_batch *batch, bool sync, struct error *err);
    struct queue entered; /* an item for each write that stands at the gate */
    struct queue gate;    /* an item lets one write through */
    bool gated;
    atomic_bool broken;
    atomic_size_t writes, unsynced;
} disk;

static void queue_put_new(struct queue *queue)
{
    queue_put(queue, mem_new(1, sizeof(struct queue_item)));
}

static bool disk_write(struct kv *kv, struct kv_batch *batch, bool sync, struct error *err)
{
    if (disk.gated) {
        queue_put_new(&disk.entered);
        mem_free(queue_take_one(&disk.gate));
    }
    atomic_fetch_add(&disk.writes, 1);
    atomic_fetch_add(&disk.unsynced, !sync);
    if (atomic_load(&disk.broken))
        return error_set(err, ERROR_IO, "no space left on device");
    return disk.write(kv, batch, sync, err);
}

/* ---- the world ---- */

/* What the writer told. */
struct told {
    struct queue_item item; /* first */
    uint64_t number;        /* 0: it failed */
    struct error err;
};

struct world {
    struct genesis genesis;
    struct store *store;
    struct secret validator, rich;
    struct consensus_key key;
    struct queue told;
    struct writer *writer;
    char folder[64], record_path[128];
    struct tx *tx;
};

static bool sign(void *context, const struct hash *digest, struct signature *out, struct error *err)
{
    (void)err;
    return secret_sign(out, context, digest);
}

static void on_written(void *context, uint64_t number)
{
    struct world *world = context;
    struct told *told = mem_new(1, sizeof *told);

    told->number = number;
    queue_put(&world->told, &told->item);
}

static void on_failed(void *context, const struct error *err)
{
    struct world *world = context;
    struct told *told = mem_new(1, sizeof *told);

    told->err = *err;
    queue_put(&world->told, &told->item);
}

static struct tx *transfer(const struct world *world, uint64_t nonce)
{
    struct buffer raw = {0};
    struct error err = {0};
    struct tx fields = {.type = TX_FEE_MARKET,
                        .has_to = true,
                        .protected = true,
                        .chain_id = 7,
                        .nonce = nonce,
                        .gas_limit = 21000,
                        .fee_max_per_gas = u256_of_u64(1000),
                        .tip_max_per_gas = u256_of_u64(1),
                        .to = {{9}}};
    struct tx *tx;

    ck_assert(tx_sign(&raw, &fields, &world->rich, &err));
    tx = tx_decode(buffer_bytes(&raw), &err);
    ck_assert(tx && tx_recover(tx, &err));
    buffer_release(&raw);
    return tx;
}

/* `record`: where the validator's record goes; NULL: no validator. */
static void world_open(struct world *world, const char *record)
{
    char validator[ADDRESS_TEXT], rich[ADDRESS_TEXT], text[2048];
    struct writer_options options = {.written = on_written, .failed = on_failed, .context = world};
    struct address rich_address;
    struct error err = {0};
    struct kv *kv = kv_memory_new();

    *world = (struct world){0};
    memset(&disk, 0, sizeof disk);
    queue_init(&disk.entered);
    queue_init(&disk.gate);
    disk.ops = *kv->ops;
    disk.write = kv->ops->write;
    disk.ops.write = disk_write;
    world->validator.byte[31] = 1;
    world->rich.byte[31] = 2;
    world->key = (struct consensus_key){.sign = sign, .context = &world->validator};
    ck_assert(secret_address(&world->key.address, &world->validator));
    ck_assert(secret_address(&rich_address, &world->rich));
    snprintf(text, sizeof text, genesis_text, address_format(validator, &world->key.address),
             address_format(rich, &rich_address));
    ck_assert_msg(genesis_parse(&world->genesis, bytes_of_text(text), "test", &err), "%s",
                  err.text);
    ck_assert_msg(store_open_kv(&world->store, kv, &world->genesis, 64, &err), "%s", err.text);
    kv->ops = &disk.ops; /* from here on */
    queue_init(&world->told);
    snprintf(world->folder, sizeof world->folder, "/tmp/cairn-writer-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(world->folder));
    if (record) {
        snprintf(world->record_path, sizeof world->record_path, "%s/%s", world->folder, record);
        options.record_path = world->record_path;
    }
    options.store = world->store;
    world->writer = writer_start(&options, &err);
    ck_assert_ptr_nonnull(world->writer);
    world->tx = transfer(world, 0);
}

static void world_close(struct world *world)
{
    writer_stop(world->writer);
    unlink(world->record_path);
    ck_assert_int_eq(rmdir(world->folder), 0); /* nothing is left beside the record */
    tx_drop(world->tx);
    store_close(world->store);
    genesis_release(&world->genesis);
    queue_release(&world->told);
    queue_release(&disk.entered);
    queue_release(&disk.gate);
}

/* A write of the journal alone: a put, or a delete. */
static void put_journal(struct world *world, uint64_t number, bool delete)
{
    struct engine_write *write = mem_new(1, sizeof *write);

    write->number = number;
    write->journal_count = 1;
    write->journal = mem_new(1, sizeof write->journal[0]);
    write->journal[0].sequence = number;
    write->journal[0].tx = delete ? NULL : tx_share(world->tx);
    writer_put(world->writer, write);
}

static struct told next_told(struct world *world)
{
    struct told *item = (struct told *)queue_take_one(&world->told), told = *item;

    mem_free(item);
    return told;
}

static bool count_one(void *context, uint64_t sequence, struct tx *tx)
{
    *(size_t *)context += sequence;
    tx_drop(tx);
    return true;
}

/* The sum of the sequences in the journal. */
static size_t journal_sum(struct world *world)
{
    struct error err = {0};
    size_t sum = 0;

    ck_assert(store_journal_scan(world->store, count_one, &sum, &err));
    return sum;
}

/* ---- stories ---- */

START_TEST(what_waits_while_one_is_synced_shares_the_next_sync)
{
    struct world world;

    world_open(&world, NULL);
    disk.gated = true;
    put_journal(&world, 1, false);
    mem_free(queue_take_one(&disk.entered)); /* the first is being written … */
    put_journal(&world, 2, false);
    put_journal(&world, 3, false);
    put_journal(&world, 4, false);
    ck_assert_ptr_null(queue_poll(&world.told)); /* … and nothing is told before it is done */
    queue_put_new(&disk.gate);
    ck_assert_uint_eq(next_told(&world).number, 1);
    mem_free(queue_take_one(&disk.entered));
    queue_put_new(&disk.gate);
    ck_assert_uint_eq(next_told(&world).number, 4);
    ck_assert_uint_eq(atomic_load(&disk.writes), 2);
    ck_assert_uint_eq(atomic_load(&disk.unsynced), 0);
    disk.gated = false;
    ck_assert_uint_eq(journal_sum(&world), 1 + 2 + 3 + 4);
    world_close(&world);
}
END_TEST

START_TEST(what_waits_is_written_before_it_stops)
{
    struct world world;
    struct queue_item *told;
    uint64_t newest = 0;

    world_open(&world, NULL);
    for (uint64_t i = 1; i <= 50; i++)
        put_journal(&world, i, false);
    for (uint64_t i = 51; i <= 99; i++)
        put_journal(&world, i, true);
    writer_stop(world.writer);
    world.writer = NULL;
    for (told = queue_poll(&world.told); told;) {
        struct told *item = (struct told *)told;

        told = told->next;
        newest = item->number;
        mem_free(item);
    }
    ck_assert_uint_eq(newest, 99);
    ck_assert_uint_eq(journal_sum(&world), 50 * 51 / 2);
    world_close(&world);
}
END_TEST

START_TEST(after_a_failed_write_nothing_is_written_or_told)
{
    struct world world;
    struct told told;

    world_open(&world, NULL);
    atomic_store(&disk.broken, true);
    put_journal(&world, 1, false);
    told = next_told(&world);
    ck_assert_uint_eq(told.number, 0);
    ck_assert_msg(strstr(told.err.text, "no space left on device") != NULL, "%s", told.err.text);
    atomic_store(&disk.broken, false); /* the disk has room again: a failed sync stays failed */
    put_journal(&world, 2, false);
    writer_stop(world.writer);
    world.writer = NULL;
    ck_assert_ptr_null(queue_poll(&world.told));
    ck_assert_uint_eq(atomic_load(&disk.writes), 1);
    ck_assert_uint_eq(journal_sum(&world), 0);
    world_close(&world);
}
END_TEST

/* An engine that has built a block with the transfer: gives its write. */
static struct engine *engine_with_block(struct world *world, struct engine_write **write)
{
    struct engine_options options = {.genesis = &world->genesis,
                                     .store = world->store,
                                     .key = &world->key,
                                     .limits = mempool_limits_default(),
                                     .trie_bytes_max = 1 << 20};
    struct effects effects = {0};
    struct error err = {0};
    struct engine *engine = engine_open(&options, 2000000, 1, &effects, &err);
    struct engine_input input = {
        .kind = ENGINE_TX, .tx = world->tx, .ticket = 1, .now_ms = 2000000, .mono_ms = 1};

    ck_assert_msg(engine != NULL, "%s", err.text);
    engine_step(engine, &input, &effects);
    input.kind = ENGINE_TURN;
    engine_step(engine, &input, &effects);
    *write = NULL;
    for (size_t i = 0; i < effects.count; i++)
        if (effects.effect[i].kind == ENGINE_WRITE) {
            *write = effects.effect[i].write;
            effects.effect[i].write = NULL;
        }
    effects_release(&effects);
    ck_assert(*write && (*write)->block);
    return engine;
}

START_TEST(a_block_is_told_when_its_record_is_on_the_disk_too)
{
    struct world world;
    struct engine_write *write;
    struct engine *engine;
    struct buffer text = {0};
    struct error err = {0};
    struct record record, want;
    struct header head;
    struct hash hash;

    world_open(&world, "validator.state");
    engine = engine_with_block(&world, &write);
    want = write->record;
    writer_put(world.writer, write);
    ck_assert_uint_eq(next_told(&world).number, 1);
    ck_assert_msg(file_read(&text, world.record_path, RECORD_BYTES_MAX, &err), "%s", err.text);
    ck_assert_msg(record_decode(&record, buffer_bytes(&text), &err), "%s", err.text);
    ck_assert_uint_eq(record.height, 1);
    ck_assert(hash_equal(&record.block, &want.block));
    ck_assert(store_head(world.store, &head, &hash, &err));
    ck_assert(hash_equal(&hash, &want.block));
    buffer_release(&text);
    writer_stop(world.writer); /* before the engine, whose changes it borrowed */
    world.writer = NULL;
    engine_close(engine);
    world_close(&world);
}
END_TEST

START_TEST(a_record_that_cannot_be_written_fails_the_write)
{
    struct world world;
    struct engine_write *write;
    struct engine *engine;
    struct told told;

    world_open(&world, "missing/validator.state");
    engine = engine_with_block(&world, &write);
    writer_put(world.writer, write);
    told = next_told(&world);
    ck_assert_uint_eq(told.number, 0);
    ck_assert_msg(strstr(told.err.text, "the validator's record") != NULL, "%s", told.err.text);
    writer_stop(world.writer);
    world.writer = NULL;
    engine_close(engine);
    world_close(&world);
}
END_TEST

Suite *writer_suite(void);
Suite *writer_suite(void)
{
    Suite *suite = suite_create("writer");
    TCase *tcase = tcase_create("writer");

    tcase_add_test(tcase, what_waits_while_one_is_synced_shares_the_next_sync);
    tcase_add_test(tcase, what_waits_is_written_before_it_stops);
    tcase_add_test(tcase, after_a_failed_write_nothing_is_written_or_told);
    tcase_add_test(tcase, a_block_is_told_when_its_record_is_on_the_disk_too);
    tcase_add_test(tcase, a_record_that_cannot_be_written_fails_the_write);
    suite_add_tcase(suite, tcase);
    return suite;
}
