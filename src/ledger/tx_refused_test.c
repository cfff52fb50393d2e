#include "ledger_test.h"

#include <cairn/rlp.h>

enum { FIELDS_MAX = 12 };

#define TO "0x940a0b000000000000000000000000000000000000"
#define R "0x01" /* the x of a point, so that a sender recovers */
#define S "0xa07f00000000000000000000000000000000000000000000000000000000000001"

/* The items of a good envelope, in the order of ledger.md's table. */
static const char *const good[TX_TYPE_COUNT][FIELDS_MAX + 1] = {
    [TX_LEGACY] = {"0x09", "0x64", "0x825208", TO, "0x01", "0x820102", "0x31", R, S},
    [TX_ACCESS_LIST] = {"0x07", "0x09", "0x64", "0x825208", TO, "0x01", "0x820102", "0xc0", "0x01",
                        R, S},
    [TX_FEE_MARKET] = {"0x07", "0x09", "0x0a", "0x64", "0x825208", TO, "0x01", "0x820102", "0xc0",
                       "0x01", R, S},
};

/* The good envelope with one item replaced; `item` may be no item or several. */
static void put_envelope(struct buffer *out, enum tx_type type, int field, const char *item)
{
    size_t mark;

    if (type != TX_LEGACY)
        buffer_put_byte(out, (uint8_t)type);
    mark = rlp_list_begin(out);
    for (int i = 0; good[type][i]; i++)
        test_hex_put(out, i == field ? item : good[type][i]);
    rlp_list_end(out, mark);
}

#define K32 "0000000000000000000000000000000000000000000000000000000000000001"
#define A20 "00000000000000000000000000000000000000aa"
enum { LEGACY = TX_LEGACY, LIST = TX_ACCESS_LIST, FEE = TX_FEE_MARKET };

/* Field by field: what stands at the edge of the form, and what is over it. */
static const struct {
    const char *says;
    int type, field;
    const char *item, *error; /* NULL: taken; else how the message goes on after its first words */
} items[] = {
    {"nonce 0 is the empty string", LEGACY, 0, "0x80", NULL},
    {"nonce 0 is no zero byte", LEGACY, 0, "0x00", "nonce: "},
    {"a nonce of 64 bits", LEGACY, 0, "0x88ffffffffffffffff", NULL},
    {"a nonce of 65 bits", LEGACY, 0, "0x89010000000000000000", "nonce: "},
    {"no leading zero", LEGACY, 0, "0x820001", "nonce: "},
    {"the shortest form", LEGACY, 0, "0x8109", "nonce: "},
    {"no list where a number is due", LEGACY, 0, "0xc109", "nonce: "},
    {"a gas price of 256 bits", LEGACY, 1,
     "0xa0ff00000000000000000000000000000000000000000000000000000000000000", NULL},
    {"a gas price of 257 bits", LEGACY, 1,
     "0xa101000000000000000000000000000000000000000000000000000000000000000000", "gasPrice: "},
    {"a gas limit of 64 bits", LEGACY, 2, "0x88ffffffffffffffff", NULL},
    {"a gas limit of 65 bits", LEGACY, 2, "0x89010000000000000000", "gasLimit: "},
    {"a recipient of 20 bytes or none", LEGACY, 3, "0x80", NULL},
    {"not of 19", LEGACY, 3, "0x930a000000000000000000000000000000000000", "to: "},
    {"not of 21", LEGACY, 3, "0x950a0000000000000000000000000000000000000000", "to: "},
    {"not of one", LEGACY, 3, "0x0a", "to: "},
    {"nor a list", LEGACY, 3, "0xc0", "to: "},
    {"a value of 257 bits", LEGACY, 4,
     "0xa101000000000000000000000000000000000000000000000000000000000000000000", "value: "},
    {"a memo that is one small byte is that byte", LEGACY, 5, "0x00", NULL},
    {"and has no longer form", LEGACY, 5, "0x8100", "data: "},
    {"a memo's length in its shortest form", LEGACY, 5, "0xb8020102", "data: "},
    {"a memo is no list", LEGACY, 5, "0xc20102", "data: "},
    {"a memo that ends beyond the input", LEGACY, 5, "0xbf7fffffffffffffff", "data: "},
    {"the largest chain id that v can hold", LEGACY, 6, "0x89020000000000000022", NULL},
    {"one more", LEGACY, 6, "0x89020000000000000023", "v: chain id over 64 bits at byte 32"},
    {"r and s of 256 bits are decoded, in range or not", LEGACY, 7,
     "0xa0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", NULL},
    {"r 0", LEGACY, 7, "0x80", NULL},
    {"r of 257 bits", LEGACY, 7,
     "0xa101000000000000000000000000000000000000000000000000000000000000000000", "r: "},
    {"r with a leading zero", LEGACY, 7,
     "0xa000ff000000000000000000000000000000000000000000000000000000000000", "r: "},
    {"s with a leading zero", LEGACY, 8,
     "0xa000ff000000000000000000000000000000000000000000000000000000000000", "s: "},
    {"a field too few", LEGACY, 8, "0x", "s: "},
    {"a field too many", LEGACY, 8, S "80", ""},
    {"a chain id of 64 bits", LIST, 0, "0x88ffffffffffffffff", NULL},
    {"a chain id of 65 bits", LIST, 0, "0x89010000000000000000", "chainId: "},
    {"an access list that is a string", LIST, 7, "0x80", "accessList: "},
    {"an address without its list of keys", LIST, 7, "0xd6d594" A20, "accessList"},
    {"an address and no key", LIST, 7, "0xd7d694" A20 "c0", NULL},
    {"an address and a key", LIST, 7, "0xf838f794" A20 "e1a0" K32, NULL},
    {"a third thing beside them", LIST, 7, "0xd8d794" A20 "c080", "items left over at byte "},
    {"an address of 19 bytes", LIST, 7, "0xd6d593000000000000000000000000000000000000aac0",
     "accessList address: "},
    {"a key of 31 bytes", LIST, 7,
     "0xf7f694" A20 "e09f00000000000000000000000000000000000000000000000000000000000001",
     "accessList key: "},
    {"a key that is a list", LIST, 7, "0xd8d794" A20 "c1c0", "accessList key: "},
    {"keys that are a string", LIST, 7, "0xd7d694" A20 "80", "accessList keys: "},
    {"an entry that is a string", LIST, 7, "0xd594" A20, "accessList entry: "},
    {"the tip comes before the cap", FEE, 2,
     "0xa101000000000000000000000000000000000000000000000000000000000000000000",
     "maxPriorityFeePerGas: "},
    {"the cap has 256 bits", FEE, 3,
     "0xa101000000000000000000000000000000000000000000000000000000000000000000", "maxFeePerGas: "},
    {"yParity 0", FEE, 9, "0x80", NULL},
    {"yParity in its shortest form", FEE, 9, "0x8101", "yParity: "},
    {"a list within the list is not gone into", FEE, 11, "0xc101", "s: "},
};

START_TEST(each_field_has_one_form)
{
    static const char first[] = "invalid transaction encoding: ";
    enum tx_type type = (enum tx_type)items[_i].type;
    struct buffer bytes = {0};
    struct error err = {0};
    struct tx *tx;

    put_envelope(&bytes, type, items[_i].field, items[_i].item);
    tx = tx_decode(buffer_bytes(&bytes), &err);
    ck_assert_msg((tx != NULL) == (items[_i].error == NULL), "%s: %s", items[_i].says, err.text);
    if (items[_i].error) {
        ck_assert_int_eq(err.code, ERROR_TX_ENCODING);
        ck_assert_msg(
            strncmp(err.text, first, strlen(first)) == 0 &&
                strncmp(err.text + strlen(first), items[_i].error, strlen(items[_i].error)) == 0,
            "%s: %s", items[_i].says, err.text);
        ck_assert_msg(strstr(err.text, " at byte ") != NULL, "%s: %s", items[_i].says, err.text);
    }
    tx_drop(tx);
    buffer_release(&bytes);
}
END_TEST

#define NO_TYPE(n)                                                                                 \
    "transaction type not supported: type " n " (transaction type not valid on this chain)"
#define NO_SIGNATURE "invalid transaction v, r, s values"

static const struct {
    const char *says, *encoding;
    enum error_code code;
    const char *text; /* NULL: any */
} envelopes[] = {
    {"nothing", "0x", ERROR_TX_ENCODING, "typed transaction too short"},
    {"a type alone", "0x02", ERROR_TX_ENCODING, "typed transaction too short"},
    {"the empty list", "0xc0", ERROR_TX_ENCODING, NULL},
    {"type 0 is legacy, which has no type byte", "0x00c0", ERROR_TX_TYPE, NO_TYPE("0x0")},
    {"blobs", "0x03c0", ERROR_TX_TYPE, NO_TYPE("0x3")},
    {"delegations", "0x04c0", ERROR_TX_TYPE, NO_TYPE("0x4")},
    {"the last type that EIP-2718 allows", "0x7fc0", ERROR_TX_TYPE, NO_TYPE("0x7f")},
    {"a string is no envelope", "0x80c0", ERROR_TX_ENCODING, NULL},
    {"a typed envelope wrapped in a string", "0x8301c080", ERROR_TX_ENCODING, NULL},
    {"a typed envelope around a string", "0x0180", ERROR_TX_ENCODING, NULL},
    {"a typed envelope around the empty list", "0x02c0", ERROR_TX_ENCODING, NULL},
};

START_TEST(envelopes_are_named)
{
    struct buffer bytes = {0};
    struct error err = {0};

    test_hex_put(&bytes, envelopes[_i].encoding);
    ck_assert(tx_decode(buffer_bytes(&bytes), &err) == NULL);
    ck_assert_msg(err.code == envelopes[_i].code, "%s: %s", envelopes[_i].says, err.text);
    if (envelopes[_i].text)
        ck_assert_str_eq(err.text, envelopes[_i].text);
    else
        ck_assert_msg(strncmp(err.text, "invalid transaction encoding: ", 30) == 0 &&
                          strstr(err.text, " at byte ") != NULL,
                      "%s: %s", envelopes[_i].says, err.text);
    buffer_release(&bytes);
}
END_TEST

START_TEST(the_error_of_before_is_not_kept)
{
    struct error err = {.code = ERROR_IO, .text = "old"};

    ck_assert(tx_decode(bytes_of("\xc0", 1), &err) == NULL);
    ck_assert_int_eq(err.code, ERROR_TX_ENCODING);
}
END_TEST

START_TEST(offsets_count_in_the_whole_envelope)
{
    struct buffer bytes = {0};
    struct error err = {0};

    put_envelope(&bytes, TX_FEE_MARKET, 1, "0x820001"); /* type, two bytes of list, chainId */
    ck_assert(tx_decode(buffer_bytes(&bytes), &err) == NULL);
    ck_assert_msg(strstr(err.text, "nonce: ") && strstr(err.text, " at byte 4"), "%s", err.text);
    buffer_release(&bytes);
}
END_TEST

/* Any v below 35 but 27 and 28; any yParity above 1. */
START_TEST(a_v_without_meaning)
{
    for (unsigned v = 0; v < 40; v++) {
        struct buffer bytes = {0};
        struct error err = {0};
        char item[16] = "0x80";
        bool want = v == 27 || v == 28 || v >= 35;
        struct tx *tx;

        if (v > 0)
            snprintf(item, sizeof(item), "0x%02x", v);
        put_envelope(&bytes, TX_LEGACY, 6, item);
        tx = tx_decode(buffer_bytes(&bytes), &err);
        ck_assert_msg((tx != NULL) == want, "v %u: %s", v, err.text);
        if (!want)
            ck_assert_str_eq(err.text, NO_SIGNATURE);
        else
            ck_assert_uint_eq(tx->signature.y_parity, v < 35 ? v - 27 : (v - 35) % 2);
        if (!want)
            ck_assert_int_eq(err.code, ERROR_TX_SIGNATURE);
        tx_drop(tx);
        buffer_release(&bytes);
    }
}
END_TEST

START_TEST(a_y_parity_without_meaning)
{
    static const char *const item[] = {"0x02", "0x1b", "0x8180", "0x890100000000000000ff"};

    for (size_t i = 0; i < COUNT(item); i++) {
        struct buffer bytes = {0};
        struct error err = {0};

        put_envelope(&bytes, TX_ACCESS_LIST, 8, item[i]);
        ck_assert(tx_decode(buffer_bytes(&bytes), &err) == NULL);
        ck_assert_int_eq(err.code, ERROR_TX_SIGNATURE);
        ck_assert_str_eq(err.text, NO_SIGNATURE);
        buffer_release(&bytes);
    }
}
END_TEST

/* An envelope of just `size` bytes: the memo makes up for whatever the signature leaves. */
static void put_sized(struct buffer *out, size_t size)
{
    struct tx fields = test_transfer(TX_FEE_MARKET);
    uint8_t memo[TX_BYTES_MAX] = {0};
    struct error err = {0};

    fields.memo = bytes_of(memo, size - 200);
    for (;;) {
        buffer_clear(out);
        ck_assert(tx_sign(out, &fields, genesis_dev_secret(0), &err));
        if (out->size == size)
            return;
        fields.memo.size += size - out->size; /* wraps where it must shrink */
        memo[0]++;
    }
}

START_TEST(sixteen_kilobytes_are_the_bound)
{
    struct buffer bytes = {0};
    struct error err = {0};
    struct tx *tx;

    put_sized(&bytes, TX_BYTES_MAX);
    tx = tx_decode(buffer_bytes(&bytes), &err);
    ck_assert_msg(tx != NULL, "%s", err.text);
    tx_drop(tx);
    put_sized(&bytes, TX_BYTES_MAX + 1);
    ck_assert(tx_decode(buffer_bytes(&bytes), &err) == NULL);
    ck_assert_int_eq(err.code, ERROR_TX_SIZE);
    ck_assert_str_eq(err.text, "oversized data: transaction size 16385, limit 16384");
    buffer_release(&bytes);
}
END_TEST

/* n and n/2 of secp256k1 and what stands beside them. */
static const struct {
    const char *says;
    int field; /* 7: r, 8: s */
    const char *item;
    enum error_code code;
    const char *text;
} ranges[] = {
    {"r 0", 7, "0x80", ERROR_TX_SIGNATURE, NO_SIGNATURE},
    {"x = 1 is that of a point", 7, "0x01", ERROR_NONE, ""},
    {"x = 5 is that of none", 7, "0x05", ERROR_TX_SENDER, "invalid sender"},
    {"r = n", 7, "0xa0fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141",
     ERROR_TX_SIGNATURE, NO_SIGNATURE},
    {"r of 256 bits", 7, "0xa0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
     ERROR_TX_SIGNATURE, NO_SIGNATURE},
    {"s 0", 8, "0x80", ERROR_TX_SIGNATURE, NO_SIGNATURE},
    {"s 1", 8, "0x01", ERROR_NONE, ""},
    {"s = n/2, rounded down", 8,
     "0xa07fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0", ERROR_NONE, ""},
    {"s above n/2", 8, "0xa07fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a1",
     ERROR_TX_SIGNATURE, NO_SIGNATURE},
};

START_TEST(signatures_that_recover_nobody)
{
    bool shape = ranges[_i].code != ERROR_TX_SIGNATURE;
    struct buffer bytes = {0};
    struct error err = {0};
    struct tx *tx;

    put_envelope(&bytes, TX_LEGACY, ranges[_i].field, ranges[_i].item);
    tx = tx_decode(buffer_bytes(&bytes), &err);
    ck_assert_msg(tx != NULL, "%s: %s", ranges[_i].says, err.text);
    ck_assert_msg(tx_check_shape(tx, &err) == shape, "%s: %s", ranges[_i].says, err.text);
    err = (struct error){0};
    ck_assert(tx_recover(tx, &err) == (ranges[_i].code == ERROR_NONE));
    ck_assert(tx->sender_known == (ranges[_i].code == ERROR_NONE));
    ck_assert_msg(err.code == ranges[_i].code, "%s: %s", ranges[_i].says, err.text);
    ck_assert_str_eq(err.text, ranges[_i].text);
    tx_drop(tx);
    buffer_release(&bytes);
}
END_TEST

Suite *tx_refused_suite(void);
Suite *tx_refused_suite(void)
{
    Suite *suite = suite_create("tx_refused");
    TCase *t = tcase_create("tx_refused");

    tcase_add_loop_test(t, each_field_has_one_form, 0, COUNT(items));
    tcase_add_loop_test(t, envelopes_are_named, 0, COUNT(envelopes));
    tcase_add_test(t, the_error_of_before_is_not_kept);
    tcase_add_test(t, offsets_count_in_the_whole_envelope);
    tcase_add_test(t, a_v_without_meaning);
    tcase_add_test(t, a_y_parity_without_meaning);
    tcase_add_test(t, sixteen_kilobytes_are_the_bound);
    tcase_add_loop_test(t, signatures_that_recover_nobody, 0, COUNT(ranges));
    suite_add_tcase(suite, t);
    return suite;
}
