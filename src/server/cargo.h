/* server/cargo.h - a parcel (relay/parcel.h) on its way between a worker and the thread that speaks
 * with the other process. Whoever has it owns it, and its descriptors. */
#ifndef BRINK_SERVER_CARGO_H
#define BRINK_SERVER_CARGO_H

#include "base/list.h"
#include "relay/parcel.h"
#include "relay/service.h"
#include "server/mailbox.h"
#include "server/worker.h"

struct brink_cargo {
    struct brink_post post;
    struct brink_link link; /* in a list of who has it */
    struct brink_mail *mail;
    struct brink_worker *worker;   /* whose it was, or will be */
    struct brink_service *service; /* of the old process: whose it was */
    bool refused;                  /* it came back as the other process does not want it */
    bool broken;                   /* of the new process: it could not be answered */
    struct brink_parcel parcel;
};

static inline struct brink_cargo *brink_cargo_of(struct brink_post *post)
{
    return BRINK_CONTAINER_OF(post, struct brink_cargo, post);
}

/* NULL without memory. Any thread, as the next. Its parcel is not set. */
static inline struct brink_cargo *brink_cargo_new(struct brink_mailbox *mailbox)
{
    struct brink_mail *mail = brink_mail_new(mailbox, sizeof(struct brink_cargo));
    if (mail == NULL)
        return NULL;
    struct brink_cargo *cargo = (struct brink_cargo *)(void *)mail->data;
    *cargo = (struct brink_cargo){.mail = mail};
    brink_list_init(&cargo->link);
    return cargo;
}

static inline void brink_cargo_free(struct brink_mailbox *mailbox, struct brink_cargo *cargo)
{
    brink_mail_free(mailbox, cargo->mail);
}

#endif
