/* server/limit.h - how many clients the open files allow. */
#ifndef BRINK_SERVER_LIMIT_H
#define BRINK_SERVER_LIMIT_H

#include <stdint.h>

#include "brink/result.h"
#include "sys/sys.h"

/* Raises the limit of open files as far as it goes and tells in `max_clients` how many clients of
 * `fds_each` descriptors fit beside what is open now; in `open_files` the limit. To be called once
 * all else is open. Fails with EMFILE when not one client fits. */
BRINK_MUST_CHECK brink_result brink_limit_clients(const struct brink_sys *sys, unsigned fds_each,
                                                  uint32_t *max_clients, uint32_t *open_files);

#endif
