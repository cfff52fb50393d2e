/* The cache of newest accounts. Private to the room. */
#ifndef CAIRN_STORE_VIEW_H
#define CAIRN_STORE_VIEW_H
#include <stddef.h>

struct store;

void view_init(struct store *store, size_t accounts); /* a power of two; 0: the default */
void view_release(struct store *store);

#endif
