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

static bool same_bytes(const void *one, const void *other, size_t size)
{
    if (one == NULL || other == NULL)
        return one == other;
    return size == 0 || memcmp(one, other, size) == 0;
}

bool brink_health_options_same(const struct brink_health_options *one,
                               const struct brink_health_options *other)
{
    return one->interval_ms == other->interval_ms && one->timeout_ms == other->timeout_ms &&
           one->rise == other->rise && one->fall == other->fall &&
           one->send_size == other->send_size && one->expect_size == other->expect_size &&
           same_bytes(one->send, other->send, one->send_size) &&
           same_bytes(one->expect, other->expect, one->expect_size) &&
           same_bytes(one->mask, other->mask, one->expect_size);
}

bool brink_text_same(const char *one, const char *other)
{
    return one == NULL || other == NULL ? one == other : strcmp(one, other) == 0;
}

static bool same_texts(const struct brink_upstream_options *one,
                       const struct brink_upstream_options *other)
{
    return brink_text_same(one->name, other->name) && brink_text_same(one->dns, other->dns) &&
           brink_text_same(one->srv, other->srv) && brink_text_same(one->file, other->file) &&
           brink_text_same(one->resolvers, other->resolvers);
}

/* All that is not pointed to; what is added to the options some day is compared, too. */
static struct brink_upstream_options without_pointers(const struct brink_upstream_options *options)
{
    struct brink_upstream_options plain;
    memcpy(&plain, options, sizeof plain);
    plain.name = plain.dns = plain.srv = plain.file = plain.resolvers = NULL;
    plain.health.send = plain.health.expect = plain.health.mask = NULL;
    plain.servers = NULL;
    plain.server_count = 0;
    return plain;
}

static bool same(const struct brink_upstream_options *one,
                 const struct brink_upstream_options *other)
{
    struct brink_upstream_options plain = without_pointers(one);
    struct brink_upstream_options other_plain = without_pointers(other);
    return memcmp(&plain, &other_plain, sizeof plain) == 0 && same_texts(one, other) &&
           brink_health_options_same(&one->health, &other->health);
}

static size_t size_of(size_t texts_size)
{
    return sizeof(struct brink_group_copy) + texts_size;
}

brink_result brink_group_keep_options(struct brink_group *group,
                                      const struct brink_upstream_options *from,
                                      const struct brink_upstream_options **kept)
{
    struct copier copier = {0};
    struct brink_upstream_options options;
    memcpy(&options, from, sizeof options);
    if (options.name == NULL)
        options.name = "";
    for (struct brink_group_copy *copy = group->copies; copy != NULL; copy = copy->next) {
        if (same(&copy->options, &options)) {
            *kept = &copy->options;
            return brink_ok();
        }
    }
    struct brink_upstream_options counted = options;
    copy_all(&copier, &counted);
    struct brink_group_copy *copy = brink_group_take(&group->memory, size_of(copier.size));
    if (copy == NULL)
        return brink_fail(ENOMEM);
    memcpy(&copy->options, &options, sizeof options);
    copy->size = copier.size;
    copy->next = group->copies;
    copier.at = copy->texts;
    copy_all(&copier, &copy->options);
    group->copies = copy;
    *kept = &copy->options;
    return brink_ok();
}

void brink_group_free_options(struct brink_group *group)
{
    while (group->copies != NULL) {
        struct brink_group_copy *copy = group->copies;
        group->copies = copy->next;
        brink_group_give(&group->memory, copy, size_of(copy->size));
    }
}
