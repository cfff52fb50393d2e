/* The validator's key and its record, and where a chain lies. */
#include "place.h"
#include "signer.h"
#include "test/unit.h"

#include <cairn/file.h>
#include <cairn/keyfile.h>

#include <unistd.h>

struct world {
    char folder[64], key[128], password[128], state[128], lock[128];
    struct config config;
    struct secret secret;
    struct error err;
    bool lost;
};

static void write_file(const char *path, struct bytes content)
{
    struct error err = {0};

    ck_assert_msg(file_write_atomic(path, content, 0600, &err), "%s", err.text);
}

static void write_record(const struct world *world, uint64_t height)
{
    struct record record = {.height = height, .step = height ? RECORD_PRECOMMIT : RECORD_NEW};
    struct buffer text = {0};

    record_encode(&text, &record);
    write_file(world->state, buffer_bytes(&text));
    buffer_release(&text);
}

static void world_open(struct world *world)
{
    struct keyfile_random random = {.salt = {1}, .iv = {2}, .uuid = {3}};
    struct buffer json = {0};

    *world = (struct world){0};
    snprintf(world->folder, sizeof world->folder, "/tmp/cairn-signer-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(world->folder));
    snprintf(world->key, sizeof world->key, "%s/validator.json", world->folder);
    snprintf(world->password, sizeof world->password, "%s/password", world->folder);
    snprintf(world->state, sizeof world->state, "%s/validator.state", world->folder);
    snprintf(world->lock, sizeof world->lock, "%s/validator.lock", world->folder);
    world->secret.byte[31] = 5;
    ck_assert_msg(keyfile_encode(&json, &world->secret, bytes_of_text("a word"),
                                 KEYFILE_SCRYPT_N_LIGHT, &random, &world->err),
                  "%s", world->err.text);
    write_file(world->key, buffer_bytes(&json));
    write_file(world->password, bytes_of_text("a word\n"));
    write_record(world, 3);
    buffer_release(&json);
    world->config.validator_key = world->key;
    world->config.password_file = world->password;
}

static void world_close(struct world *world)
{
    unlink(world->key);
    unlink(world->password);
    unlink(world->state);
    unlink(world->lock);
    ck_assert_int_eq(rmdir(world->folder), 0);
}

static struct signer *open_signer(struct world *world)
{
    world->err = (struct error){0};
    return signer_open(&world->config, &world->lost, &world->err);
}

START_TEST(key_and_record_are_read)
{
    struct world world;
    struct signer *signer;
    struct address want;

    world_open(&world);
    signer = open_signer(&world);
    ck_assert_msg(signer != NULL, "%s", world.err.text);
    ck_assert(!world.lost);
    ck_assert(secret_address(&want, &world.secret));
    ck_assert(address_equal(&signer_key(signer)->address, &want));
    ck_assert_uint_eq(signer_record(signer)->height, 3);
    ck_assert_str_eq(signer_record_path(signer), world.state);
    signer_close(signer);
    world_close(&world);
}
END_TEST

START_TEST(a_second_signer_with_the_key_is_refused)
{
    struct world world;
    struct signer *signer;

    world_open(&world);
    signer = open_signer(&world);
    ck_assert_ptr_nonnull(signer);
    ck_assert_ptr_null(open_signer(&world));
    ck_assert_int_eq(world.err.code, ERROR_STORE_BUSY);
    signer_close(signer);
    signer = open_signer(&world);
    ck_assert_ptr_nonnull(signer);
    signer_close(signer);
    world_close(&world);
}
END_TEST

START_TEST(a_wrong_password_is_refused)
{
    struct world world;

    world_open(&world);
    write_file(world.password, bytes_of_text("another\n"));
    ck_assert_ptr_null(open_signer(&world));
    ck_assert_int_eq(world.err.code, ERROR_PASSWORD);
    ck_assert_int_eq(place_exit_code(world.err.code), 4);
    world_close(&world);
}
END_TEST

START_TEST(a_missing_or_damaged_record_is_a_lost_one)
{
    struct world world;
    struct hash genesis = {{7}};
    struct signer *signer;

    world_open(&world);
    if (_i == 0)
        unlink(world.state);
    else
        write_file(world.state, bytes_of_text("not a record"));
    signer = open_signer(&world);
    ck_assert_ptr_nonnull(signer);
    ck_assert(world.lost);
    signer_close(signer);

    world.config.new_validator_state = true; /* the operator's word */
    signer = open_signer(&world);
    ck_assert_ptr_nonnull(signer);
    ck_assert(!world.lost);
    ck_assert(signer_record_anew(signer, &genesis, 9, &world.err));
    signer_close(signer);

    world.config.new_validator_state = false;
    signer = open_signer(&world);
    ck_assert_ptr_nonnull(signer);
    ck_assert(!world.lost);
    ck_assert_uint_eq(signer_record(signer)->height, 9);
    ck_assert(hash_equal(&signer_record(signer)->genesis, &genesis));
    signer_close(signer);
    world_close(&world);
}
END_TEST

/* Left in a service file, the word would be given at every start. */
START_TEST(a_record_that_is_there_is_not_made_anew)
{
    struct world world;

    world_open(&world);
    world.config.new_validator_state = true;
    ck_assert_ptr_null(open_signer(&world));
    ck_assert_int_eq(world.err.code, ERROR_RECORD);
    ck_assert_msg(strstr(world.err.text, "start without it") != NULL, "%s", world.err.text);
    world_close(&world);
}
END_TEST

START_TEST(what_a_killed_process_left_beside_the_record_is_swept)
{
    char left[256], other[256];
    struct world world;
    struct signer *signer;

    world_open(&world);
    snprintf(left, sizeof left, "%s.AbCdEf", world.state);
    snprintf(other, sizeof other, "%s.old", world.state); /* the operator's own copy */
    write_file(left, bytes_of_text("half"));
    write_file(other, bytes_of_text("kept"));
    signer = open_signer(&world);
    ck_assert_ptr_nonnull(signer);
    ck_assert(!file_exists(left));
    ck_assert(file_exists(other));
    signer_close(signer);
    unlink(other);
    world_close(&world);
}
END_TEST

START_TEST(the_development_chain_has_a_record_from_its_first_start)
{
    struct world world;
    struct signer *signer;

    world_open(&world);
    unlink(world.state);
    world.config = (struct config){.dev = true};
    signer = signer_open_dev(&world.config, world.folder, true, &world.lost, &world.err);
    ck_assert_ptr_nonnull(signer);
    ck_assert(!world.lost);
    signer_close(signer);
    signer = signer_open_dev(&world.config, world.folder, false, &world.lost, &world.err);
    ck_assert_ptr_nonnull(signer);
    ck_assert(!world.lost);
    signer_close(signer);
    unlink(world.state); /* of a chain that is there: lost */
    signer = signer_open_dev(&world.config, world.folder, false, &world.lost, &world.err);
    ck_assert_ptr_nonnull(signer);
    ck_assert(world.lost);
    signer_close(signer);
    world_close(&world);
}
END_TEST

/* ---- places ---- */

START_TEST(a_chain_lies_where_it_is_told_or_under_the_user_s_data)
{
    struct config config = {.dev = true};
    struct error err = {0};
    struct place place;
    char named[] = "/tmp/cairn-nowhere";

    ck_assert_int_eq(setenv("XDG_DATA_HOME", "/x", 1), 0);
    ck_assert(place_open(&place, &config, &err));
    ck_assert_str_eq(place.directory, "/x/cairn/31337");
    ck_assert(place.chain_is_new);
    place_close(&place);
    ck_assert_int_eq(unsetenv("XDG_DATA_HOME"), 0);
    ck_assert_int_eq(setenv("HOME", "/home/somebody", 1), 0);
    ck_assert(place_open(&place, &config, &err));
    ck_assert_str_eq(place.directory, "/home/somebody/.local/share/cairn/31337");
    place_close(&place);
    config.data_dir = named;
    ck_assert(place_open(&place, &config, &err));
    ck_assert_str_eq(place.directory, named);
    place_close(&place);
    config.data_dir = NULL;
    ck_assert_int_eq(unsetenv("HOME"), 0);
    ck_assert(!place_open(&place, &config, &err));
    ck_assert_int_eq(err.code, ERROR_USAGE);
    place_close(&place);
}
END_TEST

START_TEST(a_throw_away_chain_leaves_nothing)
{
    struct config config = {.dev = true, .temporary = true};
    struct error err = {0};
    struct place place;
    char file[512], directory[256];

    ck_assert_msg(place_open(&place, &config, &err), "%s", err.text);
    snprintf(directory, sizeof directory, "%s", place.directory);
    snprintf(file, sizeof file, "%s/file", directory);
    write_file(file, bytes_of_text("x"));
    place_close(&place);
    ck_assert(!file_exists(directory));
}
END_TEST

START_TEST(a_genesis_that_cannot_be_read_is_wrong_usage)
{
    char missing[] = "/tmp/cairn-no-such-file";
    struct config config = {.genesis = missing};
    struct error err = {0};
    struct place place;

    ck_assert(!place_open(&place, &config, &err));
    ck_assert_int_eq(place_exit_code(err.code), 2);
    ck_assert_msg(strstr(err.text, missing) != NULL, "%s", err.text);
    place_close(&place);
}
END_TEST

Suite *signer_suite(void);
Suite *signer_suite(void)
{
    Suite *suite = suite_create("signer and place");
    TCase *tcase = tcase_create("signer and place");

    tcase_add_test(tcase, key_and_record_are_read);
    tcase_add_test(tcase, a_second_signer_with_the_key_is_refused);
    tcase_add_test(tcase, a_wrong_password_is_refused);
    tcase_add_loop_test(tcase, a_missing_or_damaged_record_is_a_lost_one, 0, 2);
    tcase_add_test(tcase, a_record_that_is_there_is_not_made_anew);
    tcase_add_test(tcase, what_a_killed_process_left_beside_the_record_is_swept);
    tcase_add_test(tcase, the_development_chain_has_a_record_from_its_first_start);
    tcase_add_test(tcase, a_chain_lies_where_it_is_told_or_under_the_user_s_data);
    tcase_add_test(tcase, a_throw_away_chain_leaves_nothing);
    tcase_add_test(tcase, a_genesis_that_cannot_be_read_is_wrong_usage);
    suite_add_tcase(suite, tcase);
    return suite;
}
