/* What names are resolved to, with a resolver of the test's own in the place of libc's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>

#include "net/address.h"

static int refusal;       /* what it answers while only configured families are asked for */
static unsigned asked;    /* times */
static unsigned out;      /* answers that were not freed yet */
static const char *known; /* an IPv6 address, or one of IPv4 */
static struct addrinfo answer;
static struct sockaddr_in v4;
static struct sockaddr_in6 v6;

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                struct addrinfo **found)
{
    assert_string_equal(name, "some.host");
    assert_null(service);
    asked++;
    if (refusal != 0 && (hints->ai_flags & AI_ADDRCONFIG))
        return refusal;
    memset(&v4, 0, sizeof v4);
    memset(&v6, 0, sizeof v6);
    v4.sin_family = AF_INET;
    v6.sin6_family = AF_INET6;
    bool is_v6 = inet_pton(AF_INET6, known, &v6.sin6_addr) == 1;
    assert_true(is_v6 || inet_pton(AF_INET, known, &v4.sin_addr) == 1);
    answer = (struct addrinfo){
        .ai_family = is_v6 ? AF_INET6 : AF_INET,
        .ai_addrlen = is_v6 ? sizeof v6 : sizeof v4,
        .ai_addr = is_v6 ? (struct sockaddr *)&v6 : (struct sockaddr *)&v4,
    };
    out++;
    *found = &answer;
    return 0;
}

void freeaddrinfo(struct addrinfo *found)
{
    assert_ptr_equal(found, &answer);
    out--;
}

static void expect(const char *address, const char *wanted)
{
    struct brink_address parsed;
    struct brink_message why = {""};
    char text[BRINK_ADDRESS_TEXT_MAX];
    known = address;
    if (brink_failed(brink_address_parse(&parsed, "some.host:99", BRINK_ADDRESS_TO_CONNECT, &why)))
        fail_msg("%s", why.text);
    assert_string_equal(brink_address_format(&parsed, text, sizeof text), wanted);
    assert_int_equal(out, 0);
}

static void the_port_goes_to_either_family(void **state)
{
    (void)state;
    refusal = 0;
    expect("192.0.2.1", "192.0.2.1:99");
    expect("2001:db8::1", "[2001:db8::1]:99");
}

static void a_bare_machine_is_asked_again_for_all_families(void **state)
{
    (void)state;
    static const int refusals[] = {EAI_NONAME, EAI_ADDRFAMILY};
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        refusal = refusals[i];
        asked = 0;
        expect("::1", "[::1]:99");
        assert_int_equal(asked, 2);
    }
}

static void other_refusals_are_told_at_once(void **state)
{
    (void)state;
    struct brink_address parsed;
    struct brink_message why = {""};
    refusal = EAI_AGAIN;
    asked = 0;
    assert_int_equal(
        brink_address_parse(&parsed, "some.host:99", BRINK_ADDRESS_TO_CONNECT, &why).err, EINVAL);
    assert_int_equal(asked, 1);
    assert_non_null(strstr(why.text, gai_strerror(EAI_AGAIN)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_port_goes_to_either_family),
        cmocka_unit_test(a_bare_machine_is_asked_again_for_all_families),
        cmocka_unit_test(other_refusals_are_told_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
