/* The engine's eyes: newest accounts through a direct-mapped cache, and all of them in trie order.
 * Addresses that were ground to share a place only cost each other a read. */
#include "view.h"

#include "local.h"

#include <cairn/hex.h>
#include <cairn/keccak.h>

struct view_entry {
    struct address address;
    bool used;
    struct account account;
};

void view_init(struct store *store, size_t accounts)
{
    if (accounts == 0)
        accounts = STORE_VIEW_CACHE_DEFAULT;
    assert((accounts & (accounts - 1)) == 0);
    store->view = mem_new(accounts, sizeof store->view[0]);
    store->view_mask = accounts - 1;
}

void view_release(struct store *store)
{
    mem_free(store->view);
}

static struct view_entry *view_place(struct store *store, const struct address *address)
{
    return &store->view[be64_get(address->byte + ADDRESS_SIZE - 8) & store->view_mask];
}

static void view_keep(struct store *store, const struct address *address,
                      const struct account *account)
{
    struct view_entry *entry = view_place(store, address);

    entry->address = *address;
    entry->used = true;
    entry->account = *account;
}

/* The newest; {0} where it is not in the state. */
static bool account_read(struct kv *kv, const struct address *address, struct account *out,
                         struct error *err)
{
    struct hash khash;
    struct bytes value;
    struct key key;
    bool ok = true;

    keccak256(&khash, bytes_of_address(address));
    key = key_account(&khash);
    *out = (struct account){0};
    if (!row_find(kv, NULL, &key, &value, err))
        return false;
    if (value.at)
        ok = account_row_get(out, key_bytes(&key), value, err);
    row_free(kv, value);
    return ok;
}

static bool view_account(void *context, const struct address *address, struct account *out,
                         struct error *err)
{
    struct store *store = context;
    const struct view_entry *entry = view_place(store, address);
    char text[HEX_ADDRESS_TEXT];

    if (entry->used && address_equal(&entry->address, address)) {
        *out = entry->account;
        return true;
    }
    if (!account_read(store->kv, address, out, err))
        return store_fail(err, "account %s", hex_format_address(text, address));
    view_keep(store, address, out);
    return true;
}

struct state_view store_view(struct store *store)
{
    return (struct state_view){.account = view_account, .context = store};
}

/* What a block changed is asked for again soon: it takes its places whoever held them. */
void store_view_update(struct store *store, const struct block_changes *changes)
{
    static const struct account none = {0};

    for (size_t i = 0; i < changes->change_count; i++) {
        const struct account_change *change = &changes->change[i];

        view_keep(store, &change->address, change->after.exists ? &change->after : &none);
    }
}

static bool leaf_get(struct state_leaf *leaf, struct bytes key, struct bytes value,
                     struct error *err)
{
    struct account account;

    if (key.size != 1 + HASH_SIZE)
        return error_set(err, ERROR_STORE_DAMAGED, "account row with a key of %zu bytes", key.size);
    *leaf = (struct state_leaf){0};
    memcpy(leaf->khash.byte, key.at + 1, HASH_SIZE);
    if (!account_row_get(&account, key, value, err)) {
        char text[HEX_HASH_TEXT];

        return error_wrap(err, "account row %s", hex_format_hash(text, &leaf->khash));
    }
    leaf->nonce = account.nonce;
    leaf->balance = account.balance;
    return true;
}

/* Of an account's key; one that is none goes on to leaf_get, which tells it. */
static bool has_nibbles(struct bytes key, const struct hash *prefix, unsigned nibbles)
{
    const uint8_t *khash = key.at + 1;

    return key.size != 1 + HASH_SIZE ||
           (memcmp(khash, prefix->byte, nibbles / 2) == 0 &&
            (nibbles % 2 == 0 || khash[nibbles / 2] >> 4 == prefix->byte[nibbles / 2] >> 4));
}

static bool rows_scan(void *context, const struct hash *prefix, unsigned nibbles,
                      bool (*each)(void *each_context, const struct state_leaf *leaf),
                      void *each_context, struct error *err)
{
    struct store *store = context;
    const struct kv_ops *ops = store->kv->ops;
    struct kv_iterator *iterator = ops->iterator_new(store->kv, NULL);
    struct key space = key_space(KEY_ACCOUNT), start;
    struct hash first = {{0}};
    bool ok = true;

    memcpy(first.byte, prefix->byte, nibbles / 2);
    if (nibbles % 2 == 1)
        first.byte[nibbles / 2] = prefix->byte[nibbles / 2] & 0xf0;
    start = key_account(&first);
    for (ops->iterator_seek(iterator, key_bytes(&start)); ok && ops->iterator_valid(iterator);
         ops->iterator_next(iterator)) {
        struct bytes key = ops->iterator_key(iterator);
        struct state_leaf leaf;

        if (!key_begins(key, &space) || !has_nibbles(key, prefix, nibbles))
            break;
        ok = leaf_get(&leaf, key, ops->iterator_value(iterator), err);
        if (ok && !each(each_context, &leaf))
            break;
    }
    ok = ok && ops->iterator_check(iterator, err);
    ops->iterator_free(iterator);
    return ok || store_fail(err, "reading accounts");
}

struct state_rows store_rows(struct store *store)
{
    return (struct state_rows){.scan = rows_scan, .context = store};
}
