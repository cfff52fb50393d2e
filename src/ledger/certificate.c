#include <cairn/certificate.h>
#include <cairn/keccak.h>
#include <cairn/rlp.h>

#include <inttypes.h>

static const char sign_domain[] = "cairn/consensus/1";

void sign_digest(struct hash *out, const struct hash *genesis, enum sign_type type, uint64_t height,
                 uint32_t round, const struct hash *block, uint32_t valid_round_plus_1)
{
    struct buffer bytes = {0};
    size_t mark;

    buffer_put_text(&bytes, sign_domain);
    buffer_put(&bytes, bytes_of_hash(genesis));
    mark = rlp_list_begin(&bytes);
    rlp_put_u64(&bytes, (uint64_t)type);
    rlp_put_u64(&bytes, height);
    rlp_put_u64(&bytes, round);
    rlp_put_bytes(&bytes, block ? bytes_of_hash(block) : (struct bytes){0});
    rlp_put_u64(&bytes, valid_round_plus_1);
    rlp_list_end(&bytes, mark);
    keccak256(out, buffer_bytes(&bytes));
    buffer_release(&bytes);
}

void certificate_encode(struct buffer *out, const struct certificate *certificate)
{
    size_t whole = rlp_list_begin(out);
    size_t signatures;

    assert(certificate->signers_size <= sizeof(certificate->signers));
    assert(certificate->signature_count <= VALIDATORS_MAX);
    rlp_put_u64(out, certificate->height);
    rlp_put_u64(out, certificate->round);
    rlp_put_hash(out, &certificate->block);
    rlp_put_bytes(out, bytes_of(certificate->signers, certificate->signers_size));
    signatures = rlp_list_begin(out);
    for (size_t i = 0; i < certificate->signature_count; i++) {
        uint8_t text[SIGNATURE_SIZE];

        signature_put(text, &certificate->signature[i]);
        rlp_put_bytes(out, bytes_of(text, sizeof(text)));
    }
    rlp_list_end(out, signatures);
    rlp_list_end(out, whole);
}

static void decode_signatures(struct certificate *out, struct rlp_reader *r)
{
    while (rlp_more(r)) {
        uint8_t text[SIGNATURE_SIZE];

        rlp_fixed(r, "signature", text, sizeof(text));
        if (out->signature_count == VALIDATORS_MAX) {
            rlp_fail(r, ERROR_RLP_COUNT, "signatures", "more than there can be validators");
            return;
        }
        if (!signature_get(&out->signature[out->signature_count++], bytes_of(text, sizeof(text))))
            rlp_fail(r, ERROR_CERTIFICATE, "signature", "yParity over 1");
    }
}

bool certificate_decode(struct certificate *out, struct bytes in, struct error *err)
{
    struct error fault = {0};
    struct rlp_reader r = rlp_open_list(in, &fault);
    struct rlp_reader signatures;
    struct bytes signers;
    uint64_t round;

    memset(out, 0, sizeof(*out));
    out->height = rlp_u64(&r, "height");
    round = rlp_u64(&r, "round");
    if (round > INT32_MAX)
        rlp_fail(&r, ERROR_RLP_INTEGER, "round", "2^31 or more");
    out->round = (uint32_t)round;
    out->block = rlp_hash(&r, "blockHash");
    signers = rlp_bytes(&r, "signers", sizeof(out->signers));
    if (signers.size > 0)
        memcpy(out->signers, signers.at, signers.size);
    out->signers_size = signers.size;
    signatures = rlp_list(&r, "signatures");
    decode_signatures(out, &signatures);
    if (rlp_close(&signatures) && rlp_close(&r))
        return true;
    *err = fault;
    return error_wrap(err, "certificate");
}

static bool bit_is_set(const struct certificate *certificate, size_t index)
{
    return (certificate->signers[index / 8] >> (index % 8) & 1) != 0;
}

/* The signers' power, having found that the bitmap has this council's shape and as many bits as
 * there are signatures. All that costs next to nothing comes before the first signature. */
static bool check_signers(uint64_t *power, const struct certificate *certificate,
                          const struct council *council, struct error *err)
{
    size_t bits = 0;

    *power = 0;
    if (certificate->signers_size != (council->count + 7) / 8)
        return error_set(err, ERROR_CERTIFICATE, "%zu bytes of signers for %zu validators",
                         certificate->signers_size, council->count);
    for (size_t i = 0; i < 8 * certificate->signers_size; i++) {
        if (!bit_is_set(certificate, i))
            continue;
        if (i >= council->count)
            return error_set(err, ERROR_CERTIFICATE, "signer %zu of %zu validators", i,
                             council->count);
        *power += council->member[i].power;
        bits++;
    }
    if (bits != certificate->signature_count)
        return error_set(err, ERROR_CERTIFICATE, "%zu signers, %zu signatures", bits,
                         certificate->signature_count);
    return true;
}

static bool check_signatures(const struct certificate *certificate, const struct hash *digest,
                             const struct council *council, struct error *err)
{
    size_t next = 0;

    for (size_t i = 0; i < council->count; i++) {
        struct address signer;

        if (!bit_is_set(certificate, i))
            continue;
        if (!signature_recover_address(&signer, &certificate->signature[next++], digest) ||
            !address_equal(&signer, &council->member[i].address))
            return error_set(err, ERROR_CERTIFICATE, "bad signature of validator %zu", i);
    }
    return true;
}

bool certificate_check(const struct certificate *certificate, enum sign_type type,
                       const struct hash *genesis, const struct council *council, struct error *err)
{
    struct hash digest;
    uint64_t power;

    assert(type == SIGN_PRECOMMIT || type == SIGN_PREVOTE);
    assert(certificate->signers_size <= sizeof(certificate->signers));
    if (!check_signers(&power, certificate, council, err))
        goto bad;
    if (!council_is_quorum(council, power)) {
        error_set(err, ERROR_CERTIFICATE, "power %" PRIu64 " of %" PRIu64 " is no two thirds",
                  power, council_power(council));
        goto bad;
    }
    sign_digest(&digest, genesis, type, certificate->height, certificate->round,
                &certificate->block, 0);
    if (check_signatures(certificate, &digest, council, err))
        return true;
bad:
    return error_wrap(err, "certificate of block %" PRIu64 ", round %" PRIu32, certificate->height,
                      certificate->round);
}
