#include "keys.h"

#include <cairn/file.h>
#include <cairn/hex.h>
#include <cairn/record.h>

#include <dirent.h>
#include <errno.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { KEY_FILE_MODE = 0600, KEY_DIRECTORY_MODE = 0700 };

static const char validator_prefix[] = "validator-";
static const char validator_key[] = "validator.key";
static const char validator_record[] = "validator.state";

bool keys_directory(struct buffer *out, const char *option, struct error *err)
{
    const char *data = getenv("XDG_DATA_HOME");
    const char *home = getenv("HOME");

    if (option && option[0] != '\0')
        buffer_put_text(out, option);
    else if (data && data[0] == '/') /* a relative one is to be ignored, says the XDG page */
        buffer_printf(out, "%s/cairn/keys", data);
    else if (home && home[0] == '/')
        buffer_printf(out, "%s/.local/share/cairn/keys", home);
    else
        return error_set(err, ERROR_USAGE, "HOME is not set; give --key-dir DIR");
    return true;
}

static bool read_key(struct buffer *out, const char *path, struct error *err)
{
    return file_read(out, path, KEYFILE_SIZE_MAX, err);
}

bool keys_address(struct address *out, const char *path, struct error *err)
{
    struct buffer json = {0};
    bool ok = read_key(&json, path, err);

    if (ok)
        ok = keyfile_address(out, buffer_bytes(&json), err) || error_wrap(err, "%s", path);
    buffer_release(&json);
    return ok;
}

bool keys_open(struct secret *out, const char *path, struct bytes password, struct error *err)
{
    struct buffer json = {0};
    struct address named;
    struct address address;
    struct error ignored = {0};
    bool ok = read_key(&json, path, err);

    if (!ok)
        goto out;
    ok = keyfile_decode(out, buffer_bytes(&json), password, err) || error_wrap(err, "%s", path);
    if (!ok) {
        err->code = err->code == ERROR_PASSWORD ? ERROR_PASSWORD : ERROR_KEYFILE;
        goto out;
    }
    ok =
        secret_address(&address, out) && (!keyfile_address(&named, buffer_bytes(&json), &ignored) ||
                                          address_equal(&named, &address));
    if (!ok) {
        mem_wipe(out, sizeof *out);
        error_set(err, ERROR_KEYFILE, "%s names another address than its key has; do not use it",
                  path);
    }
out:
    buffer_release(&json);
    return ok;
}

static void list_add(struct key_list *list, const char *path, bool validator)
{
    struct address address;
    struct error ignored = {0};

    /* What is no key file, or cannot be read, is not listed. */
    if (!keys_address(&address, path, &ignored))
        return;
    list->entry = mem_grow(list->entry, list->count + 1, sizeof *list->entry);
    list->entry[list->count++] = (struct key_entry){mem_text(path), address, validator};
}

static int by_path(const void *a, const void *b)
{
    const struct key_entry *left = a;
    const struct key_entry *right = b;

    return strcmp(left->path, right->path);
}

bool keys_list(struct key_list *out, const char *directory, struct error *err)
{
    DIR *dir = opendir(directory);
    struct buffer path = {0};
    int number;

    *out = (struct key_list){0};
    if (!dir)
        return errno == ENOENT || error_system(err, errno, "%s", directory);
    errno = 0;
    for (struct dirent *entry = readdir(dir); entry; errno = 0, entry = readdir(dir)) {
        bool validator = strncmp(entry->d_name, validator_prefix, strlen(validator_prefix)) == 0;

        buffer_clear(&path);
        buffer_printf(&path, "%s/%s", directory, entry->d_name);
        if (validator)
            buffer_printf(&path, "/%s", validator_key);
        if (entry->d_name[0] != '.')
            list_add(out, buffer_text(&path), validator);
    }
    number = errno;
    closedir(dir);
    buffer_release(&path);
    if (number != 0) {
        keys_list_release(out);
        return error_system(err, number, "%s", directory);
    }
    if (out->count > 0)
        qsort(out->entry, out->count, sizeof *out->entry, by_path);
    return true;
}

void keys_list_release(struct key_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        mem_free(list->entry[i].path);
    mem_free(list->entry);
    *list = (struct key_list){0};
}

static bool find_address(struct buffer *path, const char *directory, const struct address *address,
                         struct error *err)
{
    struct key_list list;
    size_t at = 0;

    if (!keys_list(&list, directory, err))
        return false;
    while (at < list.count && !address_equal(&list.entry[at].address, address))
        at++;
    if (at < list.count)
        buffer_put_text(path, list.entry[at].path);
    else
        error_set(err, ERROR_KEYFILE, "no key of that address in %s; see: cairn key list",
                  directory);
    keys_list_release(&list);
    return path->size > 0;
}

bool keys_find(struct buffer *path, const char *directory, const char *name, struct error *err)
{
    struct address address;
    struct error ignored = {0};

    assert(path->size == 0);
    if (address_parse(&address, bytes_of_text(name), &ignored))
        return find_address(path, directory, &address, err);
    if (!strchr(name, '/') && name[0] != '\0') {
        buffer_printf(path, "%s/%s", directory, name);
        if (file_exists(buffer_text(path)))
            return true;
        buffer_clear(path);
    }
    if (name[0] == '\0' || !file_exists(name))
        return error_set(err, ERROR_KEYFILE,
                         "\"%s\" is no address, no file and no name in %s; see: cairn key list",
                         name, directory);
    buffer_put_text(path, name);
    return true;
}

static bool draw(void *out, int size, struct error *err)
{
    return RAND_bytes(out, size) == 1 ||
           error_set(err, ERROR_KEY, "libcrypto's random generator failed; nothing was made");
}

bool keys_secret_new(struct secret *out, struct error *err)
{
    do {
        if (!draw(out->byte, sizeof out->byte, err))
            return false;
    } while (!secret_check(out)); /* one in 2^128 is out of range */
    return true;
}

/* As geth: UTC--2024-02-29T12-00-00.123456789Z--0123…, and for a validator its own directory. */
static void new_path(struct buffer *out, const struct key_place *place,
                     const struct address *address)
{
    struct timespec now;
    struct tm tm;
    char time[32];

    buffer_printf(out, "%s/", place->directory);
    if (place->validator) {
        buffer_put_text(out, validator_prefix);
        hex_put_plain(out, bytes_of_address(address));
        buffer_printf(out, "/%s", validator_key);
        return;
    }
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &tm);
    strftime(time, sizeof time, "%Y-%m-%dT%H-%M-%S", &tm);
    buffer_printf(out, "UTC--%s.%09ldZ--", time, now.tv_nsec);
    hex_put_plain(out, bytes_of_address(address));
}

/* The directory part of a path, "." where it has none. */
static void put_directory(struct buffer *out, const char *path)
{
    const char *slash = strrchr(path, '/');

    if (!slash)
        buffer_put_byte(out, '.');
    else
        buffer_put(out, bytes_of(path, slash == path ? 1 : (size_t)(slash - path)));
}

void keys_record_path(struct buffer *out, const char *key_path)
{
    put_directory(out, key_path);
    buffer_printf(out, "/%s", validator_record);
}

/* The record of a key that has signed nothing, not yet bound to a chain. */
static bool write_record(const char *path, struct error *err)
{
    struct buffer bytes = {0};
    bool ok;

    record_encode(&bytes, &(struct record){.step = RECORD_NEW});
    ok = file_write_new(path, buffer_bytes(&bytes), KEY_FILE_MODE, err);
    buffer_release(&bytes);
    return ok || error_wrap(err, "the validator's record (each validator's key needs a directory "
                                 "of its own)");
}

static bool encode(struct buffer *out, const struct secret *secret, struct bytes password,
                   bool light, struct error *err)
{
    struct keyfile_random random;
    uint64_t n = light ? KEYFILE_SCRYPT_N_LIGHT : KEYFILE_SCRYPT_N;

    return draw(random.salt, sizeof random.salt, err) && draw(random.iv, sizeof random.iv, err) &&
           draw(random.uuid, sizeof random.uuid, err) &&
           keyfile_encode(out, secret, password, n, &random, err);
}

/* The record goes first: a key without one would count as a key whose record was lost. */
static bool write_files(const char *path, struct bytes json, bool validator, struct error *err)
{
    struct buffer record = {0};
    bool ok = true;

    if (validator) {
        keys_record_path(&record, path);
        ok = write_record(buffer_text(&record), err);
    }
    if (ok) {
        ok = file_write_new(path, json, KEY_FILE_MODE, err);
        if (!ok && validator)
            unlink(buffer_text(&record)); /* made a moment ago, for a key that is not there */
    }
    buffer_release(&record);
    return ok;
}

bool keys_write(struct buffer *path, const struct key_place *place, const struct secret *secret,
                struct bytes password, struct error *err)
{
    struct buffer json = {0};
    struct buffer directory = {0};
    struct address address;
    bool ok = false;

    assert(path->size == 0);
    if (!secret_address(&address, secret))
        return error_set(err, ERROR_KEY, "the secret is not a number from 1 to n - 1");
    if (place->file)
        buffer_put_text(path, place->file);
    else
        new_path(path, place, &address);
    put_directory(&directory, buffer_text(path));
    ok = encode(&json, secret, password, place->light, err) &&
         directory_make(buffer_text(&directory), KEY_DIRECTORY_MODE, err) &&
         write_files(buffer_text(path), buffer_bytes(&json), place->validator, err);
    buffer_release(&directory);
    buffer_release(&json);
    return ok;
}
