#include <cairn/base.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUFFER_ROOM_FIRST = 256 };

struct bytes bytes_of(const void *at, size_t size)
{
    assert(at || size == 0);
    return (struct bytes){.at = at, .size = size};
}

struct bytes bytes_of_text(const char *text)
{
    return bytes_of(text, strlen(text));
}

struct bytes bytes_of_hash(const struct hash *hash)
{
    return bytes_of(hash->byte, HASH_SIZE);
}

struct bytes bytes_of_address(const struct address *address)
{
    return bytes_of(address->byte, ADDRESS_SIZE);
}

struct bytes bytes_from(struct bytes whole, size_t offset)
{
    assert(offset <= whole.size);
    return bytes_part(whole, offset, whole.size - offset);
}

struct bytes bytes_part(struct bytes whole, size_t offset, size_t size)
{
    assert(offset <= whole.size);
    assert(size <= whole.size - offset);
    if (!whole.at) /* NULL + 0 is undefined in C17 */
        return (struct bytes){0};
    return bytes_of(whole.at + offset, size);
}

bool bytes_equal(struct bytes a, struct bytes b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.at, b.at, a.size) == 0);
}

int bytes_compare(struct bytes a, struct bytes b)
{
    size_t common = a.size < b.size ? a.size : b.size;
    int order = common == 0 ? 0 : memcmp(a.at, b.at, common);

    if (order != 0)
        return order;
    return (a.size > b.size) - (a.size < b.size);
}

bool hash_equal(const struct hash *a, const struct hash *b)
{
    return memcmp(a->byte, b->byte, HASH_SIZE) == 0;
}

bool hash_is_zero(const struct hash *hash)
{
    static const struct hash zero;

    return hash_equal(hash, &zero);
}

int hash_compare(const struct hash *a, const struct hash *b)
{
    return memcmp(a->byte, b->byte, HASH_SIZE);
}

bool address_equal(const struct address *a, const struct address *b)
{
    return memcmp(a->byte, b->byte, ADDRESS_SIZE) == 0;
}

bool address_is_zero(const struct address *address)
{
    static const struct address zero;

    return address_equal(address, &zero);
}

int address_compare(const struct address *a, const struct address *b)
{
    return memcmp(a->byte, b->byte, ADDRESS_SIZE);
}

/* The way out that lets no code have a branch for "no memory": the store is whole at any
 * instruction, so the next start goes on from the last block. */
static _Noreturn void mem_fail(size_t count, size_t size)
{
    fprintf(stderr, "cairn: out of memory: %zu x %zu bytes were asked for\n", count, size);
    abort();
}

void *mem_new(size_t count, size_t size)
{
    size_t whole;
    void *at;

    if (__builtin_mul_overflow(count, size, &whole))
        mem_fail(count, size);
    at = calloc(1, whole == 0 ? 1 : whole); /* NULL always means absent, never empty */
    if (!at)
        mem_fail(count, size);
    return at;
}

void *mem_grow(void *old, size_t count, size_t size)
{
    size_t whole;
    void *at;

    if (__builtin_mul_overflow(count, size, &whole))
        mem_fail(count, size);
    at = realloc(old, whole == 0 ? 1 : whole);
    if (!at)
        mem_fail(count, size);
    return at;
}

char *mem_text(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = mem_new(size, 1);

    memcpy(copy, text, size);
    return copy;
}

void mem_free(void *at)
{
    free(at);
}

void mem_wipe(void *at, size_t size)
{
    if (size != 0)
        explicit_bzero(at, size);
}

void buffer_release(struct buffer *buffer)
{
    free(buffer->at);
    *buffer = (struct buffer){0};
}

void buffer_clear(struct buffer *buffer)
{
    buffer->size = 0;
}

void buffer_reserve(struct buffer *buffer, size_t more)
{
    size_t need, room;

    assert(buffer->size <= buffer->room);
    if (more <= buffer->room - buffer->size && buffer->at)
        return;
    if (__builtin_add_overflow(buffer->size, more, &need))
        mem_fail(buffer->size, more);
    room = buffer->room > SIZE_MAX / 2 ? need : 2 * buffer->room;
    if (room < need)
        room = need;
    if (room < BUFFER_ROOM_FIRST)
        room = BUFFER_ROOM_FIRST;
    buffer->at = mem_grow(buffer->at, room, 1);
    buffer->room = room;
}

uint8_t *buffer_extend(struct buffer *buffer, size_t more)
{
    uint8_t *at;

    buffer_reserve(buffer, more);
    at = buffer->at + buffer->size;
    buffer->size += more;
    return at;
}

void buffer_put(struct buffer *buffer, struct bytes more)
{
    if (more.size != 0)
        memcpy(buffer_extend(buffer, more.size), more.at, more.size);
}

void buffer_put_byte(struct buffer *buffer, uint8_t byte)
{
    *buffer_extend(buffer, 1) = byte;
}

void buffer_put_text(struct buffer *buffer, const char *text)
{
    buffer_put(buffer, bytes_of_text(text));
}

void buffer_printf(struct buffer *buffer, const char *format, ...)
{
    va_list list, again;
    size_t room;
    int size;

    va_start(list, format);
    va_copy(again, list);
    buffer_reserve(buffer, 64);
    room = buffer->room - buffer->size;
    size = vsnprintf((char *)buffer->at + buffer->size, room, format, list);
    assert(size >= 0);
    if ((size_t)size >= room) {
        buffer_reserve(buffer, (size_t)size + 1); /* vsnprintf wants room for its final 0 */
        size = vsnprintf((char *)buffer->at + buffer->size, (size_t)size + 1, format, again);
        assert(size >= 0);
    }
    buffer->size += (size_t)size;
    va_end(again);
    va_end(list);
}

struct bytes buffer_bytes(const struct buffer *buffer)
{
    return bytes_of(buffer->at, buffer->size);
}

const char *buffer_text(struct buffer *buffer)
{
    buffer_reserve(buffer, 1);
    buffer->at[buffer->size] = 0;
    return (const char *)buffer->at;
}

/* The table of well-formed byte sequences, Unicode 15, table 3-7. */
size_t utf8_size(struct bytes text)
{
    uint8_t first, second_min = 0x80, second_max = 0xbf;
    size_t size;

    if (text.size == 0)
        return 0;
    first = text.at[0];
    if (first < 0x80)
        return 1;
    if (first < 0xc2 || first > 0xf4)
        return 0;
    size = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (text.size < size)
        return 0;
    if (first == 0xe0)
        second_min = 0xa0;
    else if (first == 0xed)
        second_max = 0x9f;
    else if (first == 0xf0)
        second_min = 0x90;
    else if (first == 0xf4)
        second_max = 0x8f;
    if (text.at[1] < second_min || text.at[1] > second_max)
        return 0;
    for (size_t i = 2; i < size; i++)
        if ((text.at[i] & 0xc0) != 0x80)
            return 0;
    return size;
}

size_t utf8_cut(const char *text, size_t size)
{
    size_t behind = 0; /* continuation bytes at the end */
    uint8_t first;

    while (behind < 3 && behind < size && ((uint8_t)text[size - 1 - behind] & 0xc0) == 0x80)
        behind++;
    if (behind == size)
        return size;
    first = (uint8_t)text[size - 1 - behind];
    if (first < 0xc0) /* not the beginning of a longer character: nothing was cut */
        return size;
    if (behind + 1 < (first < 0xe0 ? 2u : first < 0xf0 ? 3u : 4u))
        return size - 1 - behind;
    return size;
}

/* Shifts, whatever the host's byte order: gcc and clang make one bswap of them. */
void be16_put(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

void be32_put(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 24);
    at[1] = (uint8_t)(value >> 16);
    at[2] = (uint8_t)(value >> 8);
    at[3] = (uint8_t)value;
}

void be64_put(uint8_t *at, uint64_t value)
{
    at[0] = (uint8_t)(value >> 56);
    at[1] = (uint8_t)(value >> 48);
    at[2] = (uint8_t)(value >> 40);
    at[3] = (uint8_t)(value >> 32);
    at[4] = (uint8_t)(value >> 24);
    at[5] = (uint8_t)(value >> 16);
    at[6] = (uint8_t)(value >> 8);
    at[7] = (uint8_t)value;
}

uint16_t be16_get(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

uint32_t be32_get(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

uint64_t be64_get(const uint8_t *at)
{
    return (uint64_t)at[0] << 56 | (uint64_t)at[1] << 48 | (uint64_t)at[2] << 40 |
           (uint64_t)at[3] << 32 | (uint64_t)at[4] << 24 | (uint64_t)at[5] << 16 |
           (uint64_t)at[6] << 8 | at[7];
}
