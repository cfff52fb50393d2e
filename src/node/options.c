#include "options.h"

#include <cairn/block.h>
#include <cairn/file.h>
#include <cairn/genesis.h>

#include <ctype.h>
#include <ini.h>
#include <stdlib.h>

enum option_kind {
    OPTION_FLAG,
    OPTION_TEXT,
    OPTION_NUMBER,
    OPTION_BYTES,
    OPTION_LIST,
    OPTION_LEVEL,
    OPTION_FORMAT,
    OPTION_LISTEN
};

struct option_row {
    const char *name;    /* --NAME; CAIRN_NAME; the INI key is what follows "SECTION-" in it */
    const char *section; /* of the INI file; NULL: command line and environment alone */
    enum option_kind kind;
    size_t offset;        /* in struct config */
    const char *argument; /* for --help */
    const char *fallback; /* the default, as text; NULL: none */
    uint64_t least, most; /* of numbers; of a text: its bytes, 0: any */
    const char *help;
};

#define AT(member) offsetof(struct config, member)
#define MIB (UINT64_C(1024) * 1024)

static const struct option_row options[] = {
    {"dev", NULL, OPTION_FLAG, AT(dev), NULL, NULL, 0, 0,
     "run the development chain (chain id 31337, ten funded accounts whose keys everyone knows)"},
    {"temporary", NULL, OPTION_FLAG, AT(temporary), NULL, NULL, 0, 0,
     "with --dev: a throw-away chain in a temporary directory, removed at the end"},
    {"genesis", "node", OPTION_TEXT, AT(genesis), "FILE", NULL, 0, 0, "the network's genesis file"},
    {"data-dir", "node", OPTION_TEXT, AT(data_dir), "DIR", NULL, 0, 0,
     "where the chain is kept (default: cairn/CHAINID in the user's XDG data directory)"},
    {"validator-key", "node", OPTION_TEXT, AT(validator_key), "FILE", NULL, 0, 0,
     "key file of this validator, validator.state beside it (cairn key new --validator)"},
    {"password-file", "node", OPTION_TEXT, AT(password_file), "FILE", NULL, 0, 0,
     "holds the validator key's password; without it, it is asked for at the terminal"},
    {"new-validator-state", NULL, OPTION_FLAG, AT(new_validator_state), NULL, NULL, 0, 0,
     "make a lost validator.state anew: your word that the key signed nothing on this chain above "
     "the head here"},
    {"block-time", "node", OPTION_NUMBER, AT(block_time), "MS", NULL, 0, BLOCK_TIME_MS_MAX,
     "with --dev: this run's pace; 0 builds a block as soon as a transaction is there"},
    {"extra", "node", OPTION_TEXT, AT(extra), "TEXT", NULL, 0, BLOCK_EXTRA_MAX,
     "free text in the blocks built here, at most 32 bytes"},
    {"rpc-listen", "rpc", OPTION_LISTEN, AT(rpc_host), "HOST:PORT", "127.0.0.1:8545", 0, 0,
     "address of JSON-RPC; port 0 picks one and says which"},
    {"no-rpc", NULL, OPTION_FLAG, AT(no_rpc), NULL, NULL, 0, 0, "no JSON-RPC"},
    {"rpc-vhosts", "rpc", OPTION_LIST, AT(rpc_vhosts), "NAME,...", NULL, 0, 0,
     "host names taken in Host besides localhost and IP addresses; * takes all"},
    {"rpc-cors-origins", "rpc", OPTION_LIST, AT(rpc_cors_origins), "ORIGIN,...", NULL, 0, 0,
     "origins that web pages may ask from, besides localhost; * takes all"},
    {"rpc-suggested-tip", "rpc", OPTION_NUMBER, AT(rpc_suggested_tip), "WEI", "1000000000", 0,
     UINT64_MAX, "the least that eth_maxPriorityFeePerGas suggests"},
    {"rpc-body-max", "rpc", OPTION_BYTES, AT(rpc_body_max), "BYTES", "5242880", 1024, 256 * MIB,
     "largest request body"},
    {"rpc-answers-max", "rpc", OPTION_BYTES, AT(rpc_answers_max), "BYTES", "268435456", MIB,
     UINT64_C(1) << 40, "answers of all connections that their clients have not taken"},
    {"rpc-bodies-max", "rpc", OPTION_BYTES, AT(rpc_bodies_max), "BYTES", "134217728", MIB,
     UINT64_C(1) << 40, "bodies of all connections together"},
    {"rpc-batch-max", "rpc", OPTION_NUMBER, AT(rpc_batch_max), "N", "1000", 1, 100000,
     "requests in a batch"},
    {"rpc-answer-max", "rpc", OPTION_BYTES, AT(rpc_answer_max), "BYTES", "26214400", 65536,
     1024 * MIB, "largest answer"},
    {"rpc-depth-max", "rpc", OPTION_NUMBER, AT(rpc_depth_max), "N", "32", 8, 512,
     "nesting of JSON in a request"},
    {"rpc-connections-max", "rpc", OPTION_NUMBER, AT(rpc_connections_max), "N", "1024", 1, 100000,
     "connections at once"},
    {"rpc-connections-per-address-max", "rpc", OPTION_NUMBER, AT(rpc_connections_per_address_max),
     "N", "256", 1, 100000, "connections of one address at once (loopback: no limit of its own)"},
    {"rpc-idle-s", "rpc", OPTION_NUMBER, AT(rpc_idle_s), "SECONDS", "120", 1, 86400,
     "an idle connection is closed after this"},
    {"rpc-requests-max", "rpc", OPTION_NUMBER, AT(rpc_requests_max), "N", "64", 1, 4096,
     "requests in progress of one connection; then reading pauses"},
    {"rpc-head-max", "rpc", OPTION_BYTES, AT(rpc_head_max), "BYTES", "16384", 1024, MIB,
     "request line and headers"},
    {"rpc-head-s", "rpc", OPTION_NUMBER, AT(rpc_head_s), "SECONDS", "10", 1, 3600,
     "a head must be whole within this"},
    {"rpc-body-s", "rpc", OPTION_NUMBER, AT(rpc_body_s), "SECONDS", "30", 1, 3600,
     "and a body within this"},
    {"rpc-waiting-max", "rpc", OPTION_NUMBER, AT(rpc_waiting_max), "N", "4096", 1, 1000000,
     "calls that wait for a transaction at once"},
    {"mempool-tx-max", "mempool", OPTION_NUMBER, AT(mempool_tx_max), "N", "65536", 1, 10000000,
     "transactions that wait, in all"},
    {"mempool-bytes-max", "mempool", OPTION_BYTES, AT(mempool_bytes_max), "BYTES", "67108864",
     TX_BYTES_MAX, UINT64_C(1) << 40, "their bytes"},
    {"mempool-sender-max", "mempool", OPTION_NUMBER, AT(mempool_sender_max), "N", "4096", 1,
     10000000, "of one sender"},
    {"mempool-ahead-max", "mempool", OPTION_NUMBER, AT(mempool_ahead_max), "N", "1024", 0, 10000000,
     "nonces ahead of the sender's next executable one"},
    {"mempool-queued-s", "mempool", OPTION_NUMBER, AT(mempool_queued_s), "SECONDS", "3600", 1,
     31536000, "how long one waits behind a nonce gap"},
    {"trie-memory", "store", OPTION_BYTES, AT(trie_memory), "BYTES", "536870912", MIB,
     UINT64_C(1) << 46, "nodes of the state trie in memory"},
    {"store-cache", "store", OPTION_BYTES, AT(store_cache), "BYTES", "67108864", MIB,
     UINT64_C(1) << 46, "LevelDB's block cache"},
    {"workers", "node", OPTION_NUMBER, AT(workers), "N", "0", 0, 64,
     "threads for signatures and long answers (0: one a core)"},
    {"log-level", "log", OPTION_LEVEL, AT(log_level), "LEVEL", "info", 0, 0,
     "error, warn, info or debug"},
    {"log-format", "log", OPTION_FORMAT, AT(log_format), "FORMAT", "text", 0, 0,
     "text, or json: one object a line"},
    {"ready-file", "node", OPTION_TEXT, AT(ready_file), "FILE", NULL, 0, 0,
     "written when the node is ready: the RPC URL and a newline"},
    {"config", NULL, OPTION_TEXT, AT(config_file), "FILE", NULL, 0, 0,
     "an INI file: [rpc] listen = … is --rpc-listen"},
    {"reindex", NULL, OPTION_FLAG, AT(reindex), NULL, NULL, 0, 0,
     "rebuild all that can be derived from headers, bodies and certificates, then end"},
    {"help", NULL, OPTION_FLAG, AT(help), NULL, NULL, 0, 0, "this page"},
    {"version", NULL, OPTION_FLAG, AT(version), NULL, NULL, 0, 0, "the version"},
};

/* ---- values ---- */

static void *option_place(struct config *config, const struct option_row *row)
{
    return (char *)config + row->offset;
}

static bool number_parse(uint64_t *out, const char *text)
{
    uint64_t value = 0;

    if (!*text)
        return false;
    for (const char *at = text; *at; at++) {
        if (*at < '0' || *at > '9' || value > (UINT64_MAX - (uint64_t)(*at - '0')) / 10)
            return false;
        value = value * 10 + (uint64_t)(*at - '0');
    }
    *out = value;
    return true;
}

/* Plain bytes, or with KiB, MiB, GiB behind. */
static bool bytes_parse(uint64_t *out, const char *text)
{
    static const struct {
        const char *unit;
        unsigned shift;
    } units[] = {{"", 0}, {"KiB", 10}, {"MiB", 20}, {"GiB", 30}};
    size_t digits = strspn(text, "0123456789");
    char number[24];

    if (digits == 0 || digits >= sizeof number)
        return false;
    memcpy(number, text, digits);
    number[digits] = 0;
    for (size_t i = 0; i < COUNT(units); i++) {
        if (strcmp(text + digits, units[i].unit) != 0)
            continue;
        if (!number_parse(out, number) || *out > UINT64_MAX >> units[i].shift)
            return false;
        *out <<= units[i].shift;
        return true;
    }
    return false;
}

static bool flag_parse(bool *out, const char *text)
{
    *out = strcmp(text, "1") == 0 || strcmp(text, "true") == 0 || strcmp(text, "yes") == 0;
    return *out || strcmp(text, "0") == 0 || strcmp(text, "false") == 0 || strcmp(text, "no") == 0;
}

static void list_clear(struct config_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        mem_free(list->item[i]);
    *list = (struct config_list){0};
}

static bool list_parse(struct config_list *list, const char *text)
{
    list_clear(list);
    while (*text) {
        size_t size = strcspn(text, ",");

        if (size > 0) {
            if (list->count == CONFIG_LIST_MAX)
                return false;
            list->item[list->count] = mem_new(size + 1, 1);
            memcpy(list->item[list->count++], text, size);
        }
        text += size + (text[size] == ',');
    }
    return true;
}

static bool number_store(uint64_t *place, const struct option_row *row, const char *text,
                         const char *source, struct error *err)
{
    uint64_t value;

    if (!(row->kind == OPTION_BYTES ? bytes_parse(&value, text) : number_parse(&value, text)))
        return error_set(err, ERROR_USAGE, "--%s \"%s\" (%s): not a number%s", row->name, text,
                         source, row->kind == OPTION_BYTES ? " of bytes (64MiB, 65536)" : "");
    if (value < row->least || value > row->most)
        return error_set(err, ERROR_USAGE, "--%s %s (%s): must be %llu to %llu", row->name, text,
                         source, (unsigned long long)row->least, (unsigned long long)row->most);
    *place = value;
    return true;
}

static bool listen_store(struct config *config, const char *text, const char *source,
                         struct error *err)
{
    const char *colon = strrchr(text, ':'), *host = text;
    size_t host_size = colon ? (size_t)(colon - host) : 0;
    uint64_t port;

    if (host_size >= 2 && host[0] == '[' && host[host_size - 1] == ']')
        host++, host_size -= 2;
    if (!colon || host_size == 0 || !number_parse(&port, colon + 1) || port > UINT16_MAX)
        return error_set(err, ERROR_USAGE,
                         "--rpc-listen \"%s\" (%s): must be HOST:PORT (127.0.0.1:8545, "
                         "[::1]:8545), port 0 to 65535",
                         text, source);
    mem_free(config->rpc_host);
    config->rpc_host = mem_new(host_size + 1, 1);
    memcpy(config->rpc_host, host, host_size);
    config->rpc_port = (uint16_t)port;
    return true;
}

/* One value from one source, which stands in the message. */
static bool option_set(struct config *config, const struct option_row *row, const char *text,
                       const char *source, struct error *err)
{
    void *place = option_place(config, row);

    switch (row->kind) {
    case OPTION_FLAG:
        return flag_parse(place, text) ||
               error_set(err, ERROR_USAGE, "--%s \"%s\" (%s): must be true or false", row->name,
                         text, source);
    case OPTION_TEXT: {
        char **value = place;

        if (!*text)
            return error_set(err, ERROR_USAGE, "--%s (%s): is empty", row->name, source);
        if (row->most > 0 && strlen(text) > row->most)
            return error_set(err, ERROR_USAGE, "--%s \"%s\" (%s): longer than %llu bytes",
                             row->name, text, source, (unsigned long long)row->most);
        mem_free(*value);
        *value = mem_text(text);
        return true;
    }
    case OPTION_NUMBER:
    case OPTION_BYTES:
        if (row->offset == AT(block_time))
            config->block_time_given = true;
        return number_store(place, row, text, source, err);
    case OPTION_LIST:
        return list_parse(place, text) ||
               error_set(err, ERROR_USAGE, "--%s (%s): more than %d entries", row->name, source,
                         CONFIG_LIST_MAX);
    case OPTION_LEVEL:
        return log_level_parse(place, text) ||
               error_set(err, ERROR_USAGE, "--%s \"%s\" (%s): must be error, warn, info or debug",
                         row->name, text, source);
    case OPTION_FORMAT:
        if (strcmp(text, "text") != 0 && strcmp(text, "json") != 0)
            return error_set(err, ERROR_USAGE, "--%s \"%s\" (%s): must be text or json", row->name,
                             text, source);
        *(enum log_format *)place = strcmp(text, "json") == 0 ? LOG_JSON : LOG_TEXT;
        return true;
    case OPTION_LISTEN:
        return listen_store(config, text, source, err);
    }
    return false;
}

/* ---- the three sources ---- */

static const struct option_row *option_find(const char *name, size_t size)
{
    for (size_t i = 0; i < COUNT(options); i++)
        if (strlen(options[i].name) == size && memcmp(options[i].name, name, size) == 0)
            return &options[i];
    return NULL;
}

/* What stands for the option in its section: "rpc-listen" is listen in [rpc]. */
static const char *option_key(const struct option_row *row)
{
    size_t size = strlen(row->section);

    return strncmp(row->name, row->section, size) == 0 && row->name[size] == '-'
               ? row->name + size + 1
               : row->name;
}

struct file_read {
    struct config *config;
    const char *path;
    struct bytes rest;
    unsigned line; /* the newest that was read, from 1 */
    struct error *err;
};

/* libinih asks for one line after the other; so this counts them, for messages. Blanks before it
 * are taken off: libinih would add such a line to the value before. */
static char *file_line(char *out, int room, void *stream)
{
    struct file_read *read = stream;
    const uint8_t *end = NULL;
    struct bytes line = read->rest;

    if (line.size == 0 || read->err->code != ERROR_NONE)
        return NULL;
    end = memchr(line.at, '\n', line.size);
    if (end)
        line.size = (size_t)(end - line.at);
    read->rest = bytes_from(read->rest, line.size + (end ? 1 : 0));
    read->line++;
    while (line.size > 0 && (line.at[0] == ' ' || line.at[0] == '\t'))
        line = bytes_from(line, 1);
    if (line.size >= (size_t)room)
        error_set(read->err, ERROR_USAGE,
                  "%s:%u: longer than %d characters: give it on the command line or as a variable",
                  read->path, read->line, room - 1);
    else if (line.size > 0 && memchr(line.at, 0, line.size))
        error_set(read->err, ERROR_USAGE, "%s:%u: holds a NUL byte", read->path, read->line);
    if (read->err->code != ERROR_NONE)
        return NULL;
    if (line.size > 0)
        memcpy(out, line.at, line.size);
    out[line.size] = 0;
    return out;
}

static int file_value(void *context, const char *section, const char *key, const char *value)
{
    struct file_read *read = context;
    char source[256];

    if (read->err->code != ERROR_NONE)
        return 0;
    snprintf(source, sizeof source, "%s:%u", read->path, read->line);
    for (size_t i = 0; i < COUNT(options); i++)
        if (options[i].section && strcmp(options[i].section, section) == 0 &&
            strcmp(option_key(&options[i]), key) == 0)
            return option_set(read->config, &options[i], value, source, read->err);
    error_set(read->err, ERROR_USAGE, "%s: unknown key \"%s\" in [%s]: see cairnd --help", source,
              key, section);
    return 0;
}

static bool load_file(struct config *config, const char *path, struct error *err)
{
    struct buffer text = {0};
    struct file_read read = {.config = config, .path = path, .err = err};
    int line;
    bool ok = false;

    if (!file_read(&text, path, 1024 * 1024, err)) {
        error_wrap(err, "--config");
        goto out;
    }
    read.rest = buffer_bytes(&text);
    line = ini_parse_stream(file_line, &read, file_value, &read);
    if (line != 0 && (err->code == ERROR_NONE || (unsigned)line < read.line))
        error_set(err, ERROR_USAGE, "%s:%d: neither [section] nor key = value", path, line);
    ok = err->code == ERROR_NONE;
out:
    buffer_release(&text);
    return ok;
}

static bool load_environment(struct config *config, struct error *err)
{
    for (size_t i = 0; i < COUNT(options); i++) {
        char name[64];
        const char *value;
        int size = snprintf(name, sizeof name, "CAIRN_%s", options[i].name);

        for (int at = 0; at < size; at++)
            name[at] = name[at] == '-' ? '_' : (char)toupper((unsigned char)name[at]);
        value = getenv(name);
        if (value && *value && !option_set(config, &options[i], value, name, err))
            return false;
    }
    return true;
}

/* --name=value, --name value, --flag. `only_config`: the first reading, for the file's path. */
static bool load_arguments(struct config *config, int argc, char **argv, bool only_config,
                           struct error *err)
{
    for (int i = 1; i < argc; i++) {
        const char *name = argv[i] + 2, *equals, *value;
        const struct option_row *row;

        if (strcmp(argv[i], "-h") == 0)
            name = "help";
        else if (strncmp(argv[i], "--", 2) != 0)
            return error_set(err, ERROR_USAGE,
                             "\"%s\" is no option: cairnd takes options only, see cairnd --help",
                             argv[i]);
        equals = strchr(name, '=');
        row = option_find(name, equals ? (size_t)(equals - name) : strlen(name));
        if (!row)
            return error_set(err, ERROR_USAGE, "unknown option --%s: see cairnd --help", name);
        if (row->kind == OPTION_FLAG) {
            value = equals ? equals + 1 : "true";
        } else if (equals) {
            value = equals + 1;
        } else if (i + 1 < argc) {
            value = argv[++i];
        } else {
            return error_set(err, ERROR_USAGE, "--%s needs %s behind it", row->name, row->argument);
        }
        if ((!only_config || row->offset == AT(config_file)) &&
            !option_set(config, row, value, "command line", err))
            return false;
    }
    return true;
}

/* ---- what belongs together ---- */

static bool check_together(const struct config *config, struct error *err)
{
    if (config->dev && config->genesis)
        return error_set(
            err, ERROR_USAGE,
            "--dev and --genesis: --dev has a genesis of its own, give one of the two");
    if (!config->dev && !config->genesis)
        return error_set(err, ERROR_USAGE,
                         "which chain? give --dev for the development chain, or --genesis FILE");
    if (config->temporary && !config->dev)
        return error_set(err, ERROR_USAGE, "--temporary goes with --dev only");
    if (config->temporary && config->data_dir)
        return error_set(
            err, ERROR_USAGE,
            "--temporary and --data-dir: a throw-away chain has a directory of its own");
    if (config->temporary && config->reindex)
        return error_set(err, ERROR_USAGE,
                         "--temporary and --reindex: there is nothing to rebuild");
    if (config->block_time_given && !config->dev)
        return error_set(err, ERROR_USAGE,
                         "--block-time goes with --dev only: a network's pace is in its genesis");
    if (config->rpc_body_max > config->rpc_bodies_max)
        return error_set(
            err, ERROR_USAGE,
            "--rpc-body-max %llu: more than --rpc-bodies-max %llu, all bodies together",
            (unsigned long long)config->rpc_body_max, (unsigned long long)config->rpc_bodies_max);
    if (config->password_file && !config->validator_key)
        return error_set(err, ERROR_USAGE, "--password-file goes with --validator-key only");
    if (config->new_validator_state && !config->dev && !config->validator_key)
        return error_set(err, ERROR_USAGE,
                         "--new-validator-state: no --validator-key whose record it would be");
    if (config->dev && config->validator_key)
        return error_set(
            err, ERROR_USAGE,
            "--validator-key with --dev: the development chain has a validator of its own");
    return true;
}

bool config_load(struct config *config, int argc, char **argv, struct error *err)
{
    const char *path;

    *config = (struct config){0};
    for (size_t i = 0; i < COUNT(options); i++)
        if (options[i].fallback &&
            !option_set(config, &options[i], options[i].fallback, "default", err))
            return false;
    if (!load_arguments(config, argc, argv, true, err))
        return false;
    path = config->config_file ? config->config_file : getenv("CAIRN_CONFIG");
    if (path && *path && !load_file(config, path, err))
        return false;
    if (!load_environment(config, err) || !load_arguments(config, argc, argv, false, err))
        return false;
    if (config->help || config->version)
        return true;
    return check_together(config, err);
}

void config_release(struct config *config)
{
    for (size_t i = 0; i < COUNT(options); i++) {
        void *place = option_place(config, &options[i]);

        if (options[i].kind == OPTION_TEXT)
            mem_free(*(char **)place);
        else if (options[i].kind == OPTION_LIST)
            list_clear(place);
    }
    mem_free(config->rpc_host);
    *config = (struct config){0};
}

/* Broken at blanks, so that a line has 80 columns. */
static void help_wrapped(struct buffer *out, const char *text)
{
    enum { INDENT = 6, COLUMNS = 80 };
    size_t column = 0;

    while (*text) {
        size_t size = strcspn(text, " ");

        if (column == 0 || column + 1 + size > COLUMNS) {
            buffer_printf(out, "%s%*s", column == 0 ? "" : "\n", INDENT, "");
            column = INDENT;
        } else {
            buffer_put_byte(out, ' ');
            column++;
        }
        buffer_put(out, bytes_of(text, size));
        column += size;
        text += size + (text[size] == ' ');
    }
    buffer_put_byte(out, '\n');
}

static void help_option(struct buffer *out, const struct option_row *row)
{
    buffer_printf(out, "  --%s", row->name);
    if (row->argument)
        buffer_printf(out, " %s", row->argument);
    if (row->fallback)
        buffer_printf(out, " (default: %s)", row->fallback);
    if (row->section)
        buffer_printf(out, "  [%s] %s", row->section, option_key(row));
    buffer_put_byte(out, '\n');
    help_wrapped(out, row->help);
}

void config_help(struct buffer *out)
{
    buffer_put_text(out, "cairnd: a minimal blockchain ledger node\n\n"
                         "usage: cairnd --dev [options]\n"
                         "       cairnd --genesis FILE [--validator-key FILE] [options]\n\n"
                         "Each option is also a variable (--rpc-listen: CAIRN_RPC_LISTEN) and, "
                         "where [section] stands,\n"
                         "a key of the --config file. The command line wins over the variable, "
                         "that over the file.\n\n");
    for (size_t i = 0; i < COUNT(options); i++)
        help_option(out, &options[i]);
    buffer_put_text(out, "\nExit codes: 0 stopped as asked; 1 could not go on (disk, damaged "
                         "store); 2 wrong usage or configuration;\n"
                         "3 the data directory is in use, foreign, of another genesis or schema; 4 "
                         "key, password or record.\n");
}
