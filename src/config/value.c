#include "config/value.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <string.h>

#include "base/message.h"
#include "base/nearest.h"
#include "config/units.h"
#include "net/address.h"

const char *brink_config_value_nearest(const char *word, const char *const *names, size_t count,
                                       size_t stride)
{
    const char *nearest = NULL;
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < count; i++) {
        const char *const *name =
            (const char *const *)(const void *)((const char *)names + i * stride);
        size_t far = brink_word_distance(word, *name);
        if (far < best) {
            best = far;
            nearest = *name;
        }
    }
    size_t length = strlen(word);
    return best <= 1 + length / 3 && best < length ? nearest : NULL;
}

brink_result brink_config_value_bool(const char *text, bool *value, struct brink_message *why)
{
    static const char *const names[] = {"no", "yes", "false", "true", "off", "on"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(text, names[i]) == 0) {
            *value = i % 2 == 1;
            return brink_ok();
        }
    }
    return brink_message_set(why, "\"%.40s\": write yes or no", text);
}

brink_result brink_config_value_percent(const char *text, uint32_t *percent,
                                        struct brink_message *why)
{
    char number[8];
    size_t length = strlen(text);
    if (length >= 2 && length <= sizeof number && text[length - 1] == '%') {
        (void)snprintf(number, sizeof number, "%.*s", (int)(length - 1), text);
        if (!brink_failed(brink_units_parse_count(number, 0, 100, percent, NULL)))
            return brink_ok();
    }
    return brink_message_set(why, "\"%.40s\": write a percentage from 0%% to 100%%", text);
}

brink_result brink_config_value_rate(const char *text, bool of_bytes, uint64_t *per_second,
                                     struct brink_message *why)
{
    const char *example = of_bytes ? "10MiB/s" : "1000/s";
    char number[BRINK_CONFIG_NUMBER_TEXT];
    size_t length = strlen(text);
    if (strcmp(text, "0") == 0) {
        *per_second = 0;
        return brink_ok();
    }
    if (length < 3 || length - 2 >= sizeof number || strcmp(text + length - 2, "/s") != 0)
        return brink_message_set(why, "\"%.40s\": write a rate as in %s, or 0 for none", text,
                                 example);
    (void)snprintf(number, sizeof number, "%.*s", (int)(length - 2), text);
    if (strspn(number, "0123456789") != strlen(number) && !of_bytes)
        return brink_message_set(why, "\"%.40s\": write a whole number a second, as in %s", text,
                                 example);
    return brink_units_parse_size(number, per_second, why);
}

brink_result brink_config_value_choice(const char *text, const char *const *names, uint32_t *choice,
                                       struct brink_message *why)
{
    char list[160] = "";
    size_t used = 0;
    for (uint32_t i = 0; names[i] != NULL; i++) {
        if (strcmp(text, names[i]) == 0) {
            *choice = i;
            return brink_ok();
        }
        const char *between = i == 0 ? "" : names[i + 1] == NULL ? " or " : ", ";
        int added = snprintf(list + used, sizeof list - used, "%s%s", between, names[i]);
        used += added > 0 && (size_t)added < sizeof list - used ? (size_t)added : 0;
    }
    return brink_message_set(why, "\"%.40s\": write %s", text, list);
}

/* --- bytes --- */

static int hex_digit(char c)
{
    static const char digits[] = "0123456789abcdefABCDEF";
    const char *found = c != '\0' ? strchr(digits, c) : NULL;
    if (found == NULL)
        return -1;
    return (int)(found - digits) - (found - digits > 15 ? 6 : 0);
}

static brink_result read_hex(const char *text, struct brink_config_memory *memory,
                             struct brink_bytes *bytes, struct brink_message *why)
{
    const char *all = text;
    size_t size = 0;
    uint8_t *data = brink_config_memory_take(memory, strlen(text) / 2 + 1);
    if (data == NULL)
        return brink_message_set(why, "no memory is left for its bytes");
    for (text += strspn(text, " "); *text != '\0'; text += strspn(text, " ")) {
        int high = hex_digit(text[0]);
        int low = high < 0 ? -1 : hex_digit(text[1]);
        if (low < 0)
            return brink_message_set(why,
                                     "\"hex:%.40s\": pairs of hex digits are wanted at \"%.8s\", "
                                     "as in hex:00ff",
                                     all, text);
        data[size++] = (uint8_t)(high * 16 + low);
        text += 2;
    }
    *bytes = (struct brink_bytes){data, size};
    return brink_ok();
}

brink_result brink_config_value_bytes(const char *text, struct brink_config_memory *memory,
                                      struct brink_bytes *bytes, struct brink_message *why)
{
    struct brink_bytes found = {NULL, 0};
    if (strncmp(text, "hex:", 4) == 0) {
        brink_result read = read_hex(text + 4, memory, &found, why);
        if (brink_failed(read))
            return read;
    } else if (strncmp(text, "text:", 5) == 0) {
        found.data = (const uint8_t *)text + 5;
        found.size = strlen(text + 5);
    } else {
        return brink_message_set(why, "\"%.40s\": write bytes as hex:00ff or \"text:ping\\n\"",
                                 text);
    }
    if (found.size == 0 || found.size > BRINK_CONFIG_BYTES_MAX)
        return brink_message_set(why, "\"%.40s\" has %zu bytes; 1 to %d are possible", text,
                                 found.size, BRINK_CONFIG_BYTES_MAX);
    *bytes = found;
    return brink_ok();
}

/* --- texts --- */

static brink_result check_address(const char *text, enum brink_address_use use,
                                  struct brink_message *why)
{
    struct brink_address address;
    char name[BRINK_HOST_MAX];
    return brink_address_read(&address, text, use, name, why);
}

brink_result brink_config_value_check_target(const char *text, struct brink_message *why)
{
    return check_address(text, BRINK_ADDRESS_TO_CONNECT, why);
}

brink_result brink_config_value_check_listen(const char *text, struct brink_message *why)
{
    return check_address(text, BRINK_ADDRESS_TO_LISTEN, why);
}

brink_result brink_config_value_check_dns(const char *text, struct brink_message *why)
{
    struct brink_address address;
    char name[BRINK_HOST_MAX];
    brink_result read = brink_address_read(&address, text, BRINK_ADDRESS_TO_CONNECT, name, why);
    if (!brink_failed(read) && name[0] == '\0')
        return brink_message_set(why,
                                 "\"%.100s\" is no name to look up; write dns = NAME:PORT, or "
                                 "server = %.100s",
                                 text, text);
    return read;
}

brink_result brink_config_value_check_srv(const char *text, struct brink_message *why)
{
    const char *dot = strchr(text, '.');
    if (text[0] != '_' || dot == NULL || dot[1] != '_' || strchr(dot + 1, '.') == NULL ||
        strlen(text) >= BRINK_HOST_MAX)
        return brink_message_set(why,
                                 "\"%.100s\" is no name of SRV records; write as in "
                                 "_db._tcp.example.org",
                                 text);
    return brink_ok();
}

brink_result brink_config_value_check_resolver(const char *text, struct brink_message *why)
{
    struct brink_address address;
    char name[BRINK_HOST_MAX];
    brink_result read = brink_address_read(&address, text, BRINK_ADDRESS_TO_CONNECT, name, why);
    if (!brink_failed(read) && (name[0] != '\0' || text[0] == ':' || text[0] == '*' ||
                                address.sock.any.sa_family == AF_UNIX))
        return brink_message_set(
            why,
            "\"%.100s\" is no address of a DNS server; write as in 10.0.0.53:53 "
            "or [2001:db8::53]:53",
            text);
    return read;
}

brink_result brink_config_value_check_prefix(const char *text, struct brink_message *why)
{
    char host[INET6_ADDRSTRLEN];
    struct in6_addr bytes;
    uint32_t bits;
    const char *slash = strchr(text, '/');
    size_t length = slash != NULL ? (size_t)(slash - text) : strlen(text);
    if (strcmp(text, "unix") == 0)
        return brink_ok();
    if (length < sizeof host) {
        memcpy(host, text, length);
        host[length] = '\0';
        bool v4 = inet_pton(AF_INET, host, &bytes) == 1;
        bool v6 = !v4 && inet_pton(AF_INET6, host, &bytes) == 1;
        if ((v4 || v6) && (slash == NULL || !brink_failed(brink_units_parse_count(
                                                slash + 1, 0, v4 ? 32 : 128, &bits, NULL))))
            return brink_ok();
    }
    return brink_message_set(why,
                             "\"%.60s\" is no prefix of addresses; write as in 10.0.0.0/8, "
                             "2001:db8::/32, an address, or unix",
                             text);
}

/* --- writing --- */

const char *brink_config_value_write_size(uint64_t bytes, char text[BRINK_CONFIG_NUMBER_TEXT])
{
    static const char *const names[] = {"", "KiB", "MiB", "GiB"};
    unsigned unit = 0;
    while (unit < 3 && bytes != 0 && bytes % 1024 == 0) {
        bytes /= 1024;
        unit++;
    }
    (void)snprintf(text, BRINK_CONFIG_NUMBER_TEXT, "%" PRIu64 "%s", bytes, names[unit]);
    return text;
}

const char *brink_config_value_write_duration(uint32_t ms, char text[BRINK_CONFIG_NUMBER_TEXT])
{
    static const struct {
        const char *name;
        uint32_t ms;
    } units[] = {{"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}};
    size_t unit = 0;
    while (ms % units[unit].ms != 0)
        unit++;
    (void)snprintf(text, BRINK_CONFIG_NUMBER_TEXT, "%" PRIu32 "%s", ms / units[unit].ms,
                   ms == 0 ? "" : units[unit].name);
    return text;
}

const char *brink_config_value_write_rate(uint64_t per_second, bool of_bytes,
                                          char text[BRINK_CONFIG_NUMBER_TEXT])
{
    if (of_bytes)
        (void)brink_config_value_write_size(per_second, text);
    else
        (void)snprintf(text, BRINK_CONFIG_NUMBER_TEXT, "%" PRIu64, per_second);
    size_t length = strlen(text);
    if (per_second != 0)
        (void)snprintf(text + length, BRINK_CONFIG_NUMBER_TEXT - length, "/s");
    return text;
}

void brink_config_value_print_quoted(const char *text, FILE *out)
{
    (void)fputc('"', out);
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\' || c == '$')
            (void)fprintf(out, "\\%c", c);
        else if (c < ' ' || c == 0x7f)
            (void)fprintf(out, "\\x%02x", c);
        else
            (void)fputc(c, out);
    }
    (void)fputc('"', out);
}

void brink_config_value_print_bytes(const uint8_t *data, size_t size, FILE *out)
{
    (void)fprintf(out, "hex:");
    for (size_t i = 0; i < size; i++)
        (void)fprintf(out, "%02x", data[i]);
}
