/* RLP, hex prefix, and Ethereum's headers as practice for both. */
#include "checks.h"

#include <cairn/hex.h>
#include <cairn/keccak.h>
#include <cairn/mpt.h>
#include <cairn/rlp.h>

enum { DEPTH_MAX = 1024 }; /* as deep as a file may nest */

/* ---- RLP ---- */

/* One list that is being written, or read beside what it should be. */
struct level {
    json_t *array;
    size_t next;
    size_t mark;
    struct rlp_reader reader;
};

/* Encodes texts and nested arrays of them. */
static bool item_encode(struct checks *c, json_t *item, struct buffer *out)
{
    struct level *level = mem_new(DEPTH_MAX, sizeof *level);
    struct buffer data = {0};
    size_t depth = 0;
    bool ok = true;

    do {
        struct level *top = depth > 0 ? &level[depth - 1] : NULL;

        if (top && top->next == json_array_size(top->array)) {
            rlp_list_end(out, top->mark);
            depth--;
            continue;
        }
        if (top)
            item = json_array_get(top->array, top->next++);
        if (json_is_array(item)) {
            assert(depth < DEPTH_MAX);
            level[depth++] = (struct level){.array = item, .mark = rlp_list_begin(out)};
            continue;
        }
        buffer_clear(&data);
        ok = data_of(c, item, "decoded", &data);
        rlp_put_bytes(out, buffer_bytes(&data));
    } while (ok && depth > 0);
    buffer_release(&data);
    mem_free(level);
    return ok;
}

/* A string that the reader gives, against the text at its place. */
static bool string_check(struct checks *c, struct rlp_reader *r, json_t *want)
{
    struct bytes have = rlp_bytes(r, "item", SIZE_MAX);
    struct buffer data = {0};
    bool ok = r->err->code == ERROR_NONE && data_of(c, want, "decoded", &data) &&
              check_bytes(c, "decoded", have, buffer_bytes(&data));

    buffer_release(&data);
    return ok;
}

/* Reads `encoded` step by step beside `decoded`. False: they differ, or the reader refused. */
static bool item_decode(struct checks *c, struct bytes encoded, json_t *decoded, struct error *err)
{
    struct level *level = mem_new(DEPTH_MAX + 1, sizeof *level);
    json_t *whole = json_array();
    size_t depth = 1;
    bool ok = true;

    json_array_append(whole, decoded);
    level[0] = (struct level){.array = whole, .reader = rlp_open_items(encoded, err)};
    while (ok && depth > 0) {
        struct level *top = &level[depth - 1];
        json_t *want = json_array_get(top->array, top->next++);
        enum rlp_kind kind = rlp_peek(&top->reader);

        if (!want) {
            ok = rlp_close(&top->reader);
            depth--;
        } else if (kind == (json_is_array(want) ? RLP_STRING : RLP_LIST) || kind == RLP_NONE) {
            check_fail(c, "decoded: %s where %s is wanted",
                       kind == RLP_NONE   ? "nothing"
                       : kind == RLP_LIST ? "a list"
                                          : "a string",
                       json_is_array(want) ? "a list" : "a string");
            ok = false;
        } else if (kind == RLP_LIST) {
            assert(depth <= DEPTH_MAX);
            level[depth++] =
                (struct level){.array = want, .reader = rlp_list(&top->reader, "item")};
        } else {
            ok = string_check(c, &top->reader, want);
        }
    }
    json_decref(whole);
    mem_free(level);
    return ok;
}

/* A scalar goes both ways as an integer too, where it has at most 256 bits. */
static void integer_check(struct checks *c, json_t *json, struct bytes encoded)
{
    const char *text = json_string_value(json_object_get(json, "integer"));
    struct buffer out = {0};
    struct error err = {0};
    struct rlp_reader r = rlp_open_items(encoded, &err);
    struct u256 value, have;

    if (text && strlen(text) > 2 + 64) {
        check_note(c, "integers over 256 bits are compared as strings");
        return;
    }
    if (!get_u256(c, json, "integer", &value))
        return;
    have = rlp_u256(&r, "integer");
    check_true(c, rlp_close(&r), "integer: refused: %s", err.text);
    check_u256(c, "integer", &have, &value);
    rlp_put_u256(&out, &value);
    check_bytes(c, "integer encoded", buffer_bytes(&out), encoded);
    if (u256_fits_u64(&value)) {
        buffer_clear(&out);
        rlp_put_u64(&out, u256_to_u64(&value));
        check_bytes(c, "integer encoded", buffer_bytes(&out), encoded);
    }
    buffer_release(&out);
}

static void rlp_case(struct checks *c, json_t *json)
{
    struct buffer want = {0}, have = {0};
    struct error err = {0}, fault = {0};
    json_t *decoded = json_object_get(json, "decoded");

    if (!decoded)
        check_fail(c, "the case has no `decoded`");
    if (decoded && get_data(c, json, "encoded", &want) && item_encode(c, decoded, &have)) {
        struct bytes encoded = buffer_bytes(&want);

        check_bytes(c, "encoded", buffer_bytes(&have), encoded);
        check_true(c, rlp_check(encoded, &err), "encoded is refused: %s", err.text);
        check_true(c, item_decode(c, encoded, decoded, &fault), "not decoded: %s", fault.text);
        if (has(json, "integer"))
            integer_check(c, json, encoded);
    }
    buffer_release(&want);
    buffer_release(&have);
}

void check_rlp(struct checks *c, json_t *root)
{
    checks_each(c, root, "cases", rlp_case);
}

/* Reads all that is in it, without knowing what it should be; false: refused. A list takes a byte
 * at least, so no deeper nesting than bytes. */
static bool walk(struct bytes encoded, struct error *err)
{
    struct rlp_reader *level = mem_new(encoded.size + 2, sizeof *level);
    size_t depth = 1, items = 0;
    bool ok = true;

    level[0] = rlp_open_items(encoded, err);
    while (ok && depth > 0) {
        struct rlp_reader *top = &level[depth - 1];
        enum rlp_kind kind = rlp_peek(top);

        items += depth == 1 && kind != RLP_NONE;
        if (kind == RLP_NONE) {
            ok = rlp_close(top);
            depth--;
        } else if (kind == RLP_STRING) {
            (void)rlp_bytes(top, "item", SIZE_MAX);
        } else {
            assert(depth < encoded.size + 2);
            level[depth++] = rlp_list(top, "item");
        }
    }
    mem_free(level);
    return ok && err->code == ERROR_NONE && items == 1;
}

static void rlp_invalid_case(struct checks *c, json_t *json)
{
    struct error err = {0}, fault = {0};
    struct buffer encoded = {0};

    if (get_data(c, json, "encoded", &encoded)) {
        check_true(c, !rlp_check(buffer_bytes(&encoded), &err), "taken for one canonical item");
        check_true(c, !walk(buffer_bytes(&encoded), &fault), "read as one canonical item");
    }
    buffer_release(&encoded);
}

void check_rlp_invalid(struct checks *c, json_t *root)
{
    checks_each(c, root, "cases", rlp_invalid_case);
}

/* ---- hex prefix ---- */

static void hex_prefix_case(struct checks *c, json_t *json)
{
    uint8_t nibble[2 * MPT_KEY_MAX], out[MPT_KEY_MAX + 1];
    json_t *nibbles;
    bool leaf;

    if (!get_array(c, json, "nibbles", &nibbles) || !get_bool(c, json, "leaf", &leaf))
        return;
    if (json_array_size(nibbles) > sizeof nibble) {
        check_leave_out(c, "paths over %zu nibbles", sizeof nibble);
        return;
    }
    for (size_t i = 0; i < json_array_size(nibbles); i++) {
        json_int_t value = json_integer_value(json_array_get(nibbles, i));

        if (!json_is_integer(json_array_get(nibbles, i)) || value < 0 || value > 15) {
            check_fail(c, "nibble %zu is none", i);
            return;
        }
        nibble[i] = (uint8_t)value;
    }
    check_data_at(c, json, "encoded",
                  bytes_of(out, mpt_hex_prefix(out, nibble, json_array_size(nibbles), leaf)));
}

void check_hex_prefix(struct checks *c, json_t *root)
{
    checks_each(c, root, "cases", hex_prefix_case);
}

/* ---- Ethereum's header ---- */

enum { BLOOM_SIZE = 256, HEADER_FIELDS_MIN = 15 };

/* By the order of the encoding; `size` 0: an integer, SIZE_MAX: any string. */
static const struct header_field {
    const char *name;
    size_t size;
} header_fields[] = {
    {"parentHash", HASH_SIZE},
    {"sha3Uncles", HASH_SIZE},
    {"miner", ADDRESS_SIZE},
    {"stateRoot", HASH_SIZE},
    {"transactionsRoot", HASH_SIZE},
    {"receiptsRoot", HASH_SIZE},
    {"logsBloom", BLOOM_SIZE},
    {"difficulty", 0},
    {"number", 0},
    {"gasLimit", 0},
    {"gasUsed", 0},
    {"timestamp", 0},
    {"extraData", SIZE_MAX},
    {"mixHash", HASH_SIZE},
    {"nonce", 8},
    {"baseFeePerGas", 0},
    {"withdrawalsRoot", HASH_SIZE},
    {"blobGasUsed", 0},
    {"excessBlobGas", 0},
    {"parentBeaconBlockRoot", HASH_SIZE},
    {"requestsHash", HASH_SIZE},
};

static void header_field_decode(struct checks *c, struct rlp_reader *r, json_t *fields,
                                const struct header_field *field)
{
    uint8_t fixed[BLOOM_SIZE] = {0};

    if (field->size == 0) {
        struct u256 value = rlp_u256(r, field->name);

        check_u256_at(c, fields, field->name, &value);
    } else if (field->size == SIZE_MAX) {
        check_data_at(c, fields, field->name, rlp_bytes(r, field->name, SIZE_MAX));
    } else {
        rlp_fixed(r, field->name, fixed, field->size);
        check_data_at(c, fields, field->name, bytes_of(fixed, field->size));
    }
}

static bool header_field_encode(struct checks *c, json_t *fields, struct buffer *out,
                                const struct header_field *field)
{
    struct buffer data = {0};
    struct u256 value;
    bool ok;

    if (field->size == 0) {
        ok = get_u256(c, fields, field->name, &value);
        if (ok)
            rlp_put_u256(out, &value);
        return ok;
    }
    ok = get_data(c, fields, field->name, &data);
    rlp_put_bytes(out, buffer_bytes(&data));
    buffer_release(&data);
    return ok;
}

static void block_header_case(struct checks *c, json_t *json)
{
    struct buffer encoded = {0}, again = {0};
    struct error err = {0};
    struct rlp_reader r;
    struct hash hash;
    json_t *fields;
    size_t mark, count;
    bool ok = true;

    if (!get_object(c, json, "fields", &fields) || !get_data(c, json, "rlp", &encoded))
        goto out;
    count = json_object_size(fields);
    if (count < HEADER_FIELDS_MIN || count > COUNT(header_fields)) {
        check_leave_out(c, "headers of other than %d to %zu fields", HEADER_FIELDS_MIN,
                        COUNT(header_fields));
        goto out;
    }
    r = rlp_open_list(buffer_bytes(&encoded), &err);
    mark = rlp_list_begin(&again);
    for (size_t i = 0; i < count && ok; i++) {
        header_field_decode(c, &r, fields, &header_fields[i]);
        ok = header_field_encode(c, fields, &again, &header_fields[i]);
    }
    check_true(c, rlp_close(&r), "rlp is refused: %s", err.text);
    rlp_list_end(&again, mark);
    check_bytes(c, "encoded again", buffer_bytes(&again), buffer_bytes(&encoded));
    keccak256(&hash, buffer_bytes(&again));
    check_hash_at(c, json, "hash", &hash);
out:
    buffer_release(&encoded);
    buffer_release(&again);
}

void check_block_headers(struct checks *c, json_t *root)
{
    checks_each(c, root, "cases", block_header_case);
}
