/* Transactions carried out one after the other over a read-only view of the state (ledger.md,
 * Applied). What they touch is known beforehand, so the accounts are found by sorting, once, by
 * their places in the trie: no table whose buckets a stranger could fill with ground addresses, and
 * the changes come out in the order of the trie. Private to the room. */
#ifndef CAIRN_LEDGER_EXECUTION_H
#define CAIRN_LEDGER_EXECUTION_H
#include <cairn/block.h>

/* An account that a candidate names. It is read when the first transaction needs it, and never
 * again. */
struct touched {
    struct address address;
    struct hash khash;
    struct account before;
    struct account after;
    uint32_t position_count; /* of its transactions among those carried out */
    uint32_t position_next;
    bool loaded;
};

struct parties {
    uint32_t sender; /* places in `touched` */
    uint32_t recipient;
};

struct execution {
    const struct block_rules *rules;
    const struct state_view *view;
    struct u256 base_fee;
    struct tx *const *tx;    /* the candidates */
    struct parties *parties; /* of each */
    size_t tx_count;
    uint32_t proposer;
    struct touched *touched; /* by khash */
    size_t touched_count;
    uint32_t *done; /* candidates that were carried out, in order */
    size_t done_count;
    uint64_t gas_used;
    struct u256 burned;
};

enum outcome {
    OUTCOME_DONE,
    OUTCOME_REFUSED, /* it does not hold: nothing was changed */
    OUTCOME_FAILED   /* the store failed */
};

/* Borrows all until released. */
void execution_init(struct execution *x, const struct block_rules *rules,
                    const struct state_view *view, const struct u256 *base_fee,
                    const struct address *proposer, struct tx *const *tx, size_t tx_count);
void execution_release(struct execution *x);
/* Carries out candidate `i`, unless it would take the block over `gas_max`. */
enum outcome execution_run(struct execution *x, size_t i, uint64_t gas_max,
                           struct error *err) MUST_CHECK;
/* What all that was carried out did, with the trie after it. After a failure there is nothing to
 * release. */
bool execution_finish(struct execution *x, uint64_t height, struct state_trie *trie,
                      struct block_changes *changes, struct error *err) MUST_CHECK;

#endif
