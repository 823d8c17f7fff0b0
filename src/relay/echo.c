#include "relay/echo.h"

#include "relay/couple.h"

struct brink_echo {
    struct brink_session session;
    struct brink_leg client;
};

static brink_result open_echo(struct brink_session *session, int fd)
{
    struct brink_leg *client = brink_session_leg(session, 0);
    brink_session_init_leg(session, 0, &brink_couple_ops);
    client->stream.exact = session->peer.family == AF_UNIX;
    brink_result opened =
        brink_stream_open(&client->stream, fd, brink_session_service(session)->options->arming);
    if (brink_failed(opened))
        return opened;
    session->legs_open = 1;
    brink_session_arm(session);
    return brink_ok();
}

const struct brink_service_kind brink_echo_kind = {
    .name = "echo",
    .session_size = sizeof(struct brink_echo),
    .legs = 1,
    .open = open_echo,
};
