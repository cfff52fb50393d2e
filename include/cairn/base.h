/* What every room uses: views of bytes, hashes and addresses as types of their own, memory that
 * cannot fail, a growing buffer, big-endian integers. Pure; any thread. */
#ifndef CAIRN_BASE_H
#define CAIRN_BASE_H
#include <assert.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define CAIRN_VERSION "0.1.0"

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(text_index, first_index)                                                       \
    __attribute__((format(printf, text_index, first_index)))
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Costs more than a comparison: on in tests and the simulator (-DCAIRN_ASSERT_SLOW). */
#ifdef CAIRN_ASSERT_SLOW
#define assert_slow(fact) assert(fact)
#else
#define assert_slow(fact) ((void)0)
#endif

enum { HASH_SIZE = 32, ADDRESS_SIZE = 20 };

/* A view of somebody else's bytes: borrows, always. `at` may be NULL only when `size` is 0. */
struct bytes {
    const uint8_t *at;
    size_t size;
};

struct hash {
    uint8_t byte[HASH_SIZE];
};

struct address {
    uint8_t byte[ADDRESS_SIZE];
};

struct bytes bytes_of(const void *at, size_t size);
struct bytes bytes_of_text(const char *text); /* without the final 0 */
struct bytes bytes_of_hash(const struct hash *hash);
struct bytes bytes_of_address(const struct address *address);
struct bytes bytes_from(struct bytes whole, size_t offset); /* asserts offset ≤ size */
struct bytes bytes_part(struct bytes whole, size_t offset,
                        size_t size); /* asserts it lies within */
bool bytes_equal(struct bytes a, struct bytes b);
int bytes_compare(struct bytes a,
                  struct bytes b); /* as memcmp; of equal beginnings the shorter is less */

bool hash_equal(const struct hash *a, const struct hash *b);
bool hash_is_zero(const struct hash *hash);
int hash_compare(const struct hash *a, const struct hash *b);
bool address_equal(const struct address *a, const struct address *b);
bool address_is_zero(const struct address *address);
int address_compare(const struct address *a, const struct address *b);

/* Memory: given zeroed, or the process ends with a message (sizes that strangers pick are bounded
 * before they come here). A product that overflows ends it too. */
void *mem_new(size_t count, size_t size) MUST_CHECK;
void *mem_grow(void *old, size_t count,
               size_t size) MUST_CHECK;      /* new room is not zeroed; takes `old` */
char *mem_text(const char *text) MUST_CHECK; /* gives a copy */
void mem_free(void *at);                     /* takes NULL */
void mem_wipe(void *at, size_t size);        /* for secrets; never optimized away */

/* A growing run of bytes. {0} is a good empty one. The bytes move when it grows. */
struct buffer {
    uint8_t *at;
    size_t size;
    size_t room;
};

void buffer_release(struct buffer *buffer); /* and leaves {0} */
void buffer_clear(struct buffer *buffer);   /* size 0, keeps the room */
void buffer_reserve(struct buffer *buffer,
                    size_t more); /* room for `more` bytes behind the present ones */
uint8_t *buffer_extend(struct buffer *buffer,
                       size_t more) MUST_CHECK; /* size += more; where to write them */
void buffer_put(struct buffer *buffer, struct bytes more);
void buffer_put_byte(struct buffer *buffer, uint8_t byte);
void buffer_put_text(struct buffer *buffer, const char *text); /* without the final 0 */
void buffer_printf(struct buffer *buffer, const char *format, ...)
    PRINTF_LIKE(2, 3); /* without the final 0 */
struct bytes buffer_bytes(const struct buffer *buffer);
const char *
buffer_text(struct buffer *buffer); /* ends it with a 0 that `size` does not count; borrows */

/* UTF-8 of strangers. Size (1 to 4) of the well-formed character that `text` begins with; 0: there
 * is none (overlong forms, surrogates and what is above U+10FFFF are none). */
size_t utf8_size(struct bytes text);
/* `size`, less the beginning of a character that was cut off at the end of the text. */
size_t utf8_cut(const char *text, size_t size);

/* Big-endian integers at a place that has room. */
void be16_put(uint8_t *at, uint16_t value);
void be32_put(uint8_t *at, uint32_t value);
void be64_put(uint8_t *at, uint64_t value);
uint16_t be16_get(const uint8_t *at);
uint32_t be32_get(const uint8_t *at);
uint64_t be64_get(const uint8_t *at);

#endif
