#include "crypto_test.h"

#include <cairn/keccak.h>
#include <cairn/key.h>

#define GENERATOR_X "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
#define ZERO "0000000000000000000000000000000000000000000000000000000000000000"
#define ONE "0000000000000000000000000000000000000000000000000000000000000001"
#define FIVE "0000000000000000000000000000000000000000000000000000000000000005"
#define ORDER_HALF "7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0"
#define ORDER_HALF_MORE "7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a1"
#define ORDER_LESS_1 "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140"
#define ORDER "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"
#define ALL_ONES "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"

enum { ROUNDS = 40 };

/* Secret and digest number `i`, the same in every run. */
static void seeded(struct secret *secret, struct hash *digest, uint64_t i)
{
    struct hash hash;
    uint8_t number[8];

    be64_put(number, i);
    keccak256(&hash, bytes_of(number, sizeof number));
    memcpy(secret->byte, hash.byte, sizeof secret->byte);
    keccak256(digest, bytes_of_hash(&hash));
}

/* n - s, byte by byte: the other s that textbook ECDSA would take. */
static void negate_s(uint8_t s[32])
{
    uint8_t order[32];
    unsigned borrow = 0;

    bytes_from_hex(order, sizeof order, ORDER);
    for (unsigned i = 32; i-- > 0;) {
        unsigned difference = 256U + order[i] - s[i] - borrow;

        s[i] = (uint8_t)difference;
        borrow = difference < 256 ? 1 : 0;
    }
}

START_TEST(signature_round)
{
    struct secret secret;
    struct hash digest;
    struct hash other;
    struct public_key key;
    struct public_key recovered;
    struct address address;
    struct address recovered_address;
    struct signature signature;
    struct signature again;
    uint8_t bytes[SIGNATURE_SIZE];

    seeded(&secret, &digest, (uint64_t)_i);
    ck_assert(secret_public_key(&key, &secret));
    ck_assert(secret_address(&address, &secret));
    ck_assert(secret_sign(&signature, &secret, &digest));
    ck_assert(signature_check(&signature));
    ck_assert_uint_le(signature.y_parity, 1);
    ck_assert(secret_sign(&again, &secret, &digest)); /* RFC 6979: no chance in it */
    ck_assert_mem_eq(&again, &signature, sizeof signature);

    ck_assert(signature_recover(&recovered, &signature, &digest));
    ck_assert_mem_eq(recovered.byte, key.byte, sizeof key.byte);
    ck_assert(signature_recover_address(&recovered_address, &signature, &digest));
    ck_assert(address_equal(&recovered_address, &address));
    ck_assert(signature_verify(&signature, &digest, &key));

    signature_put(bytes, &signature);
    ck_assert(signature_get(&again, bytes_of(bytes, sizeof bytes)));
    ck_assert_mem_eq(&again, &signature, sizeof signature);

    other = digest;
    other.byte[31] ^= 1;
    ck_assert(!signature_verify(&signature, &other, &key));
    if (signature_recover(&recovered, &signature, &other))
        ck_assert_mem_ne(recovered.byte, key.byte, sizeof key.byte);
    again = signature;
    again.y_parity ^= 1;
    if (signature_recover(&recovered, &again, &digest))
        ck_assert_mem_ne(recovered.byte, key.byte, sizeof key.byte);
}
END_TEST

/* RFC 6979 with HMAC-SHA256: the secret 1 signs keccak256("abc"). */
START_TEST(signature_known)
{
    struct secret secret;
    struct hash digest;
    struct signature signature;
    struct signature want = {.y_parity = 1};

    bytes_from_hex(secret.byte, sizeof secret.byte, ONE);
    keccak256(&digest, bytes_of_text("abc"));
    bytes_from_hex(want.r, sizeof want.r,
                   "e6cbd687d6cda3d7cf8e37214d3128a54196b42400aa1c246952a68346238856");
    bytes_from_hex(want.s, sizeof want.s,
                   "1eee2ec3d64cb26e0edd6f86b19784552a39a351ea1779cdad6717e820093242");
    ck_assert(secret_sign(&signature, &secret, &digest));
    ck_assert_mem_eq(&signature, &want, sizeof want);
}
END_TEST

/* The twin with n - s and the other parity is as true on paper; taking it would give every
 * transaction a second hash. */
START_TEST(signature_high_s)
{
    struct secret secret;
    struct hash digest;
    struct public_key key;
    struct public_key recovered;
    struct address address;
    struct signature twin;

    seeded(&secret, &digest, (uint64_t)_i);
    ck_assert(secret_public_key(&key, &secret));
    ck_assert(secret_sign(&twin, &secret, &digest));
    negate_s(twin.s);
    twin.y_parity ^= 1;
    ck_assert(!signature_check(&twin));
    ck_assert(!signature_recover(&recovered, &twin, &digest));
    ck_assert(!signature_recover_address(&address, &twin, &digest));
    ck_assert(!signature_verify(&twin, &digest, &key));
    negate_s(twin.s);
    twin.y_parity ^= 1;
    ck_assert(signature_verify(&twin, &digest, &key));
}
END_TEST

static const struct {
    const char *says, *r, *s;
    uint8_t y_parity;
    bool is_in_range, recovers;
} ranges[] = {
    {"the least of both", ONE, ONE, 0, true, true},
    {"the other parity is another key", ONE, ONE, 1, true, true},
    {"yParity 2", ONE, ONE, 2, true, false},
    {"yParity 3", ONE, ONE, 3, true, false},
    {"yParity 27, as the legacy v", ONE, ONE, 27, true, false},
    {"yParity 255", ONE, ONE, 255, true, false},
    {"r = 0", ZERO, ONE, 0, false, false},
    {"s = 0", ONE, ZERO, 0, false, false},
    {"both 0", ZERO, ZERO, 0, false, false},
    {"s = (n - 1) / 2 is the last low one", ONE, ORDER_HALF, 0, true, true},
    {"s one more is high", ONE, ORDER_HALF_MORE, 0, false, false},
    {"s = n - 1", ONE, ORDER_LESS_1, 0, false, false},
    {"s = n", ONE, ORDER, 0, false, false},
    {"s with all bits", ONE, ALL_ONES, 0, false, false},
    {"r = n - 1 is in range, but on no point", ORDER_LESS_1, ONE, 0, true, false},
    {"r = n", ORDER, ONE, 0, false, false},
    {"r with all bits", ALL_ONES, ONE, 0, false, false},
    {"r = 5 is on no point", FIVE, ONE, 0, true, false},
};

START_TEST(signature_range)
{
    struct signature signature = {.y_parity = ranges[_i].y_parity};
    struct hash digest = {{1}};
    struct public_key key;
    struct address address;

    bytes_from_hex(signature.r, sizeof signature.r, ranges[_i].r);
    bytes_from_hex(signature.s, sizeof signature.s, ranges[_i].s);
    ck_assert_msg(signature_check(&signature) == ranges[_i].is_in_range, "%s", ranges[_i].says);
    ck_assert_msg(signature_recover(&key, &signature, &digest) == ranges[_i].recovers, "%s",
                  ranges[_i].says);
    ck_assert_msg(signature_recover_address(&address, &signature, &digest) == ranges[_i].recovers,
                  "%s", ranges[_i].says);
    if (ranges[_i].recovers)
        ck_assert_msg(signature_verify(&signature, &digest, &key), "%s", ranges[_i].says);
}
END_TEST

/* With R the generator and s the digest, (s R - digest G) / r is the point at infinity: no key. */
START_TEST(signature_infinity)
{
    struct signature signature = {.y_parity = 0};
    struct hash digest;
    struct public_key key;

    bytes_from_hex(signature.r, sizeof signature.r, GENERATOR_X);
    bytes_from_hex(signature.s, sizeof signature.s, FIVE);
    bytes_from_hex(digest.byte, sizeof digest.byte, FIVE);
    ck_assert(signature_check(&signature));
    ck_assert(!signature_recover(&key, &signature, &digest));
    signature.y_parity = 1;
    ck_assert(signature_recover(&key, &signature, &digest));
}
END_TEST

/* A key that is on no curve verifies nothing and ends no process. */
START_TEST(signature_foreign_key)
{
    struct secret secret;
    struct hash digest;
    struct public_key key;
    struct public_key zero = {{0}};
    struct signature signature;

    seeded(&secret, &digest, 3);
    ck_assert(secret_public_key(&key, &secret));
    ck_assert(secret_sign(&signature, &secret, &digest));
    ck_assert(signature_verify(&signature, &digest, &key));
    ck_assert(!signature_verify(&signature, &digest, &zero));
    key.byte[63] ^= 1;
    ck_assert(!signature_verify(&signature, &digest, &key));
    seeded(&secret, &digest, 4);
    ck_assert(secret_public_key(&key, &secret));
    seeded(&secret, &digest, 3);
    ck_assert(!signature_verify(&signature, &digest, &key));
}
END_TEST

START_TEST(signature_bytes)
{
    struct signature signature;
    uint8_t bytes[SIGNATURE_SIZE + 1];

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i + 1);
    bytes[64] = 1;
    ck_assert(signature_get(&signature, bytes_of(bytes, SIGNATURE_SIZE)));
    ck_assert_uint_eq(signature.r[0], 1);
    ck_assert_uint_eq(signature.r[31], 32);
    ck_assert_uint_eq(signature.s[0], 33);
    ck_assert_uint_eq(signature.s[31], 64);
    ck_assert_uint_eq(signature.y_parity, 1);
    ck_assert(!signature_get(&signature, bytes_of(bytes, SIGNATURE_SIZE - 1)));
    ck_assert(!signature_get(&signature, bytes_of(bytes, SIGNATURE_SIZE + 1)));
    ck_assert(!signature_get(&signature, bytes_of(NULL, 0)));
    bytes[64] = 2;
    ck_assert(!signature_get(&signature, bytes_of(bytes, SIGNATURE_SIZE)));
}
END_TEST

Suite *signature_suite(void)
{
    Suite *suite = suite_create("signature");
    TCase *t = tcase_create("signature");

    tcase_add_loop_test(t, signature_round, 0, ROUNDS);
    tcase_add_test(t, signature_known);
    tcase_add_loop_test(t, signature_high_s, 0, ROUNDS);
    tcase_add_loop_test(t, signature_range, 0, COUNT(ranges));
    tcase_add_test(t, signature_infinity);
    tcase_add_test(t, signature_foreign_key);
    tcase_add_test(t, signature_bytes);
    suite_add_tcase(suite, t);
    return suite;
}
