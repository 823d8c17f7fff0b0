#include "server/limit.h"

#include <errno.h>

enum { FDS_RESERVED = 8 }; /* for the process around us: a log reopened, a name looked up */

brink_result brink_limit_clients(const struct brink_sys *sys, unsigned fds_each,
                                 uint32_t *max_clients, uint32_t *open_files)
{
    int limit = sys->ops->raise_file_limit(sys->context);
    if (limit < 0)
        return brink_fail(-limit);
    /* The kernel hands out the lowest free number: about so many are open. */
    int lowest_free = sys->ops->spare_open(sys->context);
    if (lowest_free < 0)
        return brink_fail(-lowest_free);
    (void)sys->ops->close(sys->context, lowest_free);
    int free_fds = limit - lowest_free - FDS_RESERVED;
    if (free_fds < (int)fds_each)
        return brink_fail(EMFILE);
    *max_clients = (uint32_t)free_fds / fds_each;
    *open_files = (uint32_t)limit;
    return brink_ok();
}
