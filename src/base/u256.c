#include <cairn/u256.h>

#include <string.h>

enum {
    LIMBS = 4,
    HALVES = 2 * LIMBS, /* 32-bit digits, for the long division */
    CHUNK_DIGITS = 19   /* of decimal text: 10^19 is the largest power below 2^64 */
};

#define CHUNK UINT64_C(10000000000000000000)

__extension__ typedef unsigned __int128 wide; /* -Wpedantic knows no other way to name it */

struct u256 u256_of_u64(uint64_t value)
{
    return (struct u256){.limb = {value}};
}

bool u256_is_zero(const struct u256 *a)
{
    return (a->limb[0] | a->limb[1] | a->limb[2] | a->limb[3]) == 0;
}

bool u256_fits_u64(const struct u256 *a)
{
    return (a->limb[1] | a->limb[2] | a->limb[3]) == 0;
}

uint64_t u256_to_u64(const struct u256 *a)
{
    assert(u256_fits_u64(a));
    return a->limb[0];
}

bool u256_equal(const struct u256 *a, const struct u256 *b)
{
    return ((a->limb[0] ^ b->limb[0]) | (a->limb[1] ^ b->limb[1]) | (a->limb[2] ^ b->limb[2]) |
            (a->limb[3] ^ b->limb[3])) == 0;
}

int u256_compare(const struct u256 *a, const struct u256 *b)
{
    for (size_t i = LIMBS; i-- > 0;)
        if (a->limb[i] != b->limb[i])
            return a->limb[i] < b->limb[i] ? -1 : 1;
    return 0;
}

const struct u256 *u256_min(const struct u256 *a, const struct u256 *b)
{
    return u256_compare(a, b) <= 0 ? a : b;
}

unsigned u256_bits(const struct u256 *a)
{
    for (unsigned i = LIMBS; i-- > 0;)
        if (a->limb[i] != 0)
            return 64 * i + 64 - (unsigned)__builtin_clzll(a->limb[i]);
    return 0;
}

static inline bool limb_add(uint64_t *out, uint64_t a, uint64_t b, bool carry)
{
    uint64_t sum;
    bool first = __builtin_add_overflow(a, b, &sum);
    bool second = __builtin_add_overflow(sum, (uint64_t)carry, out);

    return first | second;
}

static inline bool limb_sub(uint64_t *out, uint64_t a, uint64_t b, bool borrow)
{
    uint64_t rest;
    bool first = __builtin_sub_overflow(a, b, &rest);
    bool second = __builtin_sub_overflow(rest, (uint64_t)borrow, out);

    return first | second;
}

/* The four limbs are written out, since gcc keeps a carry in a flag only outside of a loop. */
bool u256_add(struct u256 *out, const struct u256 *a, const struct u256 *b)
{
    bool carry = limb_add(&out->limb[0], a->limb[0], b->limb[0], false);

    carry = limb_add(&out->limb[1], a->limb[1], b->limb[1], carry);
    carry = limb_add(&out->limb[2], a->limb[2], b->limb[2], carry);
    carry = limb_add(&out->limb[3], a->limb[3], b->limb[3], carry);
    return !carry;
}

bool u256_sub(struct u256 *out, const struct u256 *a, const struct u256 *b)
{
    bool borrow = limb_sub(&out->limb[0], a->limb[0], b->limb[0], false);

    borrow = limb_sub(&out->limb[1], a->limb[1], b->limb[1], borrow);
    borrow = limb_sub(&out->limb[2], a->limb[2], b->limb[2], borrow);
    borrow = limb_sub(&out->limb[3], a->limb[3], b->limb[3], borrow);
    return !borrow;
}

static inline uint64_t limb_mul(uint64_t *out, uint64_t a, uint64_t b, uint64_t carry)
{
    wide product = (wide)a * b + carry; /* at most (2^64 - 1)^2 + 2^64 - 1: it fits */

    *out = (uint64_t)product;
    return (uint64_t)(product >> 64);
}

bool u256_mul_u64(struct u256 *out, const struct u256 *a, uint64_t b)
{
    uint64_t carry = limb_mul(&out->limb[0], a->limb[0], b, 0);

    carry = limb_mul(&out->limb[1], a->limb[1], b, carry);
    carry = limb_mul(&out->limb[2], a->limb[2], b, carry);
    carry = limb_mul(&out->limb[3], a->limb[3], b, carry);
    return carry == 0;
}

bool u256_mul(struct u256 *out, const struct u256 *a, const struct u256 *b)
{
    uint64_t product[2 * LIMBS] = {0};

    if (u256_fits_u64(b))
        return u256_mul_u64(out, a, b->limb[0]);
    if (u256_fits_u64(a))
        return u256_mul_u64(out, b, a->limb[0]);
    for (size_t i = 0; i < LIMBS; i++) {
        uint64_t carry = 0;

        for (size_t j = 0; j < LIMBS; j++) {
            wide sum = (wide)a->limb[i] * b->limb[j] + product[i + j] + carry;

            product[i + j] = (uint64_t)sum;
            carry = (uint64_t)(sum >> 64);
        }
        product[i + LIMBS] = carry;
    }
    memcpy(out->limb, product, sizeof(out->limb));
    return (product[4] | product[5] | product[6] | product[7]) == 0;
}

void u256_divide_u64(struct u256 *quotient, uint64_t *remainder, const struct u256 *a, uint64_t b)
{
    struct u256 result;
    uint64_t rest = 0;

    assert(b != 0);
    for (size_t i = LIMBS; i-- > 0;) {
        if (rest == 0) { /* most amounts fill one or two limbs: spares the 128-bit division */
            result.limb[i] = a->limb[i] / b;
            rest = a->limb[i] % b;
        } else {
            wide part = (wide)rest << 64 | a->limb[i];

            result.limb[i] = (uint64_t)(part / b); /* rest < b: the digit fits */
            rest = (uint64_t)(part % b);
        }
    }
    if (quotient)
        *quotient = result;
    if (remainder)
        *remainder = rest;
}

/* Digits of base 2^32, the lowest first. */
static void halves_of(uint32_t half[HALVES], const struct u256 *a)
{
    for (size_t i = 0; i < LIMBS; i++) {
        half[2 * i] = (uint32_t)a->limb[i];
        half[2 * i + 1] = (uint32_t)(a->limb[i] >> 32);
    }
}

static struct u256 u256_of_halves(const uint32_t half[HALVES])
{
    struct u256 out;

    for (size_t i = 0; i < LIMBS; i++)
        out.limb[i] = (uint64_t)half[2 * i + 1] << 32 | half[2 * i];
    return out;
}

/* The digit of the quotient that the leading halves give: right, or one too large. Step D3. */
static uint64_t digit_guess(const uint32_t *u, const uint32_t *v, size_t count)
{
    uint64_t lead = (uint64_t)u[count] << 32 | u[count - 1];
    uint64_t digit = lead / v[count - 1];
    uint64_t rest = lead % v[count - 1];

    while (digit >> 32 != 0 || digit * v[count - 2] > (rest << 32 | u[count - 2])) {
        digit--;
        rest += v[count - 1];
        if (rest >> 32 != 0)
            break;
    }
    return digit;
}

/* Takes digit * v[0..count) from u[0..count]; true: it went below zero. Step D4. */
static bool digit_take(uint32_t *u, const uint32_t *v, size_t count, uint64_t digit)
{
    uint64_t carry = 0;
    uint64_t borrow = 0;

    for (size_t i = 0; i < count; i++) {
        uint64_t product = digit * v[i] + carry;
        uint64_t rest = (uint64_t)u[i] - (uint32_t)product - borrow;

        carry = product >> 32;
        u[i] = (uint32_t)rest;
        borrow = rest >> 63;
    }
    borrow = (uint64_t)u[count] - carry - borrow;
    u[count] = (uint32_t)borrow;
    return borrow >> 63 != 0;
}

/* Adds v[0..count) back to u[0..count]: the guessed digit was one too large. Step D6. */
static void digit_give_back(uint32_t *u, const uint32_t *v, size_t count)
{
    uint64_t carry = 0;

    for (size_t i = 0; i < count; i++) {
        carry += (uint64_t)u[i] + v[i];
        u[i] = (uint32_t)carry;
        carry >>= 32;
    }
    u[count] += (uint32_t)carry; /* the wrap undoes the borrow */
}

static void halves_shift_left(uint32_t *half, size_t count, unsigned bits)
{
    for (size_t i = count; bits != 0 && i-- > 0;)
        half[i] = half[i] << bits | (i == 0 ? 0 : half[i - 1] >> (32 - bits));
}

static void halves_shift_right(uint32_t *half, size_t count, unsigned bits)
{
    for (size_t i = 0; bits != 0 && i < count; i++)
        half[i] = half[i] >> bits | (i + 1 == count ? 0 : half[i + 1] << (32 - bits));
}

/* Knuth, The Art of Computer Programming 2, 4.3.1, algorithm D, to base 2^32. */
void u256_divide(struct u256 *quotient, struct u256 *remainder, const struct u256 *a,
                 const struct u256 *b)
{
    size_t count = (u256_bits(b) + 31) / 32; /* halves of the divisor */
    uint32_t u[HALVES + 1] = {0};
    uint32_t v[HALVES];
    uint32_t q[HALVES] = {0};
    unsigned shift;

    if (u256_fits_u64(b)) { /* asserts there that b is not 0 */
        uint64_t rest;

        u256_divide_u64(quotient, &rest, a, b->limb[0]);
        if (remainder)
            *remainder = u256_of_u64(rest);
        return;
    }
    halves_of(u, a);
    halves_of(v, b);
    shift = (unsigned)__builtin_clz(v[count - 1]); /* D1: sets the divisor's highest bit */
    halves_shift_left(u, HALVES + 1, shift);
    halves_shift_left(v, count, shift);
    for (size_t i = HALVES - count + 1; i-- > 0;) {
        uint64_t digit = digit_guess(u + i, v, count);

        if (digit_take(u + i, v, count, digit)) {
            digit--;
            digit_give_back(u + i, v, count);
        }
        q[i] = (uint32_t)digit;
    }
    halves_shift_right(u, HALVES + 1, shift);
    if (quotient)
        *quotient = u256_of_halves(q);
    if (remainder)
        *remainder = u256_of_halves(u);
}

void u256_put_be(uint8_t out[32], const struct u256 *a)
{
    for (size_t i = 0; i < LIMBS; i++)
        be64_put(out + 8 * (LIMBS - 1 - i), a->limb[i]);
}

struct u256 u256_get_be(const uint8_t in[32])
{
    struct u256 out;

    for (size_t i = 0; i < LIMBS; i++)
        out.limb[i] = be64_get(in + 8 * (LIMBS - 1 - i));
    return out;
}

size_t u256_put_short(uint8_t out[32], const struct u256 *a)
{
    size_t size = (u256_bits(a) + 7) / 8;
    uint8_t whole[32];

    u256_put_be(whole, a);
    memcpy(out, whole + sizeof(whole) - size, size);
    return size;
}

bool u256_get_short(struct u256 *out, struct bytes in)
{
    uint8_t whole[32] = {0};

    if (in.size > sizeof(whole))
        return false;
    if (in.size != 0)
        memcpy(whole + sizeof(whole) - in.size, in.at, in.size);
    *out = u256_get_be(whole);
    return true;
}

void u256_format(char out[U256_DECIMAL_MAX + 1], const struct u256 *a)
{
    char digit[5 * CHUNK_DIGITS]; /* the last chunk is whole too, with zeros in front */
    size_t first = sizeof(digit);
    struct u256 rest = *a;

    do {
        uint64_t chunk;

        u256_divide_u64(&rest, &chunk, &rest, CHUNK);
        for (size_t i = 0; i < CHUNK_DIGITS; i++, chunk /= 10)
            digit[--first] = (char)('0' + chunk % 10);
    } while (!u256_is_zero(&rest));
    while (first < sizeof(digit) - 1 && digit[first] == '0')
        first++;
    memcpy(out, digit + first, sizeof(digit) - first);
    out[sizeof(digit) - first] = 0;
}
static_assert(5 * CHUNK_DIGITS >= U256_DECIMAL_MAX, "five chunks hold any value");

bool u256_parse(struct u256 *out, const char *text, size_t size)
{
    struct u256 value = {0};

    if (size == 0)
        return false;
    for (size_t at = 0; at < size;) {
        uint64_t chunk = 0;
        uint64_t scale = 1;
        struct u256 low;

        for (size_t i = 0; i < CHUNK_DIGITS && at < size; i++, at++) {
            if (text[at] < '0' || text[at] > '9')
                return false;
            chunk = 10 * chunk + (uint64_t)(text[at] - '0');
            scale *= 10;
        }
        low = u256_of_u64(chunk);
        if (!u256_mul_u64(&value, &value, scale) || !u256_add(&value, &value, &low))
            return false;
    }
    *out = value;
    return true;
}
