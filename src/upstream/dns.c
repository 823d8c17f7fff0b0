#include "upstream/dns.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/message.h"

enum {
    ASKED_AT_ONCE = 32,  /* hosts: more questions in one burst may not all reach a name server */
    HOSTS_FILE_TTL_S = 5 /* hosts(5) has none */
};

brink_result brink_dns_host_read(struct brink_dns_host *host, const char *text,
                                 struct brink_message *why)
{
    struct brink_address address;
    struct brink_dns_host read = {.weight = 1};
    brink_result result =
        brink_address_read(&address, text, BRINK_ADDRESS_TO_CONNECT, read.host, why);
    if (brink_failed(result))
        return result;
    if (read.host[0] == '\0')
        return brink_message_set(why,
                                 "\"%.200s\" is an address, there is nothing to look up; write it "
                                 "as a server",
                                 text);
    read.port = ntohs(address.sock.v4.sin_port);
    *host = read;
    return brink_ok();
}

/* S. Vigna's splitmix64: for spreading in time, not for secrets. */
static uint64_t draw(struct brink_dns_source *source)
{
    uint64_t z = source->random += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static void log_failed(const struct brink_dns_source *source, const char *name, const char *error,
                       size_t kept)
{
    char upstream[BRINK_LOG_NAME_MAX];
    char quoted[BRINK_LOG_TEXT_MAX];
    brink_log_write(source->settings.log, BRINK_LOG_WARN,
                    "event=dns-failed upstream=%s name=%s error=\"%s\" kept=%zu",
                    brink_log_quote(source->settings.upstream, upstream, sizeof upstream),
                    brink_log_quote(name, quoted, sizeof quoted), error, kept);
}

static const char *error_text(const struct brink_dns_source *source, int status)
{
    if (status == ARES_ECANCELLED && source->channel.watch_error != 0)
        return strerror(source->channel.watch_error);
    return ares_strerror(status);
}

/* Logs a lookup that ended otherwise than the one before; `status` and `*before` are c-ares's. */
static void note_outcome(struct brink_dns_source *source, const char *name, int status, int *before,
                         size_t servers)
{
    char upstream[BRINK_LOG_NAME_MAX];
    char quoted[BRINK_LOG_TEXT_MAX];
    if (status != ARES_SUCCESS)
        source->failed = true;
    if (status == *before)
        return;
    *before = status;
    if (status != ARES_SUCCESS)
        log_failed(source, name, error_text(source, status), servers);
    else
        brink_log_write(source->settings.log, BRINK_LOG_INFO,
                        "event=dns-recovered upstream=%s name=%s servers=%zu",
                        brink_log_quote(source->settings.upstream, upstream, sizeof upstream),
                        brink_log_quote(name, quoted, sizeof quoted), servers);
}

static size_t known_servers(const struct brink_dns_source *source)
{
    size_t count = 0;
    for (size_t i = 0; i < source->hosts.count; i++)
        count += brink_dns_known_count(&source->hosts.known[i]);
    return count;
}

/* What goes wrong here, not in the world of names: memory, descriptors, the group's room. Logged
 * once, until it changes. */
static void note_own_error(struct brink_dns_source *source, int error, const char *text)
{
    const char *name = source->settings.srv;
    if (name == NULL)
        name = source->hosts.count > 0 ? source->hosts.known[0].host.host : "";
    if (error != 0)
        source->failed = true;
    if (error != 0 && error != source->own_error)
        log_failed(source, name, text, known_servers(source));
    source->own_error = error;
}

/* --- telling the group --- */

static void note_cut(struct brink_dns_source *source)
{
    char upstream[BRINK_LOG_NAME_MAX];
    size_t known = known_servers(source);
    size_t left_out = source->left_out;
    if (known > BRINK_UPSTREAM_SERVERS_MAX)
        left_out += known - BRINK_UPSTREAM_SERVERS_MAX;
    if (left_out > 0 && left_out != source->cut)
        brink_log_write(source->settings.log, BRINK_LOG_WARN,
                        "event=dns-cut upstream=%s left_out=%zu most=%d",
                        brink_log_quote(source->settings.upstream, upstream, sizeof upstream),
                        left_out, BRINK_UPSTREAM_SERVERS_MAX);
    source->cut = left_out;
}

static void tell_group(struct brink_dns_source *source)
{
    const struct brink_dns_settings *settings = &source->settings;
    const size_t size = BRINK_UPSTREAM_SERVERS_MAX * sizeof(struct brink_target_entry);
    struct brink_target_entry *entries =
        brink_arena_alloc(source->loop->arena, size, _Alignof(struct brink_target_entry));
    if (entries == NULL) {
        note_own_error(source, ENOMEM, strerror(ENOMEM));
        return;
    }
    size_t made;
    (void)brink_dns_hosts_entries(&source->hosts, entries, BRINK_UPSTREAM_SERVERS_MAX, &made);
    if (made > 0) { /* none: what it was told stays */
        brink_result updated = brink_group_update(settings->group, settings->source, entries, made,
                                                  source->loop->now_ms);
        note_own_error(source, updated.err, strerror(updated.err));
    }
    source->changed = false;
    brink_arena_release(source->loop->arena, entries, size, _Alignof(struct brink_target_entry));
}

/* --- a round --- */

static void lower_ttl(struct brink_dns_source *source, uint32_t ttl_s)
{
    if (ttl_s < source->ttl_s)
        source->ttl_s = ttl_s;
}

static void wait_for_next(struct brink_dns_source *source)
{
    const struct brink_dns_settings *settings = &source->settings;
    uint64_t wait_ms =
        brink_dns_wait_ms(source->ttl_s, settings->min_ms, settings->max_ms, draw(source));
    source->failures = source->failed ? source->failures + 1 : 0;
    if (source->failed) {
        uint64_t retry_ms =
            brink_dns_retry_ms(source->failures, settings->min_ms, settings->max_ms, draw(source));
        wait_ms = retry_ms < wait_ms ? retry_ms : wait_ms;
    }
    source->state = BRINK_DNS_WAITING;
    brink_timer_arm(&source->loop->wheel, source->timer, source->loop->now_ms + wait_ms);
}

static void end_round(struct brink_dns_source *source)
{
    brink_dns_channel_close(&source->channel);
    source->whole = source->whole || source->state == BRINK_DNS_ASKING_HOSTS;
    tell_group(source);
    note_cut(source);
    wait_for_next(source);
}

/* --- the addresses of hosts --- */

static bool is_certain(int status)
{
    return status == ARES_ENODATA || status == ARES_ENOTFOUND;
}

/* Both families have been answered. */
static void judge(struct brink_dns_source *source, size_t index)
{
    struct brink_dns_known *known = &source->hosts.known[index];
    enum brink_dns_verdict verdict = brink_dns_hosts_judge(&source->hosts, index, &source->changed);
    int status = verdict == BRINK_DNS_FOUND ? ARES_SUCCESS : known->reason;
    note_outcome(source, known->host.host, status, &known->error, brink_dns_known_count(known));
    source->in_flight--;
}

static void note_answer(struct brink_dns_source *source, size_t index, unsigned family, int status,
                        const struct brink_dns_record *records, size_t count)
{
    struct brink_dns_known *known = &source->hosts.known[index];
    enum brink_dns_verdict verdict = BRINK_DNS_FOUND;
    if (status == ARES_SUCCESS && count == 0)
        status = ARES_ENODATA;
    if (status != ARES_SUCCESS) {
        verdict = is_certain(status) ? BRINK_DNS_NONE : BRINK_DNS_FAILED;
        /* Of two reasons the one that says more. */
        if (known->reason == ARES_SUCCESS || known->reason == ARES_ENODATA || !is_certain(status))
            known->reason = status;
    }
    brink_dns_hosts_answer(&source->hosts, index, family, verdict, records, count);
    if (known->verdicts[BRINK_DNS_V4] != BRINK_DNS_UNASKED &&
        known->verdicts[BRINK_DNS_V6] != BRINK_DNS_UNASKED)
        judge(source, index);
}

static enum brink_dns_type type_of(unsigned family)
{
    return family == BRINK_DNS_V4 ? BRINK_DNS_A : BRINK_DNS_AAAA;
}

static void host_answered(void *arg, size_t tag, int status, const uint8_t *bytes, size_t size)
{
    struct brink_dns_source *source = arg;
    struct brink_dns_record records[BRINK_UPSTREAM_SERVERS_MAX];
    struct brink_dns_found found = {0};
    unsigned family = (unsigned)(tag % BRINK_DNS_FAMILIES);
    if (status == ARES_SUCCESS) {
        if (brink_failed(brink_dns_read_addresses(bytes, size, type_of(family), records,
                                                  BRINK_UPSTREAM_SERVERS_MAX, &found)))
            status = ARES_EBADRESP;
        else
            lower_ttl(source, found.ttl_s);
    }
    source->left_out += found.left_out;
    note_answer(source, tag / BRINK_DNS_FAMILIES, family, status, records, found.count);
}

/* hosts(5) comes before any name server. */
static bool is_in_hosts_file(struct brink_dns_source *source, size_t index)
{
    struct brink_dns_record records[BRINK_DNS_FAMILIES][BRINK_UPSTREAM_SERVERS_MAX];
    size_t counts[BRINK_DNS_FAMILIES];
    for (unsigned family = 0; family < BRINK_DNS_FAMILIES; family++)
        counts[family] = brink_dns_channel_hosts_file(
            &source->channel, source->hosts.known[index].host.host, type_of(family),
            records[family], BRINK_UPSTREAM_SERVERS_MAX);
    if (counts[BRINK_DNS_V4] + counts[BRINK_DNS_V6] == 0)
        return false;
    lower_ttl(source, HOSTS_FILE_TTL_S);
    for (unsigned family = 0; family < BRINK_DNS_FAMILIES; family++)
        note_answer(source, index, family, ARES_SUCCESS, records[family], counts[family]);
    return true;
}

static void ask_host(struct brink_dns_source *source, size_t index)
{
    struct brink_dns_known *known = &source->hosts.known[index];
    source->in_flight++;
    known->reason = ARES_SUCCESS;
    if (is_in_hosts_file(source, index))
        return;
    for (unsigned family = 0; family < BRINK_DNS_FAMILIES; family++)
        brink_dns_channel_ask(&source->channel, known->host.host, type_of(family), host_answered,
                              source, index * BRINK_DNS_FAMILIES + family);
}

/* --- SRV --- */

static void services_answered(void *arg, size_t tag, int status, const uint8_t *bytes, size_t size)
{
    struct brink_dns_source *source = arg;
    struct brink_dns_found found;
    (void)tag;
    source->in_flight--;
    source->srv_reason = status;
    if (status != ARES_SUCCESS)
        return;
    brink_result taken = brink_dns_hosts_take_services(&source->hosts, bytes, size, &found);
    if (brink_failed(taken)) {
        source->srv_reason = taken.err == ENOMEM    ? ARES_ENOMEM
                             : taken.err == ENODATA ? ARES_ENODATA
                                                    : ARES_EBADRESP;
        return;
    }
    lower_ttl(source, found.ttl_s);
    source->left_out += found.left_out;
}

/* True if the targets are to be asked for now. */
static bool end_of_services(struct brink_dns_source *source)
{
    note_outcome(source, source->settings.srv, source->srv_reason, &source->srv_error,
                 known_servers(source));
    if (source->srv_reason != ARES_SUCCESS)
        return false;
    source->state = BRINK_DNS_ASKING_HOSTS;
    return true;
}

/* --- driving it --- */

/* Goes on after answers have come; not from within c-ares. */
static void drive(void *arg)
{
    struct brink_dns_source *source = arg;
    if (source->state == BRINK_DNS_ASKING_SERVICES && source->in_flight == 0 &&
        !end_of_services(source)) {
        end_round(source);
        return;
    }
    while (source->state == BRINK_DNS_ASKING_HOSTS && source->next < source->hosts.count &&
           source->in_flight < ASKED_AT_ONCE)
        ask_host(source, source->next++);
    if (source->in_flight == 0) {
        end_round(source);
        return;
    }
    /* At first each server counts: none waits for a name that is not answered. Later a list is told
     * of as a whole, so that servers do not go because others have not been looked up yet. */
    if (source->changed && !source->whole)
        tell_group(source);
    brink_dns_channel_tend(&source->channel);
}

static void begin_round(void *arg, uint64_t now_ms)
{
    struct brink_dns_source *source = arg;
    struct brink_message why = {""};
    const char *srv = source->settings.srv;
    (void)now_ms;
    source->next = 0;
    source->in_flight = 0;
    source->left_out = 0;
    source->ttl_s = UINT32_MAX;
    source->failed = false;
    source->changed = false;
    brink_result opened = brink_dns_channel_open(&source->channel, source->loop,
                                                 source->settings.resolvers, drive, source, &why);
    if (brink_failed(opened)) {
        note_own_error(source, opened.err, why.text);
        wait_for_next(source);
        return;
    }
    source->state = srv != NULL ? BRINK_DNS_ASKING_SERVICES : BRINK_DNS_ASKING_HOSTS;
    if (srv != NULL) {
        source->in_flight = 1;
        brink_dns_channel_ask(&source->channel, srv, BRINK_DNS_SRV, services_answered, source, 0);
    }
    drive(source);
}

void brink_dns_source_init(struct brink_dns_source *source,
                           const struct brink_dns_settings *settings)
{
    memset(source, 0, sizeof *source);
    source->settings = *settings;
    source->random = settings->seed;
}

brink_result brink_dns_source_prepare(struct brink_dns_source *source, struct brink_loop *loop)
{
    const struct brink_dns_settings *settings = &source->settings;
    source->loop = loop;
    brink_dns_hosts_init(&source->hosts, loop->arena);
    source->timer = brink_timer_new(&loop->wheel, begin_round, source);
    if (source->timer == NULL)
        return brink_fail(ENOMEM);
    if (settings->srv == NULL) {
        brink_result set =
            brink_dns_hosts_set(&source->hosts, settings->hosts, settings->host_count);
        if (brink_failed(set)) {
            brink_timer_free(&loop->wheel, source->timer);
            return set;
        }
    }
    source->state = BRINK_DNS_WAITING;
    return brink_ok();
}

void brink_dns_source_begin(struct brink_dns_source *source)
{
    brink_timer_arm(&source->loop->wheel, source->timer, source->loop->now_ms);
}

brink_result brink_dns_source_start(struct brink_dns_source *source, struct brink_loop *loop)
{
    brink_result prepared = brink_dns_source_prepare(source, loop);
    if (!brink_failed(prepared))
        brink_dns_source_begin(source);
    return prepared;
}

void brink_dns_source_stop(struct brink_dns_source *source)
{
    if (source->state == BRINK_DNS_STOPPED)
        return;
    if (source->state != BRINK_DNS_WAITING)
        brink_dns_channel_close(&source->channel);
    source->state = BRINK_DNS_STOPPED;
    brink_timer_free(&source->loop->wheel, source->timer);
    source->timer = NULL;
    brink_dns_hosts_clear(&source->hosts);
}
