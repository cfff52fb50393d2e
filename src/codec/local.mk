# RLP, hex, JSON.
noinst_LIBRARIES += %D%/libcodec.a
%C%_libcodec_a_SOURCES = \
  %D%/hex.c \
  %D%/json.c \
  %D%/json_scan.c \
  %D%/json_write.c \
  %D%/rlp.c
