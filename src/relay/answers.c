#include "relay/answers.h"

#include "relay/pair.h"

static void note(struct brink_session *session, enum brink_outcome outcome)
{
    const struct brink_service *service = brink_session_service(session);
    struct brink_target *target = brink_pair_of(session)->target;
    if (target != NULL)
        brink_group_note(service->dialings.group, target, outcome, service->io.loop->now_ms);
}

void brink_answers_first(struct brink_session *session)
{
    session->answered = true;
    note(session, BRINK_OUTCOME_ANSWERED);
}

void brink_answers_reset(struct brink_session *session, enum brink_side side)
{
    if (side == BRINK_SIDE_UPSTREAM)
        note(session, BRINK_OUTCOME_RESET);
}

/* A request has been passed on, and fewer replies than requests have come. Of a server that is not
 * read, because its client is slow, nothing can come. */
static bool owes(const struct brink_pair *pair)
{
    const struct brink_stream *upstream = &pair->upstream.stream;
    return !upstream->paused && !upstream->waits_memory &&
           pair->client.flow.frames > pair->upstream.flow.frames;
}

/* Two looks that find the same byte the last one to come, with a request waiting at both. answer_ms
 * is when the first of them was; 0: nothing waited. */
uint64_t brink_answers_deadline(struct brink_session *session, uint64_t now_ms)
{
    if (brink_session_legs(session) == 1)
        return BRINK_NEVER;
    struct brink_pair *pair = brink_pair_of(session);
    const struct brink_service *service = brink_session_service(session);
    uint32_t reply_ms = brink_group_options(service->dialings.group)->eject.reply_ms;
    if (reply_ms == 0 || brink_spec_raw(&service->options->spec))
        return BRINK_NEVER;
    uint32_t bytes_in = (uint32_t)pair->upstream.stream.bytes_in;
    bool waits = owes(pair) && pair->answer_ms != 0 && pair->answered_bytes == bytes_in;
    uint32_t waited_ms = (uint32_t)now_ms - pair->answer_ms;
    if (waits && waited_ms <= reply_ms)
        return now_ms + (reply_ms - waited_ms) + 1;
    if (waits)
        note(session, BRINK_OUTCOME_UNANSWERED);
    pair->answer_ms = owes(pair) ? (uint32_t)now_ms | 1 : 0;
    pair->answered_bytes = bytes_in;
    return now_ms + reply_ms + 1;
}
