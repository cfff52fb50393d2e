/* The one error type: a code for programs, a text for people. On the caller's stack, {0} before
 * use. A function that can fail returns true for done; error_set and error_wrap return false, so
 * failing is one line. Whoever knows where (height, index, path, key) wraps; nobody logs and
 * returns. */
#ifndef CAIRN_ERROR_H
#define CAIRN_ERROR_H
#include <cairn/base.h>

enum { ERROR_TEXT_MAX = 512 };

/* code, name, JSON-RPC code when a wallet is told of it (0: never told; it becomes -32603). */
#define ERROR_TABLE(X)                                                                             \
    X(ERROR_NONE, "none", 0)                                                                       \
    X(ERROR_IO, "io", 0)              /* the system refused: file, disk, socket */                 \
    X(ERROR_LIMIT, "limit", -32600)   /* a bound of ours */                                        \
    X(ERROR_USAGE, "usage", 0)        /* command line, environment, configuration */               \
    X(ERROR_NUMBER, "number", -32602) /* not a number, or out of range */                          \
    X(ERROR_HEX, "hex", -32602)                                                                    \
    X(ERROR_JSON, "json", -32700)                                                                  \
    X(ERROR_RLP_SHORT, "rlp-short", -32000) /* a length beyond the input */                        \
    X(ERROR_RLP_FORM, "rlp-form", -32000)   /* not the shortest form */                            \
    X(ERROR_RLP_KIND, "rlp-kind", -32000)   /* a list where a string is wanted, or the reverse */  \
    X(ERROR_RLP_INTEGER, "rlp-integer", -32000) /* leading zero, or too wide */                    \
    X(ERROR_RLP_SIZE, "rlp-size", -32000)       /* not the wanted size, or over the bound */       \
    X(ERROR_RLP_COUNT, "rlp-count", -32000)     /* fields missing, or bytes left over */           \
    X(ERROR_KEY, "key", 0)                      /* secret or public key out of range */            \
    X(ERROR_KEYFILE, "keyfile", 0)                                                                 \
    X(ERROR_PASSWORD, "password", 0)                                                               \
    X(ERROR_TX_SIZE, "tx-size", -32000)                                                            \
    X(ERROR_TX_ENCODING, "tx-encoding", -32000)                                                    \
    X(ERROR_TX_KNOWN, "tx-known", -32000)                                                          \
    X(ERROR_TX_TYPE, "tx-type", -32000)                                                            \
    X(ERROR_TX_UNPROTECTED, "tx-unprotected", -32000)                                              \
    X(ERROR_TX_CREATION, "tx-creation", -32000)                                                    \
    X(ERROR_TX_SIGNATURE, "tx-signature", -32000)                                                  \
    X(ERROR_TX_SENDER, "tx-sender", -32000)                                                        \
    X(ERROR_TX_CHAIN, "tx-chain", -32000)                                                          \
    X(ERROR_TX_GAS_LOW, "tx-gas-low", -32000)                                                      \
    X(ERROR_TX_GAS_HIGH, "tx-gas-high", -32000)                                                    \
    X(ERROR_TX_TIP, "tx-tip", -32000)                                                              \
    X(ERROR_TX_FEE, "tx-fee", -32000)                                                              \
    X(ERROR_TX_NONCE_LOW, "tx-nonce-low", -32000)                                                  \
    X(ERROR_TX_NONCE_GAP, "tx-nonce-gap", -32000) /* in a block: above the account's nonce */      \
    X(ERROR_TX_NONCE_MAX, "tx-nonce-max", -32000)                                                  \
    X(ERROR_TX_NONCE_HIGH, "tx-nonce-high", -32000)                                                \
    X(ERROR_TX_FUNDS, "tx-funds", -32000)                                                          \
    X(ERROR_TX_COUNCIL, "tx-council", -32000)                                                      \
    X(ERROR_TX_REPLACEMENT, "tx-replacement", -32000)                                              \
    X(ERROR_TX_UNDERPRICED, "tx-underpriced", -32000)                                              \
    X(ERROR_TX_SHARE, "tx-share", -32000) /* the sender's share of the mempool is full */          \
    X(ERROR_BLOCK, "block", 0)            /* breaks a rule of the ledger */                        \
    X(ERROR_CERTIFICATE, "certificate", 0)                                                         \
    X(ERROR_RECORD, "record", 0) /* the validator's record */                                      \
    X(ERROR_GENESIS, "genesis", 0)                                                                 \
    X(ERROR_STORE_BUSY, "store-busy", 0)       /* another process holds the directory */           \
    X(ERROR_STORE_FOREIGN, "store-foreign", 0) /* the directory is not a cairn store */            \
    X(ERROR_STORE_GENESIS, "store-genesis", 0) /* made from another genesis */                     \
    X(ERROR_STORE_SCHEMA, "store-schema", 0)                                                       \
    X(ERROR_STORE_DAMAGED, "store-damaged", 0)                                                     \
    X(ERROR_STATE_UNKNOWN, "state-unknown", -32001) /* a block that this chain lacks */            \
    X(ERROR_RPC_REQUEST, "rpc-request", -32600)                                                    \
    X(ERROR_RPC_METHOD, "rpc-method", -32601)                                                      \
    X(ERROR_RPC_ARGUMENT, "rpc-argument", -32602)                                                  \
    X(ERROR_RPC_REFUSED, "rpc-refused", -32000)                                                    \
    X(ERROR_RPC_TOO_LARGE, "rpc-too-large", -32003)                                                \
    X(ERROR_RPC_TIMEOUT, "rpc-timeout", 4) /* eth_sendRawTransactionSync */                        \
    X(ERROR_RPC_QUEUED, "rpc-queued", 5)   /* the same */                                          \
    X(ERROR_STOPPING, "stopping", -32000)

#define ERROR_ENUM(code, name, rpc) code,
enum error_code { ERROR_TABLE(ERROR_ENUM) ERROR_COUNT };
#undef ERROR_ENUM

struct error {
    enum error_code code;
    char text[ERROR_TEXT_MAX]; /* "block 17: transaction 3: nonce too low: …"; cut at the bound */
};

/* Sets code and text; returns false. The first error stays when called again only if the caller
 * checks. The arguments may lie in the present text. */
bool error_set(struct error *err, enum error_code code, const char *format, ...) PRINTF_LIKE(3, 4);
/* Puts "WHERE: " before the text, keeps the code; returns false. */
bool error_wrap(struct error *err, const char *format, ...) PRINTF_LIKE(2, 3);
/* ERROR_IO: the text, then ": " and the system's words for `number` (an errno); returns false. */
bool error_system(struct error *err, int number, const char *format, ...) PRINTF_LIKE(3, 4);
const char *error_name(enum error_code code);
int error_rpc_code(enum error_code code); /* -32603 for what a wallet is never told */

#ifdef CAIRN_LINT /* analyzers look at one file at a time: what they cannot see is that these      \
                     return false */
#define error_set(...) (error_set(__VA_ARGS__), false)
#define error_wrap(...) (error_wrap(__VA_ARGS__), false)
#define error_system(...) (error_system(__VA_ARGS__), false)
#endif

#endif
