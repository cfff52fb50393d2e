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

/* Parses one value and nothing behind it. Refused, ERROR_JSON, with "… at byte N": bad UTF-8, NUL
 * in a string, duplicate keys, nesting over depth_max, bytes after the value. Numbers that jansson
 * cannot hold (integers over 64 bits) are refused there unless json_scan_* lets the caller keep
 * them apart. Gives *out (json_decref). */
bool json_parse(json_t **out, struct bytes text, unsigned depth_max, struct error *err) MUST_CHECK;

/* The line (from 1) of the member at `path` ("alloc", "0xab…") in a text that json_parse took; 0:
 * not found. Array members by index in decimal. For messages that name file and line. */
unsigned json_line(struct bytes text, const char *const *path, size_t path_count);

/* The writer: values are appended; commas are its own work. */
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
void json_put_bytes_text(struct json_writer *w, struct bytes text); /* escaped; valid UTF-8 */
void json_put_raw(struct json_writer *w, struct bytes json);   /* a value that is JSON already */
void json_put_quantity(struct json_writer *w, uint64_t value); /* "0x1f" */
void json_put_quantity_u256(struct json_writer *w, const struct u256 *value);
void json_put_data(struct json_writer *w, struct bytes data); /* "0x00ff" */
void json_put_hash(struct json_writer *w, const struct hash *hash);
void json_put_address(struct json_writer *w, const struct address *address);
void json_put_tree(struct json_writer *w, const json_t *value); /* a jansson value, compact */

#endif
