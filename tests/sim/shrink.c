#include "sim/shrink.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sim/world.h"

enum { HANGS_AFTER = 20 }; /* seconds */

struct verdict {
    bool failed;
    char kind[64]; /* the failure's text up to the first number */
    size_t used;   /* of the tape */
};

struct shrinking {
    struct sim_tape *tape;
    struct verdict wanted;
    time_t until;
};

static void kind_of(const char *failure, char *kind, size_t size)
{
    size_t length = 0;
    while (length + 1 < size && failure[length] != '\0' &&
           !isdigit((unsigned char)failure[length])) {
        kind[length] = failure[length];
        length++;
    }
    kind[length] = '\0';
}

static _Noreturn void run_child(const uint8_t *bytes, size_t length, int out)
{
    struct sim_tape tape;
    struct sim_result result;
    struct verdict verdict = {0};
    (void)alarm(HANGS_AFTER);
    if (freopen("/dev/null", "w", stderr) == NULL)
        _exit(2);
    sim_tape_read(&tape, bytes, length);
    sim_run(&tape, false, &result);
    verdict.failed = result.failed;
    verdict.used = tape.at < length ? tape.at : length;
    kind_of(result.failure, verdict.kind, sizeof verdict.kind);
    _exit(write(out, &verdict, sizeof verdict) == (ssize_t)sizeof verdict ? 0 : 2);
}

static struct verdict run_tape(const uint8_t *bytes, size_t length)
{
    struct verdict verdict = {.failed = true, .kind = "crash", .used = length};
    int ends[2];
    int status;
    (void)fflush(NULL);
    if (pipe(ends) != 0)
        return verdict;
    pid_t child = fork();
    if (child == 0)
        run_child(bytes, length, ends[1]);
    (void)close(ends[1]);
    struct verdict told;
    if (child > 0 && read(ends[0], &told, sizeof told) == (ssize_t)sizeof told)
        verdict = told;
    (void)close(ends[0]);
    if (child > 0)
        (void)waitpid(child, &status, 0);
    return verdict;
}

static bool try_tape(struct shrinking *shrinking, const uint8_t *bytes, size_t length)
{
    struct sim_tape *tape = shrinking->tape;
    struct verdict verdict = run_tape(bytes, length);
    if (!verdict.failed || strcmp(verdict.kind, shrinking->wanted.kind) != 0)
        return false;
    memmove(tape->bytes, bytes, verdict.used);
    tape->length = verdict.used;
    return true;
}

static bool try_without(struct shrinking *shrinking, size_t at, size_t chunk)
{
    struct sim_tape *tape = shrinking->tape;
    uint8_t *shorter = malloc(tape->length + 1);
    if (shorter == NULL)
        abort();
    size_t end = at + chunk < tape->length ? at + chunk : tape->length;
    memcpy(shorter, tape->bytes, at);
    memcpy(shorter + at, tape->bytes + end, tape->length - end);
    bool fails = try_tape(shrinking, shorter, at + tape->length - end);
    free(shorter);
    return fails;
}

static bool try_plain(struct shrinking *shrinking, size_t at, size_t chunk)
{
    struct sim_tape *tape = shrinking->tape;
    size_t end = at + chunk < tape->length ? at + chunk : tape->length;
    bool plain = true;
    for (size_t i = at; i < end; i++)
        plain = plain && tape->bytes[i] == 0;
    if (plain)
        return false;
    uint8_t *flat = malloc(tape->length + 1);
    if (flat == NULL)
        abort();
    memcpy(flat, tape->bytes, tape->length);
    memset(flat + at, 0, end - at);
    bool fails = try_tape(shrinking, flat, tape->length);
    free(flat);
    return fails;
}

static bool pass(struct shrinking *shrinking, size_t chunk)
{
    bool any = false;
    for (size_t at = 0; at < shrinking->tape->length && time(NULL) < shrinking->until;) {
        if (try_without(shrinking, at, chunk))
            any = true;
        else if (try_plain(shrinking, at, chunk))
            any = true, at += chunk;
        else
            at += chunk;
    }
    return any;
}

void sim_shrink(struct sim_tape *tape, unsigned seconds)
{
    struct shrinking shrinking = {.tape = tape, .until = time(NULL) + (time_t)seconds};
    shrinking.wanted = run_tape(tape->bytes, tape->length);
    if (!shrinking.wanted.failed)
        return;
    (void)try_tape(&shrinking, tape->bytes, tape->length);
    bool any = true;
    while (any && time(NULL) < shrinking.until) {
        any = false;
        for (size_t chunk = tape->length / 2 + 1; chunk > 0; chunk /= 2)
            any |= pass(&shrinking, chunk);
    }
    while (tape->length > 0 && tape->bytes[tape->length - 1] == 0)
        tape->length--;
}
