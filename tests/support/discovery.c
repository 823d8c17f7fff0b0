#include "support/discovery.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PATIENCE_TURNS = 10000, FEW_TURNS = 20 };

/* --- the group --- */

brink_result brink_group_update(struct brink_group *group, unsigned source,
                                const struct brink_target_entry *entries, size_t count,
                                uint64_t now_ms)
{
    char text[BRINK_ADDRESS_TEXT_MAX];
    size_t length = 0;
    (void)source;
    (void)now_ms;
    if (group->fail_with != 0)
        return brink_fail(group->fail_with);
    group->updates++;
    group->servers[0] = '\0';
    for (size_t i = 0; i < count && length < sizeof group->servers - 200; i++)
        length +=
            (size_t)snprintf(group->servers + length, sizeof group->servers - length, "%s*%u/%u ",
                             brink_address_format(&entries[i].address, text, sizeof text),
                             (unsigned)entries[i].weight, (unsigned)entries[i].tier);
    return brink_ok();
}

/* --- the name server --- */

static void names_open(struct name_server *names)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof address;
    names->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_true(names->fd >= 0);
    assert_int_equal(bind(names->fd, (struct sockaddr *)&address, length), 0);
    assert_int_equal(getsockname(names->fd, (struct sockaddr *)&address, &length), 0);
    (void)snprintf(names->address, sizeof names->address, "127.0.0.1:%u",
                   (unsigned)ntohs(address.sin_port));
}

void names_add(struct name_server *names, const char *name, unsigned type, uint32_t ttl_s,
               const void *data, size_t size)
{
    assert_true(names->count < NAME_RECORDS_MAX && size <= sizeof names->records[0].data);
    struct name_record *record = &names->records[names->count++];
    *record = (struct name_record){.type = type, .ttl_s = ttl_s, .size = size};
    (void)snprintf(record->name, sizeof record->name, "%s", name);
    memcpy(record->data, data, size);
}

void names_add_v4(struct name_server *names, const char *name, uint32_t ttl_s, const char *address)
{
    struct in_addr v4;
    assert_int_equal(inet_pton(AF_INET, address, &v4), 1);
    names_add(names, name, 1, ttl_s, &v4, sizeof v4);
}

void names_add_srv(struct name_server *names, const char *name, unsigned priority, unsigned weight,
                   unsigned port, const char *target)
{
    uint8_t data[80];
    size_t size = dns_srv(data, priority, weight, port, target);
    names_add(names, name, 33, 60, data, size);
}

/* The name that is asked for, and the type. */
static unsigned question_of(const uint8_t *query, size_t size, char *name, size_t room)
{
    size_t at = 12;
    size_t length = 0;
    name[0] = '\0';
    while (at < size && query[at] != 0 && length < room) {
        length += (size_t)snprintf(name + length, room - length, "%s%.*s", length > 0 ? "." : "",
                                   query[at], (const char *)query + at + 1);
        at += query[at] + 1U;
    }
    return at + 2 < size ? (unsigned)(query[at + 1] << 8 | query[at + 2]) : 0;
}

static void answer(struct name_server *names, const uint8_t *query, size_t size,
                   const struct sockaddr_in *to)
{
    static struct dns_message message;
    char name[256];
    bool exists = false;
    unsigned type = question_of(query, size, name, sizeof name);
    dns_begin(&message, name, type);
    memcpy(message.bytes, query, 2);
    for (size_t i = 0; i < names->count; i++) {
        const struct name_record *record = &names->records[i];
        if (strcasecmp(record->name, name) != 0)
            continue;
        exists = true;
        if (record->type == type)
            dns_add(&message, name, type, record->ttl_s, record->data, record->size);
    }
    if (!exists)
        message.bytes[3] = 3; /* NXDOMAIN */
    if (names->fail_with != 0 && (names->fail_type == 0 || names->fail_type == type))
        message.bytes[3] = (uint8_t)names->fail_with;
    (void)sendto(names->fd, message.bytes, message.size, 0, (const struct sockaddr *)to,
                 sizeof *to);
}

static void names_serve(struct name_server *names)
{
    uint8_t query[1500];
    for (;;) {
        struct sockaddr_in from;
        socklen_t length = sizeof from;
        ssize_t got =
            recvfrom(names->fd, query, sizeof query, 0, (struct sockaddr *)&from, &length);
        if (got < 0)
            return;
        names->asked++;
        if (!names->silent)
            answer(names, query, (size_t)got, &from);
    }
}

/* --- the loop --- */

static uint64_t forwarded_now_us(void *kernel)
{
    return brink_sys_linux.ops->now_us(NULL) + 1000 * ((struct discovery *)kernel)->forward_ms;
}

static uint64_t forwarded_now_ms(void *kernel)
{
    return brink_sys_linux.ops->now_ms(NULL) + ((struct discovery *)kernel)->forward_ms;
}

static int failing_duplicate(void *kernel, int fd)
{
    struct discovery *discovery = kernel;
    if (discovery->fail_duplicates > 0) {
        discovery->fail_duplicates--;
        return -EMFILE;
    }
    return brink_sys_linux.ops->duplicate(NULL, fd);
}

static void write_line(void *context, enum brink_log_level level, const char *line, size_t length)
{
    struct discovery *discovery = context;
    (void)level;
    if (discovery->lines_length + length + 2 > sizeof discovery->lines)
        return;
    memcpy(discovery->lines + discovery->lines_length, line, length);
    discovery->lines_length += length;
    discovery->lines[discovery->lines_length++] = '\n';
}

void discovery_start(struct discovery *discovery)
{
    memset(discovery, 0, sizeof *discovery);
    discovery->ops = *brink_sys_linux.ops;
    discovery->ops.now_ms = forwarded_now_ms;
    discovery->ops.now_us = forwarded_now_us;
    discovery->ops.duplicate = failing_duplicate;
    discovery->sys = (struct brink_sys){&discovery->ops, discovery};
    discovery->log = (struct brink_log){write_line, discovery, BRINK_LOG_DEBUG, NULL};
    counting_open(&discovery->arena, &discovery->memory);
    assert_int_equal(brink_loop_open(&discovery->loop, &discovery->sys, &discovery->arena).err, 0);
    names_open(&discovery->names);
}

void discovery_stop(struct discovery *discovery)
{
    assert_int_equal(brink_loop_turn(&discovery->loop, 0).err, 0);
    assert_true(brink_loop_check(&discovery->loop));
    brink_loop_close(&discovery->loop);
    assert_int_equal(discovery->memory.blocks, 0);
    brink_arena_close(&discovery->arena);
    (void)close(discovery->names.fd);
}

static void turn(struct discovery *discovery)
{
    assert_int_equal(brink_loop_turn(&discovery->loop, 1).err, 0);
    assert_true(brink_loop_check(&discovery->loop));
    names_serve(&discovery->names);
}

void discovery_turn(struct discovery *discovery)
{
    for (int i = 0; i < FEW_TURNS; i++)
        turn(discovery);
}

void discovery_until(struct discovery *discovery, bool (*done)(struct discovery *discovery))
{
    for (int i = 0; i < PATIENCE_TURNS; i++) {
        if (done(discovery))
            return;
        turn(discovery);
    }
    fail_msg("it did not happen; the group has \"%s\"; the log:\n%s", discovery->group.servers,
             discovery->lines);
}

void discovery_until_servers(struct discovery *discovery, const char *servers)
{
    for (int i = 0; i < PATIENCE_TURNS && strcmp(discovery->group.servers, servers) != 0; i++)
        turn(discovery);
    assert_string_equal(discovery->group.servers, servers);
}

unsigned discovery_logged(const struct discovery *discovery, const char *text)
{
    unsigned count = 0;
    for (const char *at = strstr(discovery->lines, text); at != NULL; at = strstr(at + 1, text))
        count++;
    return count;
}

void discovery_until_logged(struct discovery *discovery, const char *text, unsigned count)
{
    for (int i = 0; i < PATIENCE_TURNS && discovery_logged(discovery, text) < count; i++)
        turn(discovery);
    if (discovery_logged(discovery, text) != count)
        fail_msg("%s is not in the log %u times:\n%s", text, count, discovery->lines);
}

void discovery_forward(struct discovery *discovery, uint64_t ms)
{
    discovery->forward_ms += ms;
}
