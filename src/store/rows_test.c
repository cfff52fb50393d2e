/* Keys and values as doc/store.md has them. */
#include "rows.h"
#include "test/unit.h"

static struct key account_key(uint8_t first)
{
    struct hash khash = {{first, 0x11, 0x22}};

    return key_account(&khash);
}

static const struct {
    const char *says;
    uint64_t nonce, height_last;
    uint64_t balance[2]; /* limbs */
    size_t size;
} accounts[] = {
    {"a plain one", 7, 1000, {1000000000, 0}, 1 + 3 + 5 + 4},
    {"one of ten thousand coins", 0, 0, {0x19e0c9bab2400000, 0x21e}, 1 + 1 + 11 + 4},
    {"the largest of each", UINT64_MAX, STORE_HEIGHT_MAX, {UINT64_MAX, UINT64_MAX}, 9 + 6 + 17 + 4},
    {"a nonce alone", 1, 1, {0, 0}, 1 + 1 + 1 + 4},
};

START_TEST(account_rows)
{
    struct account account = {.nonce = accounts[_i].nonce,
                              .height_last = accounts[_i].height_last,
                              .balance = {{accounts[_i].balance[0], accounts[_i].balance[1]}},
                              .exists = true};
    struct key key = account_key(1), other = account_key(2);
    struct buffer row = {0};
    struct error err = {0};
    struct account back;

    account_row_put(&row, &key, &account);
    ck_assert_msg(row.size == accounts[_i].size, "%s: %zu bytes", accounts[_i].says, row.size);
    ck_assert(account_row_get(&back, key_bytes(&key), buffer_bytes(&row), &err));
    ck_assert(back.nonce == account.nonce && back.height_last == account.height_last &&
              u256_equal(&back.balance, &account.balance) && back.exists);
    ck_assert(!account_row_get(&back, key_bytes(&other), buffer_bytes(&row), &err));
    for (size_t i = 0; i < 8 * row.size; i++) {
        row.at[i / 8] ^= (uint8_t)(1 << i % 8);
        ck_assert(!account_row_get(&back, key_bytes(&key), buffer_bytes(&row), &err));
        ck_assert_int_eq(err.code, ERROR_STORE_DAMAGED);
        row.at[i / 8] ^= (uint8_t)(1 << i % 8);
    }
    for (size_t size = 0; size < row.size; size++)
        ck_assert(!account_row_get(&back, key_bytes(&key), bytes_of(row.at, size), &err));
    buffer_release(&row);
}
END_TEST

/* A good check over a bad form: what only a mistake of ours could write. */
static const struct {
    const char *says;
    const char *inside;
    size_t size;
} bad_forms[] = {
    {"a field short", "\x01\x02", 2},
    {"a field over", "\x01\x02\x03\x04", 4},
    {"a leading zero", "\x01\x02\x82\x00\x01", 5},
    {"a list for a number", "\x01\xc0\x03", 3},
};

START_TEST(account_rows_of_a_bad_form)
{
    struct key key = account_key(1);
    struct buffer row = {0};
    struct error err = {0};
    struct account back;

    buffer_put(&row, bytes_of(bad_forms[_i].inside, bad_forms[_i].size));
    row_seal(&row, 0, &key);
    ck_assert_msg(!account_row_get(&back, key_bytes(&key), buffer_bytes(&row), &err), "%s",
                  bad_forms[_i].says);
    ck_assert_int_eq(err.code, ERROR_STORE_DAMAGED);
    buffer_release(&row);
}
END_TEST

START_TEST(history_rows)
{
    static const uint16_t position[] = {0, 7, 65535};
    struct account account = {.nonce = 3, .balance = u256_of_u64(77), .exists = true}, back;
    struct hash khash = {{9}};
    struct key key = key_history(&khash, 12345);
    struct buffer row = {0};
    struct error err = {0};
    struct bytes positions;

    for (size_t count = 0; count <= COUNT(position); count++) {
        buffer_clear(&row);
        history_row_put(&row, &key, &account, position, count);
        ck_assert(history_row_get(&back, &positions, key_bytes(&key), buffer_bytes(&row), &err));
        ck_assert_uint_eq(back.nonce, 3);
        ck_assert_uint_eq(back.height_last, 12345);
        ck_assert(u256_equal(&back.balance, &account.balance) && back.exists);
        ck_assert_uint_eq(positions.size, 2 * count);
        for (size_t i = 0; i < count; i++)
            ck_assert_uint_eq(be16_get(positions.at + 2 * i), position[i]);
    }
    account = (struct account){0};
    buffer_clear(&row);
    history_row_put(&row, &key, &account, position, 1);
    ck_assert(history_row_get(&back, NULL, key_bytes(&key), buffer_bytes(&row), &err));
    ck_assert(!back.exists); /* named by a transfer of nothing: EIP-161 */
    buffer_release(&row);
}
END_TEST

START_TEST(the_table_is_in_order_and_whole)
{
    for (size_t i = 0; i < KEY_SPACE_COUNT; i++) {
        const struct key_space_row *row = &key_spaces[i];

        ck_assert(row->name && row->key && row->value && row->checked);
        if (i > 0)
            ck_assert_int_lt(key_spaces[i - 1].space, row->space);
    }
}
END_TEST

static int key_order(struct key a, struct key b)
{
    return bytes_compare(key_bytes(&a), key_bytes(&b));
}

START_TEST(keys_sort_as_they_are_walked)
{
    const uint8_t prefix[2] = {0x12, 0x30};
    struct hash x = {{1}}, y = {{2}};

    ck_assert_int_lt(key_order(key_block(KEY_HEADER, 255), key_block(KEY_HEADER, 256)), 0);
    ck_assert_int_lt(key_order(key_journal(255), key_journal(256)), 0);
    ck_assert_int_lt(key_order(key_history(&x, 256), key_history(&x, 255)), 0); /* newest first */
    ck_assert_int_lt(key_order(key_history(&x, 0), key_history(&y, 255)), 0);
    ck_assert_int_lt(key_order(key_trie(3, prefix, 256), key_trie(3, prefix, 255)), 0);
    ck_assert_int_lt(key_order(key_place(&x, 1, 65535), key_place(&x, 2, 0)), 0);
    ck_assert_int_lt(key_order(key_hash(&x, 1), key_hash(&x, 2)), 0);
}
END_TEST

START_TEST(keys_say_what_they_were_made_of)
{
    static const uint64_t heights[] = {0, 1, 255, 256, STORE_HEIGHT_MAX - 1, STORE_HEIGHT_MAX};
    struct hash hash = {{0xaa, 0xbb}};
    uint64_t sequence;

    for (size_t i = 0; i < COUNT(heights); i++) {
        struct key block = key_block(KEY_BODY, heights[i]), name = key_hash(&hash, heights[i]);
        struct key place = key_place(&hash, heights[i], 65535);
        struct key history = key_history(&hash, heights[i]);
        uint32_t position;
        uint64_t height;

        ck_assert(key_block_parse(key_bytes(&block), &height) && height == heights[i]);
        ck_assert(key_hash_parse(key_bytes(&name), &height) && height == heights[i]);
        ck_assert(key_place_parse(key_bytes(&place), &height, &position));
        ck_assert(height == heights[i] && position == 65535);
        ck_assert(key_history_parse(key_bytes(&history), &height) && height == heights[i]);
        ck_assert(!key_block_parse(key_bytes(&name), &height));
        ck_assert(!key_hash_parse(key_bytes(&place), &height));
    }
    for (sequence = 1; sequence; sequence <<= 1) {
        struct key key = key_journal(sequence);
        uint64_t back;

        ck_assert(key_journal_parse(key_bytes(&key), &back) && back == sequence);
    }
}
END_TEST

Suite *rows_suite(void);
Suite *rows_suite(void)
{
    Suite *suite = suite_create("rows");
    TCase *t = tcase_create("values");

    tcase_add_loop_test(t, account_rows, 0, COUNT(accounts));
    tcase_add_loop_test(t, account_rows_of_a_bad_form, 0, COUNT(bad_forms));
    tcase_add_test(t, history_rows);
    suite_add_tcase(suite, t);
    t = tcase_create("keys");
    tcase_add_test(t, the_table_is_in_order_and_whole);
    tcase_add_test(t, keys_sort_as_they_are_walked);
    tcase_add_test(t, keys_say_what_they_were_made_of);
    suite_add_tcase(suite, t);
    return suite;
}
