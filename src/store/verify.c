/* The newest state as a whole, for tests and tools. */
#include "local.h"

enum { VERIFY_TRIE_BYTES_MAX = 512 << 20 };

struct verify {
    struct state_rows rows;
    struct u256 *sum;
    bool (*each)(void *context, const struct state_leaf *leaf);
    void *each_context;
    bool overflow;
};

static bool verify_row(void *context, const struct state_leaf *leaf)
{
    struct verify *verify = context;

    verify->overflow = !u256_add(verify->sum, verify->sum, &leaf->balance);
    return !verify->overflow && verify->each(verify->each_context, leaf);
}

static bool verify_scan(void *context, const struct hash *prefix, unsigned nibbles,
                        bool (*each)(void *each_context, const struct state_leaf *leaf),
                        void *each_context, struct error *err)
{
    struct verify *verify = context;

    assert(nibbles == 0); /* a trie that is loaded asks for all, once */
    verify->each = each;
    verify->each_context = each_context;
    if (!verify->rows.scan(verify->rows.context, prefix, nibbles, verify_row, verify, err))
        return false;
    return !verify->overflow ||
           error_set(err, ERROR_STORE_DAMAGED, "the balances' sum is over 2^256 - 1");
}

bool store_verify_state(struct store *store, struct hash *root, struct u256 *sum, uint64_t *count,
                        struct error *err)
{
    struct verify verify = {.rows = store_rows(store), .sum = sum};
    struct state_rows rows = {.scan = verify_scan, .context = &verify};
    struct state_trie *trie = state_trie_new(&rows, VERIFY_TRIE_BYTES_MAX);
    bool ok;

    *sum = u256_of_u64(0);
    ok = state_trie_load(trie, err);
    if (ok) {
        state_trie_root(trie, root);
        *count = state_trie_accounts(trie);
    }
    state_trie_free(trie);
    return ok || store_fail(err, "the newest state");
}
