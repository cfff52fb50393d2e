/* The validators that decide a height: the set, its encoding and hash (consensus.md, The council).
 */
#ifndef CAIRN_COUNCIL_H
#define CAIRN_COUNCIL_H
#include <cairn/error.h>

enum { VALIDATORS_MAX = 128, VALIDATOR_POWER_MAX = 1000 };

struct validator {
    struct address address;
    uint64_t power; /* 1 … VALIDATOR_POWER_MAX */
};

struct council {
    size_t count; /* 1 … VALIDATORS_MAX */
    struct validator
        member[VALIDATORS_MAX]; /* by address, lowest first; an index is a place here */
};

/* Keeps the order. ERROR_LIMIT: full or a bad power; ERROR_GENESIS: there already. */
bool council_add(struct council *council, const struct address *address, uint64_t power,
                 struct error *err) MUST_CHECK;
uint64_t council_power(const struct council *council); /* of all */
bool council_find(const struct council *council, const struct address *address,
                  size_t *index);                                      /* index may be NULL */
bool council_is_quorum(const struct council *council, uint64_t power); /* 3 · power > 2 · total */
/* rlp[ [[address, power] …], [] ]: no change is open, since council votes are not part of the
 * ledger so far. */
void council_encode(struct buffer *out, const struct council *council);
void council_hash(struct hash *out, const struct council *council);

#endif
