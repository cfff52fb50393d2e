#include "ledger_test.h"

#include <cairn/block.h>
#include <cairn/rlp.h>

enum { BODY_COUNT = 6 };

/* Of all types, and one long enough that its string header has a length of its own. */
static void make_body(struct tx *tx[BODY_COUNT])
{
    static const uint8_t memo[300] = {1};

    for (size_t i = 0; i < BODY_COUNT; i++) {
        struct tx fields = test_transfer((enum tx_type)(i % TX_TYPE_COUNT));

        fields.nonce = i;
        if (i >= TX_TYPE_COUNT)
            fields.memo = bytes_of(memo, sizeof(memo));
        tx[i] = test_sign(&fields, 0);
    }
}

static struct header some_header(void)
{
    return (struct header){.height = 300, .time_ms = 1, .extra = "x", .extra_size = 1};
}

static size_t encoded_size(const struct header *header, struct tx *const *tx, size_t count)
{
    struct buffer bytes = {0};
    size_t mark = rlp_list_begin(&bytes);
    size_t size;

    header_encode(&bytes, header);
    body_encode(&bytes, tx, count);
    rlp_list_end(&bytes, mark);
    size = bytes.size;
    buffer_release(&bytes);
    return size;
}

START_TEST(size_is_that_of_the_encoding)
{
    struct header header = some_header();
    struct tx *tx[BODY_COUNT];
    struct hash hash;

    make_body(tx);
    header_hash(&hash, &header);
    for (size_t count = 0; count <= BODY_COUNT; count++) {
        struct block *block;

        for (size_t i = 0; i < count; i++)
            ck_assert_ptr_eq(tx_share(tx[i]), tx[i]);
        block = block_new(&header, tx, count);
        ck_assert_uint_eq(block->size, encoded_size(&header, tx, count));
        ck_assert_uint_eq(block->tx_count, count);
        ck_assert(hash_equal(&block->hash, &hash));
        block_drop(block);
    }
    for (size_t i = 0; i < BODY_COUNT; i++)
        tx_drop(tx[i]);
}
END_TEST

/* The array is copied, the counts are the block's; it lives until the last drop. */
START_TEST(a_shared_block_lives_until_the_last_drop)
{
    struct header header = some_header();
    struct tx *tx[BODY_COUNT];
    struct block *block;
    struct hash first;

    make_body(tx);
    first = tx[0]->hash;
    block = block_new(&header, tx, BODY_COUNT);
    memset(tx, 0, sizeof(tx));
    ck_assert_ptr_eq(block_share(block), block);
    block_drop(block);
    ck_assert(hash_equal(&block->tx[0]->hash, &first));
    ck_assert_uint_eq(block->tx[BODY_COUNT - 1]->nonce, BODY_COUNT - 1);
    block_drop(block);
    block_drop(NULL);
}
END_TEST

START_TEST(body_round_trip)
{
    struct buffer bytes = {0};
    struct buffer again = {0};
    struct error err = {0};
    struct tx *tx[BODY_COUNT];
    struct tx **back;
    size_t count;

    make_body(tx);
    body_encode(&bytes, tx, BODY_COUNT);
    ck_assert_msg(body_decode(&back, &count, buffer_bytes(&bytes), &err), "%s", err.text);
    ck_assert_uint_eq(count, BODY_COUNT);
    for (size_t i = 0; i < count; i++) {
        ck_assert(hash_equal(&back[i]->hash, &tx[i]->hash));
        ck_assert(!back[i]->sender_known);
    }
    body_encode(&again, back, count);
    ck_assert(bytes_equal(buffer_bytes(&bytes), buffer_bytes(&again)));
    body_free(back, count);
    for (size_t size = 0; size < bytes.size; size++)
        ck_assert(!body_decode(&back, &count, bytes_of(bytes.at, size), &err));
    for (size_t i = 0; i < BODY_COUNT; i++)
        tx_drop(tx[i]);
    buffer_release(&again);
    buffer_release(&bytes);
}
END_TEST

START_TEST(an_empty_body)
{
    struct buffer bytes = {0};
    struct error err = {0};
    struct tx **tx;
    size_t count;

    body_encode(&bytes, NULL, 0);
    ck_assert(bytes_equal(buffer_bytes(&bytes), bytes_of("\xc0", 1)));
    ck_assert(body_decode(&tx, &count, buffer_bytes(&bytes), &err));
    ck_assert_uint_eq(count, 0);
    body_free(tx, count);
    ck_assert(body_offsets(NULL, 0, buffer_bytes(&bytes), &err));
    buffer_release(&bytes);
}
END_TEST

/* A body of more than 64 grows its array more than once. */
START_TEST(a_long_body)
{
    enum { LONG = 200 };
    struct buffer bytes = {0};
    struct error err = {0};
    struct tx fields = test_transfer(TX_LEGACY);
    struct tx *one = test_sign(&fields, 0);
    struct tx *tx[LONG];
    struct tx **back;
    size_t count;

    for (size_t i = 0; i < LONG; i++)
        tx[i] = one;
    body_encode(&bytes, tx, LONG);
    ck_assert(body_decode(&back, &count, buffer_bytes(&bytes), &err));
    ck_assert_uint_eq(count, LONG);
    body_free(back, count);
    tx_drop(one);
    buffer_release(&bytes);
}
END_TEST

/* The shortest transactions there are, of ten bytes: their count is bounded, not only their size.
 */
START_TEST(more_than_positions_can_name)
{
    static const uint8_t shortest[] = {0xc9, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 27, 1, 1};

    for (size_t count = BLOCK_TX_MAX; count <= BLOCK_TX_MAX + 1; count++) {
        struct buffer bytes = {0};
        struct error err = {0};
        size_t mark = rlp_list_begin(&bytes);
        struct tx **tx = NULL;
        size_t got = 0;

        for (size_t i = 0; i < count; i++)
            buffer_put(&bytes, bytes_of(shortest, sizeof(shortest)));
        rlp_list_end(&bytes, mark);
        ck_assert(body_decode(&tx, &got, buffer_bytes(&bytes), &err) == (count == BLOCK_TX_MAX));
        ck_assert_uint_eq(got, count == BLOCK_TX_MAX ? count : 0);
        if (count > BLOCK_TX_MAX)
            ck_assert_str_eq(err.text, "body: more than 65536 transactions");
        body_free(tx, got);
        buffer_release(&bytes);
    }
}
END_TEST

enum wrap { AS_LIST, AS_STRING, CUT_SHORT, BEHIND };

static const struct {
    const char *says;
    enum tx_type type;
    enum wrap wrap;
    enum error_code code;
    const char *text;
} forms[] = {
    {"a legacy transaction wrapped in a string", TX_LEGACY, AS_STRING, ERROR_RLP_KIND, "body: "},
    {"a typed one that is not wrapped", TX_FEE_MARKET, AS_LIST, ERROR_TX_ENCODING,
     "transaction 1: typed transaction too short"},
    {"a typed one cut short", TX_FEE_MARKET, CUT_SHORT, ERROR_TX_ENCODING,
     "transaction 1: invalid transaction encoding: "},
    {"bytes behind a typed one", TX_ACCESS_LIST, BEHIND, ERROR_TX_ENCODING,
     "transaction 1: invalid transaction encoding: "},
};

static void put_item(struct buffer *out, const struct tx *tx, enum wrap wrap)
{
    struct buffer longer = {0};

    switch (wrap) {
    case AS_LIST:
        buffer_put(out, tx->encoding);
        break;
    case AS_STRING:
        rlp_put_bytes(out, tx->encoding);
        break;
    case CUT_SHORT:
        rlp_put_bytes(out, bytes_part(tx->encoding, 0, tx->encoding.size - 1));
        break;
    case BEHIND:
        buffer_put(&longer, tx->encoding);
        buffer_put_byte(&longer, 0x80);
        rlp_put_bytes(out, buffer_bytes(&longer));
        break;
    }
    buffer_release(&longer);
}

/* Else one body would have two encodings, and a block two sizes. */
START_TEST(one_form_of_each_item)
{
    struct tx good_fields = test_transfer(TX_FEE_MARKET);
    struct tx fields = test_transfer(forms[_i].type);
    struct tx *good = test_sign(&good_fields, 0);
    struct tx *tx = test_sign(&fields, 0);
    struct buffer bytes = {0};
    struct error err = {0};
    size_t mark = rlp_list_begin(&bytes);
    struct tx **back;
    size_t count;

    put_item(&bytes, good, AS_STRING);
    put_item(&bytes, tx, forms[_i].wrap);
    rlp_list_end(&bytes, mark);
    ck_assert_msg(!body_decode(&back, &count, buffer_bytes(&bytes), &err), "%s", forms[_i].says);
    ck_assert_msg(err.code == forms[_i].code &&
                      strncmp(err.text, forms[_i].text, strlen(forms[_i].text)) == 0,
                  "%s: %s", forms[_i].says, err.text);
    tx_drop(tx);
    tx_drop(good);
    buffer_release(&bytes);
}
END_TEST

static const struct {
    const char *says, *hex;
} no_bodies[] = {
    {"nothing", "0x"},
    {"a string", "0x80"},
    {"bytes behind the list", "0xc0c0"},
    {"an empty string in it", "0xc180"},
    {"a byte in it", "0xc101"},
    {"an empty list in it", "0xc1c0"},
    {"a length beyond the input", "0xfbffffffff"},
    {"an item beyond the list", "0xc2f880"},
};

START_TEST(what_is_no_body)
{
    struct buffer bytes = {0};
    struct error err = {0};
    struct tx **tx;
    size_t count;

    test_hex_put(&bytes, no_bodies[_i].hex);
    ck_assert_msg(!body_decode(&tx, &count, buffer_bytes(&bytes), &err), "%s", no_bodies[_i].says);
    ck_assert_int_ne(err.code, ERROR_NONE);
    buffer_release(&bytes);
}
END_TEST

START_TEST(four_megabytes_are_the_bound)
{
    struct buffer bytes = {0};
    struct error err = {0};
    struct tx **tx;
    uint32_t offset;
    size_t count;

    memset(buffer_extend(&bytes, BLOCK_BYTES_MAX + 1), 0, BLOCK_BYTES_MAX + 1);
    ck_assert(!body_decode(&tx, &count, buffer_bytes(&bytes), &err));
    ck_assert_int_eq(err.code, ERROR_BLOCK);
    ck_assert(!body_offsets(&offset, 1, buffer_bytes(&bytes), &err));
    ck_assert_int_eq(err.code, ERROR_BLOCK);
    buffer_release(&bytes);
}
END_TEST

START_TEST(offsets_lead_to_the_items)
{
    uint32_t offset[BODY_COUNT + 1];
    struct buffer bytes = {0};
    struct error err = {0};
    struct tx *tx[BODY_COUNT];
    struct bytes item;

    make_body(tx);
    body_encode(&bytes, tx, BODY_COUNT);
    ck_assert_msg(body_offsets(offset, BODY_COUNT, buffer_bytes(&bytes), &err), "%s", err.text);
    for (size_t i = 0; i < BODY_COUNT; i++) {
        ck_assert_msg(body_item(&item, buffer_bytes(&bytes), offset[i], &err), "%s", err.text);
        ck_assert(bytes_equal(item, tx[i]->encoding));
        tx_drop(tx[i]);
    }
    ck_assert(!body_offsets(offset, BODY_COUNT - 1, buffer_bytes(&bytes), &err));
    err = (struct error){0};
    ck_assert(!body_offsets(offset, BODY_COUNT + 1, buffer_bytes(&bytes), &err));
    ck_assert_str_eq(err.text, "body: 6 transactions, want 7");
    err = (struct error){0};
    ck_assert(!body_item(&item, buffer_bytes(&bytes), bytes.size, &err));
    ck_assert_int_eq(err.code, ERROR_BLOCK);
    err = (struct error){0};
    ck_assert(!body_item(&item, bytes_part(buffer_bytes(&bytes), 0, bytes.size - 1),
                         offset[BODY_COUNT - 1], &err));
    ck_assert_int_ne(err.code, ERROR_NONE);
    buffer_release(&bytes);
}
END_TEST

Suite *block_suite(void);
Suite *block_suite(void)
{
    Suite *suite = suite_create("block");
    TCase *t = tcase_create("block");

    tcase_add_test(t, size_is_that_of_the_encoding);
    tcase_add_test(t, a_shared_block_lives_until_the_last_drop);
    tcase_add_test(t, body_round_trip);
    tcase_add_test(t, an_empty_body);
    tcase_add_test(t, a_long_body);
    tcase_add_test(t, more_than_positions_can_name);
    tcase_add_loop_test(t, one_form_of_each_item, 0, COUNT(forms));
    tcase_add_loop_test(t, what_is_no_body, 0, COUNT(no_bodies));
    tcase_add_test(t, four_megabytes_are_the_bound);
    tcase_add_test(t, offsets_lead_to_the_items);
    suite_add_tcase(suite, t);
    return suite;
}
