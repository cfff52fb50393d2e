#include <cairn/hex.h>
#include <cairn/json.h>
#include <cairn/keccak.h>
#include <cairn/keyfile.h>

#include <inttypes.h>
#include <openssl/crypto.h>

enum {
    KEYFILE_VERSION = 3,
    KEYFILE_DEPTH_MAX = 8,  /* ours have 3; wallets add members of their own */
    KEYFILE_SALT_MAX = 256, /* bytes; real files have 16 or 32 */
    KEYFILE_KEY_SIZE = 32,  /* half for the cipher, half for the MAC */
    KEYFILE_SCRYPT_R = 8,
    KEYFILE_SCRYPT_P = 1,
};

enum keyfile_kdf { KDF_SCRYPT, KDF_PBKDF2 };

/* What a file says, its syntax checked; the KDFs check their own parameters. */
struct keyfile {
    enum keyfile_kdf kdf;
    uint64_t n; /* scrypt */
    uint32_t r;
    uint32_t p;
    uint32_t rounds; /* PBKDF2 */
    uint8_t salt[KEYFILE_SALT_MAX];
    size_t salt_size;
    uint8_t iv[16];
    uint8_t ciphertext[32];
    struct hash mac;
};

/* --- Reading: each member is asked for by its name, which the error tells. --- */

static bool read_member(const json_t **out, const json_t *object, const char *name, json_type type,
                        struct error *err)
{
    static const char *const type_name[] = {
        [JSON_OBJECT] = "an object",
        [JSON_STRING] = "a string",
        [JSON_INTEGER] = "a whole number",
    };

    *out = json_object_get(object, name);
    if (!*out)
        return error_set(err, ERROR_KEYFILE, "member \"%s\" is missing", name);
    if (json_typeof(*out) != type)
        return error_set(err, ERROR_KEYFILE, "member \"%s\" is not %s", name, type_name[type]);
    return true;
}

static bool read_text(struct bytes *out, const json_t *object, const char *name, struct error *err)
{
    const json_t *text;

    if (!read_member(&text, object, name, JSON_STRING, err))
        return false;
    *out = bytes_of(json_string_value(text), json_string_length(text));
    return true;
}

static bool read_hex(uint8_t *out, size_t size, const json_t *object, const char *name,
                     struct error *err)
{
    struct bytes text;

    if (!read_text(&text, object, name, err))
        return false;
    if (!hex_parse_plain(out, size, text, err)) {
        err->code = ERROR_KEYFILE;
        return error_wrap(err, "member \"%s\"", name);
    }
    return true;
}

/* A member that must have one value: of the variants that exist we know one. */
static bool read_word(const json_t *object, const char *name, const char *want, struct error *err)
{
    struct bytes text;

    if (!read_text(&text, object, name, err))
        return false;
    if (!bytes_equal(text, bytes_of_text(want)))
        return error_set(err, ERROR_KEYFILE, "member \"%s\" is \"%.40s\", only \"%s\" is known",
                         name, (const char *)text.at, want);
    return true;
}

static bool read_number(uint64_t *out, const json_t *object, const char *name, uint64_t max,
                        struct error *err)
{
    const json_t *number;
    json_int_t value;

    if (!read_member(&number, object, name, JSON_INTEGER, err))
        return false;
    value = json_integer_value(number);
    if (value < 0)
        return error_set(err, ERROR_KEYFILE, "member \"%s\" is negative", name);
    if ((uint64_t)value > max)
        return error_set(err, ERROR_LIMIT, "member \"%s\" is over %" PRIu64, name, max);
    *out = (uint64_t)value;
    return true;
}

static bool read_u32(uint32_t *out, const json_t *object, const char *name, struct error *err)
{
    uint64_t value = 0;

    if (!read_number(&value, object, name, UINT32_MAX, err))
        return false;
    *out = (uint32_t)value;
    return true;
}

static bool read_salt(struct keyfile *file, const json_t *parameters, struct error *err)
{
    struct bytes text;

    if (!read_text(&text, parameters, "salt", err))
        return false;
    if (text.size == 0)
        return error_set(err, ERROR_KEYFILE, "member \"salt\" is empty");
    if (text.size / 2 > sizeof file->salt)
        return error_set(err, ERROR_LIMIT, "member \"salt\" is over %zu bytes", sizeof file->salt);
    file->salt_size = text.size / 2;
    return read_hex(file->salt, file->salt_size, parameters, "salt", err);
}

static bool read_kdf(struct keyfile *file, const json_t *section, struct error *err)
{
    const json_t *parameters;
    struct bytes name;
    uint32_t size;

    if (!read_text(&name, section, "kdf", err) ||
        !read_member(&parameters, section, "kdfparams", JSON_OBJECT, err) ||
        !read_salt(file, parameters, err) || !read_u32(&size, parameters, "dklen", err))
        return false;
    if (size < KEYFILE_KEY_SIZE)
        return error_set(err, ERROR_KEYFILE, "member \"dklen\" is %" PRIu32 ", less than %d", size,
                         KEYFILE_KEY_SIZE);
    if (bytes_equal(name, bytes_of_text("scrypt"))) {
        file->kdf = KDF_SCRYPT;
        return read_number(&file->n, parameters, "n", UINT64_MAX, err) &&
               read_u32(&file->r, parameters, "r", err) && read_u32(&file->p, parameters, "p", err);
    }
    if (bytes_equal(name, bytes_of_text("pbkdf2"))) {
        file->kdf = KDF_PBKDF2;
        return read_word(parameters, "prf", "hmac-sha256", err) &&
               read_u32(&file->rounds, parameters, "c", err);
    }
    return error_set(err, ERROR_KEYFILE,
                     "member \"kdf\" is \"%.40s\", only \"scrypt\" and \"pbkdf2\" are known",
                     (const char *)name.at);
}

/* "crypto"; early files of geth and ethers write "Crypto". */
static bool read_section(const json_t **out, const json_t *root, struct error *err)
{
    bool old = json_object_get(root, "Crypto") != NULL;

    if (old && json_object_get(root, "crypto"))
        return error_set(err, ERROR_KEYFILE, "both \"crypto\" and \"Crypto\" are there");
    return read_member(out, root, old ? "Crypto" : "crypto", JSON_OBJECT, err);
}

static bool read_keyfile(struct keyfile *file, const json_t *root, struct error *err)
{
    const json_t *section;
    const json_t *cipher;

    return read_section(&section, root, err) && read_kdf(file, section, err) &&
           read_word(section, "cipher", "aes-128-ctr", err) &&
           read_member(&cipher, section, "cipherparams", JSON_OBJECT, err) &&
           read_hex(file->iv, sizeof file->iv, cipher, "iv", err) &&
           read_hex(file->ciphertext, sizeof file->ciphertext, section, "ciphertext", err) &&
           read_hex(file->mac.byte, sizeof file->mac.byte, section, "mac", err);
}

/* The address that a file names, with 0x or (as geth writes it) without. */
static bool read_address(struct address *out, const json_t *root, struct error *err)
{
    struct bytes text;

    if (!read_text(&text, root, "address", err))
        return false;
    if (text.size > 2 && text.at[0] == '0' && text.at[1] == 'x')
        text = bytes_from(text, 2);
    if (!hex_parse_plain(out->byte, sizeof out->byte, text, err)) {
        err->code = ERROR_KEYFILE;
        return error_wrap(err, "member \"address\"");
    }
    return true;
}

/* Gives *out: an object of our version. */
static bool read_root(json_t **out, struct bytes json, struct error *err)
{
    json_t *root = NULL;
    uint64_t version;

    if (json.size > KEYFILE_SIZE_MAX)
        return error_set(err, ERROR_LIMIT, "a key file has at most %d bytes", KEYFILE_SIZE_MAX);
    if (!json_parse(&root, json, KEYFILE_DEPTH_MAX, err)) {
        err->code = ERROR_KEYFILE;
        return false;
    }
    if (!json_is_object(root)) {
        error_set(err, ERROR_KEYFILE, "not a JSON object");
        goto refuse;
    }
    if (!read_number(&version, root, "version", UINT64_MAX, err))
        goto refuse;
    if (version != KEYFILE_VERSION) {
        error_set(err, ERROR_KEYFILE, "version is %" PRIu64 ", only %d is known", version,
                  KEYFILE_VERSION);
        goto refuse;
    }
    *out = root;
    return true;
refuse:
    json_decref(root);
    return false;
}

/* --- The cryptography. --- */

/* Only the first 32 bytes are ever used, and in both KDFs they do not depend on dklen. */
static bool derive_key(uint8_t key[KEYFILE_KEY_SIZE], const struct keyfile *file,
                       struct bytes password, struct error *err)
{
    struct bytes salt = bytes_of(file->salt, file->salt_size);

    switch (file->kdf) {
    case KDF_SCRYPT:
        return kdf_scrypt(key, KEYFILE_KEY_SIZE, password, salt, file->n, file->r, file->p, err);
    case KDF_PBKDF2:
        return kdf_pbkdf2_sha256(key, KEYFILE_KEY_SIZE, password, salt, file->rounds, err);
    }
    assert(false); /* read_kdf knows no other */
    return false;
}

/* keccak256(second half of the derived key ‖ ciphertext). */
static void mac_of(struct hash *out, const uint8_t key[KEYFILE_KEY_SIZE],
                   const uint8_t ciphertext[32])
{
    struct keccak k;

    keccak_init(&k);
    keccak_update(&k, bytes_of(key + KEYFILE_KEY_SIZE / 2, KEYFILE_KEY_SIZE / 2));
    keccak_update(&k, bytes_of(ciphertext, 32));
    keccak_final(&k, out);
    mem_wipe(&k, sizeof k);
}

static bool open_secret(struct secret *out, const struct keyfile *file, struct bytes password,
                        struct error *err)
{
    uint8_t key[KEYFILE_KEY_SIZE];
    struct hash mac;
    bool ok = false;

    if (!derive_key(key, file, password, err))
        goto out;
    mac_of(&mac, key, file->ciphertext);
    if (CRYPTO_memcmp(mac.byte, file->mac.byte, sizeof mac.byte) != 0) {
        error_set(err, ERROR_PASSWORD, "wrong password, or the file is damaged (the MAC differs)");
        goto out;
    }
    ok = aes128_ctr(out->byte, bytes_of(file->ciphertext, sizeof file->ciphertext), key, file->iv,
                    err);
out:
    mem_wipe(key, sizeof key);
    return ok;
}

static bool check_secret(const struct secret *secret, const json_t *root, struct error *err)
{
    struct address named;
    struct address own;
    char text[ADDRESS_TEXT];

    if (!secret_address(&own, secret))
        return error_set(err, ERROR_KEYFILE, "holds a number that is no secret key of secp256k1");
    if (!json_object_get(root, "address"))
        return true;
    if (!read_address(&named, root, err))
        return false;
    if (!address_equal(&named, &own))
        return error_set(err, ERROR_KEYFILE, "names another address than its key's, %s",
                         address_format(text, &own));
    return true;
}

bool keyfile_decode(struct secret *out, struct bytes json, struct bytes password, struct error *err)
{
    json_t *root = NULL;
    struct keyfile file;
    bool ok = false;

    if (!read_root(&root, json, err))
        return false;
    ok = read_keyfile(&file, root, err) && open_secret(out, &file, password, err) &&
         check_secret(out, root, err);
    if (!ok)
        mem_wipe(out, sizeof *out);
    json_decref(root);
    return ok;
}

bool keyfile_address(struct address *out, struct bytes json, struct error *err)
{
    json_t *root = NULL;
    bool ok = false;

    if (!read_root(&root, json, err))
        return false;
    ok = read_address(out, root, err);
    json_decref(root);
    return ok;
}

/* --- Writing, the members in geth's order. --- */

static void put_hex(struct buffer *out, const char *before, struct bytes data)
{
    buffer_put_text(out, before);
    hex_put_plain(out, data);
}

/* RFC 9562: a random UUID has its version, 4, and its variant, binary 10, written over. */
static void put_uuid(struct buffer *out, const uint8_t random[16])
{
    uint8_t uuid[16];

    memcpy(uuid, random, sizeof uuid);
    uuid[6] = (uint8_t)((uuid[6] & 0x0f) | 0x40);
    uuid[8] = (uint8_t)((uuid[8] & 0x3f) | 0x80);
    put_hex(out, "", bytes_of(uuid, 4));
    put_hex(out, "-", bytes_of(uuid + 4, 2));
    put_hex(out, "-", bytes_of(uuid + 6, 2));
    put_hex(out, "-", bytes_of(uuid + 8, 2));
    put_hex(out, "-", bytes_of(uuid + 10, 6));
}

bool keyfile_encode(struct buffer *out, const struct secret *secret, struct bytes password,
                    uint64_t n, const struct keyfile_random *random, struct error *err)
{
    uint8_t key[KEYFILE_KEY_SIZE];
    uint8_t ciphertext[32];
    struct address address;
    struct hash mac;
    bool ok = false;

    if (!secret_address(&address, secret))
        return error_set(err, ERROR_KEY, "not a secret key of secp256k1");
    if (!kdf_scrypt(key, sizeof key, password, bytes_of(random->salt, sizeof random->salt), n,
                    KEYFILE_SCRYPT_R, KEYFILE_SCRYPT_P, err) ||
        !aes128_ctr(ciphertext, bytes_of(secret->byte, sizeof secret->byte), key, random->iv, err))
        goto out;
    mac_of(&mac, key, ciphertext);
    put_hex(out, "{\"address\":\"", bytes_of_address(&address));
    put_hex(out, "\",\"crypto\":{\"cipher\":\"aes-128-ctr\",\"ciphertext\":\"",
            bytes_of(ciphertext, sizeof ciphertext));
    put_hex(out, "\",\"cipherparams\":{\"iv\":\"", bytes_of(random->iv, sizeof random->iv));
    buffer_printf(out,
                  "\"},\"kdf\":\"scrypt\",\"kdfparams\":{\"dklen\":%d,\"n\":%" PRIu64
                  ",\"p\":%d,\"r\":%d,\"salt\":\"",
                  KEYFILE_KEY_SIZE, n, KEYFILE_SCRYPT_P, KEYFILE_SCRYPT_R);
    hex_put_plain(out, bytes_of(random->salt, sizeof random->salt));
    put_hex(out, "\"},\"mac\":\"", bytes_of_hash(&mac));
    buffer_put_text(out, "\"},\"id\":\"");
    put_uuid(out, random->uuid);
    buffer_printf(out, "\",\"version\":%d}", KEYFILE_VERSION);
    ok = true;
out:
    mem_wipe(key, sizeof key);
    return ok;
}
