#include "app/log/repeats.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "app/log/logfmt.h"

static bool is_one_of(const struct brink_logfmt_pair *pair, const char *const *names)
{
    for (; *names != NULL; names++) {
        if (strlen(*names) == pair->key_length && memcmp(*names, pair->key, pair->key_length) == 0)
            return true;
    }
    return false;
}

static bool begins(const struct brink_logfmt_pair *event, const char *with)
{
    size_t length = strlen(with);
    return event->value_length >= length && memcmp(event->value, with, length) == 0;
}

static bool is(const struct brink_logfmt_pair *event, const char *name)
{
    return begins(event, name) && event->value_length == strlen(name);
}

static bool is_always_told(const struct brink_logfmt_pair *event)
{
    static const char *const names[] = {"close", "listen", "signal", "start", "start-failed",
                                        "stop",  "stats",  "worker", NULL};
    static const char *const heads[] = {"server-", "drain", "log-", NULL};
    for (const char *const *name = names; *name != NULL; name++)
        if (is(event, *name))
            return true;
    for (const char *const *head = heads; *head != NULL; head++)
        if (begins(event, *head))
            return true;
    return false;
}

/* FNV-1a (Fowler, Noll, Vo, 1991), with a byte that no text has at the end. */
static uint64_t mix(uint64_t hash, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)text[i]) * UINT64_C(0x100000001b3);
    return (hash ^ 0xff) * UINT64_C(0x100000001b3);
}

/* A peer without its port: a client that comes again has another one. */
static size_t host_length(const struct brink_logfmt_pair *peer)
{
    for (size_t at = peer->value_length; at > 0; at--) {
        if (peer->value[at - 1] == ':')
            return at - 1;
    }
    return peer->value_length;
}

struct place {
    struct brink_logfmt_pair event;
    struct brink_logfmt_pair peer; /* without its port; no length: there is none */
    uint64_t key;
    uint64_t event_key;
};

/* False: the line has no event, so it cannot be told of either. */
static bool find_place(const char *line, size_t length, struct place *place)
{
    static const char *const parts[] = {"service", "upstream", "server", "file",
                                        "worker",  "name",     NULL};
    static const char *const peers[] = {"peer", NULL};
    struct brink_logfmt reader;
    struct brink_logfmt_pair pair;
    memset(place, 0, sizeof *place);
    if (!brink_logfmt_find(line, length, "event", &place->event))
        return false;
    place->event_key =
        mix(UINT64_C(0xcbf29ce484222325), place->event.value, place->event.value_length) | 1;
    place->key = place->event_key;
    brink_logfmt_begin(&reader, line, length);
    while (brink_logfmt_next(&reader, &pair)) {
        if (is_one_of(&pair, peers)) {
            place->peer = pair;
            place->peer.value_length = host_length(&pair);
            place->key = mix(place->key, place->peer.value, place->peer.value_length) | 1;
        } else if (is_one_of(&pair, parts)) {
            place->key = mix(place->key, pair.value, pair.value_length) | 1;
        }
    }
    return true;
}

static bool is_over(const struct brink_repeat *entry, uint64_t now_ms)
{
    return now_ms == UINT64_MAX || now_ms - entry->since_ms >= BRINK_REPEATS_WINDOW_MS;
}

/* The entry of that key, or one that is free for it; NULL: none is. Whose lines have not been told
 * yet is not free. */
static struct brink_repeat *find(struct brink_repeat *entries, size_t count, uint64_t key,
                                 uint64_t now_ms)
{
    struct brink_repeat *free_one = NULL;
    for (size_t i = 0; i < count; i++) {
        struct brink_repeat *entry = &entries[i];
        if (entry->key == key)
            return entry;
        if (free_one == NULL &&
            (entry->key == 0 || (entry->left_out == 0 && is_over(entry, now_ms))))
            free_one = entry;
    }
    if (free_one != NULL)
        *free_one = (struct brink_repeat){.key = key, .since_ms = now_ms};
    return free_one;
}

static void name(struct brink_repeat *entry, const struct place *place, bool with_peer)
{
    int used = snprintf(entry->what, sizeof entry->what, "%.*s",
                        (int)(place->event.value_length < 40 ? place->event.value_length : 40),
                        place->event.value);
    if (with_peer && place->peer.value_length > 0 && place->peer.value_length < 48 &&
        !place->peer.quoted)
        (void)snprintf(entry->what + used, sizeof entry->what - (size_t)used, " peer=%.*s",
                       (int)place->peer.value_length, place->peer.value);
}

bool brink_repeats_pass(struct brink_repeats *repeats, enum brink_log_level level, const char *line,
                        size_t length, uint64_t now_ms)
{
    struct place place;
    if (level == BRINK_LOG_DEBUG || !find_place(line, length, &place) ||
        is_always_told(&place.event))
        return true;
    struct brink_repeat *entry = find(repeats->places, BRINK_REPEATS_PLACES, place.key, now_ms);
    bool own = entry != NULL;
    if (!own)
        entry = find(repeats->events, BRINK_REPEATS_EVENTS, place.event_key, now_ms);
    if (entry == NULL)
        return true; /* more events than there are: none of ours */
    if (entry->left_out == 0 && is_over(entry, now_ms)) {
        entry->since_ms = now_ms;
        entry->lines = 0;
    }
    if (entry->lines < BRINK_REPEATS_LINES) {
        entry->lines++;
        return true;
    }
    if (entry->left_out++ == 0) {
        name(entry, &place, own);
        entry->level = level;
    } else if (level < entry->level) {
        entry->level = level;
    }
    repeats->left_out++;
    return false;
}

static bool tell(struct brink_repeats *repeats, struct brink_repeat *entries, size_t count,
                 uint64_t now_ms, char text[BRINK_REPEATS_TEXT_MAX], enum brink_log_level *level)
{
    for (size_t i = 0; i < count; i++) {
        struct brink_repeat *entry = &entries[i];
        if (entry->left_out == 0 || !is_over(entry, now_ms))
            continue;
        (void)snprintf(text, BRINK_REPEATS_TEXT_MAX, "event=suppressed of=%s count=%" PRIu64,
                       entry->what, entry->left_out);
        *level = entry->level;
        repeats->left_out -= entry->left_out;
        *entry = (struct brink_repeat){0};
        return true;
    }
    return false;
}

bool brink_repeats_tell(struct brink_repeats *repeats, uint64_t now_ms,
                        char text[BRINK_REPEATS_TEXT_MAX], enum brink_log_level *level)
{
    if (repeats->left_out == 0)
        return false;
    return tell(repeats, repeats->places, BRINK_REPEATS_PLACES, now_ms, text, level) ||
           tell(repeats, repeats->events, BRINK_REPEATS_EVENTS, now_ms, text, level);
}
