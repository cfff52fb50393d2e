/* Key files on disk: the directory, finding one by name or address, opening, writing. Files are
 * named as geth names them, mode 0600, in a directory of mode 0700. A validator's key has a
 * directory of its own, with its record `validator.state` beside it. */
#ifndef CAIRN_TOOL_KEYS_H
#define CAIRN_TOOL_KEYS_H
#include <cairn/key.h>
#include <cairn/keyfile.h>

/* `option` where given, else $XDG_DATA_HOME/cairn/keys, else ~/.local/share/cairn/keys; appended.
 * ERROR_USAGE: no home. */
bool keys_directory(struct buffer *out, const char *option, struct error *err) MUST_CHECK;

struct key_entry {
    char *path;
    struct address address; /* as the file names it; only its password proves that */
    bool validator;
};

struct key_list {
    struct key_entry *entry; /* by path, so the oldest first */
    size_t count;
};

/* All key files of the directory and of the validators' directories in it; files that are none
 * are passed over. No directory: no keys. ERROR_IO. */
bool keys_list(struct key_list *out, const char *directory, struct error *err) MUST_CHECK;
void keys_list_release(struct key_list *list);

/* The file that a person means: a path, a name in the directory, or an address; appended.
 * ERROR_KEYFILE: none. */
bool keys_find(struct buffer *path, const char *directory, const char *name,
               struct error *err) MUST_CHECK;

/* From libcrypto's generator. ERROR_KEY: it failed. */
bool keys_secret_new(struct secret *out, struct error *err) MUST_CHECK;

/* The address that the file names. ERROR_KEYFILE: it names none, or is no key file. */
bool keys_address(struct address *out, const char *path, struct error *err) MUST_CHECK;
/* Opens it; an address that the file names must be that of its key. */
bool keys_open(struct secret *out, const char *path, struct bytes password,
               struct error *err) MUST_CHECK;

struct key_place {
    const char *file;      /* NULL: a new name in `directory` */
    const char *directory; /* borrowed; not looked at where `file` is given */
    bool validator;        /* writes the record, too */
    bool light;            /* a cheap KDF: for tests and small machines */
};

/* Writes the key file, nothing that is there being replaced; appends its path. */
bool keys_write(struct buffer *path, const struct key_place *place, const struct secret *secret,
                struct bytes password, struct error *err) MUST_CHECK;
/* "…/validator.state" for "…/validator.key"; appended. */
void keys_record_path(struct buffer *out, const char *key_path);

#endif
