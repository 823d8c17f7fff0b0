/* server/giver_inner.h - what the files of server/giver.h share. The giver's thread. */
#ifndef BRINK_SERVER_GIVER_INNER_H
#define BRINK_SERVER_GIVER_INNER_H

#include "base/check.h"
#include "server/giver.h"

static inline struct brink_giver *brink_giver_of(struct brink_loop *loop)
{
    struct brink_control *control = BRINK_CONTAINER_OF(loop, struct brink_control, loop);
    return BRINK_CONTAINER_OF(control, struct brink_giver, control);
}

static inline enum brink_giver_state brink_giver_state(const struct brink_giver *giver)
{
    return (enum brink_giver_state)atomic_load(&giver->state);
}

/* A parcel that was sent is the new process's; all of a list go back to their workers, and leave,
 * if `refused`. */
void brink_giver_confirm(struct brink_giver *giver, struct brink_cargo *cargo);
void brink_giver_take_back_all(struct brink_giver *giver, struct brink_link *list, bool refused);

/* The new process has gone: takes all back, and the workers go on. */
void brink_giver_give_up(struct brink_giver *giver);

/* Sends what waits, as far as it can be; and says what it waits for. */
void brink_giver_flush(struct brink_giver *giver);
void brink_giver_want(struct brink_giver *giver);

/* Takes the answers that have come. False: there will be no more. */
bool brink_giver_receive(struct brink_giver *giver);

#endif
