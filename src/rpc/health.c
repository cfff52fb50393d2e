/* GET /health: whether blocks come. */
#include "exchange.h"

enum { HEALTH_STALE_MS = 10000, HEALTH_STALE_BLOCKS = 10 };

bool rpc_health(struct rpc *rpc, struct buffer *out)
{
    const struct rpc_options *options = &rpc->options;
    struct head *head = options->node.head(options->node.context);
    uint64_t now_ms = options->node.now_ms(options->node.context), age_ms = 0, stale_ms;
    struct json_writer w = json_writer_of(out);
    bool ok;

    if (now_ms > head->decided_ms)
        age_ms = now_ms - head->decided_ms;
    stale_ms = HEALTH_STALE_BLOCKS * options->genesis->block_time_ms;
    if (stale_ms < HEALTH_STALE_MS)
        stale_ms = HEALTH_STALE_MS;
    /* Without empty blocks silence is no illness, where a block would come for a transaction. */
    ok = !rpc->stopping && options->node.decides(options->node.context) &&
         (!options->genesis->empty_blocks || age_ms <= stale_ms);
    json_object_begin(&w);
    json_put_key(&w, "ok");
    json_put_bool(&w, ok);
    json_put_key(&w, "height");
    json_put_number(&w, head->block->header.height);
    json_put_key(&w, "ageMs");
    json_put_number(&w, age_ms);
    json_put_key(&w, "syncing");
    json_put_bool(&w, false);
    json_put_key(&w, "peers");
    json_put_number(&w, 0);
    json_object_end(&w);
    head_drop(head);
    return ok;
}
