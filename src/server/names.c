#include "server/names.h"

#include <string.h>

struct brink_name {
    struct brink_name *next;
    char text[];
};

static size_t size_of(const char *text)
{
    return sizeof(struct brink_name) + strlen(text) + 1;
}

void brink_names_open(struct brink_names *names, struct brink_arena *arena)
{
    *names = (struct brink_names){.arena = arena};
}

void brink_names_close(struct brink_names *names)
{
    while (names->first != NULL) {
        struct brink_name *name = names->first;
        names->first = name->next;
        brink_arena_release(names->arena, name, size_of(name->text), _Alignof(struct brink_name));
    }
}

const char *brink_names_keep(struct brink_names *names, const char *text)
{
    for (const struct brink_name *name = names->first; name != NULL; name = name->next)
        if (strcmp(name->text, text) == 0)
            return name->text;
    struct brink_name *name =
        brink_arena_alloc(names->arena, size_of(text), _Alignof(struct brink_name));
    if (name == NULL)
        return NULL;
    memcpy(name->text, text, strlen(text) + 1);
    name->next = names->first;
    names->first = name;
    return name->text;
}
