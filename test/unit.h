/* What every room's test program shares: Check, and a main that runs suites and prints TAP. */
#ifndef CAIRN_TEST_UNIT_H
#define CAIRN_TEST_UNIT_H
#include <cairn/base.h>

#include <check.h>
#include <stdlib.h>

/* Runs them all; the exit status for main. A test file gives `Suite *NAME_suite(void)`. */
static inline int unit_main(Suite *(*const suite[])(void), size_t count)
{
    SRunner *runner = srunner_create(NULL);
    int failed;

    for (size_t i = 0; i < count; i++)
        srunner_add_suite(runner, suite[i]());
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    if (srunner_ntests_run(runner) == 0)
        failed = 1; /* a CK_RUN_CASE that names nothing is no success */
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
