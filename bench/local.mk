# Figures: `make bench` runs all of it and prints a line a figure; `make bench-page` writes doc/performance.md's tables from that output.
noinst_PROGRAMS += %D%/bench %D%/load
%C%_bench_SOURCES = %D%/bench.c %D%/figure.c %D%/figure.h
%C%_bench_LDADD = $(floor_store)
%C%_load_SOURCES = %D%/load.c %D%/figure.c %D%/figure.h
%C%_load_LDADD = $(floor_ledger)

EXTRA_DIST += %D%/run.mjs %D%/package.json %D%/package-lock.json
BENCH_FLAGS =
.PHONY: bench bench-page
bench: cairnd %D%/bench %D%/load
	BUILD='$(abs_builddir)' node $(srcdir)/%D%/run.mjs $(BENCH_FLAGS)
bench-page: cairnd %D%/bench %D%/load
	BUILD='$(abs_builddir)' node $(srcdir)/%D%/run.mjs --page $(srcdir)/doc/performance.md $(BENCH_FLAGS)
