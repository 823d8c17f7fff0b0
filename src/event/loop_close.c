/* Sources that leave a loop; loop.c reclaims them at the end of the turn. */
#include "event/loop.h"

/* Out of every list and table first: its number may be another's as soon as it is closed. */
static int take_out(struct brink_loop *loop, struct brink_source *source)
{
    int fd = source->fd;
    source->fd = -1;
    brink_slots_clear(&loop->slots, source->index);
    brink_list_remove(&source->link);
    brink_list_push_back(&loop->graveyard, &source->link);
    source->place = BRINK_PLACE_GRAVEYARD;
    return fd;
}

void brink_loop_close_source(struct brink_loop *loop, struct brink_source *source)
{
    if (source->fd >= 0)
        (void)loop->sys->ops->close(loop->sys->context, take_out(loop, source));
}

/* A watch lasts as long as the connection is open anywhere (epoll(7), Q6). */
int brink_loop_remove_source(struct brink_loop *loop, struct brink_source *source)
{
    int fd = take_out(loop, source);
    brink_poller_remove(&loop->poller, fd);
    return fd;
}
