/* The engine's insides, shared by its files. Private to the room. */
#ifndef CAIRN_ENGINE_MACHINE_H
#define CAIRN_ENGINE_MACHINE_H
#include <cairn/engine.h>

enum {
    /* Journal deletes wait for the next write, since each write costs a sync; beyond this many they
       go by themselves. */
    JOURNAL_DELETES_MAX = 4096,
    /* After a block that took nothing though something seemed executable: a defect, and no reason
       to spin. */
    BUILD_RETRY_MS = 1000,
};

/* A wallet that waits for its transaction to be on the disk. */
struct engine_answer {
    uint64_t write; /* the number of the write that brings it there */
    uint64_t ticket;
    bool gap;
    uint64_t gap_nonce;
};

/* The block that is being written. */
struct engine_flight {
    struct block *block; /* NULL: none */
    uint64_t write;
    struct certificate certificate;
    struct block_changes changes;
    struct record record;
    struct tx **included;  /* its transactions by address, to find them */
    uint64_t *unjournaled; /* sequences, ascending: included before their journal row was written */
    size_t unjournaled_count;
    struct mempool_event *left; /* of its transactions that left the mempool meanwhile */
    size_t left_count, left_room;
};

struct engine {
    struct engine_options options;
    struct block_rules rules;
    struct state_view view;
    struct state_trie *trie;
    struct mempool *mempool;
    struct mempool_events events; /* scratch */
    struct head *head;
    struct record record;
    struct engine_flight flight;
    struct tx **candidate; /* BLOCK_TX_MAX, scratch of building */

    struct engine_journal *journal; /* for the next write */
    size_t journal_count, journal_room, journal_puts;
    struct engine_answer *answer; /* by write, ascending; the first answer_done are answered */
    size_t answer_count, answer_room;
    uint64_t write_number; /* of the last write that went out */

    uint64_t begin_mono_ms;  /* no block before */
    uint64_t idle_mono_ms;   /* an empty block then (UINT64_MAX: never) */
    uint64_t expire_mono_ms; /* look at the queued ones */
    uint64_t timer_mono_ms;  /* what was last asked for */
    bool builds;             /* this node decides blocks */
    bool stopping;
    bool failed; /* ENGINE_STOP went out */
    char standstill[ERROR_TEXT_MAX];
};

void effects_answer(struct effects *effects, const struct engine_answer *answer);
void effects_refuse(struct effects *effects, uint64_t ticket, const struct error *err);
void effects_write(struct effects *effects, struct engine_write *write);
void effects_head(struct effects *effects, const struct head *head);
void effects_pool(struct effects *effects, const struct mempool_event *event);
void effects_timer(struct effects *effects, uint64_t mono_ms);
void effects_stop(struct effects *effects, const struct error *err);

/* journal.c: what the mempool did, for readers and for the disk. */
void journal_put(struct engine *engine, uint64_t sequence, struct tx *tx);
void journal_delete(struct engine *engine, uint64_t sequence);
void journal_take_events(struct engine *engine, struct effects *effects);
/* A block is in flight: rows of the coming write that it makes needless. */
void journal_skip_included(struct engine *engine);
/* It is published: what left the mempool during the flight leaves the readers' mirror too. */
void journal_tell_left(struct engine *engine, struct effects *effects);

/* build.c: when a block is due, building it, and what follows when it is on the disk. */
void build_begin_height(struct engine *engine, uint64_t now_ms, uint64_t mono_ms);
bool build_is_due(const struct engine *engine, uint64_t mono_ms);
uint64_t
build_due_mono_ms(const struct engine *engine); /* UINT64_MAX: only an input makes it due */
bool build_block(struct engine *engine, const struct engine_input *input, struct error *err);
bool build_finish(struct engine *engine, const struct engine_input *input, struct effects *effects,
                  struct error *err);
void build_drop(struct engine *engine); /* the block in flight, never written */

#endif
