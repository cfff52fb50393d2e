/* Questions to the node. Nothing of an answer is believed before it was looked at: every function
 * fails, with tool->node_failed set, on what cannot be an honest node's answer. */
#ifndef CAIRN_TOOL_CLIENT_H
#define CAIRN_TOOL_CLIENT_H
#include "tool.h"

#include <cairn/u256.h>

/* Calls `method`, gives *result (json_decref). Takes `params`, an array; NULL (an argument that
 * was no UTF-8) is ERROR_USAGE. ERROR_IO: no answer; ERROR_JSON: not a JSON-RPC answer;
 * ERROR_RPC_REFUSED: the node's own error, its code in tool->refusal_code. */
bool client_call(struct tool *tool, json_t **result, const char *method, json_t *params,
                 struct error *err) MUST_CHECK;
/* Where the node was asked to take its time. */
bool client_call_wait(struct tool *tool, json_t **result, const char *method, json_t *params,
                      uint64_t wait_ms, struct error *err) MUST_CHECK;
/* Calls whose answer is one quantity. */
bool client_u64(struct tool *tool, uint64_t *out, const char *method, json_t *params,
                struct error *err) MUST_CHECK;
bool client_u256(struct tool *tool, struct u256 *out, const char *method, json_t *params,
                 struct error *err) MUST_CHECK;

/* Says that the answer makes no sense; returns false. */
bool answer_bad(struct tool *tool, struct error *err, const char *format, ...) PRINTF_LIKE(3, 4);
/* Members of an answer that is an object (anything else fails, too). */
bool answer_u64(struct tool *tool, uint64_t *out, const json_t *answer, const char *key,
                struct error *err) MUST_CHECK;
bool answer_u256(struct tool *tool, struct u256 *out, const json_t *answer, const char *key,
                 struct error *err) MUST_CHECK;
bool answer_hash(struct tool *tool, struct hash *out, const json_t *answer, const char *key,
                 struct error *err) MUST_CHECK;
bool answer_address(struct tool *tool, struct address *out, const json_t *answer, const char *key,
                    struct error *err) MUST_CHECK;
bool answer_data(struct tool *tool, struct buffer *out, const json_t *answer, const char *key,
                 size_t size_max, struct error *err) MUST_CHECK;

/* What a person calls a block: a tag, a decimal number, 0x… (a quantity, or 64 digits: a hash).
 * ERROR_USAGE. */
struct block_name {
    char text[80];  /* as the node wants it */
    bool by_hash;   /* then `hash` */
    bool by_number; /* then `number` */
    struct hash hash;
    uint64_t number;
};
bool block_name_parse(struct block_name *out, const char *text, struct error *err) MUST_CHECK;

#endif
