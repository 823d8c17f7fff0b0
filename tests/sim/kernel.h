/* sim/kernel.h - a kernel that is simulated: sockets, epoll, a clock. One thread, no real
 * descriptor, no sleep; everything that is up to chance is asked of the tape.
 *
 * It follows Linux in what an edge-triggered program can tell apart:
 *
 *   - An arrival of data makes an edge; so does space that becomes free (a third of the buffer)
 *     after a send has found too little. What was left unread or unsent makes none, ever.
 *   - An event tells what the descriptor is ready for when it is told, not when the edge was
 *     (fs/eventpoll.c, ep_send_events). EPOLLONESHOT disarms, also for hang-ups; EPOLL_CTL_MOD
 *     looks at readiness anew.
 *   - What has arrived can be read after a reset, and only then is the error told, once (tcp(7)).
 *   - A socket that is closed with unread data, or is written to after its close, answers with a
 *     reset (RFC 2525 2.17).
 *
 * Bytes that are sent are in flight until the network (sim/network.h) has them arrive. Everything
 * that was ever sent is kept, as the truth that the oracles compare with. */
#ifndef BRINK_SIM_KERNEL_H
#define BRINK_SIM_KERNEL_H

#include <setjmp.h>

#include "sim/fault.h"
#include "sim/tape.h"
#include "sys/sys.h"

enum { SIM_FDS = 320, SIM_CONNS = 256, SIM_BACKLOG = 8, SIM_STALE = 8, SIM_FAILURE = 400 };

struct sim_conn;

/* One end of a connection, and what it has sent. */
struct sim_socket {
    struct sim_conn *conn;
    struct sim_socket *peer;
    int fd;          /* the program's; -1: it belongs to a peer, or is closed */
    bool program;    /* the program's end */
    bool local;      /* a unix socket: no reset, no delay */
    bool connecting; /* no answer yet */
    bool dead;       /* reset, timed out, refused */
    bool closed;
    bool abortive; /* SO_LINGER 0: close resets */
    int error;     /* SO_ERROR */

    uint8_t *bytes; /* all that was ever sent by this end */
    size_t room;
    size_t written; /* by this end */
    size_t arrived; /* at the other; in flight in between */
    size_t taken;   /* by the other; in its receive buffer in between */
    size_t send_room;
    size_t receive_room; /* of the other end */
    bool fin;
    bool fin_arrived;
    bool no_space;   /* a send found too little: space makes an edge */
    bool late_data;  /* the kernel owes an edge: for data it kept back, */
    bool late_space; /* for space */

    /* The oracles' and peers' own. */
    uint64_t active_ms;   /* when the program last read or sent here */
    uint64_t accepted_ms; /* by the program */
    void *owner;
};

struct sim_conn {
    unsigned id;
    struct sim_socket end[2]; /* who connected; who accepted */
    int connect_error;        /* how connecting will end; -1: never */
    int server;               /* that the program connects to; -1: a client's */
    unsigned generation;      /* of that server */
    uint64_t began_ms;        /* when it did, */
    uint64_t answers_us;      /* and not before then is there an answer */
};

enum sim_file_kind {
    SIM_FREE = 0,
    SIM_SOCKET_FILE,
    SIM_LISTENER_FILE,
    SIM_EPOLL_FILE,
    SIM_WAKEUP_FILE,
    SIM_SPARE_FILE
};

struct sim_watch {
    int epoll_fd; /* -1: not watched */
    uint32_t events;
    uint64_t cookie;
    bool queued;      /* on the epoll's ready list */
    bool hangup_told; /* so that a short read no longer means dry */
};

struct sim_file {
    enum sim_file_kind kind;
    struct sim_watch watch;
    struct sim_socket *socket; /* of SOCKET; NULL before connect */
    bool local;
    bool listens;
    struct sim_conn *backlog[SIM_BACKLOG]; /* of LISTENER: those who wait */
    unsigned waiting;
    bool signalled;    /* of WAKEUP */
    bool called;       /* recv or send since the oracles last looked */
    unsigned unserved; /* turns on end that it stood on the ready list and was left out */
    unsigned hungry; /* turns on end that it had work, by the kernel's account, and was left out */
};

struct sim_kernel;

/* What becomes of a connect. */
enum sim_answer { SIM_ANSWER_SERVES = 0, SIM_ANSWER_REFUSES, SIM_ANSWER_NEVER };
struct sim_welcome {
    enum sim_answer answer;
    unsigned server;
    unsigned generation;
    uint64_t answers_us; /* not before then */
};

/* What the world wants to be told of. */
struct sim_hooks {
    void (*on_sent)(struct sim_kernel *kernel, struct sim_socket *from, size_t before);
    void (*on_fin)(struct sim_kernel *kernel, struct sim_socket *from);
    void (*on_upstream)(struct sim_kernel *kernel, struct sim_conn *conn); /* was connected to */
    /* The program connects to what listens there: what becomes of it, and when. */
    struct sim_welcome (*on_connect)(struct sim_kernel *kernel, const struct sockaddr *address);
    /* A wait that finds no event. True: it has waited, there may be some now. */
    bool (*on_sleep)(struct sim_kernel *kernel, int epoll_fd, int timeout_ms);
    void (*on_call)(struct sim_kernel *kernel); /* at each system call */
};

struct sim_kernel {
    struct brink_sys sys; /* for the program */
    struct sim_tape *tape;
    struct sim_faults faults;
    const struct sim_hooks *hooks;
    void *world;
    uint64_t now_us;
    int fd_limit;
    int fds_open;
    struct sim_file files[SIM_FDS];
    struct sim_conn *conns[SIM_CONNS];
    unsigned conn_count;
    bool local;           /* unix sockets all over */
    size_t send_room_max; /* for the connections to come */
    struct sim_stale {
        uint64_t cookie;
        int epoll_fd;
    } stale[SIM_STALE]; /* of what was closed */
    unsigned stale_count;
    uint64_t progress; /* calls that changed something */
    uint64_t accepts;  /* clients that the program has got */
    uint64_t calls;
    uint64_t calls_this_turn;
    bool trace;
    char failure[SIM_FAILURE];
    jmp_buf failed;
};

/* An empty kernel at some time. */
void sim_kernel_init(struct sim_kernel *kernel, struct sim_tape *tape,
                     const struct sim_hooks *hooks, void *world);
void sim_kernel_free(struct sim_kernel *kernel);

/* The run has shown a fault: notes it and leaves for kernel->failed. */
_Noreturn void sim_fail(struct sim_kernel *kernel, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A line of the trace, if one is wanted. */
void sim_trace(struct sim_kernel *kernel, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

uint64_t sim_now_ms(const struct sim_kernel *kernel);

/* A file of the program's; fails the run if the descriptor is not of that kind. */
struct sim_file *sim_file(struct sim_kernel *kernel, int fd, enum sim_file_kind kind,
                          const char *call);
/* A new descriptor, or -EMFILE. */
int sim_open(struct sim_kernel *kernel, enum sim_file_kind kind);

/* Counts a system call; fails the run if there are too many in one turn. */
void sim_call(struct sim_kernel *kernel);

/* --- sockets (kernel_socket.c) --- */

struct sim_conn *sim_conn_new(struct sim_kernel *kernel);
/* What a socket is ready for, in epoll's bits. */
uint32_t sim_socket_bits(const struct sim_socket *socket);
/* The same, when the program asks: whoever finds no space is told once there is some. */
uint32_t sim_socket_poll(struct sim_socket *socket);
/* Bytes that can be read. */
size_t sim_socket_readable(const struct sim_socket *socket);
/* True if a read would give bytes, an end or an error. */
bool sim_socket_has_news(const struct sim_socket *socket);
size_t sim_socket_free(const struct sim_socket *socket);
/* Adds to what the socket has sent. */
void sim_socket_append(struct sim_socket *socket, const void *data, size_t length);
/* The connection is dead for both ends: the other one is told `error`, this one its own. */
void sim_socket_break(struct sim_kernel *kernel, struct sim_socket *socket, int error,
                      int peer_error);
/* Ends it as close(2) does. */
void sim_socket_close(struct sim_kernel *kernel, struct sim_socket *socket);
int sim_socket_take_error(struct sim_socket *socket);

/* --- epoll (kernel_epoll.c) --- */

/* Something has happened to the file: an edge. */
void sim_wake(struct sim_kernel *kernel, int fd, uint32_t bits);
uint32_t sim_file_poll(struct sim_file *file);
/* True if a wait on this epoll would find an event. */
bool sim_epoll_pending(struct sim_kernel *kernel, int epoll_fd);
int sim_epoll_ctl(void *kernel, int epoll_fd, int operation, int fd, struct epoll_event *event);
int sim_epoll_wait(void *kernel, int epoll_fd, struct epoll_event *events, int room,
                   int timeout_ms);

/* --- the calls of sockets (kernel_calls.c, kernel_transfer.c) --- */

extern const struct brink_sys_ops sim_sys_ops;
ssize_t sim_recv(void *kernel, int fd, void *buffer, size_t size);
ssize_t sim_send(void *kernel, int fd, const void *data, size_t size);
ssize_t sim_sendv(void *kernel, int fd, const struct iovec *parts, size_t count);

#endif
