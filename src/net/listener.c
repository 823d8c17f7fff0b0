#include "net/listener.h"

#include <errno.h>

static struct brink_listener *listener_of(struct brink_source *source)
{
    return BRINK_CONTAINER_OF(source, struct brink_listener, source);
}

static void rest(struct brink_listener *listener)
{
    listener->resting = true;
    brink_timer_arm(&listener->loop->wheel, listener->rest,
                    listener->loop->now_ms + BRINK_LISTENER_REST_MS);
}

/* Wants nothing any more, and, as far as the kernel lets us, is not woken either. */
static void silence(struct brink_listener *listener)
{
    brink_counter_add(&listener->pauses, 1);
    brink_loop_want(listener->loop, &listener->source, 0);
    listener->source.ready = 0;
    brink_result armed = brink_loop_rearm(listener->loop, &listener->source, BRINK_ARM_ONESHOT);
    (void)armed.err; /* stays armed by edge then: woken for each client, and still accepts none */
}

/* A thread that accepts has claimed it; that takes a moment. */
void brink_listener_claim(struct brink_listener *listener)
{
    while (!brink_loop_claim(listener->loop, &listener->source))
        brink_loop_yield(listener->loop);
}

void brink_listener_release(struct brink_listener *listener)
{
    brink_loop_release(listener->loop, &listener->source);
}

/* One that ends looks for itself: of a queue that is empty the kernel tells nothing. */
static void want_clients(struct brink_listener *listener)
{
    if (listener->ending)
        listener->source.ready |= BRINK_READABLE;
    brink_loop_want(listener->loop, &listener->source, BRINK_READABLE);
}

static void go_on(struct brink_listener *listener)
{
    if (listener->paused || listener->resting || listener->held || !listener->begun ||
        listener->source.fd < 0)
        return;
    brink_result armed = brink_loop_rearm(listener->loop, &listener->source, BRINK_ARM_EDGE);
    if (brink_failed(armed)) {
        rest(listener);
        return;
    }
    want_clients(listener);
}

static void rest_is_over(void *arg, uint64_t now_ms)
{
    (void)now_ms;
    struct brink_listener *listener = arg;
    brink_listener_claim(listener);
    listener->resting = false;
    go_on(listener);
    brink_listener_release(listener);
}

static int accept_one(struct brink_listener *listener, struct brink_peer *peer)
{
    struct sockaddr_storage address;
    socklen_t length = sizeof address;
    const struct brink_sys *sys = listener->loop->sys;
    int fd =
        sys->ops->accept(sys->context, listener->source.fd, (struct sockaddr *)&address, &length);
    if (fd >= 0)
        *peer = brink_peer_from((struct sockaddr *)&address, length);
    return fd;
}

static void turn_one_away(struct brink_listener *listener)
{
    const struct brink_sys *sys = listener->loop->sys;
    struct brink_peer peer;
    if (listener->spare_fd >= 0)
        (void)sys->ops->close(sys->context, listener->spare_fd);
    int fd = accept_one(listener, &peer);
    if (fd >= 0)
        (void)sys->ops->close(sys->context, fd);
    listener->spare_fd = sys->ops->spare_open(sys->context);
}

/* What a failed accept says of the listener, and not only of the client who was to be accepted:
 * see the errors in accept(2). */
static bool concerns_listener(int err)
{
    switch (err) {
    case EINTR:
    case ECONNABORTED:
    case EPERM: /* a firewall's */
    case EPROTO:
    case ENOPROTOOPT:
    case ENETDOWN:
    case ENETUNREACH:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case ENONET:
    case EOPNOTSUPP:
    case ETIMEDOUT:
        return false;
    default:
        return true;
    }
}

static void exhausted(struct brink_listener *listener, int err)
{
    if (listener->owner->on_exhausted(listener, err))
        turn_one_away(listener);
    rest(listener);
    silence(listener);
}

/* Claimed. */
static void shut(struct brink_listener *listener)
{
    const struct brink_sys *sys = listener->loop->sys;
    listener->paused = false; /* whoever leaves later must not find it waiting */
    listener->resting = false;
    brink_timer_free(&listener->loop->wheel, listener->rest);
    listener->rest = NULL;
    if (listener->spare_fd >= 0)
        (void)sys->ops->close(sys->context, listener->spare_fd);
    listener->spare_fd = -1;
    brink_loop_close_source(listener->loop, &listener->source);
}

static void accept_some(struct brink_listener *listener, unsigned most)
{
    struct brink_source *source = &listener->source;
    for (unsigned i = 0; i < most && source->fd >= 0 && !listener->held; i++) {
        struct brink_peer peer;
        if (!listener->owner->admit(listener)) {
            listener->paused = true;
            silence(listener);
            return;
        }
        int fd = accept_one(listener, &peer);
        if (fd >= 0) {
            listener->owner->on_client(listener, fd, &peer);
            continue;
        }
        listener->owner->unadmit(listener);
        if (fd == -EAGAIN) {
            source->ready = 0;
            if (listener->ending)
                shut(listener);
            return;
        }
        if (concerns_listener(-fd)) {
            exhausted(listener, -fd);
            return;
        }
    }
}

static void listener_run(struct brink_loop *loop, struct brink_source *source)
{
    (void)loop;
    accept_some(listener_of(source), BRINK_ACCEPT_BURST);
}

/* The listener itself belongs to its owner. */
static void listener_reclaim(struct brink_loop *loop, struct brink_source *source)
{
    struct brink_listener *listener = listener_of(source);
    brink_loop_release(loop, source);
    if (listener->owner->on_gone != NULL)
        listener->owner->on_gone(listener);
}

static const struct brink_source_ops listener_ops = {listener_run, listener_reclaim, NULL};

brink_result brink_listener_start_held(struct brink_listener *listener, struct brink_loop *loop,
                                       int fd, const struct brink_listener_owner *owner,
                                       void *context)
{
    *listener = (struct brink_listener){
        .source = {.ops = &listener_ops, .fd = fd},
        .loop = loop,
        .owner = owner,
        .context = context,
    };
    listener->rest = brink_timer_new(&loop->wheel, rest_is_over, listener);
    if (listener->rest == NULL)
        return brink_fail(ENOMEM);
    listener->spare_fd = loop->sys->ops->spare_open(loop->sys->context);
    brink_result added = listener->spare_fd < 0
                             ? brink_fail(-listener->spare_fd)
                             : brink_loop_add(loop, &listener->source, BRINK_ARM_EDGE);
    if (brink_failed(added)) {
        if (listener->spare_fd >= 0)
            (void)loop->sys->ops->close(loop->sys->context, listener->spare_fd);
        brink_timer_free(&loop->wheel, listener->rest);
        listener->source.fd = -1;
    }
    return added;
}

void brink_listener_begin(struct brink_listener *listener)
{
    brink_listener_claim(listener);
    listener->begun = true;
    if (listener->source.fd >= 0 && !listener->held)
        brink_loop_want(listener->loop, &listener->source, BRINK_READABLE);
    brink_listener_release(listener);
}

brink_result brink_listener_start(struct brink_listener *listener, struct brink_loop *loop, int fd,
                                  const struct brink_listener_owner *owner, void *context)
{
    brink_result started = brink_listener_start_held(listener, loop, fd, owner, context);
    if (!brink_failed(started))
        brink_listener_begin(listener);
    return started;
}

void brink_listener_end(struct brink_listener *listener)
{
    brink_listener_claim(listener);
    listener->ending = true;
    listener->held = false;
    if (!listener->paused && !listener->resting && listener->source.fd >= 0)
        want_clients(listener);
    brink_listener_release(listener);
}

void brink_listener_resume(struct brink_listener *listener)
{
    brink_listener_claim(listener);
    bool paused = listener->paused;
    listener->paused = false;
    if (paused)
        go_on(listener);
    brink_listener_release(listener);
}

void brink_listener_retry(struct brink_listener *listener)
{
    if (!listener->resting) /* also asked by itself, when what it accepted fails */
        return;
    brink_listener_claim(listener);
    if (listener->resting) {
        brink_timer_cancel(&listener->loop->wheel, listener->rest);
        listener->resting = false;
        go_on(listener);
    }
    brink_listener_release(listener);
}

void brink_listener_accept_rest(struct brink_listener *listener, unsigned most)
{
    if (listener->source.fd < 0)
        return;
    brink_listener_claim(listener);
    listener->held = false;
    if (!listener->resting)
        accept_some(listener, most);
    brink_listener_release(listener);
}

void brink_listener_hold(struct brink_listener *listener, bool hold)
{
    if (listener->source.fd < 0)
        return;
    brink_listener_claim(listener);
    bool was_held = listener->held;
    listener->held = hold;
    if (was_held && !hold)
        go_on(listener);
    else if (hold && !was_held && listener->begun && !listener->paused && !listener->resting)
        silence(listener);
    brink_listener_release(listener);
}

void brink_listener_stop(struct brink_listener *listener)
{
    if (listener->source.fd < 0)
        return;
    brink_listener_claim(listener);
    shut(listener);
    brink_listener_release(listener);
}
