/* cairnd's options: one table from which the command line, CAIRN_* variables, the INI file and
 * --help come. The command line wins over the environment, that over the file. A wrong value is
 * named with where it came from. */
#ifndef CAIRN_NODE_OPTIONS_H
#define CAIRN_NODE_OPTIONS_H
#include <cairn/error.h>
#include <cairn/log.h>

enum { CONFIG_LIST_MAX = 64 };

struct config_list {
    char *item[CONFIG_LIST_MAX];
    size_t count;
};

struct config {
    bool dev, temporary, reindex, new_validator_state, no_rpc;
    bool help, version;
    char *genesis, *data_dir, *validator_key, *password_file, *config_file, *ready_file;
    char *rpc_host; /* of --rpc-listen, without brackets */
    uint16_t rpc_port;
    struct config_list rpc_vhosts, rpc_cors_origins;
    uint64_t rpc_body_max, rpc_batch_max, rpc_answer_max, rpc_connections_max,
        rpc_connections_per_address_max;
    uint64_t rpc_idle_s, rpc_waiting_max, rpc_suggested_tip, rpc_bodies_max, rpc_depth_max,
        rpc_answers_max, rpc_requests_max, rpc_head_max, rpc_head_s, rpc_body_s;
    bool block_time_given;
    uint64_t block_time;
    enum log_level log_level;
    enum log_format log_format;
    uint64_t mempool_tx_max, mempool_bytes_max, mempool_sender_max, mempool_ahead_max,
        mempool_queued_s;
    uint64_t trie_memory, store_cache, workers;
    char *extra;
};

/* Reads everything. False: ERROR_USAGE "--rpc-listen "x" (command line): WHAT". config_release in
 * any case. */
bool config_load(struct config *config, int argc, char **argv, struct error *err) MUST_CHECK;
void config_release(struct config *config);
void config_help(struct buffer *out);

#endif
