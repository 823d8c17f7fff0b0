/* Upgrades that work and that do not, with a hand-over in place of the server's: a new program,
 * which is this test started anew, is ready when it says a byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/upgrade/upgrade.h"
#include "base/message.h"
#include "unit/app/printed.h"

#define HOW "BRINK_TEST_HOW"

enum { PATIENCE_MS = 60000, CHANNEL = 3 };

/* What a new program does: how it begins, and then what the channel says. */
static int started_main(void)
{
    const char *how = getenv(HOW);
    unsigned char status = 0;
    if (strcmp(how, "ends") == 0)
        return 78;
    while (strcmp(how, "hangs") == 0)
        (void)pause();
    if (send(CHANNEL, "!", 1, MSG_NOSIGNAL) != 1)
        return 1;
    return recv(CHANNEL, &status, 1, 0) == 1 ? status : 1;
}

struct scene {
    struct brink_upgrade upgrade;
    struct brink_logger logger;
    FILE *log;
    char text[8192];
    uint32_t ready_ms;
    bool unprepared;
    int channel; /* to the new program */
    pid_t told;  /* its pid, by handed_over */
    int taken_back;
};

static struct scene scene; /* the hand-over has no context */

static brink_result hand_over(struct brink_server *server, int channel, uint32_t ready_ms,
                              const struct brink_drain_options *drain, struct brink_message *why)
{
    struct pollfd fd = {.fd = channel, .events = POLLIN};
    char byte;
    assert_null(server);
    assert_int_equal(drain->timeout_ms, 1234);
    if (poll(&fd, 1, (int)ready_ms) == 0) {
        (void)brink_message_set(why, "the new program was not ready within %u ms", ready_ms);
        return brink_fail(ETIMEDOUT);
    }
    if (recv(channel, &byte, 1, 0) != 1) {
        (void)brink_message_set(why, "the channel was closed");
        return brink_fail(ECONNRESET);
    }
    scene.channel = channel;
    return brink_ok();
}

static brink_result prepare(void *context, struct brink_inheritance *inheritance,
                            struct brink_drain_options *drain, uint32_t *ready_ms,
                            struct brink_message *why)
{
    assert_ptr_equal(context, &scene);
    assert_int_equal(inheritance->count, 0);
    drain->timeout_ms = 1234;
    *ready_ms = scene.ready_ms;
    return scene.unprepared ? brink_message_set(why, "not prepared") : brink_ok();
}

static void handed_over(void *context)
{
    struct scene *told = context;
    told->told = told->upgrade.pid;
}

static void taken_back(void *context)
{
    ((struct scene *)context)->taken_back++;
}

static void open_scene(const char *how, uint32_t ready_ms)
{
    static const struct brink_upgrade_host host = {hand_over, prepare, handed_over, taken_back,
                                                   &scene};
    memset(&scene, 0, sizeof scene);
    scene.channel = -1;
    scene.ready_ms = ready_ms;
    scene.log = tmpfile();
    assert_non_null(scene.log);
    brink_logger_init(&scene.logger, fileno(scene.log), BRINK_LOG_DEBUG);
    (void)setenv(HOW, how, 1);
    brink_upgrade_open(&scene.upgrade, &host, &scene.logger);
    (void)unsetenv(HOW);
}

static void close_scene(void)
{
    brink_upgrade_close(&scene.upgrade);
    if (scene.channel >= 0)
        (void)close(scene.channel);
    (void)fclose(scene.log);
}

static const char *logged(void)
{
    rewind(scene.log);
    scene.text[fread(scene.text, 1, sizeof scene.text - 1, scene.log)] = '\0';
    return scene.text;
}

static void assert_logged(const char *part)
{
    if (strstr(logged(), part) == NULL)
        fail_msg("not \"%s\" but %s", part, scene.text);
}

static void expect_failure(int err, const char *why)
{
    struct brink_message said = {""};
    char line[512];
    assert_int_equal(brink_upgrade_run(&scene.upgrade, &said).err, err);
    assert_string_equal(said.text, why);
    (void)snprintf(line, sizeof line, "event=upgrade-failed error=\"%s\"", why);
    assert_logged(line);
    assert_int_equal(brink_upgrade_state(&scene.upgrade), BRINK_UPGRADE_IDLE);
    assert_int_equal(scene.told, 0);
}

static void end_the_new_one(unsigned char status)
{
    assert_int_equal(send(scene.channel, &status, 1, MSG_NOSIGNAL), 1);
}

static bool wait_until_undone(bool *well)
{
    for (int i = 0; i < PATIENCE_MS; i++) {
        if (brink_upgrade_was_undone(&scene.upgrade, well))
            return true;
        (void)poll(NULL, 0, 1);
    }
    return false;
}

static void one_that_works(void **state)
{
    (void)state;
    struct brink_message why = {""};
    char line[64];
    bool well = false;
    open_scene("ready", PATIENCE_MS);
    assert_false(brink_failed(brink_upgrade_run(&scene.upgrade, &why)));
    assert_int_equal(brink_upgrade_state(&scene.upgrade), BRINK_UPGRADE_DONE);
    assert_true(scene.told > 0 && kill(scene.told, 0) == 0);
    (void)snprintf(line, sizeof line, "level=info event=upgrade pid=%ld\n", (long)scene.told);
    assert_logged(line);
    assert_false(brink_upgrade_was_undone(&scene.upgrade, &well));
    assert_int_equal(brink_upgrade_run(&scene.upgrade, &why).err, EBUSY); /* and only one */
    assert_string_equal(why.text, "a new program has taken over already");
    assert_logged("event=upgrade-refused error=\"a new program has taken over already\"");
    end_the_new_one(0);
    close_scene();
}

static void one_whose_program_ends_later(void **state)
{
    (void)state;
    bool well = true;
    open_scene("ready", PATIENCE_MS);
    for (unsigned char status = 0; status < 4; status++) {
        assert_false(brink_failed(brink_upgrade_run(&scene.upgrade, NULL)));
        end_the_new_one(status);
        assert_true(wait_until_undone(&well));
        assert_int_equal(well, status == 0 || status == 3); /* as one that was stopped */
        assert_int_equal(brink_upgrade_state(&scene.upgrade), BRINK_UPGRADE_IDLE);
        assert_false(brink_upgrade_was_undone(&scene.upgrade, &well));
        (void)close(scene.channel);
        assert_int_equal(scene.taken_back, status + 1);
    }
    scene.channel = -1;
    assert_logged("level=error event=upgrade-undone error=\"it ended with status 1: its log says");
    close_scene();
}

static void one_whose_program_has_a_bad_configuration(void **state)
{
    (void)state;
    open_scene("ends", PATIENCE_MS);
    for (int i = 0; i < 3; i++)
        expect_failure(ECONNRESET, "the new program was not ready: it ended with status 78: its "
                                   "configuration has errors; brink check tells them");
    close_scene();
}

static void one_whose_program_says_nothing(void **state)
{
    (void)state;
    open_scene("hangs", 30);
    for (int i = 0; i < 3; i++) /* it does not run any more: the launcher starts one at a time */
        expect_failure(ETIMEDOUT, "the new program was not ready within 30 ms");
    close_scene();
}

static void one_that_is_not_prepared(void **state)
{
    (void)state;
    open_scene("ready", PATIENCE_MS);
    scene.unprepared = true;
    expect_failure(EINVAL, "not prepared");
    close_scene();
}

static void one_without_a_launcher(void **state)
{
    (void)state;
    open_scene("ready", PATIENCE_MS);
    brink_launcher_close(&scene.upgrade.launcher);
    (void)brink_message_set(&scene.upgrade.no_launcher, "no process");
    expect_failure(ENOSYS, "no process");
    close_scene();
}

static void wait_for_state(enum brink_upgrade_state state)
{
    for (int i = 0; i < PATIENCE_MS && brink_upgrade_state(&scene.upgrade) != state; i++)
        (void)poll(NULL, 0, 1);
    assert_int_equal(brink_upgrade_state(&scene.upgrade), state);
}

static void one_on_a_thread_of_its_own(void **state)
{
    (void)state;
    struct brink_message why;
    open_scene("hangs", 300);
    brink_upgrade_begin(&scene.upgrade);
    assert_int_equal(brink_upgrade_state(&scene.upgrade), BRINK_UPGRADE_GOING); /* at once */
    brink_upgrade_begin(&scene.upgrade);
    assert_int_equal(brink_upgrade_run(&scene.upgrade, &why).err, EBUSY);
    assert_string_equal(why.text, "an upgrade is going on already");
    assert_logged("event=upgrade-refused error=\"an upgrade is going on already\"");
    wait_for_state(BRINK_UPGRADE_IDLE);
    brink_upgrade_begin(&scene.upgrade); /* again */
    brink_upgrade_close(&scene.upgrade); /* waits */
    assert_int_equal(brink_upgrade_state(&scene.upgrade), BRINK_UPGRADE_IDLE);
    assert_int_equal(scene.told, 0);
    close_scene();
}

static void one_that_is_cancelled_is_not_waited_for(void **state)
{
    (void)state;
    open_scene("hangs", PATIENCE_MS);
    brink_upgrade_begin(&scene.upgrade);
    brink_upgrade_cancel(&scene.upgrade); /* before it is started, or after */
    wait_for_state(BRINK_UPGRADE_IDLE);
    brink_upgrade_close(&scene.upgrade);
    if (strstr(logged(), "error=\"brink is about to end\"") == NULL)
        assert_logged("the new program was not ready: it was ended by signal 9 (Killed)");
    expect_failure(EINVAL, "brink is about to end");
    close_scene();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_that_works),
        cmocka_unit_test(one_whose_program_ends_later),
        cmocka_unit_test(one_whose_program_has_a_bad_configuration),
        cmocka_unit_test(one_whose_program_says_nothing),
        cmocka_unit_test(one_that_is_not_prepared),
        cmocka_unit_test(one_without_a_launcher),
        cmocka_unit_test(one_on_a_thread_of_its_own),
        cmocka_unit_test(one_that_is_cancelled_is_not_waited_for),
    };
    if (getenv(BRINK_INHERITANCE_VARIABLE) != NULL)
        return started_main();
    (void)alarm(120);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
