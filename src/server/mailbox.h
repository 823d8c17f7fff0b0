/* server/mailbox.h - memory for what one thread sends to another.
 *
 * Arenas belong to one thread each; this one is shared under a lock. It is no part of the data
 * path: only applications that send or post from other threads come here. */
#ifndef BRINK_SERVER_MAILBOX_H
#define BRINK_SERVER_MAILBOX_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "brink/server.h"
#include "event/loop.h"
#include "mem/arena.h"

struct brink_mailbox {
    pthread_mutex_t lock;
    struct brink_arena arena;
};

struct brink_mail {
    struct brink_post post; /* first */
    struct brink_server *server;
    brink_stream_id id;
    void (*fn)(struct brink_server *server, void *arg); /* NULL: `data` is to be sent */
    void *arg;
    size_t length;
    uint8_t data[];
};

BRINK_MUST_CHECK brink_result brink_mailbox_init(struct brink_mailbox *mailbox);
void brink_mailbox_destroy(struct brink_mailbox *mailbox);

/* Mail with room for `length` bytes of data; NULL without memory. Any thread, as the next. */
BRINK_MUST_CHECK struct brink_mail *brink_mail_new(struct brink_mailbox *mailbox, size_t length);
void brink_mail_free(struct brink_mailbox *mailbox, struct brink_mail *mail);

#endif
