/* The quorum of one: decided by its own precommit. */
#include <cairn/consensus.h>
#include <cairn/hex.h>

#include <inttypes.h>

bool consensus_is_alone(const struct council *council, const struct address *validator)
{
    size_t index;

    return council_find(council, validator, &index) &&
           council_is_quorum(council, council->member[index].power);
}

bool consensus_round_alone(const struct record *record, const struct hash *genesis, uint64_t height,
                           uint32_t *round, struct error *err)
{
    char ours[HEX_HASH_TEXT], theirs[HEX_HASH_TEXT];

    if (!hash_is_zero(&record->genesis) && !hash_equal(&record->genesis, genesis))
        return error_set(err, ERROR_RECORD,
                         "the validator's record is of the chain with genesis %s, this one's is "
                         "%s: a key serves one chain, use the other's data directory or a key of "
                         "its own",
                         hex_format_hash(theirs, &record->genesis), hex_format_hash(ours, genesis));
    if (record->height > height)
        return error_set(err, ERROR_RECORD,
                         "the validator's record says that it signed at height %" PRIu64
                         ", but the chain here ends at %" PRIu64
                         ": the data directory is older than the key's record; bring back the "
                         "newer one",
                         record->height, height - 1);
    *round = record->height == height ? record->round + 1 : 0;
    return true;
}

bool consensus_decide_alone(struct certificate *certificate, struct record *record,
                            const struct consensus_key *key, const struct hash *genesis,
                            const struct council *council, const struct block *block,
                            uint32_t round, struct error *err)
{
    struct hash digest;
    size_t index;

    if (!council_find(council, &key->address, &index))
        return error_set(err, ERROR_CERTIFICATE, "the key is not in the council");
    if (!record_allows(record, block->header.height, round, RECORD_PRECOMMIT, &block->hash))
        return error_set(err, ERROR_RECORD,
                         "the validator's record forbids signing at height %" PRIu64
                         ", round %" PRIu32,
                         block->header.height, round);

    *certificate = (struct certificate){
        .height = block->header.height,
        .round = round,
        .block = block->hash,
        .signers_size = (council->count + 7) / 8,
        .signature_count = 1,
    };
    certificate->signers[index / 8] = (uint8_t)(1u << (index % 8));
    sign_digest(&digest, genesis, SIGN_PRECOMMIT, block->header.height, round, &block->hash, 0);
    if (!key->sign(key->context, &digest, &certificate->signature[0], err))
        return error_wrap(err, "signing the precommit of height %" PRIu64, block->header.height);

    *record = (struct record){
        .genesis = *genesis,
        .height = block->header.height,
        .round = round,
        .step = RECORD_PRECOMMIT,
        .block = block->hash,
    };
    return true;
}
