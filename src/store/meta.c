/* Whose rows these are, and how far they go: the rows under `S`. */
#include "local.h"

#include <cairn/hex.h>

#include <inttypes.h>

enum { HEAD_SIZE = 8 + HASH_SIZE };

static bool meta_find(struct kv *kv, const struct kv_snapshot *at, const char *name,
                      struct bytes *value, struct error *err)
{
    struct key key = key_meta(name);

    return row_find(kv, at, &key, value, err) || error_wrap(err, "meta row %s", name);
}

bool meta_check_schema(uint64_t schema, struct error *err)
{
    if (schema > STORE_SCHEMA)
        return error_set(err, ERROR_STORE_SCHEMA,
                         "made by a newer cairn (schema %" PRIu64
                         ", this one knows %d): use that version or another --data-dir",
                         schema, STORE_SCHEMA);
    if (schema < STORE_SCHEMA)
        return error_set(err, ERROR_STORE_SCHEMA,
                         "made by an older cairn (schema %" PRIu64
                         ", this one knows %d): use that version or another --data-dir",
                         schema, STORE_SCHEMA);
    return true;
}

bool meta_check_genesis(const struct hash *have, const struct genesis *genesis, struct error *err)
{
    char have_text[HEX_HASH_TEXT], want_text[HEX_HASH_TEXT];

    if (hash_equal(have, &genesis->hash))
        return true;
    return error_set(err, ERROR_STORE_GENESIS,
                     "made from another genesis (%s, wanted %s): use that genesis file or another "
                     "--data-dir",
                     hex_format_hash(have_text, have), hex_format_hash(want_text, &genesis->hash));
}

static bool schema_look(struct kv *kv, bool *found, struct error *err)
{
    struct bytes value;
    bool ok;

    if (!meta_find(kv, NULL, META_SCHEMA, &value, err))
        return false;
    *found = value.at != NULL;
    if (!*found)
        return true;
    if (value.size == 4)
        ok = meta_check_schema(be32_get(value.at), err);
    else
        ok = error_set(err, ERROR_STORE_DAMAGED, "the schema's row has %zu bytes", value.size);
    row_free(kv, value);
    return ok;
}

/* `found` false: it is missing, or cut. */
static bool genesis_look(struct kv *kv, const struct genesis *genesis, bool *found,
                         struct error *err)
{
    struct bytes value;
    struct hash have;

    if (!meta_find(kv, NULL, META_GENESIS, &value, err))
        return false;
    *found = value.size == HASH_SIZE;
    if (*found)
        memcpy(have.byte, value.at, HASH_SIZE);
    row_free(kv, value);
    return !*found || meta_check_genesis(&have, genesis, err);
}

/* Rows without a schema are no store of ours. */
static bool nothing_look(struct kv *kv, struct error *err)
{
    struct kv_iterator *iterator = kv->ops->iterator_new(kv, NULL);
    bool ok;

    kv->ops->iterator_last(iterator);
    ok = kv->ops->iterator_check(iterator, err);
    if (ok && kv->ops->iterator_valid(iterator))
        ok = error_set(err, ERROR_STORE_DAMAGED, "rows are there, but the schema's is missing");
    kv->ops->iterator_free(iterator);
    return ok;
}

bool meta_look(struct kv *kv, const struct genesis *genesis, enum meta_state *state,
               struct error *err)
{
    struct bytes mark;
    bool found;

    if (!schema_look(kv, &found, err))
        return false;
    *state = META_EMPTY;
    if (!found)
        return nothing_look(kv, err);
    if (!genesis_look(kv, genesis, &found, err))
        return false;
    if (!found)
        return error_set(err, ERROR_STORE_DAMAGED, "the row of the genesis hash is missing or cut");
    if (!meta_find(kv, NULL, META_REINDEX, &mark, err))
        return false;
    *state = mark.at ? META_REBUILDING : META_OURS;
    row_free(kv, mark);
    return true;
}

bool meta_check(struct kv *kv, const struct genesis *genesis, struct error *err)
{
    bool found;

    return schema_look(kv, &found, err) && genesis_look(kv, genesis, &found, err);
}

void meta_put(struct kv_batch *batch, const struct kv_ops *ops, const struct genesis *genesis)
{
    struct key key = key_meta(META_SCHEMA);
    uint8_t schema[4];

    be32_put(schema, STORE_SCHEMA);
    ops->batch_put(batch, key_bytes(&key), bytes_of(schema, sizeof schema));
    key = key_meta(META_GENESIS);
    ops->batch_put(batch, key_bytes(&key), bytes_of_hash(&genesis->hash));
}

void meta_put_head(struct kv_batch *batch, const struct kv_ops *ops, uint64_t height,
                   const struct hash *hash)
{
    struct key key = key_meta(META_HEAD);
    uint8_t value[HEAD_SIZE];

    be64_put(value, height);
    memcpy(value + 8, hash->byte, HASH_SIZE);
    ops->batch_put(batch, key_bytes(&key), bytes_of(value, sizeof value));
}

bool meta_head(struct kv *kv, const struct kv_snapshot *at, uint64_t *height, struct hash *hash,
               bool *found, struct error *err)
{
    struct bytes value;
    bool ok = true;

    if (!meta_find(kv, at, META_HEAD, &value, err))
        return false;
    *found = value.at != NULL;
    if (*found && value.size == HEAD_SIZE) {
        *height = be64_get(value.at);
        memcpy(hash->byte, value.at + 8, HASH_SIZE);
        ok = *height <= STORE_HEIGHT_MAX;
    } else if (*found) {
        ok = false;
    }
    row_free(kv, value);
    return ok || error_set(err, ERROR_STORE_DAMAGED, "the row of the head is no head");
}
