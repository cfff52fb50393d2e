# Bytes, integers, errors, files, the log.
noinst_LIBRARIES += %D%/libbase.a
%C%_libbase_a_SOURCES = \
  %D%/base.c \
  %D%/error.c \
  %D%/file.c \
  %D%/log.c \
  %D%/u256.c
EXTRA_DIST += %D%/banned.h

check_PROGRAMS += %D%/base_test
%C%_base_test_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir) $(CHECK_CFLAGS)
%C%_base_test_SOURCES = \
  %D%/base_test.c \
  %D%/error_test.c \
  %D%/file_test.c \
  %D%/log_test.c \
  %D%/u256_test.c
%C%_base_test_LDADD = $(floor_base) $(CHECK_LIBS)
