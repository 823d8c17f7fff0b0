#include <errno.h>
#include <string.h>

#include "upstream/group_inner.h"

/* A first time without `at` it only counts, a second time it copies. */
struct copier {
    char *at;
    size_t size;
};

static const void *copy_bytes(struct copier *copier, const void *bytes, size_t size)
{
    char *copy = copier->at;
    copier->size += bytes == NULL ? 0 : size;
    if (copy == NULL || bytes == NULL || size == 0)
        return bytes;
    memcpy(copy, bytes, size);
    copier->at += size;
    return copy;
}

static const char *copy_text(struct copier *copier, const char *text)
{
    return copy_bytes(copier, text, text == NULL ? 0 : strlen(text) + 1);
}

static void copy_all(struct copier *copier, struct brink_upstream_options *options)
{
    struct brink_health_options *health = &options->health;
    options->name = copy_text(copier, options->name);
    options->dns = copy_text(copier, options->dns);
    options->srv = copy_text(copier, options->srv);
    options->file = copy_text(copier, options->file);
    options->resolvers = copy_text(copier, options->resolvers);
    health->send = copy_bytes(copier, health->send, health->send_size);
    health->expect = copy_bytes(copier, health->expect, health->expect_size);
    health->mask = copy_bytes(copier, health->mask, health->expect_size);
    options->servers = NULL;
    options->server_count = 0;
}

brink_result brink_group_copy_options(struct brink_group *group,
                                      const struct brink_upstream_options *from)
{
    struct copier copier = {0};
    struct brink_upstream_options options = *from;
    if (options.name == NULL)
        options.name = "";
    group->options = options;
    copy_all(&copier, &options);
    group->texts = brink_group_take(&group->memory, copier.size);
    if (group->texts == NULL)
        return brink_fail(ENOMEM);
    group->texts_size = copier.size;
    copier.at = group->texts;
    copy_all(&copier, &group->options);
    return brink_ok();
}
