# Transactions, blocks, genesis, the state trie.
noinst_LIBRARIES += %D%/libledger.a
%C%_libledger_a_SOURCES = \
  %D%/apply.c \
  %D%/base_fee.c \
  %D%/block.c \
  %D%/certificate.c \
  %D%/council.c \
  %D%/execution.c \
  %D%/execution.h \
  %D%/genesis.c \
  %D%/genesis_dev.c \
  %D%/genesis_place.c \
  %D%/genesis_place.h \
  %D%/genesis_rules.c \
  %D%/genesis_rules.h \
  %D%/hash_queue.c \
  %D%/hash_queue.h \
  %D%/header.c \
  %D%/mpt.c \
  %D%/record.c \
  %D%/roots.c \
  %D%/state_fold.c \
  %D%/state_hash.c \
  %D%/state_pending.c \
  %D%/state_pending.h \
  %D%/state_trie.c \
  %D%/trie_node.c \
  %D%/trie_node.h \
  %D%/tx.c \
  %D%/tx_check.c \
  %D%/tx_sign.c
EXTRA_DIST += genesis/dev.json genesis/testnet.json

check_PROGRAMS += %D%/ledger_test
%C%_ledger_test_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir) $(CHECK_CFLAGS)
%C%_ledger_test_SOURCES = \
  %D%/apply_story_test.c \
  %D%/apply_test.c \
  %D%/apply_world.h \
  %D%/base_fee_test.c \
  %D%/block_test.c \
  %D%/certificate_test.c \
  %D%/council_test.c \
  %D%/genesis_dev_test.c \
  %D%/genesis_test.c \
  %D%/header_test.c \
  %D%/ledger_test.c \
  %D%/ledger_test.h \
  %D%/mpt_test.c \
  %D%/record_test.c \
  %D%/state_trie_random_test.c \
  %D%/state_trie_test.c \
  %D%/test_rows.h \
  %D%/tx_check_test.c \
  %D%/tx_refused_test.c \
  %D%/tx_test.c
%C%_ledger_test_LDADD = $(floor_ledger) $(CHECK_LIBS)
