/* config/overlap.h - listeners, and who tells figures, that want the same address. */
#ifndef BRINK_CONFIG_OVERLAP_H
#define BRINK_CONFIG_OVERLAP_H

#include "config/admin.h"
#include "config/listener.h"

/* Tells of each address that an earlier one takes in: the same, or the same port of every address.
 * Port 0, which the kernel chooses, is never the same. Names are not looked up. */
void brink_config_overlap_check(struct brink_config_reading *reading,
                                const struct brink_config_listener *listeners, size_t count,
                                const struct brink_config_admin *admin);

#endif
