# Transactions that wait.
noinst_LIBRARIES += %D%/libmempool.a
%C%_libmempool_a_SOURCES = \
  %D%/check.c \
  %D%/events.c \
  %D%/fronts.c \
  %D%/heap.c \
  %D%/mempool.c \
  %D%/order.c \
  %D%/pool.h \
  %D%/queue.c \
  %D%/room.c \
  %D%/sender.c \
  %D%/table.c \
  %D%/table.h \
  %D%/wei.h

check_PROGRAMS += %D%/mempool_test
%C%_mempool_test_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir) $(CHECK_CFLAGS)
%C%_mempool_test_SOURCES = \
  %D%/admission_test.c \
  %D%/follow_test.c \
  %D%/mempool_test.c \
  %D%/mempool_test.h \
  %D%/model_test.c \
  %D%/order_test.c \
  %D%/room_test.c \
  %D%/table_test.c \
  %D%/wei_test.c
%C%_mempool_test_LDADD = $(floor_mempool) $(CHECK_LIBS)
