/* How validators agree on one block per height (consensus.md; Tendermint, arXiv:1807.04938). What
 * stands here is the case of a quorum of one: a validator with more than two thirds of the power
 * decides what it built by its own precommit, with a real certificate and a kept record. The
 * machine for many takes this place. Pure; the key is behind a port. */
#ifndef CAIRN_CONSENSUS_H
#define CAIRN_CONSENSUS_H
#include <cairn/block.h>
#include <cairn/certificate.h>
#include <cairn/record.h>

/* The validator's key: in this process, or behind a socket. */
struct consensus_key {
    bool (*sign)(void *context, const struct hash *digest, struct signature *out,
                 struct error *err);
    void *context;
    struct address address;
};

/* Whether the validator alone is more than two thirds of the council. */
bool consensus_is_alone(const struct council *council, const struct address *validator);

/* Whether the key may sign at `height` with this record, the chain standing at height - 1, and in
 * which round. With a quorum of one nothing leaves before block and record are both synced, so a
 * record at `height` whose block the store lacks was never seen by anyone: the next round is free.
 * ERROR_RECORD: another genesis, or a record above `height` (the chain's directory is older than
 * the key's record). */
bool consensus_round_alone(const struct record *record, const struct hash *genesis, uint64_t height,
                           uint32_t *round, struct error *err) MUST_CHECK;

/* Signs the precommit of `block` in `round`: the certificate, and the record that must be synced
 * before anything of it is shown. */
bool consensus_decide_alone(struct certificate *certificate, struct record *record,
                            const struct consensus_key *key, const struct hash *genesis,
                            const struct council *council, const struct block *block,
                            uint32_t round, struct error *err) MUST_CHECK;

#endif
