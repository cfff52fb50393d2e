/* Private to the room. */
#ifndef CAIRN_STORE_JOURNAL_H
#define CAIRN_STORE_JOURNAL_H
#include <cairn/base.h>

/* Nothing implies such a row, and a start stops at it: a rebuild lets it go. */
bool journal_row_is_damaged(struct bytes key, struct bytes value);

#endif
