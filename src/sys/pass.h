/* sys/pass.h - messages that carry descriptors from one process to another (unix(7), SCM_RIGHTS),
 * and what belongs to starting one.
 *
 * Not of the data path, so not in the table of sys/sys.h. As there a negative errno value is
 * returned on failure. Thread-safe. */
#ifndef BRINK_SYS_PASS_H
#define BRINK_SYS_PASS_H

#include <stddef.h>
#include <sys/types.h>

enum { BRINK_PASS_MOST = 64 }; /* descriptors of one message */

/* Two ends of a channel that keeps messages apart (SOCK_SEQPACKET), close-on-exec and blocking. */
int brink_pass_pair(int fds[2]);

/* Sends one message, with `count` of our descriptors, which stay ours. -EPIPE if the other end has
 * gone. */
int brink_pass_send(int fd, const void *data, size_t size, const int *fds, size_t count);

/* Waits for the next message; returns its size, 0 if the other end has gone. `count` has how many
 * descriptors `fds` has room for, and then how many came: they are the caller's, close-on-exec.
 * -EMSGSIZE, and nothing is the caller's, if the message or its descriptors need more room. */
ssize_t brink_pass_receive(int fd, void *data, size_t room, int *fds, size_t *count);

/* Closes all descriptors from `first` on. */
void brink_pass_close_from(int first);

#endif
