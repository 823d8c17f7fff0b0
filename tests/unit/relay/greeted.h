/* A relay whose clients may begin with a PROXY header: for the tests of that. */
#ifndef BRINK_TESTS_GREETED_H
#define BRINK_TESTS_GREETED_H

#include "support/rig.h"

#include <sys/socket.h>
#include <unistd.h>

#include "relay/pair.h"

#define LINE      "PROXY TCP4 192.0.2.1 198.51.100.2 4321 443\r\n"
#define FRAME     "\2\0\0\0hi"
#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"
/* The same in version 2, with a unique id of two bytes. */
#define BINARY SIGNATURE "\x21\x11\0\x11\xc0\0\2\1\xc6\x33\x64\2\x10\xe1\1\xbb\5\0\2id"
#define LOCAL  SIGNATURE "\x20\0\0\0"

static struct rig rig;

static void prepare(enum brink_proxy_accept accept)
{
    rig_init(&rig);
    rig_listen_upstream(&rig);
    rig.options.accept_proxy = accept;
    rig.options.proxy_ms = 5000;
}

static int connect_and_send(const void *bytes, size_t size)
{
    rig_start(&rig, &brink_pair_kind);
    int client = rig_connect(&rig);
    if (size > 0)
        assert_int_equal(send(client, bytes, size, 0), size);
    return client;
}

static void leave(int client, int upstream)
{
    (void)close(client);
    rig_expect_end(&rig, upstream);
    (void)close(upstream);
    rig_until_gone(&rig, 1);
}

static void fails(int client, enum brink_reason reason)
{
    uint8_t byte;
    while (brink_counter_read(&rig.service.stats.sessions) > 0 &&
           brink_counter_read(&rig.service.stats.closed[reason]) == 0) {
        rig_turn(&rig);
        if (recv(client, &byte, 1, MSG_DONTWAIT) == 0)
            break;
    }
    (void)close(client);
    rig_forward(&rig, 2000);
    rig_until_gone(&rig, 1);
    assert_int_equal(brink_counter_read(&rig.service.stats.closed[reason]), 1);
    rig_stop(&rig);
}

#endif
