#include "ledger_test.h"

#include <cairn/rlp.h>

#include <inttypes.h>

#define TO_1 "0x70997970c51812dc3a010c7d01b50e0d17dc79c8"
#define TO_2 "0x3c44cdddb6a900fa2b585dd299e03d12fa4293bc"
#define MAX_256                                                                                    \
    {                                                                                              \
        .limb = { UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX }                                 \
    }

/* Made with ethers 6. The signer is the development account of that index. */
static const struct {
    const char *says, *encoding, *hash, *signing_hash, *to, *memo;
    size_t signer;
    enum tx_type type;
    bool unprotected;
    uint64_t chain_id, nonce, gas_limit;
    struct u256 fee, tip, value;
    size_t addresses, keys;
    uint64_t gas_intrinsic;
} known[] = {
    {.says = "a legacy transfer protected by EIP-155",
     .encoding = "0xf86d80843b9aca008252089470997970c51812dc3a010c7d01b50e0d17dc79c8880de0b6b3a764"
                 "00008082f4f6a048e276f9863b8deaf55a72a6676fb79c1e9cd810d076cf3626a5bfa7654cdc34a0"
                 "72ebb69d43e50a42a3789d86c2737ace4824b6033e39be9484c95e440b306957",
     .hash = "0x83013928e84493ed2eed3b3dcadf95896c85dcb68b9c661fec7f54d77ca31b1b",
     .signing_hash = "0x2dc8fed10700326a5ede0910ef33a33748ae5962996b285ae7d53bb19092333d",
     .to = TO_1,
     .memo = "0x",
     .signer = 0,
     .type = TX_LEGACY,
     .chain_id = 31337,
     .gas_limit = 21000,
     .fee = {{1000000000}},
     .tip = {{1000000000}},
     .value = {{1000000000000000000}},
     .gas_intrinsic = 21000},
    {.says = "the largest chain id, whose v passes 64 bits, and the largest value",
     .encoding = "0xf8b3871fffffffffffff9a0100000000000000000000000000000000000000000000000001871f"
                 "ffffffffffff9470997970c51812dc3a010c7d01b50e0d17dc79c8a0ffffffffffffffffffffffff"
                 "ffffffffffffffffffffffffffffffffffffffff8500ff007f8089020000000000000022a06da10a"
                 "1548e604aa240492267610786abf308247b3c7a469c78fb51288e78bd4a04347c34ab9c8777a0f37"
                 "0b4b98df9ce0848e837d95bee013e440fdfb0c947c6e",
     .hash = "0x2d66440caae86a6d096e3a18e69125d10800fd57c006b7a9ebc990f3a58891ef",
     .signing_hash = "0x3ee86a23c79f92a86aebebbc31309c9750c70754026967b87e1153f88fb4fddf",
     .to = TO_1,
     .memo = "0x00ff007f80",
     .signer = 1,
     .type = TX_LEGACY,
     .chain_id = UINT64_MAX,
     .nonce = (UINT64_C(1) << 53) - 1,
     .gas_limit = (UINT64_C(1) << 53) - 1,
     .fee = {{1, 0, 0, 256}},
     .tip = {{1, 0, 0, 256}},
     .value = MAX_256,
     .gas_intrinsic = 21000 + 2 * 4 + 3 * 16},
    {.says = "an access list: an address twice, keys that repeat nothing",
     .encoding = "0x01f9010f017f818082c350943c44cdddb6a900fa2b585dd299e03d12fa4293bc80820001f8aaf8"
                 "599470997970c51812dc3a010c7d01b50e0d17dc79c8f842a0000000000000000000000000000000"
                 "0000000000000000000000000000000001a000000000000000000000000000000000000000000000"
                 "00000000000000000002d6943c44cdddb6a900fa2b585dd299e03d12fa4293bcc0f79470997970c5"
                 "1812dc3a010c7d01b50e0d17dc79c8e1a00000000000000000000000000000000000000000000000"
                 "00000000000000000301a046e9702b74fe20b1da0892ed6d5b23d989405ceee12357a4f63fb498e7"
                 "6577baa0283aad784dfdd04fa00d2b500fc0dd5fbbf31ee45a9d32fb6e071c5d5632ef07",
     .hash = "0xa031d3115a37bb5f4c0f938744656c1304e7f23eb08714d433a383ef61ca9053",
     .signing_hash = "0x6219a6d5f7a70585f1ad092bcc65cd8c5fa643e8be93d4ce1ba1ba95c8aaf959",
     .to = TO_2,
     .memo = "0x0001",
     .signer = 2,
     .type = TX_ACCESS_LIST,
     .chain_id = 1,
     .nonce = 127,
     .gas_limit = 50000,
     .fee = {{128}},
     .tip = {{128}},
     .addresses = 3,
     .keys = 3,
     .gas_intrinsic = 21000 + 4 + 16 + 3 * 2400 + 3 * 1900},
    {.says = "an EIP-1559 transfer with a memo",
     .encoding = "0x02f874827a69010284b2d05e00827530943c44cdddb6a900fa2b585dd299e03d12fa4293bc018c"
                 "72656e7420666f72204d6179c080a018f370e1db799e958c782e59b4d4ea0cd2c044a1a75c4e3156"
                 "71da79d1c8cf4ba055ae3841a6d565e872c1931a61ed943cc8998c83ba47789d07870466ca8f51f"
                 "a",
     .hash = "0xf1d8859e7362c6f98609ba9cb570dc5728be93c67cf3472821ace9c5dc7c7eda",
     .signing_hash = "0x5793fc16b64f5daf915c245789791189325eb9a3d94c424e4b86b6751ec707b7",
     .to = TO_2,
     .memo = "0x72656e7420666f72204d6179",
     .signer = 0,
     .type = TX_FEE_MARKET,
     .chain_id = 31337,
     .nonce = 1,
     .gas_limit = 30000,
     .fee = {{3000000000}},
     .tip = {{2}},
     .value = {{1}},
     .gas_intrinsic = 21000 + 12 * 16},
    {.says = "a contract creation is decoded, so that it can be refused by name",
     .encoding = "0x02f850827a6902800182ea60808060c001a0e28554911c1bb0de8d509240527b2d81fe75ba3189"
                 "88cea662342d39df3c907ca06835a660a5f382adac12d9aa5835a13ece4ef1214c60a4078475f3c4"
                 "c93bc7a5",
     .hash = "0x62cb7d4d674fbc0ddfef9452a34ec3f278f83360893d6015c7d3c33a32f6d9b4",
     .signing_hash = "0xba2f24a7f771ced0f8fd1832e40efd9b415b3b3776484c3348c2f9605e45a5f9",
     .to = NULL,
     .memo = "0x60",
     .signer = 1,
     .type = TX_FEE_MARKET,
     .chain_id = 31337,
     .nonce = 2,
     .gas_limit = 60000,
     .fee = {{1}},
     .gas_intrinsic = 21000 + 16},
    {.says = "so is a legacy transfer without a chain id",
     .encoding = "0xf85f03018252089470997970c51812dc3a010c7d01b50e0d17dc79c805801ca04ce2c37070c598"
                 "58b62dc6b3414011be192f7fb83d190e9eb8184335d3d47a48a069d1c7f7352391bba65980993565"
                 "017e48c967dba20dd67800185d7c91822850",
     .hash = "0xeff4d5cbdb179eae7184096ceb1532f976525335a2328fccd86a9526b4db47d5",
     .signing_hash = "0xfc4fd28f214fd825a041c6357fde26adf1229ad68e2ffb5f5f25f0d5a843a5f0",
     .to = TO_1,
     .memo = "0x",
     .signer = 2,
     .type = TX_LEGACY,
     .unprotected = true,
     .nonce = 3,
     .gas_limit = 21000,
     .fee = {{1}},
     .tip = {{1}},
     .value = {{5}},
     .gas_intrinsic = 21000},
};

static struct tx *decode_known(size_t index, struct buffer *bytes)
{
    struct error err = {0};
    struct tx *tx;

    test_hex_put(bytes, known[index].encoding);
    tx = tx_decode(buffer_bytes(bytes), &err);
    ck_assert_msg(tx != NULL, "%s: %s", known[index].says, err.text);
    return tx;
}

START_TEST(fields_are_read)
{
    struct buffer bytes = {0};
    struct buffer memo = {0};
    struct tx *tx = decode_known((size_t)_i, &bytes);
    char to[HEX_ADDRESS_TEXT];

    test_hex_put(&memo, known[_i].memo);
    ck_assert_int_eq((int)tx->type, (int)known[_i].type);
    ck_assert(tx->protected == !known[_i].unprotected);
    ck_assert_uint_eq(tx->chain_id, known[_i].chain_id);
    ck_assert_uint_eq(tx->nonce, known[_i].nonce);
    ck_assert_uint_eq(tx->gas_limit, known[_i].gas_limit);
    ck_assert(u256_equal(&tx->fee_max_per_gas, &known[_i].fee));
    ck_assert(u256_equal(&tx->tip_max_per_gas, &known[_i].tip));
    ck_assert(u256_equal(&tx->value, &known[_i].value));
    ck_assert(tx->has_to == (known[_i].to != NULL));
    if (tx->has_to)
        ck_assert_str_eq(hex_format_address(to, &tx->to), known[_i].to);
    ck_assert(bytes_equal(tx->memo, buffer_bytes(&memo)));
    ck_assert_uint_eq(tx->access_addresses, known[_i].addresses);
    ck_assert_uint_eq(tx->access_keys, known[_i].keys);
    ck_assert_uint_eq(tx->gas_intrinsic, known[_i].gas_intrinsic);
    ck_assert(!tx->sender_known);
    tx_drop(tx);
    buffer_release(&memo);
    buffer_release(&bytes);
}
END_TEST

START_TEST(the_copy_is_its_own)
{
    struct buffer bytes = {0};
    struct buffer before = {0};
    struct tx *tx = decode_known((size_t)_i, &bytes);
    const uint8_t *end = tx->encoding.at + tx->encoding.size;

    buffer_put(&before, buffer_bytes(&bytes));
    memset(bytes.at, 0xee, bytes.size);
    ck_assert(bytes_equal(tx->encoding, buffer_bytes(&before)));
    ck_assert(tx->memo.size == 0 ||
              (tx->memo.at > tx->encoding.at && tx->memo.at + tx->memo.size < end));
    ck_assert(tx->access_list.size == 0 || (tx->access_list.at > tx->encoding.at &&
                                            tx->access_list.at + tx->access_list.size < end));
    tx_drop(tx);
    buffer_release(&before);
    buffer_release(&bytes);
}
END_TEST

START_TEST(hashes_and_sender)
{
    struct buffer bytes = {0};
    struct error err = {0};
    struct tx *tx = decode_known((size_t)_i, &bytes);
    struct hash digest;
    struct address signer;

    test_hash_is(&tx->hash, known[_i].hash, known[_i].says);
    tx_signing_hash(&digest, tx);
    test_hash_is(&digest, known[_i].signing_hash, known[_i].says);
    ck_assert(secret_address(&signer, genesis_dev_secret(known[_i].signer)));
    ck_assert_msg(tx_recover(tx, &err), "%s: %s", known[_i].says, err.text);
    ck_assert(tx->sender_known && address_equal(&tx->sender, &signer));
    tx_drop(tx);
    buffer_release(&bytes);
}
END_TEST

START_TEST(signing_gives_the_same_bytes)
{
    struct buffer bytes = {0};
    struct buffer again = {0};
    struct error err = {0};
    struct tx *tx = decode_known((size_t)_i, &bytes);

    buffer_put_byte(&again, 0xaa); /* what stands in the buffer stays */
    ck_assert(tx_sign(&again, tx, genesis_dev_secret(known[_i].signer), &err));
    ck_assert_uint_eq(again.at[0], 0xaa);
    ck_assert_msg(bytes_equal(bytes_from(buffer_bytes(&again), 1), buffer_bytes(&bytes)), "%s",
                  known[_i].says);
    tx_drop(tx);
    buffer_release(&again);
    buffer_release(&bytes);
}
END_TEST

START_TEST(a_secret_out_of_range_signs_nothing)
{
    static const struct secret zero;
    struct tx fields = test_transfer(TX_FEE_MARKET);
    struct buffer out = {0};
    struct error err = {0};

    ck_assert(!tx_sign(&out, &fields, &zero, &err));
    ck_assert_int_eq(err.code, ERROR_KEY);
    ck_assert_uint_eq(out.size, 0);
    buffer_release(&out);
}
END_TEST

/* Written from the table of ledger.md, apart from the code that signs. */
static void encode(struct buffer *out, const struct tx *tx)
{
    struct u256 v = u256_of_u64((uint64_t)tx->signature.y_parity);
    struct u256 r = u256_get_be(tx->signature.r);
    struct u256 s = u256_get_be(tx->signature.s);
    struct u256 chain_id = u256_of_u64(tx->chain_id);
    struct u256 base = u256_of_u64(tx->protected ? 35 : 27);
    size_t mark;

    if (tx->type != TX_LEGACY)
        buffer_put_byte(out, (uint8_t)tx->type);
    mark = rlp_list_begin(out);
    if (tx->type != TX_LEGACY)
        rlp_put_u64(out, tx->chain_id);
    rlp_put_u64(out, tx->nonce);
    if (tx->type == TX_FEE_MARKET)
        rlp_put_u256(out, &tx->tip_max_per_gas);
    rlp_put_u256(out, &tx->fee_max_per_gas);
    rlp_put_u64(out, tx->gas_limit);
    rlp_put_bytes(out, bytes_of(tx->to.byte, tx->has_to ? ADDRESS_SIZE : 0));
    rlp_put_u256(out, &tx->value);
    rlp_put_bytes(out, tx->memo);
    if (tx->type == TX_LEGACY) {
        ck_assert(u256_add(&v, &v, &base));
        ck_assert(u256_add(&v, &v, &chain_id) && u256_add(&v, &v, &chain_id));
    } else {
        buffer_put(out, tx->access_list);
    }
    rlp_put_u256(out, &v);
    rlp_put_u256(out, &r);
    rlp_put_u256(out, &s);
    rlp_list_end(out, mark);
}

START_TEST(every_beginning_alone_is_refused)
{
    struct buffer bytes = {0};

    test_hex_put(&bytes, known[_i].encoding);
    for (size_t size = 0; size < bytes.size; size++) {
        struct error err = {0};

        ck_assert_msg(tx_decode(bytes_of(bytes.at, size), &err) == NULL, "%s: %zu bytes",
                      known[_i].says, size);
        ck_assert_msg(err.code == ERROR_TX_ENCODING, "%zu bytes: %s", size, err.text);
    }
    buffer_release(&bytes);
}
END_TEST

START_TEST(every_changed_byte_is_refused_or_another_transaction)
{
    struct buffer bytes = {0};
    struct buffer again = {0};
    struct tx *good = decode_known((size_t)_i, &bytes);

    for (size_t at = 0; at < bytes.size; at++) {
        uint8_t kept = bytes.at[at];

        for (unsigned byte = 0; byte < 256; byte++) {
            struct error err = {0};
            struct tx *tx;

            bytes.at[at] = (uint8_t)byte;
            tx = tx_decode(buffer_bytes(&bytes), &err);
            ck_assert_msg((tx == NULL) == (err.code != ERROR_NONE), "byte %zu: %s", at, err.text);
            if (!tx)
                continue;
            ck_assert(byte == kept || !hash_equal(&tx->hash, &good->hash));
            buffer_clear(&again);
            encode(&again, tx);
            ck_assert_msg(bytes_equal(buffer_bytes(&again), buffer_bytes(&bytes)),
                          "%s: byte %zu as %u encodes to something else", known[_i].says, at, byte);
            tx_drop(tx);
        }
        bytes.at[at] = kept;
    }
    tx_drop(good);
    buffer_release(&again);
    buffer_release(&bytes);
}
END_TEST

START_TEST(a_shared_transaction_lives_until_the_last_drop)
{
    struct buffer bytes = {0};
    struct tx *tx = decode_known(0, &bytes);
    struct hash hash = tx->hash;

    for (int i = 0; i < 3; i++)
        ck_assert_ptr_eq(tx_share(tx), tx);
    for (int i = 0; i < 3; i++)
        tx_drop(tx);
    ck_assert(hash_equal(&tx->hash, &hash));
    tx_drop(tx);
    tx_drop(NULL);
    buffer_release(&bytes);
}
END_TEST

START_TEST(a_sender_that_is_known_is_not_recovered_again)
{
    static const struct address word = {.byte = {1, 2, 3}};
    struct buffer bytes = {0};
    struct error err = {0};
    struct tx *tx = decode_known(0, &bytes);

    tx_set_sender(tx, &word);
    ck_assert(tx->sender_known);
    ck_assert(tx_recover(tx, &err));
    ck_assert(address_equal(&tx->sender, &word));
    tx_drop(tx);
    buffer_release(&bytes);
}
END_TEST

Suite *tx_suite(void);
Suite *tx_suite(void)
{
    Suite *suite = suite_create("tx");
    TCase *t = tcase_create("tx");

    tcase_add_loop_test(t, fields_are_read, 0, COUNT(known));
    tcase_add_loop_test(t, the_copy_is_its_own, 0, COUNT(known));
    tcase_add_loop_test(t, hashes_and_sender, 0, COUNT(known));
    tcase_add_loop_test(t, signing_gives_the_same_bytes, 0, COUNT(known));
    tcase_add_test(t, a_secret_out_of_range_signs_nothing);
    tcase_add_loop_test(t, every_beginning_alone_is_refused, 0, COUNT(known));
    tcase_add_loop_test(t, every_changed_byte_is_refused_or_another_transaction, 0, COUNT(known));
    tcase_add_test(t, a_shared_transaction_lives_until_the_last_drop);
    tcase_add_test(t, a_sender_that_is_known_is_not_recovered_again);
    suite_add_tcase(suite, t);
    return suite;
}
