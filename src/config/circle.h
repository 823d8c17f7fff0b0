/* config/circle.h - a relay whose clients would come back to itself: each would open another, until
 * none can. */
#ifndef BRINK_CONFIG_CIRCLE_H
#define BRINK_CONFIG_CIRCLE_H

#include "config/listener.h"
#include "config/upstream.h"

/* Warns if a server of the listener's upstream is where the listener listens, as far as the
 * addresses tell: the same, or one of loopback where it listens at every address. Names are not
 * looked up. */
void brink_config_circle_check(struct brink_config_reading *reading,
                               const struct brink_config_listener *listener,
                               const struct brink_config_upstream *upstream);

#endif
