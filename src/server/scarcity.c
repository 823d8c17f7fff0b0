#include "server/scarcity.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/log.h"
#include "relay/longest.h"
#include "server/worker.h"

enum { TOLD_MS = 1000 }; /* at most one line in this time */

static const char *side_name(enum brink_side side)
{
    return side == BRINK_SIDE_CLIENT ? "client" : "upstream";
}

static void describe(const struct brink_longest *longest, char *text, size_t size)
{
    char peer[BRINK_ADDRESS_TEXT_MAX];
    text[0] = '\0';
    if (longest->bytes > 0)
        (void)snprintf(text, size, " longest=%" PRIu64 " peer=%s side=%s", longest->bytes,
                       brink_peer_format(&longest->peer, peer, sizeof peer),
                       side_name(longest->side));
}

static void tell(void *arg, uint64_t now_ms)
{
    (void)now_ms;
    struct brink_worker *worker = arg;
    const struct brink_segments *segments = &worker->buffers.segments;
    struct brink_longest longest = {0};
    char text[BRINK_ADDRESS_TEXT_MAX + 64];
    struct brink_branch *branch = brink_worker_first_branch(worker);
    for (; branch != NULL; branch = brink_worker_next_branch(branch))
        brink_longest_find(&branch->service, &longest);
    describe(&longest, text, sizeof text);
    brink_log_write(brink_worker_log(worker), BRINK_LOG_WARN,
                    "event=memory-scarce worker=%" PRIu32 " in_use=%" PRIu64 " budget=%" PRIu64
                    "%s",
                    worker->index, brink_counter_read(&segments->in_use), segments->budget, text);
}

/* Some stream is just being run, and on a shared loop more than one: they are looked at when they
 * are not. */
static void on_starved(struct brink_buffers *buffers)
{
    struct brink_worker *worker = BRINK_CONTAINER_OF(buffers, struct brink_worker, buffers);
    uint64_t now_ms = worker->loop.now_ms;
    brink_counter_add(&worker->scarce, 1);
    if (worker->scarce_told_ms != 0 && now_ms - worker->scarce_told_ms < TOLD_MS)
        return;
    worker->scarce_told_ms = now_ms;
    brink_timer_arm(&worker->loop.wheel, worker->scarce_timer, now_ms);
}

brink_result brink_scarcity_open(struct brink_worker *worker)
{
    worker->scarce_timer = brink_timer_new(&worker->loop.wheel, tell, worker);
    worker->buffers.on_starved = on_starved;
    return worker->scarce_timer == NULL ? brink_fail(ENOMEM) : brink_ok();
}

void brink_scarcity_close(struct brink_worker *worker)
{
    brink_timer_free(&worker->loop.wheel, worker->scarce_timer);
    worker->scarce_timer = NULL;
}
