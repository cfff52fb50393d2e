#include <cairn/keccak.h>
#include <cairn/record.h>
#include <cairn/rlp.h>

#include <inttypes.h>

enum { RECORD_VERSION = 1 };

void record_encode(struct buffer *out, const struct record *record)
{
    size_t start = out->size;
    bool nil = hash_is_zero(&record->block);
    struct hash checksum;
    size_t mark;

    buffer_put(out, bytes_of_hash(&record->genesis));
    mark = rlp_list_begin(out);
    rlp_put_u64(out, RECORD_VERSION);
    rlp_put_u64(out, record->height);
    rlp_put_u64(out, record->round);
    rlp_put_u64(out, (uint64_t)record->step);
    rlp_put_bytes(out, nil ? (struct bytes){0} : bytes_of_hash(&record->block));
    rlp_list_end(out, mark);
    keccak256(&checksum, bytes_from(buffer_bytes(out), start));
    buffer_put(out, bytes_of_hash(&checksum));
}

static void decode_place(struct record *out, struct rlp_reader *r)
{
    struct bytes block;
    uint64_t number = rlp_u64(r, "version");

    if (number != RECORD_VERSION)
        rlp_fail(r, ERROR_RECORD, "version", "not one that this program knows");
    out->height = rlp_u64(r, "height");
    number = rlp_u64(r, "round");
    if (number > INT32_MAX)
        rlp_fail(r, ERROR_RECORD, "round", "2^31 or more");
    out->round = (uint32_t)number;
    number = rlp_u64(r, "step");
    if (number > RECORD_PRECOMMIT)
        rlp_fail(r, ERROR_RECORD, "step", "not one");
    out->step = (enum record_step)number;
    block = rlp_bytes(r, "block", HASH_SIZE);
    if (block.size == HASH_SIZE)
        memcpy(out->block.byte, block.at, HASH_SIZE);
    if (block.size > 0 && hash_is_zero(&out->block)) /* also a size between: `block` is zero then */
        rlp_fail(r, ERROR_RECORD, "block", "neither a hash nor nil");
}

bool record_decode(struct record *out, struct bytes in, struct error *err)
{
    struct error fault = {0};
    struct rlp_reader r;
    struct bytes body;
    struct hash checksum;

    if (in.size < 2 * HASH_SIZE || in.size > RECORD_BYTES_MAX)
        return error_set(err, ERROR_RECORD, "record: %zu bytes are no record", in.size);
    body = bytes_part(in, 0, in.size - HASH_SIZE);
    keccak256(&checksum, body);
    if (!bytes_equal(bytes_of_hash(&checksum), bytes_from(in, body.size)))
        return error_set(err, ERROR_RECORD, "record: the checksum is wrong: the file is damaged");
    *out = (struct record){0};
    memcpy(out->genesis.byte, body.at, HASH_SIZE);
    r = rlp_open_list_at(bytes_from(body, HASH_SIZE), in.at, &fault);
    decode_place(out, &r);
    if (rlp_close(&r))
        return true;
    error_set(err, ERROR_RECORD, "%s", fault.text); /* whatever the reader calls it */
    return error_wrap(err, "record");
}

/* Height, then round, then proposal < prevote < precommit; at the very same place, the same block.
 */
bool record_allows(const struct record *record, uint64_t height, uint32_t round,
                   enum record_step step, const struct hash *block)
{
    static const struct hash nil;

    assert(step != RECORD_NEW);
    if (height != record->height)
        return height > record->height;
    if (round != record->round)
        return round > record->round;
    if (step != record->step)
        return step > record->step;
    return hash_equal(block ? block : &nil, &record->block);
}
