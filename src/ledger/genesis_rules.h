/* The rules that a genesis file sets: `config.chainId` and all of `config.cairn` but the validators
 * and the boot nodes. One table reads them and hashes them. */
#ifndef CAIRN_LEDGER_GENESIS_RULES_H
#define CAIRN_LEDGER_GENESIS_RULES_H
#include "genesis_place.h"

#include <cairn/genesis.h>

/* Whether `key` of config.cairn is one of them. */
bool genesis_rules_know(const char *key);
/* Fills the rules of `genesis`, defaults for what is absent, and checks how they stand to each
 * other. */
void genesis_rules_read(struct genesis *genesis, const struct genesis_place *config,
                        const struct genesis_place *cairn);
/* keccak256(rlp[ [name, value] … by name ]). */
void genesis_rules_hash(struct hash *out, const struct genesis *genesis);
/* 2^128 - 1: no balance, no sum of balances and no base fee of a genesis is above. */
extern const struct u256 genesis_wei_max;

#endif
