# Keccak, keys and signatures, key files.
noinst_LIBRARIES += %D%/libcrypto.a
%C%_libcrypto_a_SOURCES = \
  %D%/address.c \
  %D%/kdf.c \
  %D%/keccak.c \
  %D%/keccak_eight.c \
  %D%/keccak_eight.h \
  %D%/keccak_round.h \
  %D%/key.c \
  %D%/keyfile.c

check_PROGRAMS += %D%/crypto_test
%C%_crypto_test_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir) $(CHECK_CFLAGS)
%C%_crypto_test_SOURCES = \
  %D%/address_test.c \
  %D%/crypto_test.c \
  %D%/crypto_test.h \
  %D%/kdf_test.c \
  %D%/keccak_test.c \
  %D%/key_test.c \
  %D%/keyfile_test.c \
  %D%/signature_test.c
%C%_crypto_test_LDADD = $(floor_crypto) $(CHECK_LIBS)
