/* The mempool against a slow and obvious one: a list in no order, of which everything is worked out
 * anew at every step. Random inputs with small limits, so that every bound is met all the time. */
#include "mempool_test.h"

enum { WAITING_MAX = 64, STEPS = 4000, TX_SIZE_ROUGH = 100 };

struct waiting {
    struct send send;
    size_t size;
    uint64_t sequence, queued_ms;
    bool pending, gone;
};

struct model {
    struct world *world; /* its accounts, base fee and time */
    struct mempool_limits limits;
    struct waiting waiting[WAITING_MAX + 1];
    size_t count;
    uint64_t sequence_next;
    uint64_t random;
    struct mempool_counts counts;
    uint64_t digest; /* of all events in their order */
};

static uint64_t draw(struct model *model, uint64_t below)
{
    model->random ^= model->random << 13;
    model->random ^= model->random >> 7;
    model->random ^= model->random << 17;
    return (model->random >> 11) % below;
}

/* ---- what is obvious ---- */

static uint64_t price(const struct model *model, const struct send *send)
{
    uint64_t sum = model->world->base_fee + send->tip;

    return sum < send->cap ? sum : send->cap;
}

static struct waiting *find(struct model *model, char sender, uint64_t nonce)
{
    for (size_t i = 0; i < model->count; i++)
        if (!model->waiting[i].gone && model->waiting[i].send.sender == sender &&
            model->waiting[i].send.nonce == nonce)
            return &model->waiting[i];
    return NULL;
}

static uint64_t balance(struct model *model, char sender)
{
    return u256_to_u64(&world_account(model->world, sender)->balance);
}

/* Walks each sender's nonces up from the account's; returns the cost of those that are executable,
 * *next: the nonce after them. */
static uint64_t walk(struct model *model, char sender, uint64_t *next, bool mark)
{
    uint64_t cost = 0;
    struct waiting *at;

    for (*next = world_account(model->world, sender)->nonce; (at = find(model, sender, *next));
         ++*next) {
        if (cost + send_cost(&at->send) > balance(model, sender))
            break;
        cost += send_cost(&at->send);
        if (mark)
            at->pending = true;
    }
    return cost;
}

/* Sets `pending` anew; who is queued now and was not is so since now. */
static void settle(struct model *model)
{
    bool before[WAITING_MAX + 1] = {false};
    uint64_t next;

    for (size_t i = 0; i < model->count; i++) {
        before[i] = model->waiting[i].pending;
        model->waiting[i].pending = false;
    }
    for (char sender = 'A'; sender < 'A' + WORLD_SENDERS; sender++)
        walk(model, sender, &next, true);
    for (size_t i = 0; i < model->count; i++)
        if (before[i] && !model->waiting[i].pending)
            model->waiting[i].queued_ms = model->world->now_ms;
}

static void sweep(struct model *model)
{
    size_t kept = 0;

    for (size_t i = 0; i < model->count; i++)
        if (!model->waiting[i].gone)
            model->waiting[kept++] = model->waiting[i];
    model->count = kept;
}

/* ---- the model's mempool_add ---- */

/* Whether `a` is to go before `b`. */
static bool goes_before(const struct model *model, const struct waiting *a, const struct waiting *b)
{
    uint64_t price_a = price(model, &a->send), price_b = price(model, &b->send);

    if (a->pending != b->pending)
        return b->pending;
    return price_a != price_b ? price_a < price_b : a->sequence > b->sequence;
}

static struct waiting *cheapest(struct model *model, const struct waiting *replaced,
                                const struct send *send, bool pending)
{
    struct waiting *found = NULL;

    for (size_t i = 0; i < model->count; i++) {
        struct waiting *at = &model->waiting[i];
        struct waiting *after = find(model, at->send.sender, at->send.nonce + 1);
        bool is_last = !after || !after->pending;

        if (at->gone || at == replaced ||
            (at->pending && (!pending || !is_last || at->send.sender == send->sender)))
            continue;
        if (!found || goes_before(model, at, found))
            found = at;
    }
    return found;
}

static bool has_room(struct model *model, const struct waiting *replaced, size_t size)
{
    size_t count = 1, bytes = size;

    for (size_t i = 0; i < model->count; i++) {
        if (model->waiting[i].gone || &model->waiting[i] == replaced)
            continue;
        count++;
        bytes += model->waiting[i].size;
    }
    return count <= model->limits.tx_max && bytes <= model->limits.bytes_max;
}

static bool make_room(struct model *model, const struct waiting *replaced, const struct send *send,
                      bool pending, size_t size)
{
    while (!has_room(model, replaced, size)) {
        struct waiting *victim = cheapest(model, replaced, send, pending);

        if (!victim ||
            (victim->pending == pending && price(model, &victim->send) >= price(model, send)))
            return false;
        victim->gone = true;
    }
    return true;
}

static uint64_t tenth_more(uint64_t fee)
{
    return fee + (fee + 9) / 10;
}

static size_t share(const struct model *model, char sender)
{
    size_t count = 0;

    for (size_t i = 0; i < model->count; i++)
        count += model->waiting[i].send.sender == sender;
    return count;
}

static enum error_code admit(struct model *model, const struct send *send, size_t size, bool again)
{
    struct waiting *replaced = find(model, send->sender, send->nonce);
    uint64_t next, others = walk(model, send->sender, &next, false);
    size_t shared = share(model, send->sender);

    if (replaced && memcmp(&replaced->send, send, sizeof *send) == 0)
        return ERROR_TX_KNOWN;
    if (send->tip > send->cap)
        return ERROR_TX_TIP;
    if (send->cap < model->world->base_fee && !again)
        return ERROR_TX_FEE;
    if (send->nonce < world_account(model->world, send->sender)->nonce)
        return ERROR_TX_NONCE_LOW;
    if (send->nonce > next + model->limits.nonce_ahead_max && !again)
        return ERROR_TX_NONCE_HIGH;
    if (replaced && replaced->pending)
        others -= send_cost(&replaced->send);
    if (others + send_cost(send) > balance(model, send->sender))
        return ERROR_TX_FUNDS;
    if (replaced &&
        (send->tip < tenth_more(replaced->send.tip) || send->cap < tenth_more(replaced->send.cap)))
        return ERROR_TX_REPLACEMENT;
    if (!make_room(model, replaced, send, send->nonce <= next, size))
        return ERROR_TX_UNDERPRICED;
    if (!replaced && shared >= model->limits.sender_tx_max)
        return ERROR_TX_SHARE;
    if (replaced)
        replaced->gone = true;
    return ERROR_NONE;
}

static enum error_code model_add(struct model *model, const struct send *send, size_t size,
                                 uint64_t sequence)
{
    enum error_code code = admit(model, send, size, sequence != 0);

    if (code != ERROR_NONE) {
        for (size_t i = 0; i < model->count; i++)
            model->waiting[i].gone = false;
        model->counts.refused++;
        return code;
    }
    sweep(model);
    if (sequence == 0)
        sequence = model->sequence_next;
    if (model->sequence_next <= sequence)
        model->sequence_next = sequence + 1;
    model->waiting[model->count++] = (struct waiting){
        .send = *send, .size = size, .sequence = sequence, .queued_ms = model->world->now_ms};
    settle(model);
    model->counts.admitted++;
    return ERROR_NONE;
}

/* ---- comparing ---- */

/* What the events say that the mempool holds, kept as a reader of them would. */
struct mirror {
    struct {
        char sender;
        uint64_t nonce, sequence;
        bool pending;
    } at[2 * WAITING_MAX];
    size_t count;
};

static void mirror_event(struct mirror *mirror, const struct mempool_event *event)
{
    size_t i = 0;

    while (i < mirror->count && mirror->at[i].sequence != event->sequence)
        i++;
    if (event->kind == MEMPOOL_REMOVED) {
        must(i < mirror->count);
        mirror->at[i] = mirror->at[--mirror->count];
        return;
    }
    if (i == mirror->count) { /* a new one: no other has its nonce, not for a moment */
        for (size_t j = 0; j < mirror->count; j++)
            must(mirror->at[j].sender != (char)event->tx->sender.byte[3] ||
                 mirror->at[j].nonce != event->tx->nonce);
        must(mirror->count < COUNT(mirror->at));
        mirror->count++;
    } else { /* no word of what did not change */
        must(mirror->at[i].pending != (event->kind == MEMPOOL_PENDING));
    }
    mirror->at[i].sender = (char)event->tx->sender.byte[3];
    mirror->at[i].nonce = event->tx->nonce;
    mirror->at[i].sequence = event->sequence;
    mirror->at[i].pending = event->kind == MEMPOOL_PENDING;
}

static void compare(struct model *model, struct mirror *mirror)
{
    struct world *world = model->world;
    struct mempool_counts counts = mempool_counts(world->mempool);
    size_t pending = 0, bytes = 0;

    for (size_t i = 0; i < world->events.count; i++) {
        const struct mempool_event *event = &world->events.event[i];

        mirror_event(mirror, event);
        model->digest = (model->digest ^ event->sequence) * 1099511628211u;
        model->digest = (model->digest ^ event->kind ^ (event->reason << 4)) * 1099511628211u;
    }
    mempool_events_clear(&world->events);
    must(mirror->count == model->count);
    for (size_t i = 0; i < model->count; i++) {
        const struct waiting *at = &model->waiting[i];
        size_t j = 0;

        while (j < mirror->count && mirror->at[j].sequence != at->sequence)
            j++;
        must(j < mirror->count);
        must(mirror->at[j].sender == at->send.sender && mirror->at[j].nonce == at->send.nonce);
        must(mirror->at[j].pending == at->pending);
        pending += at->pending;
        bytes += at->size;
    }
    must(counts.pending == pending);
    must(counts.queued == model->count - pending);
    must(counts.bytes == bytes);
    must(counts.admitted == model->counts.admitted);
    must(counts.refused == model->counts.refused);
    must(counts.included == model->counts.included);
    must(counts.expired == model->counts.expired);
}

/* The best head of all, again and again. */
static void compare_pick(struct model *model)
{
    struct tx *got[WAITING_MAX];
    uint64_t gas = 21000 * draw(model, WAITING_MAX);
    size_t bytes = TX_SIZE_ROUGH * (size_t)draw(model, WAITING_MAX);
    size_t count = mempool_pick(model->world->mempool, gas, bytes, got, WAITING_MAX), i = 0;
    uint64_t next[WORLD_SENDERS];
    bool executable = false;

    for (size_t s = 0; s < WORLD_SENDERS; s++)
        next[s] = model->world->account[s].nonce;
    for (;;) {
        struct waiting *best = NULL;

        for (size_t s = 0; s < WORLD_SENDERS; s++) {
            struct waiting *at = find(model, (char)('A' + (int)s), next[s]);

            if (at && at->pending && at->send.cap >= model->world->base_fee &&
                (!best || price(model, &at->send) > price(model, &best->send) ||
                 (price(model, &at->send) == price(model, &best->send) &&
                  at->sequence < best->sequence)))
                best = at;
        }
        if (!best)
            break;
        executable = true;
        if (best->send.gas > gas || best->size > bytes) {
            next[best->send.sender - 'A'] = UINT64_MAX; /* the rest of its sender too */
            continue;
        }
        must(i < count);
        must(got[i]->sender.byte[3] == (uint8_t)best->send.sender);
        must(got[i]->nonce == best->send.nonce);
        gas -= best->send.gas;
        bytes -= best->size;
        next[best->send.sender - 'A']++;
        i++;
    }
    must(i == count);
    must(mempool_has_executable(model->world->mempool) == executable);
}

/* ---- random steps ---- */

static void step_add(struct model *model)
{
    struct send send = {.sender = (char)('A' + (int)draw(model, WORLD_SENDERS))};
    uint64_t sequence = draw(model, 16) == 0 ? model->sequence_next + draw(model, 3) : 0;
    struct tx *tx;
    size_t size;
    bool ok;
    enum error_code code;

    send.nonce = world_account(model->world, send.sender)->nonce + draw(model, 9);
    if (send.nonce > 0 && draw(model, 16) == 0)
        send.nonce = draw(model, send.nonce);
    send.tip = draw(model, 12);
    send.cap = 5 + draw(model, 30);
    send.value = draw(model, 4) == 0 ? draw(model, 3000000) : 0;
    send.memo = draw(model, 4) == 0 ? (size_t)draw(model, 400) : 0;
    send.gas = TX_GAS + TX_GAS_BYTE * (uint64_t)send.memo + 1000 * draw(model, 3);
    if (model->count > 0 && draw(model, 20) == 0)
        send = model->waiting[draw(model, model->count)].send;
    tx = send_tx(&send);
    size = tx->encoding.size;
    tx_drop(tx);
    code = model_add(model, &send, size, sequence);
    ok = world_replay(model->world, send, sequence);
    ck_assert_msg(ok == (code == ERROR_NONE) && model->world->err.code == code,
                  "%s, and the model has %s", model->world->err.text, error_name(code));
    if (ok)
        ck_assert_uint_eq(model->world->sequence, model->waiting[model->count - 1].sequence);
}

static void leave_dead(struct model *model)
{
    for (size_t i = 0; i < model->count; i++) {
        struct waiting *at = &model->waiting[i];

        if (at->send.nonce < world_account(model->world, at->send.sender)->nonce ||
            send_cost(&at->send) > balance(model, at->send.sender))
            at->gone = true;
    }
    sweep(model);
    settle(model);
}

/* A few of the pending ones, sometimes with others in their place; coins come and go. */
static void step_block(struct model *model)
{
    struct send in_block[WAITING_MAX];
    size_t count = 0;
    uint64_t base_fee = 5 + draw(model, 20);

    for (char sender = 'A'; sender < 'A' + WORLD_SENDERS; sender++) {
        uint64_t nonce = world_account(model->world, sender)->nonce;
        struct waiting *at;

        for (; draw(model, 3) > 0 && (at = find(model, sender, nonce)) && at->pending; nonce++) {
            if (at->send.cap < model->world->base_fee)
                break;
            in_block[count] = at->send;
            if (draw(model, 8) == 0)
                in_block[count].value /= 2; /* another transaction, unless it is 0 */
            model->counts.included += in_block[count].value == at->send.value;
            count++;
        }
    }
    for (size_t s = 0; s < WORLD_SENDERS; s++) {
        struct account *account = &model->world->account[s];
        uint64_t coins = u256_to_u64(&account->balance);

        if (draw(model, 4) == 0 && coins < 4000000)
            account->balance = u256_of_u64(coins + draw(model, 6000000));
    }
    world_block(model->world, in_block, count, base_fee);
    leave_dead(model);
}

/* What nothing here can tell from a transaction that this node never saw: nonce and balance move.
 */
static void step_foreign_block(struct model *model)
{
    struct account *account = &model->world->account[draw(model, WORLD_SENDERS)];
    uint64_t coins = u256_to_u64(&account->balance);

    account->nonce += draw(model, 3);
    account->balance = u256_of_u64(coins - draw(model, coins / 2 + 1));
    world_block(model->world, NULL, 0, model->world->base_fee);
    leave_dead(model);
}

static void step_time(struct model *model)
{
    uint64_t next = UINT64_MAX;

    model->world->now_ms += draw(model, model->limits.queued_ms_max / 4);
    for (size_t i = 0; i < model->count; i++) {
        struct waiting *at = &model->waiting[i];
        uint64_t end = at->queued_ms + model->limits.queued_ms_max;

        at->gone = !at->pending && end <= model->world->now_ms;
        model->counts.expired += at->gone;
        if (!at->gone && !at->pending && end < next)
            next = end;
    }
    sweep(model);
    ck_assert_uint_eq(world_expire(model->world), next);
}

static uint64_t walk_along(size_t seed, size_t steps)
{
    static const struct mempool_limits limits[] = {
        {.tx_max = 16, .bytes_max = 100000, .sender_tx_max = 4, .nonce_ahead_max = 4},
        {.tx_max = 24, .bytes_max = 1500, .sender_tx_max = 8, .nonce_ahead_max = 3},
        {.tx_max = 64, .bytes_max = 4000, .sender_tx_max = 64, .nonce_ahead_max = 20},
        {.tx_max = 5, .bytes_max = 100000, .sender_tx_max = 3, .nonce_ahead_max = 1},
    };
    struct world world;
    struct model model = {.world = &world,
                          .limits = limits[seed % COUNT(limits)],
                          .sequence_next = 1,
                          .random = 88172645463325252 + seed};
    struct mirror mirror = {0};

    model.limits.queued_ms_max = 1000;
    world_open(&world, &model.limits);
    for (size_t s = 0; s < WORLD_SENDERS; s++)
        world.account[s].balance = u256_of_u64(4000000);
    for (size_t i = 0; i < steps; i++) {
        uint64_t kind = draw(&model, 40);

        if (kind < 2)
            step_block(&model);
        else if (kind < 3)
            step_foreign_block(&model);
        else if (kind < 5)
            step_time(&model);
        else
            step_add(&model);
        compare(&model, &mirror);
        compare_pick(&model);
    }
    /* The walk met everything. */
    ck_assert_uint_gt(model.counts.included, 0);
    ck_assert_uint_gt(model.counts.refused, 0);
    ck_assert_uint_gt(model.counts.expired, 0);
    ck_assert_uint_gt(mempool_counts(world.mempool).evicted, 0);
    ck_assert_uint_gt(mempool_counts(world.mempool).replaced, 0);
    world_close(&world);
    return model.digest;
}
START_TEST(model_agrees)
{
    walk_along((size_t)_i, STEPS);
}
END_TEST

/* The same inputs, the same events in the same order, wherever memory happens to lie. */
START_TEST(model_repeats)
{
    uint64_t first = walk_along(0, STEPS);
    void *moved = mem_new(1, 1000);

    ck_assert_uint_eq(walk_along(0, STEPS), first);
    mem_free(moved);
}
END_TEST

Suite *model_suite(void);
Suite *model_suite(void)
{
    Suite *suite = suite_create("model");
    TCase *t = tcase_create("model");

    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, model_agrees, 0, 8);
    tcase_add_test(t, model_repeats);
    suite_add_tcase(suite, t);
    return suite;
}
