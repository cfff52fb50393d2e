/* Files that are read or replaced whole: genesis, key files, the validator's record. Errors:
 * ERROR_IO with path and cause, ERROR_LIMIT. Blocking; any thread. */
#ifndef CAIRN_FILE_H
#define CAIRN_FILE_H
#include <cairn/error.h>

/* Appends the whole file to `out`; refuses more than `size_max` bytes, directories and devices. */
bool file_read(struct buffer *out, const char *path, size_t size_max, struct error *err) MUST_CHECK;
bool file_exists(const char *path);

/* Replaces `path` so that after a crash there is the old or the new content, never a part: a
 * temporary file beside it with `mode`, written, synced, renamed, the directory synced. */
bool file_write_atomic(const char *path, struct bytes content, unsigned mode,
                       struct error *err) MUST_CHECK;
/* The same, but refuses to replace a file that is there (ERROR_IO "… exists already"). */
bool file_write_new(const char *path, struct bytes content, unsigned mode,
                    struct error *err) MUST_CHECK;

/* Makes the directory and its parents where they lack. */
bool directory_make(const char *path, unsigned mode, struct error *err) MUST_CHECK;

/* An advisory lock on a file of its own, held until closed or the process ends. The holder writes
 * its process id into it. ERROR_STORE_BUSY names that process. */
struct file_lock;
struct file_lock *file_lock_open(const char *path, struct error *err) MUST_CHECK;
void file_lock_close(struct file_lock *lock); /* takes NULL */

#endif
