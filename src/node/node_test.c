#include "test/unit.h"

Suite *queue_suite(void);
Suite *published_suite(void);
Suite *writer_suite(void);
Suite *signer_suite(void);
Suite *options_suite(void);
Suite *server_suite(void);

int main(void)
{
    static Suite *(*const suites[])(void) = {queue_suite,  published_suite, writer_suite,
                                             signer_suite, options_suite,   server_suite};

    return unit_main(suites, COUNT(suites));
}
