/* Mail is memory that any thread may take and give back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <string.h>

#include "server/mailbox.h"

static void mail_has_room_for_its_data(void **state)
{
    (void)state;
    struct brink_mailbox mailbox;
    assert_int_equal(brink_mailbox_init(&mailbox).err, 0);
    for (size_t length = 0; length < 100000; length = length * 3 + 1) {
        struct brink_mail *mail = brink_mail_new(&mailbox, length);
        assert_non_null(mail);
        assert_int_equal(mail->length, length);
        memset(mail->data, 0xaa, length);
        brink_mail_free(&mailbox, mail);
    }
    assert_int_equal(mailbox.arena.live_bytes, 0);
    assert_null(brink_mail_new(&mailbox, SIZE_MAX));
    brink_mailbox_destroy(&mailbox);
}

static void *take_and_give(void *arg)
{
    struct brink_mailbox *mailbox = arg;
    for (size_t i = 0; i < 2000; i++) {
        struct brink_mail *mail = brink_mail_new(mailbox, i % 300);
        if (mail == NULL)
            return mailbox;
        brink_mail_free(mailbox, mail);
    }
    return NULL;
}

static void several_threads_share_it(void **state)
{
    (void)state;
    enum { THREADS = 4 };
    struct brink_mailbox mailbox;
    pthread_t threads[THREADS];
    assert_int_equal(brink_mailbox_init(&mailbox).err, 0);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, take_and_give, &mailbox), 0);
    for (int i = 0; i < THREADS; i++) {
        void *failed;
        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
    }
    assert_int_equal(mailbox.arena.live_bytes, 0);
    brink_mailbox_destroy(&mailbox);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mail_has_room_for_its_data),
        cmocka_unit_test(several_threads_share_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
