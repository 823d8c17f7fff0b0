#include "upstream/server_list.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/message.h"
#include "base/nearest.h"

enum { LINE_MAX_BYTES = 512 };

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

/* Cuts the next word off `*rest`; NULL when there is none, or a comment begins. */
static char *next_word(char **rest)
{
    char *word = *rest;
    while (is_space(*word))
        word++;
    if (*word == '\0' || *word == '#')
        return NULL;
    char *end = word;
    while (*end != '\0' && !is_space(*end))
        end++;
    *rest = end;
    if (*end != '\0') {
        *end = '\0';
        *rest = end + 1;
    }
    return word;
}

static brink_result read_number(uint32_t *number, const char *key, const char *text, uint32_t most,
                                struct brink_message *why)
{
    uint64_t value = 0;
    const char *at = text;
    for (; *at >= '0' && *at <= '9' && value <= most; at++)
        value = value * 10 + (unsigned)(*at - '0');
    if (at == text || *at != '\0' || value > most)
        return brink_message_set(why, "%s=%.40s: write a number from 0 to %u", key, text,
                                 (unsigned)most);
    *number = (uint32_t)value;
    return brink_ok();
}

/* Printable, and nothing that a log line would have to quote. */
static brink_result read_name(char name[BRINK_TARGET_NAME_MAX], const char *text,
                              struct brink_message *why)
{
    size_t length = strlen(text);
    if (length == 0 || length >= BRINK_TARGET_NAME_MAX)
        return brink_message_set(why, "name=%.40s: a name has 1 to %d letters", text,
                                 BRINK_TARGET_NAME_MAX - 1);
    for (size_t i = 0; i < length; i++)
        if (text[i] <= ' ' || text[i] > '~' || strchr("\"\\=", text[i]) != NULL)
            return brink_message_set(why,
                                     "name=%.40s: write letters, digits and signs of ASCII, "
                                     "but no quotes, backslash or =",
                                     text);
    memcpy(name, text, length + 1);
    return brink_ok();
}

static brink_result unknown_option(const char *word, struct brink_message *why)
{
    static const char *const known[] = {"weight=", "max-connections=", "backup", "name="};
    const char *best = known[0];
    char key[32];
    (void)snprintf(key, sizeof key, "%.*s", (int)(strcspn(word, "=") + (strchr(word, '=') != NULL)),
                   word);
    for (size_t i = 1; i < sizeof known / sizeof known[0]; i++)
        if (brink_word_distance(key, known[i]) < brink_word_distance(key, best))
            best = known[i];
    return brink_message_set(why,
                             "\"%.60s\" is no option; did you mean \"%s\"? There are weight=N, "
                             "max-connections=N, backup and name=TEXT",
                             word, best);
}

static brink_result read_option(struct brink_target_entry *entry, char name[BRINK_TARGET_NAME_MAX],
                                const char *word, struct brink_message *why)
{
    if (strncmp(word, "weight=", 7) == 0)
        return read_number(&entry->weight, "weight", word + 7, BRINK_WEIGHT_MAX, why);
    if (strncmp(word, "max-connections=", 16) == 0)
        return read_number(&entry->max_connections, "max-connections", word + 16, UINT32_MAX, why);
    if (strncmp(word, "name=", 5) == 0)
        return read_name(name, word + 5, why);
    if (strcmp(word, "backup") != 0)
        return unknown_option(word, why);
    entry->tier = 1;
    return brink_ok();
}

static brink_result read_address(struct brink_address *address, const char *word,
                                 struct brink_message *why)
{
    char host[BRINK_HOST_MAX];
    brink_result read = brink_address_read(address, word, BRINK_ADDRESS_TO_CONNECT, host, why);
    if (!brink_failed(read) && host[0] != '\0')
        return brink_message_set(why,
                                 "\"%.100s\" is a name; write its address here, or have the name "
                                 "looked up by the upstream's option dns",
                                 host);
    return read;
}

/* A server is listed once, and a name is one server's. */
static brink_result check_unique(const struct brink_server_list *list, struct brink_message *why)
{
    const struct brink_target_entry *last = &list->entries[list->count];
    for (size_t i = 0; i < list->count; i++) {
        const struct brink_target_entry *other = &list->entries[i];
        if (other->address.length == last->address.length &&
            memcmp(&other->address.sock, &last->address.sock, last->address.length) == 0)
            return brink_message_set(why, "the same address stands in line %u already",
                                     list->lines[i]);
        if (other->name != NULL && last->name != NULL && strcmp(other->name, last->name) == 0)
            return brink_message_set(why, "the name %.60s is that of the server in line %u already",
                                     last->name, list->lines[i]);
    }
    return brink_ok();
}

/* A line that is not empty: its server becomes the list's next. */
static brink_result read_server(struct brink_server_list *list, char *rest, char *word,
                                unsigned number, struct brink_message *why)
{
    struct brink_target_entry entry = {.weight = 1};
    char name[BRINK_TARGET_NAME_MAX] = "";
    brink_result result = read_address(&entry.address, word, why);
    while (!brink_failed(result) && (word = next_word(&rest)) != NULL)
        result = read_option(&entry, name, word, why);
    if (brink_failed(result))
        return result;
    if (list->count == BRINK_UPSTREAM_SERVERS_MAX)
        return brink_message_set(why, "an upstream has at most %d servers",
                                 BRINK_UPSTREAM_SERVERS_MAX);
    memcpy(list->names[list->count], name, sizeof name);
    entry.name = name[0] != '\0' ? list->names[list->count] : NULL;
    list->entries[list->count] = entry;
    list->lines[list->count] = number;
    result = check_unique(list, why);
    if (!brink_failed(result))
        list->count++;
    return result;
}

static brink_result read_line(struct brink_server_list *list, const char *text, size_t size,
                              unsigned number, struct brink_message *why)
{
    char line[LINE_MAX_BYTES];
    if (size > 0 && text[size - 1] == '\r')
        size--;
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '#' && (i == 0 || is_space(text[i - 1])))
            size = i; /* comments may be long, and in any script */
        else if ((text[i] < ' ' && text[i] != '\t') || text[i] > '~')
            return brink_message_set(why, "byte %zu is no letter of ASCII (0x%02x)", i + 1,
                                     (unsigned)(unsigned char)text[i]);
    }
    if (size >= sizeof line)
        return brink_message_set(why, "the line is longer than %d bytes", LINE_MAX_BYTES - 1);
    if (size > 0)
        memcpy(line, text, size);
    line[size] = '\0';
    char *rest = line;
    char *word = next_word(&rest);
    return word != NULL ? read_server(list, rest, word, number, why) : brink_ok();
}

brink_result brink_server_list_read(struct brink_server_list *list, const char *text, size_t size,
                                    brink_server_list_error_fn *tell, void *arg)
{
    bool good = true;
    unsigned number = 1;
    list->count = 0;
    for (size_t at = 0; at < size; number++) {
        const char *end = memchr(text + at, '\n', size - at);
        size_t length = end != NULL ? (size_t)(end - text) - at : size - at;
        struct brink_message why = {""};
        if (brink_failed(read_line(list, text + at, length, number, &why))) {
            good = false;
            tell(arg, number, why.text);
        }
        at += length + 1;
    }
    return good ? brink_ok() : brink_fail(EINVAL);
}
