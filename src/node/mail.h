/* What the other threads tell the loop. One queue, one wake-up for many items. */
#ifndef CAIRN_NODE_MAIL_H
#define CAIRN_NODE_MAIL_H
#include "queue.h"

#include <cairn/engine.h>
#include <cairn/rpc.h>

#include <uv.h>

enum mail_kind {
    MAIL_EXCHANGE, /* a worker ran it */
    MAIL_ANSWER,   /* the engine's, to a wallet */
    MAIL_HEAD,     /* published */
    MAIL_OPEN,     /* the engine is open: the node is ready */
    MAIL_CLOSED,   /* the engine has stopped, all is on the disk */
    MAIL_FAILED,   /* a thread can't go on */
};

struct mail {
    struct queue_item item; /* first */
    enum mail_kind kind;
    struct rpc_exchange *exchange;
    enum rpc_progress progress;
    uint64_t ticket;
    bool gap;
    uint64_t gap_nonce;
    struct error *err; /* given */
    struct head *head; /* a count, given */
};

struct mailbox {
    struct queue queue;
    uv_async_t *wake; /* the loop's */
};

void mail_send(struct mailbox *mailbox,
               const struct mail *mail); /* any thread; takes what it gives */
void mail_free(struct mail *mail);       /* and what nobody took of it */
/* A copy of `err` for MAIL_FAILED. */
void mail_send_failed(struct mailbox *mailbox, const struct error *err);

#endif
