/* A main() for fuzz targets without libFuzzer: runs the target once over every file that it is
 * given, and over those in the directories that it is given. */
#include <errno.h>
#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned inputs; /* nftw has no argument for its function */

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
    inputs++;
    return 0;
}

static int visit(const char *path, const struct stat *status, int type, struct FTW *where)
{
    (void)status;
    (void)where;
    return type == FTW_F ? run_file(path) : 0;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (nftw(argv[i], visit, 16, FTW_PHYS) != 0) {
            (void)fprintf(stderr, "%s: cannot be replayed\n", argv[i]);
            return 1;
        }
    }
    (void)printf("%u inputs replayed\n", inputs);
    return inputs > 0 ? 0 : 1;
}
