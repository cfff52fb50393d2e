/* Keccak-256, in each of its ways in. */
#include "checks.h"

#include <cairn/keccak.h>

enum { LONG_BLOCK = 1 << 16 /* bytes given at a time of the very long message */ };

static struct hash streamed(struct bytes data, size_t first)
{
    struct keccak k;
    struct hash hash;

    keccak_init(&k);
    keccak_update(&k, bytes_part(data, 0, first));
    keccak_update(&k, bytes_from(data, first));
    keccak_final(&k, &hash);
    return hash;
}

static void eight_check(struct checks *c, json_t *json, struct bytes data)
{
    struct hash hash[KECCAK_LANES], *out[KECCAK_LANES];
    struct bytes in[KECCAK_LANES];

    for (size_t i = 0; i < KECCAK_LANES; i++) {
        out[i] = &hash[i];
        in[i] = data;
    }
    keccak256_eight(out, in);
    for (size_t i = 0; i < KECCAK_LANES; i++)
        check_hash_at(c, json, "keccak256", &hash[i]);
    keccak256_many(hash, in, 3);
    for (size_t i = 0; i < 3; i++)
        check_hash_at(c, json, "keccak256", &hash[i]);
}

static void keccak_case(struct checks *c, json_t *json)
{
    struct buffer data = {0};
    struct hash hash;

    if (get_data(c, json, "data", &data)) {
        struct bytes bytes = buffer_bytes(&data);

        keccak256(&hash, bytes);
        check_hash_at(c, json, "keccak256", &hash);
        for (size_t part = 0; part <= 4; part++) {
            hash = streamed(bytes, bytes.size * part / 4);
            check_hash_at(c, json, "keccak256", &hash);
        }
        eight_check(c, json, bytes);
    }
    buffer_release(&data);
}

/* SHA3-256 pads otherwise: its digest must not come out. */
static void not_sha3(struct checks *c, json_t *json)
{
    uint8_t sha3[HASH_SIZE];
    struct buffer data = {0};
    struct hash hash;

    keccak_case(c, json);
    if (get_data(c, json, "data", &data) && get_fixed(c, json, "sha3_256", sha3, sizeof sha3)) {
        keccak256(&hash, buffer_bytes(&data));
        check_true(c, memcmp(hash.byte, sha3, sizeof sha3) != 0, "it is SHA3-256");
    }
    buffer_release(&data);
}

static void extremely_long(struct checks *c, json_t *json)
{
    struct buffer block = {0};
    const char *text;
    uint64_t repeat;
    struct keccak k;
    struct hash hash;

    if (!get_text(c, json, "text", &text) || !get_integer(c, json, "repeat", &repeat))
        return;
    keccak_init(&k);
    for (; repeat > 0; repeat--) {
        buffer_put_text(&block, text);
        if (block.size < LONG_BLOCK && repeat > 1)
            continue;
        keccak_update(&k, buffer_bytes(&block));
        buffer_clear(&block);
    }
    keccak_final(&k, &hash);
    check_hash_at(c, json, "keccak256", &hash);
    buffer_release(&block);
}

void check_keccak256(struct checks *c, json_t *root)
{
    checks_each(c, root, "cases", keccak_case);
    if (has(root, "notSha3"))
        checks_one(c, "notSha3", json_object_get(root, "notSha3"), not_sha3);
    if (has(root, "extremelyLong"))
        checks_one(c, "extremelyLong", json_object_get(root, "extremelyLong"), extremely_long);
}

static void hashes_case(struct checks *c, json_t *json)
{
    static const char *const others[] = {"sha256", "sha512"};

    if (has(json, "keccak256"))
        keccak_case(c, json);
    else
        check_leave_out(c, "no Keccak-256 given");
    for (size_t i = 0; i < COUNT(others); i++)
        if (has(json, others[i]))
            check_note(c, "%s is not compared: no function of this library", others[i]);
}

void check_hashes(struct checks *c, json_t *root)
{
    checks_each(c, root, "cases", hashes_case);
}
