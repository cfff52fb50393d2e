/* What the process tests need that a script has not: signed transfers, a look into a stopped node's
 * store, damage to it, and a service manager's end of sd_notify. */
#include "chain_check.h"

#include <cairn/hex.h>
#include <cairn/kv.h>

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static bool number_of(uint64_t *out, const char *text, struct error *err)
{
    struct u256 number;

    if (!u256_parse(&number, text, strlen(text)) || !u256_fits_u64(&number))
        return error_set(err, ERROR_USAGE, "\"%s\" is no number", text);
    *out = u256_to_u64(&number);
    return true;
}

static bool wei_of(struct u256 *out, const char *text, struct error *err)
{
    return u256_parse(out, text, strlen(text)) ||
           error_set(err, ERROR_USAGE, "\"%s\" is no amount in wei", text);
}

static bool genesis_of(struct genesis *genesis, const char *name, struct error *err)
{
    return strcmp(name, "dev") == 0
               ? genesis_parse(genesis, genesis_dev_text(), "genesis/dev.json", err)
               : genesis_load(genesis, name, err);
}

/* ---- sign KEYHEX CHAINID NONCE_FIRST COUNT TO VALUE FEECAP TIP [TYPE] ---- */

static bool sign_one(struct buffer *out, const struct tx *fields, const struct secret *secret,
                     struct error *err)
{
    struct buffer encoding = {0};
    struct tx *tx = NULL;
    char hash[HEX_HASH_TEXT];
    bool ok = tx_sign(&encoding, fields, secret, err);

    if (ok)
        tx = tx_decode(buffer_bytes(&encoding), err);
    if (tx) {
        hex_put_data(out, tx->encoding);
        buffer_printf(out, " %s\n", hex_format_hash(hash, &tx->hash));
    }
    tx_drop(tx);
    buffer_release(&encoding);
    return tx != NULL;
}

static bool sign(char **argument, int count, struct error *err)
{
    struct tx fields = {.type = TX_FEE_MARKET, .has_to = true, .protected = true};
    struct secret secret;
    struct buffer out = {0};
    uint64_t transfers, type = TX_FEE_MARKET;
    bool ok;

    if (!hex_parse_fixed(secret.byte, sizeof secret.byte, bytes_of_text(argument[0]), err) ||
        !number_of(&fields.chain_id, argument[1], err) ||
        !number_of(&fields.nonce, argument[2], err) || !number_of(&transfers, argument[3], err) ||
        !hex_parse_address(&fields.to, bytes_of_text(argument[4]), err) ||
        !wei_of(&fields.value, argument[5], err) ||
        !wei_of(&fields.fee_max_per_gas, argument[6], err) ||
        !wei_of(&fields.tip_max_per_gas, argument[7], err) ||
        (count > 8 && !number_of(&type, argument[8], err)))
        return false;
    if (type >= TX_TYPE_COUNT)
        return error_set(err, ERROR_USAGE, "no transaction type %" PRIu64, type);
    fields.type = (enum tx_type)type;
    if (fields.type != TX_FEE_MARKET)
        fields.tip_max_per_gas = fields.fee_max_per_gas;
    fields.gas_limit = TX_GAS;
    ok = true;
    for (uint64_t i = 0; i < transfers && ok; i++, fields.nonce++)
        ok = sign_one(&out, &fields, &secret, err);
    if (ok)
        fwrite(out.at, 1, out.size, stdout);
    buffer_release(&out);
    return ok;
}

/* ---- verify DIR dev|GENESISFILE ---- */

static bool verify(char **argument, int count, struct error *err)
{
    struct genesis genesis;
    uint64_t height, accounts;
    bool ok;

    (void)count;
    if (!genesis_of(&genesis, argument[1], err))
        return false;
    ok = chain_verify(argument[0], &genesis, &height, &accounts, err);
    if (ok)
        printf("height %" PRIu64 " accounts %" PRIu64 " ok\n", height, accounts);
    genesis_release(&genesis);
    return ok;
}

/* ---- damage, through the key-value port ---- */

static struct kv *chain_open(const char *directory, struct error *err)
{
    struct kv_leveldb_options options = {.cache_bytes = 8 << 20, .write_buffer_bytes = 8 << 20};
    struct buffer path = {0};
    struct kv *kv;

    buffer_printf(&path, "%s/chain", directory);
    kv = kv_leveldb_open(buffer_text(&path), &options, err);
    buffer_release(&path);
    return kv;
}

/* set-schema DIR N: the row, as a newer cairn would have written it. */
static bool set_schema(char **argument, int count, struct error *err)
{
    struct kv *kv = NULL;
    struct kv_batch *batch;
    uint8_t row[4];
    uint64_t schema;
    bool ok;

    (void)count;
    if (!number_of(&schema, argument[1], err))
        return false;
    kv = chain_open(argument[0], err);
    if (!kv)
        return false;
    be32_put(row, (uint32_t)schema);
    batch = kv->ops->batch_new(kv);
    kv->ops->batch_put(batch, bytes_of_text("Sschema"), bytes_of(row, sizeof row));
    ok = kv->ops->write(kv, batch, true, err);
    kv->ops->batch_free(batch);
    kv_close(kv);
    return ok;
}

/* drop DIR LETTERS: all rows of these key spaces (doc/store.md). */
static bool drop(char **argument, int count, struct error *err)
{
    struct kv *kv = chain_open(argument[0], err);
    struct kv_iterator *iterator;
    struct kv_batch *batch;
    size_t dropped = 0;
    bool ok;

    (void)count;
    if (!kv)
        return false;
    batch = kv->ops->batch_new(kv);
    iterator = kv->ops->iterator_new(kv, NULL);
    for (kv->ops->iterator_seek(iterator, bytes_of("", 0)); kv->ops->iterator_valid(iterator);
         kv->ops->iterator_next(iterator)) {
        struct bytes key = kv->ops->iterator_key(iterator);

        if (strchr(argument[1], key.at[0])) {
            kv->ops->batch_delete(batch, key);
            dropped++;
        }
    }
    ok = kv->ops->iterator_check(iterator, err);
    kv->ops->iterator_free(iterator);
    ok = ok && kv->ops->write(kv, batch, true, err);
    kv->ops->batch_free(batch);
    kv_close(kv);
    if (ok)
        printf("%zu rows dropped\n", dropped);
    return ok;
}

/* ---- notify-listen PATH: prints "listening", then each datagram as a line, until killed ---- */

static bool notify_listen(char **argument, int count, struct error *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int listener = socket(AF_UNIX, SOCK_DGRAM, 0);
    char datagram[4096];
    ssize_t size;

    (void)count;
    if (strlen(argument[0]) >= sizeof address.sun_path)
        return error_set(err, ERROR_USAGE, "the socket's path is too long");
    memcpy(address.sun_path, argument[0], strlen(argument[0]));
    if (argument[0][0] == '@')
        address.sun_path[0] = 0; /* the abstract name space */
    if (listener < 0 ||
        bind(listener, (const struct sockaddr *)&address,
             (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(argument[0]))) != 0)
        return error_system(err, errno, "listening at %s", argument[0]);
    printf("listening\n");
    fflush(stdout);
    while ((size = recv(listener, datagram, sizeof datagram, 0)) >= 0) {
        printf("%.*s\n", (int)size, datagram);
        fflush(stdout);
    }
    return error_system(err, errno, "receiving at %s", argument[0]);
}

static const struct {
    const char *name, *arguments;
    int least, most;
    bool (*run)(char **argument, int count, struct error *err);
} commands[] = {
    {"sign", "KEYHEX CHAINID NONCE_FIRST COUNT TO VALUE FEECAP TIP [TYPE]", 8, 9, sign},
    {"verify", "DIR dev|GENESISFILE", 2, 2, verify},
    {"set-schema", "DIR N", 2, 2, set_schema},
    {"drop", "DIR LETTERS", 2, 2, drop},
    {"notify-listen", "PATH", 1, 1, notify_listen},
};

int main(int argc, char **argv)
{
    struct error err = {0};

    for (size_t i = 0; i < COUNT(commands); i++) {
        if (argc < 2 || strcmp(argv[1], commands[i].name) != 0)
            continue;
        if (argc - 2 < commands[i].least || argc - 2 > commands[i].most)
            break;
        if (commands[i].run(argv + 2, argc - 2, &err))
            return 0;
        fprintf(stderr, "chain_check: %s\n", err.text);
        return 1;
    }
    for (size_t i = 0; i < COUNT(commands); i++)
        fprintf(stderr, "chain_check %s %s\n", commands[i].name, commands[i].arguments);
    return 2;
}
