#include "ledger_test.h"

#include <cairn/file.h>
#include <cairn/rlp.h>
#include <cairn/state_trie.h>

#include <stdio.h>

#define VALIDATOR "0x27b7EC076d3ef467CE741193B1c24c37964A64d4"
#define ACCOUNT_0 "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
#define ACCOUNT_1 "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
#define LOWER_0 "f39fd6e51aad88f6f4ce6ab8827279cfffb92266"

/* The parts of a small good file, one a line: rows below replace one of them. */
enum part { CHAIN_ID, CAIRN, VALIDATORS, CONFIG, TIMESTAMP, GAS_LIMIT, TOP, ALLOC, PART_COUNT };

static const char *const good_part[PART_COUNT] = {
    [CHAIN_ID] = "\"chainId\": 7",
    [CAIRN] = "",
    [VALIDATORS] = "\"validators\": [{\"address\": \"" VALIDATOR "\", \"power\": 1}]",
    [CONFIG] = "",
    [TIMESTAMP] = "\"timestamp\": 1700000000",
    [GAS_LIMIT] = "\"gasLimit\": \"0x1c9c380\"",
    [TOP] = "",
    [ALLOC] = "\"alloc\": {\"" ACCOUNT_0 "\": {\"balance\": \"1000\"}}",
};

/* Line 1: config and chainId, 2: of cairn, 3: validators, 4: of config, 5: timestamp, … */
static void put_parts(struct buffer *out, const char *const p[PART_COUNT])
{
    buffer_printf(out, "{\"config\": {%s, \"cairn\": {\n%s\n%s}\n%s},\n%s,\n%s,\n%s\n%s}\n",
                  p[CHAIN_ID], p[CAIRN], p[VALIDATORS], p[CONFIG], p[TIMESTAMP], p[GAS_LIMIT],
                  p[TOP], p[ALLOC]);
}

static void put_file(struct buffer *out, enum part part, const char *text)
{
    const char *p[PART_COUNT];

    memcpy(p, good_part, sizeof(p));
    p[part] = text;
    put_parts(out, p);
}

static bool parse(struct genesis *genesis, enum part part, const char *text, struct error *err)
{
    struct buffer file = {0};
    bool ok;

    *err = (struct error){0};
    put_file(&file, part, text);
    ok = genesis_parse(genesis, buffer_bytes(&file), "g.json", err);
    ck_assert(ok == (err->code == ERROR_NONE));
    buffer_release(&file);
    return ok;
}

static void parse_good(struct genesis *genesis, enum part part, const char *text)
{
    struct error err;

    ck_assert_msg(parse(genesis, part, text, &err), "%s: %s", text, err.text);
}

START_TEST(defaults)
{
    struct genesis g;
    struct error err = {0};
    struct buffer file = {0};
    struct hash council;

    put_file(&file, CAIRN, "");
    ck_assert_msg(genesis_parse(&g, buffer_bytes(&file), "g.json", &err), "%s", err.text);
    ck_assert_uint_eq(g.chain_id, 7);
    ck_assert_uint_eq(g.gas_limit, 30000000);
    ck_assert_uint_eq(g.block_time_ms, 1000);
    ck_assert(g.empty_blocks && !g.fees_none);
    ck_assert_uint_eq(g.max_idle_ms, 0);
    ck_assert_uint_eq(g.precision_ms, 500);
    ck_assert_uint_eq(g.delay_ms, 2000);
    ck_assert_uint_eq(g.propose_ms, 1000);
    ck_assert_uint_eq(g.propose_step_ms, 500);
    ck_assert_uint_eq(g.propose_max_ms, 5000);
    ck_assert_uint_eq(g.vote_ms, 500);
    ck_assert_uint_eq(g.vote_step_ms, 250);
    ck_assert_uint_eq(g.vote_max_ms, 2500);
    ck_assert(u256_equal(&g.base_fee_min, &(struct u256){{1}}));
    ck_assert_uint_eq(g.council.count, 1);
    ck_assert_uint_eq(g.account_count, 1);
    ck_assert_uint_eq(g.boot_node_count, 0);
    ck_assert(u256_equal(&g.supply, &(struct u256){{1000}}));
    ck_assert(bytes_equal(buffer_bytes(&g.text), buffer_bytes(&file)));

    ck_assert_uint_eq(g.header.height, 0);
    ck_assert_uint_eq(g.header.time_ms, 1700000000000);
    ck_assert(address_is_zero(&g.header.proposer));
    ck_assert(hash_equal(&g.header.transactions_root, &state_root_empty));
    ck_assert_uint_eq(g.header.gas_limit, 30000000);
    ck_assert_uint_eq(g.header.gas_used, 0);
    ck_assert(u256_equal(&g.header.base_fee_per_gas, &g.base_fee_min));
    ck_assert(u256_is_zero(&g.header.burned));
    ck_assert_uint_eq(g.header.extra_size, 0);
    council_hash(&council, &g.council);
    ck_assert(hash_equal(&g.header.validators_hash, &council));
    ck_assert(hash_equal(&g.header.next_validators_hash, &council));
    genesis_release(&g);
    buffer_release(&file);
}
END_TEST

/* rlp[ [name, value] … ] sorted by name, encoded and hashed by ethers 6. */
START_TEST(the_rules_are_hashed_into_the_parent)
{
    struct genesis g;

    parse_good(&g, CAIRN, "");
    test_hash_is(&g.header.parent_hash,
                 "0xa8558b8e1511dcf9b82f15d71e286b702a40b10ade4fd4a3dbb8dded216d878f", "defaults");
    genesis_release(&g);
    parse_good(&g, CAIRN, "\"fees\": \"none\",");
    test_hash_is(&g.header.parent_hash,
                 "0x9cb96d5e162c1ef47f9848480b3e02042e63911defe48e339dac19cc60613041", "no fees");
    genesis_release(&g);
}
END_TEST

static const struct {
    const char *says;
    enum part part;
    const char *text;
    bool other_parent; /* than that of the defaults; the hash is another one in any case */
} networks[] = {
    {"chain id", CHAIN_ID, "\"chainId\": 8", true},
    {"block time", CAIRN, "\"blockTimeMs\": 999,", true},
    {"empty blocks", CAIRN, "\"emptyBlocks\": false,", true},
    {"idle time", CAIRN, "\"maxIdleMs\": 1,", true},
    {"precision", CAIRN, "\"precisionMs\": 501,", true},
    {"delay", CAIRN, "\"delayMs\": 2001,", true},
    {"propose", CAIRN, "\"proposeMs\": 1001,", true},
    {"propose step", CAIRN, "\"proposeStepMs\": 501,", true},
    {"propose maximum", CAIRN, "\"proposeMaxMs\": 5001,", true},
    {"vote", CAIRN, "\"voteMs\": 501,", true},
    {"vote step", CAIRN, "\"voteStepMs\": 251,", true},
    {"vote maximum", CAIRN, "\"voteMaxMs\": 2501,", true},
    {"least base fee", CAIRN, "\"minBaseFeePerGas\": 2,", true},
    {"no fees", CAIRN, "\"fees\": \"none\",", true},
    {"timestamp", TIMESTAMP, "\"timestamp\": 1700000001", false},
    {"gas limit", GAS_LIMIT, "\"gasLimit\": 30000001", false},
    {"base fee", TOP, "\"baseFeePerGas\": 2,", false},
    {"extra", TOP, "\"extraData\": \"x\",", false},
    {"a balance", ALLOC, "\"alloc\": {\"" ACCOUNT_0 "\": {\"balance\": \"1001\"}}", false},
    {"a nonce", ALLOC, "\"alloc\": {\"" ACCOUNT_0 "\": {\"balance\": 1000, \"nonce\": 1}}", false},
    {"no accounts", ALLOC, "\"alloc\": {}", false},
    {"a validator's power", VALIDATORS,
     "\"validators\": [{\"address\": \"" VALIDATOR "\", \"power\": 2}]", false},
};

START_TEST(no_two_networks_share_a_hash)
{
    struct genesis plain;
    struct genesis other;

    parse_good(&plain, CAIRN, "");
    parse_good(&other, networks[_i].part, networks[_i].text);
    ck_assert_msg(!hash_equal(&plain.hash, &other.hash), "%s", networks[_i].says);
    ck_assert_msg(hash_equal(&plain.header.parent_hash, &other.header.parent_hash) ==
                      !networks[_i].other_parent,
                  "%s", networks[_i].says);
    genesis_release(&plain);
    genesis_release(&other);
}
END_TEST

/* How it is written does not count, nor where nodes are first looked for. */
static const struct {
    enum part part;
    const char *text;
} same[] = {
    {CHAIN_ID, "\"chainId\": \"0x7\""},
    {CHAIN_ID, "\"chainId\": \"7\""},
    {TIMESTAMP, "\"timestamp\": \"0x6553f100\""},
    {GAS_LIMIT, "\"gasLimit\": 30000000"},
    {CAIRN, "\"proposeMs\": \"1000\", \"emptyBlocks\": true, \"maxIdleMs\": 0,"},
    {CAIRN, "\"bootNodes\": [\"somewhere:1\", \"else\"],"},
    {TOP, "\"baseFeePerGas\": \"0x1\", \"extraData\": \"\","},
    {ALLOC, "\"alloc\": {\"" LOWER_0 "\": {\"balance\": \"0x3e8\", \"nonce\": \"0x0\"}}"},
    {ALLOC, "\"alloc\": {\"0x" LOWER_0 "\": {\"balance\": 1000}, "
            "\"" ACCOUNT_1 "\": {\"balance\": 0}}"}, /* (0, 0) is no account */
};

START_TEST(spelling_does_not_count)
{
    struct genesis plain;
    struct genesis other;

    parse_good(&plain, CAIRN, "");
    parse_good(&other, same[_i].part, same[_i].text);
    ck_assert_msg(hash_equal(&plain.hash, &other.hash), "%s", same[_i].text);
    ck_assert_uint_eq(other.account_count, 1);
    genesis_release(&plain);
    genesis_release(&other);
}
END_TEST

/* Each refusal with its file, line and key. */
static const struct {
    enum part part;
    const char *text, *error;
} refusals[] = {
    {CHAIN_ID, "\"x\": 1", "g.json:1: config.x: unknown key"},
    {CHAIN_ID, "\"cairn\": 1, \"chainId\": 1", "g.json:1: "}, /* a key twice */
    {CHAIN_ID, "\"chainId\": 0", "g.json:1: config.chainId: must be 1 to 4503599627370476"},
    {CHAIN_ID, "\"chainId\": -1", "g.json:1: config.chainId: must not be negative"},
    {CHAIN_ID, "\"chainId\": 4503599627370477", "g.json:1: config.chainId: must be 1 to "},
    {CHAIN_ID, "\"chainId\": 1.5", "g.json:1: config.chainId: must be a whole number"},
    {CHAIN_ID, "\"chainId\": true", "g.json:1: config.chainId: must be a whole number"},
    {CHAIN_ID, "\"chainId\": \"seven\"", "g.json:1: config.chainId: \"seven\" is no number"},
    {CHAIN_ID, "\"chainId\": \"\"", "g.json:1: config.chainId: \"\" is no number"},
    {CHAIN_ID, "\"chainId\": \"0xg\"", "g.json:1: config.chainId: "},
    {CAIRN, "\"blockTimeMS\": 1,", "g.json:2: config.cairn.blockTimeMS: unknown key"},
    {CAIRN, "\"chainId\": 1,", "g.json:2: config.cairn.chainId: unknown key"},
    {CAIRN, "\"blockTimeMs\": 60001,", "g.json:2: config.cairn.blockTimeMs: must be 0 to 60000"},
    {CAIRN, "\"blockTimeMs\": 0,",
     "g.json:1: config.cairn.emptyBlocks: must be false where blockTimeMs is 0"},
    {CAIRN, "\"blockTimeMs\": 0, \"emptyBlocks\": true,",
     "g.json:2: config.cairn.emptyBlocks: must be false where blockTimeMs is 0"},
    {CAIRN, "\"emptyBlocks\": 0,", "g.json:2: config.cairn.emptyBlocks: must be true or false"},
    {CAIRN, "\"minBaseFeePerGas\": 0,",
     "g.json:2: config.cairn.minBaseFeePerGas: must be at least 1"},
    {CAIRN, "\"minBaseFeePerGas\": \"0x100000000000000000000000000000000\",",
     "g.json:2: config.cairn.minBaseFeePerGas: must be at most "
     "340282366920938463463374607431768211455"},
    {CAIRN, "\"fees\": \"some\",", "g.json:2: config.cairn.fees: must be \"none\""},
    {CAIRN, "\"fees\": \"\",", "g.json:2: config.cairn.fees: must be \"none\""},
    {CAIRN, "\"fees\": false,", "g.json:2: config.cairn.fees: must be a text"},
    {CAIRN, "\"fees\": \"none\", \"minBaseFeePerGas\": 1,",
     "g.json:2: config.cairn.minBaseFeePerGas: must be 0 or absent"},
    {CAIRN, "\"precisionMs\": 0,", "g.json:2: config.cairn.precisionMs: must be 1 to "},
    {CAIRN, "\"voteMs\": 0,", "g.json:2: config.cairn.voteMs: must be 1 to "},
    {CAIRN, "\"proposeMs\": 5001,",
     "g.json:2: config.cairn.proposeMs: must be at most proposeMaxMs"},
    {CAIRN, "\"voteMs\": 2501, \"proposeMs\": 2502,",
     "g.json:2: config.cairn.voteMs: must be at most voteMaxMs, 2500"},
    {CAIRN, "\"proposeMs\": 500,",
     "g.json:2: config.cairn.proposeMs: propose must stay longer than the votes: in round 0 it is "
     "500 ms, they are 500"},
    {CAIRN, "\"proposeStepMs\": 0,",
     "g.json:1: config.cairn.proposeMs: propose must stay longer than the votes: in round 2 it is "
     "1000 ms, they are 1000"},
    {CAIRN, "\"proposeMaxMs\": 2500,",
     "g.json:1: config.cairn.proposeMs: propose must stay longer than the votes: in round 8 it is "
     "2500 ms, they are 2500"},
    {CAIRN, "\"bootNodes\": {},", "g.json:2: config.cairn.bootNodes: must be an array"},
    {CAIRN, "\"bootNodes\": [\n\"a\",\n1],", "g.json:4: config.cairn.bootNodes.1: must be a text"},
    {CAIRN, "\"bootNodes\": [\"\"],", "g.json:2: config.cairn.bootNodes.0: must not be empty"},
    {VALIDATORS, "\"delayMs\": 1", "g.json:1: config.cairn.validators: missing"},
    {VALIDATORS, "\"validators\": {}", "g.json:3: config.cairn.validators: must be an array"},
    {VALIDATORS, "\"validators\": []", "g.json:3: config.cairn.validators: no validator"},
    {VALIDATORS, "\"validators\": [1]", "g.json:3: config.cairn.validators.0: must be an object"},
    {VALIDATORS, "\"validators\": [{\"power\": 1}]",
     "g.json:3: config.cairn.validators.0.address: missing"},
    {VALIDATORS, "\"validators\": [{\"address\": \"" VALIDATOR "\"}]",
     "g.json:3: config.cairn.validators.0.power: missing"},
    {VALIDATORS, "\"validators\": [{\"address\": \"" VALIDATOR "\",\n\"power\": 0}]",
     "g.json:4: config.cairn.validators.0.power: must be 1 to 1000"},
    {VALIDATORS, "\"validators\": [{\"address\": \"" VALIDATOR "\",\n\"power\": 1001}]",
     "g.json:4: config.cairn.validators.0.power: must be 1 to 1000"},
    {VALIDATORS,
     "\"validators\": [{\"address\": \"" VALIDATOR "\", \"power\": 1, \"name\": \"a\"}]",
     "g.json:3: config.cairn.validators.0.name: unknown key"},
    {VALIDATORS, "\"validators\": [{\"address\": 5, \"power\": 1}]",
     "g.json:3: config.cairn.validators.0.address: must be a text"},
    {VALIDATORS, "\"validators\": [{\"address\": \"\", \"power\": 1}]",
     "g.json:3: config.cairn.validators.0.address: "},
    {VALIDATORS,
     "\"validators\": [{\"address\": \"0x27b7ec076d3ef467CE741193B1c24c37964A64d4\", "
     "\"power\": 1}]",
     "g.json:3: config.cairn.validators.0.address: "},
    {VALIDATORS,
     "\"validators\": [{\"address\": \"0x0000000000000000000000000000000000000000\", "
     "\"power\": 1}]",
     "g.json:3: config.cairn.validators.0.address: nobody holds the key"},
    {VALIDATORS,
     "\"validators\": [{\"address\": \"0x000000000000000000000000000000000000ca12\", "
     "\"power\": 1}]",
     "g.json:3: config.cairn.validators.0.address: nobody holds the key"},
    {VALIDATORS,
     "\"validators\": [{\"address\": \"" VALIDATOR "\", \"power\": 1},\n"
     "{\"address\": \"" VALIDATOR "\", \"power\": 1}]",
     "g.json:4: config.cairn.validators.1.address: a validator with this address is there already"},
    {CONFIG, ", \"homesteadBlock\": 0", "g.json:4: config.homesteadBlock: unknown key"},
    {TIMESTAMP, "\"extraData\": \"\"", "g.json:1: timestamp: missing"},
    {TIMESTAMP, "\"timestamp\": 9007199254741", "g.json:5: timestamp: must be 0 to 9007199254740"},
    {GAS_LIMIT, "\"extraData\": \"\"", "g.json:1: gasLimit: missing"},
    {GAS_LIMIT, "\"gasLimit\": 20999", "g.json:6: gasLimit: must be 21000 to 9223372036854775807"},
    {GAS_LIMIT, "\"gasLimit\": \"9223372036854775808\"", "g.json:6: gasLimit: must be 21000 to "},
    {TOP, "\"difficulty\": 1,", "g.json:7: difficulty: unknown key"},
    {TOP, "\"baseFeePerGas\": 0,", "g.json:7: baseFeePerGas: must not be below minBaseFeePerGas"},
    {TOP, "\"baseFeePerGas\": \"340282366920938463463374607431768211456\",",
     "g.json:7: baseFeePerGas: must be at most 340282366920938463463374607431768211455"},
    {TOP, "\"extraData\": 1,", "g.json:7: extraData: must be a text"},
    {TOP, "\"extraData\": \"123456789012345678901234567890123\",",
     "g.json:7: extraData: 33 bytes, limit 32"},
    {ALLOC, "\"extraData\": \"\"", "g.json:1: alloc: missing"},
    {ALLOC, "\"alloc\": []", "g.json:8: alloc: must be an object"},
    {ALLOC, "\"alloc\": {\n\"" ACCOUNT_0 "\": 1}",
     "g.json:9: alloc." ACCOUNT_0 ": must be an object"},
    {ALLOC, "\"alloc\": {\n\"" ACCOUNT_0 "\": {}}",
     "g.json:9: alloc." ACCOUNT_0 ".balance: missing"},
    {ALLOC, "\"alloc\": {\n\"" ACCOUNT_0 "\": {\"balance\": 1, \"code\": \"0x\"}}",
     "g.json:9: alloc." ACCOUNT_0 ".code: no contracts on this chain"},
    {ALLOC, "\"alloc\": {\n\"" ACCOUNT_0 "\": {\"balance\": 1,\n\"storage\": {}}}",
     "g.json:10: alloc." ACCOUNT_0 ".storage: no contracts on this chain"},
    {ALLOC, "\"alloc\": {\"" ACCOUNT_0 "\": {\"balance\": 1, \"balanse\": 1}}",
     "g.json:8: alloc." ACCOUNT_0 ".balanse: unknown key"},
    {ALLOC, "\"alloc\": {\"0xF39Fd6e51aad88F6F4ce6aB8827279cffFb92266\": {\"balance\": 1}}",
     "g.json:8: alloc.0xF39Fd6e51aad88F6F4ce6aB8827279cffFb92266: "},
    {ALLOC, "\"alloc\": {\"F39Fd6e51aad88F6F4ce6aB8827279cffFb92266\": {\"balance\": 1}}",
     "g.json:8: alloc.F39Fd6e51aad88F6F4ce6aB8827279cffFb92266: "},
    {ALLOC, "\"alloc\": {\"0xf3\": {\"balance\": 1}}", "g.json:8: alloc.0xf3: "},
    {ALLOC, "\"alloc\": {\"\": {\"balance\": 1}}", "g.json:8: alloc.: "},
    {ALLOC,
     "\"alloc\": {\n\"" ACCOUNT_0 "\": {\"balance\": 1},\n"
     "\"" ACCOUNT_1 "\": {\"balance\": 1},\n\"" LOWER_0 "\": {\"balance\": 1}}",
     "g.json:11: alloc." LOWER_0 ": the same address as in line 9"},
    {ALLOC, "\"alloc\": {\"0x000000000000000000000000000000000000ca12\": {\"balance\": 0}}",
     "g.json:8: alloc.0x000000000000000000000000000000000000ca12: the address of council votes"},
    {ALLOC,
     "\"alloc\": {\"" ACCOUNT_0 "\": {\"balance\": \"340282366920938463463374607431768211456\"}}",
     "g.json:8: alloc." ACCOUNT_0 ".balance: must be at most "},
    {ALLOC,
     "\"alloc\": {\"" ACCOUNT_1 "\": {\"balance\": \"340282366920938463463374607431768211455\"},\n"
     "\"" ACCOUNT_0 "\": {\"balance\": 1}}",
     "g.json:9: alloc." ACCOUNT_0 ": with this balance the sum of all is over 2^128 - 1"},
    {ALLOC, "\"alloc\": {\"" ACCOUNT_0 "\": {\"balance\": 0, \"nonce\": \"0x10000000000000000\"}}",
     "g.json:8: alloc." ACCOUNT_0 ".nonce: must be 0 to 18446744073709551615"},
    {ALLOC, "\"alloc\": {}} {", "g.json:8: "},
    {TOP, "\"extraData\": \"\xff\",", "g.json:7: "},
    {ALLOC,
     "\"alloc\": {\"" ACCOUNT_0 "\": {\"balance\": 1},\n\"" ACCOUNT_0 "\": {\"balance\": 1}}",
     "g.json:9: "},
};

START_TEST(refused_with_file_line_and_key)
{
    struct genesis genesis;
    struct error err;

    ck_assert_msg(!parse(&genesis, refusals[_i].part, refusals[_i].text, &err), "%s is taken",
                  refusals[_i].text);
    ck_assert_int_eq(err.code, ERROR_GENESIS);
    ck_assert_msg(strncmp(err.text, refusals[_i].error, strlen(refusals[_i].error)) == 0,
                  "%s: %s\nwant %s", refusals[_i].text, err.text, refusals[_i].error);
}
END_TEST

/* What stands at the edge of a bound is taken. */
static const struct {
    enum part part;
    const char *text;
} edges[] = {
    {CHAIN_ID, "\"chainId\": 1"},
    {CHAIN_ID, "\"chainId\": 4503599627370476"},
    {CAIRN, "\"blockTimeMs\": 60000,"},
    {CAIRN, "\"blockTimeMs\": 0, \"emptyBlocks\": false,"},
    {CAIRN, "\"voteMs\": 999, \"voteMaxMs\": 4999,"},
    {CAIRN, "\"proposeMs\": 3000, \"proposeMaxMs\": 3000, \"proposeStepMs\": 0,"},
    {CAIRN, "\"fees\": \"none\", \"minBaseFeePerGas\": 0,"},
    {VALIDATORS, "\"validators\": [{\"address\": \"" VALIDATOR "\", \"power\": 1000}]"},
    {TIMESTAMP, "\"timestamp\": 0"},
    {TIMESTAMP, "\"timestamp\": 9007199254740"},
    {GAS_LIMIT, "\"gasLimit\": 21000"},
    {GAS_LIMIT, "\"gasLimit\": 9223372036854775807"},
    {TOP, "\"extraData\": \"12345678901234567890123456789012\","},
    {TOP, "\"baseFeePerGas\": \"340282366920938463463374607431768211455\","},
    {ALLOC,
     "\"alloc\": {\"" ACCOUNT_0 "\": {\"balance\": \"340282366920938463463374607431768211455\","
     "\"nonce\": \"18446744073709551615\"}}"},
    {ALLOC, "\"alloc\": {}"},
};

START_TEST(taken_at_the_bound)
{
    struct genesis genesis;

    parse_good(&genesis, edges[_i].part, edges[_i].text);
    genesis_release(&genesis);
}
END_TEST

static void put_validators(struct buffer *out, size_t count)
{
    buffer_put_text(out, "\"validators\": [");
    for (size_t i = 0; i < count; i++)
        buffer_printf(out, "%s{\"address\": \"0x%040zx\", \"power\": 1}", i ? "," : "", count - i);
    buffer_put_text(out, "]");
}

START_TEST(a_hundred_and_twenty_eight_validators)
{
    struct genesis genesis;
    struct buffer text = {0};
    struct error err;

    put_validators(&text, VALIDATORS_MAX);
    parse_good(&genesis, VALIDATORS, buffer_text(&text));
    ck_assert_uint_eq(genesis.council.count, VALIDATORS_MAX);
    ck_assert_uint_eq(genesis.council.member[0].address.byte[19], 1);
    genesis_release(&genesis);
    buffer_clear(&text);
    put_validators(&text, VALIDATORS_MAX + 1);
    ck_assert(!parse(&genesis, VALIDATORS, buffer_text(&text), &err));
    ck_assert_str_eq(err.text, "g.json:3: config.cairn.validators: 129 validators, limit 128");
    buffer_release(&text);
}
END_TEST

START_TEST(boot_nodes_are_kept)
{
    struct genesis genesis;

    parse_good(&genesis, CAIRN, "\"bootNodes\": [\"one\", \"two\"],");
    ck_assert_uint_eq(genesis.boot_node_count, 2);
    ck_assert_str_eq(genesis.boot_node[0], "one");
    ck_assert_str_eq(genesis.boot_node[1], "two");
    genesis_release(&genesis);
}
END_TEST

START_TEST(without_fees)
{
    struct genesis genesis;
    struct block_rules rules;

    parse_good(&genesis, CAIRN, "\"fees\": \"none\",");
    rules = genesis_block_rules(&genesis);
    ck_assert(rules.fees_none && u256_is_zero(&rules.base_fee_min));
    ck_assert(u256_is_zero(&genesis.header.base_fee_per_gas));
    ck_assert_uint_eq(rules.tx.chain_id, 7);
    ck_assert_uint_eq(rules.tx.gas_limit, 30000000);
    genesis_release(&genesis);
}
END_TEST

START_TEST(without_fees_there_is_no_base_fee)
{
    struct genesis genesis;
    struct buffer file = {0};
    struct error err = {0};
    const char *p[PART_COUNT];

    memcpy(p, good_part, sizeof(p));
    p[CAIRN] = "\"fees\": \"none\",";
    p[TOP] = "\"baseFeePerGas\": 1,";
    put_parts(&file, p);
    ck_assert(!genesis_parse(&genesis, buffer_bytes(&file), "g.json", &err));
    ck_assert_str_eq(err.text, "g.json:7: baseFeePerGas: must be 0 or absent where \"fees\" is "
                               "\"none\"");
    buffer_release(&file);
}
END_TEST

/* Accounts stand by address, however the file has them; the root is that of their leaves. */
START_TEST(accounts_by_address)
{
    struct genesis genesis;

    parse_good(&genesis, ALLOC,
               "\"alloc\": {\"" ACCOUNT_0 "\": {\"balance\": 5}, \"0x0000000000000000000000000000"
               "000000000002\": {\"balance\": 0, \"nonce\": 3}, \"" ACCOUNT_1
               "\": {\"balance\": 7}}");
    ck_assert_uint_eq(genesis.account_count, 3);
    ck_assert_uint_eq(genesis.account[0].account.nonce, 3);
    ck_assert_uint_eq(genesis.account[1].account.balance.limb[0], 7);
    ck_assert_uint_eq(genesis.account[2].account.balance.limb[0], 5);
    ck_assert(genesis.account[0].account.exists);
    ck_assert(u256_equal(&genesis.supply, &(struct u256){{12}}));
    genesis_release(&genesis);
    parse_good(&genesis, ALLOC, "\"alloc\": {}");
    ck_assert(hash_equal(&genesis.header.state_root, &state_root_empty));
    ck_assert_uint_eq(genesis.account_count, 0);
    genesis_release(&genesis);
}
END_TEST

START_TEST(a_file_that_is_not_there)
{
    struct genesis genesis;
    struct error err = {0};

    ck_assert(!genesis_load(&genesis, "/nowhere/genesis.json", &err));
    ck_assert_int_eq(err.code, ERROR_IO);
    ck_assert_ptr_ne(strstr(err.text, "/nowhere/genesis.json"), NULL);
}
END_TEST

Suite *genesis_suite(void);
Suite *genesis_suite(void)
{
    Suite *suite = suite_create("genesis");
    TCase *t = tcase_create("genesis");

    tcase_add_test(t, defaults);
    tcase_add_test(t, the_rules_are_hashed_into_the_parent);
    tcase_add_loop_test(t, no_two_networks_share_a_hash, 0, COUNT(networks));
    tcase_add_loop_test(t, spelling_does_not_count, 0, COUNT(same));
    tcase_add_loop_test(t, refused_with_file_line_and_key, 0, COUNT(refusals));
    tcase_add_loop_test(t, taken_at_the_bound, 0, COUNT(edges));
    tcase_add_test(t, a_hundred_and_twenty_eight_validators);
    tcase_add_test(t, boot_nodes_are_kept);
    tcase_add_test(t, without_fees);
    tcase_add_test(t, without_fees_there_is_no_base_fee);
    tcase_add_test(t, accounts_by_address);
    tcase_add_test(t, a_file_that_is_not_there);
    suite_add_tcase(suite, t);
    return suite;
}
