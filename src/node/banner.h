/* What the development chain prints for the person who started it. */
#ifndef CAIRN_NODE_BANNER_H
#define CAIRN_NODE_BANNER_H
#include <cairn/genesis.h>

/* To standard output: URL, chain id, the funded accounts with their keys, a first command. */
void banner_print(const struct genesis *genesis, const char *url, bool no_rpc);

#endif
