#include "journal.h"

#include "local.h"

#include <inttypes.h>

/* The transaction of one row; its sender is what this node recovered when it was admitted. */
static struct tx *journal_tx(struct bytes key, struct bytes value, struct error *err)
{
    struct error fault = {0};
    struct address sender;
    struct bytes inside;
    struct tx *tx;

    if (!row_open(&inside, key, value, err))
        return NULL;
    if (inside.size < ADDRESS_SIZE) {
        error_set(err, ERROR_STORE_DAMAGED, "a row of %zu bytes", value.size);
        return NULL;
    }
    memcpy(sender.byte, inside.at, ADDRESS_SIZE);
    tx = tx_decode(bytes_from(inside, ADDRESS_SIZE), &fault);
    if (!tx) {
        error_set(err, ERROR_STORE_DAMAGED, "%s", fault.text);
        return NULL;
    }
    tx_set_sender(tx, &sender);
    return tx;
}

bool journal_row_is_damaged(struct bytes key, struct bytes value)
{
    struct error err = {0};
    struct tx *tx = journal_tx(key, value, &err);
    uint64_t sequence;
    bool damaged = !tx || !key_journal_parse(key, &sequence);

    tx_drop(tx);
    return damaged;
}

bool store_journal_scan(struct store *store,
                        bool (*each)(void *context, uint64_t sequence, struct tx *tx),
                        void *context, struct error *err)
{
    struct kv *kv = store->kv;
    struct kv_iterator *iterator = kv->ops->iterator_new(kv, NULL);
    struct key space = key_space(KEY_JOURNAL);
    bool ok = true, more = true;

    for (kv->ops->iterator_seek(iterator, key_bytes(&space));
         more && kv->ops->iterator_valid(iterator) &&
         key_begins(kv->ops->iterator_key(iterator), &space);
         kv->ops->iterator_next(iterator)) {
        struct bytes key = kv->ops->iterator_key(iterator);
        uint64_t sequence;
        struct tx *tx;

        if (!key_journal_parse(key, &sequence)) {
            ok = error_set(err, ERROR_STORE_DAMAGED, "a key of %zu bytes", key.size);
            break;
        }
        tx = journal_tx(key, kv->ops->iterator_value(iterator), err);
        if (!tx) {
            ok = error_wrap(err, "transaction %" PRIu64, sequence);
            break;
        }
        more = each(context, sequence, tx);
    }
    ok = ok && kv->ops->iterator_check(iterator, err);
    kv->ops->iterator_free(iterator);
    return ok || store_fail(err, "mempool journal");
}
