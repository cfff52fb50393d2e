/* The hexary Merkle Patricia trie from nothing (yellow paper, appendix D): roots of sorted
 * key-value pairs, small nodes embedded. For the transactions and receipts tries, and for checking
 * others. Pure; any thread. */
#ifndef CAIRN_MPT_H
#define CAIRN_MPT_H
#include <cairn/base.h>

enum { MPT_KEY_MAX = 64 };

struct mpt_pair {
    struct bytes key;   /* at most MPT_KEY_MAX bytes */
    struct bytes value; /* not empty */
};

/* keccak256(0x80). */
extern const struct hash mpt_root_empty;

void mpt_root(struct hash *out, const struct mpt_pair *pair,
              size_t count); /* sorted by key, distinct */
void mpt_list_root(struct hash *out, const struct bytes *value,
                   size_t count); /* keys rlp(0) … rlp(count - 1) */
/* Hex-prefix encoding (appendix C); returns the size, at most nibble_count / 2 + 1. */
size_t mpt_hex_prefix(uint8_t *out, const uint8_t *nibble, size_t nibble_count, bool leaf);

#endif
