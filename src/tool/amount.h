/* Amounts and times as people write and read them. Exact decimal arithmetic: nothing is rounded,
 * and what does not fit is refused. Pure; any thread. */
#ifndef CAIRN_TOOL_AMOUNT_H
#define CAIRN_TOOL_AMOUNT_H
#include <cairn/error.h>
#include <cairn/u256.h>

enum amount_unit { UNIT_WEI, UNIT_GWEI, UNIT_COIN, UNIT_COUNT };

enum { AMOUNT_TEXT = 96, TIME_TEXT = 40 };
static_assert(AMOUNT_TEXT > U256_DECIMAL_MAX + sizeof ". coin", "the largest amount in any unit");

/* "1.5coin", "20gwei", "7wei", "1000" (wei). ERROR_NUMBER: another form, more decimals than the
 * unit has, over 2^256 - 1 wei. */
bool amount_parse(struct u256 *wei, const char *text, struct error *err) MUST_CHECK;
/* "1.5 coin": all decimals but the zeros at the end. */
const char *amount_format(char out[AMOUNT_TEXT], const struct u256 *wei, enum amount_unit unit);

/* Decimal digits alone. ERROR_NUMBER. */
bool number_parse(uint64_t *out, const char *text, struct error *err) MUST_CHECK;

/* ISO 8601 in UTC, "2024-02-29T12:00:00Z"; the number alone where the calendar does not reach. */
const char *time_format(char out[TIME_TEXT], uint64_t seconds);
/* With milliseconds: "2024-02-29T12:00:00.250Z". */
const char *time_format_ms(char out[TIME_TEXT], uint64_t ms);

#endif
