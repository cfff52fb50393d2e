# The node as one machine.
noinst_LIBRARIES += %D%/libengine.a
%C%_libengine_a_SOURCES = \
  %D%/build.c \
  %D%/effects.c \
  %D%/engine.c \
  %D%/head.c \
  %D%/journal.c \
  %D%/machine.h

check_PROGRAMS += %D%/engine_test
%C%_engine_test_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir) $(CHECK_CFLAGS)
%C%_engine_test_SOURCES = \
  %D%/crash_test.c \
  %D%/engine_test.c \
  %D%/story_test.c \
  %D%/world_test.c \
  %D%/world_test.h
%C%_engine_test_LDADD = $(floor_engine) $(CHECK_LIBS)
