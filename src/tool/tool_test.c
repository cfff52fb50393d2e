#include "tool_test.h"

#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

struct node {
    const char *url;
    const struct exchange *script;
    size_t count;
    size_t at;
    uint64_t now_ms;
};

static bool node_post(void *user, const char *url, struct bytes request, uint64_t wait_ms,
                      struct buffer *answer, struct error *err)
{
    struct node *node = user;
    const struct exchange *exchange = &node->script[node->at];
    struct buffer text = {0};

    (void)wait_ms;
    ck_assert_str_eq(url, node->url);
    buffer_put(&text, request);
    ck_assert_msg(node->at < node->count, "one request too many: %s", buffer_text(&text));
    ck_assert_msg(strstr(buffer_text(&text), exchange->wants), "%s\ndoes not hold %s",
                  buffer_text(&text), exchange->wants);
    buffer_release(&text);
    node->at++;
    node->now_ms += exchange->takes_ms;
    if (!exchange->answer)
        return error_set(err, ERROR_IO, "nobody there");
    buffer_put_text(answer, exchange->answer);
    return true;
}

static uint64_t node_now_ms(void *user)
{
    const struct node *node = user;

    return node->now_ms;
}

/* Splits in place; a word is what stands between single spaces. */
static int split(char *words, char **argv, int room)
{
    int count = 0;

    for (char *at = words; at && *at; count++) {
        ck_assert_int_lt(count, room);
        argv[count] = at;
        at = strchr(at, ' ');
        if (at)
            *at++ = '\0';
    }
    return count;
}

struct run run_cairn(const struct exchange *script, size_t count, const char *words)
{
    bool other = strstr(words, "--rpc-url http://other.example");
    struct node node = {.url = other ? "http://other.example" : "http://node.example",
                        .script = script,
                        .count = count,
                        .now_ms = 1000};
    struct buffer line = {0};
    struct run run = {0};
    char *argv[64];
    size_t out_size;
    size_t err_size;
    struct tool tool = {
        .out = open_memstream(&run.out, &out_size),
        .err = open_memstream(&run.err, &err_size),
        .rpc_url = "http://node.example",
        .port = {.user = &node, .post = node_post, .now_ms = node_now_ms},
    };
    char *text;

    buffer_printf(&line, "cairn %s", words);
    text = mem_text(buffer_text(&line));
    run.status = tool_run(&tool, split(text, argv, COUNT(argv)), argv);
    fclose(tool.out);
    fclose(tool.err);
    mem_free(text);
    buffer_release(&line);
    ck_assert_msg(node.at == node.count, "%s: request %zu did not come: %s", words, node.at,
                  node.at < node.count ? script[node.at].wants : "");
    return run;
}

void run_free(struct run *run)
{
    free(run->out);
    free(run->err);
    *run = (struct run){0};
}

void check_run(const char *words, enum tool_exit status, const char *out, const char *err)
{
    struct run run = run_cairn(NULL, 0, words);

    ck_assert_msg(run.status == status, "cairn %s: exit %d, want %d\n%s%s", words, (int)run.status,
                  (int)status, run.out, run.err);
    ck_assert_msg(!out || strstr(run.out, out), "cairn %s: %s\ndoes not hold %s", words, run.out,
                  out);
    ck_assert_msg(!err || strstr(run.err, err), "cairn %s: %s\ndoes not hold %s", words, run.err,
                  err);
    run_free(&run);
}

static char place[] = "/tmp/cairn-tool-XXXXXX"; /* mkdtemp writes into it, in the test's process */

void place_setup(void)
{
    ck_assert_ptr_nonnull(mkdtemp(place));
    ck_assert_int_eq(chdir(place), 0);
    setenv("XDG_DATA_HOME", place, 1);
}

static int place_remove(const char *path, const struct stat *about, int kind, struct FTW *walk)
{
    (void)about;
    (void)kind;
    (void)walk;
    return remove(path);
}

void place_teardown(void)
{
    ck_assert_int_eq(nftw(place, place_remove, 8, FTW_DEPTH | FTW_PHYS), 0);
}

void place_put(const char *name, const char *content)
{
    FILE *file = fopen(name, "we");

    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(content, file), 0);
    ck_assert_int_eq(fclose(file), 0);
}

unsigned place_mode(const char *name)
{
    struct stat about;

    ck_assert_msg(stat(name, &about) == 0, "%s is not there", name);
    return (unsigned)about.st_mode & 07777;
}

void place_import_alice(void)
{
    place_put("pw", "correct horse\n");
    place_put("alice.secret", "1111111111111111111111111111111111111111111111111111111111111111");
    check_run("key import alice.secret --out alice.key --light --password-file pw", TOOL_DONE,
              ALICE, NULL);
}

Suite *amount_suite(void);
Suite *client_suite(void);
Suite *command_suite(void);
Suite *genesis_command_suite(void);
Suite *http_suite(void);
Suite *keys_suite(void);
Suite *password_suite(void);
Suite *send_suite(void);
Suite *show_suite(void);

int main(void)
{
    Suite *(*const suites[])(void) = {
        amount_suite,   command_suite, client_suite,          show_suite, http_suite, keys_suite,
        password_suite, send_suite,    genesis_command_suite,
    };

    return unit_main(suites, COUNT(suites));
}
