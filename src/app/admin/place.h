/* app/admin/place.h - where a program of this machine is asked, unless another place is said: the
 * same rule for who listens and for who asks. Pure. */
#ifndef BRINK_APP_ADMIN_PLACE_H
#define BRINK_APP_ADMIN_PLACE_H

#define BRINK_ADMIN_FOLDER "/run/brink"

enum { BRINK_ADMIN_PLACE_MAX = 256 };

/* "unix:FOLDER/admin.sock", in `text`, which is returned. The folder is the first of
 * `runtime_directory`, a list with colons (RUNTIME_DIRECTORY, systemd.exec(5)); NULL or "":
 * BRINK_ADMIN_FOLDER. */
const char *brink_admin_place(const char *runtime_directory, char text[BRINK_ADMIN_PLACE_MAX]);

#endif
