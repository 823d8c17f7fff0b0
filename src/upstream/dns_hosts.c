#include "upstream/dns_hosts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for an SRV answer: too much for the stack. */
struct scratch {
    struct brink_dns_service services[BRINK_UPSTREAM_SERVERS_MAX];
    struct brink_dns_host hosts[BRINK_UPSTREAM_SERVERS_MAX];
};

void brink_dns_hosts_init(struct brink_dns_hosts *hosts, struct brink_arena *arena)
{
    *hosts = (struct brink_dns_hosts){.arena = arena};
}

static void free_list(struct brink_arena *arena, struct brink_dns_list *list)
{
    if (list->count > 0)
        brink_arena_release(arena, list->records, list->count * sizeof *list->records,
                            _Alignof(struct brink_dns_record));
    *list = (struct brink_dns_list){0};
}

static bool copy_list(struct brink_arena *arena, struct brink_dns_list *list,
                      const struct brink_dns_record *records, size_t count)
{
    *list = (struct brink_dns_list){0};
    if (count == 0)
        return true;
    struct brink_dns_record *copy =
        brink_arena_alloc(arena, count * sizeof *copy, _Alignof(struct brink_dns_record));
    if (copy == NULL)
        return false;
    memcpy(copy, records, count * sizeof *copy);
    *list = (struct brink_dns_list){copy, count};
    return true;
}

static void free_table(struct brink_arena *arena, struct brink_dns_known *table, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (unsigned family = 0; family < BRINK_DNS_FAMILIES; family++) {
            free_list(arena, &table[i].kept[family]);
            free_list(arena, &table[i].fresh[family]);
        }
    }
    if (count > 0)
        brink_arena_release(arena, table, count * sizeof *table, _Alignof(struct brink_dns_known));
}

void brink_dns_hosts_clear(struct brink_dns_hosts *hosts)
{
    free_table(hosts->arena, hosts->known, hosts->count);
    brink_dns_hosts_init(hosts, hosts->arena);
}

static const struct brink_dns_known *find(const struct brink_dns_hosts *hosts, const char *host)
{
    for (size_t i = 0; i < hosts->count; i++)
        if (strcasecmp(hosts->known[i].host.host, host) == 0)
            return &hosts->known[i];
    return NULL;
}

/* What `hosts` knows of a host, into `known`. */
static bool carry_over(const struct brink_dns_hosts *hosts, struct brink_dns_known *known)
{
    const struct brink_dns_known *before = find(hosts, known->host.host);
    if (before == NULL)
        return true;
    known->error = before->error;
    for (unsigned family = 0; family < BRINK_DNS_FAMILIES; family++)
        if (!copy_list(hosts->arena, &known->kept[family], before->kept[family].records,
                       before->kept[family].count))
            return false;
    return true;
}

brink_result brink_dns_hosts_set(struct brink_dns_hosts *hosts, const struct brink_dns_host *wanted,
                                 size_t count)
{
    struct brink_dns_known *table = NULL;
    bool whole = true;
    if (count > 0)
        table = brink_arena_alloc(hosts->arena, count * sizeof *table,
                                  _Alignof(struct brink_dns_known));
    if (count > 0 && table == NULL)
        return brink_fail(ENOMEM);
    for (size_t i = 0; i < count; i++) {
        memset(&table[i], 0, sizeof table[i]);
        table[i].host = wanted[i];
        whole = whole && carry_over(hosts, &table[i]);
    }
    if (!whole) {
        free_table(hosts->arena, table, count);
        return brink_fail(ENOMEM);
    }
    brink_dns_hosts_clear(hosts);
    hosts->known = table;
    hosts->count = count;
    return brink_ok();
}

static void name_host(struct brink_dns_host *host)
{
    char name[BRINK_TARGET_NAME_MAX];
    (void)snprintf(name, sizeof name, "%.120s:%u", host->host, (unsigned)host->port);
    memcpy(host->name, name, sizeof name);
}

static brink_result take(struct brink_dns_hosts *hosts, struct scratch *scratch,
                         const uint8_t *bytes, size_t size, struct brink_dns_found *found)
{
    struct brink_dns_found read;
    brink_result result =
        brink_dns_read_services(bytes, size, scratch->services, BRINK_UPSTREAM_SERVERS_MAX, &read);
    if (brink_failed(result))
        return result;
    if (read.count == 0)
        return brink_fail(ENODATA);
    size_t count = brink_dns_hosts_of(scratch->services, read.count, scratch->hosts);
    for (size_t i = 0; i < count; i++)
        name_host(&scratch->hosts[i]);
    result = brink_dns_hosts_set(hosts, scratch->hosts, count);
    if (!brink_failed(result))
        *found = read;
    return result;
}

brink_result brink_dns_hosts_take_services(struct brink_dns_hosts *hosts, const uint8_t *bytes,
                                           size_t size, struct brink_dns_found *found)
{
    struct scratch *scratch =
        brink_arena_alloc(hosts->arena, sizeof *scratch, _Alignof(struct scratch));
    if (scratch == NULL)
        return brink_fail(ENOMEM);
    brink_result taken = take(hosts, scratch, bytes, size, found);
    brink_arena_release(hosts->arena, scratch, sizeof *scratch, _Alignof(struct scratch));
    return taken;
}

void brink_dns_hosts_answer(struct brink_dns_hosts *hosts, size_t index,
                            enum brink_dns_family family, enum brink_dns_verdict verdict,
                            const struct brink_dns_record *records, size_t count)
{
    struct brink_dns_known *known = &hosts->known[index];
    free_list(hosts->arena, &known->fresh[family]);
    if (verdict == BRINK_DNS_FOUND && count == 0)
        verdict = BRINK_DNS_NONE;
    if (verdict == BRINK_DNS_FOUND &&
        !copy_list(hosts->arena, &known->fresh[family], records, count))
        verdict = BRINK_DNS_FAILED;
    known->verdicts[family] = verdict;
}

static bool same(const struct brink_dns_list *a, const struct brink_dns_list *b)
{
    return a->count == b->count &&
           (a->count == 0 || memcmp(a->records, b->records, a->count * sizeof *a->records) == 0);
}

static void replace(struct brink_dns_hosts *hosts, struct brink_dns_known *known, unsigned family,
                    bool *changed)
{
    *changed |= !same(&known->kept[family], &known->fresh[family]);
    free_list(hosts->arena, &known->kept[family]);
    known->kept[family] = known->fresh[family];
    known->fresh[family] = (struct brink_dns_list){0};
}

enum brink_dns_verdict brink_dns_hosts_judge(struct brink_dns_hosts *hosts, size_t index,
                                             bool *changed)
{
    struct brink_dns_known *known = &hosts->known[index];
    enum brink_dns_verdict verdict = BRINK_DNS_NONE;
    for (unsigned family = 0; family < BRINK_DNS_FAMILIES; family++) {
        if (known->verdicts[family] == BRINK_DNS_FOUND)
            verdict = BRINK_DNS_FOUND;
        else if (known->verdicts[family] == BRINK_DNS_FAILED && verdict == BRINK_DNS_NONE)
            verdict = BRINK_DNS_FAILED;
    }
    for (unsigned family = 0; family < BRINK_DNS_FAMILIES && verdict == BRINK_DNS_FOUND; family++)
        if (known->verdicts[family] != BRINK_DNS_FAILED)
            replace(hosts, known, family, changed);
    for (unsigned family = 0; family < BRINK_DNS_FAMILIES; family++)
        known->verdicts[family] = BRINK_DNS_UNASKED;
    return verdict;
}

size_t brink_dns_known_count(const struct brink_dns_known *known)
{
    return known->kept[BRINK_DNS_V4].count + known->kept[BRINK_DNS_V6].count;
}

static void make_entry(struct brink_target_entry *entry, const struct brink_dns_host *host,
                       const struct brink_dns_record *record)
{
    *entry = (struct brink_target_entry){
        .address = brink_dns_address(record, host->port),
        .name = host->name[0] != '\0' ? host->name : NULL,
        .weight = host->weight,
        .max_connections = host->max_connections,
        .tier = host->tier,
    };
}

static int compare_addresses(const struct brink_address *a, const struct brink_address *b)
{
    if (a->length != b->length)
        return a->length < b->length ? -1 : 1;
    return memcmp(&a->sock, &b->sock, a->length);
}

static int compare_entries(const void *left, const void *right)
{
    const struct brink_target_entry *a = left;
    const struct brink_target_entry *b = right;
    int addresses = compare_addresses(&a->address, &b->address);
    if (addresses != 0 || a->tier == b->tier)
        return addresses;
    return a->tier < b->tier ? -1 : 1;
}

static size_t in_order(struct brink_target_entry *entries, size_t count)
{
    size_t kept = 0;
    if (count == 0)
        return 0;
    qsort(entries, count, sizeof *entries, compare_entries);
    for (size_t i = 1; i < count; i++)
        if (compare_addresses(&entries[kept].address, &entries[i].address) != 0)
            entries[++kept] = entries[i];
    return kept + 1;
}

size_t brink_dns_hosts_entries(const struct brink_dns_hosts *hosts,
                               struct brink_target_entry *entries, size_t room, size_t *made)
{
    size_t count = 0;
    for (size_t i = 0; i < hosts->count; i++) {
        const struct brink_dns_known *known = &hosts->known[i];
        for (unsigned family = 0; family < BRINK_DNS_FAMILIES; family++)
            for (size_t j = 0; j < known->kept[family].count; j++, count++)
                if (count < room)
                    make_entry(&entries[count], &known->host, &known->kept[family].records[j]);
    }
    *made = in_order(entries, count < room ? count : room);
    return count;
}
