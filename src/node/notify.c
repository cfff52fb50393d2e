#include "notify.h"

#include <cairn/log.h>

#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void notify_send(const char *state)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t size = path ? strlen(path) : 0;
    int socket_fd;

    if (size == 0)
        return;
    if ((path[0] != '/' && path[0] != '@') || size >= sizeof address.sun_path) {
        log_warn("node", "NOTIFY_SOCKET is no address of a Unix socket: nobody is told");
        return;
    }
    memcpy(address.sun_path, path, size);
    if (path[0] == '@')
        address.sun_path[0] = 0; /* the abstract name space */
    socket_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (socket_fd < 0)
        return;
    if (sendto(socket_fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&address,
               (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size)) < 0)
        log_warn("node", "the service manager could not be told %s", state);
    close(socket_fd);
}
