/* PROXY headers to servers: who the client is, before all that it sends. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sys/socket.h>

#include "support/servers.h"

#include "net/proxy_header.h"

#define FRAME     "\2\0\0\0hi"
#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"
/* Of 192.0.2.1:4321 to 198.51.100.2:443, with a unique id of two bytes. */
#define BINARY SIGNATURE "\x21\x11\0\x11\xc0\0\2\1\xc6\x33\x64\2\x10\xe1\1\xbb\5\0\2id"
#define LINE   "PROXY TCP4 192.0.2.1 198.51.100.2 4321 443\r\n"

static struct rig rig;
static struct servers servers;

static void prepare(enum brink_proxy_send version)
{
    rig_init(&rig);
    servers_init(&servers);
    servers_add(&servers);
    servers_add(&servers);
    rig.upstream.send_proxy = version;
}

static void end(int client, int upstream)
{
    (void)close(client);
    rig_expect_end(&rig, upstream);
    (void)close(upstream);
    rig_until_gone(&rig, 1);
    rig_stop(&rig);
    servers_close(&servers);
}

/* The whole header at the start of what the server gets. */
static void receive_header(int upstream, struct brink_proxy_header *header)
{
    static uint8_t bytes[BRINK_PROXY_HEADER_MAX];
    size_t size = 0;
    size_t wanted = 1;
    struct brink_message why;
    enum brink_proxy_verdict verdict;
    do {
        rig_receive(&rig, upstream, bytes + size, wanted);
        size += wanted;
        verdict = brink_proxy_header_decode(bytes, size, header, &wanted, &why);
    } while (verdict == BRINK_PROXY_MORE);
    assert_int_equal(verdict, BRINK_PROXY_COMPLETE);
    assert_int_equal(header->length, size);
}

static void names_the_client(const struct brink_proxy_header *header, int client)
{
    struct sockaddr_in local;
    struct sockaddr_in remote;
    socklen_t length = sizeof local;
    assert_int_equal(getsockname(client, (struct sockaddr *)&local, &length), 0);
    assert_int_equal(getpeername(client, (struct sockaddr *)&remote, &length), 0);
    assert_int_equal(header->kind, BRINK_PROXY_PROXIED);
    assert_int_equal(header->source.family, AF_INET);
    assert_memory_equal(header->source.bytes, &local.sin_addr, 4);
    assert_int_equal(header->source.port, ntohs(local.sin_port));
    assert_memory_equal(header->destination.bytes, &remote.sin_addr, 4);
    assert_int_equal(header->destination.port, ntohs(remote.sin_port));
}

static void is_sent(enum brink_proxy_send version, enum brink_arming arming)
{
    struct brink_proxy_header header = {0};
    prepare(version);
    rig.options.arming = arming;
    servers_start(&servers, &rig);
    int client = rig_connect(&rig);
    assert_int_equal(send(client, FRAME, 6, 0), 6);
    int upstream = servers_accept(&servers, &rig, 0);
    receive_header(upstream, &header);
    assert_int_equal(header.version, version == BRINK_PROXY_SEND_V1 ? 1 : 2);
    names_the_client(&header, client);
    assert_int_equal(header.unique_id_length, version == BRINK_PROXY_SEND_V1 ? 0 : 16);
    rig_expect(&rig, upstream, FRAME, 6);
    servers_exchange(&rig, client, upstream);
    end(client, upstream);
    assert_true(rig_logged(&rig, "client_bytes=12 client_frames=2 "));
}

static void a_header_comes_before_the_clients_bytes(void **state)
{
    (void)state;
    is_sent(BRINK_PROXY_SEND_V1, BRINK_ARM_EDGE);
    is_sent(BRINK_PROXY_SEND_V2, BRINK_ARM_EDGE);
    is_sent(BRINK_PROXY_SEND_V1, BRINK_ARM_ONESHOT);
    is_sent(BRINK_PROXY_SEND_V2, BRINK_ARM_ONESHOT);
}

/* A server may want to speak first, knowing with whom. */
static void a_header_does_not_wait_for_the_client(void **state)
{
    (void)state;
    struct brink_proxy_header header = {0};
    prepare(BRINK_PROXY_SEND_V2);
    servers_start(&servers, &rig);
    int client = rig_connect(&rig);
    int upstream = servers_accept(&servers, &rig, 0);
    receive_header(upstream, &header);
    names_the_client(&header, client);
    end(client, upstream);
}

static void each_connection_has_an_id_of_its_own(void **state)
{
    (void)state;
    uint8_t ids[2][16];
    int clients[2];
    int upstreams[2];
    prepare(BRINK_PROXY_SEND_V2);
    servers_start(&servers, &rig);
    for (size_t i = 0; i < 2; i++) {
        struct brink_proxy_header header = {0};
        clients[i] = rig_connect(&rig);
        upstreams[i] = servers_accept(&servers, &rig, i);
        receive_header(upstreams[i], &header);
        assert_int_equal(header.unique_id_length, 16);
        memcpy(ids[i], header.unique_id, 16);
    }
    assert_memory_not_equal(ids[0], ids[1], 16);
    (void)close(clients[1]);
    (void)close(upstreams[1]);
    rig_until_gone(&rig, 1);
    (void)close(clients[0]);
    (void)close(upstreams[0]);
    rig_until_gone(&rig, 2);
    rig_stop(&rig);
    servers_close(&servers);
}

static void is_passed_on(const char *accepted, size_t size, enum brink_proxy_send version)
{
    struct brink_proxy_header header = {0};
    char text[BRINK_ADDRESS_TEXT_MAX];
    prepare(version);
    rig.options.accept_proxy = BRINK_PROXY_ACCEPT_REQUIRED;
    servers_start(&servers, &rig);
    int client = rig_connect(&rig);
    rig_send(&rig, client, accepted, size);
    rig_send(&rig, client, FRAME, 6);
    int upstream = servers_accept(&servers, &rig, 0);
    receive_header(upstream, &header);
    assert_string_equal(brink_peer_format(&header.source, text, sizeof text), "192.0.2.1:4321");
    assert_string_equal(brink_peer_format(&header.destination, text, sizeof text),
                        "198.51.100.2:443");
    if (version == BRINK_PROXY_SEND_V2 && accepted[0] != 'P') {
        assert_int_equal(header.unique_id_length, 2);
        assert_memory_equal(header.unique_id, "id", 2);
    }
    rig_expect(&rig, upstream, FRAME, 6);
    end(client, upstream);
}

static void what_a_header_said_is_passed_on(void **state)
{
    (void)state;
    is_passed_on(LINE, sizeof LINE - 1, BRINK_PROXY_SEND_V1);
    is_passed_on(LINE, sizeof LINE - 1, BRINK_PROXY_SEND_V2);
    is_passed_on(BINARY, sizeof BINARY - 1, BRINK_PROXY_SEND_V1);
    is_passed_on(BINARY, sizeof BINARY - 1, BRINK_PROXY_SEND_V2);
}

/* What was read of it to see that it has none comes after ours. */
static void a_client_without_a_header_gets_one(void **state)
{
    (void)state;
    struct brink_proxy_header header = {0};
    prepare(BRINK_PROXY_SEND_V1);
    rig.options.accept_proxy = BRINK_PROXY_ACCEPT_OPTIONAL;
    servers_start(&servers, &rig);
    int client = rig_connect(&rig);
    assert_int_equal(send(client, FRAME FRAME, 12, 0), 12);
    int upstream = servers_accept(&servers, &rig, 0);
    receive_header(upstream, &header);
    names_the_client(&header, client);
    rig_expect(&rig, upstream, FRAME FRAME, 12);
    end(client, upstream);
}

static int name_is_not_told(void *kernel, int fd, struct sockaddr *address, socklen_t *length)
{
    (void)kernel;
    (void)fd;
    (void)address;
    (void)length;
    return -ENOBUFS;
}

/* The header comes all the same: a server that wants one gets one. */
static void who_cannot_say_whom_it_spoke_to_has_a_header_without(void **state)
{
    (void)state;
    for (int version = BRINK_PROXY_SEND_V1; version <= BRINK_PROXY_SEND_V2; version++) {
        struct brink_proxy_header header = {0};
        prepare((enum brink_proxy_send)version);
        rig.ops.getsockname = name_is_not_told;
        servers_start(&servers, &rig);
        int client = rig_connect(&rig);
        int upstream = servers_accept(&servers, &rig, 0);
        receive_header(upstream, &header);
        assert_int_equal(header.source.family, 0);
        assert_int_equal(header.destination.family, 0);
        servers_exchange(&rig, client, upstream);
        end(client, upstream);
    }
}

static void the_next_server_is_told_as_well(void **state)
{
    (void)state;
    struct brink_proxy_header header = {0};
    prepare(BRINK_PROXY_SEND_V2);
    rig.upstream.rehome = true;
    rig.options.accept_proxy = BRINK_PROXY_ACCEPT_REQUIRED;
    servers_start(&servers, &rig);
    int client = rig_connect(&rig);
    rig_send(&rig, client, BINARY, sizeof BINARY - 1);
    for (size_t i = 0; i < 2; i++) {
        char text[BRINK_ADDRESS_TEXT_MAX];
        int upstream = servers_accept(&servers, &rig, i);
        receive_header(upstream, &header);
        assert_string_equal(brink_peer_format(&header.source, text, sizeof text), "192.0.2.1:4321");
        assert_memory_equal(header.unique_id, "id", 2);
        servers_exchange(&rig, client, upstream);
        if (i == 1)
            end(client, upstream);
        else
            (void)close(upstream);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_header_comes_before_the_clients_bytes),
        cmocka_unit_test(a_header_does_not_wait_for_the_client),
        cmocka_unit_test(each_connection_has_an_id_of_its_own),
        cmocka_unit_test(what_a_header_said_is_passed_on),
        cmocka_unit_test(a_client_without_a_header_gets_one),
        cmocka_unit_test(who_cannot_say_whom_it_spoke_to_has_a_header_without),
        cmocka_unit_test(the_next_server_is_told_as_well),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
