/* Telling the service manager (sd_notify's protocol: one datagram to $NOTIFY_SOCKET). */
#ifndef CAIRN_NODE_NOTIFY_H
#define CAIRN_NODE_NOTIFY_H

/* "READY=1", "STOPPING=1"; nothing happens where nobody listens. */
void notify_send(const char *state);

#endif
