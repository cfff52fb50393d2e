#include "keys.h"
#include "tool_test.h"

#include <cairn/file.h>
#include <cairn/record.h>

#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

/* The one path that `pattern` matches, which the caller frees. */
static char *only(const char *pattern)
{
    glob_t found;
    char *path;

    ck_assert_msg(glob(pattern, 0, NULL, &found) == 0 && found.gl_pathc == 1, "%s", pattern);
    path = mem_text(found.gl_pathv[0]);
    globfree(&found);
    return path;
}

START_TEST(new_key_lies_in_the_directory)
{
    char *path;
    struct run run;

    place_put("pw", "secret");
    check_run("key new --light --password-file pw", TOOL_DONE, "address        0x", "Keep copies");
    ck_assert_uint_eq(place_mode("cairn"), 0700);
    ck_assert_uint_eq(place_mode("cairn/keys"), 0700);
    path = only("cairn/keys/UTC--20[0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]-[0-5][0-9]-[0-6][0-9]"
                ".?????????Z--????????????????????????????????????????");
    ck_assert_uint_eq(place_mode(path), 0600);
    run = run_cairn(NULL, 0, "key list --json");
    ck_assert_ptr_nonnull(strstr(run.out, path));
    ck_assert_ptr_nonnull(strstr(run.out, "\"validator\":false"));
    run_free(&run);
    mem_free(path);
}
END_TEST

START_TEST(two_new_keys_differ)
{
    struct run a;
    struct run b;

    place_put("pw", "secret");
    a = run_cairn(NULL, 0, "key new --light --password-file pw --out a --json");
    b = run_cairn(NULL, 0, "key new --light --password-file pw --out b --json");
    ck_assert_int_eq(a.status, TOOL_DONE);
    ck_assert_int_eq(b.status, TOOL_DONE);
    ck_assert(strncmp(a.out, b.out, strlen("{\"address\":\"0x") + 40) != 0);
    run_free(&a);
    run_free(&b);
}
END_TEST

static void check_new_record(const char *path)
{
    struct buffer bytes = {0};
    struct record record;
    struct error err = {0};

    ck_assert_uint_eq(place_mode(path), 0600);
    ck_assert_msg(file_read(&bytes, path, RECORD_BYTES_MAX, &err), "%s", err.text);
    ck_assert_msg(record_decode(&record, buffer_bytes(&bytes), &err), "%s", err.text);
    ck_assert(hash_is_zero(&record.genesis));
    ck_assert_uint_eq(record.height, 0);
    ck_assert_int_eq(record.step, RECORD_NEW);
    buffer_release(&bytes);
}

START_TEST(validator_has_a_directory_and_a_record)
{
    char *path;

    place_put("pw", "secret");
    check_run("key new --validator --light --password-file pw", TOOL_DONE, "validator.state", NULL);
    path = only("cairn/keys/validator-*/validator.state");
    check_new_record(path);
    check_run("key list", TOOL_DONE, "validator.key  (validator)\n", NULL);
    mem_free(path);
}
END_TEST

START_TEST(record_is_never_replaced)
{
    place_put("pw", "secret");
    check_run("key new --validator --out v/validator.key --light --password-file pw", TOOL_DONE,
              "record         v/validator.state\n", NULL);
    check_new_record("v/validator.state");
    ck_assert_uint_eq(place_mode("v"), 0700);
    place_put("v/validator.state", "what was signed");
    check_run("key new --validator --out v/other.key --light --password-file pw", TOOL_FILE, NULL,
              "exists already");
    ck_assert_int_ne(access("v/other.key", F_OK), 0);
    ck_assert_int_eq(unlink("v/validator.state"), 0);
    /* A key that is there does not get a record that says it signed nothing. */
    check_run("key new --validator --out v/validator.key --light --password-file pw", TOOL_FILE,
              NULL, "exists already");
    ck_assert_int_ne(access("v/validator.state", F_OK), 0);
}
END_TEST

START_TEST(key_file_is_never_replaced)
{
    place_import_alice();
    check_run("key new --light --password-file pw --out alice.key", TOOL_FILE, NULL,
              "exists already");
    check_run("key address alice.key --password-file pw", TOOL_DONE, ALICE "\n", NULL);
}
END_TEST

/* Rows of a place with alice.key and pw. */
static const struct {
    const char *words;
    enum tool_exit status;
    const char *out, *err;
} imports[] = {
    {"key import alice.key --light --password-file pw", TOOL_DONE, ALICE, ""},
    {"key import digits --light --password-file pw", TOOL_DONE, ALICE, ""},
    {"key import alice.key --light --password-file other", TOOL_KEY, "", "alice.key"},
    {"key import zero --light --password-file pw", TOOL_KEY, "", "from 1 to n - 1"},
    {"key import order --light --password-file pw", TOOL_KEY, "", "from 1 to n - 1"},
    {"key import short --light --password-file pw", TOOL_KEY, "", "neither a key file's JSON"},
    {"key import braces --light --password-file pw", TOOL_KEY, "", "braces"},
    {"key import digits --light --password-file empty", TOOL_KEY, "", "password is empty"},
    {"key import digits --light --password-file absent", TOOL_FILE, "", "password file: absent"},
    {"key import absent --light --password-file pw", TOOL_FILE, "", "absent"},
    {"key import digits --out a --key-dir b", TOOL_USAGE, "", "give one"},
    {"key import digits --out alice.key --light --password-file pw", TOOL_FILE, "", "alice.key"},
};

START_TEST(secret_is_imported)
{
    place_import_alice();
    place_put("other", "correct horse\n\n"); /* one newline is left out, not two */
    place_put("empty", "\n");
    place_put("digits", "  0X1111111111111111111111111111111111111111111111111111111111111111\r\n");
    place_put("zero", "0000000000000000000000000000000000000000000000000000000000000000");
    place_put("order", "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");
    place_put("short", "11111111111111111111111111111111111111111111111111111111111111");
    place_put("braces", " {}");
    check_run(imports[_i].words, imports[_i].status, imports[_i].out, imports[_i].err);
}
END_TEST

START_TEST(import_reads_standard_input)
{
    place_import_alice();
    ck_assert_ptr_nonnull(freopen("alice.secret", "re", stdin));
    check_run("key import - --light --password-file pw", TOOL_DONE, ALICE, NULL);
    check_run("key import alice.secret --light --password-file pw", TOOL_KEY, NULL,
              "there already: ");
}
END_TEST

START_TEST(secrets_do_not_show)
{
    static const char digits[] = "111111111111";
    struct run run;

    place_import_alice();
    place_put("short", digits);
    run = run_cairn(NULL, 0, "key import short --light --password-file pw");
    ck_assert_ptr_null(strstr(run.err, digits));
    run_free(&run);
    run = run_cairn(NULL, 0, "key import alice.secret --light --password-file pw --json");
    ck_assert_int_eq(run.status, TOOL_DONE);
    ck_assert_ptr_null(strstr(run.out, digits));
    ck_assert_ptr_null(strstr(run.out, "horse"));
    run_free(&run);
}
END_TEST

START_TEST(key_is_found)
{
    place_import_alice();
    ck_assert_int_eq(mkdir("keys", 0700), 0);
    ck_assert_int_eq(rename("alice.key", "keys/alice.key"), 0);
    place_put("keys/notes.txt", "no key");
    check_run("key address alice.key --key-dir keys", TOOL_DONE, ALICE "\n", NULL);
    check_run("key address keys/alice.key", TOOL_DONE, ALICE "\n", NULL);
    check_run("key address " ALICE " --key-dir keys --json", TOOL_DONE,
              "{\"address\":\"" ALICE "\"}\n", NULL);
    check_run("key address 0x19e7e376e7c213b7e7e7e46cc70a5dd086daff2a --key-dir keys", TOOL_DONE,
              ALICE "\n", NULL);
    check_run("key address alice.key", TOOL_KEY, NULL, "\"alice.key\" is no address");
    check_run("key address " BOB " --key-dir keys", TOOL_KEY, NULL,
              "no key of that address in keys");
    check_run("key address keys/notes.txt", TOOL_KEY, NULL, "keys/notes.txt");
    check_run("key list --key-dir keys", TOOL_DONE, ALICE "  keys/alice.key\n", NULL);
    check_run("key list --key-dir nowhere", TOOL_DONE, "", "No keys in nowhere");
}
END_TEST

/* The address in a key file is not covered by its MAC: who can write the file can change it. */
START_TEST(address_that_lies_is_found_out)
{
    struct buffer json = {0};
    struct error err = {0};
    char *at;

    place_import_alice();
    ck_assert(file_read(&json, "alice.key", KEYFILE_SIZE_MAX, &err));
    buffer_text(&json);
    at = strstr((char *)json.at, "19e7e376");
    ck_assert_ptr_nonnull(at);
    *at = '2';
    place_put("liar.key", (const char *)json.at);
    buffer_release(&json);
    check_run("key address liar.key", TOOL_DONE, "0x29", NULL);
    check_run("key address liar.key --password-file pw", TOOL_KEY, "", "another address");
}
END_TEST

START_TEST(directory_follows_the_environment)
{
    static const struct {
        const char *data, *home, *option, *directory; /* NULL: refused */
    } rows[] = {
        {"/data", "/home/a", NULL, "/data/cairn/keys"},
        {"relative", "/home/a", NULL, "/home/a/.local/share/cairn/keys"},
        {"", "/home/a", NULL, "/home/a/.local/share/cairn/keys"},
        {"/data", "/home/a", "here", "here"},
        {"", "", NULL, NULL},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buffer directory = {0};
        struct error err = {0};

        setenv("XDG_DATA_HOME", rows[i].data, 1);
        setenv("HOME", rows[i].home, 1);
        if (keys_directory(&directory, rows[i].option, &err))
            ck_assert_str_eq(buffer_text(&directory), rows[i].directory);
        else
            ck_assert_msg(!rows[i].directory && err.code == ERROR_USAGE, "%s", err.text);
        buffer_release(&directory);
    }
}
END_TEST

Suite *keys_suite(void);
Suite *keys_suite(void)
{
    Suite *suite = suite_create("keys");
    TCase *t = tcase_create("keys");

    tcase_add_checked_fixture(t, place_setup, place_teardown);
    tcase_add_test(t, new_key_lies_in_the_directory);
    tcase_add_test(t, two_new_keys_differ);
    tcase_add_test(t, validator_has_a_directory_and_a_record);
    tcase_add_test(t, record_is_never_replaced);
    tcase_add_test(t, key_file_is_never_replaced);
    tcase_add_loop_test(t, secret_is_imported, 0, COUNT(imports));
    tcase_add_test(t, import_reads_standard_input);
    tcase_add_test(t, secrets_do_not_show);
    tcase_add_test(t, key_is_found);
    tcase_add_test(t, address_that_lies_is_found_out);
    tcase_add_test(t, directory_follows_the_environment);
    suite_add_tcase(suite, t);
    return suite;
}
