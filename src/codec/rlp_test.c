#include "test/unit.h"

#include <cairn/hex.h>
#include <cairn/rlp.h>

Suite *rlp_suite(void);

enum { DEPTH_MAX = 64 }; /* of what the tests encode again */

/* The bytes that hex digits say; the caller releases. */
static struct buffer of_hex(const char *digits)
{
    struct buffer out = {0};
    struct error err = {0};
    size_t size = strlen(digits) / 2;

    ck_assert_msg(hex_parse_plain(buffer_extend(&out, size), size, bytes_of_text(digits), &err) ||
                      size == 0,
                  "%s", err.text);
    return out;
}

struct row {
    const char *says, *hex;
    uint64_t value;
    enum error_code error;
    const char *text;
};

static const struct row integers[] = {
    {"zero is the empty string", "c180", 0, ERROR_NONE, ""},
    {"one byte below 0x80 is itself", "c17f", 0x7f, ERROR_NONE, ""},
    {"0x80 needs a header", "c28180", 0x80, ERROR_NONE, ""},
    {"two bytes", "c3820100", 0x100, ERROR_NONE, ""},
    {"64 bits", "c988ffffffffffffffff", UINT64_MAX, ERROR_NONE, ""},
    {"65 bits", "ca89010000000000000000", 0, ERROR_RLP_INTEGER,
     "nonce: integer over 64 bits at byte 1"},
    {"a zero byte is no zero", "c100", 0, ERROR_RLP_INTEGER,
     "nonce: leading zero in integer at byte 1"},
    {"no leading zero", "c3820001", 0, ERROR_RLP_INTEGER,
     "nonce: leading zero in integer at byte 1"},
    {"a leading zero is told before the width", "ca89000000000000000001", 0, ERROR_RLP_INTEGER,
     "nonce: leading zero in integer at byte 1"},
    {"a header before a byte that is its own", "c2817f", 0, ERROR_RLP_FORM,
     "nonce: header before a single byte below 0x80 at byte 1"},
    {"a length beyond the input is refused unread", "c188", 0, ERROR_RLP_SHORT,
     "nonce: length beyond the input at byte 1"},
    {"a length beyond the list too, though bytes follow", "c3c2820180", 0, ERROR_RLP_COUNT,
     "bytes behind the list at byte 4"},
    {"a list is no integer", "c1c0", 0, ERROR_RLP_KIND, "nonce: not a string at byte 1"},
    {"a field that is not there", "c0", 0, ERROR_RLP_COUNT, "nonce: missing at byte 1"},
    {"a field too many", "c20102", 1, ERROR_RLP_COUNT, "items left over at byte 2"},
    {"bytes behind the list", "c10105", 0, ERROR_RLP_COUNT, "bytes behind the list at byte 2"},
    {"no bytes at all", "", 0, ERROR_RLP_COUNT, "missing at byte 0"},
    {"a string where the list should be", "01", 0, ERROR_RLP_KIND, "not a list at byte 0"},
    {"the list's own length beyond the input", "c201", 0, ERROR_RLP_SHORT,
     "length beyond the input at byte 0"},
};

START_TEST(integer_field)
{
    const struct row *row = &integers[_i];
    struct buffer in = of_hex(row->hex);
    struct error err = {0};
    struct rlp_reader r = rlp_open_list(buffer_bytes(&in), &err);
    uint64_t value = rlp_u64(&r, "nonce");
    bool ok = rlp_close(&r);

    ck_assert_msg(err.code == row->error, "%s: %s", row->says, err.text);
    ck_assert_str_eq(err.text, row->text);
    ck_assert(ok == (row->error == ERROR_NONE));
    ck_assert_msg(value == row->value, "%s", row->says);
    buffer_release(&in);
}
END_TEST

/* Headers: each form at, below and above its bounds. rlp_check sees the whole input. */
static const struct row headers[] = {
    {"a single byte", "7f", 0, ERROR_NONE, ""},
    {"the empty string", "80", 0, ERROR_NONE, ""},
    {"the empty list", "c0", 0, ERROR_NONE, ""},
    {"a list of lists and a string", "c4c0c1c080", 0, ERROR_NONE, ""},
    {"an item behind a list", "c3c0c1c080", 0, ERROR_RLP_COUNT, "bytes behind the item at byte 4"},
    {"nothing is no item", "", 0, ERROR_RLP_COUNT, "missing at byte 0"},
    {"two items are not one", "0102", 0, ERROR_RLP_COUNT, "bytes behind the item at byte 1"},
    {"a long form for 55 bytes",
     "b837000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
     "00000000000000000000000000",
     0, ERROR_RLP_FORM, "long form of a short length at byte 0"},
    {"a long form without its length", "b8", 0, ERROR_RLP_SHORT,
     "length beyond the input at byte 0"},
    {"half a length", "b9ff", 0, ERROR_RLP_SHORT, "length beyond the input at byte 0"},
    {"a length that begins with zero", "b90038", 0, ERROR_RLP_FORM,
     "leading zero in a length at byte 0"},
    {"a long list of 55 bytes", "f83700", 0, ERROR_RLP_FORM,
     "long form of a short length at byte 0"},
    {"2^64 - 1 bytes of string", "bfffffffffffffffff", 0, ERROR_RLP_SHORT,
     "length beyond the input at byte 0"},
    {"2^64 - 1 bytes of list", "ffffffffffffffffff", 0, ERROR_RLP_SHORT,
     "length beyond the input at byte 0"},
    {"2^63 bytes", "ff8000000000000000", 0, ERROR_RLP_SHORT, "length beyond the input at byte 0"},
    {"a defect deep inside", "c5c401c28101", 0, ERROR_RLP_FORM,
     "header before a single byte below 0x80 at byte 4"},
    {"a member beyond its list, within the outer one", "c4c2820102", 0, ERROR_RLP_SHORT,
     "length beyond the input at byte 2"},
    {"a defect behind a nested list", "c4c1018100", 0, ERROR_RLP_FORM,
     "header before a single byte below 0x80 at byte 3"},
};

START_TEST(whole_item)
{
    const struct row *row = &headers[_i];
    struct buffer in = of_hex(row->hex);
    struct error err = {0};
    bool ok = rlp_check(buffer_bytes(&in), &err);

    ck_assert_msg(err.code == row->error, "%s: %s", row->says, err.text);
    ck_assert_str_eq(err.text, row->text);
    ck_assert(ok == (row->error == ERROR_NONE));
    buffer_release(&in);
}
END_TEST

/* Reads any items and writes them again, lists too. False: the reader refused something. */
static bool rewrite(struct buffer *out, struct bytes in, struct error *err)
{
    struct rlp_reader open[DEPTH_MAX];
    size_t mark[DEPTH_MAX];
    size_t depth = 0;

    open[0] = rlp_open_items(in, err);
    for (;;) {
        struct rlp_reader *r = &open[depth];

        switch (rlp_peek(r)) {
        case RLP_STRING:
            rlp_put_bytes(out, rlp_bytes(r, "string", SIZE_MAX));
            break;
        case RLP_LIST:
            ck_assert_uint_lt(depth + 1, DEPTH_MAX);
            open[depth + 1] = rlp_list(r, "list");
            mark[++depth] = rlp_list_begin(out);
            break;
        case RLP_NONE:
            if (!rlp_close(r))
                return false;
            if (depth == 0)
                return true;
            rlp_list_end(out, mark[depth--]);
            break;
        }
    }
}

/* Taken exactly when writing what was read gives the same bytes. */
static void expect_canonical(struct bytes in, bool canonical)
{
    struct error err = {0}, again = {0};
    struct buffer out = {0};
    bool ok = rlp_check(in, &err);

    ck_assert_msg(ok == canonical, "%02x %02x: %s", in.size > 0 ? in.at[0] : 0,
                  in.size > 1 ? in.at[1] : 0, err.text);
    ck_assert(ok == (err.code == ERROR_NONE));
    if (ok) {
        ck_assert_msg(rewrite(&out, in, &again), "%s", again.text);
        ck_assert(bytes_equal(buffer_bytes(&out), in));
    }
    buffer_release(&out);
}

/* The yellow paper's appendix B for so short a world, written down as it says. */
static bool is_item_of_one(uint8_t byte)
{
    return byte < 0x80 || byte == 0x80 || byte == 0xc0;
}

START_TEST(all_of_two_bytes)
{
    expect_canonical(bytes_of(NULL, 0), false);
    for (unsigned a = 0; a < 256; a++) {
        expect_canonical(bytes_of((uint8_t[]){(uint8_t)a}, 1), is_item_of_one((uint8_t)a));
        for (unsigned b = 0; b < 256; b++)
            expect_canonical(bytes_of((uint8_t[]){(uint8_t)a, (uint8_t)b}, 2),
                             (a == 0x81 && b >= 0x80) || (a == 0xc1 && is_item_of_one((uint8_t)b)));
    }
}
END_TEST

static uint64_t draw(uint64_t *seed) /* xorshift64 */
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static void put_random(struct buffer *out, uint64_t *seed)
{
    size_t mark[4];
    size_t depth = 0;

    for (int i = 0; i < 12; i++) {
        uint8_t fill[300];
        uint64_t kind = draw(seed) % 4;

        memset(fill, (int)(draw(seed) & 0xff), sizeof(fill));
        if (kind == 0 && depth < COUNT(mark))
            mark[depth++] = rlp_list_begin(out);
        else if (kind == 1 && depth > 0)
            rlp_list_end(out, mark[--depth]);
        else if (kind == 2)
            rlp_put_u64(out, draw(seed) >> draw(seed) % 64);
        else
            rlp_put_bytes(out, bytes_of(fill, draw(seed) % 4 == 0 ? draw(seed) % 300 : 2));
    }
    while (depth > 0)
        rlp_list_end(out, mark[--depth]);
}

/* Valid encodings with one byte changed: what is still taken must still be the only encoding. */
START_TEST(changed_bytes)
{
    uint64_t seed = 1;
    int taken = 0;

    for (int i = 0; i < 3000; i++) {
        struct buffer in = {0}, out = {0};
        struct error err = {0};
        size_t mark = rlp_list_begin(&in);

        put_random(&in, &seed);
        rlp_list_end(&in, mark);
        ck_assert_msg(rlp_check(buffer_bytes(&in), &err), "%s", err.text);
        in.at[draw(&seed) % (in.size < 20 ? in.size : 20)] = (uint8_t)draw(&seed);
        if (rlp_check(buffer_bytes(&in), &err)) {
            struct error again = {0};

            taken++;
            ck_assert_msg(rewrite(&out, buffer_bytes(&in), &again), "%s", again.text);
            ck_assert(bytes_equal(buffer_bytes(&out), buffer_bytes(&in)));
        }
        buffer_release(&in);
        buffer_release(&out);
    }
    ck_assert_int_gt(taken, 100); /* or nothing was tried */
    ck_assert_int_lt(taken, 2900);
}
END_TEST

/* A stranger's nesting costs neither stack nor more than linear time. */
START_TEST(nesting_of_any_depth)
{
    enum { DEPTH = 100000 };
    struct buffer reversed = {0}, in = {0};
    struct error err = {0};

    for (int i = 0; i < DEPTH; i++) {
        uint8_t head[9];
        size_t size = rlp_header_put(head, true, reversed.size);

        while (size > 0)
            buffer_put_byte(&reversed, head[--size]);
    }
    for (size_t i = reversed.size; i > 0; i--)
        buffer_put_byte(&in, reversed.at[i - 1]);
    ck_assert_msg(rlp_check(buffer_bytes(&in), &err), "%s", err.text);
    in.at[in.size - 1] = 0xc1; /* the innermost wants a member more */
    ck_assert(!rlp_check(buffer_bytes(&in), &err));
    ck_assert_int_eq(err.code, ERROR_RLP_SHORT);
    buffer_release(&reversed);
    buffer_release(&in);
}
END_TEST

static const struct {
    size_t size;
    size_t header;
    uint8_t string[4], list[4];
} sizes[] = {
    {0, 1, {0x80}, {0xc0}},
    {2, 1, {0x82}, {0xc2}},
    {55, 1, {0xb7}, {0xf7}},
    {56, 2, {0xb8, 56}, {0xf8, 56}},
    {255, 2, {0xb8, 255}, {0xf8, 255}},
    {256, 3, {0xb9, 1, 0}, {0xf9, 1, 0}},
    {65535, 3, {0xb9, 255, 255}, {0xf9, 255, 255}},
    {65536, 4, {0xba, 1, 0, 0}, {0xfa, 1, 0, 0}},
};

START_TEST(sizes_of_headers)
{
    size_t size = sizes[_i].size, header = sizes[_i].header;
    struct buffer out = {0};
    struct error err = {0};
    uint8_t *fill = mem_new(size, 1), *begin;
    struct rlp_reader r;
    size_t mark;

    memset(fill, 0x05, size); /* each byte an item, so that the list is one too */
    ck_assert_uint_eq(rlp_header_size(size), header);
    rlp_put_bytes(&out, bytes_of(fill, size));
    mark = rlp_list_begin(&out);
    buffer_put(&out, bytes_of(fill, size));
    rlp_list_end(&out, mark);
    begin = out.at;
    ck_assert_uint_eq(out.size, 2 * (header + size));
    ck_assert_mem_eq(begin, sizes[_i].string, header);
    ck_assert_mem_eq(begin + header + size, sizes[_i].list, header);
    r = rlp_open_items(buffer_bytes(&out), &err);
    ck_assert(bytes_equal(rlp_bytes(&r, "a", size), bytes_of(fill, size)));
    ck_assert(bytes_equal(rlp_item(&r, "b"), bytes_of(begin + header + size, header + size)));
    ck_assert_msg(rlp_close(&r), "%s", err.text);
    ck_assert(rlp_check(bytes_from(buffer_bytes(&out), header + size), &err));
    mem_free(fill);
    buffer_release(&out);
}
END_TEST

START_TEST(header_of_the_largest)
{
    static const uint8_t expected[9] = {0xff, 255, 255, 255, 255, 255, 255, 255, 255};
    uint8_t out[9];

    ck_assert_uint_eq(rlp_header_size(SIZE_MAX), 9);
    ck_assert_uint_eq(rlp_header_put(out, true, SIZE_MAX), 9);
    ck_assert_mem_eq(out, expected, 9);
}
END_TEST

/* A decoder like those of the ledger: all kinds of fields, one question at the end. */
START_TEST(each_kind_there_and_back)
{
    struct hash hash = {.byte = {1, 2, 3}};
    struct address address = {.byte = {[19] = 9}};
    struct u256 wide = {{1, 2, 3, UINT64_MAX}};
    uint8_t fixed[3] = {0};
    struct buffer out = {0};
    struct error err = {0};
    size_t outer = rlp_list_begin(&out), inner;
    struct rlp_reader r, nested;
    struct hash hash_back;
    struct address address_back;
    struct u256 wide_back;

    rlp_put_u64(&out, 1234567);
    rlp_put_u256(&out, &wide);
    rlp_put_hash(&out, &hash);
    rlp_put_address(&out, &address);
    inner = rlp_list_begin(&out);
    rlp_put_u64(&out, 1);
    rlp_put_u64(&out, 0);
    rlp_list_end(&out, inner);
    rlp_put_bytes(&out, bytes_of_text("abc"));
    rlp_list_end(&out, outer);
    r = rlp_open_list(buffer_bytes(&out), &err);
    ck_assert_uint_eq(rlp_u64(&r, "u64"), 1234567);
    wide_back = rlp_u256(&r, "u256");
    hash_back = rlp_hash(&r, "hash");
    address_back = rlp_address(&r, "address");
    ck_assert_int_eq(rlp_peek(&r), RLP_LIST);
    nested = rlp_list(&r, "list");
    ck_assert_int_eq(rlp_peek(&nested), RLP_STRING);
    ck_assert(rlp_bool(&nested, "true") && !rlp_bool(&nested, "false"));
    ck_assert_int_eq(rlp_peek(&nested), RLP_NONE);
    ck_assert(rlp_close(&nested));
    rlp_fixed(&r, "fixed", fixed, sizeof(fixed));
    ck_assert_msg(rlp_close(&r), "%s", err.text);
    ck_assert(u256_equal(&wide, &wide_back) && hash_equal(&hash, &hash_back));
    ck_assert(address_equal(&address, &address_back));
    ck_assert_mem_eq(fixed, "abc", 3);
    buffer_release(&out);
}
END_TEST

START_TEST(integers_of_every_width)
{
    for (unsigned bit = 0; bit < 256; bit++) {
        struct u256 power = {0}, less = {0}, back;
        struct buffer out = {0};
        struct error err = {0};
        struct rlp_reader r;

        power.limb[bit / 64] = UINT64_C(1) << bit % 64;
        ck_assert(u256_sub(&less, &power, &(struct u256){{1}}));
        rlp_put_u256(&out, &power);
        rlp_put_u256(&out, &less);
        if (bit < 64) {
            rlp_put_u64(&out, power.limb[0]);
            rlp_put_u64(&out, less.limb[0]);
            ck_assert_mem_eq(out.at, out.at + out.size / 2, out.size / 2); /* one form for both */
        }
        r = rlp_open_items(buffer_bytes(&out), &err);
        back = rlp_u256(&r, "power");
        ck_assert(u256_equal(&back, &power));
        back = rlp_u256(&r, "less");
        ck_assert(u256_equal(&back, &less));
        ck_assert(bit >= 64 || rlp_u64(&r, "power") == power.limb[0]);
        ck_assert(bit >= 64 || rlp_u64(&r, "less") == less.limb[0]);
        ck_assert_msg(rlp_close(&r), "%s", err.text);
        buffer_release(&out);
    }
}
END_TEST

/* Each kind of field refused, one row each; `read` 0 to 6 as in read_field. */
static const struct {
    const char *says, *hex;
    int read;
    enum error_code error;
    const char *text;
} fields[] = {
    {"257 bits", "a1010000000000000000000000000000000000000000000000000000000000000000", 0,
     ERROR_RLP_INTEGER, "f: integer over 256 bits at byte 0"},
    {"a bool of 2", "02", 1, ERROR_RLP_INTEGER, "f: neither 0 nor 1 at byte 0"},
    {"a bool of 256, no truncation", "820100", 1, ERROR_RLP_INTEGER,
     "f: neither 0 nor 1 at byte 0"},
    {"bytes over the bound", "83616263", 2, ERROR_RLP_SIZE, "f: 3 bytes, at most 2 at byte 0"},
    {"a list is no bytes", "c0", 2, ERROR_RLP_KIND, "f: not a string at byte 0"},
    {"a hash too short", "8101", 3, ERROR_RLP_FORM,
     "f: header before a single byte below 0x80 at byte 0"},
    {"a hash of two bytes", "820101", 3, ERROR_RLP_SIZE, "f: 2 bytes, want 32 at byte 0"},
    {"an address of none", "80", 4, ERROR_RLP_SIZE, "f: 0 bytes, want 20 at byte 0"},
    {"a string is no list", "80", 5, ERROR_RLP_KIND, "f: not a list at byte 0"},
    {"an item is whole", "82ff", 6, ERROR_RLP_SHORT, "f: length beyond the input at byte 0"},
};

static void read_field(struct rlp_reader *r, int kind)
{
    switch (kind) {
    case 0:
        ck_assert(u256_is_zero(&(struct u256[]){rlp_u256(r, "f")}[0]));
        break;
    case 1:
        ck_assert(!rlp_bool(r, "f"));
        break;
    case 2:
        ck_assert_uint_eq(rlp_bytes(r, "f", 2).size, 0);
        break;
    case 3:
        ck_assert(hash_is_zero(&(struct hash[]){rlp_hash(r, "f")}[0]));
        break;
    case 4:
        ck_assert(address_is_zero(&(struct address[]){rlp_address(r, "f")}[0]));
        break;
    case 5:
        ck_assert(!rlp_more(&(struct rlp_reader[]){rlp_list(r, "f")}[0]));
        break;
    default:
        ck_assert_uint_eq(rlp_item(r, "f").size, 0);
    }
}

START_TEST(field_refused)
{
    struct buffer in = of_hex(fields[_i].hex);
    struct error err = {0};
    struct rlp_reader r = rlp_open_items(buffer_bytes(&in), &err);

    read_field(&r, fields[_i].read);
    ck_assert_msg(!rlp_close(&r), "%s", fields[_i].says);
    ck_assert_int_eq(err.code, fields[_i].error);
    ck_assert_str_eq(err.text, fields[_i].text);
    buffer_release(&in);
}
END_TEST

START_TEST(first_failure_stays)
{
    struct buffer in = of_hex("c68200010203c0");
    struct error err = {0};
    struct rlp_reader r = rlp_open_list(buffer_bytes(&in), &err), nested;

    for (int kind = 0; kind <= 6; kind++)
        read_field(&r, kind); /* the first fails; the others give zeros, though items are there */
    nested = rlp_list(&r, "later");
    ck_assert(!rlp_more(&r) && !rlp_more(&nested));
    ck_assert_int_eq(rlp_peek(&r), RLP_NONE);
    rlp_fail(&r, ERROR_BLOCK, "later", "a rule");
    ck_assert(!rlp_close(&nested) && !rlp_close(&r));
    ck_assert_str_eq(err.text, "f: leading zero in integer at byte 1");
    ck_assert_int_eq(err.code, ERROR_RLP_INTEGER);
    buffer_release(&in);
}
END_TEST

START_TEST(failure_inside_is_the_outer_one_s)
{
    struct buffer in = of_hex("c5c301820105");
    struct error err = {0};
    struct rlp_reader r = rlp_open_list(buffer_bytes(&in), &err);
    struct rlp_reader nested = rlp_list(&r, "votes");

    ck_assert_uint_eq(rlp_u64(&nested, "round"), 1);
    ck_assert_uint_eq(rlp_u64(&nested, "power"), 0); /* its second byte is the outer list's */
    ck_assert_uint_eq(rlp_u64(&r, "behind"), 0);
    ck_assert(!rlp_close(&r));
    ck_assert_str_eq(err.text, "power: length beyond the input at byte 3");
    buffer_release(&in);
}
END_TEST

START_TEST(rule_beyond_the_form)
{
    struct buffer in = of_hex("c3820102");
    struct error err = {0};
    struct rlp_reader r = rlp_open_list(buffer_bytes(&in), &err);

    ck_assert_uint_eq(rlp_u64(&r, "type"), 0x102);
    rlp_fail(&r, ERROR_TX_TYPE, "type", "unknown");
    ck_assert(!rlp_close(&r));
    ck_assert_int_eq(err.code, ERROR_TX_TYPE);
    ck_assert_str_eq(err.text, "type: unknown at byte 1");
    buffer_release(&in);
}
END_TEST

/* A typed transaction's list stands behind its type byte; offsets count from the envelope. */
START_TEST(offsets_from_the_start)
{
    struct buffer in = of_hex("02c3820001");
    struct error err = {0};
    struct rlp_reader r = rlp_open_list_at(bytes_from(buffer_bytes(&in), 1), in.at, &err);

    ck_assert_uint_eq(rlp_u64(&r, "nonce"), 0);
    ck_assert(!rlp_close(&r));
    ck_assert_str_eq(err.text, "nonce: leading zero in integer at byte 2");
    buffer_release(&in);
}
END_TEST

Suite *rlp_suite(void)
{
    Suite *suite = suite_create("rlp");
    TCase *t = tcase_create("rlp");

    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, integer_field, 0, COUNT(integers));
    tcase_add_loop_test(t, whole_item, 0, COUNT(headers));
    tcase_add_test(t, all_of_two_bytes);
    tcase_add_test(t, changed_bytes);
    tcase_add_test(t, nesting_of_any_depth);
    tcase_add_loop_test(t, sizes_of_headers, 0, COUNT(sizes));
    tcase_add_test(t, header_of_the_largest);
    tcase_add_test(t, each_kind_there_and_back);
    tcase_add_test(t, integers_of_every_width);
    tcase_add_loop_test(t, field_refused, 0, COUNT(fields));
    tcase_add_test(t, first_failure_stays);
    tcase_add_test(t, failure_inside_is_the_outer_one_s);
    tcase_add_test(t, rule_beyond_the_form);
    tcase_add_test(t, offsets_from_the_start);
    suite_add_tcase(suite, t);
    return suite;
}
