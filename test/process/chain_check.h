/* The two halves of chain_check. */
#ifndef CAIRN_TEST_CHAIN_CHECK_H
#define CAIRN_TEST_CHAIN_CHECK_H
#include <cairn/genesis.h>

/* All that can be said about a stopped node's directory: every block held against the ledger's
 * model, against its own hashes, and against what readers find. `accounts` counts the newest
 * state's. */
bool chain_verify(const char *directory, const struct genesis *genesis, uint64_t *height,
                  uint64_t *accounts, struct error *err) MUST_CHECK;

#endif
