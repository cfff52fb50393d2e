/* What the machine wants done, and the write that it hands out. */
#include "machine.h"

static struct engine_effect *effects_add(struct effects *effects, enum engine_effect_kind kind)
{
    struct engine_effect *effect;

    if (effects->count == effects->room) {
        effects->room = effects->room ? 2 * effects->room : 64;
        effects->effect = mem_grow(effects->effect, effects->room, sizeof effects->effect[0]);
    }
    effect = &effects->effect[effects->count++];
    *effect = (struct engine_effect){.kind = kind};
    return effect;
}

void effects_answer(struct effects *effects, const struct engine_answer *answer)
{
    struct engine_effect *effect = effects_add(effects, ENGINE_ANSWER);

    effect->answer.ticket = answer->ticket;
    effect->answer.gap = answer->gap;
    effect->answer.gap_nonce = answer->gap_nonce;
}

void effects_refuse(struct effects *effects, uint64_t ticket, const struct error *err)
{
    struct engine_effect *effect = effects_add(effects, ENGINE_ANSWER);

    effect->answer.ticket = ticket;
    effect->answer.err = mem_new(1, sizeof *err);
    *effect->answer.err = *err;
}

void effects_write(struct effects *effects, struct engine_write *write)
{
    effects_add(effects, ENGINE_WRITE)->write = write;
}

void effects_head(struct effects *effects, const struct head *head)
{
    effects_add(effects, ENGINE_HEAD)->head = head_share(head);
}

void effects_pool(struct effects *effects, const struct mempool_event *event)
{
    struct engine_effect *effect = effects_add(effects, ENGINE_POOL);

    effect->pool = *event;
    effect->pool.tx = tx_share(event->tx);
}

void effects_timer(struct effects *effects, uint64_t mono_ms)
{
    effects_add(effects, ENGINE_TIMER)->timer_mono_ms = mono_ms;
}

void effects_stop(struct effects *effects, const struct error *err)
{
    struct engine_effect *effect = effects_add(effects, ENGINE_STOP);

    effect->stop = mem_new(1, sizeof *err);
    *effect->stop = *err;
}

void effects_release(struct effects *effects)
{
    for (size_t i = 0; i < effects->count; i++) {
        struct engine_effect *effect = &effects->effect[i];

        switch (effect->kind) {
        case ENGINE_ANSWER:
            mem_free(effect->answer.err);
            break;
        case ENGINE_WRITE:
            engine_write_free(effect->write);
            break;
        case ENGINE_HEAD:
            head_drop(effect->head);
            break;
        case ENGINE_POOL:
            tx_drop(effect->pool.tx);
            break;
        case ENGINE_TIMER:
            break;
        case ENGINE_STOP:
            mem_free(effect->stop);
            break;
        }
    }
    mem_free(effects->effect);
    *effects = (struct effects){0};
}

void engine_write_apply(const struct engine_write *write, struct store_write *batch)
{
    for (size_t i = 0; i < write->journal_count; i++) {
        const struct engine_journal *entry = &write->journal[i];

        if (entry->tx)
            store_write_journal_put(batch, entry->sequence, entry->tx);
        else
            store_write_journal_delete(batch, entry->sequence);
    }
    if (write->block)
        store_write_block(batch, write->block, &write->certificate, write->changes);
}

void engine_write_free(struct engine_write *write)
{
    if (!write)
        return;
    for (size_t i = 0; i < write->journal_count; i++)
        tx_drop(write->journal[i].tx);
    mem_free(write->journal);
    block_drop(write->block);
    mem_free(write);
}
