#include "test/unit.h"

#include <cairn/log.h>

#include <errno.h>
#include <unistd.h>

Suite *log_suite(void);

enum { LINE_SIZE = 4096 };

static int out_of_log, into_log; /* a pipe; a line is at most what fits into it unread */

static uint64_t some_day(void)
{
    return UINT64_C(1795532400123); /* 2026-11-24T15:00:00.123Z */
}

static void open_log(enum log_format format, enum log_level level, uint64_t (*now_ms)(void))
{
    int pipe_end[2];

    ck_assert_int_eq(pipe(pipe_end), 0);
    out_of_log = pipe_end[0];
    into_log = pipe_end[1];
    log_open(&(struct log_options){
        .level = level, .format = format, .descriptor = into_log, .now_ms = now_ms});
}

/* Ends the log and gives all that was written. */
static const char *written(void)
{
    static char text[2 * LINE_SIZE];
    size_t size = 0;
    ssize_t got;

    close(into_log);
    while ((got = read(out_of_log, text + size, sizeof(text) - 1 - size)) > 0)
        size += (size_t)got;
    ck_assert_int_eq(got, 0);
    close(out_of_log);
    text[size] = 0;
    return text;
}

START_TEST(text_form)
{
    open_log(LOG_TEXT, LOG_DEBUG, some_day);
    log_info("engine", "block %d stored", 17);
    log_error("store", "disk full");
    log_debug("rpc", "%s", "connection closed");
    ck_assert_str_eq(written(), "2026-11-24T15:00:00.123Z INFO  engine: block 17 stored\n"
                                "2026-11-24T15:00:00.123Z ERROR store: disk full\n"
                                "2026-11-24T15:00:00.123Z DEBUG rpc: connection closed\n");
}
END_TEST

START_TEST(json_form)
{
    open_log(LOG_JSON, LOG_INFO, some_day);
    log_warn("net", "peer \"%s\" left", "a\\b");
    ck_assert_str_eq(written(), "{\"time\":\"2026-11-24T15:00:00.123Z\",\"level\":\"warn\","
                                "\"room\":\"net\",\"message\":\"peer \\\"a\\\\b\\\" left\"}\n");
}
END_TEST

START_TEST(without_a_clock)
{
    open_log(LOG_TEXT, LOG_INFO, NULL);
    log_info("tool", "done");
    ck_assert_str_eq(written(), "INFO  tool: done\n");
    open_log(LOG_JSON, LOG_INFO, NULL);
    log_info("tool", "done");
    ck_assert_str_eq(written(), "{\"level\":\"info\",\"room\":\"tool\",\"message\":\"done\"}\n");
}
END_TEST

static const struct {
    const char *says, *message, *text, *json;
} strangers[] = {
    {"a line end can't begin a line of its own", "a\nb", "a\\x0ab", "a\\\\x0ab"},
    {"nor can an escape drive the terminal", "\x1b[2J", "\\x1b[2J", "\\\\x1b[2J"},
    {"nor DEL", "\x7f", "\\x7f", "\\\\x7f"},
    {"nor C1 in UTF-8", "\xc2\x9b", "\\xc2\\x9b", "\\\\xc2\\\\x9b"},
    {"the first printable behind C1", "\xc2\xa0", "\xc2\xa0", "\xc2\xa0"},
    {"what is not UTF-8 is told byte by byte", "\xff\xe2\x82", "\\xff\\xe2\\x82",
     "\\\\xff\\\\xe2\\\\x82"},
    {"UTF-8 stays", "caf\xc3\xa9", "caf\xc3\xa9", "caf\xc3\xa9"},
    {"a quote can't leave its JSON string", "\",\"x\":\"", "\",\"x\":\"", "\\\",\\\"x\\\":\\\""},
};

START_TEST(stranger_s_text)
{
    char expected[256];

    open_log(LOG_TEXT, LOG_INFO, NULL);
    log_info("net", "%s", strangers[_i].message);
    snprintf(expected, sizeof(expected), "INFO  net: %s\n", strangers[_i].text);
    ck_assert_msg(strcmp(written(), expected) == 0, "%s", strangers[_i].says);
    open_log(LOG_JSON, LOG_INFO, NULL);
    log_info("net", "%s", strangers[_i].message);
    snprintf(expected, sizeof(expected),
             "{\"level\":\"info\",\"room\":\"net\",\"message\":\"%s\"}\n", strangers[_i].json);
    ck_assert_msg(strcmp(written(), expected) == 0, "%s", strangers[_i].says);
}
END_TEST

/* The worst is a text of which each byte takes five. */
START_TEST(line_is_bounded)
{
    static const char *const letters[] = {"a", "\n", "\xe2\x82\xac", "\\"};
    static char message[3 * LINE_SIZE];
    enum log_format format = _i % 2 == 0 ? LOG_TEXT : LOG_JSON;
    const char *letter = letters[_i / 2], *tail = format == LOG_TEXT ? "…\n" : "…\"}\n";
    size_t step = strlen(letter), size;
    const char *line;

    for (size_t i = 0; i + step < sizeof(message); i += step)
        memcpy(message + i, letter, step);
    open_log(format, LOG_INFO, some_day);
    log_info("net", "%s", message);
    line = written();
    size = strlen(line);
    ck_assert_uint_le(size, LINE_SIZE);
    ck_assert_uint_gt(size, LINE_SIZE - 32);
    ck_assert_str_eq(line + size - strlen(tail), tail);
    ck_assert_ptr_eq(strchr(line, '\n'), line + size - 1);
    for (size_t i = 0, character; i < size; i += character) {
        character = utf8_size(bytes_of(line + i, size - i));
        ck_assert_uint_gt(character, 0);
    }
}
END_TEST

START_TEST(levels)
{
    open_log(LOG_TEXT, LOG_WARN, NULL);
    ck_assert(log_wants(LOG_ERROR) && log_wants(LOG_WARN) && !log_wants(LOG_INFO));
    log_info("a", "left out");
    log_warn("a", "told");
    log_debug("a", "left out");
    log_set_level(LOG_DEBUG);
    log_debug("a", "told too");
    ck_assert_str_eq(written(), "WARN  a: told\nDEBUG a: told too\n");
}
END_TEST

START_TEST(level_names)
{
    enum log_level level;

    for (int i = 0; i < LOG_LEVEL_COUNT; i++) {
        ck_assert(log_level_parse(&level, log_level_name((enum log_level)i)));
        ck_assert_int_eq((int)level, i);
    }
    ck_assert(!log_level_parse(&level, "INFO") && !log_level_parse(&level, ""));
}
END_TEST

START_TEST(errno_is_kept)
{
    open_log(LOG_TEXT, LOG_INFO, NULL);
    log_set_level(LOG_INFO);
    close(into_log);
    errno = ENOENT;
    log_info("a", "nobody can read it");
    ck_assert_int_eq(errno, ENOENT);
    close(out_of_log);
}
END_TEST

Suite *log_suite(void)
{
    Suite *suite = suite_create("log");
    TCase *t = tcase_create("log");

    tcase_add_test(t, text_form);
    tcase_add_test(t, json_form);
    tcase_add_test(t, without_a_clock);
    tcase_add_loop_test(t, stranger_s_text, 0, COUNT(strangers));
    tcase_add_loop_test(t, line_is_bounded, 0, 8);
    tcase_add_test(t, levels);
    tcase_add_test(t, level_names);
    tcase_add_test(t, errno_is_kept);
    suite_add_tcase(suite, t);
    return suite;
}
