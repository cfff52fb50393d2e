/* Rows that several commands print. */
#ifndef CAIRN_TOOL_SHOW_H
#define CAIRN_TOOL_SHOW_H
#include "tool.h"

#include <cairn/u256.h>

/* "1.5 coin (1500000000000000000 wei)" in the row `label`. */
void show_amount(struct tool *tool, const char *label, const struct u256 *wei);

/* What a receipt says, checked against the hash that was asked for. */
struct receipt_view {
    uint64_t block;
    uint64_t index;
    uint64_t gas_used;
    struct u256 price; /* wei a unit of gas */
    struct u256 fee;
};
bool receipt_read(struct tool *tool, struct receipt_view *out, const json_t *receipt,
                  const struct hash *hash, struct error *err) MUST_CHECK;
void show_fee(struct tool *tool, const struct receipt_view *receipt);

#endif
