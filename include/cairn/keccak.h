/* Keccak-256 with the original padding (not NIST SHA-3), as Ethereum has it. Pure; any thread. */
#ifndef CAIRN_KECCAK_H
#define CAIRN_KECCAK_H
#include <cairn/base.h>

enum {
    KECCAK_RATE = 136,
    KECCAK_LANES = 8
}; /* bytes a permutation takes in; messages side by side */

struct keccak {
    uint64_t state[25];
    uint8_t block[KECCAK_RATE]; /* what waits for a whole block */
    size_t block_size;
};

void keccak_init(struct keccak *k);
void keccak_update(struct keccak *k, struct bytes more);
void keccak_final(struct keccak *k, struct hash *out); /* then only keccak_init may follow */
void keccak256(struct hash *out, struct bytes in);

/* How many permutations a message of `size` bytes takes: size / 136 + 1. */
size_t keccak_block_count(size_t size);
/* Eight messages at a time, all of the same keccak_block_count (asserted): AVX-512, AVX2 or plain,
 * by what the processor has. out[i] may not overlap in[j]. */
void keccak256_eight(struct hash *const out[KECCAK_LANES], const struct bytes in[KECCAK_LANES]);
/* Any number of messages of any sizes: those of equal block count go side by side. `out` may not
 * overlap any message. */
void keccak256_many(struct hash *out, const struct bytes *in, size_t count);

#endif
