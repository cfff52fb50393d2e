#include "crypto_test.h"

#include <cairn/key.h>

static const struct {
    const char *says, *text;
} spelled[] = {
    {"the key 1", "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf"},
    {"the key 2", "0x2B5AD5c4795c026514f8317c7a215E218DcCD6cF"},
    {"the key 3", "0x6813Eb9362372EEF6200f3b1dbC3f819671cBA69"},
    {"a key of no number", "0x3aCFA76f4DcA0d42c7E3ec64975F88c1EEDb195E"},
    {"only zeros", "0x0000000000000000000000000000000000000000"},
    {"no letters", "0x1111111111111111111111111111111111111111"},
    {"all letters", "0xFFfFfFffFFfffFFfFFfFFFFFffFFFffffFfFFFfF"},
};

START_TEST(address_spelled)
{
    struct bytes text = bytes_of_text(spelled[_i].text);
    struct address address;
    struct address again;
    struct error err = {0};
    char out[ADDRESS_TEXT];

    bytes_from_hex(address.byte, sizeof address.byte, spelled[_i].text + 2);
    ck_assert_str_eq(address_format(out, &address), spelled[_i].text);
    ck_assert_msg(address_parse(&again, text, &err), "%s: %s", spelled[_i].says, err.text);
    ck_assert(address_equal(&again, &address));
}
END_TEST

static const struct {
    const char *says, *text;
    enum error_code error;
} parsed[] = {
    {"lower case has no checksum", "0x7e5f4552091a69125d5dfcb7b8c2659029395bdf", ERROR_NONE},
    {"nor has upper case", "0x7E5F4552091A69125D5DFCB7B8C2659029395BDF", ERROR_NONE},
    {"one letter raised", "0x7E5F4552091A69125D5DfCb7b8C2659029395Bdf", ERROR_HEX},
    {"one letter lowered", "0x7E5F4552091A69125d5DfCb7b8c2659029395Bdf", ERROR_HEX},
    {"two digits changed places", "0x7E5F4552091A69125d5DfCb7b8C2659023995Bdf", ERROR_HEX},
    {"39 digits", "0x7E5F4552091A69125d5DfCb7b8C2659029395Bd", ERROR_HEX},
    {"41 digits", "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf0", ERROR_HEX},
    {"42 digits", "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf00", ERROR_HEX},
    {"no 0x", "7E5F4552091A69125d5DfCb7b8C2659029395Bdf", ERROR_HEX},
    {"0X", "0X7e5f4552091a69125d5dfcb7b8c2659029395bdf", ERROR_HEX},
    {"not hex", "0x7e5f4552091a69125d5dfcb7b8c2659029395bdg", ERROR_HEX},
    {"a space before it", " 0x7e5f4552091a69125d5dfcb7b8c2659029395bdf", ERROR_HEX},
    {"only 0x", "0x", ERROR_HEX},
    {"nothing", "", ERROR_HEX},
};

START_TEST(address_parsed)
{
    struct address address;
    struct address want;
    struct error err = {0};
    bool ok = address_parse(&address, bytes_of_text(parsed[_i].text), &err);

    ck_assert_msg(err.code == parsed[_i].error, "%s: %s", parsed[_i].says, err.text);
    ck_assert(ok == (parsed[_i].error == ERROR_NONE));
    if (ok) {
        bytes_from_hex(want.byte, sizeof want.byte, "7e5f4552091a69125d5dfcb7b8c2659029395bdf");
        ck_assert(address_equal(&address, &want));
    }
}
END_TEST

/* Of the 2^n spellings of n letters, three are taken: change any one letter and it is refused. */
START_TEST(address_each_letter)
{
    for (size_t i = 2; i < ADDRESS_TEXT - 1; i++) {
        char text[ADDRESS_TEXT];
        struct address address;
        struct error err = {0};

        memcpy(text, spelled[0].text, sizeof text);
        if (text[i] <= '9')
            continue;
        text[i] ^= 'a' ^ 'A';
        ck_assert_msg(!address_parse(&address, bytes_of_text(text), &err), "%s was taken", text);
        ck_assert_int_eq(err.code, ERROR_HEX);
        ck_assert_ptr_nonnull(strstr(err.text, "EIP-55"));
    }
}
END_TEST

Suite *address_suite(void)
{
    Suite *suite = suite_create("address");
    TCase *t = tcase_create("address");

    tcase_add_loop_test(t, address_spelled, 0, COUNT(spelled));
    tcase_add_loop_test(t, address_parsed, 0, COUNT(parsed));
    tcase_add_test(t, address_each_letter);
    suite_add_tcase(suite, t);
    return suite;
}
