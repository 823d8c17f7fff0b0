#include "server/mailbox.h"

brink_result brink_mailbox_init(struct brink_mailbox *mailbox)
{
    brink_result opened = brink_arena_open(&mailbox->arena);
    if (brink_failed(opened))
        return opened;
    int err = pthread_mutex_init(&mailbox->lock, NULL);
    if (err != 0) {
        brink_arena_close(&mailbox->arena);
        return brink_fail(err);
    }
    return brink_ok();
}

void brink_mailbox_destroy(struct brink_mailbox *mailbox)
{
    (void)pthread_mutex_destroy(&mailbox->lock);
    brink_arena_close(&mailbox->arena);
}

struct brink_mail *brink_mail_new(struct brink_mailbox *mailbox, size_t length)
{
    if (length > SIZE_MAX - sizeof(struct brink_mail))
        return NULL;
    (void)pthread_mutex_lock(&mailbox->lock);
    struct brink_mail *mail = brink_arena_alloc(&mailbox->arena, sizeof(struct brink_mail) + length,
                                                _Alignof(struct brink_mail));
    (void)pthread_mutex_unlock(&mailbox->lock);
    if (mail != NULL)
        *mail = (struct brink_mail){.length = length};
    return mail;
}

void brink_mail_free(struct brink_mailbox *mailbox, struct brink_mail *mail)
{
    (void)pthread_mutex_lock(&mailbox->lock);
    brink_arena_release(&mailbox->arena, mail, sizeof(struct brink_mail) + mail->length,
                        _Alignof(struct brink_mail));
    (void)pthread_mutex_unlock(&mailbox->lock);
}
