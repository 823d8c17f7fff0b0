/* app/sandbox/reads.h - which files a configuration is read from, so that they may be read again.
 *
 * A host (config/host.h) like the system's own that notes the folders of what is read and of what
 * is looked through. One thread. */
#ifndef BRINK_APP_SANDBOX_READS_H
#define BRINK_APP_SANDBOX_READS_H

#include "app/sandbox/paths.h"
#include "config/host.h"

/* The folders are added to `paths`, which must outlive the host. Reading fails with ENOMEM if there
 * is no memory for that. */
struct brink_config_host brink_reads_host(struct brink_paths *paths);

#endif
