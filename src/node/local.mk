# The program cairnd.
noinst_LIBRARIES += %D%/libnode.a
%C%_libnode_a_CPPFLAGS = $(AM_CPPFLAGS) $(UV_CFLAGS) $(INIH_CFLAGS)
%C%_libnode_a_SOURCES = \
  %D%/banner.c \
  %D%/banner.h \
  %D%/clock.c \
  %D%/clock.h \
  %D%/connection.c \
  %D%/connection.h \
  %D%/engine_thread.c \
  %D%/engine_thread.h \
  %D%/mail.c \
  %D%/mail.h \
  %D%/node.c \
  %D%/node.h \
  %D%/notify.c \
  %D%/notify.h \
  %D%/options.c \
  %D%/options.h \
  %D%/place.c \
  %D%/place.h \
  %D%/published.c \
  %D%/published.h \
  %D%/queue.c \
  %D%/queue.h \
  %D%/reindex.c \
  %D%/request.c \
  %D%/server.c \
  %D%/server.h \
  %D%/signer.c \
  %D%/signer.h \
  %D%/workers.c \
  %D%/workers.h \
  %D%/writer.c \
  %D%/writer.h

bin_PROGRAMS += cairnd
cairnd_CPPFLAGS = $(AM_CPPFLAGS) $(UV_CFLAGS)
cairnd_SOURCES = %D%/main.c
cairnd_LDADD = $(floor_node)

check_PROGRAMS += %D%/node_test
%C%_node_test_CPPFLAGS = $(AM_CPPFLAGS) $(UV_CFLAGS) $(INIH_CFLAGS) -I$(srcdir) $(CHECK_CFLAGS)
%C%_node_test_SOURCES = \
  %D%/node_test.c \
  %D%/options_test.c \
  %D%/published_test.c \
  %D%/queue_test.c \
  %D%/server_test.c \
  %D%/signer_test.c \
  %D%/writer_test.c
%C%_node_test_LDADD = $(floor_node) $(CHECK_LIBS)
