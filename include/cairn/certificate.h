/* What validators sign, and the proof that a block is decided: consensus.md, "Messages and what
 * they sign". Pure; any thread. */
#ifndef CAIRN_CERTIFICATE_H
#define CAIRN_CERTIFICATE_H
#include <cairn/council.h>
#include <cairn/key.h>

enum sign_type { SIGN_PROPOSAL, SIGN_PREVOTE, SIGN_PRECOMMIT, SIGN_CONSENT };

/* One preimage for all: keccak256("cairn/consensus/1" ‖ genesisHash ‖ rlp[type, height, round,
 * blockHash or "", validRound + 1]). `block`: NULL for nil. */
void sign_digest(struct hash *out, const struct hash *genesis, enum sign_type type, uint64_t height,
                 uint32_t round, const struct hash *block, uint32_t valid_round_plus_1);

enum { CERTIFICATE_BYTES_MAX = 64 + VALIDATORS_MAX / 8 + VALIDATORS_MAX * (SIGNATURE_SIZE + 2) };

/* Precommits (or prevotes, as a proof) of one round with more than two thirds of the power. */
struct certificate {
    uint64_t height;
    uint32_t round; /* below 2^31 */
    struct hash block;
    uint8_t signers[VALIDATORS_MAX /
                    8];  /* index i is bit i mod 8, counted from the lowest, of byte i / 8 */
    size_t signers_size; /* ⌈n / 8⌉ */
    size_t signature_count;
    struct signature signature[VALIDATORS_MAX]; /* by index */
};

void certificate_encode(struct buffer *out, const struct certificate *certificate);
bool certificate_decode(struct certificate *out, struct bytes in, struct error *err) MUST_CHECK;
/* By `council`; `type` SIGN_PRECOMMIT or SIGN_PREVOTE. One bad signature, a spare bit, a quorum
 * short: ERROR_CERTIFICATE. */
bool certificate_check(const struct certificate *certificate, enum sign_type type,
                       const struct hash *genesis, const struct council *council,
                       struct error *err) MUST_CHECK;

#endif
