/* The key spaces of the store: one table, the builders and parsers of keys, and the values of rows
 * that have a form of their own. Pure. Private to the room.
 *
 * Heights in keys have 5 bytes, big-endian; ~height is 2^40 - 1 - height, so that the newest row of
 * an account or a sub-trie is the first. */
#ifndef CAIRN_STORE_SCHEMA_H
#define CAIRN_STORE_SCHEMA_H
#include <cairn/block.h>

enum { HEIGHT_SIZE = 5, HASH_PREFIX_SIZE = 8, KHASH_PREFIX_SIZE = 20, KEY_SIZE_MAX = 1 + 32 };
#define STORE_HEIGHT_MAX ((UINT64_C(1) << 8 * HEIGHT_SIZE) - 1)

enum key_space {
    KEY_META = 'S',
    KEY_ACCOUNT = 'a',
    KEY_BODY = 'b',
    KEY_CERTIFICATE = 'c',
    KEY_HEADER = 'd',
    KEY_HISTORY = 'h',
    KEY_INDEX = 'i',
    KEY_JOURNAL = 'j',
    KEY_TRIE = 'm',
    KEY_HASH = 'n',
    KEY_PLACE = 'p',
};

/* What would be lost with the rows of a space. */
enum key_class {
    CLASS_TRUTH,   /* the chain itself: written once, never changed */
    CLASS_DERIVED, /* from the truth: written once, dropped and rebuilt by a reindex */
    CLASS_CACHE,   /* derived, and overwritten: the newest state */
    CLASS_OWN,     /* this node's own affairs */
};

struct key_space_row {
    enum key_space space;
    enum key_class class;
    const char *name, *key, *value;
    const char *checked; /* by what a wrong byte in it is noticed */
};
enum { KEY_SPACE_COUNT = 11 };
extern const struct key_space_row key_spaces[KEY_SPACE_COUNT]; /* by letter */

/* A key, or the beginning that a run of keys shares. */
struct key {
    uint8_t byte[KEY_SIZE_MAX];
    size_t size;
};

struct bytes key_bytes(const struct key *key);
bool key_begins(struct bytes key, const struct key *with);

struct key key_space(enum key_space space); /* the beginning of its keys */
struct key key_meta(const char *name);
struct key key_account(const struct hash *khash);
struct key key_history(const struct hash *khash, uint64_t height);
struct key key_block(enum key_space space, uint64_t height); /* header, body, certificate, index */
struct key key_hash(const struct hash *block, uint64_t height);
struct key key_place(const struct hash *tx, uint64_t height, uint32_t position);
struct key key_trie(unsigned depth, const uint8_t prefix[2], uint64_t height);
struct key key_journal(uint64_t sequence);

/* What two keys of one space share that name the same hash or account: how many bytes. */
enum {
    KEY_HASH_SHARED = 1 + HASH_PREFIX_SIZE,
    KEY_PLACE_SHARED = 1 + HASH_PREFIX_SIZE,
    KEY_HISTORY_SHARED = 1 + KHASH_PREFIX_SIZE
};
struct key key_shared(const struct key *key, size_t size);

/* False: a key of that space does not look like this. */
bool key_block_parse(struct bytes key, uint64_t *height) MUST_CHECK;
bool key_hash_parse(struct bytes key, uint64_t *height) MUST_CHECK;
bool key_place_parse(struct bytes key, uint64_t *height, uint32_t *position) MUST_CHECK;
bool key_history_parse(struct bytes key, uint64_t *height) MUST_CHECK;
bool key_journal_parse(struct bytes key, uint64_t *sequence) MUST_CHECK;

/* Meta rows. */
#define META_SCHEMA "schema"   /* 4 bytes */
#define META_GENESIS "genesis" /* hash of block 0 */
#define META_HEAD "head"       /* height (8), hash */
#define META_REINDEX "reindex" /* while a rebuild runs: empty */

#endif
