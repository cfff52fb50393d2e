#include "workers.h"

struct workers {
    struct queue queue;
    size_t count;
    pthread_t thread[WORKERS_MAX];
};

static void *worker_main(void *context)
{
    struct workers *workers = context;
    struct queue_item *item;

    while ((item = queue_take_one(&workers->queue))) {
        struct work *work = (struct work *)item;

        work->run(work);
    }
    return NULL;
}

struct workers *workers_start(size_t count)
{
    struct workers *workers = mem_new(1, sizeof *workers);

    assert(count >= 1 && count <= WORKERS_MAX);
    queue_init(&workers->queue);
    for (; workers->count < count; workers->count++)
        if (pthread_create(&workers->thread[workers->count], NULL, worker_main, workers) != 0)
            break;
    assert(workers->count >= 1); /* without one thread nothing can be answered */
    return workers;
}

void workers_put(struct workers *workers, struct work *work)
{
    queue_put(&workers->queue, &work->item);
}

void workers_stop(struct workers *workers)
{
    if (!workers)
        return;
    queue_close(&workers->queue);
    for (size_t i = 0; i < workers->count; i++)
        pthread_join(workers->thread[i], NULL);
    queue_release(&workers->queue);
    mem_free(workers);
}
