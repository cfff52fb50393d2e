#include "test/unit.h"

#include <cairn/json.h>

Suite *json_write_suite(void);

START_TEST(every_kind)
{
    struct hash hash = {.byte = {[31] = 0xab}};
    struct address address = {.byte = {0xcd}};
    struct buffer out = {0};
    struct json_writer w = json_writer_of(&out);

    json_object_begin(&w);
    json_put_key(&w, "null");
    json_put_null(&w);
    json_put_key(&w, "bools");
    json_array_begin(&w);
    json_put_bool(&w, true);
    json_put_bool(&w, false);
    json_array_end(&w);
    json_put_key(&w, "numbers");
    json_array_begin(&w);
    json_put_number(&w, 0);
    json_put_number(&w, UINT64_MAX);
    json_array_end(&w);
    json_put_key(&w, "hex");
    json_array_begin(&w);
    json_put_quantity(&w, 0x1f);
    json_put_quantity_u256(&w, &(struct u256){{0, 1}});
    json_put_data(&w, bytes_of("\x00\xff", 2));
    json_put_data(&w, bytes_of(NULL, 0));
    json_put_hash(&w, &hash);
    json_put_address(&w, &address);
    json_array_end(&w);
    json_put_key(&w, "raw");
    json_put_raw(&w, bytes_of_text("12345678901234567890123"));
    json_put_key(&w, "empty");
    json_object_begin(&w);
    json_object_end(&w);
    json_put_key(&w, "text");
    json_put_text(&w, "a");
    json_object_end(&w);
    ck_assert_str_eq(buffer_text(&out),
                     "{\"null\":null,\"bools\":[true,false],\"numbers\":[0,18446744073709551615],"
                     "\"hex\":[\"0x1f\",\"0x10000000000000000\",\"0x00ff\",\"0x\","
                     "\"0x00000000000000000000000000000000000000000000000000000000000000ab\","
                     "\"0xcd00000000000000000000000000000000000000\"],"
                     "\"raw\":12345678901234567890123,\"empty\":{},\"text\":\"a\"}");
    buffer_release(&out);
}
END_TEST

START_TEST(nested_commas)
{
    struct buffer out = {0};
    struct json_writer w = json_writer_of(&out);

    json_array_begin(&w);
    for (int i = 0; i < 3; i++) {
        json_array_begin(&w);
        if (i == 1)
            json_put_null(&w);
        json_array_end(&w);
    }
    json_put_number(&w, 1);
    json_array_end(&w);
    ck_assert_str_eq(buffer_text(&out), "[[],[null],[],1]");
    buffer_release(&out);
}
END_TEST

static const struct {
    const char *says, *text, *json;
} texts[] = {
    {"nothing", "", "\"\""},
    {"plain", "abc/", "\"abc/\""},
    {"quotes and slashes", "a\"b\\", "\"a\\\"b\\\\\""},
    {"short escapes", "\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\""},
    {"other control bytes", "\x01\x1f", "\"\\u0001\\u001f\""},
    {"UTF-8 as it is", "caf\xc3\xa9 \xf0\x9f\x98\x80", "\"caf\xc3\xa9 \xf0\x9f\x98\x80\""},
    {"what is not UTF-8 is marked", "a\xff\xe2\x82z", "\"a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz\""},
    {"a surrogate is not UTF-8", "\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
};

START_TEST(escapes)
{
    struct buffer out = {0};
    struct json_writer w = json_writer_of(&out);

    json_put_text(&w, texts[_i].text);
    ck_assert_msg(strcmp(buffer_text(&out), texts[_i].json) == 0, "%s: %s", texts[_i].says,
                  buffer_text(&out));
    buffer_release(&out);
}
END_TEST

/* Every byte alone and in company gives JSON; what was UTF-8 without NUL comes back the same. */
START_TEST(any_text_is_json)
{
    for (unsigned a = 0; a < 256; a++) {
        for (unsigned b = 0; b < 256; b++) {
            const uint8_t bytes[3] = {(uint8_t)a, (uint8_t)b, 'z'};
            struct bytes text = bytes_of(bytes, sizeof(bytes));
            size_t first = utf8_size(text), second = utf8_size(bytes_from(text, 1));
            struct buffer out = {0};
            struct json_writer w = json_writer_of(&out);
            struct error err = {0};
            json_t *value = NULL;

            json_put_bytes_text(&w, text);
            if (a == 0 || b == 0) { /* written as \u0000, which our own parser refuses */
                ck_assert_ptr_nonnull(strstr(buffer_text(&out), "\\u0000"));
            } else {
                ck_assert_msg(json_parse(&value, buffer_bytes(&out), 1, &err), "%s", err.text);
                if (first == 2 || (first == 1 && second == 1))
                    ck_assert(bytes_equal(
                        text, bytes_of(json_string_value(value), json_string_length(value))));
            }
            json_decref(value);
            buffer_release(&out);
        }
    }
}
END_TEST

START_TEST(tree)
{
    static const char text[] = "{\"a\":[1,\"b\\n\",null,true],\"c\":{}}";
    struct buffer out = {0};
    struct json_writer w = json_writer_of(&out);
    struct error err = {0};
    json_t *value = NULL;

    ck_assert_msg(json_parse(&value, bytes_of_text(text), 4, &err), "%s", err.text);
    json_array_begin(&w);
    json_put_tree(&w, value);
    json_put_tree(&w, json_object_get(value, "c"));
    json_put_tree(&w, json_array_get(json_object_get(value, "a"), 1));
    json_array_end(&w);
    ck_assert_str_eq(buffer_text(&out), "[{\"a\":[1,\"b\\n\",null,true],\"c\":{}},{},\"b\\n\"]");
    json_decref(value);
    buffer_release(&out);
}
END_TEST

Suite *json_write_suite(void)
{
    Suite *suite = suite_create("json_write");
    TCase *t = tcase_create("json_write");

    tcase_add_test(t, every_kind);
    tcase_add_test(t, nested_commas);
    tcase_add_loop_test(t, escapes, 0, COUNT(texts));
    tcase_add_test(t, any_text_is_json);
    tcase_add_test(t, tree);
    suite_add_tcase(suite, t);
    return suite;
}
