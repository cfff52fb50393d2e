#include "command.h"
#include "tool_test.h"

static const struct {
    const char *words;
    enum tool_exit status;
    const char *out, *err;
} lines[] = {
    {"", TOOL_USAGE, NULL, "usage: cairn COMMAND"},
    {"--version", TOOL_DONE, "cairn " CAIRN_VERSION "\n", NULL},
    {"--help", TOOL_DONE, "exit status:\n  0  done\n", NULL},
    {"-h", TOOL_DONE, "genesis check", NULL},
    {"key --help", TOOL_DONE, "key import", NULL},
    {"--help key", TOOL_DONE, "key import", NULL},
    {"key new --help", TOOL_DONE, "--password-file FILE", NULL},
    {"key new --nonsense", TOOL_USAGE, NULL,
     "cairn: unknown option --nonsense; see: cairn key new --help\n"},
    {"ky", TOOL_USAGE, NULL, "cairn: unknown command ky; see: cairn --help\n"},
    {"key", TOOL_USAGE, NULL, "cairn: a command is missing; see: cairn key --help\n"},
    {"key old", TOOL_USAGE, NULL, "cairn: unknown command key old; see: cairn key --help\n"},
    {"ke new", TOOL_USAGE, NULL, "unknown command ke;"},
    {"balance", TOOL_USAGE, NULL, "an argument is missing: ADDRESS; see: cairn balance --help"},
    {"balance 0x1 0x2", TOOL_USAGE, NULL, "one argument too many: 0x2;"},
    {"balance 0x1 --at 1 --at 2", TOOL_USAGE, NULL, "given twice: --at;"},
    {"balance 0x1 --json --json", TOOL_USAGE, "given twice: --json;", NULL},
    {"balance 0x1 --at", TOOL_USAGE, NULL, "a value is missing behind --at;"},
    {"balance 0x1 --a 1", TOOL_USAGE, NULL, "unknown option --a;"},
    {"balance 0x1 -x", TOOL_USAGE, NULL, "unknown option -x;"},
    {"balance -- --at", TOOL_USAGE, NULL, "hex string without 0x prefix"},
    {"key new --light=1", TOOL_USAGE, NULL, "no value goes with --light;"},
    {"--light key new", TOOL_USAGE, NULL, "unknown option --light; see: cairn --help"},
    {"send --to " BOB " --amount 1", TOOL_USAGE, NULL, "missing: --from; see: cairn send --help"},
    {"send --from a --amount 1", TOOL_USAGE, NULL, "missing: --to;"},
    {"send --from a --to " BOB, TOOL_USAGE, NULL, "missing: --amount;"},
    {"genesis new", TOOL_USAGE, NULL, "an argument is missing: FILE;"},
    {"genesis new g", TOOL_USAGE, NULL, "missing: --chain-id;"},
    {"--json nonsense", TOOL_USAGE,
     "{\"error\":{\"exit\":2,\"name\":\"usage\",\"message\":\"unknown command nonsense; see: cairn "
     "--help\"}}\n",
     NULL},
};

START_TEST(command_line)
{
    check_run(lines[_i].words, lines[_i].status, lines[_i].out, lines[_i].err);
}
END_TEST

START_TEST(errors_go_to_one_place_only)
{
    struct run run = run_cairn(NULL, 0, "nonsense");

    ck_assert_str_eq(run.out, "");
    run_free(&run);
    run = run_cairn(NULL, 0, "nonsense --json");
    ck_assert_str_eq(run.err, "");
    run_free(&run);
}
END_TEST

START_TEST(options_stand_anywhere)
{
    static const char *const orders[] = {
        "balance " BOB " --at 7 --json",
        "--json balance --at=7 " BOB,
        "--rpc-url http://other.example balance --json --at 7 " BOB,
        "balance --json --at 7 -- " BOB,
    };
    const struct exchange script[] = {
        {"[\"" BOB "\",\"0x7\"]", ANSWER("\"0x10\""), 0},
    };

    for (size_t i = 0; i < COUNT(orders); i++) {
        struct run run = run_cairn(script, COUNT(script), orders[i]);

        ck_assert_str_eq(run.out,
                         "{\"address\":\"" BOB "\",\"block\":\"0x7\",\"balance\":\"16\"}\n");
        ck_assert_int_eq(run.status, TOOL_DONE);
        run_free(&run);
    }
}
END_TEST

/* What is in the table is explained: each command by --help, each option in it. */
START_TEST(help_of_every_command)
{
    const struct command *command = &commands[_i];
    struct buffer words = {0};
    struct run run;

    buffer_printf(&words, "%s --help", command->name);
    run = run_cairn(NULL, 0, buffer_text(&words));
    ck_assert_int_eq(run.status, TOOL_DONE);
    ck_assert_ptr_nonnull(strstr(run.out, command->name));
    ck_assert_ptr_nonnull(strstr(run.out, command->says));
    for (const struct option_row *row = command->option; row && row->name; row++) {
        ck_assert_msg(strncmp(row->name, "--", 2) == 0, "%s", row->name);
        ck_assert_msg(row->help[0] != '\0' && strstr(run.out, row->help), "%s", row->name);
    }
    for (const char *at = run.out; *at; at += *at == '\n') {
        size_t width = strcspn(at, "\n");

        ck_assert_msg(width <= 100, "%zu columns: %.*s", width, (int)width, at);
        at += width;
    }
    run_free(&run);
    buffer_release(&words);
}
END_TEST

START_TEST(names_are_given_once)
{
    for (size_t i = 0; i < command_count; i++) {
        for (size_t j = 0; j < i; j++)
            ck_assert_str_ne(commands[i].name, commands[j].name);
        for (const struct option_row *row = commands[i].option; row && row->name; row++) {
            for (const struct option_row *all = options_everywhere; all->name; all++)
                ck_assert_str_ne(row->name, all->name);
            for (const struct option_row *other = row + 1; other->name; other++)
                ck_assert_str_ne(row->name, other->name);
        }
    }
}
END_TEST

Suite *command_suite(void);
Suite *command_suite(void)
{
    Suite *suite = suite_create("command");
    TCase *t = tcase_create("command");

    tcase_add_loop_test(t, command_line, 0, COUNT(lines));
    tcase_add_test(t, errors_go_to_one_place_only);
    tcase_add_test(t, options_stand_anywhere);
    tcase_add_loop_test(t, help_of_every_command, 0, (int)command_count);
    tcase_add_test(t, names_are_given_once);
    suite_add_tcase(suite, t);
    return suite;
}
