#include <cairn/log.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    LINE_SIZE_MAX = 4096, /* Linux writes no more than this to a pipe in one piece (PIPE_BUF) */
    LINE_TAIL_MAX = 8     /* kept free for what ends a line: an ellipsis, "}, a newline */
};

static const char *const level_name[] = {
    [LOG_ERROR] = "error", [LOG_WARN] = "warn", [LOG_INFO] = "info", [LOG_DEBUG] = "debug"};
static const char *const level_title[] = {
    [LOG_ERROR] = "ERROR", [LOG_WARN] = "WARN ", [LOG_INFO] = "INFO ", [LOG_DEBUG] = "DEBUG"};
static_assert(COUNT(level_name) == LOG_LEVEL_COUNT, "every level has its name");
static_assert(COUNT(level_title) == LOG_LEVEL_COUNT, "every level has its title");

/* The process's one log (log.h). Only the level changes once there are threads. */
static struct log_options log_options = {.format = LOG_TEXT, .descriptor = STDERR_FILENO};
static _Atomic int log_level = LOG_INFO;

struct line {
    char at[LINE_SIZE_MAX];
    size_t size;
    bool cut; /* something did not fit; nothing is taken any more */
};

void log_open(const struct log_options *options)
{
    log_options = *options;
    log_level = (int)options->level;
}

bool log_wants(enum log_level level)
{
    return (int)level <= log_level;
}

void log_set_level(enum log_level level)
{
    log_level = (int)level;
}

static void line_put(struct line *line, const char *text, size_t size)
{
    if (line->cut || size > sizeof(line->at) - LINE_TAIL_MAX - line->size) {
        line->cut = true;
        return;
    }
    memcpy(line->at + line->size, text, size);
    line->size += size;
}

static void line_put_text(struct line *line, const char *text)
{
    line_put(line, text, strlen(text));
}

/* C0, DEL, and C1 (U+0080 to U+009F): what could drive the terminal that shows the log. */
static bool is_control(const char *at, size_t size)
{
    uint8_t first = (uint8_t)at[0];

    return first < 0x20 || first == 0x7f || (size == 2 && first == 0xc2 && (uint8_t)at[1] < 0xa0);
}

static void line_put_escape(struct line *line, uint8_t byte)
{
    const char *slash = log_options.format == LOG_JSON ? "\\\\" : "\\";
    char text[8];

    line_put(line, text, (size_t)snprintf(text, sizeof(text), "%sx%02x", slash, byte));
}

/* Text that may be a stranger's: it can neither end the line nor leave its JSON string. */
static void line_put_safe(struct line *line, const char *text, size_t size)
{
    bool json = log_options.format == LOG_JSON;

    for (size_t i = 0; i < size && !line->cut;) {
        size_t step = utf8_size(bytes_of(text + i, size - i));

        if (step == 0 || is_control(text + i, step)) {
            line_put_escape(line, (uint8_t)text[i]);
            i++;
            continue;
        }
        if (json && (text[i] == '"' || text[i] == '\\'))
            line_put(line, (const char[]){'\\', text[i]}, 2);
        else
            line_put(line, text + i, step);
        i += step;
    }
}

static void line_put_time(struct line *line)
{
    uint64_t now_ms = log_options.now_ms();
    time_t seconds = (time_t)(now_ms / 1000);
    char text[64];
    struct tm day;

    if (!gmtime_r(&seconds, &day)) /* a year that an int does not hold */
        return;
    line_put(line, text, strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &day));
    line_put(line, text, (size_t)snprintf(text, sizeof(text), ".%03uZ", (unsigned)(now_ms % 1000)));
}

static void line_begin_text(struct line *line, enum log_level level, const char *room)
{
    if (log_options.now_ms) {
        line_put_time(line);
        line_put_text(line, " ");
    }
    line_put_text(line, level_title[level]);
    line_put_text(line, " ");
    line_put_text(line, room);
    line_put_text(line, ": ");
}

static void line_begin_json(struct line *line, enum log_level level, const char *room)
{
    line_put_text(line, "{");
    if (log_options.now_ms) {
        line_put_text(line, "\"time\":\"");
        line_put_time(line);
        line_put_text(line, "\",");
    }
    line_put_text(line, "\"level\":\"");
    line_put_text(line, level_name[level]);
    line_put_text(line, "\",\"room\":\"");
    line_put_text(line, room);
    line_put_text(line, "\",\"message\":\"");
}

static void line_end(struct line *line)
{
    const char *ellipsis = line->cut ? "…" : "";
    const char *close = log_options.format == LOG_JSON ? "\"}" : "";
    char tail[LINE_TAIL_MAX];
    int size = snprintf(tail, sizeof(tail), "%s%s\n", ellipsis, close);

    assert(size > 0 && size < LINE_TAIL_MAX);
    memcpy(line->at + line->size, tail, (size_t)size);
    line->size += (size_t)size;
}

/* A log that cannot be written must not stop the node, and there is nobody to tell. */
static void line_write(const struct line *line)
{
    for (size_t done = 0; done < line->size;) {
        ssize_t wrote = write(log_options.descriptor, line->at + done, line->size - done);

        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            return;
        done += (size_t)wrote;
    }
}

void log_write(enum log_level level, const char *room, const char *format, ...)
{
    struct line line;
    char text[LINE_SIZE_MAX];
    int number = errno; /* stays the caller's: it may be asked after the line */
    va_list list;
    int size;

    if (!log_wants(level))
        return;
    va_start(list, format);
    size = vsnprintf(text, sizeof(text), format, list);
    va_end(list);
    assert(size >= 0);
    line.size = 0;
    line.cut = false;
    if (log_options.format == LOG_JSON)
        line_begin_json(&line, level, room);
    else
        line_begin_text(&line, level, room);
    if ((size_t)size < sizeof(text)) {
        line_put_safe(&line, text, (size_t)size);
    } else {
        line_put_safe(&line, text, utf8_cut(text, sizeof(text) - 1));
        line.cut = true;
    }
    line_end(&line);
    line_write(&line);
    errno = number;
}

bool log_level_parse(enum log_level *level, const char *text)
{
    for (size_t i = 0; i < COUNT(level_name); i++) {
        if (strcmp(level_name[i], text) == 0) {
            *level = (enum log_level)i;
            return true;
        }
    }
    return false;
}

const char *log_level_name(enum log_level level)
{
    assert(level < LOG_LEVEL_COUNT);
    return level_name[level];
}
