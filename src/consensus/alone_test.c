/* The quorum of one, as sentences. */
#include "test/unit.h"

#include <cairn/consensus.h>

static const struct hash genesis = {{7}};

static bool sign(void *context, const struct hash *digest, struct signature *out, struct error *err)
{
    (void)err;
    return secret_sign(out, context, digest);
}

static bool sign_refused(void *context, const struct hash *digest, struct signature *out,
                         struct error *err)
{
    (void)context;
    (void)digest;
    (void)out;
    return error_set(err, ERROR_KEY, "the signer does not answer");
}

static struct secret secret_of(uint8_t last)
{
    struct secret secret = {{0}};

    secret.byte[31] = last;
    return secret;
}

static const struct {
    const char *says;
    uint64_t powers[3]; /* of the keys 1, 2, 3; 0: not in the council */
    bool alone;         /* key 1 */
} councils[] = {
    {"the only validator decides alone", {1}, true}, {"half of the power does not", {1, 1}, false},
    {"two thirds exactly do not", {2, 1}, false},    {"more than two thirds do", {3, 1}, true},
    {"a stranger does not", {0, 1}, false},
};

START_TEST(alone_by_power)
{
    struct council council = {0};
    struct address first = {{0}};
    struct error err = {0};

    for (uint8_t i = 0; i < 3; i++) {
        struct secret secret = secret_of((uint8_t)(i + 1));
        struct address address;

        ck_assert(secret_address(&address, &secret));
        if (i == 0)
            first = address;
        if (councils[_i].powers[i] > 0)
            ck_assert(council_add(&council, &address, councils[_i].powers[i], &err));
    }
    ck_assert_msg(consensus_is_alone(&council, &first) == councils[_i].alone, "%s",
                  councils[_i].says);
}
END_TEST

static const struct {
    const char *says;
    struct record record;
    uint64_t height;
    bool allowed;
    uint32_t round;
} rounds[] = {
    {"a new key begins at round 0", {.height = 0}, 1, true, 0},
    {"a record of the height before allows round 0", {.genesis = {{7}}, .height = 4}, 5, true, 0},
    {"a block that was signed and lost is never signed over: the next round",
     {.genesis = {{7}}, .height = 5, .round = 2},
     5,
     true,
     3},
    {"a record above the height: the directory is old",
     {.genesis = {{7}}, .height = 6},
     5,
     false,
     0},
    {"a record of another chain", {.genesis = {{8}}, .height = 1}, 5, false, 0},
};

START_TEST(round_by_record)
{
    struct error err = {0};
    uint32_t round = 99;
    bool allowed =
        consensus_round_alone(&rounds[_i].record, &genesis, rounds[_i].height, &round, &err);

    ck_assert_msg(allowed == rounds[_i].allowed, "%s: %s", rounds[_i].says, err.text);
    if (allowed)
        ck_assert_msg(round == rounds[_i].round, "%s: %u", rounds[_i].says, round);
    else
        ck_assert_int_eq(err.code, ERROR_RECORD);
}
END_TEST

START_TEST(certificate_checks)
{
    struct secret secret = secret_of(1), other = secret_of(2);
    struct consensus_key key = {.sign = sign, .context = &secret};
    struct council council = {0};
    struct certificate certificate;
    struct record record = {0};
    struct error err = {0};
    struct header header = {.height = 9};
    struct address other_address;
    struct block *block = block_new(&header, NULL, 0);

    ck_assert(secret_address(&key.address, &secret));
    ck_assert(secret_address(&other_address, &other));
    ck_assert(council_add(&council, &key.address, 5, &err));
    ck_assert(council_add(&council, &other_address, 1, &err));
    ck_assert_msg(
        consensus_decide_alone(&certificate, &record, &key, &genesis, &council, block, 1, &err),
        "%s", err.text);
    ck_assert_msg(certificate_check(&certificate, SIGN_PRECOMMIT, &genesis, &council, &err), "%s",
                  err.text);
    ck_assert_uint_eq(record.height, 9);
    ck_assert_uint_eq(record.round, 1);
    ck_assert(hash_equal(&record.block, &block->hash));

    /* The record now forbids any other block at that place. */
    header.time_ms = 1;
    block_drop(block);
    block = block_new(&header, NULL, 0);
    ck_assert(
        !consensus_decide_alone(&certificate, &record, &key, &genesis, &council, block, 1, &err));
    ck_assert_int_eq(err.code, ERROR_RECORD);

    err = (struct error){0};
    key.sign = sign_refused;
    ck_assert(
        !consensus_decide_alone(&certificate, &record, &key, &genesis, &council, block, 2, &err));
    ck_assert_int_eq(err.code, ERROR_KEY);
    ck_assert_uint_eq(record.round, 1);
    block_drop(block);
}
END_TEST

Suite *alone_suite(void);
Suite *alone_suite(void)
{
    Suite *suite = suite_create("alone");
    TCase *tcase = tcase_create("alone");

    tcase_add_loop_test(tcase, alone_by_power, 0, COUNT(councils));
    tcase_add_loop_test(tcase, round_by_record, 0, COUNT(rounds));
    tcase_add_test(tcase, certificate_checks);
    suite_add_tcase(suite, tcase);
    return suite;
}
