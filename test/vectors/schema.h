/* JSON Schema, as far as OpenRPC documents of Ethereum's methods use it. */
#ifndef CAIRN_TEST_SCHEMA_H
#define CAIRN_TEST_SCHEMA_H
#include <cairn/error.h>
#include <cairn/json.h>

/* `document`: where "#/components/schemas/NAME" is looked up. False: `err` says where and why it
 * does not fit. `oneOf` is taken as `anyOf`: an empty array fits both kinds of filter results. */
bool schema_fits(json_t *document, json_t *schema, json_t *value, struct error *err) MUST_CHECK;

#endif
