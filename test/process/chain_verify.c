/* A stopped node's chain, block by block: the rows against each other and against the model. */
#include "chain_check.h"
#include "test/model/ledger_model.h"

#include <cairn/file.h>
#include <cairn/keccak.h>
#include <cairn/record.h>
#include <cairn/store.h>

#include <inttypes.h>

struct verify {
    const struct genesis *genesis;
    struct store_snapshot *at;
    struct model model;
    struct header parent;
    struct hash parent_hash;
};

static bool wrong(struct error *err, const char *what)
{
    return error_set(err, ERROR_BLOCK, "%s", what);
}

static struct model_number number_of(const struct u256 *value)
{
    uint8_t byte[32];

    u256_put_be(byte, value);
    return model_number_get(byte, sizeof byte);
}

static bool number_is(const struct model_number *number, const struct u256 *value)
{
    struct model_number other = number_of(value);

    return model_number_equal(number, &other);
}

/* The account as readers get it at the end of block `height`, beside the model's. */
static bool account_check(struct verify *verify, const struct address *address, uint64_t height,
                          struct error *err)
{
    static const struct model_account absent;
    const struct model_account *want = model_find(&verify->model, address->byte);
    struct account have;

    if (!store_account(verify->at, address, height, &have, err))
        return false;
    if (!want)
        want = &absent;
    return (have.nonce == want->nonce && number_is(&want->balance, &have.balance)) ||
           wrong(err, "an account's history is not what the model has");
}

static struct model_transfer transfer_of(const struct tx *tx)
{
    struct model_transfer transfer = {
        .nonce = tx->nonce,
        .gas_limit = tx->gas_limit,
        .fee_max = number_of(&tx->fee_max_per_gas),
        .tip_max = number_of(&tx->tip_max_per_gas),
        .value = number_of(&tx->value),
        .list_addresses = tx->access_addresses,
        .list_keys = tx->access_keys,
    };

    memcpy(transfer.sender, tx->sender.byte, ADDRESS_SIZE);
    memcpy(transfer.recipient, tx->to.byte, ADDRESS_SIZE);
    for (size_t i = 0; i < tx->memo.size; i++)
        tx->memo.at[i] == 0 ? transfer.zero_bytes++ : transfer.other_bytes++;
    return transfer;
}

/* The row says who sent it; the signature is asked again. */
static bool sender_check(const struct tx *tx, struct error *err)
{
    struct tx *again = tx_decode(tx->encoding, err);
    bool ok = again && tx_recover(again, err);

    if (ok && (!address_equal(&again->sender, &tx->sender) || !hash_equal(&again->hash, &tx->hash)))
        ok = wrong(err, "its sender is not who signed it");
    tx_drop(again);
    return ok;
}

static bool place_check(struct verify *verify, const struct block *block, uint32_t position,
                        uint64_t gas_cumulative, struct error *err)
{
    const struct tx *tx = block->tx[position];
    struct store_tx by_hash = {0}, by_place = {0};
    bool ok = store_tx_by_hash(verify->at, &tx->hash, &by_hash, err) &&
              store_tx_by_place(verify->at, block->header.height, position, &by_place, err);

    if (ok && (!by_hash.tx || !by_place.tx))
        ok = wrong(err, "it is not found by its hash or place");
    else if (ok && (by_hash.height != block->header.height || by_hash.position != position ||
                    by_hash.gas_cumulative != gas_cumulative ||
                    !hash_equal(&by_hash.block_hash, &block->hash) ||
                    !hash_equal(&by_place.tx->hash, &tx->hash)))
        ok = wrong(err, "its receipt tells another place");
    tx_drop(by_hash.tx);
    tx_drop(by_place.tx);
    return ok;
}

static bool body_check(struct verify *verify, const struct block *block, struct error *err)
{
    uint64_t gas_cumulative = 0;

    model_block_begin(&verify->model, block->header.proposer.byte);
    for (uint32_t i = 0; i < block->tx_count; i++) {
        struct model_transfer transfer = transfer_of(block->tx[i]);

        gas_cumulative += block->tx[i]->gas_intrinsic;
        if (!sender_check(block->tx[i], err) ||
            !place_check(verify, block, i, gas_cumulative, err) ||
            (!model_transfer(&verify->model, &transfer) &&
             !wrong(err, "the model refuses it in this place")))
            return error_wrap(err, "transaction %" PRIu32, i);
    }
    if (verify->model.gas_used != block->header.gas_used ||
        !number_is(&verify->model.base_fee, &block->header.base_fee_per_gas))
        return wrong(err, "gas used or base fee is not the model's");
    model_block_end(&verify->model);
    if (!number_is(&verify->model.burned, &block->header.burned) ||
        !model_supply_holds(&verify->model))
        return wrong(err, "balances and what was burned do not make the supply");
    for (size_t i = 0; i < block->tx_count; i++)
        if (!account_check(verify, &block->tx[i]->sender, block->header.height, err) ||
            !account_check(verify, &block->tx[i]->to, block->header.height, err))
            return error_wrap(err, "transaction %zu", i);
    return account_check(verify, &block->header.proposer, block->header.height, err);
}

static bool roots_check(struct verify *verify, const struct block *block, struct error *err)
{
    struct hash root, kept;
    bool found;

    transactions_root(&root, block->tx, block->tx_count);
    if (!hash_equal(&root, &block->header.transactions_root))
        return wrong(err, "the transactions root is another");
    receipts_root(&root, block->tx, block->tx_count);
    if (!store_receipts_root(verify->at, block->header.height, &kept, &found, err))
        return false;
    return (found && hash_equal(&root, &kept)) || wrong(err, "the receipts root is another");
}

static bool links_check(struct verify *verify, const struct block *block, struct error *err)
{
    const struct header *header = &block->header;
    struct hash hash;
    uint64_t height;
    bool found;

    header_hash(&hash, header);
    if (!hash_equal(&hash, &block->hash))
        return wrong(err, "its hash is not that of its header");
    if (!store_height_of_hash(verify->at, &hash, &height, &found, err))
        return false;
    if (!found || height != header->height)
        return wrong(err, "it is not found by its hash");
    if (header->height == 0)
        return hash_equal(&hash, &verify->genesis->hash) || wrong(err, "the genesis is another");
    return (hash_equal(&header->parent_hash, &verify->parent_hash) &&
            header->time_ms > verify->parent.time_ms) ||
           wrong(err, "it does not follow its parent");
}

static bool certificate_is_good(struct verify *verify, const struct block *block, struct error *err)
{
    struct certificate certificate;
    bool found;

    if (!store_certificate(verify->at, block->header.height, &certificate, &found, err))
        return false;
    if (block->header.height == 0)
        return !found || wrong(err, "the genesis has a certificate");
    if (!found || certificate.height != block->header.height ||
        !hash_equal(&certificate.block, &block->hash))
        return wrong(err, "its certificate is missing or of another block");
    return certificate_check(&certificate, SIGN_PRECOMMIT, &verify->genesis->hash,
                             &verify->genesis->council, err);
}

static bool block_check(struct verify *verify, uint64_t height, struct error *err)
{
    struct block *block;
    bool ok;

    if (!store_block(verify->at, height, &block, err))
        return false;
    ok = block || wrong(err, "it is missing");
    ok = ok && links_check(verify, block, err) && certificate_is_good(verify, block, err) &&
         roots_check(verify, block, err) && (height == 0 || body_check(verify, block, err));
    if (ok) {
        verify->parent = block->header;
        verify->parent_hash = block->hash;
    }
    block_drop(block);
    return ok || error_wrap(err, "block %" PRIu64, height);
}

/* The newest state: as many accounts as the model has, each the same, and the head's root. */
static bool state_check(struct verify *verify, struct store *store, const struct header *head,
                        uint64_t *accounts, struct error *err)
{
    struct hash root;
    struct u256 sum, supply;

    if (!store_verify_state(store, &root, &sum, accounts, err))
        return false;
    if (!hash_equal(&root, &head->state_root))
        return wrong(err, "the accounts do not give the head's state root");
    if (!u256_add(&supply, &sum, &head->burned) || !u256_equal(&supply, &verify->genesis->supply))
        return wrong(err, "the accounts and what was burned do not make the supply");
    if (*accounts != verify->model.count)
        return wrong(err, "there are not as many accounts as in the model");
    for (size_t i = 0; i < verify->model.count; i++) {
        struct address address;

        memcpy(address.byte, verify->model.account[i].address, ADDRESS_SIZE);
        if (!account_check(verify, &address, head->height, err))
            return false;
    }
    return true;
}

/* store_open would begin a chain where there is none. */
static bool chain_is_there(const char *directory, struct error *err)
{
    struct buffer path = {0};
    bool ok;

    buffer_printf(&path, "%s/STORE-cairn", directory);
    ok = file_exists(buffer_text(&path)) ||
         error_set(err, ERROR_STORE_FOREIGN, "%s: no such file", buffer_text(&path));
    buffer_release(&path);
    return ok;
}

/* Where the development chain keeps its validator's record: it never lags more than the block whose
 * write was cut off, and never leads by more than one. */
static bool record_check(const char *directory, const struct header *head, struct error *err)
{
    struct buffer path = {0}, text = {0};
    struct record record = {0};
    bool ok = true;

    buffer_printf(&path, "%s/validator.state", directory);
    if (file_exists(buffer_text(&path))) {
        ok = file_read(&text, buffer_text(&path), RECORD_BYTES_MAX, err) &&
             record_decode(&record, buffer_bytes(&text), err);
        if (ok && (record.height > head->height + 1 || record.height + 1 < head->height))
            ok = wrong(err, "the validator's record is of another height");
    }
    buffer_release(&text);
    buffer_release(&path);
    return ok;
}

static void model_begin(struct model *model, const struct genesis *genesis)
{
    model_init(model, genesis->gas_limit, number_of(&genesis->base_fee_min), genesis->fees_none,
               number_of(&genesis->header.base_fee_per_gas));
    for (size_t i = 0; i < genesis->account_count; i++)
        model_give(model, genesis->account[i].address.byte, genesis->account[i].account.nonce,
                   number_of(&genesis->account[i].account.balance));
}

bool chain_verify(const char *directory, const struct genesis *genesis, uint64_t *height,
                  uint64_t *accounts, struct error *err)
{
    struct store_options options = {.leveldb = {.cache_bytes = 64 << 20},
                                    .view_cache_accounts = STORE_VIEW_CACHE_DEFAULT};
    struct verify verify = {.genesis = genesis};
    struct store *store = NULL;
    struct header head;
    struct hash hash;
    bool ok = false;

    model_begin(&verify.model, genesis);
    if (!chain_is_there(directory, err) || !store_open(&store, directory, genesis, &options, err) ||
        !store_head(store, &head, &hash, err) || !record_check(directory, &head, err))
        goto out;
    verify.at = store_snapshot_new(store);
    for (uint64_t i = 0; i <= head.height; i++)
        if (!block_check(&verify, i, err))
            goto out;
    if (!hash_equal(&hash, &verify.parent_hash)) {
        wrong(err, "the head is not the last block");
        goto out;
    }
    *height = head.height;
    ok = state_check(&verify, store, &head, accounts, err);
out:
    store_snapshot_free(verify.at);
    store_close(store);
    model_release(&verify.model);
    return ok;
}
