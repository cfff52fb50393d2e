#include "banner.h"

#include <cairn/hex.h>

#include <inttypes.h>

static void print_balance(struct buffer *out, const struct genesis *genesis,
                          const struct address *address)
{
    char coins[U256_DECIMAL_MAX + 1];
    struct u256 whole = {0};

    for (size_t i = 0; i < genesis->account_count; i++)
        if (address_equal(&genesis->account[i].address, address))
            u256_divide_u64(&whole, NULL, &genesis->account[i].account.balance,
                            UINT64_C(1000000000000000000));
    u256_format(coins, &whole);
    buffer_printf(out, "%s", coins);
}

static void print_accounts(struct buffer *out, const struct genesis *genesis)
{
    for (size_t i = 0; i < GENESIS_DEV_ACCOUNTS; i++) {
        const struct secret *secret = genesis_dev_secret(i);
        struct address address;
        char text[ADDRESS_TEXT];

        if (!secret_address(&address, secret))
            continue;
        buffer_printf(out, "  (%zu) %s  ", i, address_format(text, &address));
        print_balance(out, genesis, &address);
        buffer_put_text(out, " coins\n      key 0x");
        hex_put_plain(out, bytes_of(secret->byte, sizeof secret->byte));
        buffer_put_text(out, "\n");
    }
}

void banner_print(const struct genesis *genesis, const char *url, bool no_rpc)
{
    struct buffer out = {0};
    struct address from, to;
    char from_text[ADDRESS_TEXT], to_text[ADDRESS_TEXT];

    buffer_printf(&out,
                  "\ncairn's development chain\n\n  RPC URL   %s\n  chain id  %" PRIu64 "\n\n", url,
                  genesis->chain_id);
    buffer_put_text(&out, "Accounts. Their keys are public knowledge: anyone can take what is sent "
                          "to them on any chain.\n");
    print_accounts(&out, genesis);
    if (!no_rpc && secret_address(&from, genesis_dev_secret(0)) &&
        secret_address(&to, genesis_dev_secret(1))) {
        address_format(from_text, &from);
        address_format(to_text, &to);
        buffer_printf(
            &out,
            "\nA first command, and a first transfer (with Foundry's cast):\n  curl -s %s -H "
            "'Content-Type: application/json' -d "
            "'{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_getBalance\",\"params\":[\"%s\"]}'\n",
            url, from_text);
        buffer_printf(&out, "  cast send --rpc-url %s --private-key 0x", url);
        hex_put_plain(&out, bytes_of(genesis_dev_secret(0)->byte, 32));
        buffer_printf(&out,
                      " %s --value 1ether\n\nCtrl-C stops it; started again, it goes on with the "
                      "same chain.\n\n",
                      to_text);
    }
    fwrite(out.at, 1, out.size, stdout);
    fflush(stdout);
    buffer_release(&out);
}
