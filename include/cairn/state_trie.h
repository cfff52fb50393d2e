/* The state trie of the head, in memory (trie.md): branch nodes only, leaves as hashes in them; a
 * sub-trie of at most T accounts has no node but its hash and count, and is read again from the
 * flat rows when an account in it changes. T = 1 while the tree fits its bound, then it doubles.
 * One thread owns a trie. */
#ifndef CAIRN_STATE_TRIE_H
#define CAIRN_STATE_TRIE_H
#include <cairn/account.h>

struct state_trie;
struct state_pending; /* a block's new nodes, not yet part of the tree */

/* One leaf: an account by its khash. */
struct state_leaf {
    struct hash khash;
    uint64_t nonce;
    struct u256 balance;
    bool is_new; /* not in the tree before; ignored by builders from nothing */
};

/* A port: the flat account rows in khash order. Calls `each` for every account whose khash begins
 * with the `nibbles` first nibbles of `prefix`, lowest first, until it returns false. False: the
 * store failed. The rows are those of the tree's state, without pending changes. */
struct state_rows {
    bool (*scan)(void *context, const struct hash *prefix, unsigned nibbles,
                 bool (*each)(void *each_context, const struct state_leaf *leaf),
                 void *each_context, struct error *err);
    void *context;
};

/* keccak256(rlp("")): the root of no account. */
extern const struct hash state_root_empty;

/* `bytes_max`: the bound on memory of nodes. */
struct state_trie *state_trie_new(const struct state_rows *rows, size_t bytes_max) MUST_CHECK;
void state_trie_free(struct state_trie *trie); /* takes NULL */
/* Builds the tree from all rows (0.4 s for a million accounts). */
bool state_trie_load(struct state_trie *trie, struct error *err) MUST_CHECK;
void state_trie_root(const struct state_trie *trie, struct hash *out);

/* The root after inserting and updating `leaf` (sorted by khash, distinct). The tree stays as it
 * is; gives *pending. */
bool state_trie_apply(struct state_trie *trie, const struct state_leaf *leaf, size_t count,
                      struct state_pending **pending, struct hash *root,
                      struct error *err) MUST_CHECK;
/* Makes it part of the tree (after the block is synced); only the latest applied to the present
 * tree. Takes `pending`. */
void state_trie_fold(struct state_trie *trie, struct state_pending *pending);
void state_trie_drop(struct state_trie *trie,
                     struct state_pending *pending); /* takes it; NULL too */

/* The rows `m` of trie.md that this block writes: hash, as the parent refers to it, of every
 * changed sub-trie at depth 1, 2, 3; of a branch that came into being at depth ≤ 2 all its
 * children. `prefix`: its first `depth` nibbles, zeros behind. Only a branch's children have rows:
 * what lies inside of an extension has none, so a reader who finds fewer than two rows at a level
 * rebuilds from the accounts. In no special order; good until `pending` is folded. */
void state_pending_prefixes(const struct state_pending *pending,
                            void (*each)(void *context, unsigned depth, const uint8_t prefix[2],
                                         const struct hash *hash),
                            void *context);

size_t state_trie_bytes(const struct state_trie *trie);
uint64_t state_trie_accounts(const struct state_trie *trie);
unsigned state_trie_threshold(const struct state_trie *trie); /* T */

/* From nothing, for genesis and tests; sorted, distinct. */
void state_root_of(struct hash *out, const struct state_leaf *leaf, size_t count);
/* rlp[nonce, balance, keccak256(rlp("")), keccak256("")]; returns the size. */
enum { STATE_VALUE_MAX = 2 + 9 + 33 + 33 + 33 };
size_t state_value_encode(uint8_t out[STATE_VALUE_MAX], uint64_t nonce, const struct u256 *balance);

#endif
