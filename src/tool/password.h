/* Passwords and secrets from where they may come from: a terminal without echo, a file, standard
 * input. Never an argument or the environment, which other users of the machine can read. */
#ifndef CAIRN_TOOL_PASSWORD_H
#define CAIRN_TOOL_PASSWORD_H
#include <cairn/error.h>

enum { PASSWORD_MAX = 1024 };

/* Wiped by who holds it (password_wipe). */
struct password {
    uint8_t byte[PASSWORD_MAX];
    size_t size;
};

/* From `file`, one newline at its end left out; with NULL from the terminal: `prompt`, and where it
 * will protect a new key, asked twice. A new one may not be empty. ERROR_PASSWORD, ERROR_IO. */
bool password_get(struct password *out, const char *file, const char *prompt, bool is_new,
                  struct error *err) MUST_CHECK;
void password_wipe(struct password *password);
struct bytes password_bytes(const struct password *password);

/* Writes `prompt` to the terminal and reads a line without echo. Whatever happens, signals
 * included, the terminal is as it was. */
bool password_read_terminal(struct password *out, int terminal, const char *prompt,
                            struct error *err) MUST_CHECK;

/* Reads to the end of `path` ("-": standard input), a pipe too; at most `size_max` bytes.
 * `out` has room for them at once: a buffer that grows leaves copies of secrets in freed memory. */
bool secret_read_all(struct buffer *out, const char *path, size_t size_max,
                     struct error *err) MUST_CHECK;
/* Wipes all its room, then releases it. */
void secret_release(struct buffer *buffer);

#endif
