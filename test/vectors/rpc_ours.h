/* Requests of another chain, with the hashes and heights that only it has put in as ours. */
#ifndef CAIRN_TEST_RPC_OURS_H
#define CAIRN_TEST_RPC_OURS_H
#include "rpc_world.h"

/* What the cases of one file share. */
struct asking {
    struct rpc_world *world;
    json_t *ours;   /* the document of what is served here */
    json_t *theirs; /* openrpc.json, or NULL */
};

/* Of an OpenRPC document; NULL: it has none of that name. */
json_t *method_find(json_t *document, const char *name);
/* The type of the transaction or receipt that a result is; TX_TYPE_COUNT: none that is known here.
 */
enum tx_type result_type(json_t *result);
/* The request as it would be made of our chain; `result` is what the other answered. Gives it. */
json_t *request_ours(const struct asking *a, json_t *request, json_t *result) MUST_CHECK;

#endif
