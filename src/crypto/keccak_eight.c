/* Keccak-256 of eight messages side by side. Only the permutation knows the processor, and cpuid
 * chooses it at run time: the program runs anywhere, also under valgrind, which shows no AVX-512.
 * Not by target_clones: on AVX2 eight lanes do not fit the registers and four are twice as fast;
 * and the clones' resolver crashes under ThreadSanitizer before main. */
#include "keccak_eight.h"

/* Neighbouring words of as many states, in one register. */
typedef uint64_t lane2 __attribute__((vector_size(16), may_alias));

/* Permutes the states from `first` on that fit into one `lane`. Copied to locals, or the compiler
 * stores every word it makes. */
#define PERMUTE_LANE(lane, states, first)                                                          \
    do {                                                                                           \
        lane a_[KECCAK_WORDS];                                                                     \
        for (unsigned w_ = 0; w_ < KECCAK_WORDS; w_++)                                             \
            a_[w_] = *(const lane *)&(states)->word[w_][first];                                    \
        KECCAK_PERMUTE(lane, a_);                                                                  \
        for (unsigned w_ = 0; w_ < KECCAK_WORDS; w_++)                                             \
            *(lane *)&(states)->word[w_][first] = a_[w_];                                          \
    } while (0)

/* Two lanes are the compiler's plainest vector: SSE2, NEON, or a pair of integers. */
static void permute_plain(struct keccak_states *states)
{
    for (unsigned first = 0; first < KECCAK_LANES; first += 2)
        PERMUTE_LANE(lane2, states, first);
}

static bool plain_is_present(void)
{
    return true;
}

#ifdef __x86_64__
typedef uint64_t lane4 __attribute__((vector_size(32), may_alias));
typedef uint64_t lane8 __attribute__((vector_size(64), may_alias));

__attribute__((target("avx2"))) static void permute_avx2(struct keccak_states *states)
{
    for (unsigned first = 0; first < KECCAK_LANES; first += 4)
        PERMUTE_LANE(lane4, states, first);
}

static bool avx2_is_present(void)
{
    return __builtin_cpu_supports("avx2") != 0;
}

__attribute__((target("avx512f"))) static void permute_avx512(struct keccak_states *states)
{
    PERMUTE_LANE(lane8, states, 0);
}

static bool avx512_is_present(void)
{
    return __builtin_cpu_supports("avx512f") != 0;
}
#endif

/* For a leaf, gcc 12, Zen 4: 72, 133 and 227 ns a hash, where one by one takes 330. From these
 * follows messages_min: eight at once cost as much however many of them are wanted. */
const struct keccak_way keccak_ways[] = {
#ifdef __x86_64__
    {"avx512", avx512_is_present, permute_avx512, 2},
    {"avx2", avx2_is_present, permute_avx2, 4},
#endif
    {"plain", plain_is_present, permute_plain, 6},
};
const size_t keccak_way_count = COUNT(keccak_ways);

static const struct keccak_way *way_best(void)
{
    const struct keccak_way *way = keccak_ways;

    while (!way->is_present())
        way++;
    return way;
}

/* Message `i` of the eight takes in its block, which lies in its own column of the states. */
static void absorb_block(struct keccak_states *states, unsigned i, const uint8_t block[KECCAK_RATE])
{
    for (unsigned w = 0; w < KECCAK_RATE_WORDS; w++)
        states->word[w][i] ^= le64_get(block + 8 * w);
}

void keccak256_eight_by(const struct keccak_way *way, struct hash *const out[KECCAK_LANES],
                        const struct bytes in[KECCAK_LANES])
{
    struct keccak_states states = {0};
    size_t block_last = in[0].size / KECCAK_RATE;
    uint8_t padded[KECCAK_RATE];

    for (unsigned i = 1; i < KECCAK_LANES; i++)
        assert(in[i].size / KECCAK_RATE == block_last);
    for (size_t block = 0; block < block_last; block++) {
        for (unsigned i = 0; i < KECCAK_LANES; i++)
            absorb_block(&states, i, in[i].at + block * KECCAK_RATE);
        way->permute(&states);
    }
    for (unsigned i = 0; i < KECCAK_LANES; i++) {
        keccak_last(padded, bytes_from(in[i], block_last * KECCAK_RATE));
        absorb_block(&states, i, padded);
    }
    way->permute(&states);
    for (unsigned i = 0; i < KECCAK_LANES; i++)
        for (unsigned w = 0; w < HASH_SIZE / 8; w++)
            le64_put(out[i]->byte + 8 * w, states.word[w][i]);
}

void keccak256_eight(struct hash *const out[KECCAK_LANES], const struct bytes in[KECCAK_LANES])
{
    keccak256_eight_by(way_best(), out, in);
}

/* A full branch of the state trie has 532 bytes, four blocks; what is longer is rare and goes
 * alone. */
enum { QUEUED_BLOCKS_MAX = 5 };

/* Messages of one block count that wait for company, by their index. */
struct queue {
    size_t index[KECCAK_LANES];
    unsigned count;
};

/* Empty lanes repeat the first message; nobody reads those hashes. */
static void queue_flush(struct queue *queue, const struct keccak_way *way, struct hash *out,
                        const struct bytes *in)
{
    struct hash unread;
    struct hash *lane_out[KECCAK_LANES];
    struct bytes lane_in[KECCAK_LANES];

    if (queue->count < way->messages_min) {
        for (unsigned i = 0; i < queue->count; i++)
            keccak256(&out[queue->index[i]], in[queue->index[i]]);
    } else {
        for (unsigned i = 0; i < KECCAK_LANES; i++) {
            bool used = i < queue->count;

            lane_out[i] = used ? &out[queue->index[i]] : &unread;
            lane_in[i] = in[queue->index[used ? i : 0]];
        }
        keccak256_eight_by(way, lane_out, lane_in);
    }
    queue->count = 0;
}

void keccak256_many_by(const struct keccak_way *way, struct hash *out, const struct bytes *in,
                       size_t count)
{
    struct queue queue[QUEUED_BLOCKS_MAX] = {0};

    for (size_t i = 0; i < count; i++) {
        size_t block_count = keccak_block_count(in[i].size);

        if (block_count > QUEUED_BLOCKS_MAX) {
            keccak256(&out[i], in[i]);
        } else {
            struct queue *q = &queue[block_count - 1];

            q->index[q->count++] = i;
            if (q->count == KECCAK_LANES)
                queue_flush(q, way, out, in);
        }
    }
    for (size_t i = 0; i < QUEUED_BLOCKS_MAX; i++)
        queue_flush(&queue[i], way, out, in);
}

void keccak256_many(struct hash *out, const struct bytes *in, size_t count)
{
    keccak256_many_by(way_best(), out, in, count);
}
