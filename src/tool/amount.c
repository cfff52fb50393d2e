#include "amount.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

static const struct {
    const char *name;
    size_t decimals;
} units[UNIT_COUNT] = {
    [UNIT_WEI] = {"wei", 0}, [UNIT_GWEI] = {"gwei", 9}, [UNIT_COIN] = {"coin", 18}};

static size_t digits(const char *text)
{
    size_t count = 0;

    while (text[count] >= '0' && text[count] <= '9')
        count++;
    return count;
}

static bool unit_find(enum amount_unit *out, const char *name)
{
    for (size_t i = 0; i < UNIT_COUNT; i++) {
        if (strcmp(units[i].name, name) == 0) {
            *out = (enum amount_unit)i;
            return true;
        }
    }
    *out = UNIT_WEI;
    return name[0] == '\0';
}

bool amount_parse(struct u256 *wei, const char *text, struct error *err)
{
    size_t whole = digits(text);
    bool point = text[whole] == '.';
    const char *fraction = text + whole + (point ? 1 : 0);
    size_t decimals = point ? digits(fraction) : 0;
    struct buffer all = {0};
    enum amount_unit unit;
    bool ok;

    if (whole == 0 || (point && decimals == 0) || !unit_find(&unit, fraction + decimals))
        return error_set(err, ERROR_NUMBER,
                         "\"%s\" is not an amount; write 1.5coin, 20gwei or 1000 (wei)", text);
    if (decimals > units[unit].decimals)
        return error_set(err, ERROR_NUMBER,
                         "\"%s\" has %zu decimals, and a %s has %zu; give at most as many", text,
                         decimals, units[unit].name, units[unit].decimals);
    buffer_put(&all, bytes_of(text, whole));
    buffer_put(&all, bytes_of(fraction, decimals));
    for (size_t i = decimals; i < units[unit].decimals; i++)
        buffer_put_byte(&all, '0');
    ok = u256_parse(wei, buffer_text(&all), all.size) ||
         error_set(err, ERROR_NUMBER, "\"%s\" is over 2^256 - 1 wei; give less", text);
    buffer_release(&all);
    return ok;
}

const char *amount_format(char out[AMOUNT_TEXT], const struct u256 *wei, enum amount_unit unit)
{
    char text[U256_DECIMAL_MAX + 1];
    char padded[U256_DECIMAL_MAX + 32];
    size_t decimals = units[unit].decimals;
    size_t size;
    size_t kept = decimals;

    u256_format(text, wei);
    size = strlen(text);
    /* At least one digit stands before the point. */
    snprintf(padded, sizeof padded, "%.*s%s", size > decimals ? 0 : (int)(decimals + 1 - size),
             "0000000000000000000", text);
    size = strlen(padded);
    while (kept > 0 && padded[size - decimals + kept - 1] == '0')
        kept--;
    snprintf(out, AMOUNT_TEXT, "%.*s%s%.*s %s", (int)(size - decimals), padded, kept ? "." : "",
             (int)kept, padded + size - decimals, units[unit].name);
    return out;
}

bool number_parse(uint64_t *out, const char *text, struct error *err)
{
    struct u256 value;
    size_t size = digits(text);

    if (size == 0 || text[size] != '\0')
        return error_set(err, ERROR_NUMBER, "\"%s\" is not a number; write decimal digits", text);
    if (!u256_parse(&value, text, size) || !u256_fits_u64(&value))
        return error_set(err, ERROR_NUMBER, "\"%s\" is over 2^64 - 1; give less", text);
    *out = u256_to_u64(&value);
    return true;
}

static const char *calendar(char out[TIME_TEXT], uint64_t seconds, const char *end)
{
    const uint64_t last = 253402300799; /* of the year 9999: no five-digit years */
    time_t time = (time_t)seconds;
    struct tm tm;
    size_t size;

    if (seconds > last || !gmtime_r(&time, &tm)) {
        snprintf(out, TIME_TEXT, "%" PRIu64 " s", seconds);
        return out;
    }
    size = strftime(out, TIME_TEXT, "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(out + size, TIME_TEXT - size, "%sZ", end);
    return out;
}

const char *time_format(char out[TIME_TEXT], uint64_t seconds)
{
    return calendar(out, seconds, "");
}

const char *time_format_ms(char out[TIME_TEXT], uint64_t ms)
{
    char end[8];

    snprintf(end, sizeof end, ".%03u", (unsigned)(ms % 1000));
    return calendar(out, ms / 1000, end);
}
