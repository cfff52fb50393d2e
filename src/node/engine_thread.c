#include "engine_thread.h"

#include "clock.h"
#include "queue.h"
#include "writer.h"

#include <cairn/log.h>

enum inbox_kind { INBOX_TX, INBOX_WRITTEN, INBOX_CLOSE, INBOX_FAILED };

struct inbox_item {
    struct queue_item item; /* first */
    enum inbox_kind kind;
    struct tx *tx;
    uint64_t number; /* ticket, or write */
};

struct engine_thread {
    struct engine_thread_options options;
    struct queue inbox;
    pthread_t thread;
    struct writer *writer;
    struct engine *engine;
    uint64_t timer_mono_ms;
    bool closing, failed;
};

static void inbox_put(struct engine_thread *thread, const struct inbox_item *item)
{
    struct inbox_item *copy = mem_new(1, sizeof *copy);

    *copy = *item;
    queue_put(&thread->inbox, &copy->item);
}

void engine_thread_submit(struct engine_thread *thread, struct tx *tx, uint64_t ticket)
{
    inbox_put(thread, &(struct inbox_item){.kind = INBOX_TX, .tx = tx, .number = ticket});
}

void engine_thread_close(struct engine_thread *thread)
{
    inbox_put(thread, &(struct inbox_item){.kind = INBOX_CLOSE});
}

size_t engine_thread_backlog(struct engine_thread *thread)
{
    return queue_count(&thread->inbox);
}

static void on_written(void *context, uint64_t number)
{
    inbox_put(context, &(struct inbox_item){.kind = INBOX_WRITTEN, .number = number});
}

static void on_write_failed(void *context, const struct error *err)
{
    struct engine_thread *thread = context;

    inbox_put(thread, &(struct inbox_item){.kind = INBOX_FAILED});
    mail_send_failed(thread->options.mailbox, err);
}

static void carry_out(struct engine_thread *thread, struct engine_effect *effect)
{
    struct mail mail = {0};

    switch (effect->kind) {
    case ENGINE_ANSWER:
        mail = (struct mail){.kind = MAIL_ANSWER,
                             .ticket = effect->answer.ticket,
                             .err = effect->answer.err,
                             .gap = effect->answer.gap,
                             .gap_nonce = effect->answer.gap_nonce};
        effect->answer.err = NULL;
        mail_send(thread->options.mailbox, &mail);
        break;
    case ENGINE_WRITE:
        writer_put(thread->writer, effect->write);
        effect->write = NULL;
        break;
    case ENGINE_HEAD:
        mail = (struct mail){.kind = MAIL_HEAD, .head = head_share(effect->head)};
        mail_send(thread->options.mailbox, &mail);
        break;
    case ENGINE_POOL:
        break;
    case ENGINE_TIMER:
        thread->timer_mono_ms = effect->timer_mono_ms;
        break;
    case ENGINE_STOP:
        thread->failed = true;
        mail_send_failed(thread->options.mailbox, effect->stop);
        break;
    }
}

/* What readers see moves first, all of it under one lock, then the answers go out: who was answered
 * finds its transaction. */
static void carry_out_all(struct engine_thread *thread, struct effects *effects)
{
    bool shows = false;

    for (size_t i = 0; i < effects->count && !shows; i++)
        shows = effects->effect[i].kind == ENGINE_HEAD || effects->effect[i].kind == ENGINE_POOL;
    if (shows) {
        published_lock(thread->options.published);
        for (size_t i = 0; i < effects->count; i++) {
            const struct engine_effect *effect = &effects->effect[i];

            if (effect->kind == ENGINE_HEAD)
                published_head_set(thread->options.published, effect->head);
            else if (effect->kind == ENGINE_POOL)
                published_pool_move(thread->options.published, &effect->pool);
        }
        published_unlock(thread->options.published);
    }
    for (size_t i = 0; i < effects->count; i++)
        carry_out(thread, &effects->effect[i]);
    effects_release(effects);
}

static void take_item(struct engine_thread *thread, const struct inbox_item *item,
                      struct effects *effects)
{
    struct engine_input input = {.now_ms = clock_now_ms(), .mono_ms = clock_mono_ms()};

    switch (item->kind) {
    case INBOX_TX:
        input.kind = ENGINE_TX;
        input.tx = item->tx;
        input.ticket = item->number;
        engine_step(thread->engine, &input, effects);
        break;
    case INBOX_WRITTEN:
        input.kind = ENGINE_WRITTEN;
        input.write = item->number;
        engine_step(thread->engine, &input, effects);
        break;
    case INBOX_CLOSE:
        thread->closing = true;
        engine_stop(thread->engine);
        break;
    case INBOX_FAILED:
        thread->failed = true;
        break;
    }
}

static void inbox_free(struct queue_item *items)
{
    while (items) {
        struct inbox_item *item = (struct inbox_item *)items;

        items = items->next;
        tx_drop(item->tx);
        mem_free(item);
    }
}

static void engine_run(struct engine_thread *thread)
{
    struct effects effects = {0};

    while (!thread->failed && !(thread->closing && !engine_is_writing(thread->engine))) {
        struct queue_item *items = queue_take_all(&thread->inbox, thread->timer_mono_ms);
        struct engine_input turn = {.kind = ENGINE_TURN};

        for (struct queue_item *item = items; item && !thread->failed; item = item->next)
            take_item(thread, (struct inbox_item *)item, &effects);
        inbox_free(items);
        turn.now_ms = clock_now_ms();
        turn.mono_ms = clock_mono_ms();
        if (thread->timer_mono_ms <= turn.mono_ms)
            thread->timer_mono_ms = UINT64_MAX;
        engine_step(thread->engine, &turn, &effects);
        carry_out_all(thread, &effects);
    }
}

static bool engine_start(struct engine_thread *thread, struct error *err)
{
    struct effects effects = {0};
    struct writer_options writer = {
        .store = thread->options.engine.store,
        .record_path = thread->options.record_path,
        .written = on_written,
        .failed = on_write_failed,
        .context = thread,
    };

    thread->writer = writer_start(&writer, err);
    if (!thread->writer)
        return false;
    thread->engine =
        engine_open(&thread->options.engine, clock_now_ms(), clock_mono_ms(), &effects, err);
    if (!thread->engine) {
        effects_release(&effects);
        return false;
    }
    published_lock(thread->options.published);
    published_decides_set(thread->options.published, !engine_standstill(thread->engine));
    published_unlock(thread->options.published);
    if (engine_standstill(thread->engine))
        log_warn("engine", "no blocks are built here: %s", engine_standstill(thread->engine));
    carry_out_all(thread, &effects);
    return true;
}

static void *thread_main(void *context)
{
    struct engine_thread *thread = context;
    struct error err = {0};

    thread->timer_mono_ms = 0; /* the first turn comes at once */
    if (!engine_start(thread, &err)) {
        thread->failed = true;
        mail_send_failed(thread->options.mailbox, &err);
    } else {
        mail_send(thread->options.mailbox, &(struct mail){.kind = MAIL_OPEN});
        engine_run(thread);
    }
    /* The writer may hold what the engine owns: it ends first. */
    writer_stop(thread->writer);
    engine_close(thread->engine);
    if (!thread->failed)
        mail_send(thread->options.mailbox, &(struct mail){.kind = MAIL_CLOSED});
    return NULL;
}

struct engine_thread *engine_thread_start(const struct engine_thread_options *options,
                                          struct error *err)
{
    struct engine_thread *thread = mem_new(1, sizeof *thread);
    int number;

    thread->options = *options;
    queue_init(&thread->inbox);
    number = pthread_create(&thread->thread, NULL, thread_main, thread);
    if (number != 0) {
        queue_release(&thread->inbox);
        mem_free(thread);
        error_system(err, number, "starting the engine's thread");
        return NULL;
    }
    return thread;
}

void engine_thread_join(struct engine_thread *thread)
{
    if (!thread)
        return;
    pthread_join(thread->thread, NULL);
    inbox_free(queue_poll(&thread->inbox));
    queue_release(&thread->inbox);
    mem_free(thread);
}
