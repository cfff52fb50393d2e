# The schema over LevelDB.
noinst_LIBRARIES += %D%/libstore.a
%C%_libstore_a_SOURCES = \
  %D%/check.c \
  %D%/directory.c \
  %D%/directory.h \
  %D%/first.c \
  %D%/journal.c \
  %D%/journal.h \
  %D%/kv.c \
  %D%/kv_leveldb.c \
  %D%/kv_memory.c \
  %D%/local.h \
  %D%/meta.c \
  %D%/open.c \
  %D%/read.c \
  %D%/read.h \
  %D%/read_tx.c \
  %D%/reference.c \
  %D%/reindex.c \
  %D%/rescue.c \
  %D%/rows.c \
  %D%/rows.h \
  %D%/schema.c \
  %D%/schema.h \
  %D%/store.c \
  %D%/verify.c \
  %D%/view.c \
  %D%/view.h \
  %D%/write.c \
  %D%/write.h

check_PROGRAMS += %D%/store_test
%C%_store_test_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir) $(CHECK_CFLAGS)
%C%_store_test_SOURCES = \
  %D%/chain_test.c \
  %D%/damage_test.c \
  %D%/kv_test.c \
  %D%/open_test.c \
  %D%/reindex_test.c \
  %D%/rows_test.c \
  %D%/store_test.c \
  %D%/test_chain.h \
  %D%/test_folder.h \
  %D%/write_test.c
%C%_store_test_LDADD = $(floor_store) $(CHECK_LIBS)
