/* Blocks: header, body, hash, base fee, and applying one. ledger.md; EIP-1559. A block is immutable
 * once built and shared by count. Pure; any thread. */
#ifndef CAIRN_BLOCK_H
#define CAIRN_BLOCK_H
#include <cairn/account.h>
#include <cairn/tx.h>

enum {
    BLOCK_BYTES_MAX = 4 * 1024 * 1024, /* of a block's encoding, rlp[header, body] */
    BLOCK_TX_MAX = 65536,              /* a position in a block has two bytes in every row */
    BLOCK_EXTRA_MAX = 32,
    HEADER_BYTES_MAX = 512,
};

struct header {
    struct hash parent_hash;
    uint64_t height;
    uint64_t time_ms; /* since the Unix epoch */
    struct address proposer;
    struct hash transactions_root;
    struct hash state_root;
    uint64_t gas_limit;
    uint64_t gas_used;
    struct u256 base_fee_per_gas;
    struct u256 burned; /* running total after the block */
    struct hash validators_hash;
    struct hash next_validators_hash;
    uint8_t extra[BLOCK_EXTRA_MAX];
    size_t extra_size;
};

void header_encode(struct buffer *out, const struct header *header);
bool header_decode(struct header *out, struct bytes in, struct error *err) MUST_CHECK;
void header_hash(struct hash *out, const struct header *header);

struct block {
    struct header header;
    struct hash hash;
    size_t tx_count;
    struct tx **tx; /* owned counts, in order */
    size_t size;    /* bytes of its encoding rlp[header, body] */
};

/* Takes the counts in `tx` (the array is copied); computes hash and size. */
struct block *block_new(const struct header *header, struct tx *const *tx,
                        size_t tx_count) MUST_CHECK;
struct block *block_share(const struct block *block);
void block_drop(struct block *block); /* takes NULL */

/* A body: the RLP list of encoded transactions (legacy ones as the lists that they are, typed ones
 * as strings, as in Ethereum's bodies). */
void body_encode(struct buffer *out, struct tx *const *tx, size_t tx_count);
/* Gives the transactions (counts 1, senders unknown). ERROR_BLOCK | those of tx_decode, wrapped
 * with the index. */
bool body_decode(struct tx ***tx, size_t *tx_count, struct bytes in, struct error *err) MUST_CHECK;
void body_free(struct tx **tx, size_t tx_count);
/* The encoding of one transaction inside a body by its offset (an index row has it); borrows. */
bool body_item(struct bytes *out, struct bytes body, size_t offset, struct error *err) MUST_CHECK;
/* Offsets of all items, counted from the body's first byte; room for `count`. */
bool body_offsets(uint32_t *offset, size_t count, struct bytes body, struct error *err) MUST_CHECK;
/* Ethereum's: root of the trie rlp(index) → encoding. */
void transactions_root(struct hash *out, struct tx *const *tx, size_t tx_count);
/* Ethereum's receipt trie of a body of plain transfers: status 1, cumulative gas, empty bloom, no
 * logs, typed envelopes. */
void receipts_root(struct hash *out, struct tx *const *tx, size_t tx_count);

struct block_rules {
    struct tx_rules tx;
    struct u256 base_fee_min;
    bool fees_none;
};

/* EIP-1559 with elasticity 2, denominator 8, not below the minimum; 0 for good where fees_none. */
struct u256 base_fee_next(const struct header *parent, const struct block_rules *rules);

/* One account that a block changed. */
struct account_change {
    struct address address;
    struct hash khash;     /* keccak256(address): its place in trie and rows */
    struct account before; /* as the view gave it */
    struct account after;  /* height_last is the block's height */
    uint32_t position_first,
        position_count; /* its transactions in the block: places in `position` below */
};

/* What a block does to the state: by khash, lowest first. An account that was touched and stays (0,
 * 0) is not in it, unless transactions name it: then `after.exists` is false and it is kept for its
 * history alone. */
struct block_changes {
    struct account_change *change;
    size_t change_count;
    uint16_t *position; /* ascending in each account's part; sender or recipient */
    size_t position_count;
    uint64_t gas_used;
    struct u256 burned;            /* by this block */
    struct state_pending *pending; /* the trie after it, until folded or dropped (state_trie.h) */
    struct hash state_root;
};
void block_changes_release(struct block_changes *changes); /* does not touch `pending` */

struct state_trie;

/* Checks the block against its parent and the rules and applies it: everything of ledger.md but
 * certificate, council and timeliness. Senders must be known. The root must be the header's. Only
 * reads `view` and `trie`. ERROR_BLOCK or the transaction's error, wrapped "block N: transaction I:
 * …". */
bool block_apply(struct block_changes *changes, const struct block *block,
                 const struct header *parent, const struct block_rules *rules,
                 const struct state_view *view, struct state_trie *trie,
                 struct error *err) MUST_CHECK;

/* Builds the block that applies: candidates in order, those that do not fit or do not hold are
 * passed over (and then the rest of their sender's). `fields` gives time, proposer, extra, council
 * hashes; all else is worked out here. Gives *out and *changes, just as block_apply would.
 * `bytes_max`, `gas_max`: bounds for this block, at most the rules'. */
bool block_build(struct block **out, struct block_changes *changes, const struct header *fields,
                 const struct header *parent, const struct block_rules *rules,
                 struct tx *const *candidate, size_t candidate_count, size_t bytes_max,
                 uint64_t gas_max, const struct state_view *view, struct state_trie *trie,
                 struct error *err) MUST_CHECK;

#endif
