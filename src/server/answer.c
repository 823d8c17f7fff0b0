/* Whether the workers still turn: each is asked by a post, which it runs in its next turn. */
#include "server/server.h"

void brink_worker_answer(struct brink_loop *loop, struct brink_post *post)
{
    (void)post;
    atomic_store(&brink_worker_of(loop)->asked, false);
}

bool brink_worker_answers(struct brink_worker *worker)
{
    if (atomic_exchange(&worker->asked, true))
        return false;
    if (brink_failed(brink_loop_post(&worker->loop, &worker->ask_post)))
        atomic_store(&worker->asked, false); /* its loop is sealed: it has ended */
    return true;
}

bool brink_server_answers(struct brink_server *server)
{
    bool all = true;
    for (uint32_t i = 0; i < server->worker_count; i++)
        all &= brink_worker_answers(&server->workers[i]);
    return all;
}
