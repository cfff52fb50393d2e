#include "directory.h"

#include <cairn/file.h>
#include <cairn/hex.h>

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>

enum { MARK_BYTES_MAX = 4096 };

static char *path_join(const char *directory, const char *name)
{
    struct buffer path = {0};
    char *text;

    buffer_printf(&path, "%s/%s", directory, name);
    text = mem_text(buffer_text(&path));
    buffer_release(&path);
    return text;
}

/* The line's rest behind `field`, which is taken off `text`. */
static bool line_take(struct bytes *text, const char *field, struct bytes *value)
{
    struct bytes name = bytes_of_text(field);
    const uint8_t *end = text->size > 0 ? memchr(text->at, '\n', text->size) : NULL;
    size_t size;

    if (!end)
        return false;
    size = (size_t)(end - text->at);
    if (size < name.size || memcmp(text->at, name.at, name.size) != 0)
        return false;
    *value = bytes_part(*text, name.size, size - name.size);
    *text = bytes_from(*text, size + 1);
    return true;
}

static bool mark_fail(struct error *err)
{
    return error_set(err, ERROR_STORE_DAMAGED,
                     "not the lines that cairn writes; if chain beside it is whole, move it away, "
                     "and the next start makes it anew");
}

/* The schema comes first: what a newer one writes behind it is not for this one to judge. */
static bool mark_parse(struct bytes text, const struct genesis *genesis, struct error *err)
{
    struct bytes title, schema, hash_text;
    struct error fault = {0};
    struct u256 number;
    struct hash have;

    if (!line_take(&text, "cairn store", &title) || title.size != 0 ||
        !line_take(&text, "schema ", &schema) ||
        !u256_parse(&number, (const char *)schema.at, schema.size) || !u256_fits_u64(&number))
        return mark_fail(err);
    if (!meta_check_schema(u256_to_u64(&number), err))
        return false;
    if (!line_take(&text, "genesis ", &hash_text) || text.size != 0 ||
        !hex_parse_hash(&have, hash_text, &fault))
        return mark_fail(err);
    return meta_check_genesis(&have, genesis, err);
}

static bool mark_read(const struct directory *directory, const struct genesis *genesis,
                      struct error *err)
{
    struct buffer text = {0};
    bool ok = file_read(&text, directory->mark_path, MARK_BYTES_MAX, err);

    if (ok && !mark_parse(buffer_bytes(&text), genesis, err))
        ok = err->code == ERROR_STORE_DAMAGED ? error_wrap(err, "%s", directory->mark_path) : false;
    buffer_release(&text);
    return ok;
}

bool directory_mark(const struct directory *directory, const struct genesis *genesis,
                    struct error *err)
{
    char hash[HEX_HASH_TEXT];
    struct buffer text = {0};
    bool ok;

    buffer_printf(&text, "cairn store\nschema %d\ngenesis %s\n", STORE_SCHEMA,
                  hex_format_hash(hash, &genesis->hash));
    ok = file_write_atomic(directory->mark_path, buffer_bytes(&text), 0644, err);
    buffer_release(&text);
    return ok;
}

static bool begins(const char *name, const char *with)
{
    return strncmp(name, with, strlen(with)) == 0;
}

/* Without a mark there may be what a start that was cut off leaves, and a validator's files. */
static bool is_ours(const struct directory *directory, const char *name)
{
    if (strcmp(name, "chain") == 0)
        return file_exists(directory->lock_path);
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || strcmp(name, "LOCK-cairn") == 0 ||
           begins(name, "STORE-cairn") || begins(name, "validator.");
}

static bool strangers_check(const struct directory *directory, struct error *err)
{
    DIR *listing = opendir(directory->path);
    const struct dirent *entry;
    bool ok = true;

    if (!listing)
        return errno == ENOENT || error_system(err, errno, "cannot list it");
    while (ok && (entry = readdir(listing)))
        if (!is_ours(directory, entry->d_name))
            ok = error_set(err, ERROR_STORE_FOREIGN,
                           "neither empty nor a cairn store (%s is in it): name another "
                           "directory by --data-dir",
                           entry->d_name);
    closedir(listing);
    return ok;
}

/* Only reads. */
static bool directory_look(struct directory *directory, const struct genesis *genesis,
                           struct error *err)
{
    directory->has_mark = file_exists(directory->mark_path);
    if (!directory->has_mark)
        return strangers_check(directory, err);
    if (!mark_read(directory, genesis, err))
        return false;
    return file_exists(directory->chain) ||
           error_set(err, ERROR_STORE_DAMAGED,
                     "%s is missing: put it back from a copy, or begin anew in another --data-dir",
                     directory->chain);
}

bool directory_open(struct directory *directory, const char *path, const struct genesis *genesis,
                    bool make, struct error *err)
{
    bool ok;

    *directory = (struct directory){.path = mem_text(path),
                                    .chain = path_join(path, "chain"),
                                    .lock_path = path_join(path, "LOCK-cairn"),
                                    .mark_path = path_join(path, "STORE-cairn")};
    ok = directory_look(directory, genesis, err);
    if (ok && !directory->has_mark && !make)
        ok = error_set(err, ERROR_STORE_FOREIGN, "no chain is here");
    ok = ok && directory_make(path, 0700, err);
    if (ok)
        directory->lock = file_lock_open(directory->lock_path, err);
    ok = ok && directory->lock && directory_look(directory, genesis, err); /* as it is now */
    if (ok)
        return true;
    directory_close(directory);
    return error_wrap(err, "data directory %s", path);
}

void directory_close(struct directory *directory)
{
    file_lock_close(directory->lock);
    mem_free(directory->path);
    mem_free(directory->chain);
    mem_free(directory->lock_path);
    mem_free(directory->mark_path);
    *directory = (struct directory){0};
}
