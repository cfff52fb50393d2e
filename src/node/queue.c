#include "queue.h"

#include <time.h>

void queue_init(struct queue *queue)
{
    pthread_condattr_t attributes;

    *queue = (struct queue){0};
    pthread_mutex_init(&queue->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&queue->filled, &attributes);
    pthread_condattr_destroy(&attributes);
}

void queue_release(struct queue *queue)
{
    assert(!queue->first);
    pthread_cond_destroy(&queue->filled);
    pthread_mutex_destroy(&queue->lock);
}

void queue_put(struct queue *queue, struct queue_item *item)
{
    item->next = NULL;
    pthread_mutex_lock(&queue->lock);
    if (!queue->first)
        queue->first = item;
    else
        queue->last->next = item;
    queue->last = item;
    queue->count++;
    pthread_mutex_unlock(&queue->lock);
    pthread_cond_signal(&queue->filled);
}

void queue_close(struct queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    queue->closed = true;
    pthread_mutex_unlock(&queue->lock);
    pthread_cond_broadcast(&queue->filled);
}

static struct queue_item *take_all_locked(struct queue *queue)
{
    struct queue_item *items = queue->first;

    queue->first = queue->last = NULL;
    queue->count = 0;
    return items;
}

struct queue_item *queue_take_all(struct queue *queue, uint64_t mono_ms)
{
    struct timespec until = {.tv_sec = (time_t)(mono_ms / 1000),
                             .tv_nsec = (long)(mono_ms % 1000) * 1000000};
    struct queue_item *items;
    int waited = 0;

    pthread_mutex_lock(&queue->lock);
    while (!queue->first && !queue->closed && waited == 0) {
        if (mono_ms == UINT64_MAX)
            pthread_cond_wait(&queue->filled, &queue->lock);
        else
            waited = pthread_cond_timedwait(&queue->filled, &queue->lock, &until);
    }
    items = take_all_locked(queue);
    pthread_mutex_unlock(&queue->lock);
    return items;
}

struct queue_item *queue_take_one(struct queue *queue)
{
    struct queue_item *item;

    pthread_mutex_lock(&queue->lock);
    while (!queue->first && !queue->closed)
        pthread_cond_wait(&queue->filled, &queue->lock);
    item = queue->first;
    if (item) {
        queue->first = item->next;
        queue->count--;
        item->next = NULL;
    }
    pthread_mutex_unlock(&queue->lock);
    return item;
}

struct queue_item *queue_poll(struct queue *queue)
{
    struct queue_item *items;

    pthread_mutex_lock(&queue->lock);
    items = take_all_locked(queue);
    pthread_mutex_unlock(&queue->lock);
    return items;
}

size_t queue_count(struct queue *queue)
{
    size_t count;

    pthread_mutex_lock(&queue->lock);
    count = queue->count;
    pthread_mutex_unlock(&queue->lock);
    return count;
}
