/* One round of Keccak-f[1600] (FIPS 202, 3.2) and the permutation made of it, for a lane type that
 * may be an integer or a vector of them. Macros, not functions: GCC lowers the vector arithmetic of
 * a function for that function's own target, before it is inlined into one with AVX. */
#ifndef CAIRN_KECCAK_ROUND_H
#define CAIRN_KECCAK_ROUND_H
#include <cairn/keccak.h>

enum { KECCAK_WORDS = 25, KECCAK_RATE_WORDS = KECCAK_RATE / 8, KECCAK_ROUNDS = 24 };

extern const uint64_t keccak_round_constant[KECCAK_ROUNDS];

/* Both compile to one move on a little-endian machine. */
static inline uint64_t le64_get(const uint8_t *at)
{
    return (uint64_t)at[0] | (uint64_t)at[1] << 8 | (uint64_t)at[2] << 16 | (uint64_t)at[3] << 24 |
           (uint64_t)at[4] << 32 | (uint64_t)at[5] << 40 | (uint64_t)at[6] << 48 |
           (uint64_t)at[7] << 56;
}

static inline void le64_put(uint8_t *at, uint64_t value)
{
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
    at[2] = (uint8_t)(value >> 16);
    at[3] = (uint8_t)(value >> 24);
    at[4] = (uint8_t)(value >> 32);
    at[5] = (uint8_t)(value >> 40);
    at[6] = (uint8_t)(value >> 48);
    at[7] = (uint8_t)(value >> 56);
}

/* Behind the `size` bytes that a message has in its last block: the padding 1 0* 1. */
static inline void keccak_pad(uint8_t block[KECCAK_RATE], size_t size)
{
    assert(size < KECCAK_RATE);
    memset(block + size, 0, KECCAK_RATE - size);
    block[size] = 0x01;
    block[KECCAK_RATE - 1] |= 0x80;
}

/* The last block of a message of which `rest` is left. */
static inline void keccak_last(uint8_t block[KECCAK_RATE], struct bytes rest)
{
    assert(rest.size < KECCAK_RATE);
    if (rest.size > 0)
        memcpy(block, rest.at, rest.size);
    keccak_pad(block, rest.size);
}

#define KECCAK_ROL(x, n) ((x) << (n) | (x) >> (64 - (n)))

/* rho, pi and theta's last step for one row of the result, then chi: e[y .. y + 4] of the named
 * words of a, each with its column's parity d and its rotation. */
#define KECCAK_ROW(lane, e, y, w0, w1, w2, w3, w4)                                                 \
    do {                                                                                           \
        const lane b0 = w0, b1 = w1, b2 = w2, b3 = w3, b4 = w4;                                    \
        (e)[(y) + 0] = b0 ^ (~b1 & b2);                                                            \
        (e)[(y) + 1] = b1 ^ (~b2 & b3);                                                            \
        (e)[(y) + 2] = b2 ^ (~b3 & b4);                                                            \
        (e)[(y) + 3] = b3 ^ (~b4 & b0);                                                            \
        (e)[(y) + 4] = b4 ^ (~b0 & b1);                                                            \
    } while (0)

#define KECCAK_TURN(a, i, d, n) KECCAK_ROL((a)[i] ^ (d), n)

#define KECCAK_ROUND(lane, e, a, constant)                                                         \
    do {                                                                                           \
        const lane c0 = (a)[0] ^ (a)[5] ^ (a)[10] ^ (a)[15] ^ (a)[20];                             \
        const lane c1 = (a)[1] ^ (a)[6] ^ (a)[11] ^ (a)[16] ^ (a)[21];                             \
        const lane c2 = (a)[2] ^ (a)[7] ^ (a)[12] ^ (a)[17] ^ (a)[22];                             \
        const lane c3 = (a)[3] ^ (a)[8] ^ (a)[13] ^ (a)[18] ^ (a)[23];                             \
        const lane c4 = (a)[4] ^ (a)[9] ^ (a)[14] ^ (a)[19] ^ (a)[24];                             \
        const lane d0 = c4 ^ KECCAK_ROL(c1, 1);                                                    \
        const lane d1 = c0 ^ KECCAK_ROL(c2, 1);                                                    \
        const lane d2 = c1 ^ KECCAK_ROL(c3, 1);                                                    \
        const lane d3 = c2 ^ KECCAK_ROL(c4, 1);                                                    \
        const lane d4 = c3 ^ KECCAK_ROL(c0, 1);                                                    \
        KECCAK_ROW(lane, e, 0, (a)[0] ^ d0, KECCAK_TURN(a, 6, d1, 44), KECCAK_TURN(a, 12, d2, 43), \
                   KECCAK_TURN(a, 18, d3, 21), KECCAK_TURN(a, 24, d4, 14));                        \
        (e)[0] ^= (constant);                                                                      \
        KECCAK_ROW(lane, e, 5, KECCAK_TURN(a, 3, d3, 28), KECCAK_TURN(a, 9, d4, 20),               \
                   KECCAK_TURN(a, 10, d0, 3), KECCAK_TURN(a, 16, d1, 45),                          \
                   KECCAK_TURN(a, 22, d2, 61));                                                    \
        KECCAK_ROW(lane, e, 10, KECCAK_TURN(a, 1, d1, 1), KECCAK_TURN(a, 7, d2, 6),                \
                   KECCAK_TURN(a, 13, d3, 25), KECCAK_TURN(a, 19, d4, 8),                          \
                   KECCAK_TURN(a, 20, d0, 18));                                                    \
        KECCAK_ROW(lane, e, 15, KECCAK_TURN(a, 4, d4, 27), KECCAK_TURN(a, 5, d0, 36),              \
                   KECCAK_TURN(a, 11, d1, 10), KECCAK_TURN(a, 17, d2, 15),                         \
                   KECCAK_TURN(a, 23, d3, 56));                                                    \
        KECCAK_ROW(lane, e, 20, KECCAK_TURN(a, 2, d2, 62), KECCAK_TURN(a, 8, d3, 55),              \
                   KECCAK_TURN(a, 14, d4, 39), KECCAK_TURN(a, 15, d0, 41),                         \
                   KECCAK_TURN(a, 21, d1, 2));                                                     \
    } while (0)

/* `a`: lane[KECCAK_WORDS]. Two rounds a turn, so that the words need not be moved back. */
#define KECCAK_PERMUTE(lane, a)                                                                    \
    do {                                                                                           \
        lane e_[KECCAK_WORDS];                                                                     \
        for (unsigned i_ = 0; i_ < KECCAK_ROUNDS; i_ += 2) {                                       \
            KECCAK_ROUND(lane, e_, a, keccak_round_constant[i_]);                                  \
            KECCAK_ROUND(lane, a, e_, keccak_round_constant[i_ + 1]);                              \
        }                                                                                          \
    } while (0)

#endif
