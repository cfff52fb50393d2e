/* RLP, canonical form only (Ethereum yellow paper, appendix B). Strict: shortest form, no leading
 * zero in an integer, no trailing bytes, every length checked before anything is read. Pure; any
 * thread.
 *
 * The reader is sticky: after the first failure it keeps that error in *err (field and offset) and
 * gives zeros, so that a decoder reads like the specification's table and is asked once, at
 * rlp_close. Readers of nested lists share the err of the outer one: a failure inside makes the
 * outer fail too.
 *
 * Texts read "FIELD: WHAT at byte N", without "FIELD: " where the input as a whole is wrong. N is
 * the offset of the item, of what is left over, or of the end where an item is missing. */
#ifndef CAIRN_RLP_H
#define CAIRN_RLP_H
#include <cairn/error.h>
#include <cairn/u256.h>

struct rlp_reader {
    const uint8_t *at;
    const uint8_t *end;
    const uint8_t *start; /* of the whole input: offsets in messages count from here */
    const uint8_t *last;  /* where the item read last begins: what rlp_fail names */
    struct error *err;    /* code ERROR_NONE while all is well */
};

enum rlp_kind { RLP_STRING, RLP_LIST, RLP_NONE }; /* NONE: no item left, or the reader failed */

/* `in` is one list and nothing else. *err must be {0}. */
struct rlp_reader rlp_open_list(struct bytes in, struct error *err);
/* `in` is any number of items, one after the other. */
struct rlp_reader rlp_open_items(struct bytes in, struct error *err);
/* The same for bytes that lie inside a larger input, so that offsets count from `start`. */
struct rlp_reader rlp_open_list_at(struct bytes in, const uint8_t *start, struct error *err);

enum rlp_kind rlp_peek(const struct rlp_reader *r); /* kind of the next item by its first byte */
bool rlp_more(const struct rlp_reader *r);          /* an item is left and nothing failed */

uint64_t rlp_u64(struct rlp_reader *r, const char *field);
struct u256 rlp_u256(struct rlp_reader *r, const char *field);
bool rlp_bool(struct rlp_reader *r, const char *field); /* 0 or 1 */
struct bytes rlp_bytes(struct rlp_reader *r, const char *field,
                       size_t size_max); /* borrows from the input */
void rlp_fixed(struct rlp_reader *r, const char *field, void *out,
               size_t size); /* a string of just this size */
struct hash rlp_hash(struct rlp_reader *r, const char *field);
struct address rlp_address(struct rlp_reader *r, const char *field);
struct bytes
rlp_item(struct rlp_reader *r,
         const char *field); /* the next item whole, header included; its inside is not checked */
struct rlp_reader
rlp_list(struct rlp_reader *r,
         const char *field); /* goes into a nested list; the outer stands behind it */
/* Marks the reader as failed, at the item read last: for rules beyond the form. */
void rlp_fail(struct rlp_reader *r, enum error_code code, const char *field, const char *what);
/* False: a field failed, or items are left over (ERROR_RLP_COUNT). Ask it of nested readers too. */
bool rlp_close(struct rlp_reader *r) MUST_CHECK;

/* Checks the whole of one item, nested lists too, without recursion; any depth. For raw items and
 * tests. */
bool rlp_check(struct bytes in, struct error *err) MUST_CHECK;

/* Writing, into a buffer. A list: mark = rlp_list_begin; items; rlp_list_end(mark) puts the header
 * in. */
void rlp_put_u64(struct buffer *out, uint64_t value);
void rlp_put_u256(struct buffer *out, const struct u256 *value);
void rlp_put_bytes(struct buffer *out, struct bytes value);
void rlp_put_hash(struct buffer *out, const struct hash *hash);
void rlp_put_address(struct buffer *out, const struct address *address);
size_t rlp_list_begin(struct buffer *out) MUST_CHECK;
void rlp_list_end(struct buffer *out, size_t mark);
/* Header alone, for payloads whose size is known; returns its size (1 to 9). */
size_t rlp_header_put(uint8_t out[9], bool list, size_t payload_size);
size_t rlp_header_size(
    size_t payload_size); /* of a list, or of a string of other than one byte below 0x80 */

#endif
