#include "published.h"

#include <pthread.h>
#include <uthash.h>

struct pool_tx {
    struct hash hash;
    struct tx *tx;
    uint64_t sequence;
    bool pending;
    UT_hash_handle hh;
};

/* Senders with executable transactions. */
struct pool_sender {
    struct address address;
    size_t pending;
    uint64_t nonce_next; /* after the executable ones */
    UT_hash_handle hh;
};

struct published {
    pthread_mutex_t lock;
    struct head *head;
    bool decides;
    struct block *recent[PUBLISHED_BLOCKS_MAX]; /* by height mod the size */
    uint64_t recent_first;                      /* the lowest height kept */
    size_t recent_bytes;
    struct pool_tx *txs;
    struct pool_sender *senders;
    struct mempool_counts counts;
};

struct published *published_new(void)
{
    struct published *published = mem_new(1, sizeof *published);

    pthread_mutex_init(&published->lock, NULL);
    return published;
}

void published_free(struct published *published)
{
    struct pool_tx *tx, *next_tx;
    struct pool_sender *sender, *next_sender;

    if (!published)
        return;
    HASH_ITER(hh, published->txs, tx, next_tx)
    {
        HASH_DEL(published->txs, tx);
        tx_drop(tx->tx);
        mem_free(tx);
    }
    HASH_ITER(hh, published->senders, sender, next_sender)
    {
        HASH_DEL(published->senders, sender);
        mem_free(sender);
    }
    for (size_t i = 0; i < PUBLISHED_BLOCKS_MAX; i++)
        block_drop(published->recent[i]);
    head_drop(published->head);
    pthread_mutex_destroy(&published->lock);
    mem_free(published);
}

void published_lock(struct published *published)
{
    pthread_mutex_lock(&published->lock);
}

void published_unlock(struct published *published)
{
    pthread_mutex_unlock(&published->lock);
}

static void recent_drop_first(struct published *published)
{
    struct block **place = &published->recent[published->recent_first % PUBLISHED_BLOCKS_MAX];

    published->recent_bytes -= (*place)->size;
    block_drop(*place);
    *place = NULL;
    published->recent_first++;
}

void published_head_set(struct published *published, const struct head *head)
{
    uint64_t height = head->block->header.height;

    if (!published->head)
        published->recent_first = height;
    assert(!published->head || published->head->block->header.height + 1 == height);
    head_drop(published->head);
    published->head = head_share(head);
    if (height - published->recent_first == PUBLISHED_BLOCKS_MAX)
        recent_drop_first(published);
    published->recent[height % PUBLISHED_BLOCKS_MAX] = block_share(head->block);
    published->recent_bytes += head->block->size;
    while (published->recent_bytes > PUBLISHED_BYTES_MAX && published->recent_first < height)
        recent_drop_first(published);
}

static void sender_add(struct published *published, const struct tx *tx)
{
    struct pool_sender *sender;

    HASH_FIND(hh, published->senders, &tx->sender, sizeof tx->sender, sender);
    if (!sender) {
        sender = mem_new(1, sizeof *sender);
        sender->address = tx->sender;
        HASH_ADD(hh, published->senders, address, sizeof sender->address, sender);
    }
    sender->pending++;
    if (sender->nonce_next <= tx->nonce)
        sender->nonce_next = tx->nonce + 1;
}

/* Executable ones stand in one run of nonces. What leaves at its front (included, overtaken) or is
 * replaced in place leaves the end where it is; anything else takes all behind it along. */
static void sender_remove(struct published *published, const struct tx *tx, bool end_stays)
{
    struct pool_sender *sender;

    HASH_FIND(hh, published->senders, &tx->sender, sizeof tx->sender, sender);
    assert(sender && sender->pending > 0);
    if (--sender->pending == 0) {
        HASH_DEL(published->senders, sender);
        mem_free(sender);
    } else if (!end_stays && sender->nonce_next > tx->nonce) {
        sender->nonce_next = tx->nonce;
    }
}

static void pool_set_pending(struct published *published, struct pool_tx *entry, bool pending,
                             bool end_stays)
{
    if (entry->pending == pending)
        return;
    entry->pending = pending;
    if (pending) {
        published->counts.pending++;
        sender_add(published, entry->tx);
    } else {
        published->counts.pending--;
        sender_remove(published, entry->tx, end_stays);
    }
}

void published_pool_move(struct published *published, const struct mempool_event *event)
{
    struct pool_tx *entry;

    HASH_FIND(hh, published->txs, &event->tx->hash, sizeof event->tx->hash, entry);
    if (event->kind == MEMPOOL_REMOVED) {
        bool end_stays = event->reason == MEMPOOL_INCLUDED || event->reason == MEMPOOL_STALE ||
                         event->reason == MEMPOOL_REPLACED;

        if (!entry)
            return;
        pool_set_pending(published, entry, false, end_stays);
        published->counts.bytes -= entry->tx->encoding.size;
        HASH_DEL(published->txs, entry);
        tx_drop(entry->tx);
        mem_free(entry);
    } else {
        if (!entry) {
            entry = mem_new(1, sizeof *entry);
            entry->hash = event->tx->hash;
            entry->tx = tx_share(event->tx);
            entry->sequence = event->sequence;
            HASH_ADD(hh, published->txs, hash, sizeof entry->hash, entry);
            published->counts.bytes += entry->tx->encoding.size;
        }
        pool_set_pending(published, entry, event->kind == MEMPOOL_PENDING, false);
    }
    published->counts.queued = HASH_COUNT(published->txs) - published->counts.pending;
}

void published_decides_set(struct published *published, bool decides)
{
    published->decides = decides;
}

bool published_decides(struct published *published)
{
    bool decides;

    published_lock(published);
    decides = published->decides;
    published_unlock(published);
    return decides;
}

struct head *published_head(struct published *published)
{
    struct head *head;

    published_lock(published);
    head = published->head ? head_share(published->head) : NULL;
    published_unlock(published);
    return head;
}

struct block *published_block(struct published *published, uint64_t height)
{
    struct block *block = NULL;

    published_lock(published);
    if (published->head && height >= published->recent_first &&
        height <= published->head->block->header.height)
        block = block_share(published->recent[height % PUBLISHED_BLOCKS_MAX]);
    published_unlock(published);
    return block;
}

struct tx *published_tx(struct published *published, const struct hash *hash)
{
    struct pool_tx *entry;
    struct tx *tx;

    published_lock(published);
    HASH_FIND(hh, published->txs, hash, sizeof *hash, entry);
    tx = entry ? tx_share(entry->tx) : NULL;
    published_unlock(published);
    return tx;
}

uint64_t published_nonce(struct published *published, const struct address *address,
                         uint64_t nonce_account)
{
    struct pool_sender *sender;
    uint64_t nonce = nonce_account;

    published_lock(published);
    HASH_FIND(hh, published->senders, address, sizeof *address, sender);
    if (sender && sender->nonce_next > nonce)
        nonce = sender->nonce_next;
    published_unlock(published);
    return nonce;
}

struct mempool_counts published_counts(struct published *published)
{
    struct mempool_counts counts;

    published_lock(published);
    counts = published->counts;
    published_unlock(published);
    return counts;
}

size_t published_pending(struct published *published, struct tx ***tx, uint64_t **sequence)
{
    struct pool_tx *entry, *next;
    size_t count = 0;

    published_lock(published);
    *tx = mem_new(published->counts.pending + 1, sizeof **tx);
    *sequence = mem_new(published->counts.pending + 1, sizeof **sequence);
    HASH_ITER(hh, published->txs, entry, next)
    {
        if (!entry->pending)
            continue;
        (*tx)[count] = tx_share(entry->tx);
        (*sequence)[count++] = entry->sequence;
    }
    published_unlock(published);
    return count;
}
