/* discover (srv NAME | dns HOST:PORT) RESOLVERS: tells on its standard output what upstream/dns.c
 * finds, a line for each change (`servers=...`), and what it logs. Ends when its standard input
 * does. For tests with real name servers. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/address.h"
#include "upstream/dns.h"

enum { MIN_MS = 200, MAX_MS = 60000, TURN_MS = 20 };

struct brink_group {
    char before[65536];
};

brink_result brink_group_update(struct brink_group *group, unsigned source,
                                const struct brink_target_entry *entries, size_t count,
                                uint64_t now_ms)
{
    char text[BRINK_ADDRESS_TEXT_MAX];
    char all[sizeof group->before] = "";
    size_t length = 0;
    (void)source;
    (void)now_ms;
    for (size_t i = 0; i < count && length < sizeof all - 200; i++)
        length +=
            (size_t)snprintf(all + length, sizeof all - length, "%s%s*%u/%u", i > 0 ? "," : "",
                             brink_address_format(&entries[i].address, text, sizeof text),
                             (unsigned)entries[i].weight, (unsigned)entries[i].tier);
    if (strcmp(all, group->before) != 0)
        (void)printf("servers=%s\n", all);
    memcpy(group->before, all, sizeof all);
    return brink_ok();
}

static void write_line(void *context, enum brink_log_level level, const char *line, size_t length)
{
    (void)context;
    (void)level;
    (void)printf("%.*s\n", (int)length, line);
}

static bool has_input_ended(void)
{
    struct pollfd input = {.fd = 0, .events = POLLIN};
    return poll(&input, 1, 0) > 0;
}

static int discover(const struct brink_dns_settings *settings)
{
    struct brink_arena arena;
    struct brink_loop loop;
    struct brink_dns_source source;
    brink_dns_source_init(&source, settings);
    if (brink_failed(brink_arena_open(&arena)) ||
        brink_failed(brink_loop_open(&loop, &brink_sys_linux, &arena)) ||
        brink_failed(brink_dns_source_start(&source, &loop)))
        return 1;
    while (!has_input_ended())
        if (brink_failed(brink_loop_turn(&loop, TURN_MS)))
            return 1;
    brink_dns_source_stop(&source);
    brink_result turned = brink_loop_turn(&loop, 0);
    brink_loop_close(&loop);
    brink_arena_close(&arena);
    return turned.err;
}

int main(int argc, char **argv)
{
    static struct brink_group group;
    struct brink_log log = {.write = write_line, .level = BRINK_LOG_DEBUG};
    struct brink_dns_host host;
    struct brink_message why;
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc != 4)
        return 2;
    bool srv = strcmp(argv[1], "srv") == 0;
    if (!srv && brink_failed(brink_dns_host_read(&host, argv[2], &why)))
        return 2;
    struct brink_dns_settings settings = {
        .group = &group,
        .upstream = "test",
        .log = &log,
        .srv = srv ? argv[2] : NULL,
        .hosts = &host,
        .host_count = srv ? 0 : 1,
        .resolvers = argv[3],
        .min_ms = MIN_MS,
        .max_ms = MAX_MS,
        .seed = 1,
    };
    return discover(&settings);
}
