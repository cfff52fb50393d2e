#include "test/unit.h"

#include <cairn/hex.h>

Suite *hex_suite(void);

static const struct {
    const char *says, *text;
    uint64_t value;
    const char *error; /* "": taken */
} quantities[] = {
    {"zero", "0x0", 0, ""},
    {"either case", "0xaBc", 0xabc, ""},
    {"64 bits", "0xffffffffffffffff", UINT64_MAX, ""},
    {"nothing", "", 0, "empty hex string"},
    {"a prefix alone", "0x", 0, "empty hex string"},
    {"no prefix", "12", 0, "hex string without 0x prefix"},
    {"half a prefix", "0", 0, "hex string without 0x prefix"},
    {"a prefix in upper case", "0X1", 0, "hex string without 0x prefix"},
    {"a blank before", " 0x1", 0, "hex string without 0x prefix"},
    {"a sign", "-0x1", 0, "hex string without 0x prefix"},
    {"a sign inside", "0x-1", 0, "invalid hex digit at 2"},
    {"a blank behind", "0x1 ", 0, "invalid hex digit at 3"},
    {"what is behind f", "0x1g", 0, "invalid hex digit at 3"},
    {"what is before 0", "0x/", 0, "invalid hex digit at 2"},
    {"what is behind 9", "0x:", 0, "invalid hex digit at 2"},
    {"what is before A", "0x@", 0, "invalid hex digit at 2"},
    {"what is before a", "0x`", 0, "invalid hex digit at 2"},
    {"a byte above ASCII", "0x1\xc3", 0, "invalid hex digit at 3"},
    {"a leading zero", "0x01", 0, "hex number with leading zero digits"},
    {"two zeros", "0x00", 0, "hex number with leading zero digits"},
    {"a bad digit is told before a leading zero", "0x0x", 0, "invalid hex digit at 3"},
    {"65 bits", "0x10000000000000000", 0, "hex number > 64 bits"},
    {"a leading zero is told before the width", "0x00000000000000000", 0,
     "hex number with leading zero digits"},
};

START_TEST(quantity)
{
    struct error err = {0};
    uint64_t value = 77;
    bool ok = hex_parse_u64(&value, bytes_of_text(quantities[_i].text), &err);

    ck_assert_str_eq(err.text, quantities[_i].error);
    ck_assert_msg(ok == (err.code == ERROR_NONE), "%s", quantities[_i].says);
    ck_assert_msg(value == (ok ? quantities[_i].value : 77), "%s", quantities[_i].says);
    ck_assert(ok || err.code == ERROR_HEX);
}
END_TEST

START_TEST(quantity_of_every_width)
{
    for (unsigned bit = 0; bit < 256; bit++) {
        struct u256 power = {0}, back;
        struct buffer text = {0};
        struct error err = {0};
        uint64_t low;

        power.limb[bit / 64] = UINT64_C(1) << bit % 64;
        hex_put_u256(&text, &power);
        ck_assert_uint_eq(text.size, 3 + bit / 4); /* no leading zeros */
        ck_assert_msg(hex_parse_u256(&back, buffer_bytes(&text), &err), "%s", err.text);
        ck_assert(u256_equal(&back, &power));
        ck_assert(hex_parse_u64(&low, buffer_bytes(&text), &err) == (bit < 64));
        if (bit < 64) {
            struct buffer narrow = {0};

            ck_assert(low == power.limb[0]);
            hex_put_u64(&narrow, low);
            ck_assert(bytes_equal(buffer_bytes(&narrow), buffer_bytes(&text)));
            buffer_release(&narrow);
        }
        buffer_release(&text);
    }
}
END_TEST

START_TEST(quantity_of_256_bits)
{
    struct buffer text = {0};
    struct error err = {0};
    struct u256 value;

    hex_put_u256(&text, &(struct u256){{0x1f, 0, 0, 0xa000000000000000}});
    ck_assert_str_eq(buffer_text(&text),
                     "0xa00000000000000000000000000000000000000000000000000000000000001f");
    buffer_put_byte(&text, '0');
    ck_assert(!hex_parse_u256(&value, buffer_bytes(&text), &err));
    ck_assert_str_eq(err.text, "hex number > 256 bits");
    buffer_clear(&text);
    hex_put_u256(&text, &(struct u256){0});
    hex_put_u64(&text, 0);
    ck_assert_str_eq(buffer_text(&text), "0x00x0");
    buffer_release(&text);
}
END_TEST

static const struct {
    const char *says, *text, *bytes;
    size_t size;
    enum error_code code;
    const char *error;
} datas[] = {
    {"none", "0x", "", 0, ERROR_NONE, ""},
    {"zeros in front are bytes", "0x0001", "\0\x01", 2, ERROR_NONE, ""},
    {"either case", "0xfFAa", "\xff\xaa", 2, ERROR_NONE, ""},
    {"the bound", "0x01020304", "\1\2\3\4", 4, ERROR_NONE, ""},
    {"above the bound", "0x0102030405", "", 0, ERROR_LIMIT, "hex string of 5 bytes, at most 4"},
    {"nothing", "", "", 0, ERROR_HEX, "empty hex string"},
    {"no prefix", "0102", "", 0, ERROR_HEX, "hex string without 0x prefix"},
    {"half a byte", "0x1", "", 0, ERROR_HEX, "hex string of odd length"},
    {"a bad digit, high", "0x01g1", "", 0, ERROR_HEX, "invalid hex digit at 4"},
    {"a bad digit, low", "0x011x", "", 0, ERROR_HEX, "invalid hex digit at 5"},
    {"the first of two", "0xzz", "", 0, ERROR_HEX, "invalid hex digit at 2"},
};

START_TEST(data_text)
{
    struct buffer out = {0};
    struct error err = {0};
    bool ok;

    buffer_put_text(&out, "before");
    ok = hex_parse_data(&out, bytes_of_text(datas[_i].text), 4, &err);
    ck_assert_msg(err.code == datas[_i].code, "%s: %s", datas[_i].says, err.text);
    ck_assert_str_eq(err.text, datas[_i].error);
    ck_assert(ok == (err.code == ERROR_NONE));
    ck_assert_uint_eq(out.size, 6 + datas[_i].size); /* after a failure nothing was appended */
    ck_assert_mem_eq(out.at + 6, datas[_i].bytes, datas[_i].size);
    buffer_release(&out);
}
END_TEST

/* Each byte value as digits, and each pair of characters that is not two digits. */
START_TEST(every_pair)
{
    static const char digits[] = "0123456789abcdefABCDEF";
    struct error err = {0};

    for (unsigned high = 0; high < 256; high++) {
        for (unsigned low = 0; low < 256; low++) {
            const uint8_t text[2] = {(uint8_t)high, (uint8_t)low};
            bool digit = high && low && strchr(digits, (int)high) && strchr(digits, (int)low);
            struct buffer back = {0};
            uint8_t byte;

            ck_assert(hex_parse_plain(&byte, 1, bytes_of(text, 2), &err) == digit);
            if (!digit)
                continue;
            hex_put_plain(&back, bytes_of(&byte, 1));
            ck_assert_uint_eq(back.size, 2);
            ck_assert_int_eq(back.at[0] | 0x20, text[0] | 0x20);
            ck_assert_int_eq(back.at[1] | 0x20, text[1] | 0x20);
            ck_assert(!memchr("ABCDEF", back.at[0], 6) && !memchr("ABCDEF", back.at[1], 6));
            buffer_release(&back);
        }
    }
}
END_TEST

static const struct {
    const char *says, *text, *error;
} addresses[] = {
    {"20 bytes", "0x00000000000000000000000000000000000000ff", ""},
    {"case is not checked", "0x00000000000000000000000000000000000000Ff", ""},
    {"nothing", "", "empty hex string"},
    {"19 bytes", "0x000000000000000000000000000000000000ff", "hex string has length 38, want 40"},
    {"21 bytes", "0x0000000000000000000000000000000000000000ff",
     "hex string has length 42, want 40"},
    {"half a byte less", "0x0000000000000000000000000000000000000ff", "hex string of odd length"},
    {"no prefix", "00000000000000000000000000000000000000ff", "hex string without 0x prefix"},
    {"a bad digit", "0x00000000000000000000000000000000000000fg", "invalid hex digit at 41"},
    {"a prefix alone", "0x", "hex string has length 0, want 40"},
};

START_TEST(twenty_bytes)
{
    struct address address = {.byte = {7}};
    struct error err = {0};
    bool ok = hex_parse_address(&address, bytes_of_text(addresses[_i].text), &err);

    ck_assert_str_eq(err.text, addresses[_i].error);
    ck_assert_msg(ok == (err.code == ERROR_NONE), "%s", addresses[_i].says);
    ck_assert_int_eq(address.byte[0], ok ? 0 : 7); /* after a failure nothing was stored */
    ck_assert_int_eq(address.byte[19], ok ? 0xff : 0);
}
END_TEST

START_TEST(plain)
{
    struct error err = {0};
    uint8_t out[2];

    ck_assert(hex_parse_plain(out, 2, bytes_of_text("12fE"), &err));
    ck_assert_mem_eq(out, "\x12\xfe", 2);
    ck_assert(!hex_parse_plain(out, 2, bytes_of_text("0x12"), &err));
    ck_assert_str_eq(err.text, "invalid hex digit at 1");
    ck_assert(!hex_parse_plain(out, 2, bytes_of_text(""), &err));
    ck_assert_str_eq(err.text, "empty hex string");
    ck_assert(!hex_parse_plain(out, 2, bytes_of_text("12"), &err));
    ck_assert_str_eq(err.text, "hex string has length 2, want 4");
    ck_assert(hex_parse_plain(out, 0, bytes_of(NULL, 0), &err));
}
END_TEST

START_TEST(texts_of_messages)
{
    struct hash hash = {.byte = {0xab, [31] = 0x01}}, hash_back;
    struct address address = {.byte = {0xCD, [19] = 0x02}}, address_back;
    char hash_text[HEX_HASH_TEXT], address_text[HEX_ADDRESS_TEXT];
    struct error err = {0};

    ck_assert_str_eq(hex_format_hash(hash_text, &hash),
                     "0xab00000000000000000000000000000000000000000000000000000000000001");
    ck_assert_str_eq(hex_format_address(address_text, &address),
                     "0xcd00000000000000000000000000000000000002");
    ck_assert(hex_parse_hash(&hash_back, bytes_of_text(hash_text), &err));
    ck_assert(hex_parse_address(&address_back, bytes_of_text(address_text), &err));
    ck_assert(hash_equal(&hash, &hash_back) && address_equal(&address, &address_back));
}
END_TEST

START_TEST(written_data)
{
    struct buffer out = {0};

    hex_put_data(&out, bytes_of(NULL, 0));
    hex_put_data(&out, bytes_of("\x00\x9f", 2));
    hex_put_plain(&out, bytes_of("\xa0", 1));
    ck_assert_str_eq(buffer_text(&out), "0x0x009fa0");
    buffer_release(&out);
}
END_TEST

Suite *hex_suite(void)
{
    Suite *suite = suite_create("hex");
    TCase *t = tcase_create("hex");

    tcase_add_loop_test(t, quantity, 0, COUNT(quantities));
    tcase_add_test(t, quantity_of_every_width);
    tcase_add_test(t, quantity_of_256_bits);
    tcase_add_loop_test(t, data_text, 0, COUNT(datas));
    tcase_add_test(t, every_pair);
    tcase_add_loop_test(t, twenty_bytes, 0, COUNT(addresses));
    tcase_add_test(t, plain);
    tcase_add_test(t, texts_of_messages);
    tcase_add_test(t, written_data);
    suite_add_tcase(suite, t);
    return suite;
}
