/* One file of vectors being checked: what its cases say against what the library gives. A case
 * passes when something was compared and all of it was equal; a case that lacks a field, or of
 * which nothing was compared, fails. What cannot be checked is left out, with the reason counted.
 */
#ifndef CAIRN_TEST_CHECKS_H
#define CAIRN_TEST_CHECKS_H
#include <cairn/error.h>
#include <cairn/json.h>
#include <cairn/u256.h>

/* A reason, and how many cases it holds for. */
struct tally {
    char *text;
    size_t count;
};

struct tallies {
    struct tally *item;
    size_t count, room;
};

struct checks {
    const char *directory; /* for a file that leans on another */
    void *context;         /* what the reader keeps for its cases */
    size_t passed, failed, left_out;
    struct tallies left;  /* reasons of those left out */
    struct tallies notes; /* what was not compared in cases that passed */
    struct buffer report; /* "# …" lines of what failed */
    /* The present case: */
    char name[160];
    size_t compared;
    bool failing, leaving;
    struct tallies case_notes;
};

void checks_release(struct checks *c);

/* Runs `check` on each member of the array root[key]; that it is absent or empty fails the file. Of
 * members without `name` the place stands in messages. */
typedef void case_check(struct checks *c, json_t *json);
void checks_each(struct checks *c, json_t *root, const char *key, case_check *check);
/* One case that is no member of an array. */
void checks_one(struct checks *c, const char *name, json_t *json, case_check *check);
/* All members of root[key] are left out unread. */
void checks_leave(struct checks *c, json_t *root, const char *key, const char *reason);

/* The present case. */
void check_fail(struct checks *c, const char *format, ...) PRINTF_LIKE(2, 3);
void check_leave_out(struct checks *c, const char *format, ...) PRINTF_LIKE(2, 3);
void check_note(struct checks *c, const char *format, ...) PRINTF_LIKE(2, 3);
void check_true(struct checks *c, bool fact, const char *format, ...) PRINTF_LIKE(3, 4);
/* Counts as compared; false, with a line that says what was wanted, where they differ. */
bool check_bytes(struct checks *c, const char *what, struct bytes have, struct bytes want);
bool check_text(struct checks *c, const char *what, const char *have, const char *want);
bool check_u64(struct checks *c, const char *what, uint64_t have, uint64_t want);
bool check_u256(struct checks *c, const char *what, const struct u256 *have,
                const struct u256 *want);

/* The same against the case's own field. */
bool check_data_at(struct checks *c, json_t *json, const char *key, struct bytes have);
bool check_hash_at(struct checks *c, json_t *json, const char *key, const struct hash *have);
bool check_address_at(struct checks *c, json_t *json, const char *key, const struct address *have);
bool check_u64_at(struct checks *c, json_t *json, const char *key, uint64_t have);
bool check_u256_at(struct checks *c, json_t *json, const char *key, const struct u256 *have);

/* Fields of a case. False: it is missing or not of that form, and the case has failed. */
bool get_data(struct checks *c, json_t *json, const char *key, struct buffer *out) MUST_CHECK;
bool get_fixed(struct checks *c, json_t *json, const char *key, void *out, size_t size) MUST_CHECK;
bool get_u64(struct checks *c, json_t *json, const char *key, uint64_t *out) MUST_CHECK;
bool get_u256(struct checks *c, json_t *json, const char *key, struct u256 *out) MUST_CHECK;
bool get_integer(struct checks *c, json_t *json, const char *key,
                 uint64_t *out) MUST_CHECK; /* a JSON number, not below 0 */
bool get_bool(struct checks *c, json_t *json, const char *key, bool *out) MUST_CHECK;
bool get_text(struct checks *c, json_t *json, const char *key, const char **out) MUST_CHECK;
bool get_array(struct checks *c, json_t *json, const char *key, json_t **out) MUST_CHECK;
bool get_object(struct checks *c, json_t *json, const char *key, json_t **out) MUST_CHECK;
/* The value itself as data: a member of an array. */
bool data_of(struct checks *c, json_t *value, const char *what, struct buffer *out) MUST_CHECK;
bool has(json_t *json, const char *key); /* there, and not null */

/* Readers, by theme: each takes the whole file. */
typedef void file_check(struct checks *c, json_t *root);
file_check check_rlp, check_rlp_invalid, check_hex_prefix, check_block_headers; /* encoding.c */
file_check check_trie, check_state_root, check_state_root_plain, check_tx_root; /* tries.c */
file_check check_base_fee, check_state_transition;                              /* blocks.c */
file_check check_tx_conformance, check_tx_signing, check_tx_admission;          /* transactions.c */
file_check check_addresses, check_pubkey_parse;                                 /* curve.c */
file_check check_ecdsa_sign, check_ecdsa_verify, check_ecdsa_recover;           /* curve.c */
file_check check_keystore, check_kdf, check_aes128_ctr;                         /* keyfiles.c */
file_check check_keccak256, check_hashes;                                       /* hashes.c */
file_check check_openrpc, check_rpc_examples;                                   /* rpc.c */

#endif
