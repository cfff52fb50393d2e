/* Options from the command line, the environment and a file: which wins, and what is refused. */
#include "options.h"
#include "test/unit.h"

#include <cairn/file.h>

#include <unistd.h>

enum { ARGUMENTS_MAX = 8 };

static bool load(struct config *config, struct error *err, const char *const *argument)
{
    char *argv[ARGUMENTS_MAX + 2] = {mem_text("cairnd")};
    int argc = 1;
    bool ok;

    for (; argument[argc - 1]; argc++)
        argv[argc] = mem_text(argument[argc - 1]);
    *err = (struct error){0};
    ok = config_load(config, argc, argv, err);
    for (int i = 0; i < argc; i++)
        mem_free(argv[i]);
    return ok;
}

#define LOAD(config, err, ...) load(config, err, (const char *[]){__VA_ARGS__, NULL})

static void write_file(char path[64], const char *text)
{
    struct error err = {0};
    int file;

    snprintf(path, 64, "/tmp/cairn-config-test-XXXXXX");
    file = mkstemp(path);
    ck_assert_int_ge(file, 0);
    close(file);
    ck_assert_msg(file_write_atomic(path, bytes_of_text(text), 0600, &err), "%s", err.text);
}

START_TEST(the_command_line_wins_over_the_variable_that_over_the_file)
{
    struct config config;
    struct error err;
    char path[64];

    write_file(path, "[rpc]\nbatch-max = 3\nlisten = 0.0.0.0:1\n[mempool]\ntx-max = 30\n");
    ck_assert_int_eq(setenv("CAIRN_RPC_BATCH_MAX", "4", 1), 0);
    ck_assert_int_eq(setenv("CAIRN_CONFIG", path, 1), 0);
    ck_assert_msg(LOAD(&config, &err, "--dev", "--rpc-listen=[::1]:7"), "%s", err.text);
    ck_assert_uint_eq(config.mempool_tx_max, 30); /* the file alone */
    ck_assert_uint_eq(config.rpc_batch_max, 4);   /* the variable over the file */
    ck_assert_str_eq(config.rpc_host, "::1");     /* the command line over the file */
    ck_assert_uint_eq(config.rpc_port, 7);
    ck_assert_uint_eq(config.rpc_idle_s, 120); /* the default */
    config_release(&config);
    ck_assert_msg(LOAD(&config, &err, "--dev", "--rpc-batch-max", "5"), "%s", err.text);
    ck_assert_uint_eq(config.rpc_batch_max, 5); /* over the variable */
    config_release(&config);
    unlink(path);
}
END_TEST

static const struct {
    const char *says, *argument[3], *message;
} refused[] = {
    {"no chain is named", {"--no-rpc"}, "which chain?"},
    {"not a number",
     {"--dev", "--rpc-batch-max=x"},
     "--rpc-batch-max \"x\" (command line): not a number"},
    {"a sign is none", {"--dev", "--rpc-batch-max=-1"}, "not a number"},
    {"over 64 bits is none", {"--dev", "--rpc-suggested-tip=18446744073709551616"}, "not a number"},
    {"below the least", {"--dev", "--rpc-batch-max=0"}, "must be 1 to 100000"},
    {"above the most", {"--dev", "--workers=65"}, "must be 0 to 64"},
    {"a unit that there is not", {"--dev", "--store-cache=64MB"}, "not a number of bytes"},
    {"bytes that overflow", {"--dev", "--store-cache=99999999999GiB"}, "not a number of bytes"},
    {"a flag's odd value", {"--dev=perhaps"}, "must be true or false"},
    {"nothing where a text is wanted",
     {"--dev", "--data-dir="},
     "--data-dir (command line): is empty"},
    {"an option without its value", {"--dev", "--data-dir"}, "--data-dir needs DIR behind it"},
    {"no such option", {"--dev", "--loud"}, "unknown option --loud"},
    {"no option at all", {"dev"}, "\"dev\" is no option"},
    {"an empty argument", {"--dev", ""}, "\"\" is no option"},
    {"two chains", {"--dev", "--genesis=x"}, "--dev and --genesis"},
    {"a throw-away network", {"--genesis=x", "--temporary"}, "--temporary goes with --dev"},
    {"a pace beside the genesis's",
     {"--genesis=x", "--block-time=1"},
     "--block-time goes with --dev"},
    {"a body over all bodies", {"--dev", "--rpc-body-max=200MiB"}, "more than --rpc-bodies-max"},
    {"a password of nothing", {"--dev", "--password-file=x"}, "--password-file goes with"},
    {"a record of nothing", {"--genesis=x", "--new-validator-state"}, "no --validator-key"},
};

START_TEST(a_wrong_word_is_named_with_its_source)
{
    const char *argument[4] = {0};
    struct config config;
    struct error err;

    for (size_t i = 0; i < 3 && refused[_i].argument[i]; i++)
        argument[i] = refused[_i].argument[i];
    ck_assert_msg(!load(&config, &err, argument), "%s", refused[_i].says);
    ck_assert_int_eq(err.code, ERROR_USAGE);
    ck_assert_msg(strstr(err.text, refused[_i].message) != NULL, "%s: %s", refused[_i].says,
                  err.text);
    config_release(&config);
}
END_TEST

static const struct {
    const char *says, *text, *message;
} files[] = {
    {"no such key", "[rpc]\nlisten = 127.0.0.1:0\nlistens = x\n",
     ":3: unknown key \"listens\" in [rpc]"},
    {"a key that another begins with", "[rpc]\nbody-maximum = 1\nbody-max = x\n",
     ":2: unknown key"},
    {"a wrong value in its line", "[rpc]\n\n; a word\nbody-max = x\n",
     ":4): not a number of bytes"},
    {"neither section nor key", "[rpc]\nwhatever\n", ":2: neither [section] nor key = value"},
};

START_TEST(a_file_is_named_with_its_line)
{
    struct config config;
    struct error err;
    char path[64];

    write_file(path, files[_i].text);
    ck_assert_msg(!LOAD(&config, &err, "--dev", "--config", path), "%s", files[_i].says);
    ck_assert_msg(strstr(err.text, path) && strstr(err.text, files[_i].message), "%s: %s",
                  files[_i].says, err.text);
    config_release(&config);
    unlink(path);
}
END_TEST

/* Every option of the page takes its own default, as if somebody had said it. */
START_TEST(every_default_is_a_good_value)
{
    struct buffer page = {0};
    struct config config;
    struct error err;
    size_t options = 0;

    config_help(&page);
    for (const char *at = buffer_text(&page); (at = strstr(at, "\n  --")); at++) {
        const char *name = at + 3, *end = strchr(name, '\n'), *value = strstr(name, "(default: ");
        char argument[128];

        options++;
        if (!value || value > end)
            continue;
        value += strlen("(default: ");
        snprintf(argument, sizeof argument, "%.*s=%.*s", (int)strcspn(name, " \n"), name,
                 (int)strcspn(value, ")"), value);
        ck_assert_msg(LOAD(&config, &err, "--dev", argument), "%s", err.text);
        config_release(&config);
    }
    ck_assert_uint_gt(options, 30);
    buffer_release(&page);
}
END_TEST

START_TEST(lists_and_units)
{
    struct config config;
    struct error err;

    ck_assert_msg(LOAD(&config, &err, "--dev", "--rpc-vhosts=a,b,,c", "--rpc-body-max=2MiB",
                       "--block-time=250"),
                  "%s", err.text);
    ck_assert_uint_eq(config.rpc_vhosts.count, 3);
    ck_assert_str_eq(config.rpc_vhosts.item[2], "c");
    ck_assert_uint_eq(config.rpc_body_max, 2 * 1024 * 1024);
    ck_assert(config.block_time_given);
    ck_assert_uint_eq(config.block_time, 250);
    config_release(&config);
}
END_TEST

Suite *options_suite(void);
Suite *options_suite(void)
{
    Suite *suite = suite_create("config");
    TCase *tcase = tcase_create("config");

    tcase_add_test(tcase, the_command_line_wins_over_the_variable_that_over_the_file);
    tcase_add_loop_test(tcase, a_wrong_word_is_named_with_its_source, 0, COUNT(refused));
    tcase_add_loop_test(tcase, a_file_is_named_with_its_line, 0, COUNT(files));
    tcase_add_test(tcase, every_default_is_a_good_value);
    tcase_add_test(tcase, lists_and_units);
    suite_add_tcase(suite, tcase);
    return suite;
}
