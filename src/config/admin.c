#include "config/admin.h"

#include <strings.h>

#include "net/address.h"

#define AT(field) .at = offsetof(struct brink_config_admin, field)
static const struct brink_config_key keys[] = {
    {"address", BRINK_CONFIG_TEXT, AT(address), .check = brink_config_value_check_listen},
    {"allow-remote", BRINK_CONFIG_BOOL, AT(allow_remote)},
};
#undef AT
static const struct brink_config_table table = {keys, sizeof keys / sizeof keys[0]};

/* What a name or a descriptor stands for is seen at the start. */
static bool is_remote(const char *text)
{
    struct brink_address address;
    char host[BRINK_HOST_MAX];
    if (brink_failed(brink_address_read(&address, text, BRINK_ADDRESS_TO_LISTEN, host, NULL)))
        return false;
    if (host[0] != '\0')
        return strcasecmp(host, "localhost") != 0;
    return address.kind == BRINK_ADDRESS_SOCKET && !brink_address_is_local(&address);
}

void brink_config_admin_read(struct brink_config_reading *reading,
                             struct brink_config_item *section, struct brink_config_admin *admin)
{
    admin->item = section;
    brink_config_table_read(reading, &table, section, admin);
    if (admin->address == NULL) {
        if (brink_config_item_lacks(section, "address"))
            brink_config_item_error(reading, section,
                                    "admin has no address; write address = "
                                    "unix:/run/brink/admin.sock or 127.0.0.1:9599");
        return;
    }
    if (!section->broken && !admin->allow_remote && is_remote(admin->address))
        brink_config_item_error(reading, section,
                                "other machines reach %.100s, and nobody is asked who they are; "
                                "choose an address of 127.0.0.1, ::1 or unix:/, or write "
                                "allow-remote = yes",
                                admin->address);
}

void brink_config_admin_dump(struct brink_config_dump *dump, const struct brink_config_admin *admin)
{
    if (admin->address == NULL) {
        (void)fputs("# admin { address = }\n", dump->out);
        return;
    }
    brink_config_dump_open(dump, "admin", NULL);
    brink_config_table_dump(dump, &table, admin);
    brink_config_dump_close(dump);
}
