#include "app/upgrade/program.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/message.h"
#include "sys/files.h"

enum { WORDS_MOST = 128 * 1024 };

static const char self[] = "/proc/self/exe";

/* --- the words --- */

static size_t count_words(const char *words, size_t size)
{
    size_t count = 0;
    for (size_t at = 0; at < size; at += strlen(words + at) + 1)
        count++;
    return count;
}

/* Each ends with a NUL byte; so does the last, if only by ours. */
static brink_result split(struct brink_program *program, size_t size)
{
    size_t count = count_words(program->words, size);
    program->argv = calloc(count + 1, sizeof *program->argv);
    if (program->argv == NULL)
        return brink_fail(ENOMEM);
    char *word = program->words;
    for (size_t i = 0; i < count; i++) {
        program->argv[i] = word;
        word += strlen(word) + 1;
    }
    return count > 0 ? brink_ok() : brink_fail(EINVAL);
}

static brink_result read_words(struct brink_program *program)
{
    program->words = calloc(1, WORDS_MOST + 1);
    if (program->words == NULL)
        return brink_fail(ENOMEM);
    ssize_t size = brink_file_read("/proc/self/cmdline", program->words, WORDS_MOST);
    return size < 0 ? brink_fail((int)-size) : split(program, (size_t)size);
}

/* --- the file --- */

/* True if the path leads to the file that this process runs. */
static bool is_self(const char *path)
{
    struct stat there;
    struct stat here;
    return stat(path, &there) == 0 && stat(self, &here) == 0 && there.st_dev == here.st_dev &&
           there.st_ino == here.st_ino;
}

/* FOLDER/NAME, made absolute; NULL if it is not this program's file. */
static char *try_path(const char *folder, size_t length, const char *name)
{
    char current[PATH_MAX];
    char *path = NULL;
    bool absolute = (length > 0 ? folder : name)[0] == '/';
    if (!absolute && getcwd(current, sizeof current) == NULL)
        return NULL;
    if (asprintf(&path, "%s%s%.*s%s%s", absolute ? "" : current, absolute ? "" : "/", (int)length,
                 folder, length > 0 ? "/" : "", name) < 0)
        return NULL;
    if (is_self(path))
        return path;
    free(path);
    return NULL;
}

/* As execvp(3) looks for a name; an empty part is the folder we are in. */
static char *search(const char *name)
{
    const char *part = getenv("PATH");
    char *path = NULL;
    while (part != NULL && path == NULL) {
        size_t length = strcspn(part, ":");
        path = try_path(part, length, name);
        part = part[length] == ':' ? part + length + 1 : NULL;
    }
    return path;
}

static char *where_the_file_is(void)
{
    char path[PATH_MAX];
    ssize_t length = readlink(self, path, sizeof path - 1);
    if (length < 0)
        return NULL;
    path[length] = '\0';
    return strdup(path);
}

static brink_result find_file(struct brink_program *program)
{
    const char *name = program->argv[0];
    program->path = strchr(name, '/') != NULL ? try_path("", 0, name) : search(name);
    if (program->path == NULL)
        program->path = where_the_file_is();
    return program->path != NULL ? brink_ok() : brink_fail(errno);
}

brink_result brink_program_read(struct brink_program *program, struct brink_message *why)
{
    *program = (struct brink_program){0};
    brink_result result = read_words(program);
    if (!brink_failed(result))
        result = find_file(program);
    if (brink_failed(result)) {
        (void)brink_message_set(why, "how brink was started cannot be read from /proc/self: %s",
                                strerror(result.err));
        brink_program_free(program);
    }
    return result;
}

void brink_program_free(struct brink_program *program)
{
    free(program->path);
    free(program->argv);
    free(program->words);
    *program = (struct brink_program){0};
}
