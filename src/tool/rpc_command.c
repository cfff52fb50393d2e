#include "client.h"
#include "command.h"

#include <cairn/json.h>

/* JSON where it is JSON, else the text itself: 0x12 and latest need no quotes in a shell. */
static json_t *parameter_of(const char *word)
{
    struct error ignored = {0};
    json_t *value = NULL;

    if (json_parse(&value, bytes_of_text(word), JSON_DEPTH_MAX, &ignored))
        return value;
    return json_string(word);
}

bool rpc_run(struct tool *tool, const struct arguments *arguments, struct error *err)
{
    json_t *params = json_array();
    json_t *result = NULL;

    for (size_t i = 1; i < arguments->word_count; i++) {
        if (json_array_append_new(params, parameter_of(arguments->word[i])) != 0) {
            json_decref(params);
            return error_set(err, ERROR_USAGE, "parameter %zu is not UTF-8", i - 1);
        }
    }
    if (!client_call(tool, &result, arguments->word[0], params, err))
        return false;
    if (arguments_has(arguments, "--raw") && json_is_string(result)) {
        fprintf(tool->out, "%s\n", json_string_value(result));
    } else if (tool->json) {
        tool_put_json(tool, json_incref(result));
    } else {
        json_dumpf(result, tool->out, JSON_INDENT(2) | JSON_ENCODE_ANY | JSON_ENSURE_ASCII);
        fputc('\n', tool->out);
    }
    json_decref(result);
    return true;
}
