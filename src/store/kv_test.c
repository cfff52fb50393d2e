/* What both ports promise. */
#include "test_folder.h"

#include <cairn/kv.h>

enum { KEYS = 40, KEY_BYTES = 3, STEPS = 300, SNAPSHOTS = 6, PORTS = 2 };

/* The port and beside it a table of what must be there: value 0 stands for no row, v for a value of
 * v - 1 bytes. */
struct model {
    uint8_t value[KEYS];
};

struct port {
    struct test_folder folder;
    struct kv *kv;
    uint64_t random;
};

static void port_open(struct port *port, int kind)
{
    const struct kv_leveldb_options options = {.create = true, .write_buffer_bytes = 64 * 1024};
    struct error err = {0};

    port->random = 88172645463325252;
    test_folder_make(&port->folder);
    port->kv = kind == 0 ? kv_memory_new() : kv_leveldb_open(port->folder.path, &options, &err);
    ck_assert_msg(port->kv != NULL, "%s", err.text);
}

static void port_close(struct port *port)
{
    kv_close(port->kv);
    test_folder_remove(&port->folder);
}

static size_t draw(struct port *port, size_t below)
{
    port->random ^= port->random << 13;
    port->random ^= port->random >> 7;
    port->random ^= port->random << 17;
    return port->random % below;
}

/* Keys in the order of their numbers, of several sizes, one the beginning of the next. */
static struct bytes key_of(size_t number, uint8_t byte[KEY_BYTES])
{
    static const size_t sizes[] = {1, 2, 2, 3};

    byte[0] = (uint8_t)(number / 4 * 7);
    byte[1] = (uint8_t)(number % 4 > 1 ? 255 : 0);
    byte[2] = 0;
    return bytes_of(byte, sizes[number % 4]);
}

static struct bytes value_of(size_t size, uint8_t byte[256])
{
    memset(byte, (int)size, 256);
    return bytes_of(byte, size);
}

static void step(struct port *port, struct model *model)
{
    const struct kv_ops *ops = port->kv->ops;
    struct kv_batch *batch = ops->batch_new(port->kv);
    uint8_t key[KEY_BYTES], value[256];
    struct error err = {0};

    for (size_t i = draw(port, 6); i-- > 0;) {
        size_t number = draw(port, KEYS);

        model->value[number] = draw(port, 3) == 0 ? 0 : (uint8_t)(1 + draw(port, 200));
        if (model->value[number] == 0)
            ops->batch_delete(batch, key_of(number, key));
        else
            ops->batch_put(batch, key_of(number, key), value_of(model->value[number] - 1U, value));
    }
    ck_assert_msg(ops->write(port->kv, batch, draw(port, 50) == 0, &err), "%s", err.text);
    ops->batch_free(batch);
}

static size_t number_next(const struct model *model, size_t from)
{
    while (from < KEYS && model->value[from] == 0)
        from++;
    return from;
}

static void shows(const struct kv_ops *ops, struct kv_iterator *iterator, const struct model *model,
                  size_t number)
{
    uint8_t key[KEY_BYTES], value[256];
    struct error err = {0};

    ck_assert_int_eq(ops->iterator_valid(iterator), number < KEYS);
    ck_assert(ops->iterator_check(iterator, &err));
    if (number >= KEYS)
        return;
    ck_assert(bytes_equal(ops->iterator_key(iterator), key_of(number, key)));
    ck_assert(
        bytes_equal(ops->iterator_value(iterator), value_of(model->value[number] - 1U, value)));
}

/* Forwards from a random place, backwards from the end, and every key by itself. */
static void holds(struct port *port, const struct kv_snapshot *at, const struct model *model)
{
    const struct kv_ops *ops = port->kv->ops;
    struct kv_iterator *iterator = ops->iterator_new(port->kv, at);
    size_t first = draw(port, KEYS), number;
    uint8_t key[KEY_BYTES], byte[256];
    struct error err = {0};
    struct bytes value;

    number = number_next(model, first);
    for (ops->iterator_seek(iterator, key_of(first, key)); number < KEYS;
         ops->iterator_next(iterator)) {
        shows(ops, iterator, model, number);
        number = number_next(model, number + 1);
    }
    shows(ops, iterator, model, KEYS);
    ops->iterator_last(iterator);
    for (number = KEYS; number-- > 0;)
        if (model->value[number] > 0) {
            shows(ops, iterator, model, number);
            ops->iterator_prev(iterator);
        }
    shows(ops, iterator, model, KEYS);
    ops->iterator_free(iterator);
    for (number = 0; number < KEYS; number++) {
        ck_assert(ops->get(port->kv, at, key_of(number, key), &value, &err));
        ck_assert_int_eq(value.at != NULL, model->value[number] > 0);
        if (value.at)
            ck_assert(bytes_equal(value, value_of(model->value[number] - 1U, byte)));
        ops->value_free(port->kv, value);
    }
}

START_TEST(random_rows_are_what_was_put)
{
    struct port port;
    struct model model = {{0}}, then[SNAPSHOTS] = {{{0}}};
    struct kv_snapshot *snapshot[SNAPSHOTS] = {NULL};

    port_open(&port, _i);
    for (size_t i = 0; i < STEPS; i++) {
        size_t which = draw(&port, SNAPSHOTS);

        step(&port, &model);
        holds(&port, NULL, &model);
        if (snapshot[which]) {
            holds(&port, snapshot[which], &then[which]);
            port.kv->ops->snapshot_free(port.kv, snapshot[which]);
        }
        snapshot[which] = port.kv->ops->snapshot_new(port.kv);
        then[which] = model;
    }
    for (size_t i = 0; i < SNAPSHOTS; i++)
        if (snapshot[i])
            port.kv->ops->snapshot_free(port.kv, snapshot[i]);
    port_close(&port);
}
END_TEST

START_TEST(an_iterator_keeps_to_its_moment)
{
    struct port port;
    struct model model = {{0}}, then;
    struct kv_iterator *iterator;
    uint8_t key[KEY_BYTES];

    port_open(&port, _i);
    for (size_t i = 0; i < 20; i++)
        step(&port, &model);
    then = model;
    iterator = port.kv->ops->iterator_new(port.kv, NULL);
    for (size_t i = 0; i < 20; i++)
        step(&port, &model);
    port.kv->ops->iterator_seek(iterator, key_of(0, key));
    for (size_t i = number_next(&then, 0); i < KEYS; i = number_next(&then, i + 1)) {
        shows(port.kv->ops, iterator, &then, i);
        port.kv->ops->iterator_next(iterator);
    }
    shows(port.kv->ops, iterator, &then, KEYS);
    port.kv->ops->iterator_free(iterator);
    port_close(&port);
}
END_TEST

START_TEST(of_one_batch_the_later_row_holds)
{
    struct port port;
    struct kv_batch *batch;
    struct error err = {0};
    struct bytes value;

    port_open(&port, _i);
    batch = port.kv->ops->batch_new(port.kv);
    port.kv->ops->batch_put(batch, bytes_of_text("k"), bytes_of_text("old"));
    port.kv->ops->batch_delete(batch, bytes_of_text("k"));
    port.kv->ops->batch_put(batch, bytes_of_text("k"), bytes_of_text(""));
    port.kv->ops->batch_put(batch, bytes_of_text("gone"), bytes_of_text("x"));
    port.kv->ops->batch_delete(batch, bytes_of_text("gone"));
    ck_assert(port.kv->ops->write(port.kv, batch, false, &err));
    port.kv->ops->batch_free(batch);
    ck_assert(port.kv->ops->get(port.kv, NULL, bytes_of_text("k"), &value, &err));
    ck_assert_ptr_nonnull(value.at); /* an empty value is there */
    ck_assert_uint_eq(value.size, 0);
    port.kv->ops->value_free(port.kv, value);
    ck_assert(port.kv->ops->get(port.kv, NULL, bytes_of_text("gone"), &value, &err));
    ck_assert_ptr_null(value.at);
    port_close(&port);
}
END_TEST

/* The folder's one file that ends in `suffix`, read, a byte in its middle turned, written back. */
static void file_hurt(const struct test_folder *folder, const char *suffix)
{
    struct dirent **entry;
    int count = scandir(folder->path, &entry, NULL, test_name_compare);
    size_t hurt = 0;

    for (int i = 0; i < count; i++) {
        size_t size = strlen(entry[i]->d_name), end = strlen(suffix);
        struct buffer content = {0};
        struct error err = {0};
        char path[512];

        if (size >= end && strcmp(entry[i]->d_name + size - end, suffix) == 0) {
            test_folder_file(folder, entry[i]->d_name, path);
            ck_assert(file_read(&content, path, SIZE_MAX, &err));
            ck_assert_uint_gt(content.size, 0);
            content.at[content.size / 2] ^= 1;
            ck_assert(file_write_atomic(path, buffer_bytes(&content), 0644, &err));
            buffer_release(&content);
            hurt++;
        }
        free(entry[i]);
    }
    free(entry);
    ck_assert_uint_eq(hurt, 1);
}

static struct kv *rows_written(struct port *port)
{
    struct model model = {{0}};

    port_open(port, 1);
    for (size_t i = 0; i < 50; i++)
        step(port, &model);
    return port->kv;
}

START_TEST(a_hurt_log_does_not_open)
{
    const struct kv_leveldb_options options = {0};
    struct error err = {0};
    struct port port;

    kv_close(rows_written(&port));
    file_hurt(&port.folder, ".log");
    ck_assert_ptr_null(kv_leveldb_open(port.folder.path, &options, &err));
    ck_assert_msg(err.code == ERROR_STORE_DAMAGED, "%s", err.text);
    test_folder_remove(&port.folder);
}
END_TEST

START_TEST(a_hurt_table_is_noticed_when_read)
{
    const struct kv_leveldb_options options = {0};
    uint8_t key[KEY_BYTES];
    struct error err = {0};
    struct kv_iterator *iterator;
    struct port port;
    struct bytes value;
    bool got;

    kv_close(rows_written(&port));
    kv_close(kv_leveldb_open(port.folder.path, &options, &err)); /* the log becomes a table */
    file_hurt(&port.folder, ".ldb");
    port.kv = kv_leveldb_open(port.folder.path, &options, &err);
    ck_assert_msg(port.kv != NULL, "%s", err.text);
    got = port.kv->ops->get(port.kv, NULL, key_of(KEYS / 2, key), &value, &err);
    ck_assert_msg(!got && err.code == ERROR_STORE_DAMAGED, "%s", err.text);
    err = (struct error){0};
    iterator = port.kv->ops->iterator_new(port.kv, NULL);
    for (port.kv->ops->iterator_seek(iterator, key_of(0, key));
         port.kv->ops->iterator_valid(iterator);)
        port.kv->ops->iterator_next(iterator);
    ck_assert(!port.kv->ops->iterator_check(iterator, &err));
    ck_assert_int_eq(err.code, ERROR_STORE_DAMAGED);
    port.kv->ops->iterator_free(iterator);
    port_close(&port);
}
END_TEST

START_TEST(nothing_is_made_unasked)
{
    const struct kv_leveldb_options options = {.create = false};
    struct test_folder folder;
    struct error err = {0};

    test_folder_make(&folder);
    ck_assert_ptr_null(kv_leveldb_open(folder.path, &options, &err));
    ck_assert_int_eq(err.code, ERROR_STORE_DAMAGED);
    test_folder_remove(&folder);
}
END_TEST

Suite *kv_suite(void);
Suite *kv_suite(void)
{
    Suite *suite = suite_create("kv");
    TCase *t = tcase_create("both ports");

    tcase_add_loop_test(t, random_rows_are_what_was_put, 0, PORTS);
    tcase_add_loop_test(t, an_iterator_keeps_to_its_moment, 0, PORTS);
    tcase_add_loop_test(t, of_one_batch_the_later_row_holds, 0, PORTS);
    suite_add_tcase(suite, t);
    t = tcase_create("LevelDB");
    tcase_add_test(t, a_hurt_log_does_not_open);
    tcase_add_test(t, a_hurt_table_is_noticed_when_read);
    tcase_add_test(t, nothing_is_made_unasked);
    suite_add_tcase(suite, t);
    return suite;
}
