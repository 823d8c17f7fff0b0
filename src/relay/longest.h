/* relay/longest.h - who holds most of a worker's memory. The worker's thread. */
#ifndef BRINK_RELAY_LONGEST_H
#define BRINK_RELAY_LONGEST_H

#include "relay/session.h"

struct brink_longest {
    uint64_t bytes; /* 0: nobody holds any, and the rest means nothing */
    struct brink_peer peer;
    enum brink_side side; /* to whom they are to go, or whose unfinished frame they are of */
};

/* Makes `longest` the service's connection that holds most, if it holds more than that one. Goes
 * through all of them. */
void brink_longest_find(struct brink_service *service, struct brink_longest *longest);

#endif
