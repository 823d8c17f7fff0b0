/* A main() for fuzz targets without libFuzzer: runs the target once over every file that it is
 * given, and over those in the directories that it is given (not further down). */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int run_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        (void)fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return 1;
    }
    uint8_t *data = NULL;
    size_t size = 0;
    size_t n = 1;
    while (n > 0) {
        uint8_t *more = realloc(data, size + 65536);
        if (more == NULL)
            break;
        data = more;
        n = fread(data + size, 1, 65536, file);
        size += n;
    }
    (void)fclose(file);
    (void)LLVMFuzzerTestOneInput(data, size);
    free(data);
    return 0;
}

static int run_directory(const char *path, DIR *directory, unsigned *inputs)
{
    char name[PATH_MAX];
    for (struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory)) {
        if (entry->d_name[0] == '.')
            continue;
        (void)snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        if (run_file(name) != 0)
            return 1;
        ++*inputs;
    }
    return 0;
}

static int replay(const char *path, unsigned *inputs)
{
    DIR *directory = opendir(path);
    if (directory == NULL) {
        ++*inputs;
        return run_file(path);
    }
    int failed = run_directory(path, directory, inputs);
    (void)closedir(directory);
    return failed;
}

int main(int argc, char **argv)
{
    unsigned inputs = 0;
    for (int i = 1; i < argc; i++) {
        if (replay(argv[i], &inputs) != 0)
            return 1;
    }
    (void)printf("%u inputs replayed\n", inputs);
    return inputs > 0 ? 0 : 1;
}
