#include "test/unit.h"

Suite *tx_suite(void);
Suite *tx_refused_suite(void);
Suite *tx_check_suite(void);
Suite *header_suite(void);
Suite *block_suite(void);
Suite *base_fee_suite(void);
Suite *council_suite(void);
Suite *certificate_suite(void);
Suite *record_suite(void);
Suite *genesis_suite(void);
Suite *genesis_dev_suite(void);
Suite *state_trie_suite(void);
Suite *mpt_suite(void);
Suite *apply_suite(void);

int main(void)
{
    static Suite *(*const suites[])(void) = {
        tx_suite,          tx_refused_suite, tx_check_suite,    header_suite, block_suite,
        base_fee_suite,    council_suite,    certificate_suite, record_suite, genesis_suite,
        genesis_dev_suite, state_trie_suite, mpt_suite,         apply_suite,
    };

    return unit_main(suites, COUNT(suites));
}
