#include <cairn/log.h>

#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

enum { LOG_TEXT_MAX = 3072, LOG_LINE_MAX = 4096 };

static struct log_options log_options = {.level = LOG_INFO, .descriptor = STDERR_FILENO};
static atomic_int log_level = LOG_INFO;

static const char *const level_names[LOG_LEVEL_COUNT] = {"error", "warn", "info", "debug"};
static const char *const level_columns[LOG_LEVEL_COUNT] = {"ERROR", "WARN ", "INFO ", "DEBUG"};

void log_open(const struct log_options *options)
{
    log_options = *options;
    log_set_level(options->level);
}

void log_set_level(enum log_level level)
{
    atomic_store_explicit(&log_level, (int)level, memory_order_relaxed);
}

bool log_wants(enum log_level level)
{
    return (int)level <= atomic_load_explicit(&log_level, memory_order_relaxed);
}

const char *log_level_name(enum log_level level)
{
    assert(level < LOG_LEVEL_COUNT);
    return level_names[level];
}

bool log_level_parse(enum log_level *level, const char *text)
{
    for (unsigned i = 0; i < LOG_LEVEL_COUNT; i++)
        if (strcmp(text, level_names[i]) == 0) {
            *level = (enum log_level)i;
            return true;
        }
    return false;
}

/* A line under way; what does not fit is left out. */
struct line {
    char text[LOG_LINE_MAX];
    size_t size;
};

static void line_put(struct line *line, const char *text, size_t size)
{
    if (size > sizeof line->text - 1 - line->size)
        size = sizeof line->text - 1 - line->size;
    memcpy(line->text + line->size, text, size);
    line->size += size;
}

static void line_put_text(struct line *line, const char *text)
{
    line_put(line, text, strlen(text));
}

/* What a peer or a wallet wrote may stand in a message: it must not be able to forge lines. */
static void line_put_escaped(struct line *line, const char *text, bool json)
{
    size_t left = strlen(text);

    for (const unsigned char *at = (const unsigned char *)text; left > 0;) {
        size_t size = utf8_size(bytes_of(at, left));
        char escape[8];

        if (json && size > 0 && (*at == '"' || *at == '\\')) {
            snprintf(escape, sizeof escape, "\\%c", *at);
            line_put_text(line, escape);
        } else if (size == 0 || *at < 0x20 || *at == 0x7f) {
            size = 1;
            snprintf(escape, sizeof escape, json ? "\\u%04x" : "\\x%02x", *at);
            line_put_text(line, escape);
        } else {
            line_put(line, (const char *)at, size);
        }
        at += size;
        left -= size;
    }
}

static void time_format(char *out, size_t size, uint64_t ms)
{
    time_t seconds = (time_t)(ms / 1000);
    struct tm utc;

    gmtime_r(&seconds, &utc);
    snprintf(out, size, "%04d-%02d-%02dT%02d:%02d:%02d.%03uZ", utc.tm_year + 1900, utc.tm_mon + 1,
             utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, (unsigned)(ms % 1000));
}

static void line_json(struct line *line, enum log_level level, const char *room, const char *text,
                      const char *when)
{
    line_put_text(line, "{");
    if (when[0]) {
        line_put_text(line, "\"time\":\"");
        line_put_text(line, when);
        line_put_text(line, "\",");
    }
    line_put_text(line, "\"level\":\"");
    line_put_text(line, level_names[level]);
    line_put_text(line, "\",\"room\":\"");
    line_put_escaped(line, room, true);
    line_put_text(line, "\",\"message\":\"");
    line_put_escaped(line, text, true);
    /* A message at the bound may not take the end's place. */
    if (line->size > sizeof line->text - 8)
        line->size = sizeof line->text - 8;
    line_put_text(line, "\"}");
}

void log_write(enum log_level level, const char *room, const char *format, ...)
{
    struct line line = {.size = 0};
    char text[LOG_TEXT_MAX], when[64] = "";
    va_list arguments;
    ssize_t written;

    if (!log_wants(level))
        return;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (log_options.now_ms)
        time_format(when, sizeof when, log_options.now_ms());
    if (log_options.format == LOG_JSON) {
        line_json(&line, level, room, text, when);
    } else {
        line_put_text(&line, when);
        line_put_text(&line, when[0] ? " " : "");
        line_put_text(&line, level_columns[level]);
        line_put_text(&line, " ");
        line_put_escaped(&line, room, false);
        line_put_text(&line, ": ");
        line_put_escaped(&line, text, false);
    }
    line.text[line.size++] = '\n';
    written = write(log_options.descriptor, line.text, line.size);
    (void)written; /* where the log can't be written, nobody can be told */
}
