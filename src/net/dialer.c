#include "net/dialer.h"

#include <errno.h>

#include "net/options.h"

brink_result brink_dial(struct brink_loop *loop, struct brink_source *source,
                        const struct brink_address *to, enum brink_arming arming)
{
    const struct brink_sys *sys = loop->sys;
    int fd = sys->ops->socket(sys->context, to->sock.any.sa_family, SOCK_STREAM);
    if (fd < 0)
        return brink_fail(-fd);
    if (to->sock.any.sa_family != AF_UNIX)
        brink_options_tune(sys, fd);
    int result = sys->ops->connect(sys->context, fd, &to->sock.any, to->length);
    brink_result added = brink_ok();
    if (result < 0 && result != -EINPROGRESS && result != -EINTR) {
        added = brink_fail(-result);
    } else {
        source->fd = fd;
        source->want = BRINK_WRITABLE;
        added = brink_loop_add(loop, source, arming);
    }
    if (brink_failed(added)) {
        source->fd = -1;
        (void)sys->ops->close(sys->context, fd);
    }
    return added;
}

brink_result brink_dial_result(struct brink_loop *loop, struct brink_source *source)
{
    const struct brink_sys *sys = loop->sys;
    if (!(source->ready & BRINK_WRITABLE))
        return brink_fail(EINPROGRESS);
    int err = 0;
    socklen_t size = sizeof err;
    int result = sys->ops->getsockopt(sys->context, source->fd, SOL_SOCKET, SO_ERROR, &err, &size);
    return brink_fail(result < 0 ? -result : err); /* 0 is success */
}
