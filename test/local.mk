# What needs more than one room: vectors, processes, wallets.
EXTRA_DIST += test/unit.h test/model/ledger_model.c test/model/ledger_model.h
EXTRA_DIST += test/tidy.sh

# Unit tests under valgrind: every room's program, leaks and undefined values count.
.PHONY: check-valgrind lint coverage doc
check-valgrind: $(check_PROGRAMS)
	@bash $(srcdir)/contrib/valgrind.sh '$(abs_srcdir)' '$(abs_builddir)' $(check_PROGRAMS)
MOSTLYCLEANFILES += src/*/*.valgrind valgrind.tap

lint: $(BUILT_SOURCES)
	@bash $(srcdir)/contrib/lint.sh '$(abs_builddir)'

# Lines and branches by room, of a build with --enable-coverage.
coverage: check
	@bash $(srcdir)/contrib/coverage.sh '$(abs_srcdir)' '$(abs_builddir)'

# What is generated and kept under version control; CI wants no difference.
noinst_PROGRAMS += test/reference
test_reference_SOURCES = test/reference.c
test_reference_LDADD = $(floor_rpc)
EXTRA_DIST += test/doc.sh doc/json-rpc.md doc/store.md doc/tour.md doc/ledger.md doc/consensus.md doc/trie.md doc/architecture.md doc/operating.md doc/performance.md
doc: test/reference
	@bash $(srcdir)/test/doc.sh write ./test/reference $(srcdir)/doc
check-doc: test/reference
	@bash $(srcdir)/test/doc.sh check ./test/reference $(srcdir)/doc
.PHONY: check-doc
check-local: check-doc

# Looks into a stopped node's directory, and signs streams of transfers, for test/process.
noinst_PROGRAMS += test/process/chain_check
test_process_chain_check_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)
test_process_chain_check_SOURCES = test/process/chain_check.c test/process/chain_check.h test/process/chain_verify.c test/model/ledger_model.c
test_process_chain_check_LDADD = $(floor_store)
EXTRA_DIST += test/process/run.mjs test/process/harness.mjs test/process/client.mjs test/process/start.mjs test/process/config.mjs \
  test/process/badinput.mjs test/process/server.mjs test/process/kill9.mjs
EXTRA_DIST += contrib/check.sh contrib/start.sh contrib/lib.sh contrib/lint.sh contrib/coverage.sh contrib/valgrind.sh contrib/cppcheck.txt contrib/iwyu.imp contrib/tsan.txt
