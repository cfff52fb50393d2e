#include "password.h"
#include "tool_test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

struct terminal {
    int master, slave;
};

static struct terminal terminal_open(void)
{
    struct terminal t;

    t.master = posix_openpt(O_RDWR | O_NOCTTY);
    ck_assert_msg(t.master >= 0, "no pseudo-terminal (%s): is devpts mounted at /dev/pts?",
                  strerror(errno));
    ck_assert_int_eq(grantpt(t.master), 0);
    ck_assert_int_eq(unlockpt(t.master), 0);
    t.slave = open(ptsname(t.master), O_RDWR | O_NOCTTY);
    ck_assert_int_ge(t.slave, 0);
    return t;
}

static bool echoes(int terminal)
{
    struct termios modes;

    ck_assert_int_eq(tcgetattr(terminal, &modes), 0);
    return modes.c_lflag & ECHO;
}

/* Reads what the terminal shows until it ends with `end`; returns false when it closed before. */
static bool see(int master, char *shown, size_t room, const char *end)
{
    size_t size = strlen(shown);

    while (size < strlen(end) || strcmp(shown + size - strlen(end), end) != 0) {
        ssize_t got = read(master, shown + size, room - 1 - size);

        if (got <= 0)
            return false;
        size += (size_t)got;
        shown[size] = '\0';
    }
    return true;
}

/* A person: waits for the prompt, types, and looks that only prompt and new line were shown. */
static pid_t person(int master, const char *types)
{
    pid_t child = fork();

    ck_assert_int_ge(child, 0);
    if (child == 0) {
        char shown[128] = "";

        if (!see(master, shown, sizeof shown, "Password: ") ||
            write(master, types, strlen(types)) != (ssize_t)strlen(types) ||
            !see(master, shown, sizeof shown, "\n"))
            _exit(1);
        _exit(strcmp(shown, "Password: \r\n") == 0 ? 0 : 2);
    }
    return child;
}

static void check_content(pid_t child)
{
    int status = -1;

    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the person saw %d", status);
}

START_TEST(password_is_not_shown)
{
    struct terminal t = terminal_open();
    struct password password;
    struct error err = {0};
    pid_t child = person(t.master, "tr\xc3\xa4umer 1\n");

    ck_assert(echoes(t.slave));
    ck_assert_msg(password_read_terminal(&password, t.slave, "Password: ", &err), "%s", err.text);
    ck_assert_uint_eq(password.size, strlen("tr\xc3\xa4umer 1"));
    ck_assert_mem_eq(password.byte, "tr\xc3\xa4umer 1", password.size);
    ck_assert(echoes(t.slave));
    check_content(child);
}
END_TEST

START_TEST(end_of_input_is_no_password)
{
    struct terminal t = terminal_open();
    struct password password;
    struct error err = {0};
    pid_t child = person(t.master, "\x04"); /* control-D */

    ck_assert(!password_read_terminal(&password, t.slave, "Password: ", &err));
    ck_assert_int_eq(err.code, ERROR_PASSWORD);
    ck_assert_uint_eq(password.size, 0);
    ck_assert(echoes(t.slave));
    check_content(child);
}
END_TEST

/* Whoever gives up at the prompt gets a terminal that echoes, and the program its handlers back. */
START_TEST(signal_ends_the_question)
{
    struct terminal t = terminal_open();
    struct password password;
    struct error err = {0};
    struct sigaction before;
    struct sigaction after;
    pid_t parent = getpid();
    pid_t child = fork();

    ck_assert_int_ge(child, 0);
    if (child == 0) {
        char shown[128] = "";

        if (!see(t.master, shown, sizeof shown, "Password: ") || kill(parent, SIGINT) != 0)
            _exit(1);
        _exit(0);
    }
    ck_assert_int_eq(sigaction(SIGINT, NULL, &before), 0);
    ck_assert(!password_read_terminal(&password, t.slave, "Password: ", &err));
    ck_assert_int_eq(err.code, ERROR_PASSWORD);
    ck_assert(echoes(t.slave));
    ck_assert_int_eq(sigaction(SIGINT, NULL, &after), 0);
    ck_assert(after.sa_handler == before.sa_handler);
    check_content(child);
}
END_TEST

START_TEST(no_terminal_no_question)
{
    struct password password;
    struct error err = {0};

    ck_assert(!password_read_terminal(&password, -1, "Password: ", &err));
    ck_assert_ptr_nonnull(strstr(err.text, "give --password-file FILE"));
}
END_TEST

START_TEST(password_file)
{
    static const struct {
        const char *content, *password; /* NULL: refused */
        bool is_new;
    } rows[] = {
        {"secret", "secret", true},
        {"secret\n", "secret", true},
        {"secret\n\n", "secret\n", true},
        {" secret ", " secret ", true},
        {"\n", NULL, true},
        {"", "", false},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct password password;
        struct error err = {0};

        place_put("pw", rows[i].content);
        if (password_get(&password, "pw", "", rows[i].is_new, &err))
            ck_assert(bytes_equal(password_bytes(&password), bytes_of_text(rows[i].password)));
        else
            ck_assert_msg(!rows[i].password && err.code == ERROR_PASSWORD, "%s", err.text);
    }
}
END_TEST

START_TEST(password_file_is_bounded)
{
    char content[PASSWORD_MAX + 2];
    struct password password;
    struct error err = {0};

    memset(content, 'x', sizeof content);
    content[PASSWORD_MAX] = '\0';
    place_put("pw", content);
    ck_assert(password_get(&password, "pw", "", true, &err));
    ck_assert_uint_eq(password.size, PASSWORD_MAX);
    content[PASSWORD_MAX] = 'x';
    content[PASSWORD_MAX + 1] = '\0';
    place_put("pw", content);
    ck_assert(!password_get(&password, "pw", "", true, &err));
    ck_assert_int_eq(err.code, ERROR_LIMIT);
}
END_TEST

Suite *password_suite(void);
Suite *password_suite(void)
{
    Suite *suite = suite_create("password");
    TCase *t = tcase_create("password");

    tcase_add_checked_fixture(t, place_setup, place_teardown);
    tcase_add_test(t, password_is_not_shown);
    tcase_add_test(t, end_of_input_is_no_password);
    tcase_add_test(t, signal_ends_the_question);
    tcase_add_test(t, no_terminal_no_question);
    tcase_add_test(t, password_file);
    tcase_add_test(t, password_file_is_bounded);
    suite_add_tcase(suite, t);
    return suite;
}
