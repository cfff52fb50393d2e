#include "rows.h"

#include <cairn/rlp.h>

enum { INDEX_ENTRY_SIZE = ADDRESS_SIZE + 8 + 4 };

/* Every step is one-to-one in the sum so far and in the word, so that rows which differ in one word
 * never meet before the sum is cut. 160 kB, the index of a block of 5,000, take 40 us. */
static uint64_t mix(uint64_t sum, uint64_t word)
{
    sum = (sum ^ word) * 0x9fb21c651e98df25;
    return sum ^ sum >> 32;
}

static uint64_t mix_bytes(uint64_t sum, struct bytes in)
{
    size_t i;
    uint64_t tail = 0;

    for (i = 0; in.size - i >= 8; i += 8)
        sum = mix(sum, be64_get(in.at + i));
    for (; i < in.size; i++)
        tail = tail << 8 | in.at[i];
    return mix(mix(sum, tail), in.size);
}

static uint32_t row_check(struct bytes key, struct bytes inside)
{
    return (uint32_t)mix_bytes(mix_bytes(0, key), inside);
}

void row_seal(struct buffer *out, size_t start, const struct key *key)
{
    uint32_t check = row_check(key_bytes(key), bytes_from(buffer_bytes(out), start));

    be32_put(buffer_extend(out, ROW_CHECK_SIZE), check);
}

bool row_open(struct bytes *inside, struct bytes key, struct bytes value, struct error *err)
{
    if (value.size < ROW_CHECK_SIZE)
        return error_set(err, ERROR_STORE_DAMAGED, "a row of %zu bytes", value.size);
    *inside = bytes_part(value, 0, value.size - ROW_CHECK_SIZE);
    if (row_check(key, *inside) != be32_get(inside->at + inside->size))
        return error_set(err, ERROR_STORE_DAMAGED, "the row's check does not hold");
    return true;
}

static bool form_check(const struct error *fault, bool ok, struct error *err)
{
    return ok || error_set(err, ERROR_STORE_DAMAGED, "row: %s", fault->text);
}

void account_row_put(struct buffer *out, const struct key *key, const struct account *account)
{
    size_t start = out->size;

    rlp_put_u64(out, account->nonce);
    rlp_put_u64(out, account->height_last);
    rlp_put_u256(out, &account->balance);
    row_seal(out, start, key);
}

bool account_row_get(struct account *out, struct bytes key, struct bytes value, struct error *err)
{
    struct error fault = {0};
    struct rlp_reader r;
    struct bytes inside;

    if (!row_open(&inside, key, value, err))
        return false;
    r = rlp_open_items(inside, &fault);
    *out = (struct account){.exists = true};
    out->nonce = rlp_u64(&r, "nonce");
    out->height_last = rlp_u64(&r, "height");
    out->balance = rlp_u256(&r, "balance");
    return form_check(&fault, rlp_close(&r), err);
}

void history_row_put(struct buffer *out, const struct key *key, const struct account *account,
                     const uint16_t *position, size_t count)
{
    size_t start = out->size;
    uint8_t header[9], *at;

    rlp_put_u64(out, account->nonce);
    rlp_put_u256(out, &account->balance);
    buffer_put(out, bytes_of(header, rlp_header_put(header, false, 2 * count)));
    at = buffer_extend(out, 2 * count);
    for (size_t i = 0; i < count; i++)
        be16_put(at + 2 * i, position[i]);
    row_seal(out, start, key);
}

bool history_row_get(struct account *out, struct bytes *positions, struct bytes key,
                     struct bytes value, struct error *err)
{
    struct error fault = {0};
    struct rlp_reader r;
    struct bytes inside, list;

    *out = (struct account){0};
    if (!row_open(&inside, key, value, err))
        return false;
    if (!key_history_parse(key, &out->height_last))
        return error_set(err, ERROR_STORE_DAMAGED, "a key of %zu bytes", key.size);
    r = rlp_open_items(inside, &fault);
    out->nonce = rlp_u64(&r, "nonce");
    out->balance = rlp_u256(&r, "balance");
    list = rlp_bytes(&r, "positions", 2 * BLOCK_TX_MAX);
    if (list.size % 2 != 0)
        rlp_fail(&r, ERROR_RLP_SIZE, "positions", "odd size");
    out->exists = out->nonce > 0 || !u256_is_zero(&out->balance); /* EIP-161 */
    if (positions)
        *positions = list;
    return form_check(&fault, rlp_close(&r), err);
}

void index_row_put(struct buffer *out, const struct key *key, const struct block *block,
                   struct bytes body)
{
    size_t start = out->size, count = block->tx_count;
    uint32_t *offset = mem_new(count + 1, sizeof *offset);
    struct error err = {0};
    bool found = body_offsets(offset, count, body, &err);
    uint64_t gas = 0;
    struct hash root;
    uint8_t *at;

    assert(found); /* the body was encoded here from these transactions */
    receipts_root(&root, block->tx, count);
    buffer_put(out, bytes_of_hash(&root));
    at = buffer_extend(out, count * INDEX_ENTRY_SIZE);
    for (size_t i = 0; i < count; i++, at += INDEX_ENTRY_SIZE) {
        const struct tx *tx = block->tx[i];

        assert(tx->sender_known);
        gas += tx->gas_intrinsic; /* at most the block's limit, once applied */
        memcpy(at, tx->sender.byte, ADDRESS_SIZE);
        be64_put(at + ADDRESS_SIZE, gas);
        be32_put(at + ADDRESS_SIZE + 8, offset[i]);
    }
    row_seal(out, start, key);
    mem_free(offset);
}

bool index_row_get(struct index_row *out, struct bytes key, struct bytes value, struct error *err)
{
    struct bytes inside;

    if (!row_open(&inside, key, value, err))
        return false;
    if (inside.size < HASH_SIZE || (inside.size - HASH_SIZE) % INDEX_ENTRY_SIZE != 0)
        return error_set(err, ERROR_STORE_DAMAGED, "a row of %zu bytes", value.size);
    memcpy(out->receipts_root.byte, inside.at, HASH_SIZE);
    out->entries = bytes_from(inside, HASH_SIZE);
    out->count = out->entries.size / INDEX_ENTRY_SIZE;
    return true;
}

struct index_entry index_entry_get(const struct index_row *row, size_t position)
{
    const uint8_t *at = bytes_part(row->entries, position * INDEX_ENTRY_SIZE, INDEX_ENTRY_SIZE).at;
    struct index_entry entry;

    memcpy(entry.sender.byte, at, ADDRESS_SIZE);
    entry.gas_cumulative = be64_get(at + ADDRESS_SIZE);
    entry.offset = be32_get(at + ADDRESS_SIZE + 8);
    return entry;
}
