/* A folder of a test's own, and what lies in it as one text. */
#ifndef CAIRN_STORE_TEST_FOLDER_H
#define CAIRN_STORE_TEST_FOLDER_H
#include "test/unit.h"

#include <cairn/file.h>

#include <dirent.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

struct test_folder {
    char path[64];
};

static inline void test_folder_make(struct test_folder *folder)
{
    snprintf(folder->path, sizeof folder->path, "/tmp/cairn-store-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder->path));
}

static inline int test_folder_remove_one(const char *path, const struct stat *about, int kind,
                                         struct FTW *at)
{
    (void)about;
    (void)kind;
    (void)at;
    return remove(path);
}

static inline void test_folder_remove(struct test_folder *folder)
{
    nftw(folder->path, test_folder_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static inline const char *test_folder_file(const struct test_folder *folder, const char *name,
                                           char path[512])
{
    snprintf(path, 512, "%s/%s", folder->path, name);
    return path;
}

static inline int test_name_compare(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* Names and contents of all files below, in order. */
static inline void test_folder_dump(struct buffer *out, const char *path)
{
    struct dirent **entry;
    int count = scandir(path, &entry, NULL, test_name_compare);

    ck_assert_int_ge(count, 0);
    for (int i = 0; i < count; i++) {
        char name[512];
        struct error err = {0};
        struct stat about;

        if (strcmp(entry[i]->d_name, ".") != 0 && strcmp(entry[i]->d_name, "..") != 0) {
            snprintf(name, sizeof name, "%s/%s", path, entry[i]->d_name);
            ck_assert_int_eq(stat(name, &about), 0);
            buffer_put_text(out, name);
            buffer_put_byte(out, 0);
            if (S_ISDIR(about.st_mode))
                test_folder_dump(out, name);
            else
                ck_assert_msg(file_read(out, name, SIZE_MAX, &err), "%s", err.text);
        }
        free(entry[i]);
    }
    free(entry);
}

#endif
