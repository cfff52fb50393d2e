#include "keccak_round.h"

#include <cairn/keccak.h>

const uint64_t keccak_round_constant[KECCAK_ROUNDS] = {
    0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000,
    0x000000000000808b, 0x0000000080000001, 0x8000000080008081, 0x8000000000008009,
    0x000000000000008a, 0x0000000000000088, 0x0000000080008009, 0x000000008000000a,
    0x000000008000808b, 0x800000000000008b, 0x8000000000008089, 0x8000000000008003,
    0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
    0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
};

/* Takes one block into the state. Copied to locals, or the compiler stores every word it makes. */
static void absorb(uint64_t state[KECCAK_WORDS], const uint8_t block[KECCAK_RATE])
{
    uint64_t a[KECCAK_WORDS];

    for (unsigned i = 0; i < KECCAK_RATE_WORDS; i++)
        a[i] = state[i] ^ le64_get(block + 8 * i);
    for (unsigned i = KECCAK_RATE_WORDS; i < KECCAK_WORDS; i++)
        a[i] = state[i];
    KECCAK_PERMUTE(uint64_t, a);
    memcpy(state, a, sizeof a);
}

static void squeeze(struct hash *out, const uint64_t state[KECCAK_WORDS])
{
    for (unsigned i = 0; i < HASH_SIZE / 8; i++)
        le64_put(out->byte + 8 * i, state[i]);
}

void keccak_init(struct keccak *k)
{
    memset(k, 0, sizeof *k);
}

void keccak_update(struct keccak *k, struct bytes more)
{
    size_t room = KECCAK_RATE - k->block_size;

    assert(k->block_size < KECCAK_RATE);
    if (more.size == 0)
        return;
    if (more.size < room) {
        memcpy(k->block + k->block_size, more.at, more.size);
        k->block_size += more.size;
        return;
    }
    if (k->block_size > 0) {
        memcpy(k->block + k->block_size, more.at, room);
        absorb(k->state, k->block);
        more = bytes_from(more, room);
    }
    for (; more.size >= KECCAK_RATE; more = bytes_from(more, KECCAK_RATE))
        absorb(k->state, more.at);
    if (more.size > 0)
        memcpy(k->block, more.at, more.size);
    k->block_size = more.size;
}

void keccak_final(struct keccak *k, struct hash *out)
{
    keccak_pad(k->block, k->block_size); /* in place: a secret leaves no second copy */
    absorb(k->state, k->block);
    squeeze(out, k->state);
}

void keccak256(struct hash *out, struct bytes in)
{
    uint64_t state[KECCAK_WORDS] = {0};
    uint8_t last[KECCAK_RATE];

    for (; in.size >= KECCAK_RATE; in = bytes_from(in, KECCAK_RATE))
        absorb(state, in.at);
    keccak_last(last, in);
    absorb(state, last);
    squeeze(out, state);
}

size_t keccak_block_count(size_t size)
{
    return size / KECCAK_RATE + 1;
}
