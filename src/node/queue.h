/* Hands items from many threads to one. Items carry their own link; the queue owns none of them. */
#ifndef CAIRN_NODE_QUEUE_H
#define CAIRN_NODE_QUEUE_H
#include <cairn/base.h>

#include <pthread.h>

struct queue_item {
    struct queue_item *next;
};

struct queue {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    struct queue_item *first, *last;
    size_t count;
    bool closed;
};

void queue_init(struct queue *queue);
void queue_release(struct queue *queue); /* empty and without waiters */
void queue_put(struct queue *queue, struct queue_item *item);
/* No take waits any more. What is in it is still given. */
void queue_close(struct queue *queue);
/* All that is there, oldest first, or NULL: closed and empty, or `mono_ms` passed (UINT64_MAX:
 * waits). */
struct queue_item *queue_take_all(struct queue *queue, uint64_t mono_ms);
/* The oldest alone; waits. NULL: closed and empty. */
struct queue_item *queue_take_one(struct queue *queue);
/* What is there, without waiting. */
struct queue_item *queue_poll(struct queue *queue);
size_t queue_count(struct queue *queue);

#endif
