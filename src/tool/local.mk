# The program `cairn`.
noinst_LIBRARIES += %D%/libtool.a
%C%_libtool_a_CPPFLAGS = $(AM_CPPFLAGS) $(CURL_CFLAGS)
%C%_libtool_a_SOURCES = \
  %D%/amount.c %D%/amount.h \
  %D%/client.c %D%/client.h \
  %D%/command.c %D%/command.h \
  %D%/commands.c \
  %D%/genesis_command.c \
  %D%/http.c %D%/http.h \
  %D%/key_command.c \
  %D%/keys.c %D%/keys.h \
  %D%/password.c %D%/password.h \
  %D%/rpc_command.c \
  %D%/send_command.c \
  %D%/show.h \
  %D%/show_command.c \
  %D%/tool.c %D%/tool.h

bin_PROGRAMS += cairn
cairn_CPPFLAGS = $(AM_CPPFLAGS) $(CURL_CFLAGS)
cairn_SOURCES = %D%/main.c
cairn_LDADD = $(floor_tool)

check_PROGRAMS += %D%/tool_test
%C%_tool_test_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir) $(CHECK_CFLAGS)
%C%_tool_test_SOURCES = \
  %D%/amount_test.c \
  %D%/client_test.c \
  %D%/command_test.c \
  %D%/genesis_command_test.c \
  %D%/http_test.c \
  %D%/keys_test.c \
  %D%/password_test.c \
  %D%/send_test.c \
  %D%/show_test.c \
  %D%/tool_test.c %D%/tool_test.h
%C%_tool_test_LDADD = $(floor_tool) $(CHECK_LIBS)
