#include "password.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

void password_wipe(struct password *password)
{
    mem_wipe(password, sizeof *password);
}

struct bytes password_bytes(const struct password *password)
{
    return bytes_of(password->byte, password->size);
}

bool secret_read_all(struct buffer *out, const char *path, size_t size_max, struct error *err)
{
    bool standard = strcmp(path, "-") == 0;
    int file = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    ssize_t got = 1;
    bool ok = false;

    if (file < 0)
        return error_system(err, errno, "%s", path);
    buffer_reserve(out, size_max + 1);
    while (got != 0 && out->size <= size_max) {
        got = read(file, out->at + out->size, size_max + 1 - out->size);
        if (got < 0 && errno != EINTR) {
            error_system(err, errno, "%s", standard ? "standard input" : path);
            goto out;
        }
        out->size += got > 0 ? (size_t)got : 0;
    }
    ok = out->size <= size_max ||
         error_set(err, ERROR_LIMIT, "%s: over %zu bytes; is this the right file?", path, size_max);
out:
    if (!standard)
        close(file);
    return ok;
}

void secret_release(struct buffer *buffer)
{
    if (buffer->at)
        mem_wipe(buffer->at, buffer->room);
    buffer_release(buffer);
}

static bool password_from_file(struct password *out, const char *path, struct error *err)
{
    struct buffer content = {0};
    bool ok = secret_read_all(&content, path, PASSWORD_MAX, err);

    if (ok) {
        out->size = content.size;
        if (out->size > 0 && content.at[out->size - 1] == '\n')
            out->size--;
        if (out->size > 0)
            memcpy(out->byte, content.at, out->size);
    }
    secret_release(&content);
    return ok || error_wrap(err, "password file");
}

/* The signals that end or stop a program from its terminal. */
static const int deadly[] = {SIGINT, SIGTERM, SIGQUIT, SIGHUP};

static void on_signal(int number)
{
    (void)number; /* only ends the ppoll below with EINTR */
}

/* One line, or false at a signal. Signals are let in nowhere but in ppoll, so none is missed. */
static bool read_line(struct password *out, int terminal, const sigset_t *let_in)
{
    bool line_end = false;

    while (!line_end && out->size < PASSWORD_MAX) {
        struct pollfd poll = {.fd = terminal, .events = POLLIN};
        ssize_t got;

        if (ppoll(&poll, 1, NULL, let_in) < 0)
            return false;
        got = read(terminal, out->byte + out->size, PASSWORD_MAX - out->size);
        if (got <= 0)
            return false;
        out->size += (size_t)got;
        line_end = out->byte[out->size - 1] == '\n';
    }
    out->size -= line_end ? 1 : 0;
    return line_end;
}

static void put_terminal(int terminal, const char *text)
{
    /* A prompt that can't be shown shows itself in the read that follows. */
    ssize_t ignored = write(terminal, text, strlen(text));

    (void)ignored;
}

/* Echo off, prompt, one line. The caller holds the signals and puts the terminal right again. */
static bool ask(struct password *out, int terminal, const struct termios *before,
                const char *prompt, const sigset_t *let_in)
{
    struct termios silent = *before;
    bool ok;

    silent.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
    if (tcsetattr(terminal, TCSAFLUSH, &silent) != 0)
        return false;
    put_terminal(terminal, prompt);
    ok = read_line(out, terminal, let_in);
    put_terminal(terminal, "\n");
    return ok;
}

bool password_read_terminal(struct password *out, int terminal, const char *prompt,
                            struct error *err)
{
    struct sigaction action = {.sa_handler = on_signal};
    struct sigaction before_action[COUNT(deadly)];
    struct termios before;
    sigset_t held;
    sigset_t before_mask;
    sigset_t let_in;
    bool ok;

    out->size = 0;
    if (tcgetattr(terminal, &before) != 0)
        return error_set(err, ERROR_PASSWORD,
                         "no terminal to ask for the password; give --password-file FILE");
    sigemptyset(&action.sa_mask);
    sigemptyset(&held);
    for (size_t i = 0; i < COUNT(deadly); i++)
        sigaddset(&held, deadly[i]);
    /* Stopped in the midst, the shell would be left without echo. */
    sigaddset(&held, SIGTSTP);
    sigprocmask(SIG_BLOCK, &held, &before_mask);
    for (size_t i = 0; i < COUNT(deadly); i++)
        sigaction(deadly[i], &action, &before_action[i]);
    let_in = before_mask;
    sigaddset(&let_in, SIGTSTP);

    ok = ask(out, terminal, &before, prompt, &let_in);

    /* What was typed and not read is no command for the shell. */
    tcsetattr(terminal, TCSAFLUSH, &before);
    for (size_t i = 0; i < COUNT(deadly); i++)
        sigaction(deadly[i], &before_action[i], NULL);
    sigprocmask(SIG_SETMASK, &before_mask, NULL);
    if (ok)
        return true;
    password_wipe(out);
    return error_set(err, ERROR_PASSWORD, "no password was entered; nothing was done");
}

static bool password_ask(struct password *out, const char *prompt, bool is_new, struct error *err)
{
    struct password again = {0};
    int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    bool ok = password_read_terminal(out, terminal, prompt, err);

    if (ok && is_new) {
        ok = password_read_terminal(&again, terminal, "The same once more: ", err);
        ok = ok && (bytes_equal(password_bytes(out), password_bytes(&again)) ||
                    error_set(err, ERROR_PASSWORD, "the two passwords differ; nothing was done"));
    }
    password_wipe(&again);
    if (terminal >= 0)
        close(terminal);
    return ok;
}

bool password_get(struct password *out, const char *file, const char *prompt, bool is_new,
                  struct error *err)
{
    bool ok;

    password_wipe(out);
    ok = file ? password_from_file(out, file, err) : password_ask(out, prompt, is_new, err);
    if (ok && is_new && out->size == 0)
        ok = error_set(err, ERROR_PASSWORD, "the password is empty; choose one");
    if (!ok)
        password_wipe(out);
    return ok;
}
