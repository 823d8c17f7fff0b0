/* app/sandbox/landlock.h - which files the process may open (landlock(7)).
 *
 * As much as the kernel can: version 1 (Linux 5.13) knows files, 2 and 3 also moving and
 * truncating, 5 devices, 6 whom signals may be sent to. Connections are never restricted: which
 * ones there are is the configuration's, and a reload may need any. */
#ifndef BRINK_APP_SANDBOX_LANDLOCK_H
#define BRINK_APP_SANDBOX_LANDLOCK_H

#include "app/sandbox/paths.h"
#include "brink/result.h"

/* The newest version that is used; 7 brought nothing that concerns files. */
enum { BRINK_LANDLOCK_NEWEST = 7 };

/* Restricts the calling thread, and those that it makes from now on, to `paths`; there is no way
 * back. Needs no_new_privs (prctl(2)). *version is that of the interface that is used, the kernel's
 * or `newest`; 0, and `why` says so, if the kernel has none or refuses: nothing has changed then,
 * and that is no failure. */
void brink_landlock_enter(const struct brink_paths *paths, unsigned newest, unsigned *version,
                          struct brink_message *why);

#endif
