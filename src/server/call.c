#include "server/call.h"

#include <semaphore.h>

#include "base/check.h"
#include "server/server.h"

struct call {
    struct brink_post post;
    void (*fn)(struct brink_worker *worker, void *arg);
    void *arg;
    sem_t *done;
};

/* The call is its caller's, who may be gone with it once it is told. */
static void run(struct brink_loop *loop, struct brink_post *post)
{
    struct call *call = BRINK_CONTAINER_OF(post, struct call, post);
    call->fn(brink_worker_of(loop), call->arg);
    (void)sem_post(call->done);
}

static uint32_t call_all(struct brink_worker *workers, uint32_t count,
                         void (*fn)(struct brink_worker *worker, void *arg), void *arg, bool ended)
{
    struct call calls[BRINK_WORKERS_MAX];
    sem_t done;
    uint32_t posted = 0;
    BRINK_ASSERT(count <= BRINK_WORKERS_MAX);
    (void)sem_init(&done, 0, 0); /* fails for values beyond SEM_VALUE_MAX only */
    for (uint32_t i = 0; i < count; i++) {
        calls[i] = (struct call){.post = {.run = run}, .fn = fn, .arg = arg, .done = &done};
        if (!brink_failed(brink_loop_post(&workers[i].loop, &calls[i].post)))
            posted++;
        else if (ended)
            fn(&workers[i], arg);
    }
    for (uint32_t i = 0; i < posted; i++)
        while (sem_wait(&done) != 0) /* a signal */
            continue;
    (void)sem_destroy(&done);
    return posted;
}

uint32_t brink_workers_call(struct brink_worker *workers, uint32_t count,
                            void (*fn)(struct brink_worker *worker, void *arg), void *arg)
{
    return call_all(workers, count, fn, arg, false);
}

void brink_workers_call_all(struct brink_worker *workers, uint32_t count,
                            void (*fn)(struct brink_worker *worker, void *arg), void *arg)
{
    (void)call_all(workers, count, fn, arg, true);
}
