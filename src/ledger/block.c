#include <cairn/block.h>
#include <cairn/keccak.h>
#include <cairn/rlp.h>

#include <stdatomic.h>

/* What a `struct block *` points into, with its array of transactions behind. */
struct block_cell {
    struct block block;
    _Atomic uint32_t count;
    struct tx *tx[];
};

static struct block_cell *cell_of(const struct block *block)
{
    static_assert(offsetof(struct block_cell, block) == 0, "the block is the cell's first member");
    return (struct block_cell *)(uintptr_t)block;
}

/* Of a transaction inside a body: a typed one is wrapped in a string. It has two bytes at least, so
 * it is never its own encoding. */
static size_t item_size(const struct tx *tx)
{
    size_t size = tx->encoding.size;

    return tx->type == TX_LEGACY ? size : rlp_header_size(size) + size;
}

static size_t body_payload_size(struct tx *const *tx, size_t tx_count)
{
    size_t size = 0;

    for (size_t i = 0; i < tx_count; i++)
        size += item_size(tx[i]);
    return size;
}

static size_t list_size(size_t payload_size)
{
    return rlp_header_size(payload_size) + payload_size;
}

struct block *block_new(const struct header *header, struct tx *const *tx, size_t tx_count)
{
    struct block_cell *cell = mem_new(1, sizeof(*cell) + tx_count * sizeof(*tx));
    struct block *block = &cell->block;
    struct buffer bytes = {0};

    atomic_init(&cell->count, 1);
    if (tx_count > 0)
        memcpy(cell->tx, tx, tx_count * sizeof(*tx));
    header_encode(&bytes, header);
    keccak256(&block->hash, buffer_bytes(&bytes));
    block->header = *header;
    block->tx = cell->tx;
    block->tx_count = tx_count;
    block->size = list_size(bytes.size + list_size(body_payload_size(tx, tx_count)));
    buffer_release(&bytes);
    return block;
}

struct block *block_share(const struct block *block)
{
    struct block_cell *cell = cell_of(block);
    uint32_t before = atomic_fetch_add_explicit(&cell->count, 1, memory_order_relaxed);

    assert(before > 0 && before < UINT32_MAX);
    return &cell->block;
}

void block_drop(struct block *block)
{
    struct block_cell *cell = cell_of(block);
    uint32_t before;

    if (!block)
        return;
    before = atomic_fetch_sub_explicit(&cell->count, 1, memory_order_acq_rel);
    assert(before > 0);
    if (before > 1)
        return;
    for (size_t i = 0; i < block->tx_count; i++)
        tx_drop(block->tx[i]);
    mem_free(cell);
}

void body_encode(struct buffer *out, struct tx *const *tx, size_t tx_count)
{
    size_t payload_size = body_payload_size(tx, tx_count);
    uint8_t header[9];
    size_t header_size = rlp_header_put(header, true, payload_size);

    buffer_reserve(out, header_size + payload_size);
    buffer_put(out, bytes_of(header, header_size));
    for (size_t i = 0; i < tx_count; i++) {
        if (tx[i]->type == TX_LEGACY)
            buffer_put(out, tx[i]->encoding);
        else
            rlp_put_bytes(out, tx[i]->encoding);
    }
}

/* The envelope of the next item. A legacy transaction stands as the list that it is and only so:
 * one wrapped in a string would be a second encoding of the same body. */
static struct bytes next_envelope(struct rlp_reader *r)
{
    struct bytes envelope;

    if (rlp_peek(r) == RLP_LIST)
        return rlp_item(r, "transaction");
    envelope = rlp_bytes(r, "transaction", BLOCK_BYTES_MAX);
    if (envelope.size > 0 && envelope.at[0] >= 0x80)
        rlp_fail(r, ERROR_RLP_KIND, "transaction", "typed envelope wanted in a string");
    return envelope;
}

struct tx_list {
    struct tx **tx;
    size_t count, room;
};

static void tx_list_add(struct tx_list *list, struct tx *tx)
{
    if (list->count == list->room) {
        list->room = list->room ? 2 * list->room : 64;
        list->tx = mem_grow(list->tx, list->room, sizeof(struct tx *));
    }
    list->tx[list->count++] = tx;
}

/* A transaction of ten bytes takes fifty times as much in memory: the count is bounded too. */
static bool body_read(struct tx_list *list, struct bytes in, struct error *err)
{
    struct rlp_reader r = rlp_open_list(in, err);

    while (rlp_more(&r)) {
        struct bytes envelope = next_envelope(&r);
        struct tx *tx;

        if (err->code != ERROR_NONE)
            break;
        if (list->count == BLOCK_TX_MAX)
            return error_set(err, ERROR_BLOCK, "body: more than %d transactions", BLOCK_TX_MAX);
        tx = tx_decode(envelope, err);
        if (!tx)
            return error_wrap(err, "transaction %zu", list->count);
        tx_list_add(list, tx);
    }
    return rlp_close(&r) || error_wrap(err, "body");
}

bool body_decode(struct tx ***tx, size_t *tx_count, struct bytes in, struct error *err)
{
    struct tx_list list = {0};
    struct error fault = {0};

    if (in.size > BLOCK_BYTES_MAX)
        return error_set(err, ERROR_BLOCK, "body: %zu bytes, limit %d", in.size, BLOCK_BYTES_MAX);
    if (!body_read(&list, in, &fault)) {
        body_free(list.tx, list.count);
        *err = fault;
        return false;
    }
    *tx = list.tx;
    *tx_count = list.count;
    return true;
}

void body_free(struct tx **tx, size_t tx_count)
{
    for (size_t i = 0; i < tx_count; i++)
        tx_drop(tx[i]);
    mem_free(tx);
}

bool body_item(struct bytes *out, struct bytes body, size_t offset, struct error *err)
{
    struct error fault = {0};
    struct rlp_reader r;

    if (offset >= body.size)
        return error_set(err, ERROR_BLOCK, "body of %zu bytes has no transaction at byte %zu",
                         body.size, offset);
    r = rlp_open_items(bytes_from(body, offset), &fault);
    *out = next_envelope(&r);
    if (fault.code == ERROR_NONE)
        return true;
    *err = fault;
    return error_wrap(err, "body at byte %zu", offset);
}

bool body_offsets(uint32_t *offset, size_t count, struct bytes body, struct error *err)
{
    struct error fault = {0};
    struct rlp_reader r;
    size_t found = 0;

    if (body.size > BLOCK_BYTES_MAX)
        return error_set(err, ERROR_BLOCK, "body: %zu bytes, limit %d", body.size, BLOCK_BYTES_MAX);
    r = rlp_open_list(body, &fault);
    for (; rlp_more(&r) && found < count; found++) {
        offset[found] = (uint32_t)(r.at - r.start);
        next_envelope(&r);
    }
    if (!rlp_close(&r)) {
        *err = fault;
        return error_wrap(err, "body");
    }
    if (found != count)
        return error_set(err, ERROR_BLOCK, "body: %zu transactions, want %zu", found, count);
    return true;
}
