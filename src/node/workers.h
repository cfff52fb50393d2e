/* Threads for work that is only arithmetic or reading: signatures, long answers. */
#ifndef CAIRN_NODE_WORKERS_H
#define CAIRN_NODE_WORKERS_H
#include "queue.h"

enum { WORKERS_MAX = 64 };

struct work {
    struct queue_item item;         /* first */
    void (*run)(struct work *work); /* on a worker; may free `work` */
};

struct workers;
struct workers *workers_start(size_t count) MUST_CHECK;       /* 1 … WORKERS_MAX */
void workers_put(struct workers *workers, struct work *work); /* any thread */
void workers_stop(struct workers *workers); /* runs what is queued, then joins; takes NULL */

#endif
