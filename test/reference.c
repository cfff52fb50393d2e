/* Prints doc/json-rpc.md from the method table. */
#include <cairn/rpc.h>

int main(void)
{
    struct buffer page = {0};
    size_t written;

    rpc_reference_markdown(&page);
    written = fwrite(page.at, 1, page.size, stdout);
    buffer_release(&page);
    return written > 0 && fflush(stdout) == 0 ? 0 : 1;
}
