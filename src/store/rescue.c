/* Rebuilding where LevelDB's own files are lost or hurt. A block that it can't read would stop its
 * writes too, sooner or later, and what is lost with it may be derived rows alone. So what can be
 * read is gathered beside the chain, over hard links: LevelDB never changes a file that it has
 * written. Only when every root agrees there do the two change places. */
#include "directory.h"

#include <cairn/file.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
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

static bool files_link(const char *from, const char *to, struct error *err)
{
    int source = open(from, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int target = open(to, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *listing = source < 0 || target < 0 ? NULL : fdopendir(source);
    const struct dirent *entry;
    bool ok = listing || error_system(err, errno, "cannot list %s", from);

    while (ok && (entry = readdir(listing)))
        if (is_data(entry->d_name) && linkat(source, entry->d_name, target, entry->d_name, 0) != 0)
            ok = error_system(err, errno, "cannot link %s/%s into %s", from, entry->d_name, to);
    if (listing)
        closedir(listing); /* and `source` */
    else if (source >= 0)
        close(source);
    if (target >= 0)
        close(target);
    return ok;
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
    struct error fault = {0};
    struct buffer path = {0};
    const char *beside;
    bool ok;

    *err = (struct error){0};
    buffer_printf(&path, "%s.rebuilt", directory->chain);
    beside = buffer_text(&path);
    ok = folder_remove(beside, err) && directory_make(beside, 0700, err) &&
         files_link(directory->chain, beside, err) &&
         rebuild_beside(beside, genesis, options, how, err) &&
         change_places(directory, beside, err);
    if (!folder_remove(beside, &fault) && ok) { /* the hurt one by now */
        *err = fault;
        ok = false;
    }
    buffer_release(&path);
    return ok;
}
