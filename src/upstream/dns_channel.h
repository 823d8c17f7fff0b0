/* upstream/dns_channel.h - c-ares on a loop.
 *
 * c-ares opens sockets as it needs them, wants to be called when they are ready, as long as they
 * are, and closes them itself. Each is watched by a duplicate of its descriptor, armed by one-shot:
 * arming it again tells anew what is still ready, and closing the duplicate, right before c-ares
 * closes its own, ends the watch. Its timeouts are a timer of the loop's wheel.
 *
 * Opening one reads resolv.conf(5) and nsswitch.conf(5), so one that is opened for each round of
 * questions keeps up with them. All functions: the loop's thread. */
#ifndef BRINK_UPSTREAM_DNS_CHANNEL_H
#define BRINK_UPSTREAM_DNS_CHANNEL_H

#include <ares.h>

#include "event/loop.h"
#include "upstream/dns_answer.h"

/* `status` is c-ares's (ares_strerror); `bytes` are there with ARES_SUCCESS, during the call. It is
 * called from within c-ares: it may ask more, but not close the channel. */
typedef void brink_dns_answer_fn(void *arg, size_t tag, int status, const uint8_t *bytes,
                                 size_t size);

struct brink_dns_channel {
    ares_channel ares;
    struct brink_loop *loop;
    struct brink_timer *timer;
    struct brink_link watches;
    void (*settled)(void *arg);
    void *arg;
    bool closing;
    int watch_error; /* errno: a socket could not be watched, all is answered ARES_ECANCELLED; or 0
                      */
};

/* Opens a channel to `resolvers` ("HOST[:PORT]", with commas; addresses), or to the system's
 * (NULL). `settled(arg)` is called after answers have come, not from within c-ares: it may ask and
 * close. Fails with ENOMEM, EINVAL (the resolvers), or EIO with `why`; nothing is held then. */
BRINK_MUST_CHECK brink_result brink_dns_channel_open(struct brink_dns_channel *channel,
                                                     struct brink_loop *loop, const char *resolvers,
                                                     void (*settled)(void *arg), void *arg,
                                                     struct brink_message *why);

/* Gives up what has not been answered (its functions are not called) and closes all. The memory of
 * the sources goes back when the loop's turn ends; the channel's own may go at once. */
void brink_dns_channel_close(struct brink_dns_channel *channel);

/* Asks for records of a name, which is completed as resolv.conf says. The answer (with `arg` and
 * `tag`) may come before it returns. */
void brink_dns_channel_ask(struct brink_dns_channel *channel, const char *name,
                           enum brink_dns_type type, brink_dns_answer_fn *fn, void *arg,
                           size_t tag);

/* To be called after asking. */
void brink_dns_channel_tend(struct brink_dns_channel *channel);

/* The addresses of a name in hosts(5), sorted; returns how many, up to `room`. */
size_t brink_dns_channel_hosts_file(struct brink_dns_channel *channel, const char *name,
                                    enum brink_dns_type type, struct brink_dns_record *records,
                                    size_t room);

#endif
