# Cases made by others' implementations, against the library: make check-vectors VECTORS=FOLDER
noinst_PROGRAMS += %D%/check_vectors
%C%_check_vectors_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)
%C%_check_vectors_SOURCES = \
  %D%/blocks.c \
  %D%/check_vectors.c \
  %D%/checks.c %D%/checks.h \
  %D%/curve.c \
  %D%/encoding.c \
  %D%/hashes.c \
  %D%/keyfiles.c \
  %D%/rpc.c \
  %D%/rpc_ours.c %D%/rpc_ours.h \
  %D%/rpc_world.c %D%/rpc_world.h \
  %D%/schema.c %D%/schema.h \
  %D%/transactions.c \
  %D%/tries.c
%C%_check_vectors_LDADD = $(floor_rpc)

VECTORS = $(srcdir)/%D%
.PHONY: check-vectors
check-vectors: $(BUILT_SOURCES)
	@$(MAKE) $(AM_MAKEFLAGS) %D%/check_vectors
	%D%/check_vectors $(VECTORS)

# The cases of our own, and what makes them anew (node %D%/make.mjs, after npm ci in test/interop).
EXTRA_DIST += \
  %D%/make.mjs \
  %D%/make/blocks.mjs \
  %D%/make/draw.mjs \
  %D%/make/encoding.mjs \
  %D%/make/keys.mjs \
  %D%/make/transactions.mjs \
  %D%/make/tries.mjs \
  %D%/addresses.json \
  %D%/aes128_ctr.json \
  %D%/base_fee.json \
  %D%/ecdsa_recover.json \
  %D%/ecdsa_sign.json \
  %D%/ecdsa_verify.json \
  %D%/hex_prefix.json \
  %D%/kdf.json \
  %D%/keccak256.json \
  %D%/keystore.json \
  %D%/pubkey_parse.json \
  %D%/rlp.json \
  %D%/rlp_invalid.json \
  %D%/state_root.json \
  %D%/state_transition.json \
  %D%/trie.json \
  %D%/tx_admission.json \
  %D%/tx_conformance.json \
  %D%/tx_root.json \
  %D%/tx_signing.json
