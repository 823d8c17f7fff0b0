#!/usr/bin/env python3
"""Faults planted in brink, one at a time, to prove that the simulator sees them.

    mutants.py list             their names
    mutants.py check            each can still be planted: its place is there, once
    mutants.py file NAME        the source file that it changes
    mutants.py write NAME FILE  the changed source file
    mutants.py run FOLDER       runs FOLDER/sim_NAME for each; fails if one is not caught in time
"""

import concurrent.futures
import pathlib
import subprocess
import sys

SOURCES = pathlib.Path(__file__).resolve().parents[2] / "src"
SECONDS = 60

# name: what is wrong, the file, what stands there, what is planted
MUTANTS = {
    "budget-not-requeued": (
        "a spent budget takes the stream off the ready list", "net/stream.c",
        "        taken += cost;\n    }\n",
        "        taken += cost;\n        if (taken >= BRINK_STREAM_BUDGET)\n"
        "            stream->source.ready &= (uint8_t)~BRINK_READABLE;\n    }\n"),
    "resume-not-requeued": (
        "after backpressure the stream is not put back on the ready list", "net/stream.c",
        "    stream->paused = false;\n    stream->waits_memory = false;\n    brink_stream_settle(stream);",
        "    stream->paused = false;\n    stream->waits_memory = false;"),
    "full-read-is-dry": (
        "the readable bit is cleared after a full read", "net/stream.c",
        "bool dry = length < size && !(stream->source.ready", "bool dry = !(stream->source.ready"),
    "rdhup-forgotten": (
        "a short read is taken for dry although a hang-up was seen", "net/stream.c",
        "bool dry = length < size && !(stream->source.ready & BRINK_HANGUP) && !stream->exact;",
        "bool dry = length < size && !stream->exact;"),
    "hup-before-read": (
        "a hang-up ends the stream before it is read", "net/stream.c",
        "    } else if (source->ready & BRINK_READABLE) {",
        "    } else if ((source->ready & BRINK_HANGUP) && !stream->eof) {\n"
        "        take_eof(stream);\n    } else if (source->ready & BRINK_READABLE) {"),
    "fin-before-flush": (
        "the end is sent before what is queued", "net/stream_write.c",
        "!stream->finished && brink_queue_bytes(&stream->out) == 0;", "!stream->finished;"),
    "stale-event": (
        "an event for what was closed reaches whoever has its slot now", "event/loop.c",
        "return source != NULL && source->generation == generation ? source : NULL;",
        "(void)generation;\n    return source;"),
    "oneshot-not-rearmed": (
        "a one-shot that wants more to come is not armed again", "event/loop.c",
        "        place(source, NULL, BRINK_PLACE_NONE);\n    arm_if_silent(loop, source);\n}",
        "        place(source, NULL, BRINK_PLACE_NONE);\n    if (source->want & BRINK_WRITABLE)\n"
        "        arm_if_silent(loop, source);\n}"),
    "short-write-dropped": (
        "what the kernel did not take is dropped", "net/stream_write.c",
        "        brink_queue_append(&stream->out, &stream->io->buffers->segments, bytes, length);",
        "        brink_queue_append(&stream->out, &stream->io->buffers->segments, bytes, 0);"),
    "watermark-not-reopened": (
        "the fall to the low watermark is told to nobody", "net/stream_write.c",
        "    if (before > low && after <= low)\n        return true;\n", ""),
    "emfile-spin": (
        "without descriptors the listener tries again at once", "net/listener.c",
        "        turn_one_away(listener);\n    rest(listener);\n    silence(listener);",
        "        turn_one_away(listener);"),
    "timer-rounded-down": (
        "the idle timeout is a millisecond early", "relay/deadline.c",
        "    if (quiet > idle_ms) {", "    if (quiet + 1 > idle_ms) {"),
    "timer-late": (
        "the idle timeout is five milliseconds late", "relay/deadline.c",
        "return earlier(next, now_ms + (idle_ms - quiet) + 1);",
        "return earlier(next, now_ms + (idle_ms - quiet) + 6);"),
    "length-unchecked": (
        "a length is added up unchecked", "frame/layout.c",
        "    if (__builtin_add_overflow(bytes - less, more, &bytes))\n        return BRINK_FRAME_TOO_LARGE;\n",
        "    bytes = bytes - less + more;\n"),
    "limit-not-reopened": (
        "at the client limit, nobody is let in when others leave", "server/admission.c",
        "    brink_clients_leave(worker->clients);\n    tell_waiting(worker);\n}",
        "    brink_clients_leave(worker->clients);\n}"),
    "gate-not-reopened": (
        "at a listener's client limit, nobody is let in when others leave", "server/admission.c",
        "    brink_clients_leave(&gate->clients);\n    tell_waiting_at(worker, gate);",
        "    brink_clients_leave(&gate->clients);"),
    "rate-not-reopened": (
        "beyond the rate of new clients, nobody is let in later", "server/admission.c",
        "    brink_timer_arm(&entrance->worker->loop.wheel, entrance->again, now_ms + wait_ms);",
        "    (void)entrance->again;"),
    "slowed-forever": (
        "a client that was over its rate is not read again", "relay/meter.c",
        "    meter->until_ms = 0;\n", "    meter->until_ms = now_ms + 50;\n"),
    "slowed-untimed": (
        "no timer is set for a client that is over its rate", "relay/meter.c",
        "    if (until_ms < brink_timer_deadline(session->timer))\n", "    if (until_ms == 0)\n"),
    "gate-leaked": (
        "a place of the listener's is kept when there is none of the server's", "server/admission.c",
        "        return true;\n    leave_gate(worker, gate);\n", "        return true;\n"),
    "place-leaked": (
        "a client who did not come keeps its place", "server/admission.c",
        "    brink_admission_leave(entrance->worker, entrance->branch->gate);", "    tell_waiting(entrance->worker);"),
    "broken-and-paused": (
        "a failed write does not wake who paused for it", "net/stream_write.c",
        "    else if (!stream->ending && after < before && is_low(stream, before, after))",
        "    else if (!stream->ending && stream->broken_errno == 0 && after < before &&\n"
        "             is_low(stream, before, after))"),
    "lost-bytes-end-well": (
        "bytes that memory was lacking for are followed by an end", "relay/session.c",
        " || session->reason == BRINK_REASON_NO_MEMORY)", ")"),
    "cut-frame-ends-well": (
        "a frame that its sender did not finish is followed by an end", "relay/session.c",
        "    if (brink_flow_mid_frame(&from->flow) || session->reason == BRINK_REASON_NO_MEMORY)",
        "    if (session->reason == BRINK_REASON_NO_MEMORY)"),
    "memory-not-told": (
        "memory that is freed wakes nobody", "net/buffers.c",
        "    if (in_use <= buffers->segments.budget - buffers->segments.budget / 8)\n"
        "        brink_buffers_wake_starved(buffers);", "    (void)in_use;"),
    "rest-forever": (
        "who rests for want of the kernel's memory is not woken", "net/buffers.c",
        "    if (brink_timer_deadline(buffers->retry) == BRINK_NEVER)\n"
        "        brink_timer_arm(&buffers->loop->wheel, buffers->retry, buffers->loop->now_ms + REST_MS);",
        "    (void)buffers;"),
    "drained-mid-frame": (
        "a drain does not wait for the end of a frame", "relay/standing.c",
        "        if (brink_queue_bytes(&leg->stream.out) > 0 || brink_flow_unfinished(&leg->flow))",
        "        if (brink_queue_bytes(&leg->stream.out) > 0)"),
    "post-not-signalled": (
        "a post does not wake the loop", "event/post.c",
        "    if (head == NULL) {", "    if (head == NULL && loop->stats.turns == 0) {"),
    "late-wheel": (
        "the wheel says that there is time", "event/loop.c",
        "        uint64_t until_next = next > loop->now_ms ? next - loop->now_ms : 0;",
        "        uint64_t until_next = next > loop->now_ms ? next - loop->now_ms + 5 : 0;"),
    "connect-early": (
        "connecting is given up a millisecond early", "relay/dialing.c",
        "brink_dialings_now(session) + connect_ms + 1;", "brink_dialings_now(session) + connect_ms;"),
    "connect-late": (
        "connecting is given up five milliseconds late", "relay/dialing.c",
        "brink_dialings_now(session) + connect_ms + 1;", "brink_dialings_now(session) + connect_ms + 6;"),
    "frame-early": (
        "the frame timeout is a millisecond early", "relay/deadline.c",
        "return taken > frame_ms ? now_ms", "return taken + 1 > frame_ms ? now_ms"),
    "frame-late": (
        "the frame timeout is five milliseconds late", "relay/deadline.c",
        "now_ms : now_ms + (frame_ms - taken) + 1;", "now_ms : now_ms + (frame_ms - taken) + 6;"),
    "deadline-moves": (
        "a frame begins anew with each of its bytes", "relay/flow.c",
        "    step.began = begins && !brink_flow_at_boundary(flow);",
        "    step.began = !brink_flow_at_boundary(flow);"),
    "still-paused": (
        "a side that is closed while it is paused is counted as paused for ever", "relay/session.c",
        "        brink_figures_relieved(session, brink_session_leg(session, i));", "        ;"),
    "drain-early": (
        "a drain ends before its time", "relay/drain.c",
        "    if (now_ms >= drain->by_ms)", "    if (now_ms + 2 >= drain->by_ms)"),
    "drain-unanswered": (
        "who drains does not wait for replies", "relay/drain.c",
        "    case BRINK_OWED_REPLY:\n        return", "    case BRINK_OWED_REPLY:\n        return 0;\n        return"),
    "drain-queue-lost": (
        "what is lost in a queue at a drain's end is told of the wrong side", "relay/drain_cut.c",
        "brink_figures_cut(session, (enum brink_side)side);",
        "brink_figures_cut(session, BRINK_SIDE_CLIENT);"),
    "timer-leaked": (
        "a session keeps its timer", "relay/session.c",
        "    brink_timer_free(&brink_session_service(session)->io.loop->wheel, session->timer);\n}",
        "    brink_timer_cancel(&brink_session_service(session)->io.loop->wheel, session->timer);\n}"),
    "budget-ignored": (
        "memory that is spent stops nobody", "net/stream.c",
        "if (BRINK_UNLIKELY(brink_segments_spent(&stream->io->buffers->segments))) {", "if (stream->io == NULL) {"),
    "room-beforehand": (
        "room for a frame is taken before its bytes have come", "relay/endpoint.c",
        "endpoint->room == 0 ? PARTIAL_AT_FIRST :", "endpoint->room == 0 ? 16 * PARTIAL_AT_FIRST :"),
    "some-left-out": (
        "a turn serves four, and the others later", "event/loop.c",
        "        run(loop, BRINK_CONTAINER_OF(link, struct brink_source, link));",
        "        struct brink_source *source = BRINK_CONTAINER_OF(link, struct brink_source, link);\n"
        "        if (served < 5) {\n            run(loop, source);\n        } else {\n"
        "            source->place = BRINK_PLACE_NONE;\n            settle(loop, source);\n        }"),
    "events-forgotten": (
        "of the events of a turn the ninth and later are dropped", "event/loop.c",
        "    for (int i = 0; i < count; i++)\n        take_event", "    for (int i = 0; i < count && i < 8; i++)\n        take_event"),
    "room-not-told": (
        "the application is not told that it may send again", "relay/endpoint.c",
        "    if (options->handler->on_writable != NULL)", "    if (options->handler == NULL)"),
    "partial-lost": (
        "a frame that outgrows its room loses its beginning", "relay/endpoint.c",
        "    if (endpoint->have > 0)\n        memcpy", "    if (endpoint->have > room)\n        memcpy"),
    "cut-not-told": (
        "a frame cut within its header is not counted", "relay/session.c",
        "        if (!brink_flow_unfinished(&leg->flow))\n            continue;",
        "        if (!brink_flow_mid_frame(&leg->flow))\n            continue;"),
    "end-not-told": (
        "the application is not told of an end", "relay/endpoint.c",
        "    if (options->handler->on_close != NULL)", "    if (options->handler == NULL)"),
    "pending-forgotten": (
        "what one thread is told of another's session may be cleared by that one", "event/loop.c",
        "        source->pending = (source->pending | event->ready) & 7U;\n        hold(loop, source);",
        "        source->ready |= event->ready;"),
    "held-forgotten": (
        "what was held is not looked at when the session is released", "event/loop.c",
        "        if (held == NULL)\n            break;", "        if (held == NULL || loop->shared)\n            break;"),
    "armed-late": (
        "that a one-shot is armed is noted after the call, when it may have been told", "event/loop.c",
        "        place(source, &loop->unarmed, BRINK_PLACE_UNARMED);\n    }\n}",
        "        place(source, &loop->unarmed, BRINK_PLACE_UNARMED);\n    } else {\n"
        "        source->watch = BRINK_WATCH_ONESHOT_ARMED;\n    }\n}"),
    "claimed-reclaimed": (
        "what is closed is reclaimed although a thread is at it", "event/loop.c",
        "        if (brink_loop_claim(loop, source))\n            return source;",
        "        (void)brink_loop_claim(loop, source);\n        return source;"),
    "run-unclaimed": (
        "a thread runs what another has claimed", "event/loop.c",
        "        if (!brink_loop_claim(loop, source)) {\n            hold(loop, source);\n            continue;\n        }",
        "        (void)brink_loop_claim(loop, source);"),
    "timer-unclaimed": (
        "a timer fires at a session that a thread is at", "relay/session.c",
        "    if (!brink_loop_claim(loop, head)) {", "    if (!brink_loop_claim(loop, head) && head->fd == -2) {"),
    "tried-twice": (
        "a server that has failed is not kept in mind", "relay/dialing.c",
        "        .tried_count = pair->dialing->tried_count,", "        .tried_count = 0,"),
    "tries-unbounded": (
        "one server more is tried than may be", "relay/dialing.c",
        "        if (pair->dialing->tried_count >= tries_of(session)) {",
        "        if (pair->dialing->tried_count > tries_of(session)) {"),
    "tries-cut-short": (
        "the first failure ends it", "relay/dialing.c",
        "        if (pair->dialing->tried_count >= tries_of(session)) {",
        "        if (pair->dialing->tried_count >= 1) {"),
    "wait-not-woken": (
        "who waits is not woken when a place gets free", "relay/waiting.c",
        "    wake_all_kinds(dialings);\n    brink_leave", "    brink_leave"),
    "next-not-woken": (
        "who leaves the queue wakes nobody", "relay/waiting.c",
        "    if (next != NULL) /*", "    if (next == dialing) /*"),
    "wish-not-told": (
        "that somebody waits is told to nobody", "relay/dialing.c",
        "        atomic_store(&brink_dialings_of(session)->watcher.waits, true);\n", ""),
    "queue-jumped": (
        "who comes takes what others wait for", "relay/dialing.c",
        "    return brink_waiting_has_others_first(session) ? brink_fail(EAGAIN) : lease(session);",
        "    return lease(session);"),
    "queue-place-leaked": (
        "who does not wait any more keeps its place in the queue", "relay/waiting.c",
        "    brink_group_leave_queue(dialings->group);\n", ""),
    "waits-too-long": (
        "waiting for a place is given up five milliseconds late", "relay/waiting.c",
        "brink_dialings_now(session) + queue_ms + 1;", "brink_dialings_now(session) + queue_ms + 6;"),
    "connect-once-for-all": (
        "the time to connect is counted once for all tries", "relay/dialing.c",
        "        pair->dialing->due_ms =\n            connect_ms == 0 ? BRINK_NEVER",
        "        pair->dialing->due_ms =\n            pair->dialing->tried_count > 0 ? pair->dialing->due_ms\n"
        "            : connect_ms == 0 ? BRINK_NEVER"),
    "lease-leaked": (
        "a session that ends keeps its lease", "relay/pair.c",
        "    brink_dialing_release(session);\n    brink_greeting_end", "    brink_greeting_end"),
    "down-leased": (
        "a server that is down gets connections", "upstream/group_lease.c",
        "           brink_target_state_of(member->target) == state && !was_tried(pick, member->target);",
        "           (brink_target_state_of(member->target) == state ||\n"
        "            brink_target_state_of(member->target) == BRINK_TARGET_DOWN) &&\n"
        "           !was_tried(pick, member->target);"),
    "one-too-many": (
        "a server gets one connection more than it may", "upstream/group_lease.c",
        "|| connections < member->max_connections;", "|| connections <= member->max_connections;"),
    "rehomed-unanswered": (
        "a client gets another server although a request is unanswered", "relay/rehome.c",
        "           client->flow.frames == upstream->flow.frames;", "           client->flow.frames >= upstream->flow.frames;"),
    "rehomed-mid-frame": (
        "a client gets another server within a frame", "relay/rehome.c",
        "    return brink_flow_at_boundary(&client->flow) && brink_flow", "    return brink_flow"),
    "stays-at-gone": (
        "nobody leaves a server that is down", "relay/leave.c",
        "        brink_service_each(service, leave_server, options);", "        (void)service;"),
    "stays-at-new": (
        "who is just connected stays at a server that has gone down meanwhile", "relay/dialing.c",
        "    else if (brink_leave_is_due(session) || brink_target_is_drained(target))\n        pass_over(session);\n",
        "    else if (brink_target_is_drained(target))\n        pass_over(session);\n"),
    "signal-without-baton": (
        "a thread that signals waits for the baton, with a lock", "event/baton.c",
        "    const struct brink_sys *sys = ((struct brink_baton *)kernel)->under;\n    return sys->ops->wakeup_signal(sys->context, fd);",
        "    struct brink_baton *baton = kernel;\n    bool mine = lay_down(baton);\n"
        "    int result = baton->under->ops->wakeup_signal(baton->under->context, fd);\n"
        "    take_up(baton, mine);\n    return result;"),
    "all-behind-refused": (
        "who has been refused waits behind those that have not", "relay/waiting.c",
        "    if (dialing->tried_count > 0)\n        return false;\n    const struct brink_dialing *first",
        "    const struct brink_dialing *first"),
    "refused-not-woken": (
        "who has been refused is not woken when a place gets free", "relay/waiting.c",
        "        if (dialing == first || dialing->tried_count > 0)", "        if (dialing == first)"),
    "queue-jumps": (
        "new bytes overtake what is queued", "net/stream_write.c",
        "    if (length > 0 && queued == brink_queue_sendable(&stream->out)) {",
        "    if (length > 0 && count > 1) {\n        count = 0;\n        queued = 0;\n        asked = 0;\n"
        "    }\n    if (length > 0 && queued == 0) {"),
}


def planted(name):
    _, path, old, new = MUTANTS[name]
    text = (SOURCES / path).read_text()
    if text.count(old) != 1:
        sys.exit(f"mutant {name}: its place in src/{path} is there {text.count(old)} times, not once:\n{old}")
    return text.replace(old, new)


def run_one(folder, name):
    command = [f"{folder}/sim_{name}", "--seconds", str(SECONDS), "--first", "1", "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS * 3)
    said = (done.stdout + done.stderr).strip().splitlines()
    return done.returncode != 0, said[-1] if said else "it crashed"


def run(folder):
    survivors = 0
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        for name, (caught, said) in zip(MUTANTS, pool.map(lambda name: run_one(folder, name), MUTANTS)):
            print(f"{name:24} {'caught' if caught else 'SURVIVES'}  {said}"[:150], flush=True)
            survivors += not caught
    print(f"{len(MUTANTS) - survivors} of {len(MUTANTS)} planted faults caught")
    return 1 if survivors else 0


def main(arguments):
    match arguments:
        case ["list"]:
            print(";".join(MUTANTS), end="")
        case ["check"]:
            for name in MUTANTS:
                planted(name)
        case ["file", name]:
            print(MUTANTS[name][1], end="")
        case ["write", name, path]:
            pathlib.Path(path).write_text(planted(name))
        case ["run", folder]:
            return run(folder)
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
