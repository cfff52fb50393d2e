/* The trie of the yellow paper's appendix D, against the same written as the paper writes it. */
#include "test/unit.h"
#include "test_rows.h"

#include <cairn/hex.h>
#include <cairn/keccak.h>
#include <cairn/mpt.h>
#include <cairn/rlp.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

enum { KEY_MAX = 6, VALUE_MAX = 48, PAIRS_MAX = 60 };

static unsigned nibble_of(struct bytes key, size_t i)
{
    return i % 2 == 0 ? key.at[i / 2] >> 4 : key.at[i / 2] & 15;
}

static void paper_path(struct buffer *out, struct bytes key, size_t from, size_t to, bool leaf)
{
    uint8_t nibble[2 * MPT_KEY_MAX], prefixed[MPT_KEY_MAX + 1];

    for (size_t i = from; i < to; i++)
        nibble[i - from] = (uint8_t)nibble_of(key, i);
    rlp_put_bytes(out, bytes_of(prefixed, mpt_hex_prefix(prefixed, nibble, to - from, leaf)));
}

static void paper_node(struct buffer *out, const struct mpt_pair *pair, size_t count, size_t depth);

/* n(I, i): nothing, the node itself where it has less than 32 bytes, else its hash. */
static void paper_reference(struct buffer *out, const struct mpt_pair *pair, size_t count,
                            size_t depth)
{
    struct buffer node = {0};
    struct hash hash;

    if (count == 0) {
        rlp_put_bytes(out, (struct bytes){0});
        return;
    }
    paper_node(&node, pair, count, depth);
    keccak256(&hash, buffer_bytes(&node));
    if (node.size < HASH_SIZE)
        buffer_put(out, buffer_bytes(&node));
    else
        rlp_put_hash(out, &hash);
    buffer_release(&node);
}

static void paper_branch(struct buffer *out, const struct mpt_pair *pair, size_t count,
                         size_t depth)
{
    bool ends = 2 * pair->key.size == depth;
    size_t at = ends ? 1 : 0;

    for (unsigned nibble = 0; nibble < 16; nibble++) {
        size_t from = at;

        while (at < count && nibble_of(pair[at].key, depth) == nibble)
            at++;
        paper_reference(out, pair + from, at - from, depth + 1);
    }
    rlp_put_bytes(out, ends ? pair->value : (struct bytes){0});
}

/* c(I, i) */
static void paper_node(struct buffer *out, const struct mpt_pair *pair, size_t count, size_t depth)
{
    size_t mark = rlp_list_begin(out), same = depth;
    struct bytes first = pair[0].key, last = pair[count - 1].key;

    while (same < 2 * first.size && same < 2 * last.size &&
           nibble_of(first, same) == nibble_of(last, same))
        same++;
    if (count == 1) {
        paper_path(out, first, depth, 2 * first.size, true);
        rlp_put_bytes(out, pair->value);
    } else if (same > depth) {
        paper_path(out, first, depth, same, false);
        paper_reference(out, pair, count, same);
    } else {
        paper_branch(out, pair, count, depth);
    }
    rlp_list_end(out, mark);
}

static struct hash paper_root(const struct mpt_pair *pair, size_t count)
{
    struct buffer node = {0};
    struct hash root;

    if (count == 0)
        buffer_put_byte(&node, 0x80);
    else
        paper_node(&node, pair, count, 0);
    keccak256(&root, buffer_bytes(&node));
    buffer_release(&node);
    return root;
}

static int pair_compare(const void *a, const void *b)
{
    return bytes_compare(((const struct mpt_pair *)a)->key, ((const struct mpt_pair *)b)->key);
}

/* Sorts, and keeps the first of those with equal keys. */
static size_t pairs_order(struct mpt_pair *pair, size_t count)
{
    size_t kept = 0;

    qsort(pair, count, sizeof(*pair), pair_compare);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || !bytes_equal(pair[kept - 1].key, pair[i].key))
            pair[kept++] = pair[i];
    return kept;
}

/* Short keys over few nibbles: keys that begin other keys, values at branches, embedded nodes of
 * all kinds, extensions, the empty key. */
START_TEST(random_pairs_give_the_papers_root)
{
    static const uint8_t alphabet[] = {0x00, 0x01, 0x10, 0x11, 0xf1, 0xff};
    uint8_t key[PAIRS_MAX][KEY_MAX], value[PAIRS_MAX][VALUE_MAX];
    struct mpt_pair pair[PAIRS_MAX];
    uint64_t seed = (uint64_t)_i;

    for (unsigned round = 0; round < 300; round++) {
        size_t count = test_random_below(&seed, PAIRS_MAX + 1);
        size_t letters = 1 + test_random_below(&seed, COUNT(alphabet));
        size_t value_max = 1 + test_random_below(&seed, VALUE_MAX);
        struct hash root, want;

        for (size_t i = 0; i < count; i++) {
            pair[i].key = bytes_of(key[i], test_random_below(&seed, KEY_MAX + 1));
            for (size_t j = 0; j < KEY_MAX; j++)
                key[i][j] = alphabet[test_random_below(&seed, letters)];
            pair[i].value = bytes_of(value[i], 1 + test_random_below(&seed, value_max));
            test_random_bytes(&seed, value[i], VALUE_MAX);
            value[i][0] &= (uint8_t)(seed % 2 == 0 ? 0x7f : 0xff); /* often its own encoding */
        }
        count = pairs_order(pair, count);
        want = paper_root(pair, count);
        mpt_root(&root, pair, count);
        ck_assert_msg(hash_equal(&root, &want), "round %u, %zu pairs", round, count);
    }
}
END_TEST

START_TEST(keys_are_up_to_64_bytes_and_may_differ_in_the_last_nibble)
{
    uint8_t key[17][MPT_KEY_MAX] = {{0}};
    struct mpt_pair pair[17];
    struct hash root, want;

    for (size_t i = 0; i < COUNT(pair); i++) {
        key[i][MPT_KEY_MAX - 1] = (uint8_t)i;
        pair[i] = (struct mpt_pair){bytes_of(key[i], MPT_KEY_MAX), bytes_of(key[16], 1 + i % 3)};
    }
    for (size_t count = 1; count <= COUNT(pair); count++) {
        want = paper_root(pair, count);
        mpt_root(&root, pair, count);
        ck_assert_msg(hash_equal(&root, &want), "%zu pairs", count);
    }
}
END_TEST

START_TEST(large_values_are_hashed_whole)
{
    static const size_t sizes[] = {1, 55, 56, 500, 530, 536, 541, 542, 600, 16384, 70000};
    uint8_t *value = mem_new(70000, 1);
    struct mpt_pair pair[2] = {{.key = bytes_of("\x12\x34", 2)}, {.key = bytes_of("\x12\x56", 2)}};
    struct hash root, want;

    memset(value, 0xab, 70000);
    for (size_t i = 0; i < COUNT(sizes); i++)
        for (size_t j = 0; j < COUNT(sizes); j++) {
            pair[0].value = bytes_of(value, sizes[i]);
            pair[1].value = bytes_of(value, sizes[j]);
            want = paper_root(pair, 2);
            mpt_root(&root, pair, 2);
            ck_assert_msg(hash_equal(&root, &want), "%zu, %zu", sizes[i], sizes[j]);
        }
    mem_free(value);
}
END_TEST

/* Around each place where the index's encoding or the order of keys changes. */
static const size_t list_counts[] = {0,   1,   2,   16,  17,  126,  127,   128,   129,
                                     130, 255, 256, 257, 258, 1000, 65535, 65536, 65538};

START_TEST(a_list_is_the_trie_of_its_indices)
{
    size_t count = list_counts[_i];
    struct bytes *value = mem_new(count + 1, sizeof(*value));
    struct mpt_pair *pair = mem_new(count + 1, sizeof(*pair));
    struct buffer keys = {0}, values = {0};
    size_t *end = mem_new(count + 1, sizeof(*end));
    struct hash root, want;

    for (size_t i = 0; i < count; i++) {
        rlp_put_u64(&keys, i);
        end[i] = keys.size;
        rlp_put_u64(&values, i * 0x9e3779b97f4a7c15 + 1);
        buffer_put_text(&values, "padding, some of the time a lot");
    }
    for (size_t i = 0; i < count; i++) {
        size_t start = i == 0 ? 0 : end[i - 1];

        value[i] = bytes_part(buffer_bytes(&values), 30 * i, 1 + i % 40);
        pair[i] =
            (struct mpt_pair){bytes_part(buffer_bytes(&keys), start, end[i] - start), value[i]};
    }
    ck_assert_uint_eq(pairs_order(pair, count), count);
    want = paper_root(pair, count);
    mpt_list_root(&root, value, count);
    ck_assert_msg(hash_equal(&root, &want), "%zu values", count);
    mpt_root(&root, pair, count);
    ck_assert_msg(hash_equal(&root, &want), "%zu pairs", count);
    buffer_release(&keys);
    buffer_release(&values);
    mem_free(end);
    mem_free(pair);
    mem_free(value);
}
END_TEST

static const struct {
    const char *says, *nibbles, *out;
    bool leaf;
} prefixes[] = {
    {"no nibble of an extension", "", "00", false},
    {"no nibble of a leaf", "", "20", true},
    {"one", "7", "17", false},
    {"one of a leaf", "7", "37", true},
    {"two", "a0", "00a0", false},
    {"two of a leaf", "a0", "20a0", true},
    {"three", "0f1", "10f1", false},
    {"three of a leaf", "0f1", "30f1", true},
    {"zeros are nibbles like others", "0000", "000000", false},
};

static void root_is(const struct hash *root, const char *want)
{
    char text[HEX_HASH_TEXT];

    ck_assert_str_eq(hex_format_hash(text, root), want);
}

/* Roots that other code, in another language, gave. */
START_TEST(roots_stay_what_they_are)
{
    static const char *const words[][2] = {
        {"", "nothing"},   {"ca", "begins"},
        {"car", "drives"}, {"cart", "is drawn by a horse, and carries what the car does not"},
        {"carton", "x"},   {"cat", "\0"},
        {"d", "\x80"},
    };
    struct mpt_pair pair[COUNT(words)];
    struct bytes value[300];
    char text[300][16];
    struct hash root;

    for (size_t i = 0; i < COUNT(words); i++) {
        size_t size = strlen(words[i][1]);

        pair[i].key = bytes_of_text(words[i][0]);
        pair[i].value = bytes_of(words[i][1], size > 0 ? size : 1);
    }
    mpt_root(&root, pair, COUNT(words));
    root_is(&root, "0xe577894de80cd9e649af5a47cacac92729b96a27b3a4786ae1c7efec8b03422b");
    for (size_t i = 0; i < COUNT(value); i++)
        value[i] = bytes_of(text[i], (size_t)snprintf(text[i], sizeof(text[i]), "value %zu", i));
    mpt_list_root(&root, value, COUNT(value));
    root_is(&root, "0x602f9c050f17194ec9403e9afd8793836a3d3785a9e859b79f471d22f17d7028");
}
END_TEST

START_TEST(paths_are_hex_prefixed)
{
    const char *text = prefixes[_i].nibbles;
    uint8_t nibble[8], out[8], want[8];
    size_t size, count = strlen(text);

    for (size_t i = 0; i < count; i++)
        nibble[i] = (uint8_t)(text[i] <= '9' ? text[i] - '0' : text[i] - 'a' + 10);
    size = mpt_hex_prefix(out, nibble, count, prefixes[_i].leaf);
    ck_assert_uint_eq(size, strlen(prefixes[_i].out) / 2);
    for (size_t i = 0; i < size; i++) {
        char digits[3] = {prefixes[_i].out[2 * i], prefixes[_i].out[2 * i + 1], 0};

        want[i] = (uint8_t)strtoul(digits, NULL, 16);
    }
    ck_assert_msg(memcmp(out, want, size) == 0, "%s", prefixes[_i].says);
}
END_TEST

START_TEST(a_value_may_not_be_empty)
{
    struct mpt_pair pair = {.key = bytes_of("k", 1)};
    struct hash root;

    mpt_root(&root, &pair, 1);
}
END_TEST

Suite *mpt_suite(void);

Suite *mpt_suite(void)
{
    Suite *s = suite_create("mpt");
    TCase *t = tcase_create("mpt");

    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, random_pairs_give_the_papers_root, 0, 6);
    tcase_add_test(t, keys_are_up_to_64_bytes_and_may_differ_in_the_last_nibble);
    tcase_add_test(t, large_values_are_hashed_whole);
    tcase_add_loop_test(t, a_list_is_the_trie_of_its_indices, 0, COUNT(list_counts));
    tcase_add_test(t, roots_stay_what_they_are);
    tcase_add_loop_test(t, paths_are_hex_prefixed, 0, COUNT(prefixes));
    suite_add_tcase(s, t);
    t = tcase_create("mistakes");
    tcase_add_test_raise_signal(t, a_value_may_not_be_empty, SIGABRT);
    suite_add_tcase(s, t);
    return s;
}
