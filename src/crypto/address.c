/* Addresses as text, with the checksum of EIP-55: a letter is upper case where the digit of the
 * same place in keccak256 of the lower-case digits is 8 or more. */
#include <cairn/hex.h>
#include <cairn/keccak.h>
#include <cairn/key.h>

enum { ADDRESS_DIGITS = 2 * ADDRESS_SIZE };
static_assert(ADDRESS_TEXT == 2 + ADDRESS_DIGITS + 1, "0x, the digits and a final 0");

const char *address_format(char out[ADDRESS_TEXT], const struct address *address)
{
    static const char digits[] = "0123456789abcdef";
    char *digit = out + 2;
    struct hash hash;

    for (size_t i = 0; i < ADDRESS_SIZE; i++) {
        digit[2 * i] = digits[address->byte[i] >> 4];
        digit[2 * i + 1] = digits[address->byte[i] & 15];
    }
    keccak256(&hash, bytes_of(digit, ADDRESS_DIGITS));
    for (size_t i = 0; i < ADDRESS_DIGITS; i++) {
        unsigned nibble = i % 2 == 0 ? hash.byte[i / 2] >> 4 : hash.byte[i / 2] & 15U;

        if (digit[i] >= 'a' && nibble >= 8)
            digit[i] = (char)(digit[i] - 'a' + 'A');
    }
    out[0] = '0';
    out[1] = 'x';
    out[ADDRESS_TEXT - 1] = '\0';
    return out;
}

/* Letters of both cases: only then does the spelling say anything. */
static bool is_mixed(struct bytes digits)
{
    bool lower = false;
    bool upper = false;

    for (size_t i = 0; i < digits.size; i++) {
        lower = lower || (digits.at[i] >= 'a' && digits.at[i] <= 'f');
        upper = upper || (digits.at[i] >= 'A' && digits.at[i] <= 'F');
    }
    return lower && upper;
}

bool address_parse(struct address *out, struct bytes text, struct error *err)
{
    struct address address;
    char spelled[ADDRESS_TEXT];

    if (!hex_parse_address(&address, text, err))
        return false;
    address_format(spelled, &address);
    if (is_mixed(bytes_from(text, 2)) && !bytes_equal(text, bytes_of_text(spelled)))
        return error_set(err, ERROR_HEX,
                         "address %.*s fails its checksum (EIP-55): mistyped, or write it in lower "
                         "case to go without one",
                         (int)text.size, (const char *)text.at);
    *out = address;
    return true;
}
