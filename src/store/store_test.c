#include "test/unit.h"

Suite *kv_suite(void);
Suite *rows_suite(void);
Suite *chain_suite(void);
Suite *write_suite(void);
Suite *open_suite(void);
Suite *damage_suite(void);
Suite *reindex_suite(void);

int main(void)
{
    Suite *(*const suite[])(void) = {kv_suite,   rows_suite,   chain_suite,  write_suite,
                                     open_suite, damage_suite, reindex_suite};

    return unit_main(suite, COUNT(suite));
}
