/* The node as one deterministic machine: an input goes in, effects come out. It holds ledger,
 * mempool and the decision; it opens no socket, starts no thread, reads no clock; the disk is
 * behind the store's port. One thread owns it.
 *
 * Inputs are gathered: any number of ENGINE_TX and ENGINE_WRITTEN, then one ENGINE_TURN, at which
 * it writes what came and builds a block if one is due. */
#ifndef CAIRN_ENGINE_H
#define CAIRN_ENGINE_H
#include <cairn/consensus.h>
#include <cairn/genesis.h>
#include <cairn/mempool.h>
#include <cairn/store.h>

/* What is decided and on the disk: the newest block and what follows from it. Immutable, shared by
 * count, any thread. */
struct head {
    struct block *block;
    struct certificate certificate; /* height 0: none */
    struct u256 base_fee_next;
    uint64_t decided_ms; /* wall clock of this node when it was written */
};
struct head *head_new(struct block *block, const struct certificate *certificate,
                      const struct block_rules *rules,
                      uint64_t decided_ms) MUST_CHECK; /* takes the count */
struct head *head_share(const struct head *head);
void head_drop(struct head *head); /* takes NULL */

struct engine_options {
    const struct genesis *genesis;   /* borrowed for the engine's life */
    struct store *store;             /* likewise */
    const struct consensus_key *key; /* NULL: this node is no validator */
    struct record record;            /* of the key */
    struct mempool_limits limits;
    size_t trie_bytes_max;  /* nodes of the state trie in memory; default 512 MiB */
    uint64_t block_time_ms; /* the genesis's, or this run's pace */
    bool empty_blocks;
    uint8_t extra[BLOCK_EXTRA_MAX]; /* free text in the blocks built here */
    size_t extra_size;
};

enum engine_input_kind {
    ENGINE_TX,      /* a wallet's transaction, its sender recovered */
    ENGINE_WRITTEN, /* everything up to this write is synced */
    ENGINE_TURN,    /* no more input for the moment, or a timer */
};

struct engine_input {
    enum engine_input_kind kind;
    uint64_t now_ms;  /* wall clock, Unix: for block times alone */
    uint64_t mono_ms; /* monotonic: for timers */
    struct tx *tx;    /* ENGINE_TX: borrowed */
    uint64_t ticket;  /* ENGINE_TX: comes back in the answer */
    uint64_t write;   /* ENGINE_WRITTEN */
};

/* What is to be on the disk, in one batch with those before it that are not written. Given to the
 * writer (engine_write_free). Immutable meanwhile. */
struct engine_write {
    uint64_t number;     /* ascending from 1 */
    struct block *block; /* NULL: the journal alone */
    struct certificate certificate;
    const struct block_changes *changes; /* the engine's, until ENGINE_WRITTEN */
    struct record record;                /* with a block: the validator's, to be synced beside it */
    struct engine_journal {
        uint64_t sequence;
        struct tx *tx; /* a count of its own; NULL: delete */
    } * journal;
    size_t journal_count;
};
/* Appends it to a batch of the store. */
void engine_write_apply(const struct engine_write *write, struct store_write *batch);
void engine_write_free(struct engine_write *write);

enum engine_effect_kind {
    ENGINE_ANSWER, /* to a wallet: admitted and synced, or refused */
    ENGINE_WRITE,  /* put it on the disk; then ENGINE_WRITTEN */
    ENGINE_HEAD,   /* publish it: all that reads need is on the disk */
    ENGINE_POOL,   /* the mempool moved: for the readers' mirror. After ENGINE_HEAD where a block
                      moved it */
    ENGINE_TIMER,  /* call with ENGINE_TURN at this monotonic time, or earlier; replaces the one
                      before */
    ENGINE_STOP,   /* it can't go on: say why and end */
};

struct engine_effect {
    enum engine_effect_kind kind;
    union {
        struct {
            uint64_t ticket;
            struct error *err; /* NULL: admitted; else given (mem_free) */
            bool gap;          /* admitted behind a gap; then the first missing nonce: */
            uint64_t gap_nonce;
        } answer;
        struct engine_write *write; /* given */
        struct head *head;          /* a count, given */
        struct mempool_event pool;  /* its count, given */
        uint64_t timer_mono_ms;
        struct error *stop; /* given (mem_free) */
    };
};

struct effects {
    struct engine_effect *effect;
    size_t count, room;
};
void effects_release(struct effects *effects); /* frees what nobody took */

struct engine;
/* Loads the head, builds the state trie from the accounts and checks its root against the head's
 * (0.4 s a million accounts), replays the journal. First effects: the head, the mempool's events, a
 * timer. ERROR_STORE_DAMAGED: the root differs; ERROR_RECORD. */
struct engine *engine_open(const struct engine_options *options, uint64_t now_ms, uint64_t mono_ms,
                           struct effects *effects, struct error *err) MUST_CHECK;
void engine_close(
    struct engine *engine); /* takes NULL; only with no write under way or after a stop */
void engine_step(struct engine *engine, const struct engine_input *input, struct effects *effects);

/* A write is under way: closing has to wait for it. */
bool engine_is_writing(const struct engine *engine);
/* From now on no block is begun: the node is stopping. */
void engine_stop(struct engine *engine);
/* One sentence for people: why no block is built here ("this node is not a validator …"); NULL
 * while it builds. */
const char *engine_standstill(const struct engine *engine);
struct mempool_counts engine_mempool_counts(const struct engine *engine);

#endif
