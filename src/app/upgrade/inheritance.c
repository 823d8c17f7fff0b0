#include "app/upgrade/inheritance.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/message.h"
#include "net/bind.h"

enum { FIRST = 3, DIGITS_MOST = 7 };

/* A line of the variable, or of the log, ends where a name does. */
static bool is_name(const char *text, size_t length)
{
    if (length == 0 || length >= BRINK_INHERITANCE_NAME)
        return false;
    for (size_t i = 0; i < length; i++) {
        if ((unsigned char)text[i] < ' ' || text[i] == '\x7f')
            return false;
    }
    return true;
}

static void add(struct brink_inheritance *inheritance, int fd, const char *name, size_t length)
{
    uint32_t index = inheritance->count++;
    inheritance->sockets[index] = fd;
    memcpy(inheritance->names[index].text, name, length);
    inheritance->names[index].text[length] = '\0';
}

brink_result brink_inheritance_add(struct brink_inheritance *inheritance, int fd, const char *name,
                                   struct brink_message *why)
{
    size_t length = strlen(name);
    if (!is_name(name, length))
        return brink_message_set(why,
                                 "admin: \"%.40s\" is too long or has control characters, to "
                                 "be handed on to a new program",
                                 name);
    if (inheritance->count == BRINK_INHERITANCE_SOCKETS) {
        (void)brink_message_set(why, "admin has more than %d addresses to be handed on",
                                BRINK_INHERITANCE_SOCKETS);
        return brink_fail(ENOSPC);
    }
    add(inheritance, fd, name, length);
    return brink_ok();
}

const char *brink_inheritance_write(const struct brink_inheritance *inheritance,
                                    char text[BRINK_INHERITANCE_TEXT])
{
    int at = snprintf(text, BRINK_INHERITANCE_TEXT, "channel=%d", inheritance->channel);
    for (uint32_t i = 0; i < inheritance->count; i++)
        at += snprintf(text + at, BRINK_INHERITANCE_TEXT - (size_t)at, "\nadmin=%d:%s",
                       inheritance->sockets[i], inheritance->names[i].text);
    return text;
}

/* --- reading --- */

/* Skips KEY=N; -1 if it is not there. */
static int read_entry(const char **at, const char *key)
{
    size_t length = strlen(key);
    if (strncmp(*at, key, length) != 0)
        return -1;
    const char *digits = *at + length;
    size_t count = strspn(digits, "0123456789");
    if (count == 0 || count > DIGITS_MOST)
        return -1;
    *at = digits + count;
    return (int)strtol(digits, NULL, 10);
}

static bool read_socket(struct brink_inheritance *inheritance, const char **at)
{
    int fd = read_entry(at, "\nadmin=");
    if (fd < FIRST || **at != ':' || inheritance->count == BRINK_INHERITANCE_SOCKETS)
        return false;
    const char *name = *at + 1;
    size_t length = strcspn(name, "\n");
    if (!is_name(name, length))
        return false;
    add(inheritance, fd, name, length);
    *at = name + length;
    return true;
}

brink_result brink_inheritance_read(struct brink_inheritance *inheritance, const char *text,
                                    struct brink_message *why)
{
    const char *at = text;
    *inheritance = (struct brink_inheritance){0};
    if (text == NULL)
        return brink_ok();
    inheritance->channel = read_entry(&at, "channel=");
    bool good = inheritance->channel >= FIRST;
    while (good && *at != '\0')
        good = read_socket(inheritance, &at);
    if (good)
        return brink_ok();
    *inheritance = (struct brink_inheritance){0};
    return brink_message_set(
        why, BRINK_INHERITANCE_VARIABLE
        " makes no sense: it is for brink itself, during an upgrade; unset it");
}

static brink_result keep(int fd, struct brink_message *why)
{
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) >= 0)
        return brink_ok();
    (void)brink_message_set(
        why, BRINK_INHERITANCE_VARIABLE " names descriptor %d, which is not open; unset it", fd);
    return brink_fail(EBADF);
}

brink_result brink_inheritance_claim(struct brink_inheritance *inheritance,
                                     struct brink_message *why)
{
    brink_result result =
        brink_inheritance_read(inheritance, getenv(BRINK_INHERITANCE_VARIABLE), why);
    (void)unsetenv(BRINK_INHERITANCE_VARIABLE);
    if (brink_failed(result) || inheritance->channel == 0)
        return result;
    result = keep(inheritance->channel, why);
    for (uint32_t i = 0; i < inheritance->count && !brink_failed(result); i++)
        result = keep(inheritance->sockets[i], why);
    if (brink_failed(result))
        *inheritance = (struct brink_inheritance){0};
    return result;
}

/* --- the sockets --- */

int brink_inheritance_take(struct brink_inheritance *inheritance, const char *name)
{
    for (uint32_t i = 0; i < inheritance->count; i++) {
        int fd = inheritance->sockets[i];
        if (fd >= 0 && strcmp(inheritance->names[i].text, name) == 0) {
            inheritance->sockets[i] = -1;
            return fd;
        }
    }
    return -1;
}

static void remove_file(const char *name)
{
    struct brink_address address;
    char host[BRINK_HOST_MAX];
    if (!brink_failed(brink_address_read(&address, name, BRINK_ADDRESS_TO_LISTEN, host, NULL)))
        brink_unbind(&brink_sys_linux, &address);
}

void brink_inheritance_drop(struct brink_inheritance *inheritance)
{
    for (uint32_t i = 0; i < inheritance->count; i++) {
        if (inheritance->sockets[i] < 0)
            continue;
        (void)close(inheritance->sockets[i]);
        remove_file(inheritance->names[i].text);
        inheritance->sockets[i] = -1;
    }
}
