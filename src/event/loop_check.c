#include "event/loop.h"

static bool list_holds(const struct brink_link *list, enum brink_place where)
{
    for (struct brink_link *link = list->next; link != list; link = link->next) {
        struct brink_source *source = BRINK_CONTAINER_OF(link, struct brink_source, link);
        if (source->place != where || link->next->prev != link)
            return false;
    }
    return true;
}

static bool source_belongs(const struct brink_source *source)
{
    bool runnable = (source->ready & source->want) != 0;
    if (source->place == BRINK_PLACE_HELD)
        return true;
    if (runnable != (source->place == BRINK_PLACE_READY))
        return false;
    if (source->place == BRINK_PLACE_UNARMED)
        return source->watch == BRINK_WATCH_ONESHOT_TOLD;
    return runnable || source->want == 0 || source->watch != BRINK_WATCH_ONESHOT_TOLD;
}

bool brink_loop_check(const struct brink_loop *loop)
{
    for (uint32_t i = 0; i < loop->slots.room; i++) {
        const struct brink_source *source = brink_slots_get(&loop->slots, i);
        if (source != NULL && (source->index != i || source->fd < 0 || !source_belongs(source)))
            return false;
    }
    return list_holds(&loop->ready, BRINK_PLACE_READY) &&
           list_holds(&loop->unarmed, BRINK_PLACE_UNARMED) &&
           list_holds(&loop->held, BRINK_PLACE_HELD) &&
           list_holds(&loop->graveyard, BRINK_PLACE_GRAVEYARD) && brink_wheel_check(&loop->wheel);
}
