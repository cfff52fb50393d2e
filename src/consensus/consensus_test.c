#include "test/unit.h"

Suite *alone_suite(void);

int main(void)
{
    static Suite *(*const suites[])(void) = {alone_suite};

    return unit_main(suites, COUNT(suites));
}
