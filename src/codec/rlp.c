#include <cairn/rlp.h>

#include <stdio.h>
#include <string.h>

enum {
    STRING_SHORT = 0x80, /* 0x80 + size, up to 55 */
    STRING_LONG = 0xb7,  /* 0xb7 + size of the size */
    LIST_SHORT = 0xc0,
    LIST_LONG = 0xf7,
    PAYLOAD_SHORT_MAX = 55
};

static const uint8_t nothing[1]; /* stands for the NULL of an empty input: pointers stay ordered */

struct item {
    bool list;
    size_t header;  /* bytes before the payload; 0: a single byte below 0x80 is its own payload */
    size_t payload; /* bytes; lies within the input once item_read took it */
};

/* What is wrong with an item. `what` NULL: nothing. */
struct defect {
    enum error_code code;
    const char *what;
};

/* The size behind a long header's first byte: big-endian, `count` bytes, in the shortest form. */
static struct defect size_read(size_t *size, const uint8_t *at, size_t left, size_t count)
{
    uint64_t value = 0;

    if (count > left - 1)
        return (struct defect){ERROR_RLP_SHORT, "length beyond the input"};
    if (at[1] == 0)
        return (struct defect){ERROR_RLP_FORM, "leading zero in a length"};
    for (size_t i = 1; i <= count; i++) /* count is at most 8 */
        value = value << 8 | at[i];
    if (value <= PAYLOAD_SHORT_MAX)
        return (struct defect){ERROR_RLP_FORM, "long form of a short length"};
    if (value > left - 1 - count)
        return (struct defect){ERROR_RLP_SHORT, "length beyond the input"};
    *size = (size_t)value;
    return (struct defect){0};
}

/* Reads the header at `at`, where `left` bytes (at least 1) are, and sees that the item is whole
 * and in its shortest form. */
static struct defect item_read(struct item *item, const uint8_t *at, size_t left)
{
    uint8_t first = at[0];

    if (first < STRING_SHORT) {
        *item = (struct item){.payload = 1};
        return (struct defect){0};
    }
    item->list = first >= LIST_SHORT;
    if (first > LIST_LONG || (first > STRING_LONG && first < LIST_SHORT)) {
        size_t count = (size_t)(first - (item->list ? LIST_LONG : STRING_LONG));

        item->header = 1 + count;
        return size_read(&item->payload, at, left, count);
    }
    item->header = 1;
    item->payload = (size_t)(first - (item->list ? LIST_SHORT : STRING_SHORT));
    if (item->payload > left - 1)
        return (struct defect){ERROR_RLP_SHORT, "length beyond the input"};
    if (first == STRING_SHORT + 1 && at[1] < STRING_SHORT)
        return (struct defect){ERROR_RLP_FORM, "header before a single byte below 0x80"};
    return (struct defect){0};
}

static size_t left_of(const struct rlp_reader *r)
{
    return (size_t)(r->end - r->at);
}

static bool failed(const struct rlp_reader *r)
{
    return r->err->code != ERROR_NONE;
}

/* Only the first failure counts; the reader then stands at its end, so that loops over items end.
 */
static void fail_at(struct rlp_reader *r, const uint8_t *at, enum error_code code,
                    const char *field, const char *what)
{
    if (!failed(r))
        error_set(r->err, code, "%s%s%s at byte %zu", field ? field : "", field ? ": " : "", what,
                  (size_t)(at - r->start));
    r->at = r->end;
}

struct rlp_reader rlp_open_items(struct bytes in, struct error *err)
{
    const uint8_t *at = in.size == 0 ? nothing : in.at;

    return (struct rlp_reader){.at = at, .end = at + in.size, .start = at, .last = at, .err = err};
}

struct rlp_reader rlp_open_list_at(struct bytes in, const uint8_t *start, struct error *err)
{
    struct rlp_reader whole = rlp_open_items(in, err);
    struct rlp_reader inside;

    if (in.size != 0)
        whole.start = start;
    inside = rlp_list(&whole, NULL);
    if (!failed(&whole) && whole.at != whole.end)
        fail_at(&inside, whole.at, ERROR_RLP_COUNT, NULL, "bytes behind the list");
    return inside;
}

struct rlp_reader rlp_open_list(struct bytes in, struct error *err)
{
    return rlp_open_list_at(in, in.at, err);
}

enum rlp_kind rlp_peek(const struct rlp_reader *r)
{
    if (!rlp_more(r))
        return RLP_NONE;
    return *r->at >= LIST_SHORT ? RLP_LIST : RLP_STRING;
}

bool rlp_more(const struct rlp_reader *r)
{
    return !failed(r) && r->at != r->end;
}

/* Takes the next item; false: there is none, or it is not in form, or something failed before. */
static bool next_item(struct rlp_reader *r, const char *field, struct item *item)
{
    struct defect defect;

    if (failed(r))
        return false;
    r->last = r->at;
    if (r->at == r->end) {
        fail_at(r, r->at, ERROR_RLP_COUNT, field, "missing");
        return false;
    }
    defect = item_read(item, r->at, left_of(r));
    if (defect.what) {
        fail_at(r, r->at, defect.code, field, defect.what);
        return false;
    }
    r->at += item->header + item->payload;
    return true;
}

/* The next item's payload; of no bytes after a failure. */
static struct bytes next_payload(struct rlp_reader *r, const char *field, bool list)
{
    struct item item;

    if (!next_item(r, field, &item))
        return bytes_of(nothing, 0);
    if (item.list != list) {
        fail_at(r, r->last, ERROR_RLP_KIND, field, list ? "not a list" : "not a string");
        return bytes_of(nothing, 0);
    }
    return bytes_of(r->last + item.header, item.payload);
}

/* The bytes of an integer without leading zeros, size_max at most. */
static struct bytes next_integer(struct rlp_reader *r, const char *field, size_t size_max)
{
    struct bytes in = next_payload(r, field, false);
    char what[48];

    if (in.size > 0 && in.at[0] == 0) {
        fail_at(r, r->last, ERROR_RLP_INTEGER, field, "leading zero in integer");
        return bytes_of(nothing, 0);
    }
    if (in.size > size_max) {
        snprintf(what, sizeof(what), "integer over %zu bits", 8 * size_max);
        fail_at(r, r->last, ERROR_RLP_INTEGER, field, what);
        return bytes_of(nothing, 0);
    }
    return in;
}

uint64_t rlp_u64(struct rlp_reader *r, const char *field)
{
    struct bytes in = next_integer(r, field, sizeof(uint64_t));
    uint64_t value = 0;

    for (size_t i = 0; i < in.size; i++)
        value = value << 8 | in.at[i];
    return value;
}

struct u256 rlp_u256(struct rlp_reader *r, const char *field)
{
    struct u256 value;
    bool fits = u256_get_short(&value, next_integer(r, field, sizeof(struct u256)));

    assert(fits); /* next_integer gives no more than 32 bytes */
    return value;
}

bool rlp_bool(struct rlp_reader *r, const char *field)
{
    uint64_t value = rlp_u64(r, field);

    if (value > 1)
        rlp_fail(r, ERROR_RLP_INTEGER, field, "neither 0 nor 1");
    return value == 1;
}

struct bytes rlp_bytes(struct rlp_reader *r, const char *field, size_t size_max)
{
    struct bytes in = next_payload(r, field, false);
    char what[80];

    if (in.size <= size_max)
        return in;
    snprintf(what, sizeof(what), "%zu bytes, at most %zu", in.size, size_max);
    rlp_fail(r, ERROR_RLP_SIZE, field, what);
    return bytes_of(nothing, 0);
}

void rlp_fixed(struct rlp_reader *r, const char *field, void *out, size_t size)
{
    struct bytes in = next_payload(r, field, false);
    char what[80];

    if (!failed(r) && in.size == size) {
        memcpy(out, in.at, size);
        return;
    }
    memset(out, 0, size);
    if (!failed(r)) {
        snprintf(what, sizeof(what), "%zu bytes, want %zu", in.size, size);
        rlp_fail(r, ERROR_RLP_SIZE, field, what);
    }
}

struct hash rlp_hash(struct rlp_reader *r, const char *field)
{
    struct hash hash;

    rlp_fixed(r, field, &hash, sizeof(hash));
    return hash;
}

struct address rlp_address(struct rlp_reader *r, const char *field)
{
    struct address address;

    rlp_fixed(r, field, &address, sizeof(address));
    return address;
}

struct bytes rlp_item(struct rlp_reader *r, const char *field)
{
    struct item item;

    if (!next_item(r, field, &item))
        return bytes_of(nothing, 0);
    return bytes_of(r->last, item.header + item.payload);
}

struct rlp_reader rlp_list(struct rlp_reader *r, const char *field)
{
    struct bytes in = next_payload(r, field, true);
    struct rlp_reader inside = *r;

    if (failed(r)) {
        inside.at = inside.end;
        return inside;
    }
    inside.at = inside.last = in.at;
    inside.end = in.at + in.size;
    return inside;
}

void rlp_fail(struct rlp_reader *r, enum error_code code, const char *field, const char *what)
{
    assert(code != ERROR_NONE);
    fail_at(r, r->last, code, field, what);
}

bool rlp_close(struct rlp_reader *r)
{
    if (rlp_more(r))
        fail_at(r, r->at, ERROR_RLP_COUNT, NULL, "items left over");
    return !failed(r);
}

/* Each list's members are walked once from outside, to see that they fill it, and entered once in
 * the order of the bytes: linear in the input at any depth, with neither recursion nor a stack. */
bool rlp_check(struct bytes in, struct error *err)
{
    struct rlp_reader all = rlp_open_items(in, err);

    if (rlp_item(&all, NULL).size != 0 && all.at != all.end)
        fail_at(&all, all.at, ERROR_RLP_COUNT, NULL, "bytes behind the item");
    for (all.at = all.start; rlp_more(&all);) {
        struct rlp_reader members;

        if (rlp_peek(&all) == RLP_STRING) {
            rlp_item(&all, NULL);
            continue;
        }
        members = rlp_list(&all, NULL);
        all.at = members.at; /* goes in */
        while (rlp_more(&members))
            rlp_item(&members, NULL);
    }
    return !failed(&all);
}

size_t rlp_header_size(size_t payload_size)
{
    return payload_size <= PAYLOAD_SHORT_MAX ? 1
                                             : 1 + (71 - (size_t)__builtin_clzll(payload_size)) / 8;
}

size_t rlp_header_put(uint8_t out[9], bool list, size_t payload_size)
{
    size_t size = rlp_header_size(payload_size);
    size_t rest = payload_size;

    if (size == 1) {
        out[0] = (uint8_t)((list ? LIST_SHORT : STRING_SHORT) + payload_size);
        return size;
    }
    out[0] = (uint8_t)((list ? LIST_LONG : STRING_LONG) + size - 1);
    for (size_t i = size - 1; i > 0; i--) {
        out[i] = (uint8_t)rest;
        rest >>= 8;
    }
    return size;
}

void rlp_put_bytes(struct buffer *out, struct bytes value)
{
    uint8_t header[9];

    if (value.size != 1 || value.at[0] >= STRING_SHORT)
        buffer_put(out, bytes_of(header, rlp_header_put(header, false, value.size)));
    buffer_put(out, value);
}

void rlp_put_u64(struct buffer *out, uint64_t value)
{
    size_t size = value == 0 ? 0 : (71 - (size_t)__builtin_clzll(value)) / 8;
    uint8_t whole[8];

    be64_put(whole, value);
    rlp_put_bytes(out, bytes_of(whole + sizeof(whole) - size, size));
}

void rlp_put_u256(struct buffer *out, const struct u256 *value)
{
    uint8_t text[32];

    rlp_put_bytes(out, bytes_of(text, u256_put_short(text, value)));
}

void rlp_put_hash(struct buffer *out, const struct hash *hash)
{
    rlp_put_bytes(out, bytes_of_hash(hash));
}

void rlp_put_address(struct buffer *out, const struct address *address)
{
    rlp_put_bytes(out, bytes_of_address(address));
}

size_t rlp_list_begin(struct buffer *out)
{
    return out->size;
}

void rlp_list_end(struct buffer *out, size_t mark)
{
    size_t payload = out->size - mark;
    uint8_t header[9];
    size_t size = rlp_header_put(header, true, payload);
    uint8_t *end;

    assert(mark <= out->size);
    end = buffer_extend(out, size);
    memmove(end - payload + size, end - payload, payload);
    memcpy(end - payload, header, size);
}
