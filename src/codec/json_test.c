#include "test/unit.h"

#include <cairn/json.h>

Suite *json_suite(void);

static const struct {
    const char *says, *text;
    json_type type;
} taken[] = {
    {"an object", "{\"a\":1}", JSON_OBJECT},
    {"any value", "\"a\"", JSON_STRING},
    {"null", " null\n", JSON_NULL},
    {"the depth that is allowed", "[[[[1]]]]", JSON_ARRAY},
    {"brackets in strings are no nesting", "[\"[[[[[[\", \"\\\"[[[[[\"]", JSON_ARRAY},
    {"depth counts what is open, not what was", "[[],[],[],[],[],[]]", JSON_ARRAY},
    {"an escaped NUL is told from an escaped slash before u0000", "\"\\\\u0000\"", JSON_STRING},
    {"2^63 - 1 is an integer", "9223372036854775807", JSON_INTEGER},
    {"as is its negative", "-9223372036854775807", JSON_INTEGER},
    {"2^63 is taken as a real", "9223372036854775808", JSON_REAL},
    {"as is its negative", "-9223372036854775809", JSON_REAL},
    {"20 digits", "12345678901234567890", JSON_REAL},
    {"more digits than a double has range",
     "1111111111111111111111111111111111111111111111111111111111111111111111111111111111111111"
     "1111111111111111111111111111111111111111111111111111111111111111111111111111111111111111"
     "1111111111111111111111111111111111111111111111111111111111111111111111111111111111111111"
     "1111111111111111111111111111111111111111111111111111111111111111111111111111111111111111",
     JSON_REAL},
    {"a real with many digits", "1.2345678901234567890123", JSON_REAL},
    {"digits in a string are text", "\"12345678901234567890\"", JSON_STRING},
    {"a small real is zero, not an error", "1e-999", JSON_REAL},
};

START_TEST(text_taken)
{
    struct error err = {0};
    json_t *value = NULL;

    ck_assert_msg(json_parse(&value, bytes_of_text(taken[_i].text), 4, &err), "%s: %s",
                  taken[_i].says, err.text);
    ck_assert_msg(json_typeof(value) == taken[_i].type, "%s", taken[_i].says);
    json_decref(value);
}
END_TEST

static const struct {
    const char *says, *text, *error; /* `error` is the message's beginning and end around "..." */
} refused[] = {
    {"nothing", "", "empty text at byte 0"},
    {"blanks", "  ", " at byte 2"},
    {"a value too many", "1 2", " at byte 3"},
    {"bytes behind", "{} x", " at byte 4"},
    {"half an object", "{\"a\":", " at byte 5"},
    {"a duplicate key", "{\"a\":1,\"a\":2}", " at byte 10"},
    {"a duplicate key, written otherwise", "{\"a\":1,\"\\u0061\":2}", " at byte 15"},
    {"a NUL in a string", "[\"a\\u0000\"]", "NUL in a string at byte 3"},
    {"a NUL in a key", "{\"\\u0000\":1}", "NUL in a string at byte 2"},
    {"nesting", "[[[[[]]]]]", "nesting deeper than 4 at byte 4"},
    {"nesting, mixed", "[{\"a\":[{\"b\":[", "nesting deeper than 4 at byte 12"},
    {"an overlong character", "\"\xc1\xbf\"", " at byte 1"},
    {"half a character", "\"\xe2\x82", " at byte 1"},
    {"a byte above UTF-8", "[\xff]", " at byte 1"},
    {"half a pair of surrogates", "\"\\ud800\"", " at byte 8"},
    {"a line end in a string", "\"a\nb\"", " at byte 2"},
    {"no quote at the end", "\"abc", " at byte 4"},
    {"a slash at the end", "\"abc\\", " at byte 5"},
    {"a leading zero", "01", " at byte 1"},
    {"a leading zero on a long integer", "012345678901234567890", " at byte 1"},
    {"a plus", "+1", " at byte 1"},
    {"a plus on a long integer", "+12345678901234567890", " at byte 1"},
    {"two minuses on a long integer", "--12345678901234567890", " at byte 1"},
    {"letters behind a long integer", "12345678901234567890a", " at byte 21"},
    {"a point without digits", "1.", " at byte 2"},
    {"NaN", "NaN", " at byte 3"},
    {"a real that overflows", "1e999", " at byte 5"},
    {"a negative one", "[-1e999]", " at byte 7"},
    {"a comma too many", "[1,]", " at byte 4"},
    {"a comment", "/* */1", " at byte 1"},
    {"single quotes", "'a'", " at byte 1"},
};

START_TEST(text_refused)
{
    struct error err = {0};
    json_t *value = NULL;
    size_t size;

    ck_assert_msg(!json_parse(&value, bytes_of_text(refused[_i].text), 4, &err), "%s",
                  refused[_i].says);
    size = strlen(err.text);
    ck_assert_int_eq(err.code, ERROR_JSON);
    ck_assert_uint_ge(size, strlen(refused[_i].error));
    ck_assert_str_eq(err.text + size - strlen(refused[_i].error), refused[_i].error);
}
END_TEST

static const struct {
    const char *says, *text;
    size_t size;
    const char *error;
} nuls[] = {
    {"alone", "\0", 1, "NUL at byte 0"},
    {"behind a number", "1\0", 2, "NUL at byte 1"},
    {"before what would be taken", "1\0 2", 4, "NUL at byte 1"},
    {"in a string", "\"a\0b\"", 5, "NUL in a string at byte 2"},
    {"behind a string", "\"a\"\0", 4, "NUL at byte 3"},
};

/* A NUL byte ends nothing. */
START_TEST(raw_nul)
{
    struct error err = {0};
    json_t *value = NULL;

    ck_assert_msg(!json_parse(&value, bytes_of(nuls[_i].text, nuls[_i].size), 4, &err), "%s",
                  nuls[_i].says);
    ck_assert_str_eq(err.text, nuls[_i].error);
}
END_TEST

static const struct {
    const char *text;
    double value;
} longs[] = {
    {"9223372036854775808", 9.223372036854775808e18},
    {"-18446744073709551616", -1.8446744073709551616e19},
    {"100000000000000000000000000000", 1e29},
    {"[1,98765432109876543210,2]", 9.876543210987654e19},
};

/* A percentile of 10^20 must stay out of range, so the size has to be right. */
START_TEST(long_integer_keeps_its_size)
{
    struct error err = {0};
    json_t *value = NULL, *number;
    double ratio;

    ck_assert_msg(json_parse(&value, bytes_of_text(longs[_i].text), 4, &err), "%s", err.text);
    number = json_is_array(value) ? json_array_get(value, 1) : value;
    ratio = json_real_value(number) / longs[_i].value;
    ck_assert(ratio > 1 - 1e-12 && ratio < 1 + 1e-12);
    ck_assert(!json_is_integer(number));
    json_decref(value);
}
END_TEST

START_TEST(positions_stay_behind_long_integers)
{
    struct error err = {0};
    json_t *value = NULL;

    ck_assert(!json_parse(&value, bytes_of_text("[12345678901234567890,x]"), 4, &err));
    ck_assert_ptr_nonnull(strstr(err.text, " at byte 23"));
}
END_TEST

/* Whatever bytes come, there is a value or an error with a position. */
START_TEST(changed_bytes)
{
    static const char valid[] = "{\"jsonrpc\":\"2.0\",\"id\":12345678901234567890,\"method\":\"a\\n"
                                "\\u00e9\",\"params\":[\"0x1\",{\"b\":[1.5e3,-2,true,null]}]}";
    char text[sizeof(valid)];
    uint64_t seed = 1;

    for (int i = 0; i < 20000; i++) {
        struct error err = {0};
        json_t *value = NULL;
        size_t size = sizeof(valid) - 1;

        memcpy(text, valid, sizeof(valid));
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        text[seed % size] = (char)(seed >> 32);
        if (seed >> 60 == 0)
            size = seed % size;
        if (json_parse(&value, bytes_of(text, size), JSON_DEPTH_MAX, &err))
            json_decref(value);
        else
            ck_assert(err.code == ERROR_JSON && strstr(err.text, " at byte "));
    }
}
END_TEST

Suite *json_suite(void)
{
    Suite *suite = suite_create("json");
    TCase *t = tcase_create("json");

    tcase_add_loop_test(t, text_taken, 0, COUNT(taken));
    tcase_add_loop_test(t, text_refused, 0, COUNT(refused));
    tcase_add_loop_test(t, raw_nul, 0, COUNT(nuls));
    tcase_add_loop_test(t, long_integer_keeps_its_size, 0, COUNT(longs));
    tcase_add_test(t, positions_stay_behind_long_integers);
    tcase_add_test(t, changed_bytes);
    suite_add_tcase(suite, t);
    return suite;
}
