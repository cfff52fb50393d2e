# HTTP and JSON-RPC, apart from sockets.
noinst_LIBRARIES += %D%/librpc.a
%C%_librpc_a_SOURCES = \
  %D%/call.h \
  %D%/discover.c \
  %D%/exchange.c \
  %D%/exchange.h \
  %D%/find.c \
  %D%/find.h \
  %D%/health.c \
  %D%/http.c \
  %D%/http_answer.c \
  %D%/http_check.c \
  %D%/http_machine.h \
  %D%/http_parse.c \
  %D%/http_scan.c \
  %D%/methods.c \
  %D%/methods_block.c \
  %D%/methods_fee.c \
  %D%/methods_node.c \
  %D%/methods_state.c \
  %D%/params.c \
  %D%/request.c \
  %D%/shapes.c \
  %D%/shapes.h \
  %D%/wait.c

# llhttp, where the system has no library of it: Debian's C sources, copied into the build folder, so that its
# security updates come with the next build. Not ours: its warnings are left to its makers.
if LLHTTP_SOURCES
noinst_LIBRARIES += libllhttp.a
nodist_libllhttp_a_SOURCES = llhttp/llhttp.c llhttp/api.c llhttp/http.c
libllhttp_a_CPPFLAGS = -I$(builddir)/include
libllhttp_a_CFLAGS = -w
BUILT_SOURCES += llhttp/llhttp.c llhttp/api.c llhttp/http.c include/llhttp.h
CLEANFILES += llhttp/llhttp.c llhttp/api.c llhttp/http.c include/llhttp.h
llhttp/llhttp.c llhttp/api.c llhttp/http.c:
	@$(MKDIR_P) llhttp && cp $(LLHTTP_DIR)/$(@F) $@
include/llhttp.h:
	@$(MKDIR_P) include && cp $(LLHTTP_INCLUDE)/llhttp.h $@
endif

check_PROGRAMS += %D%/rpc_test
%C%_rpc_test_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir) $(CHECK_CFLAGS)
%C%_rpc_test_SOURCES = \
  %D%/exchange_test.c \
  %D%/http_policy_test.c \
  %D%/http_story_test.c \
  %D%/http_test.c \
  %D%/http_test.h \
  %D%/methods_test.c \
  %D%/rpc_test.c \
  %D%/world_test.c \
  %D%/world_test.h
%C%_rpc_test_LDADD = $(floor_rpc) $(CHECK_LIBS)
