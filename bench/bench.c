/* The library's figures beside the bare library calls, in one run: signatures, the state root, a
 * whole block. bench [--json] [--accounts N] [--transfers N] [--blocks N] [--directory DIR] */
#include "figure.h"

#include <cairn/hex.h>
#include <cairn/keccak.h>
#include <cairn/store.h>

#include <errno.h>
#include <ftw.h>
#include <getopt.h>
#include <pthread.h>
#include <secp256k1.h>
#include <secp256k1_recovery.h>
#include <stdlib.h>
#include <unistd.h>

enum { KEYS = 64, REPEATS = 5, CORES_MAX = 64 };

struct bench {
    bool json;
    size_t accounts, transfers, blocks, cores;
    const char *directory;
    struct genesis genesis;
    struct store *store;
    struct state_trie *trie;
    struct state_view view;
    struct block_rules rules;
    struct secret secret[KEYS]; /* senders; the rest of the accounts only receive */
    struct address sender[KEYS];
    uint64_t nonce[KEYS];
    struct address *account;
    struct secret validator;
    uint64_t seed;
    struct header parent;
};

static _Noreturn void fail(const struct error *err)
{
    fprintf(stderr, "bench: %s\n", err->text);
    exit(1);
}

/* ---- signatures ---- */

struct signed_hash {
    unsigned char hash[32];
    secp256k1_ecdsa_recoverable_signature signature;
};

static struct buffer sign_transfer(struct bench *bench, size_t key, const struct address *to)
{
    struct error err = {0};
    struct buffer raw = {0};
    struct tx fields = {.type = TX_FEE_MARKET,
                        .has_to = true,
                        .protected = true,
                        .chain_id = bench->genesis.chain_id,
                        .nonce = bench->nonce[key]++,
                        .gas_limit = TX_GAS,
                        .fee_max_per_gas = u256_of_u64(UINT64_C(100000000000)),
                        .tip_max_per_gas = u256_of_u64(UINT64_C(1000000000)),
                        .value = u256_of_u64(1),
                        .to = *to};

    if (!tx_sign(&raw, &fields, &bench->secret[key], &err))
        fail(&err);
    return raw;
}

/* A body's worth of signed transfers between random accounts. */
static struct buffer *transfers_make(struct bench *bench)
{
    struct buffer *raw = mem_new(bench->transfers, sizeof raw[0]);

    for (size_t i = 0; i < bench->transfers; i++)
        raw[i] = sign_transfer(bench, i % KEYS,
                               &bench->account[figure_random(&bench->seed) % bench->accounts]);
    return raw;
}

static void transfers_free(struct bench *bench, struct buffer *raw)
{
    for (size_t i = 0; i < bench->transfers; i++)
        buffer_release(&raw[i]);
    mem_free(raw);
}

static struct signed_hash *bare_make(struct bench *bench, const struct buffer *raw)
{
    struct signed_hash *bare = mem_new(bench->transfers, sizeof bare[0]);

    for (size_t i = 0; i < bench->transfers; i++) {
        struct error err = {0};
        struct tx *tx = tx_decode(buffer_bytes(&raw[i]), &err);
        struct hash digest;
        unsigned char compact[64];

        if (!tx)
            fail(&err);
        tx_signing_hash(&digest, tx);
        memcpy(bare[i].hash, digest.byte, 32);
        memcpy(compact, tx->signature.r, 32);
        memcpy(compact + 32, tx->signature.s, 32);
        secp256k1_ecdsa_recoverable_signature_parse_compact(
            secp256k1_context_static, &bare[i].signature, compact, tx->signature.y_parity);
        tx_drop(tx);
    }
    return bare;
}

static double bare_recover(const struct signed_hash *bare, size_t count)
{
    double start = figure_now();
    secp256k1_pubkey key;

    for (size_t i = 0; i < count; i++)
        if (!secp256k1_ecdsa_recover(secp256k1_context_static, &key, &bare[i].signature,
                                     bare[i].hash))
            abort();
    return figure_now() - start;
}

/* Bare recovery, or ours, on all cores. */
struct part {
    pthread_t thread;
    const struct signed_hash *bare;
    struct tx **tx;
    size_t count;
    bool failed;
};

static void *part_bare(void *context)
{
    struct part *part = context;

    bare_recover(part->bare, part->count);
    return NULL;
}

static void *part_ours(void *context)
{
    struct part *part = context;
    struct error err = {0};

    for (size_t i = 0; i < part->count; i++)
        part->failed |= !tx_recover(part->tx[i], &err);
    return NULL;
}

static void on_all_cores(const struct bench *bench, const struct signed_hash *bare, struct tx **tx)
{
    struct part part[CORES_MAX] = {{0}};
    size_t at = 0;

    for (size_t i = 0; i < bench->cores; i++) {
        size_t end = bench->transfers * (i + 1) / bench->cores;

        part[i].bare = bare ? bare + at : NULL;
        part[i].tx = tx ? tx + at : NULL;
        part[i].count = end - at;
        at = end;
        if (pthread_create(&part[i].thread, NULL, bare ? part_bare : part_ours, &part[i]) != 0)
            abort();
    }
    for (size_t i = 0; i < bench->cores; i++) {
        pthread_join(part[i].thread, NULL);
        if (part[i].failed)
            abort();
    }
}

static double bench_recover(struct bench *bench)
{
    struct buffer *raw = transfers_make(bench);
    struct signed_hash *bare = bare_make(bench, raw);
    double ours[REPEATS], theirs[REPEATS], median_ours, median_bare;

    for (int repeat = 0; repeat < REPEATS; repeat++) {
        double start;

        theirs[repeat] = bare_recover(bare, bench->transfers);
        start = figure_now();
        for (size_t i = 0; i < bench->transfers; i++) {
            struct error err = {0};
            struct tx *tx = tx_decode(buffer_bytes(&raw[i]), &err);

            if (!tx || !tx_recover(tx, &err))
                fail(&err);
            tx_drop(tx);
        }
        ours[repeat] = figure_now() - start;
    }
    median_ours = figure_median(ours, REPEATS);
    median_bare = figure_median(theirs, REPEATS);
    figure_print(bench->json, "bare secp256k1_ecdsa_recover",
                 median_bare / (double)bench->transfers * 1e6, "us", -1, "");
    figure_print(bench->json, "decode and recover a transaction",
                 median_ours / (double)bench->transfers * 1e6, "us", median_ours / median_bare,
                 "bare recovery");
    for (size_t i = 0; i < KEYS; i++)
        bench->nonce[i] = 0;
    transfers_free(bench, raw);
    mem_free(bare);
    return median_bare;
}

/* ---- a chain with many accounts ---- */

static struct address account_of(size_t index)
{
    struct hash hash;
    uint8_t seed[16] = "bench";
    struct address address;

    be64_put(seed + 8, index);
    keccak256(&hash, bytes_of(seed, sizeof seed));
    memcpy(address.byte, hash.byte, sizeof address.byte);
    return address;
}

static void chain_open(struct bench *bench)
{
    struct buffer text = {0};
    struct error err = {0};
    char address[ADDRESS_TEXT];
    struct address validator;
    struct store_options options = {
        .leveldb = {.cache_bytes = 64 << 20, .write_buffer_bytes = 32 << 20, .create = true},
        .view_cache_accounts = STORE_VIEW_CACHE_DEFAULT};
    struct state_rows rows;
    struct hash hash;

    bench->validator.byte[31] = 7;
    if (!secret_address(&validator, &bench->validator))
        abort();
    buffer_printf(
        &text,
        "{\"config\":{\"chainId\":7,\"cairn\":{\"validators\":[{\"address\":\"%s\",\"power\":1}]}},"
        "\"timestamp\":1,\"gasLimit\":2000000000,\"baseFeePerGas\":1000000000,\"alloc\":{",
        address_format(address, &validator));
    for (size_t i = 0; i < KEYS; i++) {
        bench->secret[i].byte[0] = 1;
        bench->secret[i].byte[31] = (uint8_t)i;
        if (!secret_address(&bench->sender[i], &bench->secret[i]))
            abort();
        buffer_printf(&text, "\"%s\":{\"balance\":\"1000000000000000000000000\"},",
                      address_format(address, &bench->sender[i]));
    }
    for (size_t i = 0; i < bench->accounts; i++) {
        bench->account[i] = account_of(i);
        hex_format_address(address, &bench->account[i]);
        buffer_printf(&text, "%s\"%s\":{\"balance\":\"1\"}", i ? "," : "", address);
    }
    buffer_put_text(&text, "}}");
    if (!genesis_parse(&bench->genesis, buffer_bytes(&text), "bench", &err))
        fail(&err);
    buffer_release(&text);
    bench->rules = genesis_block_rules(&bench->genesis);
    if (!store_open(&bench->store, bench->directory, &bench->genesis, &options, &err))
        fail(&err);
    rows = store_rows(bench->store);
    bench->trie = state_trie_new(&rows, (size_t)1 << 30);
    bench->view = store_view(bench->store);
    if (!store_head(bench->store, &bench->parent, &hash, &err))
        fail(&err);
}

/* ---- the state root of a block ---- */

static int leaf_order(const void *a, const void *b)
{
    const struct state_leaf *left = a, *right = b;

    return hash_compare(&left->khash, &right->khash);
}

/* The changes of a block between random accounts: senders and recipients alike. */
static size_t leaves_make(struct bench *bench, struct state_leaf *leaf, uint64_t height)
{
    size_t wanted = 2 * bench->transfers, count = 0;

    for (size_t i = 0; i < wanted; i++) {
        size_t index = figure_random(&bench->seed) % bench->accounts;

        leaf[i] = (struct state_leaf){.nonce = height, .balance = u256_of_u64(height + i)};
        keccak256(&leaf[i].khash, bytes_of_address(&bench->account[index]));
    }
    qsort(leaf, wanted, sizeof leaf[0], leaf_order);
    for (size_t i = 0; i < wanted; i++)
        if (count == 0 || !hash_equal(&leaf[count - 1].khash, &leaf[i].khash))
            leaf[count++] = leaf[i];
    return count;
}

static void bench_root(struct bench *bench, double bare_seconds)
{
    struct state_leaf *leaf = mem_new(2 * bench->transfers, sizeof leaf[0]);
    struct error err = {0};
    double root[64], load;
    size_t blocks = bench->blocks < COUNT(root) ? bench->blocks : COUNT(root);

    load = figure_now();
    if (!state_trie_load(bench->trie, &err))
        fail(&err);
    load = figure_now() - load;
    figure_print(bench->json, "state trie rebuilt at start", load * 1e3, "ms", -1, "");
    figure_print(bench->json, "state trie in memory",
                 (double)state_trie_bytes(bench->trie) / (double)state_trie_accounts(bench->trie),
                 "bytes/account", -1, "");
    for (size_t i = 0; i < blocks; i++) {
        struct state_pending *pending;
        struct hash hash;
        size_t count = leaves_make(bench, leaf, i + 1);
        double start = figure_now();

        if (!state_trie_apply(bench->trie, leaf, count, &pending, &hash, &err))
            fail(&err);
        state_trie_fold(bench->trie, pending);
        root[i] = figure_now() - start;
    }
    figure_print(bench->json, "root of a block, folded", figure_median(root, blocks) * 1e3, "ms",
                 figure_median(root, blocks) / bare_seconds, "bare recovery of its signatures");
    /* The rows do not know of these blocks: the tree is built anew from what is on the disk. */
    if (!state_trie_load(bench->trie, &err))
        fail(&err);
    mem_free(leaf);
}

/* ---- a whole block: verified, applied, stored ---- */

static struct block *block_make(struct bench *bench, struct buffer *raw)
{
    struct tx **tx = mem_new(bench->transfers, sizeof tx[0]);
    struct block_changes changes;
    struct header fields = {.time_ms = bench->parent.time_ms + 1,
                            .validators_hash = bench->parent.next_validators_hash,
                            .next_validators_hash = bench->parent.next_validators_hash};
    struct error err = {0};
    struct block *block;

    fields.proposer = bench->genesis.council.member[0].address;
    for (size_t i = 0; i < bench->transfers; i++) {
        tx[i] = tx_decode(buffer_bytes(&raw[i]), &err);
        if (!tx[i])
            fail(&err);
        tx_set_sender(tx[i], &bench->sender[i % KEYS]);
    }
    if (!block_build(&block, &changes, &fields, &bench->parent, &bench->rules, tx, bench->transfers,
                     BLOCK_BYTES_MAX, bench->rules.tx.gas_limit, &bench->view, bench->trie, &err))
        fail(&err);
    if (block->tx_count != bench->transfers) {
        fprintf(stderr, "bench: a block took only %zu of %zu\n", block->tx_count, bench->transfers);
        exit(1);
    }
    state_trie_drop(bench->trie, changes.pending);
    block_changes_release(&changes);
    for (size_t i = 0; i < bench->transfers; i++)
        tx_drop(tx[i]);
    mem_free(tx);
    return block;
}

struct block_times {
    double decode, recover, apply, write, all;
};

/* As a node takes a decided block: bytes in, on the disk at the end. */
static struct block_times block_take(struct bench *bench, const struct block *made)
{
    struct block_times times;
    struct buffer body = {0};
    struct certificate certificate = {.height = made->header.height,
                                      .block = made->hash,
                                      .signers_size = 1,
                                      .signers = {1},
                                      .signature_count = 1};
    struct block_changes changes;
    struct store_write *write;
    struct error err = {0};
    struct block *block;
    struct tx **tx;
    struct hash digest;
    size_t count;
    double start, at;

    sign_digest(&digest, &bench->genesis.hash, SIGN_PRECOMMIT, made->header.height, 0, &made->hash,
                0);
    if (!secret_sign(&certificate.signature[0], &bench->validator, &digest))
        abort();
    body_encode(&body, made->tx, made->tx_count);
    start = at = figure_now();
    if (!body_decode(&tx, &count, buffer_bytes(&body), &err))
        fail(&err);
    times.decode = figure_now() - at;
    at = figure_now();
    on_all_cores(bench, NULL, tx);
    times.recover = figure_now() - at;
    at = figure_now();
    block = block_new(&made->header, tx, count);
    if (!certificate_check(&certificate, SIGN_PRECOMMIT, &bench->genesis.hash,
                           &bench->genesis.council, &err) ||
        !block_apply(&changes, block, &bench->parent, &bench->rules, &bench->view, bench->trie,
                     &err))
        fail(&err);
    times.apply = figure_now() - at;
    at = figure_now();
    write = store_write_new(bench->store);
    store_write_block(write, block, &certificate, &changes);
    if (!store_write_commit(write, true, &err))
        fail(&err);
    times.write = figure_now() - at;
    state_trie_fold(bench->trie, changes.pending);
    store_view_update(bench->store, &changes);
    times.all = figure_now() - start;
    bench->parent = block->header;
    block_changes_release(&changes);
    block_drop(block);
    mem_free(tx);
    buffer_release(&body);
    return times;
}

static void bench_block(struct bench *bench)
{
    double decode[64], recover[64], apply[64], write[64], all[64], bare[64];
    size_t blocks = bench->blocks < COUNT(all) ? bench->blocks : COUNT(all);
    double median_bare;

    for (size_t i = 0; i < blocks; i++) {
        struct buffer *raw = transfers_make(bench);
        struct signed_hash *signatures = bare_make(bench, raw);
        struct block *block = block_make(bench, raw);
        struct block_times times;
        double start = figure_now();

        on_all_cores(bench, signatures, NULL);
        bare[i] = figure_now() - start;
        times = block_take(bench, block);
        decode[i] = times.decode;
        recover[i] = times.recover;
        apply[i] = times.apply;
        write[i] = times.write;
        all[i] = times.all;
        block_drop(block);
        transfers_free(bench, raw);
        mem_free(signatures);
    }
    median_bare = figure_median(bare, blocks);
    figure_print(bench->json, "bare recovery of a block's signatures, all cores", median_bare * 1e3,
                 "ms", -1, "");
    figure_print(bench->json, "whole block: decode", figure_median(decode, blocks) * 1e3, "ms", -1,
                 "");
    figure_print(bench->json, "whole block: recover, all cores",
                 figure_median(recover, blocks) * 1e3, "ms", -1, "");
    figure_print(bench->json, "whole block: apply and root", figure_median(apply, blocks) * 1e3,
                 "ms", -1, "");
    figure_print(bench->json, "whole block: write and sync", figure_median(write, blocks) * 1e3,
                 "ms", -1, "");
    figure_print(bench->json, "whole block verified, applied, stored",
                 figure_median(all, blocks) * 1e3, "ms", figure_median(all, blocks) / median_bare,
                 "bare recovery, same cores");
}

/* ---- main ---- */

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *at)
{
    (void)status;
    (void)kind;
    (void)at;
    return remove(path);
}

static size_t number(const char *text)
{
    char *end;
    unsigned long long value = strtoull(text, &end, 10);

    if (!*text || *end || value == 0 || value > 100000000) {
        fprintf(stderr, "bench: \"%s\" is no count\n", text);
        exit(2);
    }
    return (size_t)value;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"json", no_argument, NULL, 'j'},
                                            {"accounts", required_argument, NULL, 'a'},
                                            {"transfers", required_argument, NULL, 't'},
                                            {"blocks", required_argument, NULL, 'b'},
                                            {"directory", required_argument, NULL, 'd'},
                                            {0}};
    struct bench bench = {.accounts = 1000000, .transfers = 5000, .blocks = 30, .seed = 42};
    char made[] = "/tmp/cairn-bench-XXXXXX";
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    double bare_seconds;
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'j':
            bench.json = true;
            break;
        case 'a':
            bench.accounts = number(optarg);
            break;
        case 't':
            bench.transfers = number(optarg);
            break;
        case 'b':
            bench.blocks = number(optarg);
            break;
        case 'd':
            bench.directory = optarg;
            break;
        default:
            return 2;
        }
    }
    if (!bench.directory) {
        bench.directory = mkdtemp(made);
        if (!bench.directory) {
            fprintf(stderr, "bench: making %s: %s\n", made, strerror(errno));
            return 1;
        }
    }
    bench.cores = cores < 1 ? 1 : cores > CORES_MAX ? CORES_MAX : (size_t)cores;
    bench.account = mem_new(bench.accounts, sizeof bench.account[0]);
    chain_open(&bench);
    bare_seconds = bench_recover(&bench);
    bench_root(&bench, bare_seconds);
    bench_block(&bench);
    state_trie_free(bench.trie);
    store_close(bench.store);
    genesis_release(&bench.genesis);
    mem_free(bench.account);
    if (bench.directory == made)
        nftw(made, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    return 0;
}
