/* Commands as data: names, arguments, options with their help, handlers. Parsing, --help and every
 * message about wrong usage come from the table in commands.c. */
#ifndef CAIRN_TOOL_COMMAND_H
#define CAIRN_TOOL_COMMAND_H
#include "tool.h"

enum {
    OPTION_NEEDED = 1, /* the command does not run without it */
    OPTION_AGAIN = 2,  /* may be given more than once */
    OPTION_MAYBE = 4   /* the value may be left out; only --name=VALUE gives one */
};

struct option_row {
    const char *name;  /* "--rpc-url"; NULL ends a table */
    const char *value; /* "URL"; NULL: a flag */
    unsigned flags;
    const char *help;
};

struct arguments;
typedef bool command_run(struct tool *tool, const struct arguments *arguments, struct error *err);

struct command {
    const char *name;      /* "key new": one or two words */
    const char *arguments; /* as usage shows them: "METHOD [PARAM...]" */
    size_t argument_min, argument_max;
    const char *says;                /* one sentence */
    const char *more;                /* what else --help says; may be NULL */
    const struct option_row *option; /* its own; NULL: none */
    command_run *run;
};

extern const struct command commands[];
extern const size_t command_count;
extern const struct option_row options_everywhere[];

struct option_given {
    const struct option_row *row;
    const char *value; /* NULL: a flag, or a value left out */
};

/* A parsed command line; borrows from argv. */
struct arguments {
    const struct command *command; /* NULL: help was asked for above a command */
    const char *group;             /* then: the commands' first word, or NULL for all */
    bool help;
    bool version;
    const char **word;
    size_t word_count;
    struct option_given *given;
    size_t given_count;
};

/* ERROR_USAGE. */
bool arguments_parse(struct arguments *out, int argc, char **argv, struct error *err) MUST_CHECK;
void arguments_release(struct arguments *arguments);

/* `name` must be in the command's table (asserted). */
bool arguments_has(const struct arguments *arguments, const char *name);
const char *arguments_value(const struct arguments *arguments, const char *name); /* NULL: none */
/* The values of one that may be given again: `at` starts as 0; NULL: no more. */
const char *arguments_next(const struct arguments *arguments, const char *name, size_t *at);
/* A decimal number, where it was given; *out stays as it is where not. */
bool arguments_u64(const struct arguments *arguments, const char *name, uint64_t *out,
                   struct error *err) MUST_CHECK;

/* Help for one command, a group of them, or the whole program. */
void command_help(FILE *out, const struct command *command);
void command_help_group(FILE *out, const char *group);

command_run key_new, key_list, key_import, key_address;
command_run send_run;
command_run show_balance, show_tx, show_block;
command_run rpc_run;
command_run genesis_new, genesis_check, genesis_hash;

#endif
