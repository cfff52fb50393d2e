/* JSON shapes over jansson: strict parsing with bounds, lookups that name what is wrong, and a
 * writer for hot answers that builds no tree. Pure; any thread (json_open once before there are
 * threads). */
#ifndef CAIRN_JSON_H
#define CAIRN_JSON_H
#include <cairn/error.h>
#include <cairn/u256.h>

#include <jansson.h>

enum {
    JSON_DEPTH_MAX = 32
}; /* nesting; jansson recurses, so this is checked by a scan before it */

/* Seeds jansson's hash tables (json_object_seed); `seed` not 0. */
void json_open(size_t seed);

/* Parses one value of any kind and nothing behind it. Refused, ERROR_JSON, with "WHAT at byte N":
 * bad UTF-8, NUL in a string, duplicate keys, nesting over depth_max, bytes after the value, reals
 * that overflow. Gives *out (json_decref).
 *
 * An integer that jansson cannot hold (beyond 2^63 - 1 either way) is taken, as a real: so it
 * passes where any number does (a request's id), and json_is_integer says no. Its value is right to
 * about 14 digits and, from 10^300 on, no longer in size; its digits are to be had by
 * json_member_span. */
bool json_parse(json_t **out, struct bytes text, unsigned depth_max, struct error *err) MUST_CHECK;

/* Arrays and objects that begin in `text`, any text. jansson's tree costs 300 bytes for each ("{},"
 * is three), 90 for any other value: a stranger's text is bounded by this before json_parse. */
size_t json_containers(struct bytes text);

/* Looking into a text that json_parse took, without a tree; on another text they find something
 * within it or nothing. Spans borrow from the text and have no blanks at the ends. */

/* The value of the member `key` of the object that the text is. False: no object, no such key. */
bool json_member_span(struct bytes object_text, const char *key, struct bytes *value_text);
/* The members of the array that the text is: returns how many there are, stores the first span_max
 * at most. 0: no array, or an empty one. */
size_t json_array_spans(struct bytes array_text, struct bytes *span, size_t span_max);
/* The line (from 1) of the member at `path` ("alloc", "0xab…"), where its key begins; 0: not found.
 * Array members by index in decimal. For messages that name file and line. */
unsigned json_line(struct bytes text, const char *const *path, size_t path_count);

/* The writer: values are appended; commas are its own work. In texts, a byte that is not UTF-8 is
 * written as U+FFFD, so that the answer is always JSON. */
struct json_writer {
    struct buffer *out;
    bool comma; /* a value stands before in the present array or object */
};

struct json_writer json_writer_of(struct buffer *out);
void json_object_begin(struct json_writer *w);
void json_object_end(struct json_writer *w);
void json_array_begin(struct json_writer *w);
void json_array_end(struct json_writer *w);
void json_put_key(struct json_writer *w, const char *key); /* `key` needs no escaping (ours) */
void json_put_null(struct json_writer *w);
void json_put_bool(struct json_writer *w, bool value);
void json_put_number(struct json_writer *w, uint64_t value);        /* a JSON number */
void json_put_text(struct json_writer *w, const char *text);        /* escaped */
void json_put_bytes_text(struct json_writer *w, struct bytes text); /* escaped */
void json_put_raw(struct json_writer *w, struct bytes json);   /* a value that is JSON already */
void json_put_quantity(struct json_writer *w, uint64_t value); /* "0x1f" */
void json_put_quantity_u256(struct json_writer *w, const struct u256 *value);
void json_put_data(struct json_writer *w, struct bytes data); /* "0x00ff" */
void json_put_hash(struct json_writer *w, const struct hash *hash);
void json_put_address(struct json_writer *w, const struct address *address);
void json_put_tree(struct json_writer *w, const json_t *value); /* a jansson value, compact */

#endif
