#include "ledger_test.h"

#include <cairn/certificate.h>
#include <cairn/rlp.h>

/* Ten validators: the development accounts, so that a bitmap has a whole and a part of a byte. */
enum { MEMBERS = GENESIS_DEV_ACCOUNTS };

static const struct hash genesis = {.byte = {[31] = 7}};

static struct council make_council(uint64_t first_power)
{
    struct council council = {0};
    struct error err = {0};

    for (size_t i = 0; i < MEMBERS; i++) {
        struct address address;

        ck_assert(secret_address(&address, genesis_dev_secret(i)));
        ck_assert(council_add(&council, &address, i == 0 ? first_power : 1, &err));
    }
    return council;
}

static const struct secret *secret_of(const struct council *council, size_t index)
{
    for (size_t i = 0; i < MEMBERS; i++) {
        struct address address;

        ck_assert(secret_address(&address, genesis_dev_secret(i)));
        if (address_equal(&address, &council->member[index].address))
            return genesis_dev_secret(i);
    }
    ck_abort_msg("no such validator");
    return NULL;
}

/* Signed by the validators whose bits are set. */
static struct certificate make_certificate(const struct council *council, enum sign_type type,
                                           unsigned bits)
{
    struct certificate certificate = {
        .height = 1000, .round = 2, .block = {.byte = {0xab, 0xcd}}, .signers_size = 2};
    struct hash digest;

    sign_digest(&digest, &genesis, type, certificate.height, certificate.round, &certificate.block,
                0);
    for (size_t i = 0; i < MEMBERS; i++) {
        if (!(bits >> i & 1))
            continue;
        certificate.signers[i / 8] |= (uint8_t)(1u << (i % 8));
        ck_assert(secret_sign(&certificate.signature[certificate.signature_count++],
                              secret_of(council, i), &digest));
    }
    return certificate;
}

static bool check(const struct certificate *certificate, const struct council *council,
                  struct error *err)
{
    *err = (struct error){0};
    return certificate_check(certificate, SIGN_PRECOMMIT, &genesis, council, err);
}

/* Hashed by ethers 6. */
START_TEST(known_digests)
{
    struct hash block;
    struct hash digest;

    memset(block.byte, 0xab, HASH_SIZE);
    sign_digest(&digest, &genesis, SIGN_PROPOSAL, 0x102, 0, &block, 5);
    test_hash_is(&digest, "0x13da1c7e844dae5b9535a9584f5bfaf4d7f16f4031616fe5a11f89f23c057225",
                 "a proposal with valid round 4");
    sign_digest(&digest, &genesis, SIGN_PREVOTE, 1, 3, NULL, 0);
    test_hash_is(&digest, "0x140c2978f854d74887912fcd34a0d27fcf3c3c24c506b4144bbc1311efa6d4b4",
                 "a prevote for nil");
    sign_digest(&digest, &genesis, SIGN_PRECOMMIT, UINT64_MAX, INT32_MAX, &block, 0);
    test_hash_is(&digest, "0x1fdabec99f728597e46b11dd1295b969468946a146cb756092b3abe1bf1a11ae",
                 "a precommit of the last round");
}
END_TEST

START_TEST(quorum_of_ten)
{
    static const struct {
        unsigned bits;
        bool good;
    } rows[] = {
        {0x3ff, true},  {0x07f, true},
        {0x3f8, true},  {0x155 | 0x202 | 0x008, true}, /* seven of ten */
        {0x03f, false},                                /* six */
        {0x001, false}, {0x000, false},
    };
    struct council council = make_council(1);
    struct error err;

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct certificate certificate = make_certificate(&council, SIGN_PRECOMMIT, rows[i].bits);

        ck_assert_msg(check(&certificate, &council, &err) == rows[i].good, "%03x: %s", rows[i].bits,
                      err.text);
        ck_assert_int_eq(err.code, rows[i].good ? ERROR_NONE : ERROR_CERTIFICATE);
    }
}
END_TEST

/* Account 0 has the power of a hundred: with it one signature is enough, without it nine are not.
 */
START_TEST(power_counts_not_heads)
{
    struct council council = make_council(100);
    struct address heavy;
    struct error err;
    struct certificate certificate;
    size_t index;

    ck_assert(secret_address(&heavy, genesis_dev_secret(0)));
    ck_assert(council_find(&council, &heavy, &index));
    certificate = make_certificate(&council, SIGN_PRECOMMIT, 1u << index);
    ck_assert_msg(check(&certificate, &council, &err), "%s", err.text);
    certificate = make_certificate(&council, SIGN_PRECOMMIT, 0x3ff & ~(1u << index));
    ck_assert(!check(&certificate, &council, &err));
    ck_assert_msg(strstr(err.text, "certificate of block 1000, round 2: power 9 of 109") != NULL,
                  "%s", err.text);
}
END_TEST

START_TEST(signed_for_one_thing_alone)
{
    struct council council = make_council(1);
    struct certificate good = make_certificate(&council, SIGN_PRECOMMIT, 0x3ff);
    struct hash other_genesis = {.byte = {8}};
    struct certificate bad;
    struct error err = {0};

    ck_assert(!certificate_check(&good, SIGN_PREVOTE, &genesis, &council, &err));
    ck_assert(!certificate_check(&good, SIGN_PRECOMMIT, &other_genesis, &council, &err));
    bad = good;
    bad.height++;
    ck_assert(!check(&bad, &council, &err));
    bad = good;
    bad.round++;
    ck_assert(!check(&bad, &council, &err));
    bad = good;
    bad.block.byte[31] ^= 1;
    ck_assert(!check(&bad, &council, &err));
    ck_assert_int_eq(err.code, ERROR_CERTIFICATE);
    bad = make_certificate(&council, SIGN_PREVOTE, 0x3ff);
    ck_assert(certificate_check(&bad, SIGN_PREVOTE, &genesis, &council, &err));
}
END_TEST

START_TEST(one_bad_signature_is_enough)
{
    struct council council = make_council(1);
    struct certificate good = make_certificate(&council, SIGN_PRECOMMIT, 0x3ff);
    struct error err;

    for (size_t i = 0; i < MEMBERS; i++) {
        struct certificate bad = good;

        bad.signature[i].s[31] ^= 1;
        ck_assert(!check(&bad, &council, &err));
        bad = good;
        bad.signature[i].y_parity ^= 1;
        ck_assert(!check(&bad, &council, &err));
        bad = good;
        bad.signature[i] = good.signature[(i + 1) % MEMBERS];
        ck_assert(!check(&bad, &council, &err));
        ck_assert_int_eq(err.code, ERROR_CERTIFICATE);
        ck_assert_ptr_ne(strstr(err.text, "bad signature of validator "), NULL);
    }
}
END_TEST

START_TEST(the_bitmap_fits_the_council)
{
    struct council council = make_council(1);
    struct certificate good = make_certificate(&council, SIGN_PRECOMMIT, 0x1ff);
    struct certificate bad;
    struct error err;

    ck_assert(check(&good, &council, &err));
    for (unsigned bit = MEMBERS; bit < 16; bit++) { /* a spare bit */
        bad = good;
        bad.signers[1] |= (uint8_t)(1u << (bit - 8));
        bad.signature[bad.signature_count++] = good.signature[0];
        ck_assert(!check(&bad, &council, &err));
    }
    bad = good;
    bad.signers_size = 1;
    ck_assert(!check(&bad, &council, &err));
    bad = good;
    bad.signers_size = 3;
    ck_assert(!check(&bad, &council, &err));
    bad = good; /* a bit without a signature */
    bad.signers[1] |= 2;
    ck_assert(!check(&bad, &council, &err));
    bad = good; /* a signature without a bit */
    bad.signature[bad.signature_count++] = good.signature[0];
    ck_assert(!check(&bad, &council, &err));
    ck_assert_int_eq(err.code, ERROR_CERTIFICATE);
}
END_TEST

START_TEST(round_trip_and_no_second_form)
{
    struct council council = make_council(1);
    struct certificate certificate = make_certificate(&council, SIGN_PRECOMMIT, 0x3f7);
    struct certificate back;
    struct buffer bytes = {0};
    struct buffer again = {0};
    struct error err = {0};

    certificate_encode(&bytes, &certificate);
    ck_assert_msg(certificate_decode(&back, buffer_bytes(&bytes), &err), "%s", err.text);
    ck_assert_msg(check(&back, &council, &err), "%s", err.text);
    ck_assert_uint_eq(back.height, 1000);
    ck_assert_uint_eq(back.round, 2);
    ck_assert_uint_eq(back.signature_count, 9);
    for (size_t size = 0; size < bytes.size; size++) {
        err = (struct error){0};
        ck_assert(!certificate_decode(&back, bytes_of(bytes.at, size), &err));
        ck_assert_msg(strncmp(err.text, "certificate: ", 13) == 0, "%s", err.text);
    }
    for (size_t at = 0; at < bytes.size; at++) {
        for (unsigned flip = 1; flip < 256; flip += flip) {
            bytes.at[at] ^= (uint8_t)flip;
            err = (struct error){0};
            if (certificate_decode(&back, buffer_bytes(&bytes), &err)) {
                buffer_clear(&again);
                certificate_encode(&again, &back);
                ck_assert_msg(bytes_equal(buffer_bytes(&again), buffer_bytes(&bytes)),
                              "byte %zu, bit %u", at, flip);
            } else {
                ck_assert_int_ne(err.code, ERROR_NONE);
            }
            bytes.at[at] ^= (uint8_t)flip;
        }
    }
    buffer_release(&again);
    buffer_release(&bytes);
}
END_TEST

/* A certificate of `count` signatures with bitmap and round of one's choice, well-formed or not. */
static bool decodes(uint64_t round, size_t signers_size, size_t count, uint8_t parity,
                    size_t *encoded)
{
    static const uint8_t zero[VALIDATORS_MAX / 8 + 1];
    uint8_t signature[SIGNATURE_SIZE] = {[SIGNATURE_SIZE - 1] = parity};
    static struct certificate out;
    struct buffer bytes = {0};
    struct hash block = {0};
    struct error err = {0};
    size_t whole = rlp_list_begin(&bytes);
    size_t list;
    bool good;

    rlp_put_u64(&bytes, UINT64_MAX);
    rlp_put_u64(&bytes, round);
    rlp_put_hash(&bytes, &block);
    rlp_put_bytes(&bytes, bytes_of(zero, signers_size));
    list = rlp_list_begin(&bytes);
    for (size_t i = 0; i < count; i++)
        rlp_put_bytes(&bytes, bytes_of(signature, sizeof(signature)));
    rlp_list_end(&bytes, list);
    rlp_list_end(&bytes, whole);
    *encoded = bytes.size;
    good = certificate_decode(&out, buffer_bytes(&bytes), &err);
    ck_assert(good == (err.code == ERROR_NONE));
    buffer_release(&bytes);
    return good;
}

START_TEST(bounds_of_the_decoder)
{
    size_t size;

    ck_assert(decodes(INT32_MAX, VALIDATORS_MAX / 8, VALIDATORS_MAX, 1, &size));
    ck_assert_uint_le(size, CERTIFICATE_BYTES_MAX);
    ck_assert(!decodes((uint64_t)INT32_MAX + 1, VALIDATORS_MAX / 8, VALIDATORS_MAX, 1, &size));
    ck_assert(!decodes(0, VALIDATORS_MAX / 8 + 1, VALIDATORS_MAX, 1, &size));
    ck_assert(!decodes(0, VALIDATORS_MAX / 8, VALIDATORS_MAX + 1, 1, &size));
    ck_assert(!decodes(0, 1, 1, 2, &size));
    ck_assert(decodes(0, 0, 0, 0, &size));
}
END_TEST

Suite *certificate_suite(void);
Suite *certificate_suite(void)
{
    Suite *suite = suite_create("certificate");
    TCase *t = tcase_create("certificate");

    tcase_add_test(t, known_digests);
    tcase_add_test(t, quorum_of_ten);
    tcase_add_test(t, power_counts_not_heads);
    tcase_add_test(t, signed_for_one_thing_alone);
    tcase_add_test(t, one_bad_signature_is_enough);
    tcase_add_test(t, the_bitmap_fits_the_council);
    tcase_add_test(t, round_trip_and_no_second_form);
    tcase_add_test(t, bounds_of_the_decoder);
    suite_add_tcase(suite, t);
    return suite;
}
