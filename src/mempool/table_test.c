/* The hash table, where keys meet and where the table ends. */
#include "mempool_test.h"
#include "table.h"

enum { KEYS = 40, KEY_STEPS = 20000 };

static bool key_equal(const void *at, const void *key)
{
    return at == key;
}

/* All words lie within four places at the table's end, many are the same, and runs go around. */
START_TEST(table_collides)
{
    static char key[KEYS];
    bool there[KEYS] = {false};
    struct table table = {0};
    uint64_t random = 88172645463325252;
    size_t count = 0;

    for (size_t step = 0; step < KEY_STEPS; step++) {
        size_t i;

        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        i = (size_t)(random >> 11) % KEYS;
        if (there[i])
            table_remove(&table, UINT64_MAX - i % 4, &key[i]);
        else
            table_put(&table, UINT64_MAX - i % 4, &key[i]);
        there[i] = !there[i];
        count += there[i] ? 1 : (size_t)-1;
        must(table.count == count);
        must(2 * table.count <= table.size);
        for (size_t j = 0; j < KEYS; j++)
            must(table_find(&table, UINT64_MAX - j % 4, &key[j], key_equal) ==
                 (there[j] ? &key[j] : NULL));
    }
    table_release(&table);
}
END_TEST

START_TEST(table_grows)
{
    enum { MANY = 5000 };
    static char key[MANY];
    struct table table = {0};

    ck_assert_ptr_null(table_find(&table, 1, key, key_equal));
    table_prefetch(&table, 1);
    for (size_t i = 0; i < MANY; i++)
        table_put(&table, i * 7919, &key[i]);
    for (size_t i = 0; i < MANY; i++)
        must(table_find(&table, i * 7919, &key[i], key_equal) == &key[i]);
    for (size_t i = 0; i < MANY; i++)
        table_remove(&table, i * 7919, &key[i]);
    must(table.count == 0);
    ck_assert_ptr_null(table_find(&table, 7919, &key[1], key_equal));
    table_release(&table);
}
END_TEST

Suite *table_suite(void);
Suite *table_suite(void)
{
    Suite *suite = suite_create("table");
    TCase *t = tcase_create("table");

    tcase_add_test(t, table_collides);
    tcase_add_test(t, table_grows);
    suite_add_tcase(suite, t);
    return suite;
}
