/* Reads every file of a directory of vectors and says, in TAP, how many cases of each passed,
 * failed and were left out, and why. The status is 1 if one failed. */
#include "checks.h"

#include <cairn/file.h>

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { FILE_BYTES_MAX = 64 * 1024 * 1024, FILE_DEPTH_MAX = 1024 };

static const struct reader {
    const char *file;
    file_check *check;
    const char *left_out; /* where `check` is NULL: why no case of it can be checked */
} readers[] = {
    {"addresses.json", check_addresses, NULL},
    {"aes128_ctr.json", check_aes128_ctr, NULL},
    {"base_fee.json", check_base_fee, NULL},
    {"bip32.json", NULL, "no derivation of keys (BIP-32)"},
    {"bip39.json", NULL, "no mnemonics (BIP-39)"},
    {"block_headers.json", check_block_headers, NULL},
    {"bolt8.json", NULL, "no peer connections yet"},
    {"chacha20poly1305.json", NULL, "no peer connections yet"},
    {"ecdh.json", NULL, "no peer connections yet"},
    {"ecdsa_recover.json", check_ecdsa_recover, NULL},
    {"ecdsa_sign.json", check_ecdsa_sign, NULL},
    {"ecdsa_verify.json", check_ecdsa_verify, NULL},
    {"hashes.json", check_hashes, NULL},
    {"hex_prefix.json", check_hex_prefix, NULL},
    {"hkdf_sha256.json", NULL, "no peer connections yet"},
    {"hmac_sha256.json", NULL, "no peer connections yet"},
    {"kdf.json", check_kdf, NULL},
    {"keccak256.json", check_keccak256, NULL},
    {"keystore.json", check_keystore, NULL},
    {"openrpc.json", check_openrpc, NULL},
    {"openrpc_extra.json", check_openrpc, NULL},
    {"proofs.json", NULL, "no proofs yet"},
    {"pubkey_parse.json", check_pubkey_parse, NULL},
    {"rlp.json", check_rlp, NULL},
    {"rlp_invalid.json", check_rlp_invalid, NULL},
    {"rpc_examples.json", check_rpc_examples, NULL},
    {"state_root.json", check_state_root, NULL},
    {"state_root_mainnet_genesis.json", check_state_root_plain, NULL},
    {"state_transition.json", check_state_transition, NULL},
    {"trie.json", check_trie, NULL},
    {"tx_admission.json", check_tx_admission, NULL},
    {"tx_conformance.json", check_tx_conformance, NULL},
    {"tx_examples.json", check_tx_signing, NULL},
    {"tx_root.json", check_tx_root, NULL},
    {"tx_signing.json", check_tx_signing, NULL},
};

static const struct reader *reader_find(const char *file)
{
    for (size_t i = 0; i < COUNT(readers); i++)
        if (strcmp(readers[i].file, file) == 0)
            return &readers[i];
    return NULL;
}

/* Arrays of a file that hold cases, where no reader tells. */
static void leave_all(struct checks *c, json_t *root, const char *reason)
{
    static const char *const keys[] = {"cases", "invalid", "primitives"};

    for (size_t i = 0; i < COUNT(keys); i++)
        if (json_is_array(json_object_get(root, keys[i])))
            checks_leave(c, root, keys[i], reason);
}

static void unreadable(struct checks *c, json_t *why)
{
    check_fail(c, "%s", json_string_value(why));
}

static json_t *file_parse(const char *path, struct error *err)
{
    struct buffer text = {0};
    json_t *root = NULL;

    if (file_read(&text, path, FILE_BYTES_MAX, err) &&
        json_parse(&root, buffer_bytes(&text), FILE_DEPTH_MAX, err) && !json_is_object(root)) {
        error_set(err, ERROR_JSON, "not a JSON object");
        json_decref(root);
        root = NULL;
    }
    buffer_release(&text);
    return root;
}

static void report(const struct checks *c, size_t number, const char *file)
{
    printf("%sok %zu - %s: %zu passed, %zu failed, %zu left out\n", c->failed ? "not " : "", number,
           file, c->passed, c->failed, c->left_out);
    if (c->report.size > 0)
        (void)fwrite(c->report.at, 1, c->report.size, stdout);
    for (size_t i = 0; i < c->left.count; i++)
        printf("# left out: %zu: %s\n", c->left.item[i].count, c->left.item[i].text);
    for (size_t i = 0; i < c->notes.count; i++)
        printf("# of those that passed, %zu: %s\n", c->notes.item[i].count, c->notes.item[i].text);
    (void)fflush(stdout);
}

/* True: no case failed. */
static bool file_check_run(const char *directory, const char *file, size_t number)
{
    const struct reader *reader = reader_find(file);
    struct checks c = {.directory = directory};
    struct buffer path = {0};
    struct error err = {0};
    json_t *root, *why;
    bool ok;

    buffer_printf(&path, "%s/%s", directory, file);
    root = file_parse(buffer_text(&path), &err);
    if (!root) {
        why = json_string(err.text);
        checks_one(&c, file, why, unreadable);
        json_decref(why);
    } else if (!reader) {
        leave_all(&c, root, "no reader for this file");
    } else if (!reader->check) {
        leave_all(&c, root, reader->left_out);
    } else {
        reader->check(&c, root);
    }
    report(&c, number, file);
    if (root && !reader && c.left_out == 0)
        printf("# left out: no reader for this file\n");
    ok = c.failed == 0;
    json_decref(root);
    checks_release(&c);
    buffer_release(&path);
    return ok;
}

static int is_vectors(const struct dirent *entry)
{
    size_t size = strlen(entry->d_name);

    return entry->d_name[0] != '.' && size > 5 && strcmp(entry->d_name + size - 5, ".json") == 0;
}

static int is_other(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && !is_vectors(entry);
}

static void names_free(struct dirent **name, int count)
{
    for (int i = 0; i < count; i++)
        free(name[i]); /* scandir's */
    free(name);
}

/* So that nothing of a directory goes unsaid. */
static void report_others(const char *directory)
{
    struct dirent **name = NULL;
    int count = scandir(directory, &name, is_other, alphasort);

    if (count > 0)
        printf("# left out: %d files that are not *.json:", count);
    for (int i = 0; i < count; i++)
        printf(" %s", name[i]->d_name);
    if (count > 0)
        printf("\n");
    names_free(name, count);
}

int main(int argument_count, char **argument)
{
    struct dirent **name = NULL;
    size_t failed = 0;
    int count;

    if (argument_count < 2) {
        (void)fprintf(stderr, "usage: check_vectors DIRECTORY [FILE.json …]\n");
        return EXIT_FAILURE;
    }
    json_open(1);
    if (argument_count > 2) {
        printf("1..%d\n", argument_count - 2);
        for (int i = 2; i < argument_count; i++)
            failed += !file_check_run(argument[1], argument[i], (size_t)i - 1);
        return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    count = scandir(argument[1], &name, is_vectors, alphasort);
    if (count <= 0) {
        printf("Bail out! no vectors in %s: %s\n", argument[1],
               count < 0 ? strerror(errno) : "it has no *.json");
        return EXIT_FAILURE;
    }
    printf("1..%d\n", count);
    for (int i = 0; i < count; i++)
        failed += !file_check_run(argument[1], name[i]->d_name, (size_t)i + 1);
    names_free(name, count);
    report_others(argument[1]);
    if (failed > 0)
        printf("# %zu of %d files failed\n", failed, count);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
