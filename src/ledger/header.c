#include <cairn/block.h>
#include <cairn/keccak.h>
#include <cairn/rlp.h>

enum {
    HASH_RLP = 1 + HASH_SIZE,
    HEADER_FIELDS_MAX = 5 * HASH_RLP + 1 + ADDRESS_SIZE + 4 * 9 + 2 * 33 + 1 + BLOCK_EXTRA_MAX
};
static_assert(HEADER_FIELDS_MAX + 3 <= HEADER_BYTES_MAX, "the bound holds every header");

void header_encode(struct buffer *out, const struct header *header)
{
    size_t mark = rlp_list_begin(out);

    assert(header->extra_size <= BLOCK_EXTRA_MAX);
    rlp_put_hash(out, &header->parent_hash);
    rlp_put_u64(out, header->height);
    rlp_put_u64(out, header->time_ms);
    rlp_put_address(out, &header->proposer);
    rlp_put_hash(out, &header->transactions_root);
    rlp_put_hash(out, &header->state_root);
    rlp_put_u64(out, header->gas_limit);
    rlp_put_u64(out, header->gas_used);
    rlp_put_u256(out, &header->base_fee_per_gas);
    rlp_put_u256(out, &header->burned);
    rlp_put_hash(out, &header->validators_hash);
    rlp_put_hash(out, &header->next_validators_hash);
    rlp_put_bytes(out, bytes_of(header->extra, header->extra_size));
    rlp_list_end(out, mark);
}

bool header_decode(struct header *out, struct bytes in, struct error *err)
{
    struct error fault = {0};
    struct rlp_reader r = rlp_open_list(in, &fault);
    struct bytes extra;

    *out = (struct header){0};
    out->parent_hash = rlp_hash(&r, "parentHash");
    out->height = rlp_u64(&r, "height");
    out->time_ms = rlp_u64(&r, "time");
    out->proposer = rlp_address(&r, "proposer");
    out->transactions_root = rlp_hash(&r, "transactionsRoot");
    out->state_root = rlp_hash(&r, "stateRoot");
    out->gas_limit = rlp_u64(&r, "gasLimit");
    out->gas_used = rlp_u64(&r, "gasUsed");
    out->base_fee_per_gas = rlp_u256(&r, "baseFeePerGas");
    out->burned = rlp_u256(&r, "burned");
    out->validators_hash = rlp_hash(&r, "validatorsHash");
    out->next_validators_hash = rlp_hash(&r, "nextValidatorsHash");
    extra = rlp_bytes(&r, "extra", BLOCK_EXTRA_MAX);
    if (!rlp_close(&r)) {
        *err = fault;
        return error_wrap(err, "header");
    }
    if (extra.size > 0)
        memcpy(out->extra, extra.at, extra.size);
    out->extra_size = extra.size;
    return true;
}

void header_hash(struct hash *out, const struct header *header)
{
    struct buffer bytes = {0};

    header_encode(&bytes, header);
    keccak256(out, buffer_bytes(&bytes));
    buffer_release(&bytes);
}
