/* Targets: brink_config_template_read, brink_log_template_write.
 *
 * A room (one byte), a template (up to a byte 0xff) and a line: what is refused is told and changes
 * nothing; the parts of what is read are the text again; what is written fits, is one line, and is
 * the beginning of what is written with room for all. */
#include <stdio.h>

#include "app/log/template.h"
#include "fuzz_input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TEXT_MOST = 1024, LINE_MOST = 1024, OUT_MOST = BRINK_CONFIG_TEMPLATE_PARTS * LINE_MOST };

static void check_parts(const struct brink_config_template *template, const char *text)
{
    bool field = false;
    for (size_t i = 0; i < template->count; i++) {
        const struct brink_config_template_part *part = &template->parts[i];
        FUZZ_ASSERT(part->length == strlen(part->text));
        field |= part->field;
        if (part->field) {
            FUZZ_ASSERT(strncmp(text, "%{", 2) == 0);
            FUZZ_ASSERT(strncmp(text + 2, part->text, part->length) == 0);
            FUZZ_ASSERT(text[2 + part->length] == '}');
            text += part->length + 3;
        } else if (strcmp(part->text, "%") == 0) {
            FUZZ_ASSERT(strncmp(text, "%%", 2) == 0);
            text += 2;
        } else {
            FUZZ_ASSERT(strncmp(text, part->text, part->length) == 0);
            text += part->length;
        }
    }
    FUZZ_ASSERT(field && *text == '\0');
}

static void check_written(const struct brink_config_template *template, const char *line,
                          size_t length, size_t room)
{
    static char whole[OUT_MOST];
    static char cut[256];
    size_t all =
        brink_log_template_write(whole, sizeof whole, template, "now", "info", line, length);
    size_t used = brink_log_template_write(cut, room, template, "now", "info", line, length);
    FUZZ_ASSERT(used == (all < room ? all : room));
    FUZZ_ASSERT(memcmp(whole, cut, used) == 0);
    for (size_t i = 0; i < all; i++)
        FUZZ_ASSERT((unsigned char)whole[i] >= ' ' || whole[i] == '\t');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct brink_config_memory memory = {0};
    struct brink_config_template template = {NULL, 0};
    struct brink_message why = {0};
    if (size == 0)
        return 0;
    const uint8_t *end = memchr(data + 1, 0xff, size - 1);
    size_t text_size = end != NULL ? (size_t)(end - data) - 1 : size - 1;
    size_t line_size = end != NULL ? size - text_size - 2 : 0;
    if (text_size > TEXT_MOST || line_size > LINE_MOST)
        return 0;
    char *text = calloc(1, text_size + 1); /* its own size: reading beyond it is seen */
    if (text == NULL)
        return 0;
    memcpy(text, data + 1, text_size);
    if (brink_failed(brink_config_template_read(&template, text, &memory, &why))) {
        FUZZ_ASSERT(why.text[0] != '\0' && template.parts == NULL && template.count == 0);
    } else {
        check_parts(&template, text);
        check_written(&template, end != NULL ? (const char *)end + 1 : "", line_size, data[0]);
    }
    brink_config_memory_free(&memory);
    free(text);
    return 0;
}
