/* app/admin/clients.h - a server's clients as JSON. */
#ifndef BRINK_APP_ADMIN_CLIENTS_H
#define BRINK_APP_ADMIN_CLIENTS_H

#include <stdio.h>

#include "brink/operate.h"

/* brink_server_each_client, or what stands for it in a test. */
typedef brink_result brink_admin_each_client(
    struct brink_server *server, const char *listener, size_t most, size_t *count,
    void (*visit)(void *context, const struct brink_client_info *info), void *context);

/* {"clients":[...],"count":N}: up to `most`, and how many there are. Fails as `each` does; what was
 * written means nothing then. */
BRINK_MUST_CHECK brink_result brink_admin_clients_write(FILE *out, brink_admin_each_client *each,
                                                        struct brink_server *server,
                                                        const char *listener, size_t most);

#endif
