#include <cairn/hex.h>

#include <string.h>

enum { NOT_HEX = 0xff };

/* Two digits a byte: 0.28 ns each, where a digit at a time takes 0.67 ns. */
#define ROW(h)                                                                                     \
    h "0" h "1" h "2" h "3" h "4" h "5" h "6" h "7" h "8" h "9" h "a" h "b" h "c" h "d" h "e" h "f"
static const char digit_pairs[] = ROW("0") ROW("1") ROW("2") ROW("3") ROW("4") ROW("5") ROW("6")
    ROW("7") ROW("8") ROW("9") ROW("a") ROW("b") ROW("c") ROW("d") ROW("e") ROW("f");
#undef ROW
static_assert(sizeof(digit_pairs) == 2 * 256 + 1, "a pair for each byte");

/* A digit's value + 1, so that what is not written here, 0, is no digit. */
static const uint8_t digit_rank[256] = {
    ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,
    ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
    ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16};

/* 0 to 15; NOT_HEX. */
static inline uint8_t digit_value(uint8_t digit)
{
    return (uint8_t)(digit_rank[digit] - 1);
}
static_assert((uint8_t)(0 - 1) == NOT_HEX, "rank 0 is no digit");

static bool check_prefix(struct bytes text, struct error *err)
{
    if (text.size == 0)
        return error_set(err, ERROR_HEX, "empty hex string");
    if (text.size < 2 || text.at[0] != '0' || text.at[1] != 'x')
        return error_set(err, ERROR_HEX, "hex string without 0x prefix");
    return true;
}

static bool check_digits(struct bytes digits, size_t prefix, struct error *err)
{
    for (size_t i = 0; i < digits.size; i++)
        if (digit_value(digits.at[i]) == NOT_HEX)
            return error_set(err, ERROR_HEX, "invalid hex digit at %zu", prefix + i);
    return true;
}

static bool check_quantity(struct bytes text, size_t digits_max, struct error *err)
{
    struct bytes digits;

    if (!check_prefix(text, err))
        return false;
    digits = bytes_from(text, 2);
    if (digits.size == 0)
        return error_set(err, ERROR_HEX, "empty hex string");
    if (!check_digits(digits, 2, err))
        return false;
    if (digits.size > 1 && digits.at[0] == '0')
        return error_set(err, ERROR_HEX, "hex number with leading zero digits");
    if (digits.size > digits_max)
        return error_set(err, ERROR_HEX, "hex number > %zu bits", 4 * digits_max);
    return true;
}

static uint64_t u64_of(struct bytes digits)
{
    uint64_t value = 0;

    for (size_t i = 0; i < digits.size; i++)
        value = value << 4 | digit_value(digits.at[i]);
    return value;
}

bool hex_parse_u64(uint64_t *out, struct bytes text, struct error *err)
{
    if (!check_quantity(text, 16, err))
        return false;
    *out = u64_of(bytes_from(text, 2));
    return true;
}

bool hex_parse_u256(struct u256 *out, struct bytes text, struct error *err)
{
    struct bytes digits;

    if (!check_quantity(text, 64, err))
        return false;
    digits = bytes_from(text, 2);
    *out = u256_of_u64(0);
    for (size_t i = 0; digits.size > 0; i++) { /* 16 digits a limb, the lowest limb first */
        size_t upper = digits.size > 16 ? digits.size - 16 : 0;

        out->limb[i] = u64_of(bytes_from(digits, upper));
        digits = bytes_part(digits, 0, upper);
    }
    return true;
}

/* An even number of digits into half as many bytes. The loop looks at nothing but the sum of the
 * defects, since a branch a byte costs as much as the work; where the defect is, is found after. */
static bool decode(uint8_t *out, struct bytes digits, size_t prefix, struct error *err)
{
    unsigned defects = 0;

    for (size_t i = 0; i < digits.size / 2; i++) {
        unsigned high = digit_value(digits.at[2 * i]);
        unsigned low = digit_value(digits.at[2 * i + 1]);

        defects |= high | low;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return defects <= 0xf || check_digits(digits, prefix, err);
}

bool hex_parse_data(struct buffer *out, struct bytes text, size_t size_max, struct error *err)
{
    size_t size_before = out->size;
    struct bytes digits;

    if (!check_prefix(text, err))
        return false;
    digits = bytes_from(text, 2);
    if (digits.size % 2 != 0)
        return error_set(err, ERROR_HEX, "hex string of odd length");
    if (digits.size / 2 > size_max)
        return error_set(err, ERROR_LIMIT, "hex string of %zu bytes, at most %zu", digits.size / 2,
                         size_max);
    if (!decode(buffer_extend(out, digits.size / 2), digits, 2, err)) {
        out->size = size_before;
        return false;
    }
    return true;
}

static bool parse_fixed(void *out, size_t size, struct bytes digits, size_t prefix,
                        struct error *err)
{
    if (digits.size % 2 != 0)
        return error_set(err, ERROR_HEX, "hex string of odd length");
    if (digits.size != 2 * size)
        return error_set(err, ERROR_HEX, "hex string has length %zu, want %zu", digits.size,
                         2 * size);
    return check_digits(digits, prefix, err) && decode(out, digits, prefix, err);
}

bool hex_parse_fixed(void *out, size_t size, struct bytes text, struct error *err)
{
    return check_prefix(text, err) && parse_fixed(out, size, bytes_from(text, 2), 2, err);
}

bool hex_parse_hash(struct hash *out, struct bytes text, struct error *err)
{
    return hex_parse_fixed(out->byte, HASH_SIZE, text, err);
}

bool hex_parse_address(struct address *out, struct bytes text, struct error *err)
{
    return hex_parse_fixed(out->byte, ADDRESS_SIZE, text, err);
}

bool hex_parse_plain(void *out, size_t size, struct bytes text, struct error *err)
{
    if (text.size == 0 && size != 0)
        return error_set(err, ERROR_HEX, "empty hex string");
    return parse_fixed(out, size, text, 0, err);
}

static void encode(uint8_t *out, struct bytes data)
{
    for (size_t i = 0; i < data.size; i++)
        memcpy(out + 2 * i, digit_pairs + 2 * (size_t)data.at[i], 2);
}

void hex_put_plain(struct buffer *out, struct bytes data)
{
    encode(buffer_extend(out, 2 * data.size), data);
}

void hex_put_data(struct buffer *out, struct bytes data)
{
    uint8_t *at = buffer_extend(out, 2 + 2 * data.size);

    at[0] = '0';
    at[1] = 'x';
    encode(at + 2, data);
}

/* Big-endian bytes as a quantity: without the zero digits in front, but for the last. */
static void put_quantity(struct buffer *out, struct bytes big)
{
    uint8_t digit[64];
    size_t size = 2 * big.size;
    size_t first = 0;
    uint8_t *at;

    assert(size > 0 && size <= sizeof(digit));
    encode(digit, big);
    while (first < size - 1 && digit[first] == '0')
        first++;
    at = buffer_extend(out, 2 + size - first);
    at[0] = '0';
    at[1] = 'x';
    memcpy(at + 2, digit + first, size - first);
}

void hex_put_u64(struct buffer *out, uint64_t value)
{
    uint8_t big[8];

    be64_put(big, value);
    put_quantity(out, bytes_of(big, sizeof(big)));
}

void hex_put_u256(struct buffer *out, const struct u256 *value)
{
    uint8_t big[32];

    u256_put_be(big, value);
    put_quantity(out, bytes_of(big, sizeof(big)));
}

static const char *format(char *out, struct bytes data)
{
    out[0] = '0';
    out[1] = 'x';
    encode((uint8_t *)out + 2, data);
    out[2 + 2 * data.size] = 0;
    return out;
}

const char *hex_format_hash(char out[HEX_HASH_TEXT], const struct hash *hash)
{
    return format(out, bytes_of_hash(hash));
}

const char *hex_format_address(char out[HEX_ADDRESS_TEXT], const struct address *address)
{
    return format(out, bytes_of_address(address));
}
