#include "ledger_test.h"

#include <cairn/council.h>

static struct address address_of(unsigned number)
{
    struct address address = {0};

    be32_put(address.byte, number);
    return address;
}

static void add(struct council *council, unsigned number, uint64_t power)
{
    struct address address = address_of(number);
    struct error err = {0};

    ck_assert_msg(council_add(council, &address, power, &err), "%s", err.text);
}

/* All orders of four: the council is the same. */
START_TEST(members_stand_by_address)
{
    struct council want = {0};

    for (unsigned number = 1; number <= 4; number++)
        add(&want, number, number);
    for (unsigned order = 0; order < 256; order++) {
        unsigned used = 0;
        struct council council = {0};

        for (unsigned i = 0; i < 4; i++)
            used |= 1u << (order >> (2 * i) & 3);
        if (used != 15)
            continue;
        for (unsigned i = 0; i < 4; i++)
            add(&council, (order >> (2 * i) & 3) + 1, (order >> (2 * i) & 3) + 1);
        ck_assert_uint_eq(council.count, want.count);
        for (size_t i = 0; i < want.count; i++) {
            ck_assert(address_equal(&council.member[i].address, &want.member[i].address));
            ck_assert_uint_eq(council.member[i].power, want.member[i].power);
        }
    }
}
END_TEST

START_TEST(an_index_is_a_place)
{
    struct council council = {0};
    size_t index = 99;

    for (unsigned number = 2; number <= 20; number += 2)
        add(&council, number, 1);
    for (unsigned number = 1; number <= 21; number++) {
        struct address address = address_of(number);

        ck_assert(council_find(&council, &address, &index) == (number % 2 == 0));
        ck_assert(council_find(&council, &address, NULL) == (number % 2 == 0));
        if (number % 2 == 0)
            ck_assert_uint_eq(index, number / 2 - 1);
    }
}
END_TEST

static const struct {
    const char *says;
    unsigned number;
    uint64_t power;
    enum error_code code;
} additions[] = {
    {"power 1", 9, 1, ERROR_NONE},
    {"power 1000", 9, 1000, ERROR_NONE},
    {"power 0", 9, 0, ERROR_LIMIT},
    {"power 1001", 9, 1001, ERROR_LIMIT},
    {"all 64 bits of power", 9, UINT64_MAX, ERROR_LIMIT},
    {"an address twice", 5, 1, ERROR_GENESIS},
};

START_TEST(who_may_be_added)
{
    struct council council = {0};
    struct address address = address_of(additions[_i].number);
    struct error err = {0};

    add(&council, 5, 1);
    ck_assert_msg(council_add(&council, &address, additions[_i].power, &err) ==
                      (additions[_i].code == ERROR_NONE),
                  "%s", additions[_i].says);
    ck_assert_int_eq(err.code, additions[_i].code);
    ck_assert_uint_eq(council.count, additions[_i].code == ERROR_NONE ? 2 : 1);
}
END_TEST

START_TEST(a_hundred_and_twenty_eight)
{
    struct council council = {0};
    struct address address = address_of(0);
    struct error err = {0};

    for (unsigned number = VALIDATORS_MAX; number > 0; number--)
        add(&council, number, VALIDATOR_POWER_MAX);
    ck_assert_uint_eq(council_power(&council), 128000);
    ck_assert(!council_add(&council, &address, 1, &err));
    ck_assert_int_eq(err.code, ERROR_LIMIT);
    ck_assert(council_is_quorum(&council, 85334));
    ck_assert(!council_is_quorum(&council, 85333));
}
END_TEST

/* More than two thirds: 3 · power > 2 · total, for every small total. */
START_TEST(quorum)
{
    static const uint64_t least[] = {0, 1, 2, 3, 3, 4, 5, 5, 6, 7, 7}; /* by total, from 1 */

    for (uint64_t total = 1; total < COUNT(least); total++) {
        struct council council = {0};

        add(&council, 1, total);
        for (uint64_t power = 0; power <= total; power++)
            ck_assert_msg(council_is_quorum(&council, power) == (power >= least[total]), "%u of %u",
                          (unsigned)power, (unsigned)total);
    }
}
END_TEST

/* Encoded and hashed by ethers 6. */
START_TEST(a_known_encoding)
{
    struct council council = {0};
    struct buffer bytes = {0};
    struct buffer want = {0};
    struct address address;
    struct error err = {0};
    struct hash hash;

    ck_assert(secret_address(&address, genesis_dev_secret(1)));
    ck_assert(council_add(&council, &address, 1000, &err));
    ck_assert(secret_address(&address, genesis_dev_secret(2)));
    ck_assert(council_add(&council, &address, 1, &err));
    council_encode(&bytes, &council);
    test_hex_put(&want, "0xf2f0d6943c44cdddb6a900fa2b585dd299e03d12fa4293bc01d89470997970c51812dc3a"
                        "010c7d01b50e0d17dc79c88203e8c0");
    ck_assert(bytes_equal(buffer_bytes(&bytes), buffer_bytes(&want)));
    council_hash(&hash, &council);
    test_hash_is(&hash, "0x0de576ee48406cda907b64c18376905ea117ed456b11afcef423ad38745653d5",
                 "council");
    buffer_release(&want);
    buffer_release(&bytes);
}
END_TEST

Suite *council_suite(void);
Suite *council_suite(void)
{
    Suite *suite = suite_create("council");
    TCase *t = tcase_create("council");

    tcase_add_test(t, members_stand_by_address);
    tcase_add_test(t, an_index_is_a_place);
    tcase_add_loop_test(t, who_may_be_added, 0, COUNT(additions));
    tcase_add_test(t, a_hundred_and_twenty_eight);
    tcase_add_test(t, quorum);
    tcase_add_test(t, a_known_encoding);
    suite_add_tcase(suite, t);
    return suite;
}
