/* Which chain, and where it lies: the genesis and the data directory that the options name. */
#ifndef CAIRN_NODE_PLACE_H
#define CAIRN_NODE_PLACE_H
#include "options.h"

#include <cairn/genesis.h>

struct place {
    struct genesis genesis;
    bool genesis_is_good; /* place_close releases it */
    char *directory;
    bool temporary;    /* removed by place_close */
    bool chain_is_new; /* no chain was there when it was opened */
};

bool place_open(struct place *place, const struct config *config, struct error *err) MUST_CHECK;
void place_close(struct place *place);
/* Exit code of a failed start (config_help). */
int place_exit_code(enum error_code code);

#endif
