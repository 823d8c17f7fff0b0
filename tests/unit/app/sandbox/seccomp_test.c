/* The filter of system calls, in a child: what is denied and what is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <linux/netlink.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>

#include "app/sandbox/seccomp.h"
#include "unit/app/sandbox/confined.h"

/* --- what is denied --- */

struct call {
    const char *name;
    long number;
    long arguments[6];
};

/* None of them does anything where it is allowed. */
static const struct call calls[] = {
    {"execve", SYS_execve, {0}},
    {"execveat", SYS_execveat, {-1}},
    {"clone for a process", SYS_clone, {CLONE_NEWUSER | CLONE_FS}},
    {"unshare", SYS_unshare, {CLONE_NEWUSER | CLONE_FS | 1}},
    {"setns", SYS_setns, {-1}},
    {"ptrace", SYS_ptrace, {-1, -1}},
    {"process_vm_readv", SYS_process_vm_readv, {0, 0, 0, 0, 0, -1}},
    {"mount", SYS_mount, {0}},
    {"umount2", SYS_umount2, {0}},
    {"chroot", SYS_chroot, {0}},
    {"bpf", SYS_bpf, {-1}},
    {"perf_event_open", SYS_perf_event_open, {0}},
    {"userfaultfd", SYS_userfaultfd, {-1}},
    {"io_uring_setup", SYS_io_uring_setup, {0}},
    {"keyctl", SYS_keyctl, {-1}},
    {"add_key", SYS_add_key, {0}},
    {"init_module", SYS_init_module, {0}},
    {"kexec_load", SYS_kexec_load, {0, 0, 0, -1}},
    {"open_by_handle_at", SYS_open_by_handle_at, {-1}},
    {"memfd_create", SYS_memfd_create, {0, -1}},
    {"setuid", SYS_setuid, {-1}},
    {"capset", SYS_capset, {0}},
    {"chmod", SYS_fchmodat, {-1}},
    {"chown", SYS_fchownat, {-1, 0, -1, -1, -1}},
    {"link", SYS_linkat, {-1, 0, -1, 0, -1}},
    {"symlink", SYS_symlinkat, {0}},
    {"rename", SYS_renameat2, {-1, 0, -1, 0, -1}},
    {"mknod", SYS_mknodat, {-1}},
    {"personality", SYS_personality, {0xffffffff}},
    {"socket(AF_PACKET)", SYS_socket, {AF_PACKET, -1}},
    {"socket(AF_VSOCK)", SYS_socket, {40, -1}},
    {"socket(AF_ALG)", SYS_socket, {38, -1}},
    {"socket(SOCK_RAW)", SYS_socket, {AF_INET, SOCK_RAW, -1}},
    {"socket(NETLINK_AUDIT)", SYS_socket, {AF_NETLINK, SOCK_RAW | (1 << 8), NETLINK_AUDIT}},
    {"mmap(PROT_EXEC)", SYS_mmap, {1, 0, PROT_READ | PROT_EXEC}},
    {"mprotect(PROT_EXEC)", SYS_mprotect, {1, 4096, PROT_READ | PROT_EXEC}},
    {"ioctl(TIOCSTI)", SYS_ioctl, {-1, TIOCSTI}},
    {"prctl", SYS_prctl, {PR_SET_PDEATHSIG, -1}},
    {"kill(1)", SYS_kill, {1, 1000}},
    {"tgkill(1)", SYS_tgkill, {1, 1, 1000}},
    {"prlimit(1)", SYS_prlimit64, {1, -1}},
};
enum { CALL_COUNT = sizeof calls / sizeof calls[0] };

static bool is_denied(const struct call *call)
{
    const long *arguments = call->arguments;
    errno = 0;
    long returned = syscall(call->number, arguments[0], arguments[1], arguments[2], arguments[3],
                            arguments[4], arguments[5]);
    return returned == -1 && errno == EPERM;
}

static int enter(void)
{
    struct brink_message why = {""};
    bool in_force;
    no_new_rights();
    MUST(!brink_failed(brink_seccomp_enter(&in_force, &why)));
    MUST(in_force || why.text[0] != '\0');
    return in_force ? 0 : CONFINED_LACKS;
}

static int denied(void)
{
    int lacks = enter();
    if (lacks != 0)
        return lacks;
    for (int i = 0; i < CALL_COUNT; i++) {
        if (!is_denied(&calls[i])) {
            (void)dprintf(STDERR_FILENO, "%s is not denied: %s\n", calls[i].name, strerror(errno));
            return 1;
        }
    }
    return 0;
}

/* Or the test above would prove nothing: to root the kernel says something else. */
static int otherwise_not_denied(void)
{
    for (int i = 0; i < CALL_COUNT; i++)
        if (is_denied(&calls[i]))
            (void)dprintf(STDERR_FILENO, "%s is denied anyway\n", calls[i].name);
    return 0;
}

static void what_is_not_needed_is_denied(void **state)
{
    (void)state;
    if (geteuid() == 0)
        assert_int_equal(confined(otherwise_not_denied), 0);
    assert_confined(denied);
}

/* The C library must go on with clone, so this is not EPERM. */
static int without_clone3(void)
{
    int lacks = enter();
    MUST(lacks != 0 || (syscall(SYS_clone3, NULL, 0) == -1 && errno == ENOSYS));
    return lacks;
}

static void clone3_is_as_if_not_there(void **state)
{
    (void)state;
    assert_confined(without_clone3);
}

/* --- what is not --- */

static void *name_itself(void *named)
{
    *(bool *)named = pthread_setname_np(pthread_self(), "brink/test") == 0;
    return NULL;
}

static void use_sockets(void)
{
    static const int families[] = {AF_INET, AF_INET6, AF_UNIX};
    int pair[2];
    int waiting = 0;
    for (int i = 0; i < 3; i++) {
        int fd = socket(families[i], SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        MUST(fd >= 0 || errno == EAFNOSUPPORT);
        (void)close(fd);
    }
    MUST(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
    MUST(ioctl(pair[0], FIONREAD, &waiting) == 0);
}

/* As the hand-over to another process does. */
static void pass_a_descriptor(void)
{
    int pair[2];
    char byte = 0;
    struct iovec part = {&byte, 1};
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(int))];
    } control = {.header = {CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS}};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.room,
                             .msg_controllen = sizeof control.room};
    MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    memcpy(CMSG_DATA(&control.header), &pair[0], sizeof pair[0]);
    MUST(sendmsg(pair[0], &message, 0) == 1);
    MUST(recvmsg(pair[1], &message, 0) == 1);
}

static void look_up(void)
{
    struct addrinfo *found = NULL;
    MUST(getaddrinfo("localhost", NULL, NULL, &found) == 0);
    freeaddrinfo(found);
}

static int allowed(void)
{
    pthread_t thread;
    bool named = false;
    struct rlimit files;
    int lacks = enter();
    if (lacks != 0)
        return lacks;
    MUST(pthread_create(&thread, NULL, name_itself, &named) == 0);
    MUST(pthread_join(thread, NULL) == 0 && named);
    use_sockets();
    pass_a_descriptor();
    look_up();
    MUST(epoll_create1(EPOLL_CLOEXEC) >= 0);
    MUST(eventfd(0, EFD_CLOEXEC) >= 0);
    MUST(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC) >= 0);
    MUST(inotify_init1(IN_CLOEXEC) >= 0);
    MUST(getrlimit(RLIMIT_NOFILE, &files) == 0 && setrlimit(RLIMIT_NOFILE, &files) == 0);
    void *memory = malloc(64 * 1024 * 1024);
    MUST(memory != NULL);
    free(memory);
    MUST(signal(SIGUSR1, SIG_IGN) != SIG_ERR && raise(SIGUSR1) == 0 && kill(getpid(), 0) == 0);
    return 0;
}

static void what_a_server_needs_is_not(void **state)
{
    (void)state;
    assert_confined(allowed);
}

/* --- threads that are there already --- */

struct waiting {
    pthread_barrier_t barrier;
    bool denied;
};

static void *wait_and_try(void *arg)
{
    struct waiting *waiting = arg;
    (void)pthread_barrier_wait(&waiting->barrier);
    (void)pthread_barrier_wait(&waiting->barrier);
    waiting->denied = is_denied(&calls[0]);
    return NULL;
}

static int other_threads(void)
{
    static struct waiting waiting;
    pthread_t thread;
    MUST(pthread_barrier_init(&waiting.barrier, NULL, 2) == 0);
    MUST(pthread_create(&thread, NULL, wait_and_try, &waiting) == 0);
    (void)pthread_barrier_wait(&waiting.barrier);
    int lacks = enter();
    (void)pthread_barrier_wait(&waiting.barrier);
    MUST(pthread_join(thread, NULL) == 0);
    MUST(lacks != 0 || waiting.denied);
    return lacks;
}

static void other_threads_are_in_it_too(void **state)
{
    (void)state;
    assert_confined(other_threads);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_needed_is_denied),
        cmocka_unit_test(clone3_is_as_if_not_there),
        cmocka_unit_test(what_a_server_needs_is_not),
        cmocka_unit_test(other_threads_are_in_it_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
