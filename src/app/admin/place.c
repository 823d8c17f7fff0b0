#include "app/admin/place.h"

#include <stdio.h>
#include <string.h>

const char *brink_admin_place(const char *runtime_directory, char text[BRINK_ADMIN_PLACE_MAX])
{
    const char *folder = runtime_directory;
    if (folder == NULL || folder[0] == '\0')
        folder = BRINK_ADMIN_FOLDER;
    (void)snprintf(text, BRINK_ADMIN_PLACE_MAX, "unix:%.*s/admin.sock", (int)strcspn(folder, ":"),
                   folder);
    return text;
}
