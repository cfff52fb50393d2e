/* What the tests need to see of keccak_eight.c: each way to permute eight states, by itself. */
#ifndef CAIRN_KECCAK_EIGHT_H
#define CAIRN_KECCAK_EIGHT_H
#include "keccak_round.h"

/* Eight states side by side: word[i] holds word i of all eight. */
struct keccak_states {
    _Alignas(64) uint64_t word[KECCAK_WORDS][KECCAK_LANES];
};

struct keccak_way {
    const char *name;
    bool (*is_present)(void); /* asks cpuid */
    void (*permute)(struct keccak_states *states);
    unsigned messages_min; /* fewer than these are sooner done one by one */
};

/* The best first; the last one is present everywhere. */
extern const struct keccak_way keccak_ways[];
extern const size_t keccak_way_count;

void keccak256_eight_by(const struct keccak_way *way, struct hash *const out[KECCAK_LANES],
                        const struct bytes in[KECCAK_LANES]);
void keccak256_many_by(const struct keccak_way *way, struct hash *out, const struct bytes *in,
                       size_t count);

#endif
