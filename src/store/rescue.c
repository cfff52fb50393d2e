/* Rebuilding where LevelDB's own files are lost or hurt. A block that it can't read would stop its
 * writes too, sooner or later, and what is lost with it may be derived rows alone. So what can be
 * read is gathered beside the chain, over hard links: LevelDB never changes a file that it has
 * written. Only when every root agrees there do the two change places; the hurt one is kept, for
 * LevelDB's repair leaves out in silence what it failed to write. */
#include "directory.h"

#include <cairn/file.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

bool rescue_is_needed(struct kv *kv, struct error *err)
{
    struct kv_iterator *iterator = kv->ops->iterator_new(kv, NULL);
    bool whole;

    for (kv->ops->iterator_seek(iterator, bytes_of_text("")); kv->ops->iterator_valid(iterator);)
        kv->ops->iterator_next(iterator);
    whole = kv->ops->iterator_check(iterator, err);
    kv->ops->iterator_free(iterator);
    return !whole;
}

static char *path_beside(const struct directory *directory, const char *ending)
{
    struct buffer path = {0};
    char *text;

    buffer_printf(&path, "%s%s", directory->chain, ending);
    text = mem_text(buffer_text(&path));
    buffer_release(&path);
    return text;
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *at)
{
    (void)status;
    (void)kind;
    (void)at;
    return remove(path);
}

static bool folder_remove(const char *path, struct error *err)
{
    return nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0 || errno == ENOENT ||
           error_system(err, errno, "cannot remove %s", path);
}

/* Tables, logs and manifests; LevelDB's lock and its own log are made anew. */
static bool is_data(const char *name)
{
    return strcmp(name, "CURRENT") == 0 || strncmp(name, "MANIFEST", strlen("MANIFEST")) == 0 ||
           (name[0] >= '0' && name[0] <= '9');
}

/* `size`: of all that was linked. */
static bool files_link(const char *from, const char *to, uint64_t *size, struct error *err)
{
    int source = open(from, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int target = open(to, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *listing = source < 0 || target < 0 ? NULL : fdopendir(source);
    const struct dirent *entry;
    bool ok = listing || error_system(err, errno, "cannot list %s", from);

    *size = 0;
    while (ok && (entry = readdir(listing))) {
        struct stat about;

        if (!is_data(entry->d_name))
            continue;
        ok = fstatat(source, entry->d_name, &about, AT_SYMLINK_NOFOLLOW) == 0 &&
             linkat(source, entry->d_name, target, entry->d_name, 0) == 0;
        if (ok)
            *size += (uint64_t)about.st_size;
        else
            error_system(err, errno, "cannot link %s/%s into %s", from, entry->d_name, to);
    }
    if (listing)
        closedir(listing); /* and `source` */
    else if (source >= 0)
        close(source);
    if (target >= 0)
        close(target);
    return ok;
}

/* A repair does not fail on a full disk: it leaves out what it can't write. */
static bool room_check(const char *path, uint64_t size, struct error *err)
{
    struct statvfs about;
    uint64_t free_bytes;

    if (statvfs(path, &about) != 0)
        return error_system(err, errno, "cannot examine %s", path);
    free_bytes = (uint64_t)about.f_bavail * about.f_frsize;
    return free_bytes >= 2 * size ||
           error_set(err, ERROR_IO,
                     "a rebuild needs %" PRIu64 " bytes free on the disk of %s, %" PRIu64 " are",
                     2 * size, path, free_bytes);
}

static bool rebuild_beside(const char *beside, const struct genesis *genesis,
                           const struct kv_leveldb_options *options,
                           const struct store_reindex *how, struct error *err)
{
    struct kv *kv = NULL;
    bool ok;

    if (kv_leveldb_repair(beside, options, err))
        kv = kv_leveldb_open(beside, options, err);
    if (!kv && err->code == ERROR_STORE_DAMAGED)
        store_fail_lost(err);
    ok = kv && store_reindex_kv(kv, genesis, how, err);
    kv_close(kv);
    return ok;
}

static bool change_places(const struct directory *directory, const char *beside, struct error *err)
{
    int folder = open(directory->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = folder >= 0 &&
              renameat2(AT_FDCWD, beside, AT_FDCWD, directory->chain, RENAME_EXCHANGE) == 0 &&
              fsync(folder) == 0;

    if (!ok)
        error_system(err, errno, "cannot put %s in the place of %s", beside, directory->chain);
    if (folder >= 0)
        close(folder);
    return ok;
}

bool rescue_run(const struct directory *directory, const struct genesis *genesis,
                const struct kv_leveldb_options *options, const struct store_reindex *how,
                struct error *err)
{
    char *beside = path_beside(directory, ".rebuilt"), *hurt = path_beside(directory, ".damaged");
    struct error fault = {0};
    uint64_t size;
    bool ok;

    *err = (struct error){0};
    ok = folder_remove(beside, err) && directory_make(beside, 0700, err) &&
         files_link(directory->chain, beside, &size, err) && room_check(beside, size, err) &&
         rebuild_beside(beside, genesis, options, how, err) && folder_remove(hurt, err) &&
         change_places(directory, beside, err);
    if (!ok)
        (void)folder_remove(beside, &fault); /* the next rebuild does it again */
    else if (rename(beside, hurt) != 0)
        ok = error_system(err, errno, "the chain is rebuilt, but cannot rename %s to %s", beside,
                          hurt);
    mem_free(beside);
    mem_free(hurt);
    return ok;
}
