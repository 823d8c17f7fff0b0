/* Names: localhost is always to be had; what cannot be looked up is told by name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "net/address.h"

static void a_name_becomes_an_address(void **state)
{
    (void)state;
    struct brink_address address;
    struct brink_message why = {""};
    char text[BRINK_ADDRESS_TEXT_MAX];
    if (brink_failed(brink_address_parse(&address, "localhost:53", BRINK_ADDRESS_TO_CONNECT, &why)))
        fail_msg("%s", why.text);
    (void)brink_address_format(&address, text, sizeof text);
    assert_true(strcmp(text, "127.0.0.1:53") == 0 || strcmp(text, "[::1]:53") == 0);
}

static void an_address_needs_no_looking_up(void **state)
{
    (void)state;
    struct brink_address address;
    char text[BRINK_ADDRESS_TEXT_MAX];
    assert_int_equal(
        brink_address_parse(&address, "10.1.2.3:4", BRINK_ADDRESS_TO_CONNECT, NULL).err, 0);
    assert_string_equal(brink_address_format(&address, text, sizeof text), "10.1.2.3:4");
}

static void what_cannot_be_looked_up_is_told(void **state)
{
    (void)state;
    struct brink_address address = {.fd = 77};
    struct brink_message why = {""};
    assert_int_equal(
        brink_address_parse(&address, "no host.:1", BRINK_ADDRESS_TO_CONNECT, &why).err, EINVAL);
    assert_non_null(strstr(why.text, "\"no host.\""));
    assert_int_equal(address.fd, 77);
    assert_int_equal(brink_address_parse(&address, "fd:web", BRINK_ADDRESS_TO_LISTEN, &why).err,
                     EINVAL);
    assert_non_null(strstr(why.text, "\"web\" was passed"));
    assert_int_equal(brink_address_parse(&address, "nonsense", BRINK_ADDRESS_TO_CONNECT, NULL).err,
                     EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_becomes_an_address),
        cmocka_unit_test(an_address_needs_no_looking_up),
        cmocka_unit_test(what_cannot_be_looked_up_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
