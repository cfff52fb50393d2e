#include "http.h"
#include "tool.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <time.h>

static bool post(void *user, const char *url, struct bytes request, uint64_t wait_ms,
                 struct buffer *answer, struct error *err)
{
    return http_post(user, url, request, wait_ms, answer, err);
}

static uint64_t now_ms(void *user)
{
    struct timespec now;

    (void)user;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

int main(int argc, char **argv)
{
    const char *url = getenv("CAIRN_RPC_URL");
    struct tool tool = {
        .out = stdout,
        .err = stderr,
        .rpc_url = url && url[0] != '\0' ? url : "http://127.0.0.1:8545",
    };
    enum tool_exit status;

    curl_global_init(CURL_GLOBAL_DEFAULT);
    tool.port = (struct tool_ports){.user = http_new(), .post = post, .now_ms = now_ms};
    status = tool_run(&tool, argc, argv);
    http_free(tool.port.user);
    curl_global_cleanup();
    return (int)status;
}
