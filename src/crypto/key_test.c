#include "crypto_test.h"

#include <cairn/keccak.h>
#include <cairn/key.h>

/* The generator's coordinates and the numbers at the edges of the scalar range. */
#define GENERATOR_X "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
#define GENERATOR_Y "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8"
#define ZERO "0000000000000000000000000000000000000000000000000000000000000000"
#define ONE "0000000000000000000000000000000000000000000000000000000000000001"
#define ORDER_LESS_1 "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140"
#define ORDER "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"
#define FIELD "fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f"
#define ALL_ONES "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"

static const struct {
    const char *says, *secret;
    bool is_good;
} secrets[] = {
    {"zero is none", ZERO, false},
    {"one is the least", ONE, true},
    {"n - 1 is the most", ORDER_LESS_1, true},
    {"n is zero again", ORDER, false},
    {"all bits set", ALL_ONES, false},
};

START_TEST(secret_range)
{
    struct secret secret;
    struct public_key key;
    struct address address;
    struct signature signature;
    struct hash digest = {{1}};
    bool good = secrets[_i].is_good;

    bytes_from_hex(secret.byte, sizeof secret.byte, secrets[_i].secret);
    ck_assert_msg(secret_check(&secret) == good, "%s", secrets[_i].says);
    ck_assert_msg(secret_public_key(&key, &secret) == good, "%s", secrets[_i].says);
    ck_assert_msg(secret_address(&address, &secret) == good, "%s", secrets[_i].says);
    ck_assert_msg(secret_sign(&signature, &secret, &digest) == good, "%s", secrets[_i].says);
}
END_TEST

/* The key of 1 is the generator; that of n - 1 its mirror image. */
START_TEST(secret_one)
{
    struct secret secret;
    struct public_key generator;
    struct public_key key;
    struct address address;
    char text[ADDRESS_TEXT];

    bytes_from_hex(generator.byte, sizeof generator.byte, GENERATOR_X GENERATOR_Y);
    bytes_from_hex(secret.byte, sizeof secret.byte, ONE);
    ck_assert(secret_public_key(&key, &secret));
    ck_assert_mem_eq(key.byte, generator.byte, sizeof key.byte);
    ck_assert(secret_address(&address, &secret));
    ck_assert_str_eq(address_format(text, &address), "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf");

    bytes_from_hex(secret.byte, sizeof secret.byte, ORDER_LESS_1);
    ck_assert(secret_public_key(&key, &secret));
    ck_assert_mem_eq(key.byte, generator.byte, 32);
    ck_assert_mem_ne(key.byte + 32, generator.byte + 32, 32);
}
END_TEST

static const struct {
    const char *says, *encoding;
    const char *key; /* NULL: refused */
} points[] = {
    {"compressed, even y", "02" GENERATOR_X, GENERATOR_X GENERATOR_Y},
    {"compressed, odd y", "03" GENERATOR_X,
     GENERATOR_X "b7c52588d95c3b9aa25b0403f1eef75702e84bb7597aabe663b82f6f04ef2777"},
    {"whole", "04" GENERATOR_X GENERATOR_Y, GENERATOR_X GENERATOR_Y},
    {"hybrid, even y", "06" GENERATOR_X GENERATOR_Y, NULL},
    {"hybrid, odd y",
     "07" GENERATOR_X "b7c52588d95c3b9aa25b0403f1eef75702e84bb7597aabe663b82f6f04ef2777", NULL},
    {"whole with the tag of compressed", "02" GENERATOR_X GENERATOR_Y, NULL},
    {"compressed with the tag of whole", "04" GENERATOR_X, NULL},
    {"tag 0", "00" GENERATOR_X, NULL},
    {"tag 5", "05" GENERATOR_X GENERATOR_Y, NULL},
    {"without a tag", GENERATOR_X GENERATOR_Y, NULL},
    {"a byte short",
     "02"
     "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f817",
     NULL},
    {"a byte long", "02" GENERATOR_X "00", NULL},
    {"whole, a byte long", "04" GENERATOR_X GENERATOR_Y "00", NULL},
    {"the point at infinity of SEC 1", "00", NULL},
    {"nothing", "", NULL},
    {"not on the curve: y is x", "04" GENERATOR_X GENERATOR_X, NULL},
    {"not on the curve: zeros", "04" ZERO ZERO, NULL},
    {"x = 5 is on no point",
     "02"
     "0000000000000000000000000000000000000000000000000000000000000005",
     NULL},
    {"x = p", "02" FIELD, NULL},
    {"x over p", "02" ALL_ONES, NULL},
};

START_TEST(public_key_points)
{
    uint8_t encoding[80];
    size_t size = strlen(points[_i].encoding) / 2;
    struct public_key key;
    struct public_key want;
    uint8_t compressed[33];

    if (size > 0)
        bytes_from_hex(encoding, size, points[_i].encoding);
    ck_assert_msg(public_key_parse(&key, bytes_of(encoding, size)) == (points[_i].key != NULL),
                  "%s", points[_i].says);
    if (!points[_i].key)
        return;
    bytes_from_hex(want.byte, sizeof want.byte, points[_i].key);
    ck_assert_mem_eq(key.byte, want.byte, sizeof key.byte);
    public_key_compress(compressed, &key);
    ck_assert_uint_eq(compressed[0], key.byte[63] % 2 == 0 ? 2 : 3);
    ck_assert(public_key_parse(&key, bytes_of(compressed, sizeof compressed)));
    ck_assert_mem_eq(key.byte, want.byte, sizeof key.byte);
}
END_TEST

/* Over seeded secrets: the address is the end of the key's hash, compressing loses nothing. */
START_TEST(public_key_round)
{
    struct secret secret;
    struct public_key key;
    struct public_key again;
    struct address address;
    struct address of_key;
    struct hash hash;
    uint8_t number[8];
    uint8_t compressed[33];

    be64_put(number, (uint64_t)_i);
    keccak256(&hash, bytes_of(number, sizeof number));
    memcpy(secret.byte, hash.byte, sizeof secret.byte);
    ck_assert(secret_public_key(&key, &secret));
    ck_assert(secret_address(&address, &secret));
    public_key_address(&of_key, &key);
    ck_assert(address_equal(&address, &of_key));
    keccak256(&hash, bytes_of(key.byte, sizeof key.byte));
    ck_assert_mem_eq(address.byte, hash.byte + 12, sizeof address.byte);
    public_key_compress(compressed, &key);
    ck_assert(public_key_parse(&again, bytes_of(compressed, sizeof compressed)));
    ck_assert_mem_eq(again.byte, key.byte, sizeof key.byte);
}
END_TEST

Suite *key_suite(void)
{
    Suite *suite = suite_create("key");
    TCase *t = tcase_create("key");

    tcase_add_loop_test(t, secret_range, 0, COUNT(secrets));
    tcase_add_test(t, secret_one);
    tcase_add_loop_test(t, public_key_points, 0, COUNT(points));
    tcase_add_loop_test(t, public_key_round, 0, 20);
    suite_add_tcase(suite, t);
    return suite;
}
