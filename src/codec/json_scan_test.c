#include "test/unit.h"

#include <cairn/json.h>

#include <stdlib.h>

Suite *json_scan_suite(void);

static const struct {
    const char *says, *text, *key, *value; /* `value` NULL: not found */
} members[] = {
    {"digit for digit", "{\"id\":123456789012345678901234567890}", "id",
     "123456789012345678901234567890"},
    {"a string with its quotes and escapes", "{\"id\":\"a\\\"}\"}", "id", "\"a\\\"}\""},
    {"blanks are not the value's", " { \"id\" : \t1.50 \n}", "id", "1.50"},
    {"nested values are passed over", "{\"a\":{\"id\":[1,{\"id\":2}]},\"id\":3}", "id", "3"},
    {"strings that look like members too", "{\"a\":\"\\\",\\\"id\\\":4\",\"id\":5}", "id", "5"},
    {"a nested value whole", "{\"params\":[\"]\",{\"}\":[]}],\"id\":1}", "params",
     "[\"]\",{\"}\":[]}]"},
    {"a word", "{\"a\":true,\"b\":null}", "b", "null"},
    {"a key written with escapes", "{\"\\u0069\\u0064\":6}", "id", "6"},
    {"a key of other letters", "{\"caf\\u00e9\":7}", "caf\xc3\xa9", "7"},
    {"a key of three bytes", "{\"\\u20AC\":8}", "\xe2\x82\xac", "8"},
    {"a key of a pair of surrogates", "{\"\\ud83d\\ude00\":9}", "\xf0\x9f\x98\x80", "9"},
    {"a key of short escapes", "{\"\\b\\f\\n\\r\\t\\/\\\\\\\"\":10}", "\b\f\n\r\t/\\\"", "10"},
    {"an empty key", "{\"\":11}", "", "11"},
    {"a longer key is another", "{\"ids\":1}", "id", NULL},
    {"a shorter one too", "{\"i\":1}", "id", NULL},
    {"case counts", "{\"ID\":1}", "id", NULL},
    {"a value is no key", "{\"a\":\"id\"}", "id", NULL},
    {"an empty object", "{}", "id", NULL},
    {"an array has no keys", "[\"id\",1]", "id", NULL},
    {"nor has a string", "\"id\"", "id", NULL},
    {"nor nothing", "", "id", NULL},
};

START_TEST(member)
{
    struct bytes value = {0};
    bool found = json_member_span(bytes_of_text(members[_i].text), members[_i].key, &value);

    ck_assert_msg(found == (members[_i].value != NULL), "%s", members[_i].says);
    ck_assert_msg(!found || bytes_equal(value, bytes_of_text(members[_i].value)), "%s: %.*s",
                  members[_i].says, (int)value.size, (const char *)value.at);
}
END_TEST

static const struct {
    const char *text;
    size_t count;
    const char *span[3];
} arrays[] = {
    {"[]", 0, {0}},
    {" [ ] ", 0, {0}},
    {"[1]", 1, {"1"}},
    {"[ {\"id\":1} , [2,3],\"a,b\"]", 3, {"{\"id\":1}", "[2,3]", "\"a,b\""}},
    {"[1,2,3,4,5]", 5, {"1", "2", "3"}},
    {"{\"a\":1}", 0, {0}},
    {"7", 0, {0}},
    {"", 0, {0}},
};

START_TEST(array)
{
    struct bytes span[3];

    ck_assert_uint_eq(json_array_spans(bytes_of_text(arrays[_i].text), span, 3), arrays[_i].count);
    for (size_t i = 0; i < arrays[_i].count && i < 3; i++)
        ck_assert(bytes_equal(span[i], bytes_of_text(arrays[_i].span[i])));
    ck_assert_uint_eq(json_array_spans(bytes_of_text(arrays[_i].text), NULL, 0), arrays[_i].count);
}
END_TEST

static const char genesis[] = "{\n"
                              "  \"config\": {\n"
                              "    \"chainId\": 7,\n"
                              "    \"cairn\": { \"validators\": [\n"
                              "      {\"power\": 1},\n"
                              "      {\"power\":\n"
                              "         2}\n"
                              "    ]}\n"
                              "  },\n"
                              "  \"alloc\": {\"0xab\": {\n"
                              "    \"balance\": \"0x1\"}}}\n";

static const struct {
    const char *says, *path[4];
    unsigned line; /* 0: not found */
} lines[] = {
    {"the whole", {0}, 1},
    {"a member", {"config"}, 2},
    {"a member of a member", {"config", "chainId"}, 3},
    {"an array's first", {"config", "cairn", "validators", "0"}, 5},
    {"and second", {"config", "cairn", "validators", "1"}, 6},
    {"there is no third", {"config", "cairn", "validators", "2"}, 0},
    {"where the key begins", {"alloc", "0xab"}, 10},
    {"and its member", {"alloc", "0xab", "balance"}, 11},
    {"a key that is not there", {"alloc", "0xcd"}, 0},
    {"an index into an object", {"config", "0"}, 0},
    {"a key into an array", {"config", "cairn", "validators", "power"}, 0},
    {"a path through a number", {"config", "chainId", "x"}, 0},
};

START_TEST(line)
{
    size_t count = 0;

    while (count < COUNT(lines[_i].path) && lines[_i].path[count])
        count++;
    ck_assert_msg(json_line(bytes_of_text(genesis), lines[_i].path, count) == lines[_i].line, "%s",
                  lines[_i].says);
}
END_TEST

static const struct {
    const char *text;
    size_t count;
} containers[] = {
    {"", 0},        {"1", 0},      {"{}", 1},
    {"[[],{}]", 3}, {"\"[{\"", 0}, {"[\"\\\"[\",{\"{\":[1]}]", 3},
    {" [[[[[[", 6}, {"]]}}", 0},   {"[\"[", 1},
};

START_TEST(container_count)
{
    ck_assert_uint_eq(json_containers(bytes_of_text(containers[_i].text)), containers[_i].count);
}
END_TEST

/* On texts that are no JSON the answer may be anything within the text. Each is given in memory of
 * just its size, so that a sanitizer sees a step beyond. */
START_TEST(any_text_is_safe)
{
    static const char valid[] = "{\"a\\u0041\\ud800\\udc00\":[1,\"\\\\\",{\"id\":[]}],\"id\":-1e5}";
    static const char letters[] = "{}[]\",:\\u1 a";
    const char *const path[] = {"a", "1", "id"};
    uint64_t seed = 1;

    for (int i = 0; i < 20000; i++) {
        size_t size;
        uint8_t *text;
        struct bytes span[2] = {{0}}, value = {0};

        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        size = seed % sizeof(valid);
        text = malloc(size == 0 ? 1 : size);
        ck_assert_ptr_nonnull(text);
        memcpy(text, valid, size);
        if (size > 0)
            text[(seed >> 16) % size] = (uint8_t)letters[(seed >> 40) % (sizeof(letters) - 1)];
        if (json_member_span(bytes_of(text, size), "id", &value))
            ck_assert(value.at >= text && value.at + value.size <= text + size);
        json_array_spans(bytes_of(text, size), span, COUNT(span));
        for (size_t s = 0; s < COUNT(span); s++)
            ck_assert(span[s].size == 0 || span[s].at + span[s].size <= text + size);
        ck_assert_uint_le(json_line(bytes_of(text, size), path, COUNT(path)), 1);
        ck_assert_uint_le(json_containers(bytes_of(text, size)), size);
        free(text);
    }
}
END_TEST

Suite *json_scan_suite(void)
{
    Suite *suite = suite_create("json_scan");
    TCase *t = tcase_create("json_scan");

    tcase_add_loop_test(t, member, 0, COUNT(members));
    tcase_add_loop_test(t, array, 0, COUNT(arrays));
    tcase_add_loop_test(t, line, 0, COUNT(lines));
    tcase_add_loop_test(t, container_count, 0, COUNT(containers));
    tcase_add_test(t, any_text_is_safe);
    suite_add_tcase(suite, t);
    return suite;
}
