/* Prints what the documentation repeats of the code's tables: `reference rpc`, `reference store`.
 */
#include <cairn/rpc.h>

int main(int argc, char **argv)
{
    struct buffer page = {0};
    size_t written;

    if (argc == 2 && strcmp(argv[1], "rpc") == 0) {
        rpc_reference_markdown(&page);
    } else if (argc == 2 && strcmp(argv[1], "store") == 0) {
        store_reference_markdown(&page);
    } else {
        fprintf(stderr, "usage: reference rpc|store\n");
        return 2;
    }
    written = fwrite(page.at, 1, page.size, stdout);
    buffer_release(&page);
    return written > 0 && fflush(stdout) == 0 ? 0 : 1;
}
