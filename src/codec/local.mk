# RLP, hex, JSON.
noinst_LIBRARIES += %D%/libcodec.a
%C%_libcodec_a_SOURCES = \
  %D%/hex.c \
  %D%/json.c \
  %D%/json_scan.c \
  %D%/json_write.c \
  %D%/rlp.c

check_PROGRAMS += %D%/codec_test
%C%_codec_test_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir) $(CHECK_CFLAGS)
%C%_codec_test_SOURCES = \
  %D%/codec_test.c \
  %D%/hex_test.c \
  %D%/json_scan_test.c \
  %D%/json_test.c \
  %D%/json_write_test.c \
  %D%/rlp_test.c
%C%_codec_test_LDADD = $(floor_codec) $(CHECK_LIBS)
