/* One log for the process, to standard error: text for people, or JSON lines. A line says what,
 * where, and what to do, for the person who is paged at night. Any thread; set up once before there
 * are threads. */
#ifndef CAIRN_LOG_H
#define CAIRN_LOG_H
#include <cairn/base.h>

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG, LOG_LEVEL_COUNT };
enum log_format { LOG_TEXT, LOG_JSON };

struct log_options {
    enum log_level level; /* what is less important than this is left out */
    enum log_format format;
    int descriptor;           /* usually 2; a line is one write */
    uint64_t (*now_ms)(void); /* wall clock, Unix ms; NULL: lines carry no time */
};

void log_open(const struct log_options *options);
bool log_wants(enum log_level level);
void log_set_level(enum log_level level); /* any thread */
/* `room`: the folder that speaks ("engine", "rpc"). The text is one line; control bytes become
 * \xNN. */
void log_write(enum log_level level, const char *room, const char *format, ...) PRINTF_LIKE(3, 4);
bool log_level_parse(enum log_level *level,
                     const char *text) MUST_CHECK; /* error warn info debug */
const char *log_level_name(enum log_level level);

#define log_error(...) log_write(LOG_ERROR, __VA_ARGS__)
#define log_warn(...) log_write(LOG_WARN, __VA_ARGS__)
#define log_info(...) log_write(LOG_INFO, __VA_ARGS__)
#define log_debug(...) (log_wants(LOG_DEBUG) ? log_write(LOG_DEBUG, __VA_ARGS__) : (void)0)

#endif
