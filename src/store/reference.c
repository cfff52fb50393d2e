/* The table of doc/store.md. */
#include "schema.h"

#include <cairn/store.h>

static const char *const class_names[] = {
    [CLASS_TRUTH] = "truth",
    [CLASS_DERIVED] = "derived",
    [CLASS_CACHE] = "cache",
    [CLASS_OWN] = "own",
};

void store_reference_markdown(struct buffer *out)
{
    buffer_put_text(
        out,
        "| letter | row | key behind the letter | value | kind | a wrong byte is noticed by |\n"
        "| --- | --- | --- | --- | --- | --- |\n");
    for (size_t i = 0; i < KEY_SPACE_COUNT; i++) {
        const struct key_space_row *row = &key_spaces[i];

        buffer_printf(out, "| `%c` | %s | %s | %s | %s | %s |\n", (char)row->space, row->name,
                      row->key, row->value, class_names[row->class], row->checked);
    }
}
