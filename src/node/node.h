/* The node: the floors below plugged into the real clock, disk, network and threads, from start to
 * stop. */
#ifndef CAIRN_NODE_NODE_H
#define CAIRN_NODE_NODE_H
#include "options.h"

/* Runs until it is asked to stop (SIGINT, SIGTERM) or can't go on; the exit code (config_help lists
 * them). */
int node_run(const struct config *config);
/* --reindex. */
int node_reindex(const struct config *config);

#endif
