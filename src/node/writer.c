#include "writer.h"

#include "queue.h"

#include <cairn/file.h>

struct writer_item {
    struct queue_item item; /* first */
    struct engine_write *write;
};

struct writer {
    struct writer_options options;
    struct queue writes;
    pthread_t thread;
    bool failed;

    /* The record's own thread: its two syncs run while the batch's does. */
    struct queue records;
    struct queue records_done;
    pthread_t record_thread;
};

struct record_item {
    struct queue_item item; /* first */
    struct record record;
    struct error err; /* ERROR_NONE: synced */
};

static void *record_main(void *context)
{
    struct writer *writer = context;
    struct queue_item *item;

    while ((item = queue_take_one(&writer->records))) {
        struct record_item *record = (struct record_item *)item;
        struct buffer encoding = {0};

        record_encode(&encoding, &record->record);
        if (!file_write_atomic(writer->options.record_path, buffer_bytes(&encoding), 0600,
                               &record->err))
            error_wrap(&record->err, "the validator's record");
        buffer_release(&encoding);
        queue_put(&writer->records_done, item);
    }
    return NULL;
}

/* One batch of all that waits; the newest number. */
static bool write_all(struct writer *writer, struct queue_item *items, uint64_t *number,
                      struct error *err)
{
    struct store_write *batch = store_write_new(writer->options.store);
    struct record_item record = {0};
    bool has_record = false, ok;

    for (struct queue_item *item = items; item; item = item->next) {
        const struct engine_write *write = ((struct writer_item *)item)->write;

        *number = write->number;
        if (write->block && writer->options.record_path) {
            assert(!has_record); /* one block is in flight at a time */
            has_record = true;
            record.record = write->record;
            queue_put(&writer->records, &record.item);
        }
        engine_write_apply(write, batch);
    }
    ok = store_write_commit(batch, true, err);
    if (has_record) {
        (void)queue_take_one(&writer->records_done);
        if (ok && record.err.code != ERROR_NONE) {
            *err = record.err;
            ok = false;
        }
    }
    return ok;
}

static void items_free(struct queue_item *items)
{
    while (items) {
        struct writer_item *item = (struct writer_item *)items;

        items = items->next;
        engine_write_free(item->write);
        mem_free(item);
    }
}

static void *writer_main(void *context)
{
    struct writer *writer = context;
    struct queue_item *items;

    while ((items = queue_take_all(&writer->writes, UINT64_MAX))) {
        struct error err = {0};
        uint64_t number = 0;

        if (writer->failed) {
            items_free(items);
            continue;
        }
        if (write_all(writer, items, &number, &err)) {
            items_free(items);
            writer->options.written(writer->options.context, number);
        } else {
            /* A failed sync may have written anything: nothing goes on from here. */
            items_free(items);
            writer->failed = true;
            writer->options.failed(writer->options.context, &err);
        }
    }
    return NULL;
}

struct writer *writer_start(const struct writer_options *options, struct error *err)
{
    struct writer *writer = mem_new(1, sizeof *writer);
    int number;

    writer->options = *options;
    queue_init(&writer->writes);
    queue_init(&writer->records);
    queue_init(&writer->records_done);
    number = pthread_create(&writer->record_thread, NULL, record_main, writer);
    if (number == 0) {
        number = pthread_create(&writer->thread, NULL, writer_main, writer);
        if (number == 0)
            return writer;
        queue_close(&writer->records);
        pthread_join(writer->record_thread, NULL);
    }
    queue_release(&writer->records_done);
    queue_release(&writer->records);
    queue_release(&writer->writes);
    mem_free(writer);
    error_system(err, number, "starting the writer's threads");
    return NULL;
}

void writer_put(struct writer *writer, struct engine_write *write)
{
    struct writer_item *item = mem_new(1, sizeof *item);

    item->write = write;
    queue_put(&writer->writes, &item->item);
}

void writer_stop(struct writer *writer)
{
    if (!writer)
        return;
    queue_close(&writer->writes);
    pthread_join(writer->thread, NULL);
    queue_close(&writer->records);
    pthread_join(writer->record_thread, NULL);
    queue_release(&writer->records_done);
    queue_release(&writer->records);
    queue_release(&writer->writes);
    mem_free(writer);
}
