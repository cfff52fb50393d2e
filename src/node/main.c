/* cairnd: the node. */
#include "clock.h"
#include "node.h"
#include "options.h"

#include <unistd.h>

static void print(struct buffer *text)
{
    fwrite(text->at, 1, text->size, stdout);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    struct config config;
    struct error err = {0};
    struct buffer text = {0};
    int code = 0;

    if (!config_load(&config, argc, argv, &err)) {
        fprintf(stderr, "cairnd: %s\n", err.text);
        code = 2;
    } else if (config.help) {
        config_help(&text);
        print(&text);
    } else if (config.version) {
        printf("cairnd %s\n", CAIRN_VERSION);
    } else {
        log_open(&(struct log_options){.level = config.log_level,
                                       .format = config.log_format,
                                       .descriptor = STDERR_FILENO,
                                       .now_ms = clock_now_ms});
        code = config.reindex ? node_reindex(&config) : node_run(&config);
    }
    buffer_release(&text);
    config_release(&config);
    return code;
}
