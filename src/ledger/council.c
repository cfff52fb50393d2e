#include <cairn/council.h>
#include <cairn/keccak.h>
#include <cairn/rlp.h>

#include <inttypes.h>

/* The first place whose address is not below `address`. */
static size_t place_of(const struct council *council, const struct address *address)
{
    size_t low = 0;
    size_t high = council->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (address_compare(&council->member[middle].address, address) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool council_find(const struct council *council, const struct address *address, size_t *index)
{
    size_t place = place_of(council, address);

    if (place == council->count || !address_equal(&council->member[place].address, address))
        return false;
    if (index)
        *index = place;
    return true;
}

bool council_add(struct council *council, const struct address *address, uint64_t power,
                 struct error *err)
{
    size_t place = place_of(council, address);

    if (power < 1 || power > VALIDATOR_POWER_MAX)
        return error_set(err, ERROR_LIMIT, "power %" PRIu64 ": must be 1 to %d", power,
                         VALIDATOR_POWER_MAX);
    if (council_find(council, address, NULL))
        return error_set(err, ERROR_GENESIS, "a validator with this address is there already");
    if (council->count == VALIDATORS_MAX)
        return error_set(err, ERROR_LIMIT, "more than %d validators", VALIDATORS_MAX);
    memmove(&council->member[place + 1], &council->member[place],
            (council->count - place) * sizeof(council->member[0]));
    council->member[place] = (struct validator){.address = *address, .power = power};
    council->count++;
    return true;
}

uint64_t council_power(const struct council *council)
{
    uint64_t total = 0;

    for (size_t i = 0; i < council->count; i++)
        total += council->member[i].power;
    return total;
}

/* Three times the largest total, 128,000, is far from wrapping. */
bool council_is_quorum(const struct council *council, uint64_t power)
{
    uint64_t total = council_power(council);

    assert(power <= total);
    return 3 * power > 2 * total;
}

void council_encode(struct buffer *out, const struct council *council)
{
    size_t whole = rlp_list_begin(out);
    size_t members = rlp_list_begin(out);

    for (size_t i = 0; i < council->count; i++) {
        size_t mark = rlp_list_begin(out);

        rlp_put_address(out, &council->member[i].address);
        rlp_put_u64(out, council->member[i].power);
        rlp_list_end(out, mark);
    }
    rlp_list_end(out, members);
    rlp_list_end(out, rlp_list_begin(out)); /* the open changes */
    rlp_list_end(out, whole);
}

void council_hash(struct hash *out, const struct council *council)
{
    struct buffer bytes = {0};

    council_encode(&bytes, council);
    keccak256(out, buffer_bytes(&bytes));
    buffer_release(&bytes);
}
