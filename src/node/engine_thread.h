/* The one thread that owns the engine: takes inputs, steps, and carries the effects out. */
#ifndef CAIRN_NODE_ENGINE_THREAD_H
#define CAIRN_NODE_ENGINE_THREAD_H
#include "mail.h"
#include "published.h"

#include <cairn/engine.h>

struct engine_thread;

struct engine_thread_options {
    struct engine_options engine; /* what it points to lives as long as the thread */
    const char *record_path;      /* NULL: no validator */
    struct published *published;
    struct mailbox *mailbox; /* MAIL_OPEN, _ANSWER, _HEAD, _CLOSED, _FAILED */
};

/* Opens the engine on its own thread: the state trie of a large chain takes seconds. */
struct engine_thread *engine_thread_start(const struct engine_thread_options *options,
                                          struct error *err) MUST_CHECK;
void engine_thread_submit(struct engine_thread *thread, struct tx *tx,
                          uint64_t ticket); /* takes a count; any thread */
/* No block is begun any more; what was accepted is synced; then MAIL_CLOSED. Any thread. */
void engine_thread_close(struct engine_thread *thread);
void engine_thread_join(
    struct engine_thread *thread); /* after MAIL_CLOSED or MAIL_FAILED; takes NULL */
/* Transactions that wait to be looked at. */
size_t engine_thread_backlog(struct engine_thread *thread);

#endif
