#include "amount.h"
#include "test/unit.h"

#define WEI_MAX "115792089237316195423570985008687907853269984665640564039457584007913129639935"

static const struct {
    const char *says, *text, *wei; /* wei NULL: refused */
} amounts[] = {
    {"without a unit it is wei", "1000", "1000"},
    {"nothing is an amount, too", "0", "0"},
    {"zeros before do no harm", "007", "7"},
    {"wei by name", "7wei", "7"},
    {"a gwei is 10^9 wei", "20gwei", "20000000000"},
    {"all nine decimals of a gwei", "1.000000001gwei", "1000000001"},
    {"a coin is 10^18 wei", "1coin", "1000000000000000000"},
    {"a point is not a float: nothing is rounded", "0.1coin", "100000000000000000"},
    {"all eighteen decimals of a coin", "1.000000000000000001coin", "1000000000000000001"},
    {"zeros at the end count as decimals as well", "1.500000000000000000coin",
     "1500000000000000000"},
    {"the largest", WEI_MAX, WEI_MAX},
    {"the largest, in coin",
     "115792089237316195423570985008687907853269984665640564039457.584007913129639935coin",
     WEI_MAX},
    {"one more than the largest",
     "115792089237316195423570985008687907853269984665640564039457584007913129639936", NULL},
    {"one more than the largest, in coin",
     "115792089237316195423570985008687907853269984665640564039457.584007913129639936coin", NULL},
    {"too large only with its unit", WEI_MAX "gwei", NULL},
    {"wei have no decimals", "1.5", NULL},
    {"wei have no decimals, zeros neither", "1.0wei", NULL},
    {"ten decimals of a gwei", "1.0000000001gwei", NULL},
    {"nineteen decimals of a coin", "0.0000000000000000001coin", NULL},
    {"no digit before the point", ".5coin", NULL},
    {"no digit behind the point", "1.coin", NULL},
    {"two points", "1.2.3coin", NULL},
    {"nothing at all", "", NULL},
    {"a unit alone", "coin", NULL},
    {"an unknown unit", "1ether", NULL},
    {"a unit in another case", "1Coin", NULL},
    {"a space", "1 coin", NULL},
    {"a sign", "-1", NULL},
    {"the other sign", "+1", NULL},
    {"hex", "0x10", NULL},
    {"an exponent", "1e18", NULL},
    {"a comma", "1,5coin", NULL},
};

START_TEST(amount_is_parsed)
{
    struct u256 wei;
    struct error err = {0};
    char text[U256_DECIMAL_MAX + 1];
    bool ok = amount_parse(&wei, amounts[_i].text, &err);

    ck_assert_msg(ok == (amounts[_i].wei != NULL), "%s: %s", amounts[_i].says, err.text);
    if (ok) {
        u256_format(text, &wei);
        ck_assert_msg(strcmp(text, amounts[_i].wei) == 0, "%s: %s", amounts[_i].says, text);
    } else {
        ck_assert_int_eq(err.code, ERROR_NUMBER);
    }
}
END_TEST

static const struct {
    const char *wei;
    enum amount_unit unit;
    const char *text;
} texts[] = {
    {"0", UNIT_COIN, "0 coin"},
    {"1", UNIT_COIN, "0.000000000000000001 coin"},
    {"10", UNIT_COIN, "0.00000000000000001 coin"},
    {"999999999999999999", UNIT_COIN, "0.999999999999999999 coin"},
    {"1000000000000000000", UNIT_COIN, "1 coin"},
    {"10500000000000000000", UNIT_COIN, "10.5 coin"},
    {WEI_MAX, UNIT_COIN,
     "115792089237316195423570985008687907853269984665640564039457.584007913129639935 coin"},
    {"1000000007", UNIT_GWEI, "1.000000007 gwei"},
    {"2000000000", UNIT_GWEI, "2 gwei"},
    {"120", UNIT_WEI, "120 wei"},
    {WEI_MAX, UNIT_WEI, WEI_MAX " wei"},
};

START_TEST(amount_is_written_exactly)
{
    struct u256 wei;
    char text[AMOUNT_TEXT];

    ck_assert(u256_parse(&wei, texts[_i].wei, strlen(texts[_i].wei)));
    ck_assert_str_eq(amount_format(text, &wei, texts[_i].unit), texts[_i].text);
}
END_TEST

static const struct {
    const char *text;
    bool good;
    uint64_t value;
} numbers[] = {
    {"0", true, 0},
    {"18446744073709551615", true, UINT64_MAX},
    {"18446744073709551616", false, 0},
    {"", false, 0},
    {"-1", false, 0},
    {"1.0", false, 0},
    {"0x1", false, 0},
    {"1 ", false, 0},
};

START_TEST(number_is_parsed)
{
    uint64_t value = 0;
    struct error err = {0};

    ck_assert_msg(number_parse(&value, numbers[_i].text, &err) == numbers[_i].good, "\"%s\"",
                  numbers[_i].text);
    ck_assert_uint_eq(value, numbers[_i].value);
}
END_TEST

START_TEST(time_is_iso_8601)
{
    char text[TIME_TEXT];

    ck_assert_str_eq(time_format(text, 0), "1970-01-01T00:00:00Z");
    ck_assert_str_eq(time_format(text, 951825600), "2000-02-29T12:00:00Z");
    ck_assert_str_eq(time_format_ms(text, 1709208000250), "2024-02-29T12:00:00.250Z");
    ck_assert_str_eq(time_format(text, 253402300799), "9999-12-31T23:59:59Z");
    ck_assert_str_eq(time_format(text, 253402300800), "253402300800 s");
    ck_assert_str_eq(time_format(text, UINT64_MAX), "18446744073709551615 s");
}
END_TEST

Suite *amount_suite(void);
Suite *amount_suite(void)
{
    Suite *suite = suite_create("amount");
    TCase *t = tcase_create("amount");

    tcase_add_loop_test(t, amount_is_parsed, 0, COUNT(amounts));
    tcase_add_loop_test(t, amount_is_written_exactly, 0, COUNT(texts));
    tcase_add_loop_test(t, number_is_parsed, 0, COUNT(numbers));
    tcase_add_test(t, time_is_iso_8601);
    suite_add_tcase(suite, t);
    return suite;
}
