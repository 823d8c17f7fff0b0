#include "config/admin.h"

#include <string.h>
#include <strings.h>

#include "base/message.h"
#include "net/address.h"

static const char off[] = "off";

static brink_result check_address(const char *text, struct brink_message *why)
{
    return strcmp(text, off) == 0 ? brink_ok() : brink_config_value_check_listen(text, why);
}

/* A name as it stands in a URL, without a port. */
static brink_result check_host(const char *text, struct brink_message *why)
{
    static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";
    size_t length = strlen(text);
    if (length > 0 && length < BRINK_HOST_MAX && strspn(text, good) == length)
        return brink_ok();
    return brink_message_set(why, "\"%.60s\" is no name of a machine; write brink.example.org",
                             text);
}

#define AT(field) .at = offsetof(struct brink_config_admin, field)
static const struct brink_config_key keys[] = {
    {"address", BRINK_CONFIG_LIST, AT(addresses),
     .count_at = offsetof(struct brink_config_admin, address_count),
     .most = BRINK_CONFIG_ADMIN_ADDRESSES, .check = check_address},
    {"allow-remote", BRINK_CONFIG_BOOL, AT(allow_remote)},
    {"host", BRINK_CONFIG_LIST, AT(hosts),
     .count_at = offsetof(struct brink_config_admin, host_count), .most = BRINK_CONFIG_ADMIN_HOSTS,
     .check = check_host},
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
        return address.kind == BRINK_ADDRESS_SOCKET && strcasecmp(host, "localhost") != 0;
    return address.kind == BRINK_ADDRESS_SOCKET && !brink_address_is_local(&address);
}

static void check(struct brink_config_reading *reading, struct brink_config_item *section,
                  const struct brink_config_admin *admin, const char *address)
{
    if (strcmp(address, off) == 0 && admin->address_count > 1)
        brink_config_item_error(reading, section,
                                "address = off leaves no other; remove off, or the others");
    else if (!admin->allow_remote && is_remote(address))
        brink_config_item_error(reading, section,
                                "other machines reach %.100s, and nobody is asked who they are; "
                                "choose an address of 127.0.0.1, ::1 or unix:/, or write "
                                "allow-remote = yes",
                                address);
}

void brink_config_admin_read(struct brink_config_reading *reading,
                             struct brink_config_item *section, struct brink_config_admin *admin)
{
    admin->item = section;
    brink_config_table_read(reading, &table, section, admin);
    if (admin->address_count == 0 && brink_config_item_lacks(section, "address"))
        brink_config_item_error(reading, section,
                                "admin has no address; write address = "
                                "unix:/run/brink/admin.sock or 127.0.0.1:9599");
    for (size_t i = 0; i < admin->address_count && !section->broken; i++)
        check(reading, section, admin, admin->addresses[i]);
    admin->off = admin->address_count == 1 && strcmp(admin->addresses[0], off) == 0;
}

void brink_config_admin_dump(struct brink_config_dump *dump, const struct brink_config_admin *admin)
{
    if (admin->address_count == 0) {
        (void)fputs("# admin { address = }\n", dump->out);
        return;
    }
    brink_config_dump_open(dump, "admin", NULL);
    brink_config_table_dump(dump, &table, admin);
    brink_config_dump_close(dump);
}
