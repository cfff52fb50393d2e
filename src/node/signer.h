/* The validator's key in this process: key file, its lock, its record. */
#ifndef CAIRN_NODE_SIGNER_H
#define CAIRN_NODE_SIGNER_H
#include "options.h"

#include <cairn/consensus.h>

struct signer;

/* Opens --validator-key: takes the lock beside it (two nodes with one key on one machine is an
 * error), reads password and record. `*lost`: the record is missing, and --new-validator-state was
 * not given. ERROR_KEYFILE, ERROR_PASSWORD, ERROR_RECORD, ERROR_STORE_BUSY. */
struct signer *signer_open(const struct config *config, bool *lost, struct error *err) MUST_CHECK;
/* The development chain's well-known key; its record lies in the data directory and is made with
 * the chain. */
struct signer *signer_open_dev(const struct config *config, const char *directory,
                               bool chain_is_new, bool *lost, struct error *err) MUST_CHECK;
void signer_close(struct signer *signer); /* wipes; takes NULL */

const struct consensus_key *signer_key(const struct signer *signer);
const struct record *signer_record(const struct signer *signer);
const char *signer_record_path(const struct signer *signer);
/* --new-validator-state: the record as if all up to `height` had been signed. */
bool signer_record_anew(struct signer *signer, const struct hash *genesis, uint64_t height,
                        struct error *err) MUST_CHECK;

#endif
