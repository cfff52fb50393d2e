#include <cairn/block.h>
#include <cairn/mpt.h>
#include <cairn/rlp.h>

void transactions_root(struct hash *out, struct tx *const *tx, size_t tx_count)
{
    struct bytes *encoding = mem_new(tx_count + 1, sizeof(*encoding));

    for (size_t i = 0; i < tx_count; i++)
        encoding[i] = tx[i]->encoding;
    mpt_list_root(out, encoding, tx_count);
    mem_free(encoding);
}

/* rlp[1, gas used so far, bloom, no logs], behind the type's byte where there is one (EIP-2718). */
static void receipt_encode(struct buffer *out, enum tx_type type, uint64_t gas_total)
{
    static const uint8_t bloom[256]; /* of no logs */
    size_t mark;

    if (type != TX_LEGACY)
        buffer_put_byte(out, (uint8_t)type);
    mark = rlp_list_begin(out);
    rlp_put_u64(out, 1);
    rlp_put_u64(out, gas_total);
    rlp_put_bytes(out, bytes_of(bloom, sizeof(bloom)));
    rlp_list_end(out, rlp_list_begin(out));
    rlp_list_end(out, mark);
}

void receipts_root(struct hash *out, struct tx *const *tx, size_t tx_count)
{
    struct bytes *receipt = mem_new(tx_count + 1, sizeof(*receipt));
    struct buffer all = {0};
    uint64_t gas_total = 0;
    size_t offset = 0;

    static_assert(TX_ACCESS_LIST == 1 && TX_FEE_MARKET == 2, "types are their envelopes' bytes");
    for (size_t i = 0; i < tx_count; i++) {
        size_t start = all.size;

        gas_total += tx[i]->gas_intrinsic; /* at most the block's limit, once applied */
        receipt_encode(&all, tx[i]->type, gas_total);
        receipt[i].size = all.size - start;
    }
    for (size_t i = 0; i < tx_count; i++) { /* now that the bytes do not move any more */
        receipt[i].at = all.at + offset;
        offset += receipt[i].size;
    }
    mpt_list_root(out, receipt, tx_count);
    buffer_release(&all);
    mem_free(receipt);
}
