#include "checks.h"
void check_openrpc(struct checks*c,json_t*r){(void)c;(void)r;}
void check_rpc_examples(struct checks*c,json_t*r){(void)c;(void)r;}
