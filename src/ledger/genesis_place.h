/* Values of the genesis file with their places, so that every refusal names file, line and key.
 * Sticky: after the first refusal the readers give zeros and keep it; who reads asks once, at the
 * end, whether source.err is still empty. */
#ifndef CAIRN_LEDGER_GENESIS_PLACE_H
#define CAIRN_LEDGER_GENESIS_PLACE_H
#include <cairn/json.h>

struct genesis_source {
    const char *name;
    struct bytes text;
    struct error *err;
};

struct genesis_place {
    const struct genesis_source *source;
    const struct genesis_place *outer; /* NULL: the file itself */
    const char *key;                   /* an array's index in decimal */
    const json_t *value;               /* NULL: the key is absent */
};

struct genesis_place genesis_root(const struct genesis_source *source, const json_t *value);
struct genesis_place genesis_member(const struct genesis_place *outer, const char *key);

/* "NAME:LINE: KEY: WHAT"; an absent key takes the line of what should hold it. Returns false. */
bool genesis_fail(const struct genesis_place *place, const char *format, ...) PRINTF_LIKE(2, 3);
/* Line of the place, at least 1. */
unsigned genesis_line(const struct genesis_place *place);

/* True: an object. Its keys are not looked at. */
bool genesis_is_object(const struct genesis_place *place);
/* The same for an array; an absent one fails too. */
bool genesis_is_array(const struct genesis_place *place);
/* What json_parse found at a byte, with its line. */
void genesis_fail_json(const struct genesis_source *source, const struct error *fault);
/* Any number up to `max`, as geth writes them: a JSON integer, or a text in decimal or in hex with
 * 0x. Absent: `out` stays as it is. */
void genesis_u64(const struct genesis_place *place, uint64_t *out, uint64_t min, uint64_t max);
void genesis_u256(const struct genesis_place *place, struct u256 *out, const struct u256 *max);
void genesis_bool(const struct genesis_place *place, bool *out);
/* Borrows from the tree; empty where absent. */
struct bytes genesis_text(const struct genesis_place *place, size_t size_max);
/* The value is an address, with its EIP-55 checksum where the case is mixed. */
void genesis_address(const struct genesis_place *place, struct address *out);
/* The same for the key; its 0x may lack, as in geth's alloc. */
void genesis_address_key(const struct genesis_place *place, struct address *out);
bool genesis_need(const struct genesis_place *place); /* fails where the key is absent */

#endif
