# Deciding a block.
noinst_LIBRARIES += %D%/libconsensus.a
%C%_libconsensus_a_SOURCES = \
  %D%/alone.c

check_PROGRAMS += %D%/consensus_test
%C%_consensus_test_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir) $(CHECK_CFLAGS)
%C%_consensus_test_SOURCES = \
  %D%/alone_test.c \
  %D%/consensus_test.c
%C%_consensus_test_LDADD = $(floor_consensus) $(CHECK_LIBS)
