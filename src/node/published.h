/* What the engine shows to readers: the head, the newest blocks, and a mirror of the mempool.
 * Readers hold the lock for a look-up, never for a step of the engine.
 *
 * The mempool's moves are mirrored after the head that caused them. So who looks here first and
 * then at the chain finds every transaction that was ever answered. */
#ifndef CAIRN_NODE_PUBLISHED_H
#define CAIRN_NODE_PUBLISHED_H
#include <cairn/engine.h>

struct published;

enum {
    PUBLISHED_BLOCKS_MAX = 256,
    PUBLISHED_BYTES_MAX = 32 * 1024 * 1024, /* of blocks' encodings kept */
};

struct published *published_new(void) MUST_CHECK;
void published_free(struct published *published); /* takes NULL */

/* The engine's thread; effects of one batch go under one lock. */
void published_lock(struct published *published);
void published_unlock(struct published *published);
void published_decides_set(struct published *published, bool decides);         /* locked */
void published_head_set(struct published *published, const struct head *head); /* locked */
void published_pool_move(struct published *published,
                         const struct mempool_event *event); /* locked */

/* Any thread. What is given is a count of the caller's own. */
struct head *published_head(struct published *published); /* NULL before the engine is open */
bool published_decides(struct published *published);      /* the engine builds blocks */
struct block *published_block(struct published *published, uint64_t height);
struct tx *published_tx(struct published *published, const struct hash *hash);
uint64_t published_nonce(struct published *published, const struct address *sender,
                         uint64_t nonce_account);
struct mempool_counts published_counts(struct published *published); /* pending, queued, bytes */
size_t published_pending(struct published *published, struct tx ***tx, uint64_t **sequence);

#endif
