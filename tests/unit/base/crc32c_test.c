/* CRC32c against published checksums, whole and in pieces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/crc32c.h"

/* RFC 3720, appendix B.4. */
static void the_published_checksums(void **state)
{
    (void)state;
    uint8_t bytes[32];
    memset(bytes, 0, sizeof bytes);
    assert_int_equal(brink_crc32c(0, bytes, sizeof bytes), 0x8a9136aa);
    memset(bytes, 0xff, sizeof bytes);
    assert_int_equal(brink_crc32c(0, bytes, sizeof bytes), 0x62a8ab43);
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)i;
    assert_int_equal(brink_crc32c(0, bytes, sizeof bytes), 0x46dd794e);
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(31 - i);
    assert_int_equal(brink_crc32c(0, bytes, sizeof bytes), 0x113fdb5c);
    assert_int_equal(brink_crc32c(0, "123456789", 9), 0xe3069283);
    assert_int_equal(brink_crc32c(0, NULL, 0), 0);
}

static void pieces_make_up_the_whole(void **state)
{
    (void)state;
    static const char text[] = "123456789";
    for (size_t cut = 0; cut <= 9; cut++) {
        uint32_t head = brink_crc32c(0, text, cut);
        assert_int_equal(brink_crc32c(head, text + cut, 9 - cut), 0xe3069283);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_published_checksums),
        cmocka_unit_test(pieces_make_up_the_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
