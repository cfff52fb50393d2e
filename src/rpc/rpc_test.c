#include "test/unit.h"

Suite *exchange_suite(void);
Suite *http_suite(void);
Suite *methods_suite(void);

int main(void)
{
    static Suite *(*const suites[])(void) = {exchange_suite, http_suite, methods_suite};

    return unit_main(suites, COUNT(suites));
}
