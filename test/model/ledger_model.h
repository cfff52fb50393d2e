/* The ledger a second time, written from doc and EIPs alone and sharing no code with src/: accounts
 * in a sorted array, sums byte by byte. Slow and obvious; tests compare blocks with it, and the
 * network simulator every decided block. One block at a time:
 *
 *   model_init, model_give for each account of the genesis;
 *   model_block_begin; model_transfer for each transaction in order; model_block_end.
 */
#ifndef CAIRN_TEST_LEDGER_MODEL_H
#define CAIRN_TEST_LEDGER_MODEL_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Big-endian; wide enough that 2^256 wei times 2^64 gas stays exact. */
enum { MODEL_NUMBER_SIZE = 48, MODEL_ADDRESS_SIZE = 20 };
struct model_number {
    uint8_t byte[MODEL_NUMBER_SIZE];
};

struct model_account {
    uint8_t address[MODEL_ADDRESS_SIZE];
    uint64_t nonce;
    struct model_number balance;
};

struct model {
    uint64_t gas_limit; /* of a block */
    struct model_number base_fee_min;
    bool fees_none;
    struct model_number base_fee; /* of the block at hand; after its end, of the next */
    struct model_number burned;   /* since the genesis */
    struct model_number supply;   /* given by the genesis */
    uint64_t gas_used;            /* in the block at hand */
    uint8_t proposer[MODEL_ADDRESS_SIZE];
    struct model_account *account; /* by address; none is (0, 0) */
    size_t count;
    size_t room;
};

/* What a transaction says; its signature, chain and form are the caller's to judge. */
struct model_transfer {
    uint8_t sender[MODEL_ADDRESS_SIZE];
    uint8_t recipient[MODEL_ADDRESS_SIZE];
    uint64_t nonce;
    uint64_t gas_limit;
    struct model_number fee_max; /* wei a unit of gas, tip included */
    struct model_number tip_max;
    struct model_number value;
    uint64_t zero_bytes; /* of the memo */
    uint64_t other_bytes;
    uint64_t list_addresses; /* of the access list */
    uint64_t list_keys;
};

/* `genesis_base_fee` is block 0's; the block after it has the next. */
void model_init(struct model *model, uint64_t gas_limit, struct model_number base_fee_min,
                bool fees_none, struct model_number genesis_base_fee);
void model_release(struct model *model);
/* For trying a block that may not be decided. */
void model_copy(struct model *to, const struct model *from);
void model_give(struct model *model, const uint8_t address[MODEL_ADDRESS_SIZE], uint64_t nonce,
                struct model_number balance);

void model_block_begin(struct model *model, const uint8_t proposer[MODEL_ADDRESS_SIZE]);
/* False: it breaks a rule, and nothing has changed. */
bool model_transfer(struct model *model, const struct model_transfer *transfer);
void model_block_end(struct model *model);

/* NULL: it is not in the state. */
const struct model_account *model_find(const struct model *model,
                                       const uint8_t address[MODEL_ADDRESS_SIZE]);
/* All balances and what was burned make the supply. */
bool model_supply_holds(const struct model *model);

/* From and to at most 48 big-endian bytes; model_number_put asserts that it fits. */
struct model_number model_number_get(const uint8_t *byte, size_t size);
void model_number_put(uint8_t *byte, size_t size, const struct model_number *number);
struct model_number model_number_of(uint64_t value);
bool model_number_equal(const struct model_number *a, const struct model_number *b);

#endif
