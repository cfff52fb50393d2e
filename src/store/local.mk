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
  %D%/reindex.c \
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
