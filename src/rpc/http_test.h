/* What the tests of the HTTP machine share: a connection with a server behind it that answers
 * POST / with the request's body and GET /health with its query. */
#ifndef CAIRN_RPC_HTTP_TEST_H
#define CAIRN_RPC_HTTP_TEST_H
#include "http_machine.h"
#include "test/unit.h"

enum { WORLD_EVENTS_MAX = 256 };

struct world {
    struct http_limits limits;
    struct http_policy policy;
    struct http_budget budget;
    struct http *http;
    uint64_t now_ms;
    bool holds; /* events are left in `event`, for the test to answer */
    struct http_event event[WORLD_EVENTS_MAX];
    size_t event_count;
    struct buffer sent;
};

void world_init(struct world *world);
void world_release(struct world *world);
/* One read, and the turn after it. */
void world_feed(struct world *world, struct bytes in);
void world_say(struct world *world, const char *text);
void world_say_many(struct world *world, const char *text, size_t count);
/* The peer shuts its side. */
void world_eof(struct world *world);
/* Answers a held event, and the turn after it. */
void world_answer(struct world *world, size_t index);
/* "STATUS body" of each answer sent, then "open" or "close", joined by " | ". Checks what every
 * answer must have. `head`: they answer HEAD. Gives text. */
char *world_heard(const struct world *world, bool head);
void world_expect(const struct world *world, const char *heard);

/* Of the files beside it. */
TCase *http_stories(void);
TCase *http_policies(void);
Suite *http_suite(void);

#endif
