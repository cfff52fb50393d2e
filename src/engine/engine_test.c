#include "test/unit.h"

Suite *story_suite(void);
Suite *crash_suite(void);

int main(void)
{
    static Suite *(*const suites[])(void) = {story_suite, crash_suite};

    return unit_main(suites, COUNT(suites));
}
