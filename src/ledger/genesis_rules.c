#include "genesis_rules.h"

#include <cairn/keccak.h>
#include <cairn/rlp.h>

#include <inttypes.h>

const struct u256 genesis_wei_max = {.limb = {UINT64_MAX, UINT64_MAX}};

enum rule_kind { RULE_U64, RULE_U256, RULE_BOOL, RULE_FEES };

enum {
    TIMEOUT_MS_MAX = 600000, /* ten minutes: a longer wait is a typing error */
    IDLE_MS_MAX = 1000 * 60 * 60 * 24,
};

struct rule {
    const char *name;
    enum rule_kind kind;
    size_t offset; /* in struct genesis */
    uint64_t initial, min, max;
};

/* By name, which is the order of the hash. All but chainId stand in config.cairn. */
static const struct rule rules[] = {
    {"blockTimeMs", RULE_U64, offsetof(struct genesis, block_time_ms), 1000, 0, BLOCK_TIME_MS_MAX},
    {"chainId", RULE_U64, offsetof(struct genesis, chain_id), 0, 1, GENESIS_CHAIN_ID_MAX},
    {"delayMs", RULE_U64, offsetof(struct genesis, delay_ms), 2000, 0, TIMEOUT_MS_MAX},
    {"emptyBlocks", RULE_BOOL, offsetof(struct genesis, empty_blocks), true, 0, 0},
    {"fees", RULE_FEES, offsetof(struct genesis, fees_none), false, 0, 0},
    {"maxIdleMs", RULE_U64, offsetof(struct genesis, max_idle_ms), 0, 0, IDLE_MS_MAX},
    {"minBaseFeePerGas", RULE_U256, offsetof(struct genesis, base_fee_min), 1, 0, 0},
    {"precisionMs", RULE_U64, offsetof(struct genesis, precision_ms), 500, 1, TIMEOUT_MS_MAX},
    {"proposeMaxMs", RULE_U64, offsetof(struct genesis, propose_max_ms), 5000, 1, TIMEOUT_MS_MAX},
    {"proposeMs", RULE_U64, offsetof(struct genesis, propose_ms), 1000, 1, TIMEOUT_MS_MAX},
    {"proposeStepMs", RULE_U64, offsetof(struct genesis, propose_step_ms), 500, 0, TIMEOUT_MS_MAX},
    {"voteMaxMs", RULE_U64, offsetof(struct genesis, vote_max_ms), 2500, 1, TIMEOUT_MS_MAX},
    {"voteMs", RULE_U64, offsetof(struct genesis, vote_ms), 500, 1, TIMEOUT_MS_MAX},
    {"voteStepMs", RULE_U64, offsetof(struct genesis, vote_step_ms), 250, 0, TIMEOUT_MS_MAX},
};

static bool is_chain_id(const struct rule *rule)
{
    return rule->offset == offsetof(struct genesis, chain_id);
}

bool genesis_rules_know(const char *key)
{
    for (size_t i = 0; i < COUNT(rules); i++) {
        if (!is_chain_id(&rules[i]) && strcmp(rules[i].name, key) == 0)
            return true;
    }
    return false;
}

/* "none" is the one word; without the key there are fees. */
static void read_fees(const struct genesis_place *place, bool *none)
{
    struct bytes text = genesis_text(place, SIZE_MAX);

    *none = bytes_equal(text, bytes_of_text("none"));
    if (place->value && !*none)
        genesis_fail(place, "must be \"none\", or absent where there are fees");
}

static void read_rule(struct genesis *genesis, const struct rule *rule,
                      const struct genesis_place *place)
{
    void *field = (char *)genesis + rule->offset;

    switch (rule->kind) {
    case RULE_U64:
        *(uint64_t *)field = rule->initial;
        genesis_u64(place, field, rule->min, rule->max);
        break;
    case RULE_U256:
        *(struct u256 *)field = u256_of_u64(rule->initial);
        genesis_u256(place, field, &genesis_wei_max);
        break;
    case RULE_BOOL:
        *(bool *)field = rule->initial != 0;
        genesis_bool(place, field);
        break;
    case RULE_FEES:
        read_fees(place, field);
        break;
    }
}

static void check_base_fee_min(struct genesis *genesis, const struct genesis_place *cairn)
{
    struct genesis_place place = genesis_member(cairn, "minBaseFeePerGas");

    if (genesis->fees_none) {
        if (place.value && !u256_is_zero(&genesis->base_fee_min))
            genesis_fail(&place, "must be 0 or absent where \"fees\" is \"none\"");
        genesis->base_fee_min = u256_of_u64(0);
    } else if (u256_is_zero(&genesis->base_fee_min)) {
        /* From 0 a base fee would rise by 1 wei a block and fall back to 0. */
        genesis_fail(&place, "must be at least 1; \"fees\": \"none\" makes a chain without fees");
    }
}

static uint64_t timeout_ms(uint64_t first_ms, uint64_t step_ms, uint64_t max_ms, uint64_t round)
{
    uint64_t ms = first_ms + step_ms * round;

    return ms < max_ms ? ms : max_ms;
}

/* consensus.md, Time: else votes time out while the proposal may still come. After vote_max_ms
 * rounds the votes' timeout has reached its cap, or never grows. */
static void check_timeouts(const struct genesis *genesis, const struct genesis_place *cairn)
{
    struct genesis_place propose = genesis_member(cairn, "proposeMs");
    struct genesis_place vote = genesis_member(cairn, "voteMs");

    if (genesis->propose_ms > genesis->propose_max_ms)
        genesis_fail(&propose, "must be at most proposeMaxMs, %" PRIu64, genesis->propose_max_ms);
    if (genesis->vote_ms > genesis->vote_max_ms)
        genesis_fail(&vote, "must be at most voteMaxMs, %" PRIu64, genesis->vote_max_ms);
    for (uint64_t round = 0; round <= genesis->vote_max_ms; round++) {
        uint64_t propose_ms = timeout_ms(genesis->propose_ms, genesis->propose_step_ms,
                                         genesis->propose_max_ms, round);
        uint64_t vote_ms =
            timeout_ms(genesis->vote_ms, genesis->vote_step_ms, genesis->vote_max_ms, round);

        if (propose_ms <= vote_ms) {
            genesis_fail(&propose,
                         "propose must stay longer than the votes: in round %" PRIu64
                         " it is %" PRIu64 " ms, they are %" PRIu64,
                         round, propose_ms, vote_ms);
            return;
        }
    }
}

void genesis_rules_read(struct genesis *genesis, const struct genesis_place *config,
                        const struct genesis_place *cairn)
{
    struct genesis_place empty_blocks = genesis_member(cairn, "emptyBlocks");

    for (size_t i = 0; i < COUNT(rules); i++) {
        struct genesis_place place =
            genesis_member(is_chain_id(&rules[i]) ? config : cairn, rules[i].name);

        read_rule(genesis, &rules[i], &place);
    }
    if (genesis->block_time_ms == 0 && genesis->empty_blocks)
        genesis_fail(&empty_blocks, "must be false where blockTimeMs is 0");
    check_base_fee_min(genesis, cairn);
    check_timeouts(genesis, cairn);
}

static void put_value(struct buffer *out, const struct genesis *genesis, const struct rule *rule)
{
    const void *field = (const char *)genesis + rule->offset;

    switch (rule->kind) {
    case RULE_U64:
        rlp_put_u64(out, *(const uint64_t *)field);
        break;
    case RULE_U256:
        rlp_put_u256(out, field);
        break;
    case RULE_BOOL:
        rlp_put_u64(out, *(const bool *)field);
        break;
    case RULE_FEES:
        rlp_put_bytes(out, bytes_of_text(*(const bool *)field ? "none" : ""));
        break;
    }
}

void genesis_rules_hash(struct hash *out, const struct genesis *genesis)
{
    struct buffer bytes = {0};
    size_t whole = rlp_list_begin(&bytes);

    for (size_t i = 0; i < COUNT(rules); i++) {
        size_t mark = rlp_list_begin(&bytes);

        assert(i == 0 || strcmp(rules[i - 1].name, rules[i].name) < 0);
        rlp_put_bytes(&bytes, bytes_of_text(rules[i].name));
        put_value(&bytes, genesis, &rules[i]);
        rlp_list_end(&bytes, mark);
    }
    rlp_list_end(&bytes, whole);
    keccak256(out, buffer_bytes(&bytes));
    buffer_release(&bytes);
}
