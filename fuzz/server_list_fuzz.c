/* Targets: brink_server_list_read.
 *
 * Any text: each mistake is told once a line, in order, and only then is the list refused. A list
 * that was read is written as a text that is read as the same list. */
#include <stdio.h>

#include "fuzz_input.h"
#include "upstream/server_list.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct told {
    unsigned count;
    unsigned last_line;
};

static void tell(void *arg, unsigned line, const char *error)
{
    struct told *told = arg;
    FUZZ_ASSERT(line > told->last_line && error[0] != '\0');
    told->last_line = line;
    told->count++;
}

static size_t write_list(const struct brink_server_list *list, char *text, size_t room)
{
    char address[BRINK_ADDRESS_TEXT_MAX];
    size_t length = 0;
    for (size_t i = 0; i < list->count; i++) {
        const struct brink_target_entry *entry = &list->entries[i];
        length += (size_t)snprintf(
            text + length, room - length, "%s weight=%u max-connections=%u%s%s%s\n",
            brink_address_format(&entry->address, address, sizeof address), (unsigned)entry->weight,
            (unsigned)entry->max_connections, entry->tier ? " backup" : "",
            entry->name != NULL ? " name=" : "", entry->name != NULL ? entry->name : "");
    }
    return length;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct brink_server_list list, again;
    static char text[BRINK_UPSTREAM_SERVERS_MAX * 512];
    struct told told = {0};
    brink_result read = brink_server_list_read(&list, (const char *)data, size, tell, &told);
    FUZZ_ASSERT(brink_failed(read) == (told.count > 0));
    FUZZ_ASSERT(list.count <= BRINK_UPSTREAM_SERVERS_MAX);
    if (brink_failed(read))
        return 0;
    for (size_t i = 0; i < list.count; i++)
        FUZZ_ASSERT(list.entries[i].weight <= BRINK_WEIGHT_MAX && list.entries[i].tier <= 1);
    size_t length = write_list(&list, text, sizeof text);
    FUZZ_ASSERT(!brink_failed(brink_server_list_read(&again, text, length, tell, &told)));
    FUZZ_ASSERT(again.count == list.count);
    for (size_t i = 0; i < list.count; i++) {
        const struct brink_target_entry *a = &list.entries[i];
        const struct brink_target_entry *b = &again.entries[i];
        FUZZ_ASSERT(a->address.length == b->address.length && a->weight == b->weight &&
                    a->max_connections == b->max_connections && a->tier == b->tier);
        FUZZ_ASSERT(memcmp(&a->address.sock, &b->address.sock, a->address.length) == 0);
        FUZZ_ASSERT((a->name == NULL) == (b->name == NULL));
        FUZZ_ASSERT(a->name == NULL || strcmp(a->name, b->name) == 0);
    }
    return 0;
}
