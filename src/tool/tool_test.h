/* For the tests of this room: a whole run of the tool, without a node and without a terminal. */
#ifndef CAIRN_TOOL_TOOL_TEST_H
#define CAIRN_TOOL_TOOL_TEST_H
#include "test/unit.h"
#include "tool.h"

/* One request that must come, in order, and what is answered. */
struct exchange {
    const char *wants;  /* a part of the request */
    const char *answer; /* the body; NULL: nobody there */
    uint64_t takes_ms;  /* on the run's own clock */
};

struct run {
    enum tool_exit status;
    char *out;
    char *err;
};

/* Runs "cairn WORDS", split at spaces; fails the test where other requests come than those of
 * `script`. The texts are the caller's (run_free). */
struct run run_cairn(const struct exchange *script, size_t count, const char *words);
void run_free(struct run *run);
/* Runs without a node and checks status and what must stand in the outputs (NULL: anything). */
void check_run(const char *words, enum tool_exit status, const char *out, const char *err);

/* A result as a node answers it. */
#define ANSWER(json) "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":" json "}"

/* A directory for one test, the working directory and the home of its keys; gone after it. */
void place_setup(void);
void place_teardown(void);
void place_put(const char *name, const char *content);
unsigned place_mode(const char *name); /* permission bits; fails the test where nothing is */

/* The account 0x11…11 as `cairn key import` takes it, and its password, in files of the place. */
#define ALICE "0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A"
#define BOB "0x1563915e194D8CfBA1943570603F7606A3115508"
void place_import_alice(void); /* key file alice.key, password file pw */

#endif
