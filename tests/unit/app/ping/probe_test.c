/* What a machine lacks of what a configuration names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/ping/probe.h"
#include "unit/config/written.h"

/* What is told of a good configuration of one echo at `address` and a server at `server`. */
static char *probe(const char *address, const char *server, struct brink_config **config)
{
    char conf[512];
    (void)snprintf(conf, sizeof conf,
                   "listener \"l\" { address = %s; upstream = u }\n"
                   "upstream \"u\" { server = %s }",
                   address, server);
    *config = assert_good(conf);
    brink_probe_config(*config, &brink_sys_linux);
    return written_told(&(*config)->problems);
}

static void assert_told(const char *address, const char *server, const char *part)
{
    struct brink_config *config;
    char *told = probe(address, server, &config);
    if (part == NULL)
        assert_string_equal(told, "");
    else if (strstr(told, part) == NULL)
        fail_msg("not \"%s\" but \"%s\"", part, told);
    free(told);
    brink_config_free(config);
}

static void what_is_there_is_not_told(void **state)
{
    (void)state;
    assert_told("127.0.0.1:0, unix:/nowhere/at/all, fd:77", "127.0.0.1:1", NULL);
    assert_told("localhost:0", "localhost:1, unix:/nowhere/at/all", NULL);
}

static void what_is_missing_is_an_error(void **state)
{
    (void)state;
    assert_told("192.0.2.1:0", "127.0.0.1:1", "conf:1: cannot listen on 192.0.2.1:0: ");
    assert_told("127.0.0.1:0", "a..b:1", "conf:2: \"a..b\" cannot be looked up");
    assert_told("a..b:1", "127.0.0.1:1", "conf:1: \"a..b\" cannot be looked up");
}

static void an_address_in_use_is_a_warning(void **state)
{
    (void)state;
    struct sockaddr_in local = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof local;
    struct brink_config *config;
    char address[32];
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&local, length), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&local, &length), 0);
    (void)snprintf(address, sizeof address, "127.0.0.1:%u", ntohs(local.sin_port));
    char *told = probe(address, "127.0.0.1:1", &config);
    assert_non_null(strstr(told, "conf:1: warning: 127.0.0.1:"));
    free(told);
    brink_config_free(config);
    char conf[128];
    (void)snprintf(conf, sizeof conf,
                   "listener \"l\" { address = :0; service = echo }\n"
                   "admin { address = %s }",
                   address);
    config = assert_good(conf);
    brink_probe_config(config, &brink_sys_linux);
    told = written_told(&config->problems);
    assert_non_null(strstr(told, "conf:2: warning: 127.0.0.1:"));
    assert_int_equal(config->problems.errors, 0);
    free(told);
    brink_config_free(config);
    (void)close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_there_is_not_told),
        cmocka_unit_test(what_is_missing_is_an_error),
        cmocka_unit_test(an_address_in_use_is_a_warning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
