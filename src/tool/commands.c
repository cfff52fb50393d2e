#include "command.h"

#include <stdint.h>

#define KEY_DIR                                                                                    \
    {                                                                                              \
        "--key-dir", "DIR", 0, "key files (else $XDG_DATA_HOME or ~/.local/share, cairn/keys)"     \
    }
#define PASSWORD_FILE                                                                              \
    {                                                                                              \
        "--password-file", "FILE", 0, "the password, one newline at its end left out; else asked"  \
    }
#define LIGHT                                                                                      \
    {                                                                                              \
        "--light", NULL, 0, "a cheap key derivation: for tests, not for coins"                     \
    }
#define OUT                                                                                        \
    {                                                                                              \
        "--out", "FILE", 0, "the key file, instead of a new name in the directory"                 \
    }
#define END                                                                                        \
    {                                                                                              \
        NULL, NULL, 0, NULL                                                                        \
    }

const struct option_row options_everywhere[] = {
    {"--rpc-url", "URL", 0, "the node (else $CAIRN_RPC_URL, else http://127.0.0.1:8545)"},
    {"--json", NULL, 0, "results and errors as JSON, one value a line"},
    {"--help", NULL, 0, "says what a command does and takes; -h too"},
    {"--version", NULL, 0, "prints the version"},
    END,
};

static const struct option_row key_new_options[] = {
    {"--validator", NULL, 0, "a validator's key: in its own directory, with validator.state"},
    KEY_DIR,
    OUT,
    PASSWORD_FILE,
    LIGHT,
    END,
};

static const struct option_row key_import_options[] = {KEY_DIR, OUT, PASSWORD_FILE, LIGHT, END};
static const struct option_row key_list_options[] = {KEY_DIR, END};
static const struct option_row key_address_options[] = {KEY_DIR, PASSWORD_FILE, END};

static const struct option_row send_options[] = {
    {"--from", "ADDRESS|KEYFILE", OPTION_NEEDED, "the sender: its address, key file, or its name"},
    {"--to", "ADDRESS", OPTION_NEEDED, "the recipient"},
    {"--amount", "AMOUNT", OPTION_NEEDED, "what to send: 1.5coin, 20gwei, 1000 (wei)"},
    {"--data", "HEX|TEXT", 0, "a memo: data in hex where it begins with 0x, else the text"},
    {"--nonce", "N", 0, "else the next one that the node knows of"},
    {"--tip", "AMOUNT", 0, "for the proposer, a unit of gas; else what the node proposes"},
    {"--max-fee", "AMOUNT", 0, "at most, a unit of gas; else twice the base fee and the tip"},
    {"--max-cost", "AMOUNT", 0, "refuses to sign what could cost more, amount included"},
    {"--chain-id", "N", 0, "refuses to sign where the node is of another chain"},
    {"--wait", "SECONDS", OPTION_MAYBE, "waits until it is in a block, at most SECONDS (60)"},
    KEY_DIR,
    PASSWORD_FILE,
    END,
};

static const struct option_row balance_options[] = {
    {"--at", "BLOCK", 0, "at the end of that block: number, hash, earliest; else the newest"},
    END,
};

static const struct option_row rpc_options[] = {
    {"--raw", NULL, 0, "a result that is a text is printed without its quotes"},
    END,
};

static const struct option_row genesis_new_options[] = {
    {"--chain-id", "N", OPTION_NEEDED, "the number that transactions must name"},
    {"--validator", "ADDRESS[:POWER]", OPTION_AGAIN, "power 1 to 1000, else 1"},
    {"--make-validator", "KEYFILE", 0, "makes a validator's key and record, and names it"},
    {"--alloc", "ADDRESS=AMOUNT", OPTION_AGAIN, "what an account starts with"},
    {"--block-time", "MS", 0, "from block to block (1000); 0: as soon as there is something"},
    {"--no-empty-blocks", NULL, 0, "blocks only for transactions; so with --block-time 0"},
    {"--fees", "none", 0, "a network without fees"},
    {"--min-base-fee", "AMOUNT", 0, "the base fee never falls below (1gwei)"},
    {"--base-fee", "AMOUNT", 0, "of the genesis block (the minimum)"},
    {"--gas-limit", "N", 0, "of a block (1000000000)"},
    {"--timestamp", "SECONDS", 0, "Unix time of the genesis block (now)"},
    {"--extra", "TEXT", 0, "free text in the genesis block, at most 32 bytes"},
    PASSWORD_FILE,
    LIGHT,
    END,
};

/* By group, in the order in which somebody new needs them. */
const struct command commands[] = {
    {"key new", "", 0, 0, "Makes a key and writes it, locked with a password, to a key file.",
     "The file is geth's form (Web3 Secret Storage 3). With --validator the key lies with its\n"
     "record in a directory of its own, validator-ADDRESS/, or where --out says; the record\n"
     "belongs to the first chain that the key is used on.",
     key_new_options, key_new},
    {"key list", "", 0, 0, "Lists the key files: address and path.", NULL, key_list_options,
     key_list},
    {"key import", "[FILE]", 0, 1, "Takes over a secret, or a key file of another program.",
     "FILE (- or none: standard input) holds a secret of 64 hex digits, which gets a password, or\n"
     "a key file's JSON, which keeps its own. A secret is never an argument: others can see those.",
     key_import_options, key_import},
    {"key address", "FILE|NAME", 1, 1, "Prints the address of a key file.",
     "Without --password-file it is what the file says; with it, it is worked out of the key.",
     key_address_options, key_address},
    {"send", "", 0, 0, "Signs a transfer on this machine and sends it.",
     "Prints what will be signed on standard error, then the hash; with --wait also the block and\n"
     "the fee. With --json: one line when it is sent, and one with the receipt.",
     send_options, send_run},
    {"balance", "ADDRESS", 1, 1, "Prints what an account holds.", NULL, balance_options,
     show_balance},
    {"tx", "HASH", 1, 1, "Shows a transaction and what became of it.",
     "With --json: {\"transaction\":...,\"receipt\":...}, as the node gives them.", NULL, show_tx},
    {"block", "[BLOCK]", 0, 1, "Shows a block: by number or hash, else the newest.",
     "With --json: the block as the node gives it, with the hashes of its transactions.", NULL,
     show_block},
    {"rpc", "METHOD [PARAM...]", 1, SIZE_MAX, "Calls any method of the node, prints the result.",
     "A PARAM that parses as JSON is that, any other is a text:\n"
     "cairn rpc eth_getBlockByNumber latest false",
     rpc_options, rpc_run},
    {"genesis new", "FILE", 1, 1, "Writes the genesis file of a new network.", NULL,
     genesis_new_options, genesis_new},
    {"genesis check", "FILE", 1, 1, "Checks a genesis file and says what it makes.", NULL, NULL,
     genesis_check},
    {"genesis hash", "FILE", 1, 1, "Prints the hash of the genesis block, the network's identity.",
     NULL, NULL, genesis_hash},
};
const size_t command_count = COUNT(commands);
