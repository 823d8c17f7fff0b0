#include "relay/access.h"

#include <errno.h>

static bool is_listed(const struct brink_service_options *options, const struct brink_peer *peer)
{
    if (brink_prefix_list_holds(&options->deny, peer))
        return false;
    return options->allow.count == 0 || brink_prefix_list_holds(&options->allow, peer);
}

static struct brink_prefix source_of(const struct brink_service_options *options,
                                     const struct brink_session *session)
{
    return brink_prefix_of(&session->peer, options->source_bits_v4, options->source_bits_v6);
}

enum brink_reason brink_access_admit(struct brink_session *session)
{
    const struct brink_service_options *options = brink_session_service(session)->options;
    if (!is_listed(options, &session->peer))
        return BRINK_REASON_DENIED;
    if (options->max_per_source == 0)
        return BRINK_REASON_NONE;
    struct brink_prefix source = source_of(options, session);
    brink_result entered = brink_sources_enter(options->sources, &source, options->max_per_source);
    if (entered.err == ENOMEM)
        return BRINK_REASON_NO_MEMORY;
    if (brink_failed(entered)) {
        brink_counter_add(&brink_session_service(session)->stats.source_limited, 1);
        return BRINK_REASON_SOURCE_LIMIT;
    }
    session->counted = true;
    return BRINK_REASON_NONE;
}

void brink_access_count(struct brink_session *session)
{
    const struct brink_service_options *options = brink_session_service(session)->options;
    if (options->max_per_source == 0)
        return;
    struct brink_prefix source = source_of(options, session);
    session->counted = !brink_failed(brink_sources_enter(options->sources, &source, 0));
}

void brink_access_leave(struct brink_session *session)
{
    const struct brink_service_options *options = brink_session_service(session)->options;
    if (!session->counted)
        return;
    struct brink_prefix source = source_of(options, session);
    brink_sources_leave(options->sources, &source);
    session->counted = false;
}
