/* app/load/work.h - what a thread of a load does with its connections: opens them a few at a time,
 * gives them frames to send, opens them again when they break or have had their number of frames.
 *
 * All of it on the thread itself. */
#ifndef BRINK_APP_LOAD_WORK_H
#define BRINK_APP_LOAD_WORK_H

#include "app/load/thread.h"

/* The counted frames begin: each connection gets its first. */
void brink_load_work_begin(struct brink_load_thread *thread);

/* epoll's word on a connection. */
void brink_load_work_event(struct brink_load_thread *thread,
                           struct brink_load_connection *connection, uint32_t events);

/* Whatever is to be done now without an edge. */
void brink_load_work_by_clock(struct brink_load_thread *thread);

/* When the next of that is, but for frames that are due; UINT64_MAX: never. */
uint64_t brink_load_work_next_ns(const struct brink_load_thread *thread);

/* When the next frame is due; UINT64_MAX: none. */
uint64_t brink_load_work_due_ns(const struct brink_load_thread *thread);

/* True if no frame is to be begun any more. */
bool brink_load_work_over(const struct brink_load_thread *thread);

/* The time is over: begins what was due before that, where a connection may. */
void brink_load_work_flush(struct brink_load_thread *thread);

/* No connection is open, or not all could be, for as long as one may wait for that. */
void brink_load_work_give_up(struct brink_load_thread *thread);

/* Nothing has moved for as long as one may wait: sees to it that an error tells so, now or, where
 * replies are missing, when those are given up. */
void brink_load_work_stall(struct brink_load_thread *thread);

/* Counts what has not come back; `timed_out`: for each connection that is a trouble. */
void brink_load_work_finish(struct brink_load_thread *thread, bool timed_out);

#endif
