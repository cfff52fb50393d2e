#include "crypto_test.h"

int main(void)
{
    static Suite *(*const suites[])(void) = {keccak_suite,  key_suite, signature_suite,
                                             address_suite, kdf_suite, keyfile_suite};

    return unit_main(suites, COUNT(suites));
}
