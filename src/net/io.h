/* net/io.h - what the streams of one service have in common: the worker's loop and buffers, and
 * their watermarks. */
#ifndef BRINK_NET_IO_H
#define BRINK_NET_IO_H

#include "net/buffers.h"

enum {
    /* What a stream may read in one turn: the first, and less when many are at work, so that the
     * turn, and with it everybody's wait, stays below what it takes to move the second. */
    BRINK_STREAM_BUDGET = 8 * 32 * 1024,
    BRINK_TURN_BUDGET = 4 * 1024 * 1024,
    BRINK_FRAME_CHARGE = 64 /* a frame takes as long as so many bytes, even an empty one */
};

struct brink_io {
    struct brink_loop *loop;
    struct brink_buffers *buffers;
    size_t high_bytes; /* queued in a stream: its source should pause */
    size_t low_bytes;  /* and may go on */
    /* How many bytes a stream may read at once, 1 or more, where that depends: so that it stops at
     * a boundary, or keeps to a rate. NULL: as many as there are. */
    size_t (*read_limit)(const struct brink_stream *stream);
};

static inline void brink_io_init(struct brink_io *io, struct brink_buffers *buffers,
                                 size_t high_bytes, size_t low_bytes)
{
    *io = (struct brink_io){buffers->loop, buffers, high_bytes, low_bytes, NULL};
}

#endif
