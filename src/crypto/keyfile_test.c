#include "crypto_test.h"

#include <cairn/keccak.h>
#include <cairn/key.h>
#include <cairn/keyfile.h>

/* One secret behind one password, in a file of each KDF; computed apart from this code. */
#define SECRET "f19019f1afd3ce5fe7d3a86aab2217a9adf46023aa5fb1086b89989b9bb82e7e"
#define ADDRESS "3acfa76f4dca0d42c7e3ec64975f88c1eedb195e"
#define PASSWORD "correct horse battery staple"
#define SALT "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define IV "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf"
#define CIPHERTEXT "df1f83521f4b6141399e1b68f028bbe3ab1f2de8e04ca7a82d10755ea483f220"
#define MAC "b8a338aedec8bd4b8a145f983b53490d8b5e607a0c191d985bcefdfb97749dbe"

static const char pbkdf2_file[] =
    "{\"version\":3,\"id\":\"f0f1f2f3-f4f5-46f7-b8f9-fafbfcfdfeff\",\"address\":\"" ADDRESS "\","
    "\"crypto\":{\"cipher\":\"aes-128-ctr\",\"cipherparams\":{\"iv\":\"" IV "\"},"
    "\"ciphertext\":\"" CIPHERTEXT "\",\"kdf\":\"pbkdf2\","
    "\"kdfparams\":{\"c\":1000,\"dklen\":32,\"prf\":\"hmac-sha256\",\"salt\":\"" SALT "\"},"
    "\"mac\":\"" MAC "\"}}";

/* scrypt with the smallest n and r that are of any use. */
static const char scrypt_file[] =
    "{\"version\":3,\"crypto\":{\"cipher\":\"aes-128-ctr\",\"cipherparams\":{\"iv\":\"" IV "\"},"
    "\"ciphertext\":\"41d1fd71dc63e3275e4d609af63b018eddb557f58d87a3d75fbb70f31432417a\","
    "\"kdf\":\"scrypt\",\"kdfparams\":{\"dklen\":32,\"n\":64,\"p\":2,\"r\":1,\"salt\":\"" SALT
    "\"},\"mac\":\"deea80ad92c2afd81eeaee0f1813df828a1ba783559c3eba00af28f6c2c7b337\"}}";

/* What keyfile_encode must write, byte for byte. */
static const char encoded_file[] =
    "{\"address\":\"" ADDRESS "\",\"crypto\":{\"cipher\":\"aes-128-ctr\",\"ciphertext\":"
    "\"2293d5917213c7c39f6f0cd76358fe8cd08004e3bbb9fe07d1bca3d0ef075cb8\","
    "\"cipherparams\":{\"iv\":\"" IV "\"},\"kdf\":\"scrypt\","
    "\"kdfparams\":{\"dklen\":32,\"n\":4096,\"p\":1,\"r\":8,\"salt\":\"" SALT "\"},"
    "\"mac\":\"1d9a37a3a82fe0f6fe99e448cdb2c891ddcd54735958a9c6087091c1923bb775\"},"
    "\"id\":\"f0f1f2f3-f4f5-46f7-b8f9-fafbfcfdfeff\",\"version\":3}";

static struct keyfile_random fixed_random(void)
{
    struct keyfile_random random;

    bytes_from_hex(random.salt, sizeof random.salt, SALT);
    bytes_from_hex(random.iv, sizeof random.iv, IV);
    for (size_t i = 0; i < sizeof random.uuid; i++)
        random.uuid[i] = (uint8_t)(0xf0 + i);
    return random;
}

static struct secret fixed_secret(void)
{
    struct secret secret;

    bytes_from_hex(secret.byte, sizeof secret.byte, SECRET);
    return secret;
}

/* `text` with its only `old` replaced; "" as `old` puts `new` in front. */
static void replaced(struct buffer *out, const char *text, const char *old, const char *new)
{
    const char *at = strstr(text, old);

    ck_assert_msg(at, "the file does not hold %s", old);
    ck_assert_msg(*old == '\0' || !strstr(at + 1, old), "the file holds %s twice", old);
    buffer_put(out, bytes_of(text, (size_t)(at - text)));
    buffer_put_text(out, new);
    buffer_put_text(out, at + strlen(old));
}

/* Decodes with `password`; a success gives the secret that all these files hold, a failure leaves
 * nothing of it. */
static bool decode(const struct buffer *file, const char *password, struct error *err)
{
    struct secret want = fixed_secret();
    struct secret nothing = {{0}};
    struct secret secret = {{0}};
    bool ok = keyfile_decode(&secret, buffer_bytes(file), bytes_of_text(password), err);

    ck_assert_mem_eq(secret.byte, ok ? want.byte : nothing.byte, sizeof secret.byte);
    return ok;
}

static const struct {
    const char *says, *file, *old, *new;
} taken[] = {
    {"PBKDF2", pbkdf2_file, "", ""},
    {"scrypt, without an address", scrypt_file, "", ""},
    {"as we write it", encoded_file, "", ""},
    {"the section's old name", pbkdf2_file, "\"crypto\"", "\"Crypto\""},
    {"no id", pbkdf2_file, "\"id\":\"f0f1f2f3-f4f5-46f7-b8f9-fafbfcfdfeff\",", ""},
    {"no address", pbkdf2_file, "\"address\":\"" ADDRESS "\",", ""},
    {"an address with 0x and its checksum", pbkdf2_file, ADDRESS,
     "0x3aCFA76f4DcA0d42c7E3ec64975F88c1EEDb195E"},
    {"members of other wallets", pbkdf2_file, "\"version\":3,",
     "\"version\":3,\"x-ethers\":{\"client\":\"ethers.js\",\"n\":[1,{}]},\"name\":\"\","},
    {"unknown parameters", pbkdf2_file, "\"c\":1000", "\"c\":1000,\"n\":\"no\""},
    {"digits in upper case", pbkdf2_file, IV, "A0A1A2A3A4A5A6A7A8A9AAABACADAEAF"},
    {"a longer key, whose beginning is the same", pbkdf2_file, "\"dklen\":32", "\"dklen\":64"},
    {"a longer key of scrypt", scrypt_file, "\"dklen\":32", "\"dklen\":33"},
    {"spaces and lines", pbkdf2_file, "{\"version\"", " \n{\t\"version\""},
};

START_TEST(keyfile_taken)
{
    struct buffer file = {0};
    struct error err = {0};

    replaced(&file, taken[_i].file, taken[_i].old, taken[_i].new);
    ck_assert_msg(decode(&file, PASSWORD, &err), "%s: %s", taken[_i].says, err.text);
    buffer_release(&file);
}
END_TEST

#define KDF "\"kdf\":\"pbkdf2\""

static const struct {
    const char *says, *file, *old, *new;
    enum error_code error;
    const char *names; /* what the text must speak of */
} refused[] = {
    {"not JSON", pbkdf2_file, "{\"version\"", "\"version\"", ERROR_KEYFILE, "at byte"},
    {"bytes behind it", pbkdf2_file, MAC "\"}}", MAC "\"}}}", ERROR_KEYFILE, "at byte"},
    {"cut off", pbkdf2_file, MAC "\"}}", MAC, ERROR_KEYFILE, "at byte"},
    {"a member twice", pbkdf2_file, "\"version\":3", "\"version\":3,\"version\":3", ERROR_KEYFILE,
     "version"},
    {"nested without end", pbkdf2_file, "\"version\":3", "\"version\":3,\"x\":[[[[[[[[[[]]]]]]]]]]",
     ERROR_KEYFILE, "at byte"},
    {"no version", pbkdf2_file, "\"version\":3,", "", ERROR_KEYFILE, "\"version\" is missing"},
    {"version 1", pbkdf2_file, "\"version\":3", "\"version\":1", ERROR_KEYFILE, "version is 1"},
    {"version 4", pbkdf2_file, "\"version\":3", "\"version\":4", ERROR_KEYFILE, "version is 4"},
    {"version as text", pbkdf2_file, "\"version\":3", "\"version\":\"3\"", ERROR_KEYFILE,
     "\"version\" is not a whole number"},
    {"version with a fraction", pbkdf2_file, "\"version\":3", "\"version\":3.0", ERROR_KEYFILE,
     "\"version\""},
    {"no section", pbkdf2_file, "\"crypto\"", "\"other\"", ERROR_KEYFILE, "\"crypto\" is missing"},
    {"both spellings of it", pbkdf2_file, "\"crypto\"", "\"Crypto\":{},\"crypto\"", ERROR_KEYFILE,
     "both"},
    {"the section is text", pbkdf2_file, "\"crypto\"", "\"crypto\":\"\",\"x\"", ERROR_KEYFILE,
     "\"crypto\" is not an object"},
    {"no cipher", pbkdf2_file, "\"cipher\":\"aes-128-ctr\",", "", ERROR_KEYFILE,
     "\"cipher\" is missing"},
    {"another cipher", pbkdf2_file, "aes-128-ctr", "aes-128-cbc", ERROR_KEYFILE, "aes-128-cbc"},
    {"no cipher parameters", pbkdf2_file, "\"cipherparams\"", "\"x\"", ERROR_KEYFILE,
     "\"cipherparams\" is missing"},
    {"no iv", pbkdf2_file, "\"iv\"", "\"x\"", ERROR_KEYFILE, "\"iv\" is missing"},
    {"an iv of 15 bytes", pbkdf2_file, IV, "a0a1a2a3a4a5a6a7a8a9aaabacadae", ERROR_KEYFILE,
     "\"iv\""},
    {"an iv of 17 bytes", pbkdf2_file, IV, IV "00", ERROR_KEYFILE, "\"iv\""},
    {"an iv not of hex", pbkdf2_file, IV, "x0a1a2a3a4a5a6a7a8a9aaabacadaeaf", ERROR_KEYFILE,
     "\"iv\""},
    {"an iv that is a number", pbkdf2_file, "\"" IV "\"", "0", ERROR_KEYFILE,
     "\"iv\" is not a string"},
    {"no ciphertext", pbkdf2_file, "\"ciphertext\"", "\"x\"", ERROR_KEYFILE,
     "\"ciphertext\" is missing"},
    {"a ciphertext of 31 bytes", pbkdf2_file, CIPHERTEXT,
     "df1f83521f4b6141399e1b68f028bbe3ab1f2de8e04ca7a82d10755ea483f2", ERROR_KEYFILE,
     "\"ciphertext\""},
    {"a ciphertext of 33 bytes", pbkdf2_file, CIPHERTEXT, CIPHERTEXT "00", ERROR_KEYFILE,
     "\"ciphertext\""},
    {"an empty ciphertext", pbkdf2_file, CIPHERTEXT, "", ERROR_KEYFILE, "\"ciphertext\""},
    {"a changed ciphertext", pbkdf2_file, "df1f8352", "df1f8353", ERROR_PASSWORD, "MAC"},
    {"no MAC", pbkdf2_file, "\"mac\"", "\"x\"", ERROR_KEYFILE, "\"mac\" is missing"},
    {"a MAC of 31 bytes", pbkdf2_file, MAC,
     "b8a338aedec8bd4b8a145f983b53490d8b5e607a0c191d985bcefdfb97749d", ERROR_KEYFILE, "\"mac\""},
    {"a changed MAC, first byte", pbkdf2_file, "b8a338ae", "b9a338ae", ERROR_PASSWORD, "MAC"},
    {"a changed MAC, last byte", pbkdf2_file, "97749dbe", "97749dbf", ERROR_PASSWORD, "MAC"},
    {"no KDF", pbkdf2_file, KDF, "\"x\":1", ERROR_KEYFILE, "\"kdf\" is missing"},
    {"another KDF", pbkdf2_file, KDF, "\"kdf\":\"md5\"", ERROR_KEYFILE, "md5"},
    {"a KDF of many letters", pbkdf2_file, KDF,
     "\"kdf\":\"a name that is far longer than any that a key derivation function ever had\"",
     ERROR_KEYFILE, "a name that is far longer"},
    {"no KDF parameters", pbkdf2_file, "\"kdfparams\"", "\"x\"", ERROR_KEYFILE,
     "\"kdfparams\" is missing"},
    {"no salt", pbkdf2_file, "\"salt\"", "\"x\"", ERROR_KEYFILE, "\"salt\" is missing"},
    {"an empty salt", pbkdf2_file, SALT, "", ERROR_KEYFILE, "\"salt\""},
    {"a salt of half a byte", pbkdf2_file, SALT, SALT "0", ERROR_KEYFILE, "\"salt\""},
    {"a salt not of hex", pbkdf2_file, SALT, "salt", ERROR_KEYFILE, "\"salt\""},
    {"another salt", pbkdf2_file, SALT, "00", ERROR_PASSWORD, "MAC"},
    {"a salt over 256 bytes", pbkdf2_file, SALT, SALT SALT SALT SALT SALT SALT SALT SALT "00",
     ERROR_LIMIT, "\"salt\""},
    {"no dklen", pbkdf2_file, "\"dklen\"", "\"x\"", ERROR_KEYFILE, "\"dklen\" is missing"},
    {"dklen 31", pbkdf2_file, "\"dklen\":32", "\"dklen\":31", ERROR_KEYFILE, "\"dklen\" is 31"},
    {"dklen below zero", pbkdf2_file, "\"dklen\":32", "\"dklen\":-32", ERROR_KEYFILE,
     "\"dklen\" is negative"},
    {"dklen over 32 bits", pbkdf2_file, "\"dklen\":32", "\"dklen\":4294967296", ERROR_LIMIT,
     "\"dklen\""},
    {"no prf", pbkdf2_file, "\"prf\"", "\"x\"", ERROR_KEYFILE, "\"prf\" is missing"},
    {"another prf", pbkdf2_file, "hmac-sha256", "hmac-sha512", ERROR_KEYFILE, "hmac-sha512"},
    {"no rounds", pbkdf2_file, "\"c\":1000", "\"x\":1000", ERROR_KEYFILE, "\"c\" is missing"},
    {"zero rounds", pbkdf2_file, "\"c\":1000", "\"c\":0", ERROR_KEYFILE, "at least 1"},
    {"rounds below zero", pbkdf2_file, "\"c\":1000", "\"c\":-1", ERROR_KEYFILE, "negative"},
    {"rounds for an hour", pbkdf2_file, "\"c\":1000", "\"c\":10000001", ERROR_LIMIT, "c is"},
    {"rounds over 32 bits", pbkdf2_file, "\"c\":1000", "\"c\":4294967297", ERROR_LIMIT, "\"c\""},
    {"other rounds", pbkdf2_file, "\"c\":1000", "\"c\":1001", ERROR_PASSWORD, "MAC"},
    {"no n", scrypt_file, "\"n\":64", "\"x\":64", ERROR_KEYFILE, "\"n\" is missing"},
    {"no r", scrypt_file, "\"r\":1", "\"x\":1", ERROR_KEYFILE, "\"r\" is missing"},
    {"no p", scrypt_file, "\"p\":2", "\"x\":2", ERROR_KEYFILE, "\"p\" is missing"},
    {"n = 1", scrypt_file, "\"n\":64", "\"n\":1", ERROR_KEYFILE, "power of two"},
    {"n no power of two", scrypt_file, "\"n\":64", "\"n\":65", ERROR_KEYFILE, "power of two"},
    {"n below zero", scrypt_file, "\"n\":64", "\"n\":-64", ERROR_KEYFILE, "\"n\" is negative"},
    {"n as text", scrypt_file, "\"n\":64", "\"n\":\"64\"", ERROR_KEYFILE,
     "\"n\" is not a whole number"},
    {"n for a memory of 1 TiB", scrypt_file, "\"n\":64", "\"n\":8589934592", ERROR_LIMIT, "MiB"},
    {"n beyond RFC 7914 for r = 1", scrypt_file, "\"n\":64", "\"n\":262144", ERROR_KEYFILE,
     "RFC 7914"},
    {"r = 0", scrypt_file, "\"r\":1", "\"r\":0", ERROR_KEYFILE, "r and p"},
    {"p = 0", scrypt_file, "\"p\":2", "\"p\":0", ERROR_KEYFILE, "r and p"},
    {"p over the bound", scrypt_file, "\"p\":2", "\"p\":17", ERROR_LIMIT, "p is 17"},
    {"r over the bound", scrypt_file, "\"r\":1", "\"r\":65", ERROR_LIMIT, "r is 65"},
    {"another r", scrypt_file, "\"r\":1", "\"r\":2", ERROR_PASSWORD, "MAC"},
    {"another address", pbkdf2_file, ADDRESS, "3acfa76f4dca0d42c7e3ec64975f88c1eedb195f",
     ERROR_KEYFILE, "0x3aCFA76f4DcA0d42c7E3ec64975F88c1EEDb195E"},
    {"an address of 19 bytes", pbkdf2_file, ADDRESS, "3acfa76f4dca0d42c7e3ec64975f88c1eedb19",
     ERROR_KEYFILE, "\"address\""},
    {"an address that is no text", pbkdf2_file, "\"" ADDRESS "\"", "7", ERROR_KEYFILE,
     "\"address\" is not a string"},
};

START_TEST(keyfile_refused)
{
    struct buffer file = {0};
    struct error err = {0};

    replaced(&file, refused[_i].file, refused[_i].old, refused[_i].new);
    ck_assert_msg(!decode(&file, PASSWORD, &err), "%s: taken", refused[_i].says);
    ck_assert_msg(err.code == refused[_i].error, "%s: %s: %s", refused[_i].says,
                  error_name(err.code), err.text);
    ck_assert_msg(strstr(err.text, refused[_i].names), "%s: \"%s\" does not name %s",
                  refused[_i].says, err.text, refused[_i].names);
    buffer_release(&file);
}
END_TEST

static const struct {
    const char *says, *text;
} no_objects[] = {
    {"nothing", ""},         {"an array", "[3]"}, {"a number", "3"},
    {"text", "\"version\""}, {"null", "null"},
};

START_TEST(keyfile_no_object)
{
    struct secret secret;
    struct address address;
    struct error err = {0};
    struct bytes text = bytes_of_text(no_objects[_i].text);

    ck_assert_msg(!keyfile_decode(&secret, text, bytes_of_text(PASSWORD), &err), "%s: taken",
                  no_objects[_i].says);
    ck_assert_int_eq(err.code, ERROR_KEYFILE);
    ck_assert(!keyfile_address(&address, text, &err));
    ck_assert_int_eq(err.code, ERROR_KEYFILE);
}
END_TEST

/* The MAC holds, so the password is right; what it guards is no key. */
START_TEST(keyfile_zero_secret)
{
    struct buffer middle = {0};
    struct buffer file = {0};
    struct error err = {0};

    replaced(&middle, pbkdf2_file, CIPHERTEXT,
             "2e8f9aa3b098af1ede4db3025b0aac4a06eb4dcb4a1316a04699edc53f3bdc5e");
    replaced(&file, buffer_text(&middle), MAC,
             "13001cf1a668e9e535a287aeec8bb9e256f44c5a626cac71b7473521329350f4");
    ck_assert(!decode(&file, PASSWORD, &err));
    ck_assert_int_eq(err.code, ERROR_KEYFILE);
    ck_assert_ptr_nonnull(strstr(err.text, "no secret key"));
    buffer_release(&file);
    buffer_release(&middle);
}
END_TEST

static const char *const passwords_wrong[] = {"", "correct horse battery stapl",
                                              "correct horse battery staple ",
                                              "Correct horse battery staple"};

START_TEST(keyfile_password_wrong)
{
    struct buffer file = {0};
    struct error err = {0};

    buffer_put_text(&file, _i % 2 == 0 ? pbkdf2_file : scrypt_file);
    ck_assert(!decode(&file, passwords_wrong[_i], &err));
    ck_assert_int_eq(err.code, ERROR_PASSWORD);
    buffer_release(&file);
}
END_TEST

START_TEST(keyfile_size)
{
    struct buffer file = {0};
    struct error err = {0};

    while (file.size < KEYFILE_SIZE_MAX - strlen(scrypt_file))
        buffer_put_byte(&file, ' ');
    buffer_put_text(&file, scrypt_file);
    ck_assert_uint_eq(file.size, KEYFILE_SIZE_MAX);
    ck_assert_msg(decode(&file, PASSWORD, &err), "%s", err.text);
    buffer_put_byte(&file, ' ');
    ck_assert(!decode(&file, PASSWORD, &err));
    ck_assert_int_eq(err.code, ERROR_LIMIT);
    buffer_release(&file);
}
END_TEST

START_TEST(keyfile_encoded)
{
    struct secret secret = fixed_secret();
    struct keyfile_random random = fixed_random();
    struct buffer file = {0};
    struct error err = {0};

    ck_assert(keyfile_encode(&file, &secret, bytes_of_text(PASSWORD), KEYFILE_SCRYPT_N_LIGHT,
                             &random, &err));
    ck_assert_str_eq(buffer_text(&file), encoded_file);
    ck_assert_msg(decode(&file, PASSWORD, &err), "%s", err.text);
    buffer_release(&file);
}
END_TEST

/* Any secret, any password: bytes of no character set, none, or many. */
START_TEST(keyfile_round)
{
    static const uint8_t odd[] = {0, 0xff, '"', '\\', 0};
    struct bytes password = _i == 0   ? bytes_of(NULL, 0)
                            : _i == 1 ? bytes_of(odd, sizeof odd)
                                      : bytes_of_text(encoded_file);
    struct keyfile_random random = fixed_random();
    struct buffer file = {0};
    struct error err = {0};
    struct secret secret = fixed_secret();
    struct secret again;
    struct address address;
    struct address named;

    secret.byte[31] = (uint8_t)_i;
    ck_assert(secret_address(&address, &secret));
    ck_assert(keyfile_encode(&file, &secret, password, 16, &random, &err));
    ck_assert_msg(keyfile_decode(&again, buffer_bytes(&file), password, &err), "%s", err.text);
    ck_assert_mem_eq(again.byte, secret.byte, sizeof secret.byte);
    ck_assert(keyfile_address(&named, buffer_bytes(&file), &err));
    ck_assert(address_equal(&named, &address));
    ck_assert(!keyfile_decode(&again, buffer_bytes(&file), bytes_of_text("other"), &err));
    ck_assert_int_eq(err.code, ERROR_PASSWORD);
    buffer_release(&file);
}
END_TEST

static const struct {
    const char *says;
    uint64_t n;
    bool is_secret;
    enum error_code error;
} not_encoded[] = {
    {"n = 0", 0, true, ERROR_KEYFILE},
    {"n = 1", 1, true, ERROR_KEYFILE},
    {"n no power of two", 4095, true, ERROR_KEYFILE},
    {"n over the memory that we would read", 2 * 524288, true, ERROR_LIMIT},
    {"no secret", 16, false, ERROR_KEY},
};

START_TEST(keyfile_not_encoded)
{
    struct secret secret = fixed_secret();
    struct keyfile_random random = fixed_random();
    struct buffer file = {0};
    struct error err = {0};

    if (!not_encoded[_i].is_secret)
        memset(secret.byte, 0, sizeof secret.byte);
    ck_assert(
        !keyfile_encode(&file, &secret, bytes_of_text(PASSWORD), not_encoded[_i].n, &random, &err));
    ck_assert_msg(err.code == not_encoded[_i].error, "%s: %s", not_encoded[_i].says, err.text);
    ck_assert_uint_eq(file.size, 0);
    buffer_release(&file);
}
END_TEST

START_TEST(keyfile_named)
{
    struct address want;
    struct address address;
    struct error err = {0};

    bytes_from_hex(want.byte, sizeof want.byte, ADDRESS);
    ck_assert(keyfile_address(&address, bytes_of_text(pbkdf2_file), &err));
    ck_assert(address_equal(&address, &want));
    ck_assert(!keyfile_address(&address, bytes_of_text(scrypt_file), &err));
    ck_assert_int_eq(err.code, ERROR_KEYFILE);
    ck_assert_ptr_nonnull(strstr(err.text, "\"address\" is missing"));
}
END_TEST

Suite *keyfile_suite(void)
{
    Suite *suite = suite_create("keyfile");
    TCase *t = tcase_create("keyfile");

    tcase_add_loop_test(t, keyfile_taken, 0, COUNT(taken));
    tcase_add_loop_test(t, keyfile_refused, 0, COUNT(refused));
    tcase_add_loop_test(t, keyfile_no_object, 0, COUNT(no_objects));
    tcase_add_test(t, keyfile_zero_secret);
    tcase_add_loop_test(t, keyfile_password_wrong, 0, COUNT(passwords_wrong));
    tcase_add_test(t, keyfile_size);
    tcase_add_test(t, keyfile_encoded);
    tcase_add_loop_test(t, keyfile_round, 0, 3);
    tcase_add_loop_test(t, keyfile_not_encoded, 0, COUNT(not_encoded));
    tcase_add_test(t, keyfile_named);
    suite_add_tcase(suite, t);
    return suite;
}
