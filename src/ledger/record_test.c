#include "ledger_test.h"

#include <cairn/keccak.h>
#include <cairn/record.h>

/* Encoded and hashed by ethers 6. */
static const char known[] =
    "0x0000000000000000000000000000000000000000000000000000000000000009e5010a0203a0cdcdcdcdcdcdcd"
    "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcde9264103cedc322be09feda5bb02d3447eefee4a53"
    "b7685b0c87cd8ab1526d59";

static struct record known_record(void)
{
    struct record record = {
        .genesis = {.byte = {[31] = 9}}, .height = 10, .round = 2, .step = RECORD_PRECOMMIT};

    memset(record.block.byte, 0xcd, HASH_SIZE);
    return record;
}

static bool same(const struct record *a, const struct record *b)
{
    return hash_equal(&a->genesis, &b->genesis) && a->height == b->height && a->round == b->round &&
           a->step == b->step && hash_equal(&a->block, &b->block);
}

START_TEST(a_known_record)
{
    struct record record = known_record();
    struct record back;
    struct buffer bytes = {0};
    struct buffer want = {0};
    struct error err = {0};

    test_hex_put(&want, known);
    record_encode(&bytes, &record);
    ck_assert(bytes_equal(buffer_bytes(&bytes), buffer_bytes(&want)));
    ck_assert_msg(record_decode(&back, buffer_bytes(&bytes), &err), "%s", err.text);
    ck_assert(same(&back, &record));
    buffer_release(&want);
    buffer_release(&bytes);
}
END_TEST

/* A new key's record, bound to no chain so far; and a vote for nil. */
START_TEST(records_without_a_block)
{
    struct record record = {0};
    struct record back;
    struct buffer bytes = {0};
    struct error err = {0};

    record_encode(&bytes, &record);
    ck_assert_msg(record_decode(&back, buffer_bytes(&bytes), &err), "%s", err.text);
    ck_assert(same(&back, &record));
    buffer_clear(&bytes);
    record = (struct record){.height = UINT64_MAX, .round = INT32_MAX, .step = RECORD_PREVOTE};
    record_encode(&bytes, &record);
    ck_assert_msg(record_decode(&back, buffer_bytes(&bytes), &err), "%s", err.text);
    ck_assert(same(&back, &record));
    buffer_release(&bytes);
}
END_TEST

/* Any damage shows: every bit is under the checksum. */
START_TEST(a_damaged_record)
{
    struct buffer bytes = {0};
    struct record back;
    struct error err;

    test_hex_put(&bytes, known);
    for (size_t size = 0; size < bytes.size; size++) {
        err = (struct error){0};
        ck_assert(!record_decode(&back, bytes_of(bytes.at, size), &err));
        ck_assert_int_eq(err.code, ERROR_RECORD);
    }
    for (size_t bit = 0; bit < 8 * bytes.size; bit++) {
        bytes.at[bit / 8] ^= (uint8_t)(1u << bit % 8);
        err = (struct error){0};
        ck_assert(!record_decode(&back, buffer_bytes(&bytes), &err));
        ck_assert_int_eq(err.code, ERROR_RECORD);
        bytes.at[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    ck_assert(record_decode(&back, buffer_bytes(&bytes), &err));
    buffer_release(&bytes);
}
END_TEST

static const struct {
    const char *says, *list, *error;
} forms[] = {
    {"as version 1 has it", "0xc50105010280", NULL},
    {"version 0", "0xc58005010280", "version"},
    {"a version to come", "0xc50205010280", "version"},
    {"a field too many", "0xc6010501028080", "record: "},
    {"a field too few", "0xc401050102", "block"},
    {"a step that there is not", "0xc50105010480", "step"},
    {"the last round", "0xc901 05847fffffff 0280", NULL},
    {"a round too many", "0xc901 058480000000 0280", "round"},
    {"a block of one byte", "0xc50105010255", "block"},
    {"zeros for nil",
     "0xe50105010 2a00000000000000000000000000000000000000000000000000000000000000000", "block"},
    {"behind the list", "0xc5010501028080", "record: "},
};

/* The hex of a row may have spaces for the eye. */
static void put_spaced(struct buffer *out, const char *hex)
{
    struct buffer text = {0};

    for (; *hex; hex++)
        if (*hex != ' ')
            buffer_put_byte(&text, (uint8_t)*hex);
    test_hex_put(out, buffer_text(&text));
    buffer_release(&text);
}

START_TEST(the_form_under_a_good_checksum)
{
    struct buffer bytes = {0};
    struct error err = {0};
    struct record back;
    struct hash checksum;

    memset(buffer_extend(&bytes, HASH_SIZE), 0x11, HASH_SIZE);
    put_spaced(&bytes, forms[_i].list);
    keccak256(&checksum, buffer_bytes(&bytes));
    buffer_put(&bytes, bytes_of_hash(&checksum));
    ck_assert_msg(record_decode(&back, buffer_bytes(&bytes), &err) == (forms[_i].error == NULL),
                  "%s: %s", forms[_i].says, err.text);
    if (forms[_i].error) {
        ck_assert_int_eq(err.code, ERROR_RECORD);
        ck_assert_msg(strstr(err.text, forms[_i].error) != NULL, "%s: %s", forms[_i].says,
                      err.text);
    }
    buffer_release(&bytes);
}
END_TEST

/* Every place of a small world, against every record of it: later, or the very same. */
START_TEST(nothing_is_signed_twice)
{
    static const struct hash blocks[] = {{{0}}, {{1}}, {{2}}};
    enum { PLACES = 3 * 3 * 3 };

    for (unsigned a = 0; a < PLACES; a++)
        for (unsigned b = 0; b < PLACES; b++)
            for (size_t x = 0; x < COUNT(blocks); x++)
                for (size_t y = 0; y < COUNT(blocks); y++) {
                    struct record record = {.height = a / 9,
                                            .round = a / 3 % 3,
                                            .step = (enum record_step)(a % 3 + 1),
                                            .block = blocks[x]};
                    bool got = record_allows(&record, b / 9, b / 3 % 3,
                                             (enum record_step)(b % 3 + 1), &blocks[y]);

                    ck_assert_msg(got == (b > a || (b == a && x == y)), "%u after %u", b, a);
                }
}
END_TEST

START_TEST(a_new_key_may_sign_anything)
{
    struct record record = {0};
    struct hash block = {.byte = {1}};

    ck_assert(record_allows(&record, 1, 0, RECORD_PROPOSAL, &block));
    ck_assert(record_allows(&record, 1, 0, RECORD_PREVOTE, NULL));
    ck_assert(record_allows(&record, UINT64_MAX, INT32_MAX, RECORD_PRECOMMIT, &block));
}
END_TEST

START_TEST(nil_is_written_as_zero)
{
    struct record record = {.height = 1, .step = RECORD_PREVOTE};
    struct hash block = {.byte = {1}};

    ck_assert(record_allows(&record, 1, 0, RECORD_PREVOTE, NULL));
    ck_assert(!record_allows(&record, 1, 0, RECORD_PREVOTE, &block));
    record.block = block;
    ck_assert(!record_allows(&record, 1, 0, RECORD_PREVOTE, NULL));
}
END_TEST

Suite *record_suite(void);
Suite *record_suite(void)
{
    Suite *suite = suite_create("record");
    TCase *t = tcase_create("record");

    tcase_add_test(t, a_known_record);
    tcase_add_test(t, records_without_a_block);
    tcase_add_test(t, a_damaged_record);
    tcase_add_loop_test(t, the_form_under_a_good_checksum, 0, COUNT(forms));
    tcase_add_test(t, nothing_is_signed_twice);
    tcase_add_test(t, a_new_key_may_sign_anything);
    tcase_add_test(t, nil_is_written_as_zero);
    suite_add_tcase(suite, t);
    return suite;
}
