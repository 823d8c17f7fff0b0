/* brink frame scan as people run it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/wait.h>

#include "app/frame/scan_file.h"
#include "unit/app/capture.h"

/* A file with these bytes; its name in `path`. */
static void write_file(char *path, const void *bytes, size_t length)
{
    static const char name[] = "/tmp/brink-scan-XXXXXX";
    memcpy(path, name, sizeof name);
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, length), length);
    (void)close(fd);
}

static enum brink_exit scan(const char *spec, const char *path, const char *flag,
                            struct capture *capture)
{
    static char words[4][64];
    char *argv[5] = {words[0], words[1], words[2], words[3], NULL};
    (void)snprintf(words[0], sizeof words[0], "brink frame scan");
    (void)snprintf(words[1], sizeof words[1], "%s", spec);
    (void)snprintf(words[2], sizeof words[2], "%s", path);
    (void)snprintf(words[3], sizeof words[3], "%s", flag);
    int status = 0;
    capture_begin(capture);
    (void)fflush(NULL);
    pid_t child = fork(); /* as a wrong command line ends the process */
    if (child == 0)
        exit((int)brink_frame_scan(*flag != '\0' ? 4 : 3, argv));
    assert_int_equal(waitpid(child, &status, 0), child);
    capture_end(capture);
    assert_true(WIFEXITED(status));
    return (enum brink_exit)WEXITSTATUS(status);
}

static void test_whole_frames(void **state)
{
    (void)state;
    char path[64];
    struct capture capture;
    write_file(path, "\2\0hi\0\0", 6);
    assert_int_equal(scan("u16le", path, "", &capture), BRINK_EXIT_OK);
    assert_has(capture.out, "OFFSET");
    assert_has(capture.out, "2 frames, 6 bytes");
    assert_string_equal(capture.err, "");
    assert_int_equal(scan("u16le", path, "-q", &capture), BRINK_EXIT_OK);
    assert_memory_equal(capture.out, "2 frames", 8);
    (void)unlink(path);
}

static void test_cut_frame(void **state)
{
    (void)state;
    char path[64];
    struct capture capture;
    write_file(path, "\2\0hi\5\0he", 8);
    assert_int_equal(scan("u16le", path, "--direction=reply", &capture), BRINK_EXIT_FAILURE);
    assert_has(capture.out, "1 frames, 4 bytes");
    assert_has(capture.err, "brink frame scan: /tmp/brink-scan-");
    assert_has(capture.err, "at offset 4 there are 4 of 7 bytes");
    (void)unlink(path);
}

static void test_bad_bytes(void **state)
{
    (void)state;
    char path[64];
    struct capture capture;
    write_file(path, "GET / HTTP/1.1\r\n\r\n", 18);
    assert_int_equal(scan("u32le", path, "", &capture), BRINK_EXIT_FAILURE);
    assert_has(capture.err, "at offset 0 is no frame: too-large header=47455420");
    assert_has(capture.err, "HTTP");
    (void)unlink(path);
}

static void test_usage(void **state)
{
    (void)state;
    struct capture capture;
    assert_int_equal(scan("raw", "-", "", &capture), BRINK_EXIT_USAGE);
    assert_has(capture.err, "raw has no frames");
    assert_int_equal(scan("u7", "-", "", &capture), BRINK_EXIT_USAGE);
    assert_has(capture.err, "brink frame scan: SPEC: ");
    assert_int_equal(scan("u8", "/nowhere/at/all", "", &capture), BRINK_EXIT_FAILURE);
    assert_has(capture.err, "/nowhere/at/all: No such file");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_frames),
        cmocka_unit_test(test_cut_frame),
        cmocka_unit_test(test_bad_bytes),
        cmocka_unit_test(test_usage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
