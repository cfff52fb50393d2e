#include "command.h"

#include "amount.h"

static const struct option_row *row_find(const struct option_row *table, const char *name,
                                         size_t size)
{
    for (; table && table->name; table++) {
        if (strlen(table->name) == size && memcmp(table->name, name, size) == 0)
            return table;
    }
    return NULL;
}

static const struct option_row *option_find(const struct command *command, const char *name,
                                            size_t size)
{
    const struct option_row *row = row_find(options_everywhere, name, size);

    return row || !command ? row : row_find(command->option, name, size);
}

/* "cairn send", or "cairn" before the command is known: what to ask for help. */
static bool usage(struct error *err, const struct command *command, const char *what,
                  const char *which)
{
    return error_set(err, ERROR_USAGE, "%s%s; see: cairn%s%s --help", what, which,
                     command ? " " : "", command ? command->name : "");
}

static bool is_option(const char *word)
{
    /* A lone dash is standard input, and -1 may be a parameter of `cairn rpc`. */
    return word[0] == '-' && word[1] != '\0' && !(word[1] >= '0' && word[1] <= '9');
}

/* Takes the option at argv[*at] and its value; *at then stands at the last word used. */
static bool take_option(struct arguments *a, int argc, char **argv, int *at, struct error *err)
{
    const char *word = strcmp(argv[*at], "-h") == 0 ? "--help" : argv[*at];
    const char *equals = strchr(word, '=');
    size_t size = equals ? (size_t)(equals - word) : strlen(word);
    const struct option_row *row = option_find(a->command, word, size);
    const char *value = equals ? equals + 1 : NULL;

    if (!row)
        return usage(err, a->command, "unknown option ", word);
    if (!row->value && value)
        return usage(err, a->command, "no value goes with ", row->name);
    if (row->value && !value && !(row->flags & OPTION_MAYBE)) {
        if (*at + 1 == argc)
            return usage(err, a->command, "a value is missing behind ", row->name);
        value = argv[++*at];
    }
    for (size_t i = 0; i < a->given_count && !(row->flags & OPTION_AGAIN); i++) {
        if (a->given[i].row == row)
            return usage(err, a->command, "given twice: ", row->name);
    }
    a->given[a->given_count++] = (struct option_given){row, value};
    a->help = a->help || strcmp(row->name, "--help") == 0;
    a->version = a->version || strcmp(row->name, "--version") == 0;
    return true;
}

static bool is_group(const char *word)
{
    size_t size = strlen(word);

    for (size_t i = 0; i < command_count; i++) {
        if (strncmp(commands[i].name, word, size) == 0 && commands[i].name[size] == ' ')
            return true;
    }
    return false;
}

static const struct command *command_find(const char *first, const char *second)
{
    size_t size = strlen(first);

    for (size_t i = 0; i < command_count; i++) {
        const char *name = commands[i].name;

        if (strncmp(name, first, size) != 0)
            continue;
        if (name[size] == '\0' ||
            (second && name[size] == ' ' && strcmp(name + size + 1, second) == 0))
            return &commands[i];
    }
    return NULL;
}

/* The command at argv[*at]: one word or two; *at then stands at the last of them. */
static bool take_command(struct arguments *a, int argc, char **argv, int *at, struct error *err)
{
    const char *second = *at + 1 < argc ? argv[*at + 1] : NULL;

    a->command = command_find(argv[*at], second);
    if (a->command) {
        *at += strchr(a->command->name, ' ') ? 1 : 0;
        return true;
    }
    if (!is_group(argv[*at]))
        return usage(err, NULL, "unknown command ", argv[*at]);
    if (second && !is_option(second))
        return error_set(err, ERROR_USAGE, "unknown command %s %s; see: cairn %s --help", argv[*at],
                         second, argv[*at]);
    a->group = argv[*at];
    return true;
}

static bool check_whole(const struct arguments *a, struct error *err)
{
    const struct command *c = a->command;

    if (!c)
        return error_set(err, ERROR_USAGE, "a command is missing; see: cairn%s%s --help",
                         a->group ? " " : "", a->group ? a->group : "");
    if (a->word_count < c->argument_min)
        return usage(err, c, "an argument is missing: ", c->arguments);
    if (a->word_count > c->argument_max)
        return usage(err, c, "one argument too many: ", a->word[c->argument_max]);
    for (const struct option_row *row = c->option; row && row->name; row++) {
        if ((row->flags & OPTION_NEEDED) && !arguments_has(a, row->name))
            return usage(err, c, "missing: ", row->name);
    }
    return true;
}

bool arguments_parse(struct arguments *out, int argc, char **argv, struct error *err)
{
    bool options_end = false;
    bool ok = true;

    *out = (struct arguments){0};
    out->word = mem_new((size_t)argc + 1, sizeof *out->word);
    out->given = mem_new((size_t)argc + 1, sizeof *out->given);
    for (int i = 1; i < argc && ok; i++) {
        if (!options_end && strcmp(argv[i], "--") == 0)
            options_end = true;
        else if (!options_end && is_option(argv[i]))
            ok = take_option(out, argc, argv, &i, err);
        else if (!out->command && !out->group)
            ok = take_command(out, argc, argv, &i, err);
        else
            out->word[out->word_count++] = argv[i];
    }
    ok = ok && (out->help || out->version || check_whole(out, err));
    if (!ok)
        arguments_release(out);
    return ok;
}

void arguments_release(struct arguments *arguments)
{
    mem_free(arguments->word);
    mem_free(arguments->given);
    *arguments = (struct arguments){0};
}

const char *arguments_next(const struct arguments *arguments, const char *name, size_t *at)
{
    const struct option_row *row = option_find(arguments->command, name, strlen(name));

    assert(row);
    while (*at < arguments->given_count) {
        const struct option_given *given = &arguments->given[(*at)++];

        if (given->row == row)
            return given->value;
    }
    return NULL;
}

const char *arguments_value(const struct arguments *arguments, const char *name)
{
    size_t at = 0;

    return arguments_next(arguments, name, &at);
}

bool arguments_has(const struct arguments *arguments, const char *name)
{
    const struct option_row *row = option_find(arguments->command, name, strlen(name));

    assert(row);
    for (size_t i = 0; i < arguments->given_count; i++) {
        if (arguments->given[i].row == row)
            return true;
    }
    return false;
}

bool arguments_u64(const struct arguments *arguments, const char *name, uint64_t *out,
                   struct error *err)
{
    const char *value = arguments_value(arguments, name);

    return !value || number_parse(out, value, err) || error_wrap(err, "%s", name);
}

static void put_option(FILE *out, const struct option_row *row)
{
    struct buffer name = {0};
    bool maybe = row->flags & OPTION_MAYBE;

    buffer_put_text(&name, row->name);
    if (row->value)
        buffer_printf(&name, maybe ? "[=%s]" : " %s", row->value);
    fprintf(out, "  %-28s %s%s\n", buffer_text(&name), row->help,
            (row->flags & OPTION_NEEDED)  ? " (needed)"
            : (row->flags & OPTION_AGAIN) ? " (may be given again)"
                                          : "");
    buffer_release(&name);
}

static void put_everywhere(FILE *out)
{
    fputs("\noptions of every command:\n", out);
    for (const struct option_row *row = options_everywhere; row->name; row++)
        put_option(out, row);
}

void command_help(FILE *out, const struct command *command)
{
    fprintf(out, "usage: cairn %s", command->name);
    for (const struct option_row *row = command->option; row && row->name; row++) {
        if (row->flags & OPTION_NEEDED)
            fprintf(out, " %s %s", row->name, row->value);
    }
    if (command->arguments[0])
        fprintf(out, " %s", command->arguments);
    fprintf(out, " [OPTION...]\n\n%s\n", command->says);
    if (command->more)
        fprintf(out, "\n%s\n", command->more);
    if (command->option)
        fputs("\noptions:\n", out);
    for (const struct option_row *row = command->option; row && row->name; row++)
        put_option(out, row);
    put_everywhere(out);
}

void command_help_group(FILE *out, const char *group)
{
    static const char *const exits[] = {
#define EXIT_SAYS(code, says) [code] = says,
        TOOL_EXIT_TABLE(EXIT_SAYS)
#undef EXIT_SAYS
    };
    size_t size = group ? strlen(group) : 0;

    fprintf(out, "cairn %s: keys, transfers and questions for a cairn network.\n\n", CAIRN_VERSION);
    fprintf(out, "usage: cairn %s%sCOMMAND [ARGUMENT...] [OPTION...]\n\ncommands:\n",
            group ? group : "", group ? " " : "");
    for (size_t i = 0; i < command_count; i++) {
        if (!group ||
            (strncmp(commands[i].name, group, size) == 0 && commands[i].name[size] == ' '))
            fprintf(out, "  %-15s %s\n", commands[i].name, commands[i].says);
    }
    put_everywhere(out);
    if (group) {
        fprintf(out, "\nMore on each: cairn %s COMMAND --help\n", group);
        return;
    }
    fputs("\nMore on each: cairn COMMAND --help\n"
          "\nOptions may stand anywhere; -- ends them. Amounts: 1.5coin, 20gwei, 1000 (wei);"
          " 1 coin = 10^18 wei.\nErrors go to standard error as \"cairn: WHAT; what to do\";"
          " with --json to standard output as\n{\"error\":{\"exit\":1,\"name\":\"...\","
          "\"message\":\"...\",\"rpcCode\":-32000}} (rpcCode: the node's, where it refused).\n"
          "\nexit status:\n",
          out);
    for (size_t i = 0; i < COUNT(exits); i++)
        fprintf(out, "  %zu  %s\n", i, exits[i]);
}
