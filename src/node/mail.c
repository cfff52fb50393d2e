#include "mail.h"

void mail_send(struct mailbox *mailbox, const struct mail *mail)
{
    struct mail *sent = mem_new(1, sizeof *sent);

    *sent = *mail;
    queue_put(&mailbox->queue, &sent->item);
    uv_async_send(mailbox->wake);
}

void mail_free(struct mail *mail)
{
    mem_free(mail->err);
    head_drop(mail->head);
    mem_free(mail);
}

void mail_send_failed(struct mailbox *mailbox, const struct error *err)
{
    struct mail mail = {.kind = MAIL_FAILED, .err = mem_new(1, sizeof *err)};

    *mail.err = *err;
    mail_send(mailbox, &mail);
}
