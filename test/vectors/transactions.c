/* Transactions: encoding, signing, senders, and what is refused by which rule. */
#include "checks.h"

#include <cairn/hex.h>
#include <cairn/keccak.h>
#include <cairn/rlp.h>
#include <cairn/tx.h>

enum { CHAIN_ID = 1 };

/* ---- fields as the files write them ---- */

struct fields {
    struct tx tx; /* its memo and access list lie in the buffers */
    struct buffer memo, access_list;
};

static void fields_release(struct fields *fields)
{
    buffer_release(&fields->memo);
    buffer_release(&fields->access_list);
}

static bool access_entry_get(struct checks *c, json_t *json, struct fields *fields)
{
    struct buffer *out = &fields->access_list;
    struct address address;
    size_t mark, keys;
    json_t *array;
    bool ok = get_fixed(c, json, "address", address.byte, sizeof address.byte) &&
              get_array(c, json, "storageKeys", &array);

    if (!ok)
        return false;
    mark = rlp_list_begin(out);
    rlp_put_address(out, &address);
    keys = rlp_list_begin(out);
    for (size_t i = 0; ok && i < json_array_size(array); i++) {
        struct buffer key = {0};

        ok = data_of(c, json_array_get(array, i), "storageKeys", &key);
        rlp_put_bytes(out, buffer_bytes(&key));
        buffer_release(&key);
    }
    rlp_list_end(out, keys);
    rlp_list_end(out, mark);
    return ok;
}

static bool access_list_get(struct checks *c, json_t *json, struct fields *fields)
{
    json_t *list;
    size_t mark;
    bool ok = get_array(c, json, "accessList", &list);

    if (!ok)
        return false;
    mark = rlp_list_begin(&fields->access_list);
    for (size_t i = 0; ok && i < json_array_size(list); i++)
        ok = access_entry_get(c, json_array_get(list, i), fields);
    rlp_list_end(&fields->access_list, mark);
    fields->tx.access_list = buffer_bytes(&fields->access_list);
    return ok;
}

static bool fees_get(struct checks *c, json_t *json, struct tx *tx)
{
    if (tx->type == TX_FEE_MARKET)
        return get_u256(c, json, "maxFeePerGas", &tx->fee_max_per_gas) &&
               get_u256(c, json, "maxPriorityFeePerGas", &tx->tip_max_per_gas);
    if (!get_u256(c, json, "gasPrice", &tx->fee_max_per_gas))
        return false;
    tx->tip_max_per_gas = tx->fee_max_per_gas;
    return true;
}

/* This ledger's integers of a transaction have 64 bits; Ethereum's rules allow wider ones in an
 * encoding. */
static bool integers_fit(struct checks *c, json_t *json)
{
    static const char *const keys[] = {"chainId", "nonce", "gas"};

    for (size_t i = 0; i < COUNT(keys); i++) {
        const char *text = json_string_value(json_object_get(json, keys[i]));

        if (text && strlen(text) > 2 + 16) {
            check_leave_out(c, "%s over 64 bits", keys[i]);
            return false;
        }
    }
    return true;
}

static bool fields_get(struct checks *c, json_t *json, struct fields *out)
{
    struct tx *tx = &out->tx;
    uint64_t type;

    *out = (struct fields){0};
    if (!integers_fit(c, json) || !get_u64(c, json, "type", &type))
        return false;
    if (type >= TX_TYPE_COUNT) {
        check_leave_out(c, "transactions of other types than 0 to 2");
        return false;
    }
    tx->type = (enum tx_type)type;
    tx->protected = has(json, "chainId");
    tx->has_to = has(json, "to");
    if ((tx->protected && !get_u64(c, json, "chainId", &tx->chain_id)) ||
        !get_u64(c, json, "nonce", &tx->nonce) || !get_u64(c, json, "gas", &tx->gas_limit) ||
        !get_u256(c, json, "value", &tx->value) || !fees_get(c, json, tx) ||
        (tx->has_to && !get_fixed(c, json, "to", tx->to.byte, sizeof tx->to.byte)) ||
        !get_data(c, json, "input", &out->memo) ||
        (type != TX_LEGACY && !access_list_get(c, json, out))) {
        fields_release(out);
        return false;
    }
    tx->memo = buffer_bytes(&out->memo);
    return true;
}

static void fields_check(struct checks *c, const struct tx *have, const struct tx *want)
{
    check_u64(c, "type", (uint64_t)have->type, (uint64_t)want->type);
    check_u64(c, "protected", have->protected, want->protected);
    check_u64(c, "chainId", have->chain_id, want->chain_id);
    check_u64(c, "nonce", have->nonce, want->nonce);
    check_u64(c, "gas", have->gas_limit, want->gas_limit);
    check_u256(c, "fee cap", &have->fee_max_per_gas, &want->fee_max_per_gas);
    check_u256(c, "tip", &have->tip_max_per_gas, &want->tip_max_per_gas);
    check_u256(c, "value", &have->value, &want->value);
    if (check_u64(c, "has a recipient", have->has_to, want->has_to) && want->has_to)
        check_bytes(c, "to", bytes_of_address(&have->to), bytes_of_address(&want->to));
    check_bytes(c, "input", have->memo, want->memo);
    check_bytes(c, "accessList", have->access_list, want->access_list);
}

/* What this chain says to it before any account: the two refusals that Ethereum does not know. */
static void shape_check(struct checks *c, const struct tx *tx)
{
    enum error_code want = !tx->protected ? ERROR_TX_UNPROTECTED
                           : !tx->has_to  ? ERROR_TX_CREATION
                                          : ERROR_NONE;
    struct error err = {0};
    bool taken = tx_check_shape(tx, &err);

    check_true(c, taken == (want == ERROR_NONE), "shape: want %s, came %s", error_name(want),
               error_name(err.code));
    check_text(c, "shape", error_name(err.code), error_name(want));
}

/* ---- tx_signing.json, tx_examples.json ---- */

/* v as it stands in the encoding. */
static struct u256 v_of(const struct tx *tx)
{
    struct u256 v = u256_of_u64(tx->signature.y_parity), chain = u256_of_u64(tx->chain_id);
    struct u256 base = u256_of_u64(tx->protected ? 35 : 27);
    bool fits = true;

    if (tx->type != TX_LEGACY)
        return v;
    fits = u256_add(&v, &v, &base) && u256_mul_u64(&chain, &chain, 2) && u256_add(&v, &v, &chain);
    assert(fits); /* chain id 0 where not protected */
    return v;
}

static void signed_check(struct checks *c, json_t *json, const struct tx *fields,
                         struct bytes encoding)
{
    struct u256 number;
    struct error err = {0};
    struct tx *tx = tx_decode(encoding, &err);
    struct hash digest;

    if (!tx) {
        check_fail(c, "signed is refused: %s", err.text);
        return;
    }
    fields_check(c, tx, fields);
    check_bytes(c, "signed again", tx->encoding, encoding);
    tx_signing_hash(&digest, tx);
    check_hash_at(c, json, "signingHash", &digest);
    check_hash_at(c, json, "hash", &tx->hash);
    number = v_of(tx);
    check_u256_at(c, json, "v", &number);
    number = u256_get_be(tx->signature.r);
    check_u256_at(c, json, "r", &number);
    number = u256_get_be(tx->signature.s);
    check_u256_at(c, json, "s", &number);
    check_true(c, tx_recover(tx, &err), "no sender: %s", err.text);
    check_address_at(c, json, "sender", &tx->sender);
    shape_check(c, tx);
    tx_drop(tx);
}

static void tx_signing_case(struct checks *c, json_t *json)
{
    struct buffer out = {0}, encoding = {0};
    struct fields fields = {0};
    struct error err = {0};
    struct secret secret;
    struct hash digest;
    json_t *tx;

    if (!get_object(c, json, "tx", &tx) || !get_data(c, json, "signed", &encoding) ||
        !fields_get(c, tx, &fields))
        goto out;
    tx_unsigned(&out, &fields.tx);
    check_data_at(c, json, "unsigned", buffer_bytes(&out));
    keccak256(&digest, buffer_bytes(&out));
    check_hash_at(c, json, "signingHash", &digest);
    if (!has(json, "privateKey"))
        check_note(c, "not signed here: no key is given");
    else if (get_fixed(c, json, "privateKey", secret.byte, sizeof secret.byte)) {
        buffer_clear(&out);
        check_true(c, tx_sign(&out, &fields.tx, &secret, &err), "not signed: %s", err.text);
        check_bytes(c, "signed", buffer_bytes(&out), buffer_bytes(&encoding));
    }
    if (encoding.size > TX_BYTES_MAX)
        check_note(c, "not decoded: over %d bytes", TX_BYTES_MAX);
    else
        signed_check(c, json, &fields.tx, buffer_bytes(&encoding));
out:
    fields_release(&fields);
    buffer_release(&encoding);
    buffer_release(&out);
}

void check_tx_signing(struct checks *c, json_t *root)
{
    checks_each(c, root, "cases", tx_signing_case);
}

/* ---- tx_conformance.json ---- */

/* Ethereum takes these; this ledger refuses them by name. */
static bool refused_by_design(struct checks *c, const struct error *err)
{
    if (err->code == ERROR_TX_SIZE)
        check_leave_out(c, "transactions over %d bytes, which are refused here", TX_BYTES_MAX);
    else if (err->code == ERROR_TX_TYPE)
        check_leave_out(c, "transactions of other types than 0 to 2, which are refused here");
    return c->leaving;
}

/* As if it were a transfer of this chain, so that the rules behind those two refusals are tried. */
static struct tx below_shape(const struct tx *tx)
{
    struct tx below = *tx;

    if (!below.protected)
        below.chain_id = CHAIN_ID;
    below.protected = below.has_to = true;
    return below;
}

/* All rules that need no account; and that its gas can be paid for at all. */
static bool rules_hold(const struct tx *tx, struct error *err)
{
    const struct tx_rules rules = {.chain_id = CHAIN_ID, .gas_limit = UINT64_MAX};
    struct tx gas_alone = *tx;
    struct u256 cost;

    gas_alone.value = u256_of_u64(0);
    return tx_check_shape(tx, err) && tx_check_rules(tx, &rules, err) &&
           (tx_cost_max(&cost, &gas_alone) ||
            error_set(err, ERROR_TX_FUNDS, "its gas costs more than 2^256 - 1"));
}

static void conformance_valid(struct checks *c, json_t *json, struct tx *tx)
{
    struct fields fields = {0};
    struct error err = {0};
    struct tx below = below_shape(tx);
    json_t *object;

    check_hash_at(c, json, "hash", &tx->hash);
    check_true(c, tx_recover(tx, &err), "no sender: %s", err.text);
    check_address_at(c, json, "sender", &tx->sender);
    if (tx->has_to)
        check_u64_at(c, json, "intrinsicGas", tx->gas_intrinsic);
    else
        check_note(c, "the intrinsic gas of a creation: it is refused, so its price is unknown");
    if (get_object(c, json, "fields", &object) && fields_get(c, object, &fields)) {
        fields_check(c, tx, &fields.tx);
        fields_release(&fields);
    }
    shape_check(c, tx);
    check_true(c, rules_hold(&below, &err), "refused: %s", err.text);
}

static void conformance_invalid(struct checks *c, struct tx *tx)
{
    struct error err = {0};
    struct tx below;

    if (!tx_recover(tx, &err)) {
        check_true(c, true, "refused");
        return;
    }
    below = below_shape(tx);
    if (rules_hold(&below, &err)) {
        /* Rules of creations alone: the price and the size of code. */
        check_true(c, !tx->has_to, "taken");
        check_note(c, "refused as a creation, whatever else it breaks");
    }
    check_true(c, !rules_hold(tx, &err), "taken");
}

static void tx_conformance_case(struct checks *c, json_t *json)
{
    struct buffer encoding = {0};
    struct error err = {0};
    struct tx *tx = NULL;
    bool valid;

    if (!get_bool(c, json, "valid", &valid) || !get_data(c, json, "tx", &encoding))
        goto out;
    tx = tx_decode(buffer_bytes(&encoding), &err);
    if (!tx && (!valid || !refused_by_design(c, &err)))
        check_true(c, !valid, "refused: %s", err.text);
    else if (tx && valid)
        conformance_valid(c, json, tx);
    else if (tx)
        conformance_invalid(c, tx);
out:
    tx_drop(tx);
    buffer_release(&encoding);
}

void check_tx_conformance(struct checks *c, json_t *root)
{
    checks_each(c, root, "cases", tx_conformance_case);
}

/* ---- tx_admission.json ---- */

struct admission {
    struct account sender;
    struct u256 base_fee;
    struct tx_rules rules;
};

static const struct rule {
    const char *name;
    enum error_code code;
} rules[] = {
    {"INTRINSIC_GAS_TOO_LOW", ERROR_TX_GAS_LOW},
    {"GAS_ALLOWANCE_EXCEEDED", ERROR_TX_GAS_HIGH},
    {"PRIORITY_GREATER_THAN_MAX_FEE_PER_GAS", ERROR_TX_TIP},
    {"INSUFFICIENT_MAX_FEE_PER_GAS", ERROR_TX_FEE},
    {"NONCE_MISMATCH_TOO_LOW", ERROR_TX_NONCE_LOW},
    {"NONCE_MISMATCH_TOO_HIGH", ERROR_TX_NONCE_GAP},
    {"INSUFFICIENT_ACCOUNT_FUNDS", ERROR_TX_FUNDS},
};

/* Whether this one rule is broken: all that the others look at is made to hold. */
static bool rule_broken(const struct tx *tx, const struct admission *at, enum error_code code)
{
    struct admission only = *at;
    struct tx probe = *tx;
    struct error err = {0};

    if (code != ERROR_TX_GAS_LOW)
        probe.gas_intrinsic = 0;
    if (code != ERROR_TX_GAS_HIGH)
        only.rules.gas_limit = UINT64_MAX;
    if (code != ERROR_TX_TIP)
        probe.tip_max_per_gas = u256_of_u64(0);
    if (code != ERROR_TX_FEE)
        only.base_fee = u256_of_u64(0);
    if (code != ERROR_TX_NONCE_LOW && code != ERROR_TX_NONCE_GAP)
        probe.nonce = only.sender.nonce;
    if (code != ERROR_TX_FUNDS) {
        probe.value = u256_of_u64(0);
        memset(&only.sender.balance, 0xff, sizeof only.sender.balance);
    }
    return !tx_check_account(&probe, &only.rules, &only.base_fee, &only.sender, &err) &&
           err.code == code;
}

static bool names_hold(json_t *names, const char *name)
{
    for (size_t i = 0; i < json_array_size(names); i++)
        if (json_is_string(json_array_get(names, i)) &&
            strcmp(json_string_value(json_array_get(names, i)), name) == 0)
            return true;
    return false;
}

static const char *rule_name(enum error_code code)
{
    for (size_t i = 0; i < COUNT(rules); i++)
        if (rules[i].code == code)
            return rules[i].name;
    return error_name(code);
}

/* A rule of the case that has no counterpart here cannot be judged. */
static bool rules_known(struct checks *c, json_t *broken)
{
    for (size_t i = 0; i < json_array_size(broken); i++) {
        const char *name = json_string_value(json_array_get(broken, i));
        bool known = false;

        for (size_t j = 0; name && j < COUNT(rules); j++)
            known = known || strcmp(rules[j].name, name) == 0;
        if (!known) {
            check_leave_out(c, "no rule %s here", name ? name : "(no text)");
            return false;
        }
    }
    return true;
}

static void rules_check(struct checks *c, const struct tx *tx, const struct admission *at,
                        json_t *broken)
{
    struct tx below = below_shape(tx);
    struct error err = {0};
    bool any = false;

    for (size_t i = 0; i < COUNT(rules); i++) {
        if (!tx->has_to && rules[i].code == ERROR_TX_GAS_LOW) {
            check_note(c,
                       "the intrinsic gas of a creation: it is refused, so its price is unknown");
            continue;
        }
        check_u64(c, rules[i].name, rule_broken(&below, at, rules[i].code),
                  names_hold(broken, rules[i].name));
        any = any || names_hold(broken, rules[i].name);
    }
    shape_check(c, tx);
    if (!any)
        return;
    if (tx_check_account(&below, &at->rules, &at->base_fee, &at->sender, &err))
        check_fail(c, "taken");
    else
        check_true(c, names_hold(broken, rule_name(err.code)), "refused by %s: %s",
                   rule_name(err.code), err.text);
}

static void tx_admission_case(struct checks *c, json_t *json)
{
    struct admission at = {.rules.chain_id = CHAIN_ID};
    struct buffer encoding = {0};
    struct fields fields = {0};
    struct error err = {0};
    struct tx *tx = NULL;
    json_t *broken, *object;

    if (!get_u64(c, json, "senderNonce", &at.sender.nonce) ||
        !get_u256(c, json, "senderBalance", &at.sender.balance) ||
        !get_u256(c, json, "blockBaseFee", &at.base_fee) ||
        !get_u64(c, json, "blockGasLimit", &at.rules.gas_limit) ||
        !get_array(c, json, "rulesBroken", &broken) || !get_data(c, json, "tx", &encoding) ||
        !rules_known(c, broken))
        goto out;
    tx = tx_decode(buffer_bytes(&encoding), &err);
    if (!tx && refused_by_design(c, &err))
        goto out;
    if (!tx || !tx_recover(tx, &err)) {
        check_fail(c, "tx is refused: %s", err.text);
        goto out;
    }
    check_address_at(c, json, "sender", &tx->sender);
    if (get_object(c, json, "fields", &object) && fields_get(c, object, &fields))
        fields_check(c, tx, &fields.tx);
    rules_check(c, tx, &at, broken);
out:
    fields_release(&fields);
    tx_drop(tx);
    buffer_release(&encoding);
}

void check_tx_admission(struct checks *c, json_t *root)
{
    checks_each(c, root, "cases", tx_admission_case);
}
