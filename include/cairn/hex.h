/* Hex quantities and data as EIP-1474 and json-rpc.md have them: prefix 0x, digits of either case,
 * quantities without leading zeros. Error texts are those that wallets see ("hex string without 0x
 * prefix", "empty hex string", "hex number with leading zero digits", "hex number > 64 bits",
 * "invalid hex digit at N", "hex string of odd length", "hex string has length 38, want 40"); code
 * ERROR_HEX. Positions count from 0 at the text's first character, the prefix included. After a
 * failure nothing was stored or appended. Pure; any thread. */
#ifndef CAIRN_HEX_H
#define CAIRN_HEX_H
#include <cairn/error.h>
#include <cairn/u256.h>

bool hex_parse_u64(uint64_t *out, struct bytes text, struct error *err) MUST_CHECK;
bool hex_parse_u256(struct u256 *out, struct bytes text, struct error *err) MUST_CHECK;
bool hex_parse_data(struct buffer *out, struct bytes text, size_t size_max,
                    struct error *err) MUST_CHECK; /* appends; over size_max bytes: ERROR_LIMIT */
bool hex_parse_fixed(void *out, size_t size, struct bytes text, struct error *err) MUST_CHECK;
bool hex_parse_hash(struct hash *out, struct bytes text, struct error *err) MUST_CHECK;
bool hex_parse_address(struct address *out, struct bytes text,
                       struct error *err) MUST_CHECK; /* case not checked */
/* Digits without prefix, as key files have them. */
bool hex_parse_plain(void *out, size_t size, struct bytes text, struct error *err) MUST_CHECK;

/* Appended with 0x, lower case. */
void hex_put_u64(struct buffer *out, uint64_t value);
void hex_put_u256(struct buffer *out, const struct u256 *value);
void hex_put_data(struct buffer *out, struct bytes data);
void hex_put_plain(struct buffer *out, struct bytes data); /* without 0x */

/* For messages: "0x…" and a final 0. */
enum { HEX_HASH_TEXT = 67, HEX_ADDRESS_TEXT = 43 };
const char *hex_format_hash(char out[HEX_HASH_TEXT], const struct hash *hash);
const char *
hex_format_address(char out[HEX_ADDRESS_TEXT],
                   const struct address *address); /* lower case; EIP-55: crypto's address_format */

#endif
