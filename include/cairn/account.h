/* Accounts, and the read-only view of the state that the ledger works on. */
#ifndef CAIRN_ACCOUNT_H
#define CAIRN_ACCOUNT_H
#include <cairn/error.h>
#include <cairn/u256.h>

/* One never touched reads as {0}. An account that was in the state once stays (its nonce and a
 * balance with nonce 0 never fall), so the state only grows: trie.md. */
struct account {
    uint64_t nonce;
    struct u256 balance;  /* wei, at most 2^128 - 1 */
    uint64_t height_last; /* the block that changed it last; not part of the state root */
    bool exists;          /* false: not in the state */
};

/* A port: the state after one block. `account` gives {0} for what is not there; false: the store
 * failed. */
struct state_view {
    bool (*account)(void *context, const struct address *address, struct account *out,
                    struct error *err);
    void *context;
};

#endif
