/* Transactions, receipts and accounts as readers see them. */
#include "read.h"

#include <cairn/hex.h>
#include <cairn/keccak.h>

#include <inttypes.h>

bool store_receipts_root(struct store_snapshot *snapshot, uint64_t height, struct hash *root,
                         bool *found, struct error *err)
{
    struct bytes value = {0};
    struct index_row index;
    bool ok;

    *found = false;
    if (height > STORE_HEIGHT_MAX)
        return true;
    ok = index_need(snapshot, height, &index, &value, found, err);
    if (ok && *found)
        *root = index.receipts_root;
    row_free(snapshot->store->kv, value);
    return ok || store_fail(err, "store");
}

bool store_tx_count(struct store_snapshot *snapshot, uint64_t height, size_t *count, bool *found,
                    struct error *err)
{
    struct bytes value = {0};
    struct index_row index;
    bool ok;

    *found = false;
    if (height > STORE_HEIGHT_MAX)
        return true;
    ok = index_need(snapshot, height, &index, &value, found, err);
    if (ok && *found)
        *count = index.count;
    row_free(snapshot->store->kv, value);
    return ok || store_fail(err, "store");
}

/* The transaction of a body that an index entry names; gas before it tells whether they fit. */
static struct tx *tx_at(const struct index_row *index, size_t position, struct bytes body,
                        struct error *err)
{
    struct index_entry entry = index_entry_get(index, position);
    uint64_t gas_before = position > 0 ? index_entry_get(index, position - 1).gas_cumulative : 0;
    struct error fault = {0};
    struct bytes encoding;
    struct tx *tx;

    if (!body_item(&encoding, body, entry.offset, &fault) || !(tx = tx_decode(encoding, &fault))) {
        error_set(err, ERROR_STORE_DAMAGED, "%s", fault.text);
        return NULL;
    }
    if (entry.gas_cumulative - gas_before != tx->gas_intrinsic) {
        error_set(err, ERROR_STORE_DAMAGED, "its gas is not the index's");
        tx_drop(tx);
        return NULL;
    }
    tx_set_sender(tx, &entry.sender);
    return tx;
}

/* Whether the transaction was written at this place: the body's root is not worked out for one. */
static bool place_check(struct store_snapshot *snapshot, const struct store_tx *out,
                        struct error *err)
{
    struct key key = key_place(&out->tx->hash, out->height, out->position);
    struct bytes mark;
    bool is_known;

    if (!row_find(snapshot->store->kv, snapshot->at, &key, &mark, err))
        return false;
    is_known = mark.at != NULL;
    row_free(snapshot->store->kv, mark);
    return is_known ||
           error_set(err, ERROR_STORE_DAMAGED, "not the hash that it was written under");
}

/* out->tx stays NULL where the block is above the head, or has no such position. */
static bool tx_need(struct store_snapshot *snapshot, uint64_t height, uint32_t position,
                    struct store_tx *out, struct error *err)
{
    struct kv *kv = snapshot->store->kv;
    struct bytes body = {0}, value = {0};
    struct index_row index;
    bool found, ok;

    *out = (struct store_tx){.height = height, .position = position};
    if (!header_need(snapshot, height, &out->header, &out->block_hash, &found, err))
        return false;
    if (!found)
        return true;
    ok = index_need(snapshot, height, &index, &value, &found, err);
    if (ok && position < index.count) {
        ok = row_need(snapshot, KEY_BODY, height, "body", &body, err);
        if (ok)
            out->tx = tx_at(&index, position, body, err);
        ok = out->tx && place_check(snapshot, out, err);
        if (ok)
            out->gas_cumulative = index_entry_get(&index, position).gas_cumulative;
        else
            error_wrap(err, "block %" PRIu64 ": transaction %" PRIu32, height, position);
    }
    if (!ok) {
        tx_drop(out->tx);
        out->tx = NULL;
    }
    row_free(kv, body);
    row_free(kv, value);
    return ok;
}

bool store_tx_by_place(struct store_snapshot *snapshot, uint64_t height, uint32_t position,
                       struct store_tx *out, struct error *err)
{
    return tx_need(snapshot, height, position, out, err) || store_fail(err, "store");
}

/* `key` and those beside it name hashes that begin alike: the transaction decides. */
static bool place_match(struct store_snapshot *snapshot, struct bytes key, const struct hash *hash,
                        struct store_tx *out, struct error *err)
{
    uint64_t height;
    uint32_t position;
    bool ok = true;

    if (!key_place_parse(key, &height, &position))
        return error_set(err, ERROR_STORE_DAMAGED, "a key of %zu bytes", key.size);
    if (!tx_need(snapshot, height, position, out, err))
        return false;
    if (!out->tx || memcmp(out->tx->hash.byte, hash->byte, HASH_PREFIX_SIZE) != 0)
        ok = error_set(err, ERROR_STORE_DAMAGED,
                       "block %" PRIu64 " has another transaction at %" PRIu32, height, position);
    else if (hash_equal(&out->tx->hash, hash))
        return true;
    tx_drop(out->tx);
    out->tx = NULL;
    return ok;
}

static bool tx_find(struct store_snapshot *snapshot, const struct hash *hash, struct store_tx *out,
                    struct error *err)
{
    struct kv *kv = snapshot->store->kv;
    struct kv_iterator *iterator = kv->ops->iterator_new(kv, snapshot->at);
    struct key start = key_place(hash, 0, 0), shared = key_shared(&start, KEY_PLACE_SHARED);
    bool ok = true;

    for (kv->ops->iterator_seek(iterator, key_bytes(&start));
         ok && !out->tx && kv->ops->iterator_valid(iterator) &&
         key_begins(kv->ops->iterator_key(iterator), &shared);
         kv->ops->iterator_next(iterator))
        ok = place_match(snapshot, kv->ops->iterator_key(iterator), hash, out, err);
    ok = ok && kv->ops->iterator_check(iterator, err);
    kv->ops->iterator_free(iterator);
    return ok;
}

bool store_tx_by_hash(struct store_snapshot *snapshot, const struct hash *hash,
                      struct store_tx *out, struct error *err)
{
    *out = (struct store_tx){0};
    return tx_find(snapshot, hash, out, err) || store_fail(err, "transaction by hash");
}

/* The newest history row that is not above `height`. */
static bool account_before(struct store_snapshot *snapshot, const struct hash *khash,
                           uint64_t height, struct account *account, struct error *err)
{
    struct kv *kv = snapshot->store->kv;
    struct kv_iterator *iterator = kv->ops->iterator_new(kv, snapshot->at);
    struct key start = key_history(khash, height), shared = key_shared(&start, KEY_HISTORY_SHARED);
    bool ok;

    kv->ops->iterator_seek(iterator, key_bytes(&start));
    ok = kv->ops->iterator_check(iterator, err); /* else this may be an older row: kv.h */
    if (ok && kv->ops->iterator_valid(iterator) &&
        key_begins(kv->ops->iterator_key(iterator), &shared))
        ok = history_row_get(account, NULL, kv->ops->iterator_key(iterator),
                             kv->ops->iterator_value(iterator), err);
    kv->ops->iterator_free(iterator);
    return ok || error_wrap(err, "history");
}

bool store_account(struct store_snapshot *snapshot, const struct address *address, uint64_t height,
                   struct account *account, struct error *err)
{
    struct kv *kv = snapshot->store->kv;
    char text[HEX_ADDRESS_TEXT];
    struct account newest = {0};
    struct bytes value;
    struct hash khash;
    struct key key;
    bool ok;

    keccak256(&khash, bytes_of_address(address));
    key = key_account(&khash);
    *account = (struct account){0};
    ok = row_find(kv, snapshot->at, &key, &value, err);
    if (ok && value.at)
        ok = account_row_get(&newest, key_bytes(&key), value, err);
    row_free(kv, value);
    if (ok && newest.height_last <= height)
        *account = newest; /* {0} where it never was in the state */
    else if (ok)
        ok = account_before(snapshot, &khash, height, account, err);
    if (ok && !account->exists)
        *account = (struct account){0}; /* named by a transfer of nothing, long before it came */
    return ok || store_fail(err, "account %s at block %" PRIu64, hex_format_address(text, address),
                            height);
}
