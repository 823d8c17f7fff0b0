#include "app/sandbox/seccomp.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sched.h>
#include <seccomp.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/message.h"

#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#endif

enum { TYPE_MASK = 0xf }; /* of socket(2)'s type: the rest are flags */

/* Whatever the arguments: what follows is by what needs it. */
static const int always[] = {
    /* the data path */
    SCMP_SYS(read),
    SCMP_SYS(write),
    SCMP_SYS(readv),
    SCMP_SYS(writev),
    SCMP_SYS(recvfrom),
    SCMP_SYS(recvmsg),
    SCMP_SYS(sendto),
    SCMP_SYS(sendmsg),
    SCMP_SYS(epoll_wait),
    SCMP_SYS(epoll_pwait),
    SCMP_SYS(epoll_pwait2),
    SCMP_SYS(epoll_ctl),
    SCMP_SYS(accept),
    SCMP_SYS(accept4),
    SCMP_SYS(connect),
    SCMP_SYS(shutdown),
    SCMP_SYS(close),
    SCMP_SYS(getsockopt),
    SCMP_SYS(setsockopt),
    SCMP_SYS(getsockname),
    SCMP_SYS(getpeername),
    SCMP_SYS(splice),
    SCMP_SYS(futex),
    SCMP_SYS(clock_gettime),
    /* loops, timers, signals and sockets that are new */
    SCMP_SYS(bind),
    SCMP_SYS(listen),
    SCMP_SYS(epoll_create1),
    SCMP_SYS(eventfd2),
    SCMP_SYS(pipe2),
    SCMP_SYS(fcntl),
    SCMP_SYS(dup),
    SCMP_SYS(dup2),
    SCMP_SYS(dup3),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(select),
    SCMP_SYS(pselect6),
    SCMP_SYS(recvmmsg),
    SCMP_SYS(sendmmsg),
    SCMP_SYS(signalfd4),
    SCMP_SYS(timerfd_create),
    SCMP_SYS(timerfd_settime),
    SCMP_SYS(timerfd_gettime),
    SCMP_SYS(inotify_init1),
    SCMP_SYS(inotify_add_watch),
    SCMP_SYS(inotify_rm_watch),
    /* files: which ones is landlock's part */
    SCMP_SYS(open),
    SCMP_SYS(openat),
    SCMP_SYS(stat),
    SCMP_SYS(fstat),
    SCMP_SYS(lstat),
    SCMP_SYS(newfstatat),
    SCMP_SYS(statx),
    SCMP_SYS(statfs),
    SCMP_SYS(fstatfs),
    SCMP_SYS(access),
    SCMP_SYS(faccessat),
    SCMP_SYS(faccessat2),
    SCMP_SYS(readlink),
    SCMP_SYS(readlinkat),
    SCMP_SYS(getcwd),
    SCMP_SYS(getdents64),
    SCMP_SYS(lseek),
    SCMP_SYS(pread64),
    SCMP_SYS(unlink),
    SCMP_SYS(unlinkat),
    SCMP_SYS(umask),
    /* memory and threads */
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    SCMP_SYS(brk),
    SCMP_SYS(mincore),
    SCMP_SYS(membarrier),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(rseq),
    SCMP_SYS(sched_yield),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(sched_setaffinity),
    SCMP_SYS(sched_getparam),
    SCMP_SYS(sched_getscheduler),
    SCMP_SYS(getcpu),
    SCMP_SYS(wait4),
    SCMP_SYS(waitid),
    SCMP_SYS(restart_syscall),
    /* signals that are taken */
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(rt_sigpending),
    SCMP_SYS(rt_sigtimedwait),
    SCMP_SYS(rt_sigsuspend),
    SCMP_SYS(sigaltstack),
    /* who and when one is */
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(getppid),
    SCMP_SYS(getuid),
    SCMP_SYS(geteuid),
    SCMP_SYS(getgid),
    SCMP_SYS(getegid),
    SCMP_SYS(getresuid),
    SCMP_SYS(getresgid),
    SCMP_SYS(getgroups),
    SCMP_SYS(getrlimit),
    SCMP_SYS(getrusage),
    SCMP_SYS(uname),
    SCMP_SYS(sysinfo),
    SCMP_SYS(times),
    SCMP_SYS(time),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(clock_getres),
    SCMP_SYS(nanosleep),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(getrandom),
};

/* --- by argument: each adds rules to a filter; 0, or a negative errno value --- */

static struct scmp_arg_cmp is(unsigned argument, uint64_t value)
{
    return (struct scmp_arg_cmp){.arg = argument, .op = SCMP_CMP_EQ, .datum_a = value};
}

/* Those bits of it that are in the mask. */
static struct scmp_arg_cmp has(unsigned argument, uint64_t mask, uint64_t value)
{
    return (struct scmp_arg_cmp){
        .arg = argument, .op = SCMP_CMP_MASKED_EQ, .datum_a = mask, .datum_b = value};
}

static int allow(scmp_filter_ctx filter, int call, unsigned count,
                 const struct scmp_arg_cmp *arguments)
{
    return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call, count, arguments);
}

static int allow_always(scmp_filter_ctx filter)
{
    int failed = 0;
    for (size_t i = 0; i < sizeof always / sizeof always[0] && failed == 0; i++)
        failed = allow(filter, always[i], 0, NULL);
    return failed;
}

static int allow_if(scmp_filter_ctx filter, int call, struct scmp_arg_cmp argument)
{
    return allow(filter, call, 1, &argument);
}

static int allow_sockets(scmp_filter_ctx filter)
{
    static const unsigned families[] = {AF_INET, AF_INET6, AF_UNIX};
    static const unsigned types[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET};
    /* getaddrinfo(3) asks which addresses this machine has */
    struct scmp_arg_cmp route[] = {is(0, AF_NETLINK), has(1, TYPE_MASK, SOCK_RAW),
                                   is(2, NETLINK_ROUTE)};
    int failed = allow(filter, SCMP_SYS(socket), 3, route);
    for (int i = 0; i < 9 && failed == 0; i++) {
        struct scmp_arg_cmp kind[] = {is(0, families[i / 3]), has(1, TYPE_MASK, types[i % 3])};
        failed = allow(filter, SCMP_SYS(socket), 2, kind);
    }
    if (failed == 0)
        failed = allow_if(filter, SCMP_SYS(socketpair), is(0, AF_UNIX));
    return failed;
}

/* What is said of sockets, and nothing to terminals. */
static int allow_ioctl(scmp_filter_ctx filter)
{
    static const unsigned requests[] = {FIONBIO, FIONREAD, SIOCOUTQ, SIOCGIFINDEX, SIOCGIFNAME};
    int failed = 0;
    for (size_t i = 0; i < sizeof requests / sizeof requests[0] && failed == 0; i++)
        failed = allow_if(filter, SCMP_SYS(ioctl), is(1, requests[i]));
    return failed;
}

/* Threads, not processes. The flags of clone3 are in memory, where a filter cannot see them: the C
 * library takes clone where there is no clone3. */
static int allow_threads(scmp_filter_ctx filter)
{
    static const unsigned names[] = {PR_SET_NAME, PR_GET_NAME, PR_SET_VMA, PR_GET_DUMPABLE};
    int failed = allow_if(filter, SCMP_SYS(clone), has(0, CLONE_THREAD, CLONE_THREAD));
    if (failed == 0)
        failed = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
    for (size_t i = 0; i < sizeof names / sizeof names[0] && failed == 0; i++)
        failed = allow_if(filter, SCMP_SYS(prctl), is(0, names[i]));
    return failed;
}

/* None that can be executed. */
static int allow_memory(scmp_filter_ctx filter)
{
    int failed = allow_if(filter, SCMP_SYS(mmap), has(2, PROT_EXEC, 0));
    if (failed == 0)
        failed = allow_if(filter, SCMP_SYS(mprotect), has(2, PROT_EXEC, 0));
    return failed;
}

/* Signals to itself, and its own limits. */
static int allow_itself(scmp_filter_ctx filter)
{
    uint64_t pid = (uint64_t)getpid();
    int failed = allow_if(filter, SCMP_SYS(kill), is(0, pid));
    if (failed == 0)
        failed = allow_if(filter, SCMP_SYS(tgkill), is(0, pid));
    if (failed == 0)
        failed = allow_if(filter, SCMP_SYS(prlimit64), is(0, 0));
    return failed;
}

/* --- the whole --- */

/* What an older libseccomp or kernel does not know is done without. */
static int set_up(scmp_filter_ctx filter)
{
    int failed = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(EPERM));
    (void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
    (void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_SSB, 1);      /* or kernels before 5.16 slow */
    (void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2); /* a binary tree */
    (void)seccomp_attr_set(filter, SCMP_FLTATR_API_SYSRAWRC, 1);
    static int (*const parts[])(scmp_filter_ctx filter) = {
        allow_always, allow_sockets, allow_ioctl, allow_threads, allow_memory, allow_itself};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0] && failed == 0; i++)
        failed = parts[i](filter);
    return failed;
}

brink_result brink_seccomp_enter(bool *in_force, struct brink_message *why)
{
    *in_force = false;
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    int failed = filter == NULL ? -ENOMEM : set_up(filter);
    if (failed != 0) {
        (void)brink_message_set(why, "the filter of system calls cannot be made: %s",
                                strerror(-failed));
        seccomp_release(filter);
        return brink_fail(-failed);
    }
    int refused = seccomp_load(filter);
    seccomp_release(filter);
    *in_force = refused == 0;
    if (refused == -ENOMEM) {
        (void)brink_message_set(why, "no memory for the filter of system calls");
        return brink_fail(ENOMEM);
    }
    if (refused != 0)
        (void)brink_message_set(why, "the kernel takes no filter of system calls: %s",
                                refused < 0 ? strerror(-refused) : "a thread has another one");
    return brink_ok();
}
