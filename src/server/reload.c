/* Having a running server go on with other options. */
#include <errno.h>

#include "base/log.h"
#include "base/message.h"
#include "brink/operate.h"
#include "server/options.h"
#include "server/plan.h"
#include "server/reload_check.h"

/* While it stops nothing begins any more. */
static brink_result check_runs(const struct brink_server *server, struct brink_message *why)
{
    bool stopping = server->ended;
    if (server->asking || brink_giver_gives(&server->giver)) {
        (void)brink_message_set(why, "the server hands over to another process");
        return brink_fail(EPIPE);
    }
    for (uint32_t i = 0; i < server->worker_count; i++)
        stopping |= atomic_load(&server->workers[i].stop_by_ms) != BRINK_NEVER;
    if (!stopping)
        return brink_ok();
    (void)brink_message_set(why, "the server is stopping");
    return brink_fail(EPIPE);
}

static brink_result reload(struct brink_server *server, const struct brink_server_options *options,
                           struct brink_message *why)
{
    struct brink_plan *plan;
    brink_result result = check_runs(server, why);
    if (!brink_failed(result))
        result = brink_server_options_check(options, why);
    if (!brink_failed(result))
        result = brink_reload_check(server, options, why);
    if (brink_failed(result))
        return result;
    brink_plan_reap(server);
    result = brink_plan_make(&plan, server, options, why);
    if (!brink_failed(result))
        brink_plan_commit(plan);
    return result;
}

brink_result brink_server_reload(struct brink_server *server,
                                 const struct brink_server_options *options,
                                 struct brink_message *why)
{
    char quoted[BRINK_LOG_TEXT_MAX];
    struct brink_message own = {""};
    (void)pthread_mutex_lock(&server->changing);
    brink_result result = reload(server, options, &own);
    (void)pthread_mutex_unlock(&server->changing);
    if (!brink_failed(result))
        return result;
    brink_log_write(&server->plain_log, BRINK_LOG_ERROR, "event=reload-failed error=%s",
                    brink_log_quote(own.text, quoted, sizeof quoted));
    if (why != NULL)
        *why = own;
    return result;
}
