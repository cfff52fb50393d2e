#include "ledger_test.h"

#include <cairn/file.h>

#include <stdio.h>

/* The files that ship, found from the source folder. */
static const char *path_of(struct buffer *path, const char *name)
{
    const char *folder = getenv("srcdir");

    buffer_clear(path);
    buffer_printf(path, "%s/genesis/%s", folder ? folder : ".", name);
    return buffer_text(path);
}

static void parse_dev(struct genesis *genesis)
{
    struct error err = {0};

    ck_assert_msg(genesis_parse(genesis, genesis_dev_text(), "dev.json", &err), "%s", err.text);
}

START_TEST(the_text_is_the_file)
{
    struct buffer path = {0};
    struct buffer file = {0};
    struct error err = {0};

    ck_assert_msg(file_read(&file, path_of(&path, "dev.json"), GENESIS_FILE_MAX, &err), "%s",
                  err.text);
    ck_assert(bytes_equal(buffer_bytes(&file), genesis_dev_text()));
    buffer_release(&file);
    buffer_release(&path);
}
END_TEST

START_TEST(the_development_chain)
{
    struct genesis g;
    struct u256 gwei = u256_of_u64(1000000000);
    struct u256 coins = u256_of_u64(10000000000);

    parse_dev(&g);
    ck_assert_uint_eq(g.chain_id, 31337);
    ck_assert_uint_eq(g.block_time_ms, 0);
    ck_assert(!g.empty_blocks);
    ck_assert_uint_eq(g.gas_limit, 1000000000);
    ck_assert(u256_equal(&g.base_fee_min, &gwei));
    ck_assert(u256_equal(&g.header.base_fee_per_gas, &gwei));
    ck_assert_uint_eq(g.council.count, 1);
    ck_assert_uint_eq(g.account_count, GENESIS_DEV_ACCOUNTS);
    ck_assert(u256_mul_u64(&coins, &coins, 1000000000000)); /* 10,000 coins of 10^18 wei */
    for (size_t i = 0; i < g.account_count; i++) {
        ck_assert(u256_equal(&g.account[i].account.balance, &coins));
        ck_assert_uint_eq(g.account[i].account.nonce, 0);
    }
    /* The rules' hash by ethers 6. */
    test_hash_is(&g.header.parent_hash,
                 "0xcaa230074a364e1495ee7e38994b3acb7637849b64eb8c2dc08ba0e766a1da15", "rules");
    test_hash_is(&g.header.validators_hash,
                 "0xa1b9b06df868c29a8ffa0857ac504a17f36481f46509bdfc586dd0bcf002310b", "council");
    genesis_release(&g);
}
END_TEST

/* Its identity, worked out by ethers 6 and @ethereumjs/trie: a change of the file, the rules or
 * their encoding shows here. */
START_TEST(the_hash_stays)
{
    struct genesis genesis;

    parse_dev(&genesis);
    test_hash_is(&genesis.header.state_root,
                 "0xe914d7e6a70676d0aecddd6b3e1110d78639f4e45a167334b8ba589316f48632", "state");
    test_hash_is(&genesis.hash,
                 "0xe15457f3868ed7fd581dccb7b7398600c0a685245d93458db926b5211cd23bb8", "genesis");
    genesis_release(&genesis);
}
END_TEST

START_TEST(everybody_has_its_keys)
{
    struct genesis genesis;
    struct secret secret;
    struct address address;
    size_t found = 0;

    parse_dev(&genesis);
    genesis_dev_validator(&secret);
    ck_assert(secret_address(&address, &secret));
    ck_assert(address_equal(&address, &genesis.council.member[0].address));
    for (size_t i = 0; i < GENESIS_DEV_ACCOUNTS; i++) {
        ck_assert(secret_address(&address, genesis_dev_secret(i)));
        ck_assert(
            !council_find(&genesis.council, &address, NULL)); /* the validator is none of them */
        for (size_t j = 0; j < genesis.account_count; j++)
            found += address_equal(&address, &genesis.account[j].address);
    }
    ck_assert_uint_eq(found, GENESIS_DEV_ACCOUNTS);
    genesis_release(&genesis);
}
END_TEST

/* A template: nobody starts it by mistake, as no key to it exists. Whoever fills in a validator has
 * a network. */
START_TEST(the_template_lacks_its_validators)
{
    static const char empty[] = "\"validators\": []";
    static const char one[] =
        "\"validators\": [{\"address\": \"0x27b7EC076d3ef467CE741193B1c24c37964A64d4\", "
        "\"power\": 1}]";
    struct buffer path = {0};
    struct buffer file = {0};
    struct buffer filled = {0};
    struct genesis genesis;
    struct error err = {0};
    const char *text;
    const char *at;

    ck_assert(!genesis_load(&genesis, path_of(&path, "testnet.json"), &err));
    ck_assert_int_eq(err.code, ERROR_GENESIS);
    ck_assert_msg(strstr(err.text, ": config.cairn.validators: no validator") != NULL, "%s",
                  err.text);
    err = (struct error){0};
    ck_assert(file_read(&file, buffer_text(&path), GENESIS_FILE_MAX, &err));
    text = buffer_text(&file);
    at = strstr(text, empty);
    ck_assert_ptr_ne(at, NULL);
    buffer_put(&filled, bytes_of(text, (size_t)(at - text)));
    buffer_put_text(&filled, one);
    buffer_put_text(&filled, at + strlen(empty));
    ck_assert_msg(genesis_parse(&genesis, buffer_bytes(&filled), "testnet.json", &err), "%s",
                  err.text);
    genesis_release(&genesis);
    buffer_release(&filled);
    buffer_release(&file);
    buffer_release(&path);
}
END_TEST

Suite *genesis_dev_suite(void);
Suite *genesis_dev_suite(void)
{
    Suite *suite = suite_create("genesis_dev");
    TCase *t = tcase_create("genesis_dev");

    tcase_add_test(t, the_text_is_the_file);
    tcase_add_test(t, the_development_chain);
    tcase_add_test(t, the_hash_stays);
    tcase_add_test(t, everybody_has_its_keys);
    tcase_add_test(t, the_template_lacks_its_validators);
    suite_add_tcase(suite, t);
    return suite;
}
