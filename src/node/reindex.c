/* cairnd --reindex: the derived rows anew, signatures on all cores. */
#include "clock.h"
#include "node.h"
#include "place.h"
#include "workers.h"

#include <cairn/log.h>
#include <cairn/store.h>

#include <inttypes.h>
#include <unistd.h>

enum { PART_TX = 64, PROGRESS_MS = 1000 };

struct reindex {
    struct workers *workers;
    struct queue done;
    uint64_t told_mono_ms;
};

struct part {
    struct work work; /* first */
    struct queue_item done;
    struct queue *queue;
    struct tx **tx;
    size_t count;
    struct error err;
};

static void part_run(struct work *work)
{
    struct part *part = (struct part *)work;

    for (size_t i = 0; i < part->count && part->err.code == ERROR_NONE; i++)
        if (!tx_recover(part->tx[i], &part->err))
            error_wrap(&part->err, "transaction %zu", i);
    queue_put(part->queue, &part->done);
}

static bool recover(void *context, struct tx **tx, size_t count, struct error *err)
{
    struct reindex *reindex = context;
    size_t parts = (count + PART_TX - 1) / PART_TX;
    struct part *part = mem_new(parts + 1, sizeof part[0]);
    bool ok = true;

    for (size_t i = 0; i < parts; i++) {
        part[i] =
            (struct part){.work = {.run = part_run},
                          .queue = &reindex->done,
                          .tx = tx + i * PART_TX,
                          .count = count - i * PART_TX < PART_TX ? count - i * PART_TX : PART_TX};
        workers_put(reindex->workers, &part[i].work);
    }
    for (size_t i = 0; i < parts; i++)
        (void)queue_take_one(&reindex->done);
    for (size_t i = 0; i < parts && ok; i++)
        if (part[i].err.code != ERROR_NONE) {
            *err = part[i].err;
            ok = false;
        }
    mem_free(part);
    return ok;
}

static void progress(void *context, uint64_t height, uint64_t height_last)
{
    struct reindex *reindex = context;
    uint64_t now_ms = clock_mono_ms();

    if (height < height_last && now_ms - reindex->told_mono_ms < PROGRESS_MS)
        return;
    reindex->told_mono_ms = now_ms;
    log_info("store", "reindex: block %" PRIu64 " of %" PRIu64, height, height_last);
}

int node_reindex(const struct config *config)
{
    struct reindex reindex = {0};
    struct store_reindex how = {.recover = recover, .progress = progress, .context = &reindex};
    struct store_options options = {.leveldb = {.cache_bytes = (size_t)config->store_cache,
                                                .write_buffer_bytes = 32 * 1024 * 1024},
                                    .view_cache_accounts = STORE_VIEW_CACHE_DEFAULT};
    struct place place;
    struct error err = {0};
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    int code = 0;

    queue_init(&reindex.done);
    reindex.workers = workers_start(cores < 1             ? 1
                                    : cores > WORKERS_MAX ? WORKERS_MAX
                                                          : (size_t)cores);
    if (!place_open(&place, config, &err) ||
        !store_reindex(place.directory, &place.genesis, &options, &how, &err)) {
        log_error("store", "%s", err.text);
        code = place_exit_code(err.code);
    } else {
        log_info("store", "reindex: done, every root agrees");
    }
    workers_stop(reindex.workers);
    queue_release(&reindex.done);
    place_close(&place);
    return code;
}
