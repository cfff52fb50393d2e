#include "test/unit.h"

#include <cairn/file.h>

#include <dirent.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

Suite *file_suite(void);

static char folder[128];
static char path[256];

static const char *in_folder(const char *name)
{
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static void make_folder(void)
{
    const char *home = getenv("TMPDIR");

    snprintf(folder, sizeof(folder), "%.80s/cairn-file-XXXXXX", home ? home : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static int drop_entry(const char *name, const struct stat *about, int kind, struct FTW *walk)
{
    (void)about, (void)kind, (void)walk;
    return remove(name);
}

static void drop_folder(void)
{
    ck_assert_int_eq(nftw(folder, drop_entry, 8, FTW_DEPTH | FTW_PHYS), 0);
}

static size_t entries(void)
{
    DIR *dir = opendir(folder);
    size_t count = 0;

    ck_assert_ptr_nonnull(dir);
    for (struct dirent *entry; (entry = readdir(dir));)
        count += entry->d_name[0] != '.';
    closedir(dir);
    return count;
}

static void expect_content(const char *name, const char *content)
{
    struct buffer buffer = {0};
    struct error err = {0};

    ck_assert_msg(file_read(&buffer, in_folder(name), 1 << 20, &err), "%s", err.text);
    ck_assert_str_eq(buffer_text(&buffer), content);
    buffer_release(&buffer);
}

START_TEST(written_is_read)
{
    struct error err = {0};
    struct stat about;

    ck_assert(!file_exists(in_folder("key")));
    ck_assert_msg(file_write_atomic(path, bytes_of_text("old"), 0600, &err), "%s", err.text);
    ck_assert(file_exists(path));
    expect_content("key", "old");
    ck_assert_msg(file_write_atomic(path, bytes_of_text("newer"), 0640, &err), "%s", err.text);
    expect_content("key", "newer");
    ck_assert_int_eq(stat(path, &about), 0);
    ck_assert_int_eq(about.st_mode & 07777, 0640); /* the mode, whatever the umask */
    ck_assert_msg(file_write_atomic(path, bytes_of(NULL, 0), 0600, &err), "%s", err.text);
    expect_content("key", "");
    ck_assert_uint_eq(entries(), 1); /* no temporary is left */
}
END_TEST

START_TEST(in_the_present_folder)
{
    struct error err = {0};

    ck_assert_int_eq(chdir(folder), 0);
    ck_assert_msg(file_write_atomic("a", bytes_of_text("x"), 0600, &err), "%s", err.text);
    ck_assert_msg(file_write_new("b", bytes_of_text("y"), 0600, &err), "%s", err.text);
    expect_content("a", "x");
    expect_content("b", "y");
}
END_TEST

START_TEST(new_never_replaces)
{
    struct error err = {0};
    char expected[300];

    ck_assert_msg(file_write_new(in_folder("key"), bytes_of_text("first"), 0400, &err), "%s",
                  err.text);
    ck_assert(!file_write_new(path, bytes_of_text("second"), 0600, &err));
    snprintf(expected, sizeof(expected), "%s exists already", path);
    ck_assert_str_eq(err.text, expected);
    ck_assert_int_eq(err.code, ERROR_IO);
    expect_content("key", "first");
    ck_assert_uint_eq(entries(), 1);
}
END_TEST

START_TEST(failure_leaves_nothing)
{
    struct error err = {0};

    ck_assert_int_eq(mkdir(in_folder("taken"), 0700), 0);
    ck_assert(!file_write_atomic(path, bytes_of_text("x"), 0600, &err)); /* rename fails */
    ck_assert_int_eq(err.code, ERROR_IO);
    ck_assert_ptr_nonnull(strstr(err.text, "taken: "));
    ck_assert(!file_write_atomic(in_folder("absent/key"), bytes_of_text("x"), 0600, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "absent/key: No such file or directory"));
    ck_assert_uint_eq(entries(), 1);
}
END_TEST

/* As on a full disk: what was there stays, and the part that was written goes. */
START_TEST(no_room_keeps_the_old_content)
{
    static const uint8_t content[4096];
    struct error err = {0};

    ck_assert(file_write_atomic(in_folder("record"), bytes_of_text("old"), 0600, &err));
    ck_assert(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &(struct rlimit){.rlim_cur = 100, .rlim_max = 100}),
                     0);
    ck_assert(!file_write_atomic(path, bytes_of(content, sizeof(content)), 0600, &err));
    ck_assert_int_eq(err.code, ERROR_IO);
    ck_assert_ptr_nonnull(strstr(err.text, "File too large"));
    ck_assert(!file_write_new(in_folder("other"), bytes_of(content, sizeof(content)), 0600, &err));
    expect_content("record", "old");
    ck_assert_uint_eq(entries(), 1);
}
END_TEST

START_TEST(read_is_bounded)
{
    struct buffer buffer = {0};
    struct error err = {0};

    ck_assert(file_write_atomic(in_folder("five"), bytes_of_text("12345"), 0600, &err));
    buffer_put_text(&buffer, "before ");
    ck_assert(!file_read(&buffer, path, 4, &err));
    ck_assert_int_eq(err.code, ERROR_LIMIT);
    ck_assert_ptr_nonnull(strstr(err.text, "five is larger than 4 bytes"));
    ck_assert_str_eq(buffer_text(&buffer), "before "); /* as if it had not been asked */
    ck_assert_msg(file_read(&buffer, path, 5, &err), "%s", err.text);
    ck_assert_str_eq(buffer_text(&buffer), "before 12345");
    buffer_release(&buffer);
}
END_TEST

START_TEST(large_file)
{
    struct buffer content = {0}, back = {0};
    struct error err = {0};

    for (uint32_t i = 0; i < 100000; i++)
        be32_put(buffer_extend(&content, 4), i);
    ck_assert(file_write_atomic(in_folder("large"), buffer_bytes(&content), 0600, &err));
    ck_assert_msg(file_read(&back, path, content.size, &err), "%s", err.text);
    ck_assert(bytes_equal(buffer_bytes(&back), buffer_bytes(&content)));
    buffer_release(&content);
    buffer_release(&back);
}
END_TEST

static const struct {
    const char *path, *what;
} unreadable[] = {
    {"/", "it is a directory"},
    {"/dev/zero", "it is not a regular file"},
    {"/nonexistent/genesis.json", "No such file or directory"},
};

START_TEST(not_files)
{
    struct buffer buffer = {0};
    struct error err = {0};

    ck_assert(!file_read(&buffer, unreadable[_i].path, 100, &err));
    ck_assert_int_eq(err.code, ERROR_IO);
    ck_assert_ptr_nonnull(strstr(err.text, unreadable[_i].what));
    ck_assert_ptr_nonnull(strstr(err.text, unreadable[_i].path));
    buffer_release(&buffer);
}
END_TEST

START_TEST(directories)
{
    struct error err = {0};

    ck_assert_msg(directory_make(in_folder("a/b//c/"), 0700, &err), "%s", err.text);
    ck_assert_msg(directory_make(in_folder("a/b/c"), 0700, &err), "%s", err.text);
    ck_assert(file_write_atomic(in_folder("a/b/c/file"), bytes_of_text("x"), 0600, &err));
    ck_assert(!directory_make(path, 0700, &err));
    ck_assert_int_eq(err.code, ERROR_IO);
    ck_assert_ptr_nonnull(strstr(err.text, "a file has that name"));
    ck_assert(!directory_make(in_folder("a/b/c/file/d"), 0700, &err));
}
END_TEST

START_TEST(lock_is_held_by_one)
{
    struct error err = {0};
    struct file_lock *lock = file_lock_open(in_folder("lock"), &err);
    char expected[64];

    ck_assert_msg(lock != NULL, "%s", err.text);
    ck_assert_ptr_null(file_lock_open(path, &err));
    ck_assert_int_eq(err.code, ERROR_STORE_BUSY);
    snprintf(expected, sizeof(expected), "is already in use by process %ld", (long)getpid());
    ck_assert_ptr_nonnull(strstr(err.text, expected));
    file_lock_close(lock);
    lock = file_lock_open(path, &err);
    ck_assert_ptr_nonnull(lock);
    file_lock_close(lock);
    file_lock_close(NULL);
}
END_TEST

/* The child says by the pipe that it holds the lock, and dies when told. */
START_TEST(lock_ends_with_its_process)
{
    struct error err = {0};
    static struct file_lock *held; /* until its process is gone: no leak */
    struct file_lock *lock;
    int said[2], told[2];
    char expected[64], byte;
    pid_t child;

    ck_assert(pipe(said) == 0 && pipe(told) == 0);
    child = fork();
    if (child == 0) {
        held = file_lock_open(in_folder("lock"), &err);
        _exit(held && write(said[1], "x", 1) == 1 && read(told[0], &byte, 1) == 1 ? 0 : 1);
    }
    ck_assert_int_eq(read(said[0], &byte, 1), 1);
    ck_assert_ptr_null(file_lock_open(in_folder("lock"), &err));
    snprintf(expected, sizeof(expected), "in use by process %ld", (long)child);
    ck_assert_ptr_nonnull(strstr(err.text, expected));
    ck_assert_int_eq(write(told[1], "x", 1), 1);
    ck_assert_int_eq(waitpid(child, &(int){0}, 0), child);
    lock = file_lock_open(path, &err);
    ck_assert_msg(lock != NULL, "%s", err.text);
    file_lock_close(lock);
}
END_TEST

START_TEST(lock_of_no_place)
{
    struct error err = {0};

    ck_assert_ptr_null(file_lock_open(in_folder("absent/lock"), &err));
    ck_assert_int_eq(err.code, ERROR_IO);
}
END_TEST

Suite *file_suite(void)
{
    Suite *suite = suite_create("file");
    TCase *t = tcase_create("file");

    tcase_add_checked_fixture(t, make_folder, drop_folder);
    tcase_add_test(t, written_is_read);
    tcase_add_test(t, in_the_present_folder);
    tcase_add_test(t, new_never_replaces);
    tcase_add_test(t, failure_leaves_nothing);
    tcase_add_test(t, no_room_keeps_the_old_content);
    tcase_add_test(t, read_is_bounded);
    tcase_add_test(t, large_file);
    tcase_add_loop_test(t, not_files, 0, COUNT(unreadable));
    tcase_add_test(t, directories);
    tcase_add_test(t, lock_is_held_by_one);
    tcase_add_test(t, lock_ends_with_its_process);
    tcase_add_test(t, lock_of_no_place);
    suite_add_tcase(suite, t);
    return suite;
}
