#include "ledger_test.h"

#include <cairn/block.h>
#include <cairn/rlp.h>

/* Encoded and hashed by ethers 6. */
static const char known_encoding[] =
    "0xf8d6a000000000000000000000000000000000000000000000000000000000000000110586018bcfe5680094f3"
    "9fd6e51aad88f6f4ce6ab8827279cfffb92266a0000000000000000000000000000000000000000000000000000"
    "0000000000022a00000000000000000000000000000000000000000000000000000000000000033843b9aca0082"
    "5208843b9aca0080a04444444444444444444444444444444444444444444444444444444444444444a0555555"
    "55555555555555555555555555555555555555555555555555555555558568656c6c6f";
static const char known_hash[] =
    "0x6d77b8d011945ab17b95e818efaac643522575bf9bfab69afbbc0ee7065a05e9";

static struct header known_header(void)
{
    struct header header = {
        .parent_hash = {.byte = {[31] = 0x11}},
        .height = 5,
        .time_ms = 1700000000000,
        .transactions_root = {.byte = {[31] = 0x22}},
        .state_root = {.byte = {[31] = 0x33}},
        .gas_limit = 1000000000,
        .gas_used = 21000,
        .base_fee_per_gas = {{1000000000}},
        .extra = "hello",
        .extra_size = 5,
    };

    ck_assert(secret_address(&header.proposer, genesis_dev_secret(0)));
    memset(header.validators_hash.byte, 0x44, HASH_SIZE);
    memset(header.next_validators_hash.byte, 0x55, HASH_SIZE);
    return header;
}

START_TEST(a_known_header)
{
    struct header header = known_header();
    struct header back;
    struct buffer bytes = {0};
    struct buffer want = {0};
    struct error err = {0};
    struct hash hash;

    test_hex_put(&want, known_encoding);
    header_encode(&bytes, &header);
    ck_assert(bytes_equal(buffer_bytes(&bytes), buffer_bytes(&want)));
    header_hash(&hash, &header);
    test_hash_is(&hash, known_hash, "header");
    ck_assert_msg(header_decode(&back, buffer_bytes(&bytes), &err), "%s", err.text);
    ck_assert_uint_eq(back.height, 5);
    ck_assert_uint_eq(back.time_ms, 1700000000000);
    ck_assert_uint_eq(back.gas_limit, 1000000000);
    ck_assert_uint_eq(back.gas_used, 21000);
    ck_assert(address_equal(&back.proposer, &header.proposer));
    ck_assert(hash_equal(&back.next_validators_hash, &header.next_validators_hash));
    ck_assert(u256_is_zero(&back.burned));
    ck_assert_uint_eq(back.extra_size, 5);
    ck_assert_mem_eq(back.extra, "hello", 5);
    buffer_release(&want);
    buffer_release(&bytes);
}
END_TEST

/* Every beginning is refused; every changed byte is refused or encodes to itself. */
START_TEST(no_second_form)
{
    struct buffer bytes = {0};
    struct buffer again = {0};
    struct header header;
    struct error err;

    test_hex_put(&bytes, known_encoding);
    for (size_t size = 0; size < bytes.size; size++) {
        err = (struct error){0};
        ck_assert(!header_decode(&header, bytes_of(bytes.at, size), &err));
        ck_assert_msg(strncmp(err.text, "header: ", 8) == 0, "%s", err.text);
    }
    for (size_t at = 0; at < bytes.size; at++) {
        uint8_t kept = bytes.at[at];

        for (unsigned byte = 0; byte < 256; byte++) {
            bytes.at[at] = (uint8_t)byte;
            err = (struct error){0};
            if (!header_decode(&header, buffer_bytes(&bytes), &err)) {
                ck_assert_int_ne(err.code, ERROR_NONE);
                continue;
            }
            buffer_clear(&again);
            header_encode(&again, &header);
            ck_assert_msg(bytes_equal(buffer_bytes(&again), buffer_bytes(&bytes)), "byte %zu as %u",
                          at, byte);
        }
        bytes.at[at] = kept;
    }
    buffer_release(&again);
    buffer_release(&bytes);
}
END_TEST

START_TEST(the_largest_header)
{
    struct header header;
    struct header back;
    struct buffer bytes = {0};
    struct error err = {0};

    memset(&header, 0xff, sizeof(header));
    header.extra_size = BLOCK_EXTRA_MAX;
    header_encode(&bytes, &header);
    ck_assert_uint_le(bytes.size, HEADER_BYTES_MAX);
    ck_assert_msg(header_decode(&back, buffer_bytes(&bytes), &err), "%s", err.text);
    ck_assert_uint_eq(back.extra_size, BLOCK_EXTRA_MAX);
    ck_assert(u256_equal(&back.burned, &header.burned));
    buffer_release(&bytes);
}
END_TEST

static const struct {
    const char *says, *tail; /* what stands in the place of the known header's extra */
    bool good;
} extras[] = {
    {"none", "0x80", true},
    {"32 bytes", "0xa0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", true},
    {"33 bytes", "0xa1ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", false},
    {"missing", "0x", false},
    {"something behind it", "0x8080", false},
    {"a list", "0xc0", false},
};

START_TEST(extra_is_bounded)
{
    enum { BEFORE = 6 }; /* the size of the known extra's item */
    struct buffer known = {0};
    struct buffer bytes = {0};
    struct error err = {0};
    struct header header;
    size_t mark = rlp_list_begin(&bytes);

    test_hex_put(&known, known_encoding);
    buffer_put(&bytes, bytes_part(buffer_bytes(&known), 2, known.size - 2 - BEFORE));
    test_hex_put(&bytes, extras[_i].tail);
    rlp_list_end(&bytes, mark);
    ck_assert_msg(header_decode(&header, buffer_bytes(&bytes), &err) == extras[_i].good, "%s: %s",
                  extras[_i].says, err.text);
    buffer_release(&known);
    buffer_release(&bytes);
}
END_TEST

Suite *header_suite(void);
Suite *header_suite(void)
{
    Suite *suite = suite_create("header");
    TCase *t = tcase_create("header");

    tcase_add_test(t, a_known_header);
    tcase_add_test(t, no_second_form);
    tcase_add_test(t, the_largest_header);
    tcase_add_loop_test(t, extra_is_bounded, 0, COUNT(extras));
    suite_add_tcase(suite, t);
    return suite;
}
