/* config/admin.h - the section `admin { }`: where figures are told, and commands taken. */
#ifndef BRINK_CONFIG_ADMIN_H
#define BRINK_CONFIG_ADMIN_H

#include "config/key.h"

enum { BRINK_CONFIG_ADMIN_ADDRESSES = 8, BRINK_CONFIG_ADMIN_HOSTS = 16 };

struct brink_config_admin {
    const char *const *addresses; /* as written, that is `off` alone or where it listens */
    size_t address_count;         /* 0: not said */
    bool off;                     /* nowhere, not even where it is by default */
    bool allow_remote;            /* also where other machines reach it */
    const char *const *hosts;     /* names that it is asked under, besides its addresses */
    size_t host_count;
    struct brink_config_item *item; /* NULL: there is no such section */
};

/* That the addresses are nobody else's is for config/overlap.h. */
void brink_config_admin_read(struct brink_config_reading *reading,
                             struct brink_config_item *section, struct brink_config_admin *admin);

/* A comment if there is none. */
void brink_config_admin_dump(struct brink_config_dump *dump,
                             const struct brink_config_admin *admin);

#endif
