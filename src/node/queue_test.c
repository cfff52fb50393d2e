/* Handing items from many threads to one, and workers that run what is given. */
#include "clock.h"
#include "test/unit.h"
#include "workers.h"

#include <stdatomic.h>

enum { PUTTERS = 4, EACH = 2000 };

struct numbered {
    struct queue_item item; /* first */
    unsigned putter, number;
};

START_TEST(what_is_put_first_is_taken_first)
{
    struct numbered item[3] = {0};
    struct queue queue;
    struct queue_item *at;

    queue_init(&queue);
    for (size_t i = 0; i < COUNT(item); i++)
        queue_put(&queue, &item[i].item);
    ck_assert_uint_eq(queue_count(&queue), 3);
    ck_assert_ptr_eq(queue_take_one(&queue), &item[0].item);
    at = queue_take_all(&queue, UINT64_MAX);
    ck_assert_ptr_eq(at, &item[1].item);
    ck_assert_ptr_eq(at->next, &item[2].item);
    ck_assert_ptr_null(at->next->next);
    ck_assert_ptr_null(queue_poll(&queue));
    ck_assert_uint_eq(queue_count(&queue), 0);
    queue_release(&queue);
}
END_TEST

START_TEST(a_time_that_is_over_ends_the_waiting)
{
    struct queue queue;
    uint64_t start_ms = clock_mono_ms();

    queue_init(&queue);
    ck_assert_ptr_null(queue_take_all(&queue, 0));
    ck_assert_ptr_null(queue_take_all(&queue, start_ms + 20));
    ck_assert_uint_ge(clock_mono_ms(),
                      start_ms + 20); /* never early: a turn would find nothing due */
    queue_release(&queue);
}
END_TEST

START_TEST(a_closed_queue_gives_what_is_in_it_and_then_nothing)
{
    struct numbered item = {0};
    struct queue queue;

    queue_init(&queue);
    queue_put(&queue, &item.item);
    queue_close(&queue);
    ck_assert_ptr_eq(queue_take_one(&queue), &item.item);
    ck_assert_ptr_null(queue_take_one(&queue));
    ck_assert_ptr_null(queue_take_all(&queue, UINT64_MAX));
    queue_release(&queue);
}
END_TEST

struct putter {
    struct queue *queue;
    unsigned number;
    struct numbered item[EACH];
};

static void *put_all(void *context)
{
    struct putter *putter = context;

    for (unsigned i = 0; i < EACH; i++) {
        putter->item[i] = (struct numbered){.putter = putter->number, .number = i};
        queue_put(putter->queue, &putter->item[i].item);
    }
    return NULL;
}

START_TEST(many_threads_lose_nothing_and_each_keeps_its_order)
{
    static struct putter putter[PUTTERS];
    pthread_t thread[PUTTERS];
    unsigned next[PUTTERS] = {0};
    struct queue queue;
    size_t taken = 0;

    queue_init(&queue);
    for (unsigned i = 0; i < PUTTERS; i++) {
        putter[i].queue = &queue;
        putter[i].number = i;
        ck_assert_int_eq(pthread_create(&thread[i], NULL, put_all, &putter[i]), 0);
    }
    while (taken < PUTTERS * EACH)
        for (struct queue_item *at = queue_take_all(&queue, UINT64_MAX); at; at = at->next) {
            const struct numbered *item = (struct numbered *)at;

            ck_assert_uint_eq(item->number, next[item->putter]++);
            taken++;
        }
    for (unsigned i = 0; i < PUTTERS; i++)
        pthread_join(thread[i], NULL);
    queue_release(&queue);
}
END_TEST

/* ---- workers ---- */

struct job {
    struct work work; /* first */
    atomic_size_t *done;
};

static void job_run(struct work *work)
{
    atomic_fetch_add(((struct job *)work)->done, 1);
}

START_TEST(workers_run_all_that_is_queued_before_they_stop)
{
    static struct job job[EACH];
    atomic_size_t done = 0;
    struct workers *workers = workers_start(2);

    for (size_t i = 0; i < EACH; i++) {
        job[i] = (struct job){.work = {.run = job_run}, .done = &done};
        workers_put(workers, &job[i].work);
    }
    workers_stop(workers);
    ck_assert_uint_eq(atomic_load(&done), EACH);
    workers_stop(NULL);
}
END_TEST

Suite *queue_suite(void);
Suite *queue_suite(void)
{
    Suite *suite = suite_create("queue");
    TCase *tcase = tcase_create("queue");

    tcase_add_test(tcase, what_is_put_first_is_taken_first);
    tcase_add_test(tcase, a_time_that_is_over_ends_the_waiting);
    tcase_add_test(tcase, a_closed_queue_gives_what_is_in_it_and_then_nothing);
    tcase_add_test(tcase, many_threads_lose_nothing_and_each_keeps_its_order);
    tcase_add_test(tcase, workers_run_all_that_is_queued_before_they_stop);
    suite_add_tcase(suite, tcase);
    return suite;
}
