/* brink/handover.h - one process takes over from another: listening sockets, and clients where they
 * stand.
 *
 * Between the two is a channel, a connected unix socket (SOCK_SEQPACKET, unix(7)), one end each;
 * how the new process is started and gets its end is the application's. Both may be of different
 * versions: what is said first tells whether they understand each other.
 *
 *     old                                             new
 *     brink_server_hand_over --listening sockets--->  brink_server_start (options.takeover_fd)
 *        waits                                        accepts clients
 *        accepts no more      <--------ready--------  brink_server_take_over
 *        each client at a frame boundary --its sockets and figures--> goes on with it
 *        the others by drain policy
 *        stops                ---------done-------->  the channel is closed
 *
 * A client that stands at a frame boundary both ways with nothing queued is two sockets and a few
 * numbers: they are sent (SCM_RIGHTS), and it does not notice. One within a frame goes on until the
 * frame ends. What the new process does not want (it has no such listener) is let go by the old
 * one. If the new one ends before it is ready, or is not ready in time, the old one goes on as if
 * nothing had happened; if it ends later, the old one takes back what was not confirmed, and
 * accepts again. */
#ifndef BRINK_HANDOVER_H
#define BRINK_HANDOVER_H

#include <stdint.h>

#include "brink/drain.h"
#include "brink/result.h"
#include "brink/server.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The old process: offers all listening sockets and waits, at most `ready_ms`, until the new one is
 * ready. Then it accepts no more and hands clients over, from a thread of its own; those that the
 * new one refuses, and those of FRAMES listeners, leave as `drain` says (NULL: the defaults), and
 * what is left when its time is over, counted from then, is cut. brink_server_wait returns when all
 * have gone. `channel` is the server's if this succeeds, and closed by it, else still the
 * caller's. Fails with ETIMEDOUT, ECONNRESET if the other has gone, EPROTO if it speaks otherwise,
 * EBUSY if the server stops or hands over already, and says why; nothing has changed then.
 * Any thread but a worker's, one at a time. */
BRINK_MUST_CHECK brink_result brink_server_hand_over(struct brink_server *server, int channel,
                                                     uint32_t ready_ms,
                                                     const struct brink_drain_options *drain,
                                                     struct brink_message *why);

/* The new process, once it was started with brink_server_options.takeover_fd and all else that it
 * needs is there: tells the old one that it is ready, and takes its clients from then on, from a
 * thread of its own. Waits before that, up to 3 s, until upstreams that are found by a name have
 * servers. The channel is the server's since brink_server_start succeeded. Fails if the old one has
 * gone: the sockets are ours then all the same, and the server goes on. */
BRINK_MUST_CHECK brink_result brink_server_take_over(struct brink_server *server,
                                                     struct brink_message *why);

#ifdef __cplusplus
}
#endif
#endif
