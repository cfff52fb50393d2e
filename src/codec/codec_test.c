#include "test/unit.h"

Suite *hex_suite(void);
Suite *json_suite(void);
Suite *json_scan_suite(void);
Suite *json_write_suite(void);
Suite *rlp_suite(void);

int main(void)
{
    static Suite *(*const suites[])(void) = {rlp_suite, hex_suite, json_suite, json_scan_suite,
                                             json_write_suite};

    return unit_main(suites, COUNT(suites));
}
