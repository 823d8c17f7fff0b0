#include "app/control/http.h"

#include <curl/curl.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/message.h"
#include "net/address.h"

enum { BODY_MOST = 64 * 1024 * 1024, URL_MAX = 4096 };

/* --- where --- */

struct place {
    char socket[sizeof((struct sockaddr_un *)NULL)->sun_path + 1]; /* "": TCP */
    bool abstract;
    char host[BRINK_HOST_MAX + BRINK_ADDRESS_TEXT_MAX]; /* with the port; of a URL */
};

static void take_unix(struct place *place, const struct brink_address *address)
{
    const struct sockaddr_un *local = &address->sock.local;
    size_t length = address->length - offsetof(struct sockaddr_un, sun_path);
    place->abstract = local->sun_path[0] == '\0';
    memcpy(place->socket, local->sun_path + place->abstract, length - place->abstract);
    place->socket[length - place->abstract] = '\0';
    (void)snprintf(place->host, sizeof place->host, "localhost");
}

static brink_result find_place(struct place *place, const char *text, struct brink_message *why)
{
    struct brink_address address;
    char name[BRINK_HOST_MAX];
    brink_result read = brink_address_read(&address, text, BRINK_ADDRESS_TO_CONNECT, name, why);
    *place = (struct place){.socket = ""};
    if (brink_failed(read))
        return read;
    if (address.sock.any.sa_family == AF_UNIX)
        take_unix(place, &address);
    else if (name[0] != '\0') /* the name as it was written, with its port */
        (void)snprintf(place->host, sizeof place->host, "%s", text);
    else
        (void)brink_address_format(&address, place->host, sizeof place->host);
    return brink_ok();
}

/* --- the exchange --- */

static size_t take_body(char *data, size_t one, size_t size, void *context)
{
    struct brink_control_reply *reply = context;
    (void)one;
    char *body =
        reply->size + size <= BODY_MOST ? realloc(reply->body, reply->size + size + 1) : NULL;
    if (body == NULL)
        return 0;
    memcpy(body + reply->size, data, size);
    reply->body = body;
    reply->size += size;
    body[reply->size] = '\0';
    return size;
}

static CURLcode set_up(CURL *curl, const struct place *place, bool post, const char *target,
                       uint32_t wait_ms, struct brink_control_reply *reply)
{
    char url[URL_MAX];
    (void)snprintf(url, sizeof url, "http://%s%s", place->host, target);
    CURLcode code = curl_easy_setopt(curl, CURLOPT_URL, url);
    if (code == CURLE_OK && place->socket[0] != '\0')
        code = curl_easy_setopt(
            curl, place->abstract ? CURLOPT_ABSTRACT_UNIX_SOCKET : CURLOPT_UNIX_SOCKET_PATH,
            place->socket);
    if (code == CURLE_OK && post)
        code = curl_easy_setopt(curl, CURLOPT_POST, 1L);
    if (code == CURLE_OK && post)
        code = curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, 0L);
    if (code == CURLE_OK)
        code = curl_easy_setopt(curl, CURLOPT_NOPROXY, "*"); /* it is this machine's */
    if (code == CURLE_OK)
        code = curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    if (code == CURLE_OK)
        code = curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)wait_ms);
    if (code == CURLE_OK)
        code = curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    if (code == CURLE_OK)
        code = curl_easy_setopt(curl, CURLOPT_WRITEDATA, reply);
    return code;
}

/* What the kernel said, as far as libcurl tells. */
static int reason(CURL *curl, CURLcode code)
{
    long err = 0;
    if (code == CURLE_OUT_OF_MEMORY)
        return ENOMEM;
    if (code == CURLE_OPERATION_TIMEDOUT)
        return ETIMEDOUT;
    if (code == CURLE_COULDNT_CONNECT && curl_easy_getinfo(curl, CURLINFO_OS_ERRNO, &err) == 0)
        return err != 0 ? (int)err : ECONNREFUSED;
    return ECONNREFUSED;
}

static brink_result fail(CURL *curl, CURLcode code, const char *address, struct brink_message *why)
{
    int err = reason(curl, code);
    bool connect = code == CURLE_COULDNT_CONNECT;
    const char *what = connect ? strerror(err) : curl_easy_strerror(code);
    if (err == ETIMEDOUT)
        (void)brink_message_set(why,
                                "%s does not answer in time; brink may be busy with another "
                                "command, or stopped (--wait says how long to wait)",
                                address);
    else if (err == EACCES)
        (void)brink_message_set(why,
                                "%s may not be used by you: be root, or of the user or the "
                                "group that brink runs as",
                                address);
    else if (connect)
        (void)brink_message_set(why,
                                "nobody answers at %s: %s. Is brink running? If it is asked "
                                "elsewhere (address in the section admin, or --admin), "
                                "write --socket ADDR",
                                address, what);
    else
        (void)brink_message_set(why, "%s: %s", address, what);
    return brink_fail(err == ETIMEDOUT || err == ENOMEM ? err : ECONNREFUSED);
}

brink_result brink_control_ask(const char *address, bool post, const char *target, uint32_t wait_ms,
                               struct brink_control_reply *reply, struct brink_message *why)
{
    struct place place;
    *reply = (struct brink_control_reply){.status = 0};
    brink_result result = find_place(&place, address, why);
    if (brink_failed(result))
        return result;
    CURL *curl = curl_easy_init();
    if (curl == NULL) {
        (void)brink_message_set(why, "no memory is left to ask");
        return brink_fail(ENOMEM);
    }
    CURLcode code = set_up(curl, &place, post, target, wait_ms, reply);
    if (code == CURLE_OK)
        code = curl_easy_perform(curl);
    if (code == CURLE_OK)
        code = curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &reply->status);
    if (code != CURLE_OK) {
        result = fail(curl, code, address, why);
        free(reply->body);
        *reply = (struct brink_control_reply){.status = 0};
    }
    curl_easy_cleanup(curl);
    return result;
}

void brink_control_error(const struct brink_control_reply *reply, struct brink_message *why)
{
    const char *body = reply->body != NULL ? reply->body : "";
    json_t *json = json_loadb(body, reply->size, 0, NULL);
    const char *text = json_string_value(json_object_get(json, "error"));
    size_t line = strcspn(body, "\r\n");
    if (text != NULL)
        (void)brink_message_set(why, "%s", text);
    else if (line > 0)
        (void)brink_message_set(why, "%.*s (HTTP status %ld)", line < 200 ? (int)line : 200, body,
                                reply->status);
    else
        (void)brink_message_set(why, "HTTP status %ld", reply->status);
    json_decref(json);
}
