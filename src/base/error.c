#include <cairn/error.h>

#include <stdio.h>
#include <string.h>

enum { RPC_INTERNAL = -32603 };

static const struct {
    const char *name;
    int rpc;
} error_table[] = {
#define ERROR_ROW(code, name, rpc) [code] = {name, rpc},
    ERROR_TABLE(ERROR_ROW)
#undef ERROR_ROW
};
static_assert(COUNT(error_table) == ERROR_COUNT, "every code has its row");

/* A text that is built beside the error's own: arguments may point into that one. */
struct error_text {
    char at[ERROR_TEXT_MAX];
    size_t size; /* without the final 0 */
};

static void text_advance(struct error_text *text, int wanted)
{
    size_t room = sizeof(text->at) - text->size;

    assert(wanted >= 0);
    if ((size_t)wanted < room) {
        text->size += (size_t)wanted;
        return;
    }
    /* Cut at the bound, and never inside a character: the text goes into JSON. */
    text->size = utf8_cut(text->at, sizeof(text->at) - 1);
    text->at[text->size] = 0;
}

static void PRINTF_LIKE(2, 0)
    text_vformat(struct error_text *text, const char *format, va_list list)
{
    text_advance(text,
                 vsnprintf(text->at + text->size, sizeof(text->at) - text->size, format, list));
}

static void PRINTF_LIKE(2, 3) text_format(struct error_text *text, const char *format, ...)
{
    va_list list;

    va_start(list, format);
    text_vformat(text, format, list);
    va_end(list);
}

static bool error_take(struct error *err, enum error_code code, const struct error_text *text)
{
    err->code = code;
    memcpy(err->text, text->at, text->size + 1);
    return false;
}

bool error_set(struct error *err, enum error_code code, const char *format, ...)
{
    struct error_text text = {.size = 0};
    va_list list;

    va_start(list, format);
    text_vformat(&text, format, list);
    va_end(list);
    return error_take(err, code, &text);
}

bool error_wrap(struct error *err, const char *format, ...)
{
    struct error_text text = {.size = 0};
    va_list list;

    va_start(list, format);
    text_vformat(&text, format, list);
    va_end(list);
    text_format(&text, ": %s", err->text);
    return error_take(err, err->code, &text);
}

bool error_system(struct error *err, int number, const char *format, ...)
{
    struct error_text text = {.size = 0};
    char words[128];
    va_list list;

    va_start(list, format);
    text_vformat(&text, format, list);
    va_end(list);
    text_format(&text, ": %s", strerror_r(number, words, sizeof(words)));
    return error_take(err, ERROR_IO, &text);
}

const char *error_name(enum error_code code)
{
    assert(code < ERROR_COUNT);
    return error_table[code].name;
}

int error_rpc_code(enum error_code code)
{
    assert(code < ERROR_COUNT);
    return error_table[code].rpc == 0 ? RPC_INTERNAL : error_table[code].rpc;
}
