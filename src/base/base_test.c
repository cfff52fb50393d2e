#include "test/unit.h"

#include <cairn/base.h>

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

Suite *error_suite(void);
Suite *file_suite(void);
Suite *log_suite(void);
Suite *u256_suite(void);

static const struct {
    const char *says, *a, *b;
    int order; /* -1, 0, 1 */
} orders[] = {
    {"nothing equals nothing", "", "", 0},
    {"nothing is less than anything", "", "a", -1},
    {"of equal beginnings the shorter is less", "ab", "abc", -1},
    {"the first difference decides, not the size", "b", "abc", 1},
    {"bytes are unsigned", "\x7f", "\x80", -1},
    {"the same", "abc", "abc", 0},
};

START_TEST(order)
{
    struct bytes a = bytes_of_text(orders[_i].a);
    struct bytes b = bytes_of_text(orders[_i].b);
    int forth = bytes_compare(a, b);
    int back = bytes_compare(b, a);

    ck_assert_msg((forth > 0) - (forth < 0) == orders[_i].order, "%s", orders[_i].says);
    ck_assert_msg((back > 0) - (back < 0) == -orders[_i].order, "%s", orders[_i].says);
    ck_assert_msg(bytes_equal(a, b) == (orders[_i].order == 0), "%s", orders[_i].says);
}
END_TEST

START_TEST(parts)
{
    struct bytes whole = bytes_of_text("cairn");

    ck_assert(bytes_equal(bytes_from(whole, 2), bytes_of_text("irn")));
    ck_assert(bytes_equal(bytes_from(whole, 5), bytes_of(NULL, 0)));
    ck_assert(bytes_equal(bytes_part(whole, 1, 3), bytes_of_text("air")));
    ck_assert_uint_eq(bytes_part((struct bytes){0}, 0, 0).size, 0);
}
END_TEST

START_TEST(part_beyond_is_our_mistake)
{
    ck_assert(freopen("/dev/null", "w", stderr));
    bytes_part(bytes_of_text("cairn"), 2, 4);
}
END_TEST

START_TEST(part_cannot_wrap)
{
    ck_assert(freopen("/dev/null", "w", stderr));
    bytes_part(bytes_of_text("cairn"), 2, SIZE_MAX);
}
END_TEST

START_TEST(hashes_and_addresses)
{
    struct hash hash = {.byte = {[31] = 1}}, hash_more = {.byte = {1}};
    struct address address = {.byte = {[19] = 1}}, address_more = {.byte = {1}};

    ck_assert(hash_is_zero(&(struct hash){0}));
    ck_assert(!hash_is_zero(&hash)); /* the last byte counts */
    ck_assert(hash_equal(&hash, &hash) && !hash_equal(&hash, &hash_more));
    ck_assert(hash_compare(&hash, &hash_more) < 0 && hash_compare(&hash_more, &hash) > 0);
    ck_assert(address_is_zero(&(struct address){0}));
    ck_assert(!address_is_zero(&address));
    ck_assert(address_equal(&address, &address) && !address_equal(&address, &address_more));
    ck_assert(address_compare(&address, &address_more) < 0);
    ck_assert(bytes_of_hash(&hash).size == 32 && bytes_of_address(&address).size == 20);
}
END_TEST

START_TEST(memory)
{
    uint64_t *number = mem_new(1000, sizeof(*number));
    char *text = mem_text("secret");
    void *empty = mem_new(0, 8);

    for (size_t i = 0; i < 1000; i++)
        ck_assert(number[i] == 0);
    number[999] = 7;
    number = mem_grow(number, 100000, sizeof(*number));
    ck_assert(number[999] == 7);
    ck_assert_ptr_nonnull(empty); /* NULL means absent, never empty */
    ck_assert_str_eq(text, "secret");
    mem_wipe(text, 6);
    ck_assert_mem_eq(text, "\0\0\0\0\0\0", 6);
    mem_free(empty);
    mem_free(text);
    mem_free(number);
    mem_free(NULL);
}
END_TEST

START_TEST(memory_of_a_product_that_wraps)
{
    void *at;

    ck_assert(freopen("/dev/null", "w", stderr));
    at = _i == 0 ? mem_new(SIZE_MAX / 4, 8) : mem_grow(NULL, SIZE_MAX / 4, 8);
    mem_free(at);
}
END_TEST

START_TEST(buffer_that_wraps)
{
    struct buffer buffer = {0};

    ck_assert(freopen("/dev/null", "w", stderr));
    buffer_put_byte(&buffer, 1);
    buffer_reserve(&buffer, SIZE_MAX);
}
END_TEST

START_TEST(buffer_grows)
{
    struct buffer buffer = {0};

    ck_assert_str_eq(buffer_text(&buffer), "");
    ck_assert_uint_eq(buffer.size, 0);
    for (size_t i = 0; i < 100000; i++)
        buffer_put_byte(&buffer, (uint8_t)(i * 7));
    for (size_t i = 0; i < 100000; i++)
        ck_assert(buffer.at[i] == (uint8_t)(i * 7));
    buffer_clear(&buffer);
    ck_assert(buffer.size == 0 && buffer.room >= 100000);
    buffer_put_text(&buffer, "height ");
    buffer_printf(&buffer, "%d%s", 12, "");
    buffer_put(&buffer, bytes_of(NULL, 0));
    memcpy(buffer_extend(&buffer, 2), ", ", 2);
    ck_assert_str_eq(buffer_text(&buffer), "height 12, ");
    ck_assert(bytes_equal(buffer_bytes(&buffer), bytes_of_text("height 12, ")));
    buffer_release(&buffer);
    ck_assert(!buffer.at && buffer.size == 0 && buffer.room == 0);
    buffer_release(&buffer);
}
END_TEST

/* Every length around the room that there is: the final 0 of vsnprintf must not cost a letter. */
START_TEST(buffer_prints_any_length)
{
    for (int size = 0; size < 1200; size++) {
        struct buffer buffer = {0};

        buffer_put_text(&buffer, "x");
        buffer_printf(&buffer, "%*s", size, size > 0 ? "y" : "");
        ck_assert_uint_eq(buffer.size, (size_t)size + 1);
        ck_assert(size == 0 || buffer.at[size] == 'y');
        buffer_release(&buffer);
    }
}
END_TEST

static const struct {
    const char *says, *text;
    size_t size, character;
} characters[] = {
    {"nothing is no character", "", 0, 0},
    {"a NUL is one", "", 1, 1},
    {"ASCII", "a", 1, 1},
    {"two bytes", "\xc3\xa9", 2, 2},
    {"three", "\xe2\x82\xac", 3, 3},
    {"four", "\xf0\x9f\x98\x80", 4, 4},
    {"the first only", "\xc3\xa9z", 3, 2},
    {"cut off", "\xe2\x82\xac", 2, 0},
    {"a continuation byte alone", "\x80", 1, 0},
    {"overlong in two", "\xc1\xbf", 2, 0},
    {"overlong in three", "\xe0\x9f\xbf", 3, 0},
    {"the least of three", "\xe0\xa0\x80", 3, 3},
    {"overlong in four", "\xf0\x8f\xbf\xbf", 4, 0},
    {"the least of four", "\xf0\x90\x80\x80", 4, 4},
    {"before the surrogates", "\xed\x9f\xbf", 3, 3},
    {"a surrogate", "\xed\xa0\x80", 3, 0},
    {"the last character", "\xf4\x8f\xbf\xbf", 4, 4},
    {"behind the last", "\xf4\x90\x80\x80", 4, 0},
    {"a first byte of none", "\xf5\x80\x80\x80", 4, 0},
    {"a letter where a continuation belongs", "\xe2\x82z", 3, 0},
};

START_TEST(utf8_character)
{
    struct bytes text = bytes_of(characters[_i].text, characters[_i].size);

    ck_assert_msg(utf8_size(text) == characters[_i].character, "%s", characters[_i].says);
}
END_TEST

static const struct {
    const char *says, *text;
    size_t left;
} cuts[] = {
    {"nothing", "", 0},
    {"ASCII stays", "ab", 2},
    {"a whole character stays", "a\xe2\x82\xac", 4},
    {"one byte of three goes", "a\xe2", 1},
    {"two of three go", "a\xe2\x82", 1},
    {"three of four go", "a\xf0\x9f\x98", 1},
    {"what never was a character is not ours to take", "a\x80", 2},
    {"nor when there is nothing else", "\x80\x80", 2},
};

START_TEST(utf8_cuts)
{
    size_t size = strlen(cuts[_i].text);

    ck_assert_msg(utf8_cut(cuts[_i].text, size) == cuts[_i].left, "%s", cuts[_i].says);
}
END_TEST

START_TEST(big_endian)
{
    static const uint8_t bytes[8] = {0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54, 0x32, 0x10};
    uint8_t out[8];

    ck_assert_uint_eq(be16_get(bytes), 0xfedc);
    ck_assert_uint_eq(be32_get(bytes), 0xfedcba98);
    ck_assert(be64_get(bytes) == UINT64_C(0xfedcba9876543210));
    be16_put(out, 0xfedc);
    ck_assert_mem_eq(out, bytes, 2);
    be32_put(out, 0xfedcba98);
    ck_assert_mem_eq(out, bytes, 4);
    be64_put(out, UINT64_C(0xfedcba9876543210));
    ck_assert_mem_eq(out, bytes, 8);
}
END_TEST

static Suite *base_suite(void)
{
    Suite *suite = suite_create("base");
    TCase *t = tcase_create("base");

    tcase_add_loop_test(t, order, 0, COUNT(orders));
    tcase_add_test(t, parts);
    tcase_add_test_raise_signal(t, part_beyond_is_our_mistake, SIGABRT);
    tcase_add_test_raise_signal(t, part_cannot_wrap, SIGABRT);
    tcase_add_test(t, hashes_and_addresses);
    tcase_add_test(t, memory);
    tcase_add_loop_test_raise_signal(t, memory_of_a_product_that_wraps, SIGABRT, 0, 2);
    tcase_add_test_raise_signal(t, buffer_that_wraps, SIGABRT);
    tcase_add_test(t, buffer_grows);
    tcase_add_test(t, buffer_prints_any_length);
    tcase_add_loop_test(t, utf8_character, 0, COUNT(characters));
    tcase_add_loop_test(t, utf8_cuts, 0, COUNT(cuts));
    tcase_add_test(t, big_endian);
    suite_add_tcase(suite, t);
    return suite;
}

int main(void)
{
    static Suite *(*const suites[])(void) = {base_suite, error_suite, file_suite, log_suite,
                                             u256_suite};

    return unit_main(suites, COUNT(suites));
}
