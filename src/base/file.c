#include <cairn/file.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READ_STEP = 64 * 1024 };

/* A pipe is taken, so that a secret can come from a command; a device may never end. */
static bool check_kind(int fd, const char *path, struct error *err)
{
    struct stat about;

    if (fstat(fd, &about) != 0)
        return error_system(err, errno, "cannot examine %s", path);
    if (S_ISDIR(about.st_mode))
        return error_set(err, ERROR_IO, "cannot read %s: it is a directory", path);
    if (!S_ISREG(about.st_mode) && !S_ISFIFO(about.st_mode))
        return error_set(err, ERROR_IO, "cannot read %s: it is not a regular file", path);
    return true;
}

/* One byte more than the bound is asked for: that the file ends there is what proves it. */
static bool read_all(struct buffer *out, int fd, const char *path, size_t size_max,
                     struct error *err)
{
    size_t done = 0;

    for (;;) {
        size_t left = size_max - done;
        size_t step = left < READ_STEP ? left + 1 : READ_STEP;
        ssize_t got;

        buffer_reserve(out, step);
        got = read(fd, out->at + out->size, step);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_system(err, errno, "cannot read %s", path);
        if (got == 0)
            return true;
        if ((size_t)got > left)
            return error_set(err, ERROR_LIMIT, "%s is larger than %zu bytes", path, size_max);
        out->size += (size_t)got;
        done += (size_t)got;
    }
}

bool file_read(struct buffer *out, const char *path, size_t size_max, struct error *err)
{
    size_t size_before = out->size;
    bool ok;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

    if (fd < 0)
        return error_system(err, errno, "cannot open %s", path);
    ok = check_kind(fd, path, err) && read_all(out, fd, path, size_max, err);
    close(fd);
    if (!ok)
        out->size = size_before;
    return ok;
}

bool file_exists(const char *path)
{
    struct stat about;

    return stat(path, &about) == 0;
}

static bool write_all(int fd, struct bytes content)
{
    for (size_t done = 0; done < content.size;) {
        ssize_t wrote = write(fd, content.at + done, content.size - done);

        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0)
            return false;
        done += (size_t)wrote;
    }
    return true;
}

/* The folder that holds `path`: gives a text. */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder;

    if (!slash)
        return mem_text(".");
    folder = mem_text(path);
    folder[slash == path ? 1 : slash - path] = 0;
    return folder;
}

/* A new name lasts through a crash only once the folder that holds it is on the disk too. */
static bool folder_sync(const char *path, struct error *err)
{
    char *folder = folder_of(path);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;

    if (!ok)
        error_system(err, errno, "cannot sync folder %s", folder);
    if (fd >= 0)
        close(fd);
    mem_free(folder);
    return ok;
}

/* Writes `content` to a file of its own beside `path`, whole and synced. Gives its name; NULL: no
 * file is left. */
static char *temporary_write(const char *path, struct bytes content, unsigned mode,
                             struct error *err)
{
    static const char suffix[] = ".XXXXXX";
    size_t size = strlen(path);
    char *name = mem_new(size + sizeof(suffix), 1);
    bool ok;
    int fd;

    memcpy(name, path, size);
    memcpy(name + size, suffix, sizeof(suffix));
    fd = mkostemp(name, O_CLOEXEC);
    if (fd < 0) {
        error_system(err, errno, "cannot make a file beside %s", path);
        mem_free(name);
        return NULL;
    }
    ok = fchmod(fd, (mode_t)mode) == 0 && write_all(fd, content) && fsync(fd) == 0;
    if (!ok)
        error_system(err, errno, "cannot write %s", name);
    if (close(fd) != 0 && ok)
        ok = error_system(err, errno, "cannot close %s", name);
    if (!ok) {
        unlink(name);
        mem_free(name);
        return NULL;
    }
    return name;
}

bool file_write_atomic(const char *path, struct bytes content, unsigned mode, struct error *err)
{
    char *name = temporary_write(path, content, mode, err);
    bool ok = false;

    if (!name)
        return false;
    if (rename(name, path) == 0) {
        ok = folder_sync(path, err);
    } else {
        error_system(err, errno, "cannot replace %s", path);
        unlink(name);
    }
    mem_free(name);
    return ok;
}

/* link, not rename: it is the one that refuses a name that is taken, in the same instant. */
bool file_write_new(const char *path, struct bytes content, unsigned mode, struct error *err)
{
    char *name = temporary_write(path, content, mode, err);
    bool ok = false;

    if (!name)
        return false;
    if (link(name, path) == 0)
        ok = true;
    else if (errno == EEXIST)
        error_set(err, ERROR_IO, "%s exists already", path);
    else
        error_system(err, errno, "cannot make %s", path);
    unlink(name);
    mem_free(name);
    return ok && folder_sync(path, err);
}

static bool directory_make_one(const char *path, unsigned mode, struct error *err)
{
    struct stat about;

    if (mkdir(path, (mode_t)mode) == 0)
        return true;
    if (errno != EEXIST)
        return error_system(err, errno, "cannot make directory %s", path);
    if (stat(path, &about) != 0)
        return error_system(err, errno, "cannot examine %s", path);
    if (!S_ISDIR(about.st_mode))
        return error_set(err, ERROR_IO, "cannot make directory %s: a file has that name", path);
    return true;
}

bool directory_make(const char *path, unsigned mode, struct error *err)
{
    char *part = mem_text(path);
    bool ok = true;

    for (char *slash = strchr(part + (*part == '/'), '/'); slash && ok;
         slash = strchr(slash + 1, '/')) {
        *slash = 0;
        ok = directory_make_one(part, mode, err);
        *slash = '/';
    }
    ok = ok && directory_make_one(path, mode, err);
    mem_free(part);
    return ok;
}

struct file_lock {
    int fd;
};

static bool lock_busy(int fd, const char *path, struct error *err)
{
    char text[16] = {0};
    ssize_t size = pread(fd, text, sizeof(text) - 1, 0);
    long holder = size > 0 ? strtol(text, NULL, 10) : 0;

    if (holder > 0)
        return error_set(err, ERROR_STORE_BUSY, "%s is already in use by process %ld", path,
                         holder);
    return error_set(err, ERROR_STORE_BUSY, "%s is already in use by another process", path);
}

static bool lock_take(int fd, const char *path, struct error *err)
{
    char text[32];
    int size = snprintf(text, sizeof(text), "%ld\n", (long)getpid());

    while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK)
            return lock_busy(fd, path, err);
        if (errno != EINTR)
            return error_system(err, errno, "cannot lock %s", path);
    }
    if (ftruncate(fd, 0) != 0 || !write_all(fd, bytes_of(text, (size_t)size)))
        return error_system(err, errno, "cannot write %s", path);
    return true;
}

/* flock: the lock belongs to the open file, so that it also holds against a second opening in this
 * process, which a lock by fcntl would let through. */
struct file_lock *file_lock_open(const char *path, struct error *err)
{
    struct file_lock *lock;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);

    if (fd < 0) {
        error_system(err, errno, "cannot open %s", path);
        return NULL;
    }
    if (!lock_take(fd, path, err)) {
        close(fd);
        return NULL;
    }
    lock = mem_new(1, sizeof(*lock));
    lock->fd = fd;
    return lock;
}

/* The file stays: were it removed, one process could lock the old file and another a new one. */
void file_lock_close(struct file_lock *lock)
{
    if (!lock)
        return;
    if (ftruncate(lock->fd, 0) != 0)
        assert(errno != EBADF); /* the number left in it does no harm: the lock is gone */
    close(lock->fd);
    mem_free(lock);
}
