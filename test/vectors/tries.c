/* Merkle Patricia tries: plain and secure ones with deletes, state roots, transactions roots. */
#include "checks.h"
#include "src/ledger/test_rows.h"

#include <cairn/block.h>
#include <cairn/keccak.h>
#include <cairn/mpt.h>
#include <cairn/rlp.h>
#include <cairn/state_trie.h>

#include <stdlib.h>

/* ---- content by key, sorted ---- */

struct entry {
    uint8_t key[MPT_KEY_MAX];
    size_t key_size;
    struct buffer value;
};

struct content {
    struct entry *entry;
    size_t count, room;
};

static void content_release(struct content *content)
{
    for (size_t i = 0; i < content->count; i++)
        buffer_release(&content->entry[i].value);
    mem_free(content->entry);
    *content = (struct content){0};
}

static struct bytes entry_key(const struct entry *entry)
{
    return bytes_of(entry->key, entry->key_size);
}

static size_t content_place(const struct content *content, struct bytes key)
{
    size_t from = 0, to = content->count;

    while (from < to) {
        size_t middle = from + (to - from) / 2;

        if (bytes_compare(entry_key(&content->entry[middle]), key) < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

/* An empty value is none: the key leaves. */
static void content_put(struct content *content, struct bytes key, struct bytes value)
{
    size_t place = content_place(content, key);
    struct entry *entry;
    bool there = place < content->count && bytes_equal(entry_key(&content->entry[place]), key);

    if (!there && value.size == 0)
        return;
    if (!there) {
        if (content->count == content->room) {
            content->room = 2 * content->room + 16;
            content->entry = mem_grow(content->entry, content->room, sizeof *content->entry);
        }
        entry = &content->entry[place];
        memmove(entry + 1, entry, (content->count - place) * sizeof *entry);
        *entry = (struct entry){.key_size = key.size};
        memcpy(entry->key, key.at, key.size);
        content->count++;
    }
    entry = &content->entry[place];
    buffer_clear(&entry->value);
    buffer_put(&entry->value, value);
    if (value.size == 0) {
        buffer_release(&entry->value);
        content->count--;
        memmove(entry, entry + 1, (content->count - place) * sizeof *entry);
    }
}

static struct hash content_root(const struct content *content)
{
    struct mpt_pair *pair = mem_new(content->count + 1, sizeof *pair);
    struct hash root;

    for (size_t i = 0; i < content->count; i++)
        pair[i] = (struct mpt_pair){entry_key(&content->entry[i]),
                                    buffer_bytes(&content->entry[i].value)};
    mpt_root(&root, pair, content->count);
    mem_free(pair);
    return root;
}

/* ---- trie.json ---- */

static bool op_apply(struct checks *c, struct content *content, json_t *op, bool secure)
{
    const char *kind = json_string_value(json_array_get(op, 0));
    bool put = kind && strcmp(kind, "put") == 0;
    struct buffer key = {0}, value = {0};
    struct hash hashed;
    bool ok = kind && (put || strcmp(kind, "del") == 0);

    if (!ok)
        check_fail(c, "an op that is neither put nor del");
    ok = ok && data_of(c, json_array_get(op, 1), "key", &key) &&
         (!put || data_of(c, json_array_get(op, 2), "value", &value));
    if (ok && !secure && key.size > MPT_KEY_MAX) {
        check_leave_out(c, "keys over %d bytes", MPT_KEY_MAX);
        ok = false;
    }
    keccak256(&hashed, buffer_bytes(&key));
    if (ok)
        content_put(content, secure ? bytes_of_hash(&hashed) : buffer_bytes(&key),
                    buffer_bytes(&value));
    buffer_release(&key);
    buffer_release(&value);
    return ok;
}

static void trie_run(struct checks *c, json_t *json, json_t *ops, bool secure, bool backwards)
{
    struct content content = {0};
    size_t count = json_array_size(ops);
    struct hash root;
    bool ok = true;

    for (size_t i = 0; i < count && ok; i++)
        ok = op_apply(c, &content, json_array_get(ops, backwards ? count - 1 - i : i), secure);
    if (ok) {
        root = content_root(&content);
        check_hash_at(c, json, "root", &root);
    }
    content_release(&content);
}

static void trie_case(struct checks *c, json_t *json)
{
    const char *order;
    json_t *ops;
    bool secure;

    if (!get_text(c, json, "order", &order) || !get_array(c, json, "ops", &ops) ||
        !get_bool(c, json, "secure", &secure))
        return;
    trie_run(c, json, ops, secure, false);
    if (strcmp(order, "any") == 0)
        trie_run(c, json, ops, secure, true);
}

void check_trie(struct checks *c, json_t *root)
{
    checks_each(c, root, "cases", trie_case);
}

/* ---- state roots ---- */

/* The accounts of a case: all of them as a plain trie's content; and those that the ledger can have
 * as leaves, unless one carries storage or code. */
struct state {
    struct content content;
    struct test_rows rows;
    bool plain;
};

static void state_release(struct state *state)
{
    content_release(&state->content);
    test_rows_release(&state->rows);
}

static void state_put(struct state *state, const struct address *address, uint64_t nonce,
                      const struct u256 *balance, const struct hash *storage_root,
                      const struct hash *code_hash)
{
    struct state_leaf leaf = {.nonce = nonce, .balance = *balance};
    struct buffer value = {0};
    size_t mark = rlp_list_begin(&value);

    rlp_put_u64(&value, nonce);
    rlp_put_u256(&value, balance);
    rlp_put_hash(&value, storage_root);
    rlp_put_hash(&value, code_hash);
    rlp_list_end(&value, mark);
    keccak256(&leaf.khash, bytes_of_address(address));
    content_put(&state->content, bytes_of_hash(&leaf.khash), buffer_bytes(&value));
    if (nonce > 0 || !u256_is_zero(balance))
        test_rows_put(&state->rows, &leaf);
    buffer_release(&value);
}

static bool state_add(struct checks *c, struct state *state, json_t *account)
{
    struct hash storage_root = mpt_root_empty, code_hash;
    bool storage = has(account, "storageRoot"), code = has(account, "codeHash");
    struct address address;
    struct u256 balance;
    uint64_t nonce;

    keccak256(&code_hash, (struct bytes){0});
    if (!get_fixed(c, account, "address", address.byte, sizeof address.byte) ||
        !get_u64(c, account, "nonce", &nonce) || !get_u256(c, account, "balance", &balance) ||
        (storage && !get_fixed(c, account, "storageRoot", storage_root.byte, HASH_SIZE)) ||
        (code && !get_fixed(c, account, "codeHash", code_hash.byte, HASH_SIZE)))
        return false;
    state->plain = state->plain && !storage && !code;
    state_put(state, &address, nonce, &balance, &storage_root, &code_hash);
    return true;
}

/* The root of the leaves by the plain trie, over the values that the ledger writes. */
static struct hash rows_root(const struct test_rows *rows)
{
    struct content content = {0};
    struct hash root;

    for (size_t i = 0; i < rows->count; i++) {
        const struct state_leaf *leaf = &rows->leaf[i];
        uint8_t value[STATE_VALUE_MAX];
        size_t size = state_value_encode(value, leaf->nonce, &leaf->balance);

        content_put(&content, bytes_of_hash(&leaf->khash), bytes_of(value, size));
    }
    root = content_root(&content);
    content_release(&content);
    return root;
}

/* A tree that holds every `step`th account already, to which the others come as a block's changes.
 */
static void state_grow(struct checks *c, const struct state *state, const struct hash *want,
                       size_t step, size_t bytes_max)
{
    const struct test_rows *all = &state->rows;
    struct state_leaf *fresh = mem_new(all->count + 1, sizeof *fresh);
    struct test_rows before = {0};
    struct state_rows port = test_rows_port(&before);
    struct state_trie *trie = state_trie_new(&port, bytes_max);
    struct state_pending *pending = NULL;
    struct error err = {0};
    struct hash root;
    size_t count = 0;

    for (size_t i = 0; i < all->count; i++) {
        if (i % step == 0) {
            test_rows_put(&before, &all->leaf[i]);
            continue;
        }
        fresh[count] = all->leaf[i];
        fresh[count++].is_new = true;
    }
    if (state_trie_load(trie, &err) &&
        state_trie_apply(trie, fresh, count, &pending, &root, &err)) {
        check_bytes(c, "the root that the state trie grew", bytes_of_hash(&root),
                    bytes_of_hash(want));
        for (size_t i = 0; i < count; i++)
            test_rows_put(&before, &fresh[i]);
        state_trie_fold(trie, pending);
        state_trie_root(trie, &root);
        check_bytes(c, "the state trie's root", bytes_of_hash(&root), bytes_of_hash(want));
    } else {
        check_fail(c, "the state trie: %s", err.text);
    }
    state_trie_free(trie);
    test_rows_release(&before);
    mem_free(fresh);
}

static void state_check(struct checks *c, const struct state *state, json_t *json)
{
    struct hash root = content_root(&state->content), want = root;

    if (!check_hash_at(c, json, "stateRoot", &root) || !state->plain)
        return;
    root = rows_root(&state->rows);
    if (state->rows.count == state->content.count)
        check_bytes(c, "the root over the ledger's values", bytes_of_hash(&root),
                    bytes_of_hash(&want));
    else
        check_note(c, "empty accounts are put in by the plain trie alone: the ledger has none");
    want = root;
    state_root_of(&root, state->rows.leaf, state->rows.count);
    check_bytes(c, "the state's root from nothing", bytes_of_hash(&root), bytes_of_hash(&want));
    state_grow(c, state, &want, 1, SIZE_MAX); /* all is there */
    state_grow(c, state, &want, 2, SIZE_MAX);
    state_grow(c, state, &want, 3, 1);                            /* no room for nodes */
    state_grow(c, state, &want, state->rows.count + 1, SIZE_MAX); /* one is there, or none */
}

static void state_root_case(struct checks *c, json_t *json)
{
    struct state state = {.plain = true};
    json_t *accounts;
    bool ok = get_array(c, json, "accounts", &accounts);

    for (size_t i = 0; ok && i < json_array_size(accounts); i++)
        ok = state_add(c, &state, json_array_get(accounts, i));
    if (ok)
        state_check(c, &state, json);
    state_release(&state);
}

static void empty_root_check(struct checks *c, json_t *root, const char *key)
{
    check_hash_at(c, root, key, &mpt_root_empty);
    check_hash_at(c, root, key, &state_root_empty);
}

static void state_root_constants(struct checks *c, json_t *root)
{
    struct hash code_hash;

    keccak256(&code_hash, (struct bytes){0});
    if (has(root, "emptyTrieRoot"))
        empty_root_check(c, root, "emptyTrieRoot");
    if (has(root, "emptyCodeHash"))
        check_hash_at(c, root, "emptyCodeHash", &code_hash);
}

void check_state_root(struct checks *c, json_t *root)
{
    if (has(root, "emptyTrieRoot") || has(root, "emptyCodeHash"))
        checks_one(c, "the file's constants", root, state_root_constants);
    checks_each(c, root, "cases", state_root_case);
}

/* One state of plain accounts, each [address, balance]. */
static void plain_accounts(struct checks *c, json_t *root)
{
    struct state state = {.plain = true};
    json_t *accounts;
    bool ok = get_array(c, root, "accounts", &accounts);

    for (size_t i = 0; ok && i < json_array_size(accounts); i++) {
        json_t *pair = json_array_get(accounts, i);
        json_t *account = json_pack("{s:O?, s:s, s:O?}", "address", json_array_get(pair, 0),
                                    "nonce", "0x0", "balance", json_array_get(pair, 1));

        ok = state_add(c, &state, account);
        json_decref(account);
    }
    if (ok)
        state_check(c, &state, root);
    state_release(&state);
}

void check_state_root_plain(struct checks *c, json_t *root)
{
    checks_one(c, "all accounts", root, plain_accounts);
}

/* ---- tx_root.json ---- */

/* Through the ledger too, where it knows every transaction. */
static void ledger_root_check(struct checks *c, json_t *json, const struct bytes *encoding,
                              size_t count)
{
    struct tx **tx = mem_new(count + 1, sizeof(*tx));
    struct error err = {0};
    struct hash root;
    size_t decoded = 0;

    while (decoded < count && (tx[decoded] = tx_decode(encoding[decoded], &err)) != NULL)
        decoded++;
    if (decoded == count) {
        transactions_root(&root, tx, count);
        check_hash_at(c, json, "transactionsRoot", &root);
    } else {
        check_note(c, "over raw bytes alone, for the ledger refuses one: %s", error_name(err.code));
    }
    for (size_t i = 0; i < decoded; i++)
        tx_drop(tx[i]);
    mem_free(tx);
}

static void tx_root_case(struct checks *c, json_t *json)
{
    struct buffer *data;
    struct bytes *encoding;
    json_t *transactions;
    struct hash root;
    size_t count;
    bool ok = true;

    if (!get_array(c, json, "transactions", &transactions))
        return;
    count = json_array_size(transactions);
    data = mem_new(count + 1, sizeof *data);
    encoding = mem_new(count + 1, sizeof *encoding);
    for (size_t i = 0; i < count && ok; i++) {
        ok = data_of(c, json_array_get(transactions, i), "transactions", &data[i]);
        encoding[i] = buffer_bytes(&data[i]);
    }
    if (ok) {
        mpt_list_root(&root, encoding, count);
        check_hash_at(c, json, "transactionsRoot", &root);
        ledger_root_check(c, json, encoding, count);
    }
    for (size_t i = 0; i < count; i++)
        buffer_release(&data[i]);
    mem_free(encoding);
    mem_free(data);
}

static void tx_root_constants(struct checks *c, json_t *root)
{
    empty_root_check(c, root, "emptyRoot");
}

void check_tx_root(struct checks *c, json_t *root)
{
    if (has(root, "emptyRoot"))
        checks_one(c, "the file's constant", root, tx_root_constants);
    checks_each(c, root, "cases", tx_root_case);
}
