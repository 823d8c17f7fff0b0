/* Commands that read a configuration: a file of the test's own, and what the command prints. */
#ifndef BRINK_TESTS_CONFIGURED_H
#define BRINK_TESTS_CONFIGURED_H

#include "app/command.h"
#include "unit/app/capture.h"

/* Runs `command -c FILE`, FILE holding `conf`, with one more word unless that is NULL. */
static inline enum brink_exit configured(enum brink_exit (*command)(int argc, char **argv),
                                         const char *conf, const char *more,
                                         struct capture *capture)
{
    char path[] = "/tmp/brink-conf-XXXXXX";
    char words[4][64] = {"brink test", "-c", "", ""};
    char *argv[] = {words[0], words[1], words[2], more != NULL ? words[3] : NULL, NULL};
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, conf, strlen(conf)), (ssize_t)strlen(conf));
    (void)close(fd);
    (void)snprintf(words[2], sizeof words[2], "%s", path);
    (void)snprintf(words[3], sizeof words[3], "%s", more != NULL ? more : "");
    capture_begin(capture);
    enum brink_exit status = command(more != NULL ? 4 : 3, argv);
    capture_end(capture);
    (void)unlink(path);
    return status;
}

#endif
