/* A screen needs a terminal, and gives it back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "app/top/screen.h"

static void without_a_terminal_there_is_none(void **state)
{
    (void)state;
    struct brink_top_screen screen;
    struct brink_message why = {""};
    int saved = dup(STDIN_FILENO);
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    assert_true(dup2(null, STDIN_FILENO) >= 0);
    assert_int_equal(brink_top_screen_open(&screen, &why).err, ENOTTY);
    assert_non_null(strstr(why.text, "--batch writes text"));
    brink_top_screen_close(&screen); /* harmless */
    assert_true(dup2(saved, STDIN_FILENO) >= 0);
    (void)close(null);
    (void)close(saved);
}

/* In a process of its own, whose terminal it is: shows, takes keys, and tells by its status. */
static int child(const char *terminal)
{
    struct brink_top_screen screen;
    struct brink_message why;
    int fd = open(terminal, O_RDWR); /* becomes the controlling one */
    if (fd < 0 || dup2(fd, 0) < 0 || dup2(fd, 1) < 0)
        return 10;
    (void)setenv("TERM", "xterm", 1);
    if (brink_failed(brink_top_screen_open(&screen, &why)))
        return 11;
    if (brink_top_screen_key(&screen, 1) != 0) /* nobody has pressed one yet */
        return 12;
    brink_top_screen_draw(&screen,
                          "first\nTITLE of it\nplain\nbeyond the edge of the screen\n"
                          "five\nsix is not seen",
                          "the keys");
    if (brink_top_screen_key(&screen, 10000) != 'x')
        return 13;
    brink_top_screen_close(&screen);
    return 0;
}

static size_t read_until(int fd, char *text, size_t size, const char *part)
{
    size_t used = 0;
    while (used < size - 1) {
        ssize_t got = read(fd, text + used, size - 1 - used);
        if (got <= 0)
            break;
        used += (size_t)got;
        text[used] = '\0';
        if (strstr(text, part) != NULL)
            break;
    }
    text[used] = '\0';
    return used;
}

static void lines_are_shown_and_keys_taken(void **state)
{
    (void)state;
    struct winsize size = {.ws_row = 6, .ws_col = 12};
    char text[8192];
    int status = 0;
    int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(grantpt(fd), 0);
    assert_int_equal(unlockpt(fd), 0);
    assert_int_equal(ioctl(fd, TIOCSWINSZ, &size), 0);
    const char *name = ptsname(fd);
    assert_non_null(name);
    (void)fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        (void)setsid();
        _exit(child(name));
    }
    (void)read_until(fd, text, sizeof text, "the keys");
    assert_non_null(strstr(text, "first"));
    assert_non_null(strstr(text, "TITLE"));
    assert_non_null(strstr(text, "beyond the e"));
    assert_null(strstr(text, "beyond the ed"));
    assert_non_null(strstr(text, "five"));
    assert_null(strstr(text, "six"));
    assert_int_equal(write(fd, "x", 1), 1);
    (void)read_until(fd, text, sizeof text, "\033[?1049l"); /* the screen as it was */
    assert_non_null(strstr(text, "\033[?1049l"));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    (void)close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_terminal_there_is_none),
        cmocka_unit_test(lines_are_shown_and_keys_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
