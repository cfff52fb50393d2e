/* The arithmetic against a model that works bit by bit, and rows for what the model shares. */
#include "test/unit.h"

#include <cairn/u256.h>

#include <stdlib.h>

Suite *u256_suite(void);

enum { BITS = 256, ROUNDS = 3000 };

static uint64_t draw(uint64_t *seed) /* xorshift64 */
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

/* Any size, with many limbs and half limbs of only zeros or only ones: where carries run and where
 * the long division guesses wrong. */
static struct u256 draw_u256(uint64_t *seed)
{
    size_t limbs = draw(seed) % 5;
    struct u256 a = {0};

    for (size_t i = 0; i < limbs; i++) {
        uint64_t mask[] = {0, UINT64_MAX, UINT64_C(0xffffffff), UINT64_C(1) << 63, 1};
        uint64_t shape = draw(seed) % 8;

        a.limb[i] = shape < COUNT(mask) ? mask[shape] : draw(seed);
    }
    return a;
}

struct bits {
    bool bit[2 * BITS]; /* the lowest first */
};

static struct bits bits_of(const struct u256 *a)
{
    struct bits out = {{0}};

    for (unsigned i = 0; i < BITS; i++)
        out.bit[i] = a->limb[i / 64] >> (i % 64) & 1;
    return out;
}

static bool bits_fit(const struct bits *a)
{
    for (size_t i = BITS; i < COUNT(a->bit); i++)
        if (a->bit[i])
            return false;
    return true;
}

static struct u256 bits_low(const struct bits *a)
{
    struct u256 out = {0};

    for (unsigned i = 0; i < BITS; i++)
        out.limb[i / 64] |= (uint64_t)a->bit[i] << (i % 64);
    return out;
}

/* a += b << shift */
static void bits_add(struct bits *a, const struct bits *b, size_t shift)
{
    unsigned carry = 0;

    for (size_t i = shift; i < COUNT(a->bit); i++) {
        carry += (unsigned)a->bit[i] + (unsigned)b->bit[i - shift];
        a->bit[i] = carry & 1;
        carry >>= 1;
    }
}

static bool bits_less(const struct bits *a, const struct bits *b)
{
    for (size_t i = COUNT(a->bit); i-- > 0;)
        if (a->bit[i] != b->bit[i])
            return b->bit[i];
    return false;
}

/* a -= b, where b is not more. */
static void bits_subtract(struct bits *a, const struct bits *b)
{
    int borrow = 0;

    for (size_t i = 0; i < COUNT(a->bit); i++) {
        int rest = (int)a->bit[i] - (int)b->bit[i] - borrow;

        borrow = rest < 0;
        a->bit[i] = rest & 1;
    }
}

static struct bits bits_multiply(const struct bits *a, const struct bits *b)
{
    struct bits out = {{0}};

    for (size_t i = 0; i < BITS; i++)
        if (a->bit[i])
            bits_add(&out, b, i);
    return out;
}

static void bits_divide(struct bits *quotient, struct bits *rest, const struct bits *a,
                        const struct bits *b)
{
    *quotient = *rest = (struct bits){{0}};
    for (size_t i = BITS; i-- > 0;) {
        memmove(rest->bit + 1, rest->bit, sizeof(rest->bit) - 1);
        rest->bit[0] = a->bit[i];
        if (!bits_less(rest, b)) {
            bits_subtract(rest, b);
            quotient->bit[i] = true;
        }
    }
}

static bool same(const struct u256 *a, const struct bits *model)
{
    struct u256 low = bits_low(model);

    return u256_equal(a, &low);
}

START_TEST(sum_is_the_model_s)
{
    uint64_t seed = 1;

    for (int i = 0; i < ROUNDS; i++) {
        struct u256 a = draw_u256(&seed), b = draw_u256(&seed), sum;
        struct bits model = bits_of(&a), other = bits_of(&b);

        bits_add(&model, &other, 0);
        ck_assert(u256_add(&sum, &a, &b) == bits_fit(&model));
        ck_assert(!bits_fit(&model) || same(&sum, &model));
    }
}
END_TEST

START_TEST(difference_and_order_are_the_model_s)
{
    uint64_t seed = 2;

    for (int i = 0; i < ROUNDS; i++) {
        struct u256 a = draw_u256(&seed), b = draw_u256(&seed), difference;
        struct bits model = bits_of(&a), other = bits_of(&b);
        bool less = bits_less(&model, &other), more = bits_less(&other, &model);

        ck_assert_int_eq(u256_compare(&a, &b), (int)more - (int)less);
        ck_assert(u256_equal(&a, &b) == (!less && !more));
        ck_assert(u256_min(&a, &b) == (more ? &b : &a));
        ck_assert(u256_sub(&difference, &a, &b) == !less);
        if (less)
            continue;
        bits_subtract(&model, &other);
        ck_assert(same(&difference, &model));
    }
}
END_TEST

START_TEST(product_is_the_model_s)
{
    uint64_t seed = 3;

    for (int i = 0; i < ROUNDS; i++) {
        struct u256 a = draw_u256(&seed), b = draw_u256(&seed), low = u256_of_u64(b.limb[0]);
        struct u256 product;
        struct bits a_bits = bits_of(&a), b_bits = bits_of(&b), low_bits = bits_of(&low);
        struct bits model = bits_multiply(&a_bits, &b_bits);

        ck_assert(u256_mul(&product, &a, &b) == bits_fit(&model));
        ck_assert(!bits_fit(&model) || same(&product, &model));
        model = bits_multiply(&a_bits, &low_bits);
        ck_assert(u256_mul_u64(&product, &a, b.limb[0]) == bits_fit(&model));
        ck_assert(!bits_fit(&model) || same(&product, &model));
    }
}
END_TEST

START_TEST(quotient_is_the_model_s)
{
    uint64_t seed = 4;

    for (int i = 0; i < ROUNDS; i++) {
        struct u256 a = draw_u256(&seed), b = draw_u256(&seed), quotient, rest;
        struct bits a_bits = bits_of(&a), b_bits, quotient_bits, rest_bits;

        if (u256_is_zero(&b))
            b = u256_of_u64(3);
        b_bits = bits_of(&b);
        bits_divide(&quotient_bits, &rest_bits, &a_bits, &b_bits);
        u256_divide(&quotient, &rest, &a, &b);
        ck_assert(same(&quotient, &quotient_bits) && same(&rest, &rest_bits));
    }
}
END_TEST

START_TEST(quotient_by_64_bits_is_the_model_s)
{
    uint64_t seed = 5;

    for (int i = 0; i < ROUNDS; i++) {
        struct u256 a = draw_u256(&seed), b = u256_of_u64(draw(&seed) >> draw(&seed) % 64);
        struct u256 quotient, rest_wide;
        struct bits a_bits = bits_of(&a), b_bits, quotient_bits, rest_bits;
        uint64_t rest;

        if (u256_is_zero(&b))
            b.limb[0] = 1;
        b_bits = bits_of(&b);
        bits_divide(&quotient_bits, &rest_bits, &a_bits, &b_bits);
        u256_divide_u64(&quotient, &rest, &a, b.limb[0]);
        rest_wide = u256_of_u64(rest);
        ck_assert(same(&quotient, &quotient_bits) && same(&rest_wide, &rest_bits));
    }
}
END_TEST

/* Rows that make the long division guess a digit too large: once it must add the divisor back. */
static const struct {
    struct u256 a, b, quotient, rest;
} divisions[] = {
    {{{3, UINT64_C(1) << 31}}, {{1, UINT64_C(1) << 29}}, {{3}}, {{0, UINT64_C(1) << 29}}},
    {{{0, UINT64_C(0x7fffffff80000000)}},
     {{1, UINT64_C(0x80000000)}},
     {{UINT64_C(0xfffffffe)}},
     {{UINT64_C(0xffffffff00000002), UINT64_C(0x7fffffff)}}},
    {{{0, 0, UINT64_MAX, UINT64_MAX}},
     {{UINT64_MAX, UINT64_MAX, UINT64_MAX}},
     {{UINT64_MAX}},
     {{UINT64_MAX, 0, UINT64_MAX}}},
};

START_TEST(guessed_digits)
{
    struct u256 quotient, rest, back;

    u256_divide(&quotient, &rest, &divisions[_i].a, &divisions[_i].b);
    ck_assert(u256_mul(&back, &quotient, &divisions[_i].b));
    ck_assert(u256_add(&back, &back, &rest));
    ck_assert(u256_equal(&back, &divisions[_i].a));
    ck_assert(u256_equal(&quotient, &divisions[_i].quotient));
    ck_assert(u256_equal(&rest, &divisions[_i].rest));
}
END_TEST

/* `out` may be an operand: nothing is written before its last read. */
START_TEST(in_place)
{
    uint64_t seed = 6;

    for (int i = 0; i < ROUNDS; i++) {
        struct u256 a = draw_u256(&seed), b = draw_u256(&seed), apart, here;

        if (u256_add(&apart, &a, &b)) {
            here = b;
            ck_assert(u256_add(&here, &a, &here) && u256_equal(&here, &apart));
        }
        if (u256_sub(&apart, &a, &b)) {
            here = b;
            ck_assert(u256_sub(&here, &a, &here) && u256_equal(&here, &apart));
        }
        if (u256_mul(&apart, &a, &b)) {
            here = b;
            ck_assert(u256_mul(&here, &a, &here) && u256_equal(&here, &apart));
        }
        if (!u256_is_zero(&b)) {
            u256_divide(&apart, NULL, &a, &b);
            here = b;
            u256_divide(&here, NULL, &a, &here);
            ck_assert(u256_equal(&here, &apart));
        }
    }
}
END_TEST

START_TEST(sizes)
{
    for (unsigned bit = 0; bit < BITS; bit++) {
        struct u256 a = {0};

        a.limb[bit / 64] = UINT64_C(1) << bit % 64;
        ck_assert_uint_eq(u256_bits(&a), bit + 1);
        ck_assert(u256_fits_u64(&a) == (bit < 64));
        ck_assert(!u256_is_zero(&a));
    }
    ck_assert_uint_eq(u256_bits(&(struct u256){0}), 0);
    ck_assert(u256_is_zero(&(struct u256){0}) && u256_fits_u64(&(struct u256){0}));
    ck_assert(u256_to_u64(&(struct u256){{UINT64_MAX}}) == UINT64_MAX);
}
END_TEST

START_TEST(bytes)
{
    uint64_t seed = 7;

    for (int i = 0; i < ROUNDS; i++) {
        struct u256 a = draw_u256(&seed), back;
        uint8_t whole[32], few[32];
        size_t size = u256_put_short(few, &a);

        u256_put_be(whole, &a);
        back = u256_get_be(whole);
        ck_assert(u256_equal(&back, &a));
        ck_assert(size == (u256_bits(&a) + 7) / 8 && (size == 0 || few[0] != 0));
        ck_assert_mem_eq(few, whole + 32 - size, size);
        ck_assert(u256_get_short(&back, bytes_of(few, size)) && u256_equal(&back, &a));
    }
}
END_TEST

START_TEST(bytes_are_big_endian)
{
    struct u256 a = {{0x0807060504030201}}, back;
    uint8_t few[32];

    ck_assert_uint_eq(u256_put_short(few, &a), 8);
    ck_assert_mem_eq(few, "\x08\x07\x06\x05\x04\x03\x02\x01", 8);
    ck_assert(u256_get_short(&back, bytes_of("\0\0\x02\x01", 4)) && back.limb[0] == 0x201);
    ck_assert(!u256_get_short(&back, bytes_of((uint8_t[33]){0}, 33)));
}
END_TEST

#define ALL_ONES                                                                                   \
    {                                                                                              \
        {                                                                                          \
            UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX                                         \
        }                                                                                          \
    }

static const struct {
    const char *says, *text;
    struct u256 value;
} decimals[] = {
    {"zero has one digit", "0", {{0}}},
    {"one", "1", {{1}}},
    {"19 digits: one chunk", "9999999999999999999", {{UINT64_C(9999999999999999999)}}},
    {"20 digits: zeros inside are kept",
     "10000000000000000000",
     {{UINT64_C(10000000000000000000)}}},
    {"2^64 - 1", "18446744073709551615", {{UINT64_MAX}}},
    {"2^64", "18446744073709551616", {{0, 1}}},
    {"2^128 + 1", "340282366920938463463374607431768211457", {{1, 0, 1}}},
    {"2^256 - 1", "115792089237316195423570985008687907853269984665640564039457584007913129639935",
     ALL_ONES},
};

START_TEST(decimal)
{
    char text[U256_DECIMAL_MAX + 1];
    struct u256 value;

    u256_format(text, &decimals[_i].value);
    ck_assert_str_eq(text, decimals[_i].text);
    ck_assert_msg(u256_parse(&value, decimals[_i].text, strlen(decimals[_i].text)), "%s",
                  decimals[_i].says);
    ck_assert(u256_equal(&value, &decimals[_i].value));
}
END_TEST

START_TEST(decimal_there_and_back)
{
    uint64_t seed = 8;

    for (int i = 0; i < ROUNDS; i++) {
        struct u256 a = draw_u256(&seed), back;
        char text[U256_DECIMAL_MAX + 1];

        u256_format(text, &a);
        ck_assert(u256_parse(&back, text, strlen(text)) && u256_equal(&back, &a));
        ck_assert(text[0] != '0' || u256_is_zero(&a));
    }
}
END_TEST

static const struct {
    const char *says, *text;
} not_decimals[] = {
    {"nothing", ""},
    {"a sign", "-1"},
    {"a plus", "+1"},
    {"a blank before", " 1"},
    {"a blank behind", "1 "},
    {"a point", "1.0"},
    {"an exponent", "1e3"},
    {"hex", "0x1"},
    {"what comes before the digits in ASCII", "/"},
    {"what comes behind them", ":"},
    {"2^256", "115792089237316195423570985008687907853269984665640564039457584007913129639936"},
    {"78 nines", "999999999999999999999999999999999999999999999999999999999999999999999999999999"},
    {"79 digits",
     "1000000000000000000000000000000000000000000000000000000000000000000000000000000"},
};

START_TEST(not_decimal)
{
    struct u256 value;

    ck_assert_msg(!u256_parse(&value, not_decimals[_i].text, strlen(not_decimals[_i].text)), "%s",
                  not_decimals[_i].says);
}
END_TEST

Suite *u256_suite(void)
{
    Suite *suite = suite_create("u256");
    TCase *t = tcase_create("u256");

    tcase_set_timeout(t, 60);
    tcase_add_test(t, sum_is_the_model_s);
    tcase_add_test(t, difference_and_order_are_the_model_s);
    tcase_add_test(t, product_is_the_model_s);
    tcase_add_test(t, quotient_is_the_model_s);
    tcase_add_test(t, quotient_by_64_bits_is_the_model_s);
    tcase_add_loop_test(t, guessed_digits, 0, COUNT(divisions));
    tcase_add_test(t, in_place);
    tcase_add_test(t, sizes);
    tcase_add_test(t, bytes);
    tcase_add_test(t, bytes_are_big_endian);
    tcase_add_loop_test(t, decimal, 0, COUNT(decimals));
    tcase_add_test(t, decimal_there_and_back);
    tcase_add_loop_test(t, not_decimal, 0, COUNT(not_decimals));
    suite_add_tcase(suite, t);
    return suite;
}
