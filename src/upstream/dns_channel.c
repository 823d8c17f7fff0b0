#include "upstream/dns_channel.h"

#include <errno.h>
#include <netdb.h>
#include <string.h>

#include "base/message.h"

enum { CLASS_IN = 1, OWN_TIMEOUT_MS = 2000, OWN_TRIES = 3 };

/* One of c-ares's sockets. Lives on after the channel, until it is reclaimed. */
struct watch {
    struct brink_source source; /* on the duplicate */
    struct brink_link link;
    struct brink_dns_channel *channel;
    ares_socket_t socket;
};

/* A question; freed with its answer. */
struct question {
    struct brink_dns_channel *channel;
    brink_dns_answer_fn *fn;
    void *arg;
    size_t tag;
};

static void process(struct brink_dns_channel *channel, ares_socket_t readable,
                    ares_socket_t writable)
{
    ares_process_fd(channel->ares, readable, writable);
    brink_dns_channel_tend(channel);
    channel->settled(channel->arg); /* may have closed the channel */
}

/* Whatever is still ready will be told again when the loop has armed it: so it is forgotten here.
 */
static void run_watch(struct brink_loop *loop, struct brink_source *source)
{
    (void)loop;
    const struct watch *watch = BRINK_CONTAINER_OF(source, struct watch, source);
    uint8_t ready = source->ready & source->want;
    source->ready = 0;
    process(watch->channel, ready & BRINK_READABLE ? watch->socket : ARES_SOCKET_BAD,
            ready & BRINK_WRITABLE ? watch->socket : ARES_SOCKET_BAD);
}

static void reclaim_watch(struct brink_loop *loop, struct brink_source *source)
{
    struct watch *watch = BRINK_CONTAINER_OF(source, struct watch, source);
    brink_arena_release(loop->arena, watch, sizeof *watch, _Alignof(struct watch));
}

static const struct brink_source_ops watch_ops = {.run = run_watch, .reclaim = reclaim_watch};

static struct watch *find_watch(struct brink_dns_channel *channel, ares_socket_t socket)
{
    for (struct brink_link *link = channel->watches.next; link != &channel->watches;
         link = link->next) {
        struct watch *watch = BRINK_CONTAINER_OF(link, struct watch, link);
        if (watch->socket == socket)
            return watch;
    }
    return NULL;
}

static brink_result add_source(struct brink_dns_channel *channel, struct watch *watch, uint8_t want)
{
    const struct brink_sys *sys = channel->loop->sys;
    int fd = sys->ops->duplicate(sys->context, watch->socket);
    if (fd < 0)
        return brink_fail(-fd);
    watch->source = (struct brink_source){.ops = &watch_ops, .fd = fd, .want = want};
    brink_result added = brink_loop_add(channel->loop, &watch->source, BRINK_ARM_ONESHOT);
    if (brink_failed(added))
        (void)sys->ops->close(sys->context, fd);
    return added;
}

static void add_watch(struct brink_dns_channel *channel, ares_socket_t socket, uint8_t want)
{
    struct brink_arena *arena = channel->loop->arena;
    struct watch *watch = brink_arena_alloc(arena, sizeof *watch, _Alignof(struct watch));
    if (watch == NULL) {
        channel->watch_error = ENOMEM;
        return;
    }
    *watch = (struct watch){.channel = channel, .socket = socket};
    brink_result added = add_source(channel, watch, want);
    if (brink_failed(added)) {
        channel->watch_error = added.err;
        brink_arena_release(arena, watch, sizeof *watch, _Alignof(struct watch));
        return;
    }
    brink_list_init(&watch->link);
    brink_list_push_back(&channel->watches, &watch->link);
}

/* c-ares tells what it waits for; neither: it is about to close the socket. */
static void socket_changed(void *arg, ares_socket_t socket, int readable, int writable)
{
    struct brink_dns_channel *channel = arg;
    struct watch *watch = find_watch(channel, socket);
    uint8_t want = (uint8_t)((readable ? BRINK_READABLE : 0) | (writable ? BRINK_WRITABLE : 0));
    if (watch == NULL && want != 0) {
        add_watch(channel, socket, want);
    } else if (watch != NULL && want != 0) {
        brink_loop_want(channel->loop, &watch->source, want);
    } else if (watch != NULL) {
        brink_list_remove(&watch->link);
        brink_loop_close_source(channel->loop, &watch->source);
    }
}

static void timer_fired(void *arg, uint64_t now_ms)
{
    struct brink_dns_channel *channel = arg;
    (void)now_ms;
    if (channel->watch_error != 0)
        ares_cancel(channel->ares);
    process(channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

void brink_dns_channel_tend(struct brink_dns_channel *channel)
{
    struct timeval room;
    const struct timeval *until = ares_timeout(channel->ares, NULL, &room);
    uint64_t deadline_ms = BRINK_NEVER;
    if (until != NULL)
        deadline_ms = channel->loop->now_ms + (uint64_t)until->tv_sec * 1000 +
                      (uint64_t)until->tv_usec / 1000 + 1;
    if (channel->watch_error != 0) /* nothing would come: better to fail at once */
        deadline_ms = channel->loop->now_ms;
    brink_timer_arm(&channel->loop->wheel, channel->timer, deadline_ms);
}

static brink_result init_ares(struct brink_dns_channel *channel, const char *resolvers,
                              struct brink_message *why)
{
    struct ares_options options = {.sock_state_cb = socket_changed,
                                   .sock_state_cb_data = channel,
                                   .timeout = OWN_TIMEOUT_MS,
                                   .tries = OWN_TRIES};
    int mask = ARES_OPT_SOCK_STATE_CB;
    if (resolvers != NULL) /* for the system's, resolv.conf says how long to wait */
        mask |= ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES;
    int status = ares_init_options(&channel->ares, &options, mask);
    if (status != ARES_SUCCESS) {
        (void)brink_message_set(why, "%s", ares_strerror(status));
        return brink_fail(status == ARES_ENOMEM ? ENOMEM : EIO);
    }
    if (resolvers == NULL)
        return brink_ok();
    status = ares_set_servers_ports_csv(channel->ares, resolvers);
    if (status == ARES_SUCCESS)
        return brink_ok();
    ares_destroy(channel->ares);
    (void)brink_message_set(
        why, "\"%.100s\" are no DNS servers; write addresses with commas, as in 127.0.0.1:53",
        resolvers);
    return brink_fail(status == ARES_ENOMEM ? ENOMEM : EINVAL);
}

brink_result brink_dns_channel_open(struct brink_dns_channel *channel, struct brink_loop *loop,
                                    const char *resolvers, void (*settled)(void *arg), void *arg,
                                    struct brink_message *why)
{
    *channel = (struct brink_dns_channel){.loop = loop, .settled = settled, .arg = arg};
    brink_list_init(&channel->watches);
    channel->timer = brink_timer_new(&loop->wheel, timer_fired, channel);
    if (channel->timer == NULL) {
        (void)brink_message_set(why, "%s", strerror(ENOMEM));
        return brink_fail(ENOMEM);
    }
    brink_result opened = init_ares(channel, resolvers, why);
    if (brink_failed(opened))
        brink_timer_free(&loop->wheel, channel->timer);
    return opened;
}

void brink_dns_channel_close(struct brink_dns_channel *channel)
{
    channel->closing = true;
    ares_destroy(channel->ares);
    while (!brink_list_empty(&channel->watches)) { /* c-ares has closed all: none is left */
        struct watch *watch = BRINK_CONTAINER_OF(channel->watches.next, struct watch, link);
        socket_changed(channel, watch->socket, 0, 0);
    }
    brink_timer_free(&channel->loop->wheel, channel->timer);
    channel->timer = NULL;
}

static void answered(void *arg, int status, int timeouts, unsigned char *bytes, int size)
{
    (void)timeouts;
    struct question *question = arg;
    struct question copy = *question;
    brink_arena_release(copy.channel->loop->arena, question, sizeof *question,
                        _Alignof(struct question));
    if (!copy.channel->closing)
        copy.fn(copy.arg, copy.tag, status, bytes, size > 0 ? (size_t)size : 0);
}

void brink_dns_channel_ask(struct brink_dns_channel *channel, const char *name,
                           enum brink_dns_type type, brink_dns_answer_fn *fn, void *arg, size_t tag)
{
    struct question *question =
        brink_arena_alloc(channel->loop->arena, sizeof *question, _Alignof(struct question));
    if (question == NULL) {
        fn(arg, tag, ARES_ENOMEM, NULL, 0);
        return;
    }
    *question = (struct question){channel, fn, arg, tag};
    ares_search(channel->ares, name, CLASS_IN, (int)type, answered, question);
}

size_t brink_dns_channel_hosts_file(struct brink_dns_channel *channel, const char *name,
                                    enum brink_dns_type type, struct brink_dns_record *records,
                                    size_t room)
{
    struct hostent *host = NULL;
    size_t count = 0;
    int family = type == BRINK_DNS_A ? AF_INET : AF_INET6;
    if (ares_gethostbyname_file(channel->ares, name, family, &host) != ARES_SUCCESS)
        return 0;
    size_t length = type == BRINK_DNS_A ? sizeof(struct in_addr) : sizeof(struct in6_addr);
    for (char **at = host->h_addr_list; *at != NULL && count < room; at++) {
        struct brink_dns_record *record = &records[count++];
        *record = (struct brink_dns_record){.family = (uint16_t)family};
        memcpy(record->bytes, *at, length);
    }
    ares_free_hostent(host);
    return brink_dns_records_in_order(records, count);
}
