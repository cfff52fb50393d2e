/* The validator's record, `validator.state` beside its key: what this key signed, so that it never
 * signs twice (consensus.md). Written before a signature leaves; made together with the key, so a
 * missing one is a lost one. Pure; any thread. */
#ifndef CAIRN_RECORD_H
#define CAIRN_RECORD_H
#include <cairn/error.h>

enum { RECORD_BYTES_MAX = 256 * 1024 };

enum record_step { RECORD_NEW, RECORD_PROPOSAL, RECORD_PREVOTE, RECORD_PRECOMMIT };

/* The place of the last signature, and what was signed there. {0} with a genesis is a new key's
 * record; with genesis zero it is bound to the first chain that it is used on. */
struct record {
    struct hash genesis;
    uint64_t height;
    uint32_t round;
    enum record_step step;
    struct hash block; /* zero: nil */
};

/* genesis hash ‖ rlp[version, height, round, step, block] ‖ keccak256 of all before. */
void record_encode(struct buffer *out, const struct record *record);
/* ERROR_RECORD: checksum, version, form. */
bool record_decode(struct record *out, struct bytes in, struct error *err) MUST_CHECK;
/* Whether signing at this place is after the record, or the very same. */
bool record_allows(const struct record *record, uint64_t height, uint32_t round,
                   enum record_step step, const struct hash *block);

#endif
