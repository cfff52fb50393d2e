/* Genesis: the file that a network is made from, and its block. geth's shape plus `config.cairn`
 * (ledger.md). Numbers are JSON integers, or texts in decimal or in hex with 0x. Errors:
 * ERROR_GENESIS "FILE:LINE: KEY: WHAT". Pure but for genesis_load. */
#ifndef CAIRN_GENESIS_H
#define CAIRN_GENESIS_H
#include <cairn/account.h>
#include <cairn/block.h>
#include <cairn/council.h>

enum { GENESIS_FILE_MAX = 64 * 1024 * 1024, BLOCK_TIME_MS_MAX = 60000 };
enum { GENESIS_BOOT_NODES_MAX = 64, GENESIS_BOOT_NODE_TEXT_MAX = 512 };

/* Wallets keep chain ids, and v = 36 + 2 · id, in JavaScript's numbers: MetaMask takes no larger
 * one. */
#define GENESIS_CHAIN_ID_MAX UINT64_C(4503599627370476)

struct genesis_account {
    struct address address;
    struct account account;
};

struct genesis {
    uint64_t chain_id;      /* 1 … GENESIS_CHAIN_ID_MAX */
    uint64_t gas_limit;     /* 21,000 … 2^63 - 1 */
    uint64_t block_time_ms; /* 0 … 60,000, default 1000 */
    bool empty_blocks;      /* default true; must be false with block_time_ms 0 */
    uint64_t max_idle_ms;   /* default 0: never */
    uint64_t precision_ms;  /* default 500 */
    uint64_t delay_ms;      /* default 2000 */
    uint64_t propose_ms, propose_step_ms, propose_max_ms; /* 1000, 500, 5000 */
    uint64_t vote_ms, vote_step_ms, vote_max_ms;          /* 500, 250, 2500 */
    bool fees_none;                                       /* "fees": "none" */
    struct u256 base_fee_min; /* wei, at least 1 (the default) unless fees_none */
    struct council council;
    char **boot_node; /* texts as they stand; not covered by the hash */
    size_t boot_node_count;
    struct genesis_account *account; /* by address; none is (0, 0) */
    size_t account_count;
    struct u256 supply;   /* sum of the balances */
    struct header header; /* of block 0 */
    struct hash hash;     /* its hash: the network's identity */
    struct buffer text;   /* the file as loaded */
};

/* `name` stands in messages. Fills all, state root and hash included. After a failure there is
 * nothing to release. */
bool genesis_parse(struct genesis *genesis, struct bytes text, const char *name,
                   struct error *err) MUST_CHECK;
bool genesis_load(struct genesis *genesis, const char *path, struct error *err) MUST_CHECK;
void genesis_release(struct genesis *genesis);

/* The development chain: the text of genesis/dev.json, built in, and the keys to it, which everyone
 * knows. Its validator's secret is keccak256("cairn development validator"); its accounts are the
 * first ten of the mnemonic "test test test test test test test test test test test junk"
 * (m/44'/60'/0'/0/INDEX). */
enum { GENESIS_DEV_ACCOUNTS = 10 };
struct bytes genesis_dev_text(void);
void genesis_dev_validator(struct secret *out);
const struct secret *genesis_dev_secret(size_t index); /* asserts index < GENESIS_DEV_ACCOUNTS */

struct tx_rules genesis_tx_rules(const struct genesis *genesis);
struct block_rules genesis_block_rules(const struct genesis *genesis);

#endif
