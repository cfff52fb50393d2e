#include "signer.h"

#include <cairn/file.h>
#include <cairn/genesis.h>
#include <cairn/keyfile.h>

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

enum { PASSWORD_MAX = 4096 };

struct signer {
    struct secret secret;
    struct consensus_key key;
    struct record record;
    char *record_path;
    struct file_lock *lock;
};

static bool sign(void *context, const struct hash *digest, struct signature *out, struct error *err)
{
    const struct signer *signer = context;

    return secret_sign(out, &signer->secret, digest) ||
           error_set(err, ERROR_KEY, "the validator's key is out of range");
}

/* `name` in the directory of `path`. */
static char *path_beside(const char *path, const char *name)
{
    const char *slash = strrchr(path, '/');
    struct buffer out = {0};
    char *text;

    if (slash)
        buffer_put(&out, bytes_of(path, (size_t)(slash - path) + 1));
    buffer_put_text(&out, name);
    text = mem_text(buffer_text(&out));
    buffer_release(&out);
    return text;
}

static void on_signal(int number)
{
    (void)number; /* only ends the ppoll below */
}

/* One line without echo. A signal ends it, and the terminal is put right again before the program
 * ends. */
static bool line_read(char *line, size_t *size, int terminal)
{
    const struct sigaction end = {.sa_handler = on_signal};
    struct pollfd poll = {.fd = terminal, .events = POLLIN};
    struct sigaction interrupt, terminate;
    struct termios before, silent;
    sigset_t held, let_in;
    ssize_t got = -1;

    if (tcgetattr(terminal, &before) != 0)
        return false;
    silent = before;
    silent.c_lflag &= ~(tcflag_t)ECHO;
    sigemptyset(&held);
    sigaddset(&held, SIGINT);
    sigaddset(&held, SIGTERM);
    sigprocmask(SIG_BLOCK, &held, &let_in);
    sigaction(SIGINT, &end, &interrupt);
    sigaction(SIGTERM, &end, &terminate);
    tcsetattr(terminal, TCSAFLUSH, &silent);
    if (ppoll(&poll, 1, NULL, &let_in) > 0)
        got = read(terminal, line, PASSWORD_MAX);
    tcsetattr(terminal, TCSAFLUSH, &before);
    sigaction(SIGINT, &interrupt, NULL);
    sigaction(SIGTERM, &terminate, NULL);
    sigprocmask(SIG_SETMASK, &let_in, NULL);
    *size = got > 0 ? (size_t)got : 0;
    return got > 0;
}

static bool password_from_terminal(struct buffer *out, const char *path, struct error *err)
{
    int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC);
    char line[PASSWORD_MAX];
    size_t size;
    bool ok;

    if (terminal < 0)
        return error_set(err, ERROR_PASSWORD,
                         "no terminal to ask at: give the password by --password-file FILE");
    dprintf(terminal, "Password of %s: ", path);
    ok = line_read(line, &size, terminal);
    dprintf(terminal, "\n");
    close(terminal);
    if (ok)
        buffer_put(out, bytes_of(line, size));
    mem_wipe(line, sizeof line);
    return ok || error_set(err, ERROR_PASSWORD, "no password was given");
}

static bool password_read(struct buffer *out, const struct config *config, struct error *err)
{
    if (config->password_file) {
        if (!file_read(out, config->password_file, PASSWORD_MAX, err)) {
            err->code = ERROR_PASSWORD;
            return error_wrap(err, "--password-file");
        }
    } else if (!password_from_terminal(out, config->validator_key, err)) {
        return false;
    }
    if (out->size > 0 && out->at[out->size - 1] == '\n')
        out->size--;
    return true;
}

static bool secret_read(struct secret *secret, const struct config *config, struct error *err)
{
    struct buffer json = {0}, password = {0};
    bool ok = file_read(&json, config->validator_key, KEYFILE_SIZE_MAX, err) &&
              password_read(&password, config, err) &&
              keyfile_decode(secret, buffer_bytes(&json), buffer_bytes(&password), err);

    if (password.at)
        mem_wipe(password.at, password.room);
    buffer_release(&password);
    buffer_release(&json);
    return ok || error_wrap(err, "--validator-key %s", config->validator_key);
}

static bool record_read(struct signer *signer, struct error *err)
{
    struct buffer text = {0};
    bool ok = file_read(&text, signer->record_path, RECORD_BYTES_MAX, err) &&
              record_decode(&signer->record, buffer_bytes(&text), err);

    buffer_release(&text);
    return ok || error_wrap(err, "the validator's record %s", signer->record_path);
}

static bool record_write(const struct signer *signer, struct error *err)
{
    struct buffer text = {0};
    bool ok;

    record_encode(&text, &signer->record);
    ok = file_write_atomic(signer->record_path, buffer_bytes(&text), 0600, err);
    buffer_release(&text);
    return ok;
}

static bool signer_lock(struct signer *signer, struct error *err)
{
    char *path = path_beside(signer->record_path, "validator.lock");

    signer->lock = file_lock_open(path, err);
    mem_free(path);
    return signer->lock || error_wrap(err, "the validator's key");
}

static bool signer_take_key(struct signer *signer, struct error *err)
{
    signer->key = (struct consensus_key){.sign = sign, .context = signer};
    return secret_address(&signer->key.address, &signer->secret) ||
           error_set(err, ERROR_KEY, "the validator's key is out of range");
}

/* What a process that was killed in the middle of file_write_atomic left beside the record. Only
 * under the lock: nobody writes meanwhile. */
static void record_sweep(const struct signer *signer)
{
    char *folder = path_beside(signer->record_path, "");
    const char *name = signer->record_path + strlen(folder);
    size_t size = strlen(name);
    DIR *listing = opendir(*folder ? folder : ".");
    const struct dirent *entry;

    while (listing && (entry = readdir(listing)))
        if (strncmp(entry->d_name, name, size) == 0 && entry->d_name[size] == '.' &&
            strlen(entry->d_name) == size + strlen(".XXXXXX")) {
            char *path = path_beside(signer->record_path, entry->d_name);

            unlink(path);
            mem_free(path);
        }
    if (listing)
        closedir(listing);
    mem_free(folder);
}

/* A record is made together with its key: a missing or unreadable one is a lost one. The text of
 * `err` says which, and is no failure here. */
static bool record_find(struct signer *signer, const struct config *config, bool *lost,
                        struct error *err)
{
    bool found;

    record_sweep(signer);
    found = record_read(signer, err);
    /* Left in a service file, the word would be given anew at every start, whatever was signed. */
    if (found && config->new_validator_state)
        return error_set(err, ERROR_RECORD,
                         "--new-validator-state is for a lost record, and %s is there and whole: "
                         "start without it, or move that file away first",
                         signer->record_path);
    *lost = !found && !config->new_validator_state;
    if (!*lost)
        *err = (struct error){0};
    return true;
}

struct signer *signer_open(const struct config *config, bool *lost, struct error *err)
{
    struct signer *signer = mem_new(1, sizeof *signer);

    *lost = false;
    signer->record_path = path_beside(config->validator_key, "validator.state");
    if (!file_exists(config->validator_key)) {
        error_set(err, ERROR_KEYFILE,
                  "--validator-key %s: no such file: make one with cairn key new --validator",
                  config->validator_key);
        goto fail;
    }
    if (!signer_lock(signer, err) || !secret_read(&signer->secret, config, err) ||
        !signer_take_key(signer, err))
        goto fail;
    if (record_find(signer, config, lost, err))
        return signer;
fail:
    signer_close(signer);
    return NULL;
}

struct signer *signer_open_dev(const struct config *config, const char *directory,
                               bool chain_is_new, bool *lost, struct error *err)
{
    struct signer *signer = mem_new(1, sizeof *signer);
    struct buffer path = {0};

    buffer_printf(&path, "%s/validator.state", directory);
    signer->record_path = mem_text(buffer_text(&path));
    buffer_release(&path);
    genesis_dev_validator(&signer->secret);
    if (!signer_take_key(signer, err))
        goto fail;
    if (chain_is_new && !file_exists(signer->record_path) && !record_write(signer, err))
        goto fail;
    if (record_find(signer, config, lost, err))
        return signer;
fail:
    signer_close(signer);
    return NULL;
}

void signer_close(struct signer *signer)
{
    if (!signer)
        return;
    file_lock_close(signer->lock);
    mem_free(signer->record_path);
    mem_wipe(&signer->secret, sizeof signer->secret);
    mem_free(signer);
}

const struct consensus_key *signer_key(const struct signer *signer)
{
    return &signer->key;
}

const struct record *signer_record(const struct signer *signer)
{
    return &signer->record;
}

const char *signer_record_path(const struct signer *signer)
{
    return signer->record_path;
}

bool signer_record_anew(struct signer *signer, const struct hash *genesis, uint64_t height,
                        struct error *err)
{
    signer->record = (struct record){
        .genesis = *genesis, .height = height, .step = height > 0 ? RECORD_PRECOMMIT : RECORD_NEW};
    return record_write(signer, err);
}
