#include "tool.h"

#include "command.h"

#include <inttypes.h>

static enum tool_exit exit_of(const struct tool *tool, enum error_code code)
{
    static const enum tool_exit exits[ERROR_COUNT] = {
        [ERROR_USAGE] = TOOL_USAGE,      [ERROR_NUMBER] = TOOL_USAGE, [ERROR_HEX] = TOOL_USAGE,
        [ERROR_RPC_TIMEOUT] = TOOL_LATE, [ERROR_KEY] = TOOL_KEY,      [ERROR_KEYFILE] = TOOL_KEY,
        [ERROR_PASSWORD] = TOOL_KEY,     [ERROR_RECORD] = TOOL_KEY,   [ERROR_IO] = TOOL_FILE,
        [ERROR_LIMIT] = TOOL_FILE,
    };

    if (tool->node_failed)
        return TOOL_NODE;
    return exits[code] ? exits[code] : TOOL_REFUSED;
}

/* Arguments and paths may be no UTF-8, and a text may be cut inside a character. */
static json_t *message_of(const char *text)
{
    json_t *message = json_string(text);
    struct buffer ascii = {0};

    if (message)
        return message;
    for (; *text; text++)
        buffer_put_byte(&ascii, (uint8_t)((uint8_t)*text < 0x80 ? *text : '?'));
    message = json_string(buffer_text(&ascii));
    buffer_release(&ascii);
    return message;
}

static enum tool_exit put_error(struct tool *tool, const struct error *err)
{
    enum tool_exit status = exit_of(tool, err->code);
    char text[ERROR_TEXT_MAX];
    json_t *json;

    /* Paths, arguments and a node's words stand in it. */
    tool_printable(text, sizeof text, bytes_of_text(err->text));
    if (!tool->json) {
        fprintf(tool->err, "cairn: %s\n", text);
        return status;
    }
    json = json_pack("{s{si,ss,so}}", "error", "exit", (int)status, "name", error_name(err->code),
                     "message", message_of(text));
    if (tool->refusal_code != 0)
        json_object_set_new(json_object_get(json, "error"), "rpcCode",
                            json_integer(tool->refusal_code));
    tool_put_json(tool, json);
    return status;
}

static bool flush(struct tool *tool, struct error *err)
{
    if (fflush(tool->out) == 0 && !ferror(tool->out))
        return true;
    return error_set(err, ERROR_IO, "standard output: not all could be written; is its disk full?");
}

static bool obey(struct tool *tool, const struct arguments *arguments, struct error *err)
{
    const char *url = arguments_value(arguments, "--rpc-url");

    tool->json = arguments_has(arguments, "--json");
    if (url)
        tool->rpc_url = url;
    if (arguments->version)
        fprintf(tool->out, "cairn %s\n", CAIRN_VERSION);
    else if (arguments->help && arguments->command)
        command_help(tool->out, arguments->command);
    else if (arguments->help)
        command_help_group(tool->out, arguments->group);
    else if (!arguments->command->run(tool, arguments, err))
        return false;
    return flush(tool, err);
}

/* An error in the command line itself obeys --json too, which then was perhaps not reached. */
static bool wants_json(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--json") == 0)
            return true;
    }
    return false;
}

enum tool_exit tool_run(struct tool *tool, int argc, char **argv)
{
    struct arguments arguments;
    struct error err = {0};
    enum tool_exit status = TOOL_DONE;

    tool->json = wants_json(argc, argv);
    if (argc < 2) {
        command_help_group(tool->err, NULL);
        return TOOL_USAGE;
    }
    if (!arguments_parse(&arguments, argc, argv, &err))
        return put_error(tool, &err);
    if (!obey(tool, &arguments, &err))
        status = put_error(tool, &err);
    arguments_release(&arguments);
    return status;
}

void tool_put_row(struct tool *tool, const char *label, const char *format, ...)
{
    va_list list;

    fprintf(tool->out, "%-14s ", label);
    va_start(list, format);
    vfprintf(tool->out, format, list);
    va_end(list);
    fputc('\n', tool->out);
}

void tool_put_json(struct tool *tool, json_t *value)
{
    /* The values were checked before they came here, so packing them can't have failed. */
    assert(value);
    json_dumpf(value, tool->out, JSON_COMPACT | JSON_ENCODE_ANY | JSON_ENSURE_ASCII);
    fputc('\n', tool->out);
    json_decref(value);
}

static bool is_c1_end(struct bytes text, size_t i)
{
    return i < text.size && text.at[i] >= 0x80 && text.at[i] < 0xa0;
}

/* C0, DEL, and C1 in its UTF-8 spelling (c2 80 to c2 9f), which xterm obeys as well. */
static bool steers(struct bytes text, size_t i)
{
    uint8_t byte = text.at[i];

    return byte < 0x20 || byte == 0x7f || (byte == 0xc2 && is_c1_end(text, i + 1)) ||
           (i > 0 && text.at[i - 1] == 0xc2 && is_c1_end(text, i));
}

void tool_printable(char *out, size_t room, struct bytes text)
{
    size_t size = text.size < room ? text.size : room - 1;

    assert(room > 0);
    for (size_t i = 0; i < size; i++)
        out[i] = steers(text, i) ? '?' : (char)text.at[i];
    out[size] = '\0';
}
