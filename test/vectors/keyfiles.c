/* Key files, the functions that stretch their passwords, their cipher. */
#include "checks.h"

#include <cairn/keyfile.h>

#include <stdlib.h>

enum { KEY_MAX = 4096, AES_BLOCK = 16 };

#define BEYOND_SCRYPT "scrypt's n beyond the bound of RFC 7914, which libcrypto refuses"

/* RFC 7914 wants n < 2^(128 r / 8). Some writers did not ask; libcrypto does. */
static bool beyond_scrypt(uint64_t n, uint64_t r)
{
    return r > 0 && r < 4 && n >= UINT64_C(1) << (128 * r / 8);
}

/* ---- kdf.json ---- */

static void pbkdf2_check(struct checks *c, json_t *json, struct bytes password, struct bytes salt,
                         uint64_t size)
{
    uint8_t key[KEY_MAX];
    const char *algorithm;
    struct error err = {0};
    uint64_t rounds;

    if (!get_text(c, json, "algorithm", &algorithm) || !get_integer(c, json, "iterations", &rounds))
        return;
    if (strcmp(algorithm, "sha256") != 0) {
        check_note(c, "PBKDF2 with %s is not compared: no function of this library", algorithm);
        return;
    }
    check_true(c,
               rounds <= UINT32_MAX &&
                   kdf_pbkdf2_sha256(key, size, password, salt, (uint32_t)rounds, &err),
               "PBKDF2: %s", err.text);
    check_data_at(c, json, "key", bytes_of(key, size));
}

static void scrypt_check(struct checks *c, json_t *json, struct bytes password, struct bytes salt,
                         uint64_t size)
{
    uint8_t key[KEY_MAX];
    struct error err = {0};
    uint64_t n, r, p;

    if (!get_integer(c, json, "N", &n) || !get_integer(c, json, "r", &r) ||
        !get_integer(c, json, "p", &p))
        return;
    if (beyond_scrypt(n, r)) {
        check_note(c, BEYOND_SCRYPT);
        return;
    }
    check_true(c,
               r <= UINT32_MAX && p <= UINT32_MAX &&
                   kdf_scrypt(key, size, password, salt, n, (uint32_t)r, (uint32_t)p, &err),
               "scrypt: %s", err.text);
    check_data_at(c, json, "key", bytes_of(key, size));
}

static void kdf_case(struct checks *c, json_t *json)
{
    struct buffer password = {0}, salt = {0};
    uint64_t size;

    if (get_data(c, json, "password", &password) && get_data(c, json, "salt", &salt) &&
        get_integer(c, json, "dkLen", &size)) {
        check_true(c, size <= KEY_MAX, "dkLen over %d", KEY_MAX);
        if (size <= KEY_MAX && has(json, "pbkdf2"))
            pbkdf2_check(c, json_object_get(json, "pbkdf2"), buffer_bytes(&password),
                         buffer_bytes(&salt), size);
        if (size <= KEY_MAX && has(json, "scrypt"))
            scrypt_check(c, json_object_get(json, "scrypt"), buffer_bytes(&password),
                         buffer_bytes(&salt), size);
    }
    buffer_release(&password);
    buffer_release(&salt);
}

void check_kdf(struct checks *c, json_t *root)
{
    checks_each(c, root, "cases", kdf_case);
}

/* ---- aes128_ctr.json ---- */

static void cipher_check(struct checks *c, json_t *json, const uint8_t key[AES_BLOCK],
                         const uint8_t iv[AES_BLOCK], const char *from, const char *to)
{
    struct buffer in = {0};
    struct error err = {0};
    uint8_t *out;

    if (get_data(c, json, from, &in)) {
        out = mem_new(in.size + 1, 1);
        check_true(c, aes128_ctr(out, buffer_bytes(&in), key, iv, &err), "%s", err.text);
        check_data_at(c, json, to, bytes_of(out, in.size));
        mem_free(out);
    }
    buffer_release(&in);
}

static void aes128_ctr_case(struct checks *c, json_t *json)
{
    uint8_t key[AES_BLOCK], iv[AES_BLOCK];

    if (!get_fixed(c, json, "key", key, sizeof key) || !get_fixed(c, json, "iv", iv, sizeof iv))
        return;
    cipher_check(c, json, key, iv, "plaintext", "ciphertext");
    cipher_check(c, json, key, iv, "ciphertext", "plaintext");
}

void check_aes128_ctr(struct checks *c, json_t *root)
{
    checks_each(c, root, "cases", aes128_ctr_case);
}

/* ---- keystore.json ---- */

/* The file's text: a case may give it whole, as text, or as the object that it is. */
static bool keyfile_text(struct checks *c, json_t *json, struct buffer *out)
{
    json_t *file = json_object_get(json, "json");
    char *text;

    if (json_is_string(file)) {
        buffer_put(out, bytes_of(json_string_value(file), json_string_length(file)));
        return true;
    }
    text = file ? json_dumps(file, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    if (text)
        buffer_put_text(out, text);
    else
        check_fail(c, "the case has no `json`");
    free(text); /* jansson's */
    return text != NULL;
}

static json_t *member_any_case(json_t *object, const char *lower, const char *upper)
{
    json_t *value = json_object_get(object, lower);

    return value ? value : json_object_get(object, upper);
}

static bool keyfile_beyond_scrypt(json_t *json)
{
    json_t *section = member_any_case(json_object_get(json, "json"), "crypto", "Crypto");
    json_t *params = json_object_get(section, "kdfparams");
    const char *kdf = json_string_value(json_object_get(section, "kdf"));
    json_int_t n = json_integer_value(json_object_get(params, "n"));
    json_int_t r = json_integer_value(json_object_get(params, "r"));

    return kdf && strcmp(kdf, "scrypt") == 0 && n > 0 && r > 0 &&
           beyond_scrypt((uint64_t)n, (uint64_t)r);
}

static void keyfile_again(struct checks *c, const struct secret *secret, struct bytes password)
{
    static const struct keyfile_random random = {{1, 2, 3}, {4, 5, 6}, {7, 8, 9}};
    struct buffer out = {0};
    struct error err = {0};
    struct secret read;

    check_true(c, keyfile_encode(&out, secret, password, KEYFILE_SCRYPT_N_LIGHT, &random, &err),
               "not written: %s", err.text);
    check_true(c, keyfile_decode(&read, buffer_bytes(&out), password, &err),
               "what was written is refused: %s", err.text);
    if (!c->failing)
        check_bytes(c, "written and read", bytes_of(read.byte, sizeof read.byte),
                    bytes_of(secret->byte, sizeof secret->byte));
    buffer_release(&out);
}

static void keyfile_check(struct checks *c, json_t *json, struct bytes text, struct bytes password)
{
    struct error err = {0};
    struct address address;
    struct secret secret;

    if (!keyfile_decode(&secret, text, password, &err)) {
        if (keyfile_beyond_scrypt(json))
            check_leave_out(c, BEYOND_SCRYPT);
        else
            check_fail(c, "refused: %s", err.text);
        return;
    }
    check_data_at(c, json, "privateKey", bytes_of(secret.byte, sizeof secret.byte));
    check_true(c, secret_address(&address, &secret), "the key is out of range");
    check_address_at(c, json, "address", &address);
    if (has(json_object_get(json, "json"), "address")) {
        check_true(c, keyfile_address(&address, text, &err), "address: %s", err.text);
        check_address_at(c, json, "address", &address);
    }
    keyfile_again(c, &secret, password);
}

static void keystore_case(struct checks *c, json_t *json)
{
    struct buffer text = {0};
    const char *password;

    if (get_text(c, json, "password", &password) && keyfile_text(c, json, &text))
        keyfile_check(c, json, buffer_bytes(&text), bytes_of_text(password));
    buffer_release(&text);
}

static void keystore_invalid(struct checks *c, json_t *json)
{
    struct buffer text = {0};
    struct error err = {0};
    struct secret secret;
    const char *password;

    if (get_text(c, json, "password", &password) && keyfile_text(c, json, &text))
        check_true(c, !keyfile_decode(&secret, buffer_bytes(&text), bytes_of_text(password), &err),
                   "taken");
    buffer_release(&text);
}

void check_keystore(struct checks *c, json_t *root)
{
    checks_each(c, root, "cases", keystore_case);
    if (has(root, "invalid"))
        checks_each(c, root, "invalid", keystore_invalid);
}
