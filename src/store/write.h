/* What a batch takes beside blocks and the journal. Private to the room. */
#ifndef CAIRN_STORE_WRITE_H
#define CAIRN_STORE_WRITE_H
#include "local.h"

void write_meta(struct store_write *write, const struct genesis *genesis); /* schema, genesis */
void write_mark(struct store_write *write, bool rebuilding); /* puts it, or takes it away */

#endif
