#include "app/admin/program.h"

#include <time.h>

static uint64_t wall_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

void brink_admin_program_begin(struct brink_admin_program *program, const char *config)
{
    program->config = config;
    atomic_store(&program->config_ns, wall_ns());
}

void brink_admin_program_reloaded(struct brink_admin_program *program, bool failed)
{
    atomic_fetch_add(failed ? &program->reload_failures : &program->reloads, 1);
    atomic_store(&program->config_failed, failed);
    if (!failed)
        atomic_store(&program->config_ns, wall_ns());
}
