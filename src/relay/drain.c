#include "relay/drain.h"

#include <errno.h>

#include "base/hash.h"
#include "relay/deadline.h"
#include "relay/drain_cut.h"
#include "relay/leave.h"
#include "relay/pair.h"
#include "relay/standing.h"

/* --- which there are --- */

struct brink_drain_terms brink_drain_terms_of(const struct brink_drain_options *options,
                                              uint64_t now_ms)
{
    return (struct brink_drain_terms){*options, now_ms, now_ms + options->timeout_ms};
}

static uint32_t lesser(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static uint64_t all_ms(const struct brink_drain *drain)
{
    return drain->by_ms > drain->from_ms ? drain->by_ms - drain->from_ms : 0;
}

static void limit_spread(struct brink_drain *drain)
{
    if (drain->options.spread_ms > all_ms(drain) / 2)
        drain->options.spread_ms = (uint32_t)(all_ms(drain) / 2);
}

static void begin(struct brink_service *service, struct brink_drain *drain,
                  const struct brink_drain_terms *terms)
{
    drain->options = terms->options;
    drain->from_ms = terms->from_ms;
    drain->by_ms = terms->by_ms;
    drain->over = false;
    limit_spread(drain);
    brink_list_remove(&drain->link); /* it may have been over */
    brink_list_push_back(&service->drains, &drain->link);
}

static void harden(struct brink_drain *drain, const struct brink_drain_terms *terms)
{
    struct brink_drain_options *options = &drain->options;
    if (terms->options.policy > options->policy)
        options->policy = terms->options.policy;
    options->quiet_ms = lesser(options->quiet_ms, terms->options.quiet_ms);
    options->spread_ms = lesser(options->spread_ms, terms->options.spread_ms);
    if (terms->by_ms < drain->by_ms)
        drain->by_ms = terms->by_ms;
    limit_spread(drain);
}

void brink_drain_service(struct brink_service *service, const struct brink_drain_terms *terms)
{
    if (brink_service_drains(service))
        harden(&service->drain, terms);
    else
        begin(service, &service->drain, terms);
}

static struct brink_drain *find(const struct brink_service *service,
                                const struct brink_session *session,
                                const struct brink_target *target)
{
    const struct brink_link *head = &service->drains;
    for (struct brink_link *link = head->next; link != head; link = link->next) {
        struct brink_drain *drain = BRINK_CONTAINER_OF(link, struct brink_drain, link);
        if (!drain->over && drain->session == session && drain->target == target)
            return drain;
    }
    return NULL;
}

/* NULL without memory. */
static struct brink_drain *new_drain(struct brink_service *service,
                                     const struct brink_drain_terms *terms)
{
    struct brink_drain *drain = brink_slab_alloc(&service->some);
    if (drain == NULL)
        return NULL;
    *drain = (struct brink_drain){.session = NULL};
    brink_list_init(&drain->link);
    begin(service, drain, terms);
    return drain;
}

/* Others may be going through the list just now, so who ends one leaves that to brink_drain_tidy.
 */
static void take_out(struct brink_service *service, struct brink_drain *drain)
{
    brink_list_remove(&drain->link);
    if (drain->target != NULL)
        brink_group_drop(service->dialings.group, drain->target);
    if (drain != &service->drain)
        brink_slab_free(&service->some, drain);
}

brink_result brink_drain_session(struct brink_session *session,
                                 const struct brink_drain_terms *terms)
{
    struct brink_service *service = brink_session_service(session);
    struct brink_drain *drain = find(service, session, NULL);
    if (drain != NULL) {
        harden(drain, terms);
        return brink_ok();
    }
    drain = new_drain(service, terms);
    if (drain == NULL)
        return brink_fail(ENOMEM);
    drain->session = session;
    return brink_ok();
}

brink_result brink_drain_target(struct brink_service *service, struct brink_target *target,
                                const struct brink_drain_terms *terms)
{
    struct brink_drain *drain = find(service, NULL, target);
    if (drain != NULL) {
        harden(drain, terms);
        brink_group_drop(service->dialings.group, target);
        return brink_ok();
    }
    drain = new_drain(service, terms);
    if (drain == NULL)
        return brink_fail(ENOMEM);
    drain->target = target;
    return brink_ok();
}

/* --- who is concerned --- */

/* A session that is being connected to the server passes it over: see relay/dialing.c. */
static bool has_target(struct brink_session *session, const struct brink_target *target)
{
    bool connected =
        session->state == BRINK_SESSION_OPEN || session->state == BRINK_SESSION_CLOSING;
    return connected && brink_session_legs(session) == 2 &&
           brink_pair_of(session)->target == target;
}

static bool concerns(const struct brink_drain *drain, struct brink_session *session)
{
    if (drain->session != NULL)
        return drain->session == session;
    return drain->target == NULL || has_target(session, drain->target);
}

/* Those that still leave are told so at the next look. */
static void stay(struct brink_session *session, const void *arg)
{
    (void)arg;
    if (session->leaving == BRINK_LEAVING_DRAIN)
        brink_standing_go_on(session);
}

static void stay_all(struct brink_service *service)
{
    brink_service_each(service, stay, NULL);
    if (service->dialings.group != NULL)
        brink_leave_servers(service); /* it may have gone down meanwhile */
}

void brink_drain_end_service(struct brink_service *service)
{
    if (!brink_service_drains(service))
        return;
    service->drain.over = true;
    stay_all(service);
}

void brink_drain_end_target(struct brink_service *service, const struct brink_target *target)
{
    struct brink_drain *drain = find(service, NULL, target);
    if (drain == NULL)
        return;
    drain->over = true;
    stay_all(service);
}

void brink_drain_end_all(struct brink_service *service)
{
    while (!brink_list_empty(&service->drains))
        take_out(service, BRINK_CONTAINER_OF(service->drains.next, struct brink_drain, link));
}

void brink_drain_forget(const struct brink_session *session)
{
    struct brink_service *service = brink_session_service(session);
    struct brink_drain *drain = find(service, session, NULL);
    if (drain != NULL)
        drain->over = true;
}

void brink_drain_tidy(struct brink_service *service, uint64_t looked_ms)
{
    const struct brink_link *head = &service->drains;
    struct brink_link *next;
    for (struct brink_link *link = head->next; link != head; link = next) {
        struct brink_drain *drain = BRINK_CONTAINER_OF(link, struct brink_drain, link);
        next = link->next;
        bool out_of_time = drain != &service->drain && drain->by_ms <= looked_ms;
        if (drain->over || out_of_time)
            take_out(service, drain);
    }
}

uint64_t brink_drain_next_ms(const struct brink_service *service)
{
    const struct brink_link *head = &service->drains;
    uint64_t now_ms = service->io.loop->now_ms;
    uint64_t next_ms = BRINK_NEVER;
    for (struct brink_link *link = head->next; link != head; link = link->next) {
        const struct brink_drain *drain = BRINK_CONTAINER_OF(link, struct brink_drain, link);
        if (!drain->over && drain->by_ms > now_ms && drain->by_ms < next_ms)
            next_ms = drain->by_ms;
    }
    return next_ms;
}

/* --- when one may leave --- */

static uint64_t quiet_ms(const struct brink_drain *drain)
{
    uint64_t quarter = all_ms(drain) / 4;
    return drain->options.quiet_ms < quarter ? drain->options.quiet_ms : quarter;
}

/* In the last quarter of the time. */
static bool is_late(const struct brink_drain *drain, uint64_t now_ms)
{
    return now_ms >= drain->by_ms || drain->by_ms - now_ms <= all_ms(drain) / 4;
}

/* The same at each look. */
static uint64_t time_ms(const struct brink_drain *drain, struct brink_session *session)
{
    if (drain->options.spread_ms == 0)
        return drain->from_ms;
    const struct brink_source *source = &brink_session_leg(session, 0)->stream.source;
    uint64_t place = (uint64_t)source->generation << 32 | source->index;
    uint64_t chance = brink_hash_mix(session->opened_ms ^ (uint64_t)session->peer.port << 48);
    chance = brink_hash_mix(chance ^ place ^ brink_session_service(session)->options->seed);
    return drain->from_ms + chance % ((uint64_t)drain->options.spread_ms + 1);
}

static bool is_first_awaited(const struct brink_drain *drain, struct brink_session *session,
                             uint64_t now_ms)
{
    const struct brink_leg *client = brink_session_leg(session, 0);
    uint32_t since_ms = brink_session_read_since_ms(session);
    if (drain->options.policy != BRINK_DRAIN_POLICY_IDLE || client->flow.frames > 0 ||
        client->stream.eof || (int32_t)(since_ms - (uint32_t)drain->from_ms) < 0)
        return false;
    return (uint32_t)now_ms - since_ms < quiet_ms(drain);
}

static uint64_t quiet_needed_ms(const struct brink_drain *drain, struct brink_session *session,
                                uint64_t now_ms)
{
    uint64_t some_ms = quiet_ms(drain);
    bool raw = brink_spec_raw(&brink_session_service(session)->options->spec);
    if (drain->options.policy == BRINK_DRAIN_POLICY_BOUNDARY && !raw)
        return 0;
    switch (brink_standing_owes(session)) {
    case BRINK_OWED_NOTHING:
        return 0;
    case BRINK_OWED_REPLY:
        return all_ms(drain) / 2 > drain->options.quiet_ms ? all_ms(drain) / 2
                                                           : drain->options.quiet_ms;
    case BRINK_OWED_UNKNOWN:
        break;
    }
    return raw || !is_late(drain, now_ms) ? some_ms : 0;
}

static bool is_done(const struct brink_drain *drain, struct brink_session *session, uint64_t now_ms)
{
    if (session->state != BRINK_SESSION_OPEN)
        return true; /* nothing is read from the client yet */
    return brink_standing_at_boundary(session) &&
           brink_session_quiet_ms(session, now_ms) >= quiet_needed_ms(drain, session, now_ms);
}

/* A server's frame that a request asked for may still begin. */
static void stop(const struct brink_drain *drain, struct brink_session *session, bool first_awaited,
                 uint64_t now_ms)
{
    bool no_more = is_late(drain, now_ms) && brink_standing_owes(session) != BRINK_OWED_REPLY;
    bool upstream = drain->options.policy == BRINK_DRAIN_POLICY_BOUNDARY || no_more;
    brink_standing_stop(session, BRINK_LEAVING_DRAIN, !first_awaited, upstream);
}

/* --- leaving --- */

static bool is_rehomed(const struct brink_drain *drain, struct brink_session *session)
{
    const struct brink_service_kind *kind = brink_session_service(session)->kind;
    return drain->target != NULL && session->state == BRINK_SESSION_OPEN && kind->on_lost != NULL &&
           kind->on_lost(session);
}

static enum brink_drain_outcome let_go(const struct brink_drain *drain,
                                       struct brink_session *session)
{
    enum brink_side side = drain->target != NULL ? BRINK_SIDE_UPSTREAM : BRINK_SIDE_CLIENT;
    if (!is_rehomed(drain, session))
        brink_session_close(session, BRINK_REASON_DRAINED, side, 0);
    return BRINK_DRAIN_LEFT;
}

static enum brink_drain_outcome let_go_or_cut(const struct brink_drain *drain,
                                              struct brink_session *session, uint64_t now_ms)
{
    if (is_rehomed(drain, session))
        return BRINK_DRAIN_LEFT;
    return brink_drain_cut(session, is_done(drain, session, now_ms));
}

static enum brink_drain_outcome look(const struct brink_drain *drain, struct brink_session *session)
{
    uint64_t now_ms = brink_session_service(session)->io.loop->now_ms;
    if (now_ms >= drain->by_ms)
        return let_go_or_cut(drain, session, now_ms);
    if (session->state == BRINK_SESSION_CLOSING || now_ms < time_ms(drain, session))
        return BRINK_DRAIN_STAYS;
    if (drain->options.policy == BRINK_DRAIN_POLICY_NOW)
        return let_go_or_cut(drain, session, now_ms);
    if (session->state == BRINK_SESSION_OPEN) {
        bool first_awaited = is_first_awaited(drain, session, now_ms);
        stop(drain, session, first_awaited, now_ms);
        if (first_awaited || !is_done(drain, session, now_ms))
            return BRINK_DRAIN_STAYS;
    } else if (drain->options.policy == BRINK_DRAIN_POLICY_IDLE &&
               now_ms - drain->from_ms < all_ms(drain) / 2) {
        return BRINK_DRAIN_STAYS;
    }
    return let_go(drain, session);
}

enum brink_drain_outcome brink_drain_look(struct brink_session *session)
{
    const struct brink_service *service = brink_session_service(session);
    const struct brink_link *head = &service->drains;
    for (struct brink_link *link = head->next; link != head; link = link->next) {
        const struct brink_drain *drain = BRINK_CONTAINER_OF(link, struct brink_drain, link);
        enum brink_drain_outcome outcome = BRINK_DRAIN_STAYS;
        if (!drain->over && concerns(drain, session))
            outcome = look(drain, session);
        if (outcome != BRINK_DRAIN_STAYS)
            return outcome;
    }
    return BRINK_DRAIN_STAYS;
}

void brink_drain_look_at_single(struct brink_service *service,
                                void (*looked)(void *arg, enum brink_drain_outcome outcome),
                                void *arg)
{
    struct brink_loop *loop = service->io.loop;
    const struct brink_link *head = &service->drains;
    for (struct brink_link *link = head->next; link != head; link = link->next) {
        const struct brink_drain *drain = BRINK_CONTAINER_OF(link, struct brink_drain, link);
        if (drain->over || drain->session == NULL)
            continue;
        struct brink_source *source = &brink_session_leg(drain->session, 0)->stream.source;
        if (!brink_loop_claim(loop, source))
            continue; /* the next time */
        looked(arg, look(drain, drain->session));
        brink_loop_release(loop, source);
    }
}

bool brink_drain_has_work(const struct brink_service *service, bool *for_all)
{
    const struct brink_link *head = &service->drains;
    bool any = brink_counter_read(&service->stats.sessions) > 0;
    bool work = false;
    for (struct brink_link *link = head->next; link != head; link = link->next) {
        const struct brink_drain *drain = BRINK_CONTAINER_OF(link, struct brink_drain, link);
        *for_all = *for_all || (any && !drain->over && drain->session == NULL);
        work = work || any || drain->over || drain != &service->drain;
    }
    return work;
}
