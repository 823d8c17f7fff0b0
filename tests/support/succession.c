#include "support/succession.h"

#include <string.h>
#include <sys/socket.h>

#include "brink/handover.h"

void succession_open(struct succession *succession)
{
    memset(succession, 0, sizeof *succession);
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, succession->ends), 0);
}

static void *begin(void *arg)
{
    struct succession *succession = arg;
    succession->options.takeover_fd = succession->ends[1];
    succession->started =
        brink_server_start(&succession->server, &succession->options, &succession->why);
    if (!brink_failed(succession->started))
        succession->taken_over = brink_server_take_over(succession->server, &succession->why);
    return NULL;
}

void succession_begin(struct succession *succession, const struct brink_server_options *options)
{
    succession->options = *options;
    assert_int_equal(pthread_create(&succession->thread, NULL, begin, succession), 0);
}

struct brink_server *succession_end(struct succession *succession)
{
    assert_int_equal(pthread_join(succession->thread, NULL), 0);
    if (brink_failed(succession->started) || brink_failed(succession->taken_over))
        fail_msg("%s", succession->why.text);
    return succession->server;
}

struct brink_server *succeed(struct brink_server *old, const struct brink_server_options *options,
                             struct brink_server_stats *stats)
{
    struct succession succession;
    struct brink_message why = {""};
    succession_open(&succession);
    succession_begin(&succession, options);
    if (brink_failed(brink_server_hand_over(old, succession.ends[0], 10000, NULL, &why)))
        fail_msg("%s", why.text);
    struct brink_server *server = succession_end(&succession);
    assert_true(brink_server_wait(old));
    brink_server_stats(old, stats);
    brink_server_free(old);
    return server;
}
