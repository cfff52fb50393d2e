#include "node.h"

#include "banner.h"
#include "clock.h"
#include "engine_thread.h"
#include "notify.h"
#include "place.h"
#include "server.h"
#include "signer.h"

#include <cairn/file.h>
#include <cairn/json.h>
#include <cairn/log.h>

#include <inttypes.h>
#include <openssl/rand.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>
#include <uv.h>

enum {
    STOP_MS = 1500, /* for answers in progress; then connections are cut: all in all under 2 s */
    DESCRIPTORS = 65536,     /* asked for; the hard limit may be lower */
    DESCRIPTORS_KEPT = 1200, /* for LevelDB (1,000 files) and ourselves: a failed open stops us */
    CONNECTIONS_LEAST = 64,
    DESCRIPTORS_LEAST = 256,
};

struct node {
    const struct config *config;
    struct place place;
    struct store *store;
    struct signer *signer;
    struct published *published;
    struct workers *workers;
    struct engine_thread *engine;
    struct rpc *rpc;
    struct server *server;
    struct address validator;

    uv_loop_t loop;
    uv_async_t wake;
    uv_signal_t interrupt, terminate;
    uv_timer_t stop_timer;
    struct mailbox mailbox;
    bool loop_is_open, stopping, engine_closing, engine_ended, ended;
    int exit_code;
};

/* ---- the RPC's view of the node ---- */

static struct head *on_head(void *context)
{
    return published_head(((struct node *)context)->published);
}

static struct block *on_block_recent(void *context, uint64_t height)
{
    return published_block(((struct node *)context)->published, height);
}

static struct tx *on_pool_find(void *context, const struct hash *hash)
{
    return published_tx(((struct node *)context)->published, hash);
}

static uint64_t on_pool_nonce(void *context, const struct address *sender, uint64_t nonce_account)
{
    return published_nonce(((struct node *)context)->published, sender, nonce_account);
}

static struct mempool_counts on_pool_counts(void *context)
{
    return published_counts(((struct node *)context)->published);
}

static size_t on_pool_pending(void *context, struct tx ***tx, uint64_t **sequence)
{
    return published_pending(((struct node *)context)->published, tx, sequence);
}

static void on_submit(void *context, struct tx *tx, uint64_t ticket)
{
    engine_thread_submit(((struct node *)context)->engine, tx, ticket);
}

static bool on_decides(void *context)
{
    return published_decides(((struct node *)context)->published);
}

static uint64_t on_now_ms(void *context)
{
    (void)context;
    return clock_now_ms();
}

static uint64_t on_mono_ms(void *context)
{
    (void)context;
    return clock_mono_ms();
}

static struct rpc *node_rpc_new(struct node *node)
{
    const struct config *config = node->config;
    struct rpc_options options;

    rpc_options_default(&options);
    options.genesis = &node->place.genesis;
    options.store = node->store;
    options.validator = node->signer ? &node->validator : NULL;
    options.suggested_tip_wei = config->rpc_suggested_tip;
    options.batch_max = (size_t)config->rpc_batch_max;
    options.answer_bytes_max = (size_t)config->rpc_answer_max;
    options.depth_max = (unsigned)config->rpc_depth_max;
    options.waiting_max = (size_t)config->rpc_waiting_max;
    options.node = (struct rpc_node){
        .context = node,
        .head = on_head,
        .block_recent = on_block_recent,
        .pool_find = on_pool_find,
        .pool_nonce = on_pool_nonce,
        .pool_counts = on_pool_counts,
        .pool_pending = on_pool_pending,
        .submit = on_submit,
        .decides = on_decides,
        .now_ms = on_now_ms,
        .mono_ms = on_mono_ms,
    };
    return rpc_new(&options);
}

/* ---- the end ---- */

/* Everything on the loop is closed; it then ends by itself. */
static void node_end(struct node *node)
{
    if (node->ended)
        return;
    node->ended = true;
    if (node->server)
        server_close(node->server);
    uv_close((uv_handle_t *)&node->stop_timer, NULL);
    /* Heard to the very end: a second SIGTERM may not cut short what the first one asked for. */
    uv_unref((uv_handle_t *)&node->interrupt);
    uv_unref((uv_handle_t *)&node->terminate);
    uv_unref((uv_handle_t *)&node->wake); /* workers may still send: closed after they have ended */
}

/* First the answers in progress, then the engine with what it accepted. */
static void node_stop_engine(struct node *node)
{
    if (node->engine_closing)
        return;
    node->engine_closing = true;
    if (node->engine && !node->engine_ended)
        engine_thread_close(node->engine);
    else
        node_end(node);
}

static void on_stop_timer(uv_timer_t *timer)
{
    struct node *node = timer->data;

    if (node->server && !server_is_idle(node->server)) {
        log_warn("node", "some requests were still open: their connections are cut");
        server_close(node->server);
    }
    node_stop_engine(node);
}

static void node_go_on_stopping(void *context)
{
    struct node *node = context;

    if (node->stopping && !node->engine_closing && (!node->server || server_is_idle(node->server)))
        node_stop_engine(node);
}

static void node_stop(struct node *node, const char *why)
{
    if (node->stopping)
        return;
    node->stopping = true;
    log_info("node", "stopping: %s", why);
    notify_send("STOPPING=1");
    uv_timer_start(&node->stop_timer, on_stop_timer, STOP_MS, 0);
    if (node->server)
        server_stop(node->server);
    node_go_on_stopping(node);
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct node *node = handle->data;

    if (node->ended)
        return;
    if (node->stopping) {
        uv_timer_stop(&node->stop_timer);
        on_stop_timer(&node->stop_timer);
    }
    node_stop(node, number == SIGINT ? "interrupted (SIGINT)" : "asked to (SIGTERM)");
}

static void node_fail(struct node *node, const struct error *err)
{
    log_error("node", "%s", err->text);
    if (node->exit_code == 0)
        node->exit_code = place_exit_code(err->code);
    node->stopping = node->engine_ended = true;
    node_end(node);
}

/* ---- ready ---- */

static bool ready_file_write(const struct node *node, const char *url, struct error *err)
{
    struct buffer text = {0};
    bool ok;

    if (!node->config->ready_file)
        return true;
    buffer_printf(&text, "%s\n", url);
    ok = file_write_atomic(node->config->ready_file, buffer_bytes(&text), 0644, err);
    buffer_release(&text);
    return ok || error_wrap(err, "--ready-file");
}

static bool host_is_loopback(const char *host)
{
    return strncmp(host, "127.", 4) == 0 || strcmp(host, "::1") == 0 ||
           strcmp(host, "localhost") == 0;
}

/* Before anything is opened. With fewer, clients alone could use them up, and then a file that must
 * be written ends the node. */
static bool raise_descriptors(struct error *err)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= DESCRIPTORS)
        return true;
    limit.rlim_cur = limit.rlim_max > DESCRIPTORS ? DESCRIPTORS : limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur >= DESCRIPTORS_LEAST ||
           error_set(err, ERROR_USAGE,
                     "the system allows this process %llu open files, %d are needed (ulimit -Hn, "
                     "LimitNOFILE)",
                     (unsigned long long)limit.rlim_cur, DESCRIPTORS_LEAST);
}

/* As many connections as are configured, or as leave the store what it needs. */
static size_t connections_max(const struct config *config)
{
    size_t wanted = (size_t)config->rpc_connections_max, most = CONNECTIONS_LEAST;
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted + DESCRIPTORS_KEPT)
        return wanted;
    if (limit.rlim_cur > DESCRIPTORS_KEPT + CONNECTIONS_LEAST)
        most = (size_t)limit.rlim_cur - DESCRIPTORS_KEPT;
    if (wanted <= most)
        return wanted;
    log_warn("rpc",
             "%zu connections at most, not %zu: the system allows this process %llu open files "
             "(ulimit -Hn, LimitNOFILE)",
             most, wanted, (unsigned long long)limit.rlim_cur);
    return most;
}

static bool node_serve(struct node *node, char *url, size_t size, struct error *err)
{
    const struct config *config = node->config;
    struct server_options options = {
        .loop = &node->loop,
        .rpc = node->rpc,
        .workers = node->workers,
        .mailbox = &node->mailbox,
        .bodies_max = (size_t)config->rpc_bodies_max,
        .answers_max = (size_t)config->rpc_answers_max,
        .connections_max = connections_max(config),
        .connections_per_address_max = (size_t)config->rpc_connections_per_address_max,
        .policy = {.vhosts = (const char *const *)config->rpc_vhosts.item,
                   .vhost_count = config->rpc_vhosts.count,
                   .origins = (const char *const *)config->rpc_cors_origins.item,
                   .origin_count = config->rpc_cors_origins.count},
        .on_idle = node_go_on_stopping,
        .context = node,
    };
    bool v6 = strchr(config->rpc_host, ':') != NULL;

    http_limits_default(&options.limits);
    options.limits.body_bytes_max = (size_t)config->rpc_body_max;
    options.limits.idle_ms = config->rpc_idle_s * 1000;
    options.limits.requests_max = (size_t)config->rpc_requests_max;
    options.limits.head_bytes_max = (size_t)config->rpc_head_max;
    options.limits.head_ms = config->rpc_head_s * 1000;
    options.limits.body_ms = config->rpc_body_s * 1000;
    node->server = server_open(&options, config->rpc_host, config->rpc_port, err);
    if (!node->server)
        return false;
    snprintf(url, size, "http://%s%s%s:%u", v6 ? "[" : "", config->rpc_host, v6 ? "]" : "",
             server_port(node->server));
    if (!host_is_loopback(config->rpc_host))
        log_warn("rpc",
                 "%s is reachable from other machines and not encrypted: put a TLS proxy in front",
                 url);
    return true;
}

static void node_ready(struct node *node)
{
    struct head *head = published_head(node->published);
    struct error err = {0};
    char url[512] = "none (--no-rpc)";

    if (node->stopping) {
        head_drop(head);
        return;
    }
    if ((!node->config->no_rpc && !node_serve(node, url, sizeof url, &err)) ||
        !ready_file_write(node, url, &err)) {
        log_error("node", "%s", err.text);
        node->exit_code = place_exit_code(err.code);
        node_stop(node, "it could not begin to serve");
        head_drop(head);
        return;
    }
    log_info("node",
             "ready: chain %" PRIu64 " at height %" PRIu64 ", JSON-RPC %s, data directory %s",
             node->place.genesis.chain_id, head->block->header.height, url, node->place.directory);
    notify_send("READY=1");
    if (node->config->dev)
        banner_print(&node->place.genesis, url, node->config->no_rpc);
    head_drop(head);
}

/* ---- mail ---- */

static void on_exchange_ready(void *context, struct rpc_exchange *exchange)
{
    server_exchange_ready(context, exchange);
}

static void take_mail(struct node *node, struct mail *mail)
{
    struct rpc_exchange *exchange;

    switch (mail->kind) {
    case MAIL_EXCHANGE:
        server_exchange_ran(node->server, mail->exchange, mail->progress);
        break;
    case MAIL_ANSWER:
        exchange = rpc_submitted(node->rpc, mail->ticket, mail->err, mail->gap, mail->gap_nonce);
        if (exchange)
            server_exchange_ready(node->server, exchange);
        break;
    case MAIL_HEAD:
        if (node->server)
            rpc_on_head(node->rpc, mail->head, on_exchange_ready, node->server);
        break;
    case MAIL_OPEN:
        node_ready(node);
        break;
    case MAIL_CLOSED:
        node->engine_ended = true;
        node_end(node);
        break;
    case MAIL_FAILED:
        node_fail(node, mail->err);
        break;
    }
}

static void take_all_mail(struct node *node)
{
    struct queue_item *items = queue_poll(&node->mailbox.queue);

    while (items) {
        struct mail *mail = (struct mail *)items;

        items = items->next;
        take_mail(node, mail);
        mail_free(mail);
    }
    if (node->server)
        server_flush(node->server);
}

static void on_wake(uv_async_t *wake)
{
    struct node *node = wake->data;

    take_all_mail(node);
    node_go_on_stopping(node);
}

/* ---- the beginning ---- */

static bool node_open_loop(struct node *node, struct error *err)
{
    int status = uv_loop_init(&node->loop);

    if (status != 0)
        return error_set(err, ERROR_IO, "the event loop: %s", uv_strerror(status));
    node->loop_is_open = true;
    uv_async_init(&node->loop, &node->wake, on_wake);
    uv_signal_init(&node->loop, &node->interrupt);
    uv_signal_init(&node->loop, &node->terminate);
    uv_timer_init(&node->loop, &node->stop_timer);
    node->wake.data = node->interrupt.data = node->terminate.data = node->stop_timer.data = node;
    node->mailbox.wake = &node->wake;
    uv_signal_start(&node->interrupt, on_signal, SIGINT);
    uv_signal_start(&node->terminate, on_signal, SIGTERM);
    return true;
}

static bool node_open_signer(struct node *node, struct error *err)
{
    const struct config *config = node->config;
    struct header head;
    struct hash hash;
    bool lost;

    if (!config->dev && !config->validator_key)
        return true;
    node->signer = config->dev ? signer_open_dev(config, node->place.directory,
                                                 node->place.chain_is_new, &lost, err)
                               : signer_open(config, &lost, err);
    if (!node->signer)
        return false;
    node->validator = signer_key(node->signer)->address;
    if (lost && !store_head(node->store, &head, &hash, err))
        return false;
    /* A first start that was cut off before the record was made: the chain shows nothing yet. */
    if (lost && config->dev && head.height == 0 && !file_exists(signer_record_path(node->signer)))
        return signer_record_anew(node->signer, &node->place.genesis.hash, 0, err);
    if (lost)
        return error_set(
            err, ERROR_RECORD,
            "%s, the record of what this validator's key signed, is missing or can't be "
            "read: bring it back from where it was; or, if the key signed nothing on this "
            "chain above the head in the data directory, say so by --new-validator-state",
            signer_record_path(node->signer));
    if (!config->new_validator_state)
        return true;
    if (!store_head(node->store, &head, &hash, err))
        return false;
    log_warn("node",
             "the validator's record begins anew at height %" PRIu64 ", by --new-validator-state",
             head.height);
    return signer_record_anew(node->signer, &node->place.genesis.hash, head.height, err);
}

static struct store_options node_store_options(const struct config *config)
{
    return (struct store_options){
        .leveldb = {.cache_bytes = (size_t)config->store_cache,
                    .write_buffer_bytes = 32 * 1024 * 1024,
                    .create = true},
        .view_cache_accounts = STORE_VIEW_CACHE_DEFAULT,
    };
}

static bool node_start_engine(struct node *node, struct error *err)
{
    const struct config *config = node->config;
    const struct genesis *genesis = &node->place.genesis;
    struct engine_thread_options options = {
        .published = node->published,
        .mailbox = &node->mailbox,
        .engine = {.genesis = genesis,
                   .store = node->store,
                   .limits = {.tx_max = (size_t)config->mempool_tx_max,
                              .bytes_max = (size_t)config->mempool_bytes_max,
                              .sender_tx_max = (size_t)config->mempool_sender_max,
                              .nonce_ahead_max = config->mempool_ahead_max,
                              .queued_ms_max = config->mempool_queued_s * 1000},
                   .trie_bytes_max = (size_t)config->trie_memory,
                   .block_time_ms =
                       config->block_time_given ? config->block_time : genesis->block_time_ms,
                   .empty_blocks = genesis->empty_blocks},
    };

    if (node->signer) {
        options.engine.key = signer_key(node->signer);
        options.engine.record = *signer_record(node->signer);
        options.record_path = signer_record_path(node->signer);
    }
    if (config->extra) {
        options.engine.extra_size = strlen(config->extra);
        memcpy(options.engine.extra, config->extra, options.engine.extra_size);
    }
    node->engine = engine_thread_start(&options, err);
    return node->engine != NULL;
}

static size_t worker_count(const struct config *config)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);

    if (config->workers > 0)
        return (size_t)config->workers;
    return cores < 1 ? 1 : cores > WORKERS_MAX ? WORKERS_MAX : (size_t)cores;
}

/* Only the loop's thread hears them, so that blocking them there is enough when the loop has ended.
 */
static void hear_signals(int how)
{
    sigset_t signals;

    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(how, &signals, NULL);
}

static bool node_open(struct node *node, struct error *err)
{
    struct store_options options = node_store_options(node->config);

    if (!raise_descriptors(err) || !place_open(&node->place, node->config, err) ||
        !store_open(&node->store, node->place.directory, &node->place.genesis, &options, err) ||
        !node_open_signer(node, err) || !node_open_loop(node, err))
        return false;
    hear_signals(
        SIG_BLOCK); /* the threads inherit it; the loop's own hears them again when it runs */
    node->published = published_new();
    node->workers = workers_start(worker_count(node->config));
    node->rpc = node_rpc_new(node);
    return node_start_engine(node, err);
}

static void node_close(struct node *node)
{
    workers_stop(node->workers);
    if (node->loop_is_open) {
        node_end(node);
        take_all_mail(
            node); /* what the workers had in hand; some of it goes to the engine's inbox */
    }
    engine_thread_join(node->engine);
    if (node->loop_is_open) {
        take_all_mail(node);
        uv_close((uv_handle_t *)&node->wake, NULL);
        uv_run(&node->loop, UV_RUN_DEFAULT);
        server_free(node->server);
        node->server = NULL;
    }
    rpc_free(node->rpc);
    published_free(node->published);
    signer_close(node->signer);
    store_close(node->store);
    place_close(&node->place);
    if (node->loop_is_open) {
        int status;

        hear_signals(SIG_BLOCK);
        uv_close((uv_handle_t *)&node->interrupt, NULL);
        uv_close((uv_handle_t *)&node->terminate, NULL);
        uv_run(&node->loop, UV_RUN_DEFAULT);
        status = uv_loop_close(&node->loop);
        assert(status == 0); /* every handle was closed */
        (void)status;
        queue_release(&node->mailbox.queue);
    }
}

int node_run(const struct config *config)
{
    struct node node = {.config = config};
    struct error err = {0};
    size_t seed = 0;

    signal(SIGPIPE, SIG_IGN);
    if (config->ready_file)
        unlink(config->ready_file); /* an old one would say that this node is ready */
    if (RAND_bytes((unsigned char *)&seed, sizeof seed) != 1 || seed == 0)
        seed = 1;
    json_open(seed);
    queue_init(&node.mailbox.queue);
    log_info("node", "cairn %s", CAIRN_VERSION);
    if (!node_open(&node, &err)) {
        log_error("node", "%s", err.text);
        node.exit_code = place_exit_code(err.code);
    } else {
        hear_signals(SIG_UNBLOCK);
        uv_run(&node.loop, UV_RUN_DEFAULT);
    }
    node_close(&node);
    if (node.exit_code == 0)
        log_info("node", "stopped, all is on the disk");
    return node.exit_code;
}
