#include "config/listener.h"

#include "brink/server.h"

enum { PREFIXES_MAX = 1024, COUNT_MOST = 10000000 };

/* --- limits --- */

#define AT(field) .at = offsetof(struct brink_limit_options, field)
#define RATE(name_, type_, field)                                                                  \
    {name_, type_, AT(field.per_second)},                                                          \
    {                                                                                              \
        name_ "-burst", (type_) == BRINK_CONFIG_RATE ? BRINK_CONFIG_COUNT : BRINK_CONFIG_SIZE,     \
            AT(field.burst), .width = 8, .most = UINT32_MAX                                        \
    }
static const char *const over_rates[] = {"slow", "close", NULL};
static const struct brink_config_key limit_keys[] = {
    {"clients", BRINK_CONFIG_COUNT, AT(max_clients), .width = 4, .most = COUNT_MOST},
    {"clients-per-source", BRINK_CONFIG_COUNT, AT(max_per_source), .width = 4, .most = COUNT_MOST},
    {"source-bits-v4", BRINK_CONFIG_COUNT, AT(source_bits_v4), .width = 1, .least = 1, .most = 32},
    {"source-bits-v6", BRINK_CONFIG_COUNT, AT(source_bits_v6), .width = 1, .least = 1, .most = 128},
    RATE("connections", BRINK_CONFIG_RATE, connections),
    RATE("frames", BRINK_CONFIG_RATE, frames),
    RATE("bytes", BRINK_CONFIG_BYTE_RATE, bytes),
    RATE("client-frames", BRINK_CONFIG_RATE, client_frames),
    RATE("client-bytes", BRINK_CONFIG_BYTE_RATE, client_bytes),
    {"over-rate", BRINK_CONFIG_CHOICE, AT(over_rate), .names = over_rates},
};
#undef AT
static const struct brink_config_table limit_table = {limit_keys,
                                                      sizeof limit_keys / sizeof limit_keys[0]};

static void check_rate(struct brink_config_reading *reading, struct brink_config_item *item,
                       const char *name, const struct brink_rate *rate)
{
    if (rate->burst != 0 && rate->per_second == 0)
        brink_config_item_error(reading, item, "%s-burst needs %s, the rate that it goes beyond",
                                name, name);
}

static void take_limits(struct brink_config_reading *reading, struct brink_config_item *item,
                        void *target)
{
    struct brink_limit_options *limits = &((struct brink_config_listener *)target)->options.limits;
    brink_config_table_read(reading, &limit_table, item, limits);
    check_rate(reading, item, "connections", &limits->connections);
    check_rate(reading, item, "frames", &limits->frames);
    check_rate(reading, item, "bytes", &limits->bytes);
    check_rate(reading, item, "client-frames", &limits->client_frames);
    check_rate(reading, item, "client-bytes", &limits->client_bytes);
    item->parent->broken |= item->broken;
}

static void print_limits(struct brink_config_dump *dump, const void *target)
{
    brink_config_dump_open(dump, "limits", NULL);
    brink_config_table_dump(dump, &limit_table,
                            &((const struct brink_config_listener *)target)->options.limits);
    brink_config_dump_close(dump);
}

/* --- last words --- */

#define AT(field) .at = offsetof(struct brink_config_goodbye, field)
static const struct brink_config_key goodbye_keys[] = {
    {"refused", BRINK_CONFIG_BYTES, AT(refused)},
    {"refused-payload", BRINK_CONFIG_BYTES, AT(refused_payload)},
    {"drained", BRINK_CONFIG_BYTES, AT(drained)},
    {"drained-payload", BRINK_CONFIG_BYTES, AT(drained_payload)},
    {"oversize", BRINK_CONFIG_BYTES, AT(oversize)},
    {"oversize-payload", BRINK_CONFIG_BYTES, AT(oversize_payload)},
};
#undef AT
static const struct brink_config_table goodbye_table = {goodbye_keys, 6};

static void take_goodbye(struct brink_config_reading *reading, struct brink_config_item *item,
                         void *target)
{
    struct brink_config_goodbye *goodbye = &((struct brink_config_listener *)target)->goodbye;
    goodbye->item = item;
    brink_config_table_read(reading, &goodbye_table, item, goodbye);
    item->parent->broken |= item->broken;
}

static void print_goodbye(struct brink_config_dump *dump, const void *target)
{
    brink_config_dump_open(dump, "goodbye", NULL);
    brink_config_table_dump(dump, &goodbye_table,
                            &((const struct brink_config_listener *)target)->goodbye);
    brink_config_dump_close(dump);
}

/* --- the section --- */

static void take_framing(struct brink_config_reading *reading, struct brink_config_item *item,
                         void *target)
{
    brink_config_framing_take(reading, &((struct brink_config_listener *)target)->framing, item);
}

static void print_framing(struct brink_config_dump *dump, const void *target)
{
    brink_config_framing_print(dump, &((const struct brink_config_listener *)target)->options.spec);
}

/* The services of an application are not among them. */
static void take_service(struct brink_config_reading *reading, struct brink_config_item *item,
                         void *target)
{
    static const char *const names[] = {"echo", "relay", NULL};
    uint32_t choice = 0;
    struct brink_message why;
    struct brink_config_listener *listener = target;
    const char *text = brink_config_item_value(reading, item);
    if (text == NULL)
        return;
    if (brink_failed(brink_config_value_choice(text, names, &choice, &why)))
        brink_config_item_error(reading, item, "service: %s", why.text);
    else
        listener->options.service = choice == 0 ? BRINK_SERVICE_ECHO : BRINK_SERVICE_RELAY;
}

static void print_service(struct brink_config_dump *dump, const void *target)
{
    const struct brink_config_listener *listener = target;
    brink_config_dump_name(dump, "service");
    (void)fprintf(dump->out, "%s\n",
                  listener->options.service == BRINK_SERVICE_ECHO ? "echo" : "relay");
}

static const char *const accepts[] = {"no", "optional", "required", NULL};

#define AT(field)    .at = offsetof(struct brink_config_listener, options.field)
#define COUNT(field) .count_at = offsetof(struct brink_config_listener, options.field)
static const struct brink_config_key listener_keys[] = {
    {"address", BRINK_CONFIG_LIST, AT(listen), COUNT(listen_count), .most = BRINK_LISTEN_MAX,
     .check = brink_config_value_check_listen},
    {"service", BRINK_CONFIG_OWN, .take = take_service, .print = print_service},
    {"upstream", BRINK_CONFIG_TEXT, AT(upstream)},
    {"frame", BRINK_CONFIG_OWN, .take = take_framing, .print = print_framing},
    {"frame", BRINK_CONFIG_SECTION, .take = take_framing},
    {"max-frame", BRINK_CONFIG_OWN, .take = take_framing},
    {"idle-timeout", BRINK_CONFIG_DURATION, AT(idle_ms)},
    {"first-frame-timeout", BRINK_CONFIG_DURATION, AT(first_frame_ms)},
    {"frame-timeout", BRINK_CONFIG_DURATION, AT(frame_ms)},
    {"half-closed-timeout", BRINK_CONFIG_DURATION, AT(half_closed_ms)},
    {"max-age", BRINK_CONFIG_DURATION, AT(max_age_ms)},
    {"queue-high", BRINK_CONFIG_SIZE, AT(high_bytes)},
    {"queue-low", BRINK_CONFIG_SIZE, AT(low_bytes)},
    {"accept-proxy", BRINK_CONFIG_CHOICE, AT(accept_proxy), .names = accepts},
    {"trusted", BRINK_CONFIG_LIST, AT(trusted), COUNT(trusted_count), .most = PREFIXES_MAX,
     .check = brink_config_value_check_prefix},
    {"proxy-timeout", BRINK_CONFIG_DURATION, AT(proxy_ms)},
    {"allow", BRINK_CONFIG_LIST, AT(allow), COUNT(allow_count), .most = PREFIXES_MAX,
     .check = brink_config_value_check_prefix},
    {"deny", BRINK_CONFIG_LIST, AT(deny), COUNT(deny_count), .most = PREFIXES_MAX,
     .check = brink_config_value_check_prefix},
    {"limits", BRINK_CONFIG_SECTION, .take = take_limits, .print = print_limits},
    {"goodbye", BRINK_CONFIG_SECTION, .take = take_goodbye, .print = print_goodbye},
};
#undef AT
static const struct brink_config_table listener_table = {
    listener_keys, sizeof listener_keys / sizeof listener_keys[0]};

void brink_config_listener_read(struct brink_config_reading *reading,
                                struct brink_config_item *section,
                                struct brink_config_listener *listener)
{
    brink_listener_options_init(&listener->options);
    listener->item = section;
    listener->options.name = section->title != NULL ? section->title : "";
    listener->options.limits.source_bits_v4 = 32; /* what 0 means */
    listener->options.limits.source_bits_v6 = 64;
    brink_config_table_read(reading, &listener_table, section, listener);
}

void brink_config_listener_dump(struct brink_config_dump *dump,
                                const struct brink_config_listener *listener)
{
    brink_config_dump_open(dump, "listener", listener->options.name);
    brink_config_table_dump(dump, &listener_table, listener);
    brink_config_dump_close(dump);
}
