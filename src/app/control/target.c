#include "app/control/target.h"

#include <stdio.h>
#include <string.h>

#include "app/admin/request.h"
#include "app/log/logger.h"
#include "base/message.h"
#include "brink/upstream.h"
#include "config/units.h"
#include "config/value.h"

/* --- writing --- */

/* A target that is being written; too long a one is not whole. */
struct writer {
    struct brink_control_target *target;
    size_t used;
    bool begun; /* there is a "?" */
    bool full;
};

static void put(struct writer *writer, const char *text)
{
    size_t length = strlen(text);
    writer->full |= writer->used + length >= sizeof writer->target->text;
    if (writer->full)
        return;
    memcpy(writer->target->text + writer->used, text, length + 1);
    writer->used += length;
}

/* RFC 3986, 2.1: all but what is never special. */
static void put_encoded(struct writer *writer, const char *text)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
    char piece[8];
    for (; *text != '\0'; text++) {
        bool safe = memchr(plain, *text, sizeof plain - 1) != NULL;
        (void)snprintf(piece, sizeof piece, safe ? "%c" : "%%%02X", (unsigned char)*text);
        put(writer, piece);
    }
}

/* NULL: it is not given. */
static void put_parameter(struct writer *writer, const char *key, const char *value)
{
    if (value == NULL)
        return;
    put(writer, writer->begun ? "&" : "?");
    put(writer, key);
    put(writer, "=");
    put_encoded(writer, value);
    writer->begun = true;
}

/* --- words --- */

/* UPSTREAM/SERVER: the first slash parts them. */
static brink_result put_server(struct writer *writer, const char *word, struct brink_message *why)
{
    char upstream[128];
    size_t length = word != NULL ? strcspn(word, "/") : 0;
    if (length == 0 || length >= sizeof upstream || word[length] == '\0' ||
        word[length + 1] == '\0')
        return brink_message_set(why, "which server? write UPSTREAM/SERVER, as brink ctl show "
                                      "servers lists them");
    memcpy(upstream, word, length);
    upstream[length] = '\0';
    put_parameter(writer, "upstream", upstream);
    put_parameter(writer, "server", word + length + 1);
    return brink_ok();
}

static brink_result put_client(struct writer *writer, const char *word, struct brink_message *why)
{
    brink_stream_id id;
    if (word == NULL)
        return brink_message_set(why, "which client? brink ctl show clients lists their ids");
    brink_result read = brink_admin_client_parse(word, &id, why);
    if (!brink_failed(read))
        put_parameter(writer, "client", word);
    return read;
}

/* listener NAME, server U/S; of a drain also client ID, and all. */
static brink_result put_what(struct writer *writer, const struct brink_control_options *options,
                             struct brink_message *why)
{
    bool drain = options->kind == BRINK_CONTROL_DRAIN;
    const char *what = options->count > 0 ? options->words[0] : "";
    const char *which = options->count > 1 ? options->words[1] : NULL;
    if (strcmp(what, "listener") == 0 && which != NULL) {
        put_parameter(writer, "listener", which);
        return brink_ok();
    }
    if (strcmp(what, "listener") == 0)
        return brink_message_set(why, "which listener? brink ctl show listeners lists them");
    if (strcmp(what, "server") == 0)
        return put_server(writer, which, why);
    if (drain && strcmp(what, "client") == 0)
        return put_client(writer, which, why);
    if (drain && strcmp(what, "all") == 0)
        return brink_ok();
    return brink_message_set(why, "%s what? write listener NAME%s", drain ? "drain" : "undrain",
                             drain ? ", server UPSTREAM/SERVER, client ID, or all"
                                   : ", or server UPSTREAM/SERVER");
}

static void put_drain_options(struct writer *writer, const struct brink_control_options *options)
{
    put_parameter(writer, "policy", options->policy);
    put_parameter(writer, "timeout", options->timeout);
    put_parameter(writer, "spread", options->spread);
}

/* --- commands --- */

static brink_result make_show(struct writer *writer, const struct brink_control_options *options,
                              struct brink_message *why)
{
    static const char *const views[] = {"summary", "listeners", "upstreams", "servers", "clients",
                                        "workers", "pools",     "errors",    NULL};
    struct brink_control_target *target = writer->target;
    uint32_t choice = BRINK_CONTROL_SUMMARY;
    brink_result read = options->count > 0
                            ? brink_config_value_choice(options->words[0], views, &choice, why)
                            : brink_ok();
    if (brink_failed(read))
        return read;
    target->view = (enum brink_control_view)choice;
    bool clients = target->view == BRINK_CONTROL_CLIENTS;
    if (options->limit != NULL && !clients)
        return brink_message_set(why, "--limit is for show clients");
    put(writer, clients                                ? "/clients.json"
                : target->view == BRINK_CONTROL_ERRORS ? "/errors.json"
                                                       : "/stats.json");
    if (clients)
        put_parameter(writer, "listener", options->count > 1 ? options->words[1] : NULL);
    put_parameter(writer, "limit", options->limit);
    return brink_ok();
}

static brink_result make_drain(struct writer *writer, const struct brink_control_options *options,
                               struct brink_message *why)
{
    put(writer, "/drain");
    brink_result made = brink_ok();
    if (options->kind == BRINK_CONTROL_DRAIN)
        made = put_what(writer, options, why);
    put_drain_options(writer, options);
    return made;
}

static brink_result make_undrain(struct writer *writer, const struct brink_control_options *options,
                                 struct brink_message *why)
{
    put(writer, "/undrain");
    return put_what(writer, options, why);
}

static brink_result make_weight(struct writer *writer, const struct brink_control_options *options,
                                struct brink_message *why)
{
    uint32_t ignored;
    struct brink_message inner;
    put(writer, "/weight");
    brink_result made = put_server(writer, options->words[0], why);
    if (brink_failed(made))
        return made;
    if (options->count < 2)
        return brink_message_set(why, "which weight? a number from 0 to %d", BRINK_WEIGHT_MAX);
    made = brink_units_parse_count(options->words[1], 0, BRINK_WEIGHT_MAX, &ignored, &inner);
    if (brink_failed(made))
        return brink_message_set(why, "weight: %s", inner.text);
    put_parameter(writer, "weight", options->words[1]);
    return made;
}

static brink_result make_close(struct writer *writer, const struct brink_control_options *options,
                               struct brink_message *why)
{
    put(writer, "/close");
    brink_result made = put_client(writer, options->words[0], why);
    put_parameter(writer, "now", options->now ? "yes" : NULL);
    return made;
}

static brink_result make_reload(struct writer *writer, const struct brink_control_options *options,
                                struct brink_message *why)
{
    (void)why;
    put(writer, options->kind == BRINK_CONTROL_RELOAD ? "/reload" : "/upgrade");
    return brink_ok();
}

static brink_result make_log(struct writer *writer, const struct brink_control_options *options,
                             struct brink_message *why)
{
    enum brink_log_level ignored;
    const char *level = options->count > 0 ? options->words[0] : "";
    put(writer, "/log");
    put_parameter(writer, "level", level);
    return brink_logger_parse_level(level, &ignored, why);
}

static const struct {
    brink_result (*make)(struct writer *writer, const struct brink_control_options *options,
                         struct brink_message *why);
    size_t words; /* at most */
} makers[BRINK_CONTROL_KINDS] = {
    [BRINK_CONTROL_SHOW] = {make_show, 2},       [BRINK_CONTROL_DRAIN] = {make_drain, 2},
    [BRINK_CONTROL_UNDRAIN] = {make_undrain, 2}, [BRINK_CONTROL_WEIGHT] = {make_weight, 2},
    [BRINK_CONTROL_CLOSE] = {make_close, 1},     [BRINK_CONTROL_RELOAD] = {make_reload, 0},
    [BRINK_CONTROL_UPGRADE] = {make_reload, 0},  [BRINK_CONTROL_LOG] = {make_log, 1},
    [BRINK_CONTROL_STOP] = {make_drain, 0},
};

/* How many words it takes: a view or a drain of one word has no second. */
static size_t words_of(const struct brink_control_options *options)
{
    bool show = options->kind == BRINK_CONTROL_SHOW;
    bool drain = options->kind == BRINK_CONTROL_DRAIN;
    bool first = options->count > 0;
    if (show && first && strcmp(options->words[0], "clients") != 0)
        return 1;
    if (drain && first && strcmp(options->words[0], "all") == 0)
        return 1;
    return makers[options->kind].words;
}

brink_result brink_control_target_make(struct brink_control_target *target,
                                       const struct brink_control_options *options,
                                       struct brink_message *why)
{
    struct writer writer = {.target = target};
    *target = (struct brink_control_target){.post = options->kind != BRINK_CONTROL_SHOW};
    brink_result made = makers[options->kind].make(&writer, options, why);
    if (brink_failed(made))
        return brink_fail(made.err);
    if (options->count > words_of(options))
        return brink_message_set(why, "\"%.60s\" is one word too many; see --help",
                                 options->words[words_of(options)]);
    if (writer.full)
        return brink_message_set(why, "the names are too long");
    return brink_ok();
}
