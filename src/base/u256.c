#include <cairn/u256.h>

__extension__ typedef unsigned __int128 wide;

enum { LIMBS = 4, HALVES = 8 };

struct u256 u256_of_u64(uint64_t value)
{
    return (struct u256){{value, 0, 0, 0}};
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
    return memcmp(a, b, sizeof *a) == 0;
}

int u256_compare(const struct u256 *a, const struct u256 *b)
{
    for (int i = LIMBS - 1; i >= 0; i--)
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
    for (int i = LIMBS - 1; i >= 0; i--)
        if (a->limb[i] != 0)
            return (unsigned)(64 * i + 64 - __builtin_clzll(a->limb[i]));
    return 0;
}

bool u256_add(struct u256 *out, const struct u256 *a, const struct u256 *b)
{
    uint64_t carry = 0;

    for (int i = 0; i < LIMBS; i++) {
        wide sum = (wide)a->limb[i] + b->limb[i] + carry;

        out->limb[i] = (uint64_t)sum;
        carry = (uint64_t)(sum >> 64);
    }
    return carry == 0;
}

bool u256_sub(struct u256 *out, const struct u256 *a, const struct u256 *b)
{
    uint64_t borrow = 0;

    for (int i = 0; i < LIMBS; i++) {
        wide difference = (wide)a->limb[i] - b->limb[i] - borrow;

        out->limb[i] = (uint64_t)difference;
        borrow = (uint64_t)(difference >> 64) & 1;
    }
    return borrow == 0;
}

bool u256_mul_u64(struct u256 *out, const struct u256 *a, uint64_t b)
{
    uint64_t carry = 0;

    for (int i = 0; i < LIMBS; i++) {
        wide product = (wide)a->limb[i] * b + carry;

        out->limb[i] = (uint64_t)product;
        carry = (uint64_t)(product >> 64);
    }
    return carry == 0;
}

bool u256_mul(struct u256 *out, const struct u256 *a, const struct u256 *b)
{
    uint64_t product[2 * LIMBS] = {0};
    uint64_t over;

    for (int i = 0; i < LIMBS; i++) {
        uint64_t carry = 0;

        for (int j = 0; j < LIMBS; j++) {
            wide sum = (wide)a->limb[i] * b->limb[j] + product[i + j] + carry;

            product[i + j] = (uint64_t)sum;
            carry = (uint64_t)(sum >> 64);
        }
        product[i + LIMBS] = carry;
    }
    memcpy(out->limb, product, sizeof out->limb);
    over = product[4] | product[5] | product[6] | product[7];
    return over == 0;
}

/* ---- division ---- */

void u256_divide_u64(struct u256 *quotient, uint64_t *remainder, const struct u256 *a, uint64_t b)
{
    uint64_t rest = 0;
    struct u256 result;

    assert(b != 0);
    for (int i = LIMBS - 1; i >= 0; i--) {
        wide part = (wide)rest << 64 | a->limb[i];

        result.limb[i] = (uint64_t)(part / b);
        rest = (uint64_t)(part % b);
    }
    if (quotient)
        *quotient = result;
    if (remainder)
        *remainder = rest;
}

/* 32-bit digits, lowest first; returns how many are not leading zeros. */
static int halves_split(uint32_t *half, const struct u256 *a)
{
    int count = HALVES;

    for (int i = 0; i < HALVES; i++)
        half[i] = (uint32_t)(a->limb[i / 2] >> (32 * (i % 2)));
    while (count > 0 && half[count - 1] == 0)
        count--;
    return count;
}

static struct u256 halves_join(const uint32_t *half)
{
    struct u256 out;

    for (int i = 0; i < LIMBS; i++)
        out.limb[i] = (uint64_t)half[2 * i + 1] << 32 | half[2 * i];
    return out;
}

/* One digit of the quotient, and its multiple taken off: Knuth's steps D3 to D6. */
static uint32_t divide_digit(uint32_t *u, const uint32_t *v, int n)
{
    uint64_t top = (uint64_t)u[n] << 32 | u[n - 1];
    uint64_t digit = top / v[n - 1], rest = top % v[n - 1];
    uint64_t carry = 0;
    int64_t borrow = 0;

    while (digit >> 32 || digit * v[n - 2] > (rest << 32 | u[n - 2])) {
        digit--;
        rest += v[n - 1];
        if (rest >> 32)
            break;
    }
    for (int i = 0; i <= n; i++) {
        uint64_t product = carry + (i < n ? digit * v[i] : 0);
        int64_t part = (int64_t)u[i] - (int64_t)(uint32_t)product + borrow;

        carry = product >> 32;
        u[i] = (uint32_t)part;
        borrow = part < 0 ? -1 : 0;
    }
    if (borrow == 0)
        return (uint32_t)digit;
    carry = 0;
    for (int i = 0; i <= n; i++) {
        uint64_t sum = (uint64_t)u[i] + (i < n ? v[i] : 0) + carry;

        u[i] = (uint32_t)sum;
        carry = sum >> 32;
    }
    return (uint32_t)digit - 1;
}

/* Knuth, The Art of Computer Programming 2, 4.3.1, algorithm D. */
void u256_divide(struct u256 *quotient, struct u256 *remainder, const struct u256 *a,
                 const struct u256 *b)
{
    uint32_t u[HALVES + 1] = {0}, v[HALVES] = {0}, q[HALVES] = {0};
    struct u256 dividend = *a;
    int n = halves_split(v, b), m = halves_split(u, a);
    int shift;

    assert(n > 0);
    if (u256_fits_u64(b)) {
        uint64_t rest;

        u256_divide_u64(quotient, &rest, &dividend, b->limb[0]);
        if (remainder)
            *remainder = u256_of_u64(rest);
        return;
    }
    if (u256_compare(a, b) < 0) {
        if (quotient)
            *quotient = (struct u256){0};
        if (remainder)
            *remainder = dividend;
        return;
    }
    shift = __builtin_clz(v[n - 1]);
    for (int i = n - 1; i >= 0; i--)
        v[i] = v[i] << shift | (uint32_t)((uint64_t)(i > 0 ? v[i - 1] : 0) >> (32 - shift));
    for (int i = m; i >= 0; i--)
        u[i] = u[i] << shift | (uint32_t)((uint64_t)(i > 0 ? u[i - 1] : 0) >> (32 - shift));
    for (int i = m - n; i >= 0; i--)
        q[i] = divide_digit(u + i, v, n);
    if (quotient)
        *quotient = halves_join(q);
    for (int i = 0; i < HALVES; i++)
        u[i] = u[i] >> shift | (uint32_t)((uint64_t)u[i + 1] << (32 - shift));
    if (remainder)
        *remainder = halves_join(u);
}

/* ---- bytes ---- */

void u256_put_be(uint8_t out[32], const struct u256 *a)
{
    for (int i = 0; i < LIMBS; i++)
        be64_put(out + 8 * i, a->limb[LIMBS - 1 - i]);
}

struct u256 u256_get_be(const uint8_t in[32])
{
    struct u256 out;

    for (int i = 0; i < LIMBS; i++)
        out.limb[LIMBS - 1 - i] = be64_get(in + 8 * i);
    return out;
}

size_t u256_put_short(uint8_t out[32], const struct u256 *a)
{
    uint8_t whole[32];
    size_t size = (u256_bits(a) + 7) / 8;

    u256_put_be(whole, a);
    memcpy(out, whole + sizeof whole - size, size);
    return size;
}

bool u256_get_short(struct u256 *out, struct bytes in)
{
    uint8_t whole[32] = {0};

    if (in.size > sizeof whole)
        return false;
    if (in.size > 0)
        memcpy(whole + sizeof whole - in.size, in.at, in.size);
    *out = u256_get_be(whole);
    return true;
}

/* ---- decimal text ---- */

enum { CHUNK_DIGITS = 19 };
static const uint64_t chunk = UINT64_C(10000000000000000000); /* 10^19, the largest in 64 bits */

void u256_format(char out[U256_DECIMAL_MAX + 1], const struct u256 *a)
{
    char reversed[5 * CHUNK_DIGITS];
    struct u256 rest = *a;
    size_t size = 0;

    do {
        uint64_t part;

        u256_divide_u64(&rest, &part, &rest, chunk);
        for (int i = 0; i < CHUNK_DIGITS; i++, part /= 10)
            reversed[size++] = (char)('0' + part % 10);
    } while (!u256_is_zero(&rest));
    while (size > 1 && reversed[size - 1] == '0')
        size--;
    for (size_t i = 0; i < size; i++)
        out[i] = reversed[size - 1 - i];
    out[size] = 0;
}

bool u256_parse(struct u256 *out, const char *text, size_t size)
{
    struct u256 value = {0};

    if (size == 0)
        return false;
    for (size_t i = 0; i < size; i++) {
        struct u256 digit;

        if (text[i] < '0' || text[i] > '9')
            return false;
        digit = u256_of_u64((uint64_t)(text[i] - '0'));
        if (!u256_mul_u64(&value, &value, 10) || !u256_add(&value, &value, &digit))
            return false;
    }
    *out = value;
    return true;
}
