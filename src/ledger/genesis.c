#include "genesis_rules.h"

#include <cairn/file.h>
#include <cairn/genesis.h>
#include <cairn/keccak.h>
#include <cairn/state_trie.h>

#include <stdio.h>
#include <stdlib.h>

/* Milliseconds and JSON numbers meet at 2^53: the last second whose time a JavaScript program can
 * hold. */
static const uint64_t timestamp_max = ((UINT64_C(1) << 53) - 1) / 1000;

/* Every key of `object` must be one of `known`, separated by spaces. */
static void check_keys(const struct genesis_place *object, const char *known,
                       bool (*also)(const char *key))
{
    const char *key;
    json_t *value;
    json_t *members = (json_t *)(uintptr_t)object->value; /* jansson's iterator is not const */

    json_object_foreach(members, key, value)
    {
        size_t size = strlen(key);
        bool good = also && also(key);

        for (const char *at = known; !good && *at; at += strcspn(at, " "), at += *at == ' ')
            good = strcspn(at, " ") == size && strncmp(at, key, size) == 0;
        if (!good) {
            struct genesis_place place = genesis_member(object, key);

            genesis_fail(&place, "unknown key");
            return;
        }
    }
}

static void read_validator(struct genesis *genesis, const struct genesis_place *member)
{
    struct genesis_place place = genesis_member(member, "address");
    struct genesis_place power_place = genesis_member(member, "power");
    struct address address = {0};
    struct error err = {0};
    uint64_t power = 0;

    if (!genesis_is_object(member))
        return;
    check_keys(member, "address power", NULL);
    if (!genesis_need(&place) || !genesis_need(&power_place))
        return;
    genesis_u64(&power_place, &power, 1, VALIDATOR_POWER_MAX);
    genesis_address(&place, &address);
    if (member->source->err->code != ERROR_NONE)
        return;
    if (address_is_zero(&address) || address_equal(&address, &tx_system_address))
        genesis_fail(&place, "nobody holds the key of this address");
    else if (!council_add(&genesis->council, &address, power, &err))
        genesis_fail(&place, "%s", err.text);
}

static void read_validators(struct genesis *genesis, const struct genesis_place *place)
{
    size_t count;

    if (!genesis_is_array(place))
        return;
    count = json_array_size(place->value);
    if (count == 0)
        genesis_fail(place, "no validator: name at least one, with its address and power");
    if (count > VALIDATORS_MAX)
        genesis_fail(place, "%zu validators, limit %d", count, VALIDATORS_MAX);
    for (size_t i = 0; i < count && place->source->err->code == ERROR_NONE; i++) {
        char index[24];
        struct genesis_place member;

        snprintf(index, sizeof(index), "%zu", i);
        member = genesis_member(place, index);
        member.value = json_array_get(place->value, i);
        read_validator(genesis, &member);
    }
}

static void read_boot_nodes(struct genesis *genesis, const struct genesis_place *place)
{
    size_t count = json_array_size(place->value);

    if (!place->value || !genesis_is_array(place))
        return;
    if (count > GENESIS_BOOT_NODES_MAX) {
        genesis_fail(place, "%zu boot nodes, limit %d", count, GENESIS_BOOT_NODES_MAX);
        return;
    }
    genesis->boot_node = mem_new(count, sizeof(*genesis->boot_node));
    for (size_t i = 0; i < count; i++) {
        char index[24];
        struct genesis_place member;
        struct bytes text;

        snprintf(index, sizeof(index), "%zu", i);
        member = genesis_member(place, index);
        member.value = json_array_get(place->value, i);
        text = genesis_text(&member, GENESIS_BOOT_NODE_TEXT_MAX);
        if (text.size == 0) {
            genesis_fail(&member, "must not be empty");
            return;
        }
        genesis->boot_node[genesis->boot_node_count++] = mem_text((const char *)text.at);
    }
}

static void read_config(struct genesis *genesis, const struct genesis_place *config)
{
    struct genesis_place chain_id = genesis_member(config, "chainId");
    struct genesis_place cairn = genesis_member(config, "cairn");
    struct genesis_place validators = genesis_member(&cairn, "validators");
    struct genesis_place boot_nodes = genesis_member(&cairn, "bootNodes");

    if (!genesis_is_object(config))
        return;
    check_keys(config, "chainId cairn", NULL);
    if (!genesis_need(&chain_id) || !genesis_is_object(&cairn))
        return;
    check_keys(&cairn, "validators bootNodes", genesis_rules_know);
    genesis_rules_read(genesis, config, &cairn);
    read_validators(genesis, &validators);
    read_boot_nodes(genesis, &boot_nodes);
}

/* One row of alloc, with the spelling of its address: it names the place of a double. */
struct row {
    struct genesis_account account;
    const char *key;
};

static int row_compare(const void *a, const void *b)
{
    const struct row *x = a;
    const struct row *y = b;

    return address_compare(&x->account.address, &y->account.address);
}

static void read_account(struct row *row, const struct genesis_place *place)
{
    static const char *const contract_keys[] = {"code", "storage"};
    struct genesis_place balance = genesis_member(place, "balance");
    struct genesis_place nonce = genesis_member(place, "nonce");

    row->key = place->key;
    genesis_address_key(place, &row->account.address);
    if (!genesis_is_object(place))
        return;
    for (size_t i = 0; i < COUNT(contract_keys); i++) {
        struct genesis_place member = genesis_member(place, contract_keys[i]);

        if (member.value)
            genesis_fail(&member, "no contracts on this chain");
    }
    check_keys(place, "balance nonce", NULL);
    if (address_equal(&row->account.address, &tx_system_address))
        genesis_fail(place, "the address of council votes holds no balance");
    if (!genesis_need(&balance))
        return;
    row->account.account.exists = true;
    genesis_u256(&balance, &row->account.account.balance, &genesis_wei_max);
    genesis_u64(&nonce, &row->account.account.nonce, 0, UINT64_MAX);
}

static void refuse_double(const struct genesis_place *alloc, const struct row *a,
                          const struct row *b)
{
    struct genesis_place place_a = genesis_member(alloc, a->key);
    struct genesis_place place_b = genesis_member(alloc, b->key);
    unsigned line_a = genesis_line(&place_a);
    unsigned line_b = genesis_line(&place_b);

    if (line_a < line_b)
        genesis_fail(&place_b, "the same address as in line %u", line_a);
    else
        genesis_fail(&place_a, "the same address as in line %u", line_b);
}

/* Rows are by address: those that say nothing are left out, the rest is added up. */
static void take_rows(struct genesis *genesis, const struct row *row, size_t count,
                      const struct genesis_place *alloc)
{
    genesis->account = mem_new(count, sizeof(*genesis->account));
    for (size_t i = 0; i < count; i++) {
        const struct account *account = &row[i].account.account;
        struct genesis_place place = genesis_member(alloc, row[i].key);

        if (i > 0 && row_compare(&row[i - 1], &row[i]) == 0)
            refuse_double(alloc, &row[i - 1], &row[i]);
        if (!u256_add(&genesis->supply, &genesis->supply, &account->balance) ||
            u256_compare(&genesis->supply, &genesis_wei_max) > 0)
            genesis_fail(&place, "with this balance the sum of all is over 2^128 - 1");
        if (alloc->source->err->code != ERROR_NONE)
            return;
        if (account->nonce > 0 || !u256_is_zero(&account->balance))
            genesis->account[genesis->account_count++] = row[i].account;
    }
}

static void read_alloc(struct genesis *genesis, const struct genesis_place *alloc)
{
    json_t *members = (json_t *)(uintptr_t)alloc->value; /* jansson's iterator is not const */
    struct row *row = NULL;
    size_t count = 0;
    const char *key;
    json_t *value;

    if (!genesis_is_object(alloc))
        return;
    row = mem_new(json_object_size(members), sizeof(*row));
    json_object_foreach(members, key, value)
    {
        struct genesis_place place = genesis_member(alloc, key);

        read_account(&row[count++], &place);
        if (alloc->source->err->code != ERROR_NONE)
            goto out;
    }
    qsort(row, count, sizeof(*row), row_compare);
    take_rows(genesis, row, count, alloc);
out:
    mem_free(row);
}

static void read_base_fee(struct genesis *genesis, const struct genesis_place *place)
{
    struct u256 *base_fee = &genesis->header.base_fee_per_gas;

    *base_fee = genesis->base_fee_min;
    genesis_u256(place, base_fee, &genesis_wei_max);
    if (genesis->fees_none && !u256_is_zero(base_fee))
        genesis_fail(place, "must be 0 or absent where \"fees\" is \"none\"");
    if (u256_compare(base_fee, &genesis->base_fee_min) < 0)
        genesis_fail(place, "must not be below minBaseFeePerGas");
}

static void read_file(struct genesis *genesis, const struct genesis_place *root)
{
    struct genesis_place config = genesis_member(root, "config");
    struct genesis_place timestamp = genesis_member(root, "timestamp");
    struct genesis_place gas_limit = genesis_member(root, "gasLimit");
    struct genesis_place base_fee = genesis_member(root, "baseFeePerGas");
    struct genesis_place extra = genesis_member(root, "extraData");
    struct genesis_place alloc = genesis_member(root, "alloc");
    struct header *header = &genesis->header;
    struct bytes text;
    uint64_t seconds = 0;

    if (!genesis_is_object(root))
        return;
    check_keys(root, "config timestamp gasLimit baseFeePerGas extraData alloc", NULL);
    read_config(genesis, &config);
    if (!genesis_need(&timestamp) || !genesis_need(&gas_limit))
        return;
    genesis_u64(&timestamp, &seconds, 0, timestamp_max);
    header->time_ms = seconds * 1000;
    genesis_u64(&gas_limit, &genesis->gas_limit, TX_GAS, INT64_MAX);
    header->gas_limit = genesis->gas_limit;
    read_base_fee(genesis, &base_fee);
    text = genesis_text(&extra, BLOCK_EXTRA_MAX);
    if (text.size > 0)
        memcpy(header->extra, text.at, text.size);
    header->extra_size = text.size;
    read_alloc(genesis, &alloc);
}

static int leaf_compare(const void *a, const void *b)
{
    const struct state_leaf *x = a;
    const struct state_leaf *y = b;

    return hash_compare(&x->khash, &y->khash);
}

static void state_root(struct hash *out, const struct genesis_account *account, size_t count)
{
    struct state_leaf *leaf = mem_new(count, sizeof(*leaf));
    struct bytes *address = mem_new(count, sizeof(*address));
    struct hash *khash = mem_new(count, sizeof(*khash));

    for (size_t i = 0; i < count; i++)
        address[i] = bytes_of_address(&account[i].address);
    keccak256_many(khash, address, count);
    for (size_t i = 0; i < count; i++) {
        leaf[i] = (struct state_leaf){.khash = khash[i],
                                      .nonce = account[i].account.nonce,
                                      .balance = account[i].account.balance,
                                      .is_new = true};
    }
    qsort(leaf, count, sizeof(*leaf), leaf_compare);
    state_root_of(out, leaf, count);
    mem_free(khash);
    mem_free(address);
    mem_free(leaf);
}

/* The fields that follow from the others; ledger.md, Genesis. */
static void make_block(struct genesis *genesis)
{
    struct header *header = &genesis->header;

    genesis_rules_hash(&header->parent_hash, genesis);
    transactions_root(&header->transactions_root, NULL, 0);
    state_root(&header->state_root, genesis->account, genesis->account_count);
    council_hash(&header->validators_hash, &genesis->council);
    header->next_validators_hash = header->validators_hash;
    header_hash(&genesis->hash, header);
}

bool genesis_parse(struct genesis *genesis, struct bytes text, const char *name, struct error *err)
{
    struct error fault = {0};
    struct error not_json = {0};
    struct genesis_source source = {.name = name, .text = text, .err = &fault};
    struct genesis_place root;
    json_t *json = NULL;

    memset(genesis, 0, sizeof(*genesis));
    if (text.size > GENESIS_FILE_MAX)
        return error_set(err, ERROR_GENESIS, "%s: %zu bytes, limit %d", name, text.size,
                         GENESIS_FILE_MAX);
    if (json_parse(&json, text, JSON_DEPTH_MAX, &not_json)) {
        root = genesis_root(&source, json);
        read_file(genesis, &root);
        json_decref(json);
    } else {
        genesis_fail_json(&source, &not_json);
    }
    if (fault.code != ERROR_NONE) {
        genesis_release(genesis);
        *err = fault;
        return false;
    }
    buffer_put(&genesis->text, text);
    make_block(genesis);
    return true;
}

bool genesis_load(struct genesis *genesis, const char *path, struct error *err)
{
    struct buffer text = {0};
    bool ok = file_read(&text, path, GENESIS_FILE_MAX, err) &&
              genesis_parse(genesis, buffer_bytes(&text), path, err);

    buffer_release(&text);
    return ok;
}

void genesis_release(struct genesis *genesis)
{
    for (size_t i = 0; i < genesis->boot_node_count; i++)
        mem_free(genesis->boot_node[i]);
    mem_free(genesis->boot_node);
    mem_free(genesis->account);
    buffer_release(&genesis->text);
    memset(genesis, 0, sizeof(*genesis));
}

struct tx_rules genesis_tx_rules(const struct genesis *genesis)
{
    return (struct tx_rules){.chain_id = genesis->chain_id, .gas_limit = genesis->gas_limit};
}

struct block_rules genesis_block_rules(const struct genesis *genesis)
{
    return (struct block_rules){.tx = genesis_tx_rules(genesis),
                                .base_fee_min = genesis->base_fee_min,
                                .fees_none = genesis->fees_none};
}
