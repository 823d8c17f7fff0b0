/* Targets: brink_config_read, brink_config_dump.
 *
 * Any text as a configuration that may include itself and a second part (behind a byte 0xff): it
 * ends, what is refused is told, and what is good is dumped as a text that is good and is dumped
 * as the same. */
#include <errno.h>
#include <stdio.h>

#include "config/config.h"
#include "fuzz_input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct files {
    const char *text;
    size_t size;
    const char *other; /* what every included file has */
    size_t other_size;
};

static brink_result load(void *context, const char *path, struct brink_config_memory *memory,
                         const char **text, size_t *size)
{
    const struct files *files = context;
    bool first = strcmp(path, "/conf") == 0;
    (void)memory;
    *text = first ? files->text : files->other;
    *size = first ? files->size : files->other_size;
    return *text != NULL ? brink_ok() : brink_fail(ENOENT);
}

static brink_result match(void *context, const char *pattern, struct brink_config_memory *memory,
                          const char *const **paths, size_t *count)
{
    static const char *const both[] = {"/conf", "/other"};
    (void)context;
    (void)pattern;
    (void)memory;
    *paths = both;
    *count = 2;
    return brink_ok();
}

static const char *variable(void *context, const char *name)
{
    (void)context;
    return name[0] == 'U' ? NULL : "7";
}

static struct brink_config *read_text(const char *text, size_t size, const char *other,
                                      size_t other_size)
{
    struct files files = {text, size, other, other_size};
    struct brink_config_host host = {&files, load, match, variable};
    struct brink_config *config;
    brink_result result = brink_config_read(&config, &host, "/conf");
    FUZZ_ASSERT(config != NULL);
    FUZZ_ASSERT(brink_failed(result) == (config->problems.errors > 0));
    for (unsigned i = 0; i < config->problems.kept; i++)
        FUZZ_ASSERT(config->problems.list[i].what.text[0] != '\0');
    return config;
}

static char *dump(const struct brink_config *config, size_t *size)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, size);
    FUZZ_ASSERT(out != NULL);
    brink_config_dump(config, out);
    FUZZ_ASSERT(fclose(out) == 0);
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    const char *end = size > 0 ? memchr(text, 0xff, size) : NULL;
    size_t first = end != NULL ? (size_t)(end - text) : size;
    struct brink_config *config = end != NULL ? read_text(text, first, end + 1, size - first - 1)
                                              : read_text(size > 0 ? text : "", first, NULL, 0);
    if (config->problems.errors == 0) {
        size_t dumped_size;
        size_t again_size;
        char *dumped = dump(config, &dumped_size);
        struct brink_config *again = read_text(dumped, dumped_size, NULL, 0);
        FUZZ_ASSERT(again->problems.errors == 0);
        char *dumped_again = dump(again, &again_size);
        FUZZ_ASSERT(dumped_size == again_size && memcmp(dumped, dumped_again, again_size) == 0);
        free(dumped);
        free(dumped_again);
        brink_config_free(again);
    }
    brink_config_free(config);
    return 0;
}
