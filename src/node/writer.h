/* The thread that syncs: gathers all writes that wait into one batch, so that one sync serves many;
 * the validator's record is synced beside it. */
#ifndef CAIRN_NODE_WRITER_H
#define CAIRN_NODE_WRITER_H
#include <cairn/engine.h>

struct writer;

struct writer_options {
    struct store *store;
    const char *record_path; /* NULL: no validator */
    /* Called on the writer's thread: all up to `number` is on the disk; or it failed, and nothing
     * more is written. */
    void (*written)(void *context, uint64_t number);
    void (*failed)(void *context, const struct error *err);
    void *context;
};

struct writer *writer_start(const struct writer_options *options, struct error *err) MUST_CHECK;
void writer_put(struct writer *writer, struct engine_write *write); /* takes it; one thread */
void writer_stop(struct writer *writer); /* writes what waits, joins; takes NULL */

#endif
