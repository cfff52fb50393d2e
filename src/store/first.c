/* A new chain: block 0 as if it had changed an empty state, written as any block is. */
#include "local.h"
#include "write.h"

#include <cairn/keccak.h>

#include <stdlib.h>

enum { FIRST_TRIE_BYTES_MAX = 512 << 20 };

static int change_compare(const void *a, const void *b)
{
    const struct account_change *x = a, *y = b;

    return hash_compare(&x->khash, &y->khash);
}

static void changes_list(struct block_changes *changes, const struct genesis *genesis)
{
    size_t count = genesis->account_count;
    struct bytes *address = mem_new(count + 1, sizeof *address);
    struct hash *khash = mem_new(count + 1, sizeof *khash);

    for (size_t i = 0; i < count; i++)
        address[i] = bytes_of_address(&genesis->account[i].address);
    keccak256_many(khash, address, count);
    changes->change = mem_new(count + 1, sizeof changes->change[0]);
    changes->change_count = count;
    for (size_t i = 0; i < count; i++) {
        struct account_change *change = &changes->change[i];

        change->address = genesis->account[i].address;
        change->khash = khash[i];
        change->after = genesis->account[i].account;
        change->after.height_last = 0;
        change->after.exists = true;
    }
    qsort(changes->change, count, sizeof changes->change[0], change_compare);
    mem_free(khash);
    mem_free(address);
}

bool first_block(struct block **block, struct block_changes *changes, const struct genesis *genesis,
                 struct state_trie *trie, struct error *err)
{
    struct state_leaf *leaf;
    bool ok;

    *changes = (struct block_changes){0};
    changes_list(changes, genesis);
    leaf = mem_new(changes->change_count + 1, sizeof *leaf);
    for (size_t i = 0; i < changes->change_count; i++) {
        const struct account_change *change = &changes->change[i];

        leaf[i] = (struct state_leaf){.khash = change->khash,
                                      .nonce = change->after.nonce,
                                      .balance = change->after.balance,
                                      .is_new = true};
    }
    ok = state_trie_apply(trie, leaf, changes->change_count, &changes->pending,
                          &changes->state_root, err);
    mem_free(leaf);
    if (!ok) {
        block_changes_release(changes);
        return false;
    }
    assert(hash_equal(&changes->state_root, &genesis->header.state_root));
    *block = block_new(&genesis->header, NULL, 0);
    return true;
}

bool first_write(struct store *store, const struct genesis *genesis, struct error *err)
{
    struct state_rows rows = store_rows(store);
    struct state_trie *trie = state_trie_new(&rows, FIRST_TRIE_BYTES_MAX);
    struct block_changes changes;
    struct block *block = NULL;
    bool ok = first_block(&block, &changes, genesis, trie, err);

    if (ok) {
        struct store_write *write = store_write_new(store);

        write_meta(write, genesis);
        store_write_block(write, block, NULL, &changes);
        ok = store_write_commit(write, true, err);
        state_trie_drop(trie, changes.pending);
        block_changes_release(&changes);
    }
    block_drop(block);
    state_trie_free(trie);
    return ok || error_wrap(err, "writing a new chain");
}
