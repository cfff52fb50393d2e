/* Unsigned 256-bit integers, with overflow told. Amounts are wei. Pure; any thread. */
#ifndef CAIRN_U256_H
#define CAIRN_U256_H
#include <cairn/base.h>

enum { U256_DECIMAL_MAX = 78 }; /* digits of 2^256 - 1 */

struct u256 {
    uint64_t limb[4]; /* the lowest first */
};

struct u256 u256_of_u64(uint64_t value);
bool u256_is_zero(const struct u256 *a);
bool u256_fits_u64(const struct u256 *a);
uint64_t u256_to_u64(const struct u256 *a); /* asserts that it fits */
bool u256_equal(const struct u256 *a, const struct u256 *b);
int u256_compare(const struct u256 *a, const struct u256 *b); /* < 0, 0, > 0 */
const struct u256 *u256_min(const struct u256 *a, const struct u256 *b);
unsigned u256_bits(const struct u256 *a); /* index of the highest bit + 1; 0 for 0 */

/* False: it does not fit (or would be below 0); then *out is not to be read. `out` may be an
 * operand. */
bool u256_add(struct u256 *out, const struct u256 *a, const struct u256 *b) MUST_CHECK;
bool u256_sub(struct u256 *out, const struct u256 *a, const struct u256 *b) MUST_CHECK;
bool u256_mul(struct u256 *out, const struct u256 *a, const struct u256 *b) MUST_CHECK;
bool u256_mul_u64(struct u256 *out, const struct u256 *a, uint64_t b) MUST_CHECK;
/* Quotient rounded down, and remainder (either may be NULL); b is not 0 (asserted). */
void u256_divide(struct u256 *quotient, struct u256 *remainder, const struct u256 *a,
                 const struct u256 *b);
void u256_divide_u64(struct u256 *quotient, uint64_t *remainder, const struct u256 *a, uint64_t b);

/* 32 bytes, big-endian; and as few bytes as hold it (0 bytes for 0), the form of RLP. */
void u256_put_be(uint8_t out[32], const struct u256 *a);
struct u256 u256_get_be(const uint8_t in[32]);
size_t u256_put_short(uint8_t out[32], const struct u256 *a); /* returns the size */
bool u256_get_short(struct u256 *out,
                    struct bytes in) MUST_CHECK; /* false: over 32 bytes. Leading zeros are taken */

/* Decimal text. format writes a final 0. parse: digits alone; false: none, another sign, too large.
 */
void u256_format(char out[U256_DECIMAL_MAX + 1], const struct u256 *a);
bool u256_parse(struct u256 *out, const char *text, size_t size) MUST_CHECK;

#endif
