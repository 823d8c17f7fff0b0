/* config/host.h - what reading a configuration needs of the system: files and variables. A table,
 * so that tests and the fuzzer bring their own. */
#ifndef BRINK_CONFIG_HOST_H
#define BRINK_CONFIG_HOST_H

#include <stddef.h>

#include "brink/result.h"
#include "config/memory.h"

enum { BRINK_CONFIG_FILE_MAX = 4 * 1024 * 1024 };

struct brink_config_host {
    void *context;
    /* The bytes of a file, from `memory`. Fails with the kernel's reason, EFBIG beyond
     * BRINK_CONFIG_FILE_MAX, or EOPNOTSUPP for a FIFO, which might never be written to. */
    brink_result (*load)(void *context, const char *path, struct brink_config_memory *memory,
                         const char **text, size_t *size);
    /* The paths that match a pattern as glob(7) says, sorted; none is no failure. */
    brink_result (*match)(void *context, const char *pattern, struct brink_config_memory *memory,
                          const char *const **paths, size_t *count);
    /* An environment variable; NULL if it is not set. Valid until the next call. */
    const char *(*variable)(void *context, const char *name);
};

/* The real files and the process's environment. "-" is standard input. One thread. */
extern const struct brink_config_host brink_config_host_system;

#endif
