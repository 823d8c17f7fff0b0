/* base/list.h - a circular, doubly linked, intrusive list.
 *
 * Invariant: a link is either in exactly one list, or points at itself. Removing a link that is in
 * no list is therefore harmless, and an empty list is a head that points at itself. */
#ifndef BRINK_BASE_LIST_H
#define BRINK_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/check.h"

struct brink_link {
    struct brink_link *next;
    struct brink_link *prev;
};

static inline void brink_list_init(struct brink_link *link)
{
    link->next = link;
    link->prev = link;
}

/* True for a head without elements, and for a link that is in no list. */
static inline bool brink_list_empty(const struct brink_link *link)
{
    return link->next == link;
}

static inline void brink_list_push_back(struct brink_link *head, struct brink_link *link)
{
    link->next = head;
    link->prev = head->prev;
    head->prev->next = link;
    head->prev = link;
}

static inline void brink_list_push_front(struct brink_link *head, struct brink_link *link)
{
    brink_list_push_back(head->next, link);
}

static inline void brink_list_remove(struct brink_link *link)
{
    link->prev->next = link->next;
    link->next->prev = link->prev;
    brink_list_init(link);
}

/* Takes the first element out; NULL when the list is empty. */
static inline struct brink_link *brink_list_pop_front(struct brink_link *head)
{
    struct brink_link *first = head->next;
    if (first == head)
        return NULL;
    brink_list_remove(first);
    return first;
}

/* Moves all elements of `from` into `to`, which must be empty; `from` is empty afterwards. */
static inline void brink_list_move(struct brink_link *to, struct brink_link *from)
{
    BRINK_ASSERT(brink_list_empty(to));
    if (brink_list_empty(from))
        return;
    *to = *from;
    to->next->prev = to;
    to->prev->next = to;
    brink_list_init(from);
}

#endif
