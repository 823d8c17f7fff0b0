/* The kernel as a whole: descriptors, clock, failures of the run. */
#include "sim/kernel.h"
#include "sim/threads.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { CALLS_IN_A_TURN = 100000, FIRST_FD = 3 };

void sim_kernel_init(struct sim_kernel *kernel, struct sim_tape *tape,
                     const struct sim_hooks *hooks, void *world)
{
    *kernel = (struct sim_kernel){.tape = tape, .hooks = hooks, .world = world};
    kernel->sys = (struct brink_sys){&sim_sys_ops, kernel};
    kernel->fd_limit = SIM_FDS;
    kernel->now_us = 1000000;
}

void sim_kernel_free(struct sim_kernel *kernel)
{
    for (unsigned i = 0; i < kernel->conn_count; i++) {
        free(kernel->conns[i]->end[0].bytes);
        free(kernel->conns[i]->end[1].bytes);
        free(kernel->conns[i]);
    }
    kernel->conn_count = 0;
}

uint64_t sim_now_ms(const struct sim_kernel *kernel)
{
    return kernel->now_us / 1000;
}

void sim_fail(struct sim_kernel *kernel, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(kernel->failure, sizeof kernel->failure, format, arguments);
    va_end(arguments);
    sim_trace(kernel, "FAILS: %s", kernel->failure);
    sim_thread_fails();
    longjmp(kernel->failed, 1);
}

void sim_trace(struct sim_kernel *kernel, const char *format, ...)
{
    if (!kernel->trace)
        return;
    printf("%9.3f  ", (double)(kernel->now_us - 1000000) / 1000);
    va_list arguments;
    va_start(arguments, format);
    (void)vprintf(format, arguments);
    va_end(arguments);
    (void)putchar('\n');
}

struct sim_file *sim_file(struct sim_kernel *kernel, int fd, enum sim_file_kind kind,
                          const char *call)
{
    if (fd < 0 || fd >= SIM_FDS || kernel->files[fd].kind != kind)
        sim_fail(kernel, "%s on descriptor %d, which is not open, or not such a one", call, fd);
    return &kernel->files[fd];
}

int sim_open(struct sim_kernel *kernel, enum sim_file_kind kind)
{
    for (int fd = FIRST_FD; fd < kernel->fd_limit; fd++) {
        struct sim_file *file = &kernel->files[fd];
        if (file->kind != SIM_FREE)
            continue;
        *file = (struct sim_file){.kind = kind, .watch = {.epoll_fd = -1}, .called = true};
        kernel->fds_open++;
        return fd;
    }
    return -EMFILE;
}

void sim_call(struct sim_kernel *kernel)
{
    kernel->calls++;
    kernel->hooks->on_call(kernel);
    if (++kernel->calls_this_turn > CALLS_IN_A_TURN)
        sim_fail(kernel, "spins: %d system calls in one turn", CALLS_IN_A_TURN);
    sim_thread_pauses();
}
