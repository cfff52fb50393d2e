#include "hash_queue.h"

void hash_queue_init(struct hash_queue *queue)
{
    for (size_t i = 0; i < HASH_QUEUE_BLOCKS; i++)
        queue->lanes[i].count = 0;
}

/* Lanes without a message repeat the first: eight cost less than two alone. */
static void lanes_hash(struct hash_lanes *lanes)
{
    struct hash *out[KECCAK_LANES];
    struct bytes in[KECCAK_LANES];

    if (lanes->count == 1) {
        keccak256(lanes->out[0], bytes_of(lanes->message[0], lanes->size[0]));
    } else if (lanes->count > 1) {
        for (size_t i = 0; i < KECCAK_LANES; i++) {
            size_t from = i < lanes->count ? i : 0;

            in[i] = bytes_of(lanes->message[from], lanes->size[from]);
            out[i] = lanes->out[from];
        }
        keccak256_eight(out, in);
    }
    lanes->count = 0;
}

uint8_t *hash_queue_room(struct hash_queue *queue, size_t size, struct hash *out)
{
    struct hash_lanes *lanes;

    assert(size <= HASH_QUEUE_BYTES_MAX);
    lanes = &queue->lanes[size / KECCAK_RATE];
    if (lanes->count == KECCAK_LANES)
        lanes_hash(lanes);
    lanes->size[lanes->count] = size;
    lanes->out[lanes->count] = out;
    return lanes->message[lanes->count++];
}

void hash_queue_flush(struct hash_queue *queue)
{
    for (size_t i = 0; i < HASH_QUEUE_BLOCKS; i++)
        lanes_hash(&queue->lanes[i]);
}
