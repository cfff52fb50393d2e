#include "crypto_test.h"
#include "keccak_eight.h"

enum { SIZE_MAX_TRIED = 700, LONG_SIZE = 1000 * 1000 };

/* Bytes without a pattern that a wrong rotation could hide in: each index its own. */
static uint8_t *message_new(size_t size, uint64_t seed)
{
    uint8_t *message = mem_new(size + 1, 1);
    uint64_t x = seed * 2 + 1;

    for (size_t i = 0; i < size; i++) {
        x = x * 6364136223846793005 + 1442695040888963407;
        message[i] = (uint8_t)(x >> 56);
    }
    return message;
}

static void assert_hash(const struct hash *got, const struct hash *want, const char *what,
                        size_t size)
{
    ck_assert_msg(hash_equal(got, want), "%s, %zu bytes: another hash", what, size);
}

static const struct {
    const char *says, *text;
    size_t times;
    const char *hash;
} known[] = {
    {"nothing", "", 0, "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"},
    {"abc", "abc", 1, "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"},
    {"one byte", "a", 1, "3ac225168df54212a25c1c01fd35bebfea408fdac2e31ddd6f80a4bbf9a5f1cb"},
    {"both padding bits in one byte", "a", 135,
     "34367dc248bbd832f4e3e69dfaac2f92638bd0bbd18f2912ba4ef454919cf446"},
    {"a whole block, so padding fills another", "a", 136,
     "a6c4d403279fe3e0af03729caada8374b5ca54d8065329a3ebcaeb4b60aa386e"},
    {"a block and a byte", "a", 137,
     "d869f639c7046b4929fc92a4d988a8b22c55fbadb802c0c66ebcd484f1915f39"},
    {"two blocks less a byte", "a", 271,
     "132f47effd6c8b1b299efa53fe68aece77ec8ae4eb2e294f668eec94f76001e1"},
    {"two whole blocks", "a", 272,
     "cf7fcd4f705ee749930d19ca84561a9bf62516bd90a471545fa2f49fdc7e63c8"},
    {"a million bytes", "a", LONG_SIZE,
     "fadae6b49f129bbb812be8407b7b2894f34aecf6dbd1f9b0f0c7e9853098fc96"},
};

START_TEST(keccak_known)
{
    struct buffer message = {0};
    struct hash want;
    struct hash got;

    for (size_t i = 0; i < known[_i].times; i++)
        buffer_put_text(&message, known[_i].text);
    bytes_from_hex(want.byte, sizeof want.byte, known[_i].hash);
    keccak256(&got, buffer_bytes(&message));
    assert_hash(&got, &want, known[_i].says, message.size);
    buffer_release(&message);
}
END_TEST

/* However a message is cut in three, the cuts leave no trace. */
START_TEST(keccak_pieces)
{
    static const size_t sizes[] = {0, 1, 135, 136, 137, 272, 300};
    uint8_t *message = message_new(SIZE_MAX_TRIED, 1);
    struct hash want;
    struct hash got;
    struct keccak k;

    for (size_t s = 0; s < COUNT(sizes); s++) {
        struct bytes whole = bytes_of(message, sizes[s]);

        keccak256(&want, whole);
        for (size_t first = 0; first <= whole.size; first++) {
            size_t second = (whole.size - first) / 2;

            keccak_init(&k);
            keccak_update(&k, bytes_part(whole, 0, first));
            keccak_update(&k, bytes_part(whole, first, second));
            keccak_update(&k, bytes_from(whole, first + second));
            keccak_final(&k, &got);
            assert_hash(&got, &want, "in pieces", whole.size);
        }
    }
    mem_free(message);
}
END_TEST

START_TEST(keccak_blocks)
{
    ck_assert_uint_eq(keccak_block_count(0), 1);
    ck_assert_uint_eq(keccak_block_count(135), 1);
    ck_assert_uint_eq(keccak_block_count(136), 2);
    ck_assert_uint_eq(keccak_block_count(271), 2);
    ck_assert_uint_eq(keccak_block_count(272), 3);
}
END_TEST

/* Eight different messages of `size` bytes, at addresses that are no multiple of anything. */
static void assert_eight(const struct keccak_way *way, size_t size)
{
    uint8_t *message[KECCAK_LANES];
    struct bytes in[KECCAK_LANES];
    struct hash got[KECCAK_LANES];
    struct hash *out[KECCAK_LANES];
    struct hash want;

    for (unsigned i = 0; i < KECCAK_LANES; i++) {
        message[i] = message_new(size + 1, size * KECCAK_LANES + i);
        in[i] = bytes_of(message[i] + 1, size);
        out[i] = &got[i];
    }
    if (way)
        keccak256_eight_by(way, out, in);
    else
        keccak256_eight(out, in);
    for (unsigned i = 0; i < KECCAK_LANES; i++) {
        keccak256(&want, in[i]);
        assert_hash(&got[i], &want, way ? way->name : "the best", size);
        mem_free(message[i]);
    }
}

/* Every way that this processor has, at every size up to six blocks. */
START_TEST(keccak_eight_sizes)
{
    const struct keccak_way *way = &keccak_ways[_i];

    if (!way->is_present())
        return;
    for (size_t size = 0; size <= SIZE_MAX_TRIED; size++)
        assert_eight(way, size);
}
END_TEST

/* Sizes may differ while the block count does not. */
START_TEST(keccak_eight_mixed)
{
    uint8_t *message = message_new(SIZE_MAX_TRIED, 7);
    struct bytes in[KECCAK_LANES];
    struct hash got[KECCAK_LANES];
    struct hash *out[KECCAK_LANES];
    struct hash want;

    for (size_t blocks = 0; blocks < 5; blocks++) {
        for (unsigned i = 0; i < KECCAK_LANES; i++) {
            in[i] = bytes_of(message + i, blocks * KECCAK_RATE + i * 19); /* 0 … 133 bytes more */
            out[i] = &got[i];
        }
        keccak256_eight(out, in);
        for (unsigned i = 0; i < KECCAK_LANES; i++) {
            keccak256(&want, in[i]);
            assert_hash(&got[i], &want, "mixed", in[i].size);
        }
    }
    mem_free(message);
}
END_TEST

START_TEST(keccak_ways_order)
{
    ck_assert_uint_ge(keccak_way_count, 1);
    ck_assert(keccak_ways[keccak_way_count - 1].is_present());
    for (size_t i = 0; i < keccak_way_count; i++) {
        ck_assert_uint_ge(keccak_ways[i].messages_min, 1);
        ck_assert_uint_le(keccak_ways[i].messages_min, KECCAK_LANES);
    }
    assert_eight(NULL, KECCAK_RATE);
}
END_TEST

/* The first `count` of a run of messages of all sizes, short ones mostly; by one way or the best.
 */
static void assert_many(const struct keccak_way *way, const struct bytes *in,
                        const struct hash *want, size_t count)
{
    struct hash *got = mem_new(count + 1, sizeof *got);
    struct hash untouched = {{0}};

    if (way)
        keccak256_many_by(way, got, in, count);
    else
        keccak256_many(got, in, count);
    for (size_t i = 0; i < count; i++)
        assert_hash(&got[i], &want[i], way ? way->name : "the best", in[i].size);
    ck_assert(hash_equal(&got[count], &untouched));
    mem_free(got);
}

START_TEST(keccak_many_sizes)
{
    enum { MESSAGES = 200, SIZE_STEP = 37, SIZE_RANGE = 900 };
    uint8_t *message = message_new(SIZE_RANGE + MESSAGES, 11);
    struct bytes in[MESSAGES];
    struct hash want[MESSAGES];

    for (size_t i = 0; i < MESSAGES; i++) {
        size_t size = i * SIZE_STEP % SIZE_RANGE;

        in[i] = bytes_of(message + i, i % 3 == 0 ? size : size % KECCAK_RATE);
        keccak256(&want[i], in[i]);
    }
    for (size_t count = 0; count <= MESSAGES; count++)
        assert_many(NULL, in, want, count);
    for (size_t i = 0; i < keccak_way_count; i++)
        if (keccak_ways[i].is_present())
            assert_many(&keccak_ways[i], in, want, MESSAGES);
    mem_free(message);
}
END_TEST

/* One to nine messages of one size: each rest that a queue can have. */
START_TEST(keccak_many_rests)
{
    uint8_t *message = message_new(SIZE_MAX_TRIED, 13);
    struct bytes in[KECCAK_LANES + 1];
    struct hash want[KECCAK_LANES + 1];

    for (size_t i = 0; i < COUNT(in); i++) {
        in[i] = bytes_of(message + i, 110);
        keccak256(&want[i], in[i]);
    }
    for (size_t w = 0; w < keccak_way_count; w++)
        for (size_t count = 0; keccak_ways[w].is_present() && count <= COUNT(in); count++)
            assert_many(&keccak_ways[w], in, want, count);
    mem_free(message);
}
END_TEST

Suite *keccak_suite(void)
{
    Suite *suite = suite_create("keccak");
    TCase *t = tcase_create("keccak");

    tcase_add_loop_test(t, keccak_known, 0, COUNT(known));
    tcase_add_test(t, keccak_pieces);
    tcase_add_test(t, keccak_blocks);
    tcase_add_loop_test(t, keccak_eight_sizes, 0, (int)keccak_way_count);
    tcase_add_test(t, keccak_eight_mixed);
    tcase_add_test(t, keccak_ways_order);
    tcase_add_test(t, keccak_many_sizes);
    tcase_add_test(t, keccak_many_rests);
    suite_add_tcase(suite, t);
    return suite;
}
