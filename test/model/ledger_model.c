#include "ledger_model.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* ---- numbers */

struct model_number model_number_get(const uint8_t *byte, size_t size)
{
    struct model_number number = {{0}};

    assert(size <= MODEL_NUMBER_SIZE);
    memcpy(number.byte + MODEL_NUMBER_SIZE - size, byte, size);
    return number;
}

void model_number_put(uint8_t *byte, size_t size, const struct model_number *number)
{
    for (size_t i = 0; i + size < MODEL_NUMBER_SIZE; i++)
        assert(number->byte[i] == 0);
    memcpy(byte, number->byte + MODEL_NUMBER_SIZE - size, size);
}

struct model_number model_number_of(uint64_t value)
{
    struct model_number number = {{0}};

    for (size_t i = MODEL_NUMBER_SIZE; value > 0; value /= 256)
        number.byte[--i] = (uint8_t)(value % 256);
    return number;
}

static int compare(const struct model_number *a, const struct model_number *b)
{
    return memcmp(a->byte, b->byte, MODEL_NUMBER_SIZE);
}

bool model_number_equal(const struct model_number *a, const struct model_number *b)
{
    return compare(a, b) == 0;
}

static struct model_number plus(struct model_number a, struct model_number b)
{
    unsigned carry = 0;

    for (size_t i = MODEL_NUMBER_SIZE; i-- > 0;) {
        carry += (unsigned)a.byte[i] + b.byte[i];
        a.byte[i] = (uint8_t)carry;
        carry /= 256;
    }
    assert(carry == 0);
    return a;
}

static struct model_number minus(struct model_number a, struct model_number b)
{
    int borrow = 0;

    assert(compare(&a, &b) >= 0);
    for (size_t i = MODEL_NUMBER_SIZE; i-- > 0;) {
        int digit = a.byte[i] - b.byte[i] - borrow;

        borrow = digit < 0 ? 1 : 0;
        a.byte[i] = (uint8_t)(digit + 256 * borrow);
    }
    return a;
}

/* By doubling and adding, as on paper in base two. */
static struct model_number times(struct model_number a, uint64_t b)
{
    struct model_number product = {{0}};

    for (int bit = 63; bit >= 0; bit--) {
        product = plus(product, product);
        if (b >> bit & 1)
            product = plus(product, a);
    }
    return product;
}

/* Rounded down; long division in base two. */
static struct model_number divided(struct model_number a, uint64_t b)
{
    struct model_number quotient = {{0}}, rest = {{0}}, divisor = model_number_of(b);

    assert(b > 0);
    for (size_t bit = 0; bit < 8 * MODEL_NUMBER_SIZE; bit++) {
        rest = plus(rest, rest);
        rest.byte[MODEL_NUMBER_SIZE - 1] |= (uint8_t)(a.byte[bit / 8] >> (7 - bit % 8) & 1);
        quotient = plus(quotient, quotient);
        if (compare(&rest, &divisor) >= 0) {
            rest = minus(rest, divisor);
            quotient.byte[MODEL_NUMBER_SIZE - 1] |= 1;
        }
    }
    return quotient;
}

static struct model_number smaller(struct model_number a, struct model_number b)
{
    return compare(&a, &b) < 0 ? a : b;
}

static bool is_zero(const struct model_number *a)
{
    struct model_number zero = {{0}};

    return compare(a, &zero) == 0;
}

/* ---- accounts */

static size_t place_of(const struct model *model, const uint8_t *address)
{
    size_t place = 0;

    while (place < model->count &&
           memcmp(model->account[place].address, address, MODEL_ADDRESS_SIZE) < 0)
        place++;
    return place;
}

const struct model_account *model_find(const struct model *model,
                                       const uint8_t address[MODEL_ADDRESS_SIZE])
{
    size_t place = place_of(model, address);

    if (place == model->count ||
        memcmp(model->account[place].address, address, MODEL_ADDRESS_SIZE) != 0)
        return NULL;
    return &model->account[place];
}

static struct model_account read_account(const struct model *model, const uint8_t *address)
{
    const struct model_account *there = model_find(model, address);
    struct model_account nothing = {.nonce = 0};

    if (there)
        return *there;
    memcpy(nothing.address, address, MODEL_ADDRESS_SIZE);
    return nothing;
}

/* EIP-161: what is (0, 0) is not there. */
static void write_account(struct model *model, const struct model_account *account)
{
    size_t place = place_of(model, account->address);
    bool there = model_find(model, account->address) != NULL;

    if (account->nonce == 0 && is_zero(&account->balance)) {
        assert(!there); /* since nobody can give away a balance without a nonce */
        return;
    }
    if (!there) {
        if (model->count == model->room) {
            model->room = 2 * model->room + 16;
            model->account = realloc(model->account, model->room * sizeof(*account));
            assert(model->account);
        }
        memmove(&model->account[place + 1], &model->account[place],
                (model->count - place) * sizeof(*account));
        model->count++;
    }
    model->account[place] = *account;
}

static void add_to(struct model *model, const uint8_t *address, struct model_number amount)
{
    struct model_account account = read_account(model, address);

    account.balance = plus(account.balance, amount);
    write_account(model, &account);
}

/* ---- rules */

/* EIP-1559: up or down by at most an eighth, as the block was fuller or emptier than half. */
static struct model_number next_base_fee(const struct model *model)
{
    uint64_t target = model->gas_limit / 2;
    struct model_number base = model->base_fee, change;

    if (model->fees_none)
        return model_number_of(0);
    if (model->gas_used > target) {
        change = divided(divided(times(base, model->gas_used - target), target), 8);
        base = plus(base, is_zero(&change) ? model_number_of(1) : change);
    } else {
        change = divided(divided(times(base, target - model->gas_used), target), 8);
        base = minus(base, change);
    }
    return compare(&base, &model->base_fee_min) < 0 ? model->base_fee_min : base;
}

void model_init(struct model *model, uint64_t gas_limit, struct model_number base_fee_min,
                bool fees_none, struct model_number genesis_base_fee)
{
    *model = (struct model){.gas_limit = gas_limit,
                            .base_fee_min = base_fee_min,
                            .fees_none = fees_none,
                            .base_fee = genesis_base_fee};
    model_block_end(model); /* block 0, which is empty */
}

void model_release(struct model *model)
{
    free(model->account);
    *model = (struct model){0};
}

void model_copy(struct model *to, const struct model *from)
{
    *to = *from;
    to->room = from->count + 1;
    to->account = malloc(to->room * sizeof(*to->account));
    assert(to->account);
    for (size_t i = 0; i < from->count; i++)
        to->account[i] = from->account[i];
}

void model_give(struct model *model, const uint8_t address[MODEL_ADDRESS_SIZE], uint64_t nonce,
                struct model_number balance)
{
    struct model_account account = {.nonce = nonce, .balance = balance};

    memcpy(account.address, address, MODEL_ADDRESS_SIZE);
    write_account(model, &account);
    model->supply = plus(model->supply, balance);
}

void model_block_begin(struct model *model, const uint8_t proposer[MODEL_ADDRESS_SIZE])
{
    model->gas_used = 0;
    memcpy(model->proposer, proposer, MODEL_ADDRESS_SIZE);
}

bool model_transfer(struct model *model, const struct model_transfer *t)
{
    uint64_t gas = 21000 + 4 * t->zero_bytes + 16 * t->other_bytes + 2400 * t->list_addresses +
                   1900 * t->list_keys;
    struct model_account sender = read_account(model, t->sender);
    struct model_number price, most;

    if (t->gas_limit < gas || t->gas_limit > model->gas_limit)
        return false;
    if (compare(&t->fee_max, &t->tip_max) < 0 || compare(&t->fee_max, &model->base_fee) < 0)
        return false;
    if (t->nonce != sender.nonce || t->nonce == UINT64_MAX)
        return false;
    most = plus(t->value, times(t->fee_max, t->gas_limit));
    if (compare(&sender.balance, &most) < 0)
        return false;
    if (model->gas_used + gas > model->gas_limit)
        return false;

    price = smaller(t->fee_max, plus(model->base_fee, t->tip_max));
    sender.nonce++;
    sender.balance = minus(minus(sender.balance, t->value), times(price, gas));
    write_account(model, &sender);
    add_to(model, t->recipient, t->value);
    add_to(model, model->proposer, times(minus(price, model->base_fee), gas));
    model->burned = plus(model->burned, times(model->base_fee, gas));
    model->gas_used += gas;
    return true;
}

void model_block_end(struct model *model)
{
    model->base_fee = next_base_fee(model);
}

bool model_supply_holds(const struct model *model)
{
    struct model_number sum = model->burned;

    for (size_t i = 0; i < model->count; i++)
        sum = plus(sum, model->account[i].balance);
    return model_number_equal(&sum, &model->supply);
}
