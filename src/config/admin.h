/* config/admin.h - the section `admin { }`: where figures are told. */
#ifndef BRINK_CONFIG_ADMIN_H
#define BRINK_CONFIG_ADMIN_H

#include "config/key.h"

struct brink_config_admin {
    const char *address;            /* NULL: nowhere */
    bool allow_remote;              /* also where other machines reach it */
    struct brink_config_item *item; /* NULL: there is no such section */
};

/* That the address is nobody else's is for config/overlap.h. */
void brink_config_admin_read(struct brink_config_reading *reading,
                             struct brink_config_item *section, struct brink_config_admin *admin);

/* A comment if there is none. */
void brink_config_admin_dump(struct brink_config_dump *dump,
                             const struct brink_config_admin *admin);

#endif
