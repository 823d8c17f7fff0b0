/* tests/faults/scene.h - a short scripted session, stepped by the test: a worker that serves a
 * bystander, then a victim, then one who comes later; and what must hold whatever fails. */
#ifndef BRINK_TESTS_SCENE_H
#define BRINK_TESTS_SCENE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the above first */
#include <cmocka.h>

#include "faults/failing_sys.h"
#include "server/worker.h"
#include "support/counting_source.h"

struct scene {
    const struct brink_service_kind *kind;
    enum brink_arming arming;
    struct failing_sys sys; /* of the worker that is tested */
    struct counting_source memory;
    struct failing_sys healthy; /* of the upstream */
    struct counting_source upstream_memory;
    struct brink_worker worker, upstream;
    struct brink_service_options options, upstream_options;
    struct brink_clients clients, upstream_clients;
    struct brink_address bound;
    bool open;
    unsigned closes; /* lines in the worker's log */
    unsigned refusals;
    int refusing; /* a socket at whose address nobody listens; -1: none */
    int files;    /* descriptors open before */
};

/* The upstream, an echo, where the kind needs one; it may have another server, which refuses and
 * would be the first's turn. */
void scene_prepare(struct scene *scene, const struct brink_service_kind *kind,
                   enum brink_arming arming, bool with_refusing);

/* The worker, listening. False if the kernel or the memory would not have it: nothing is held. */
bool scene_open(struct scene *scene);

/* A client that is connected; fails the test if it cannot be. */
int scene_connect(struct scene *scene);

/* Nothing fails any more. */
void scene_calm(struct scene *scene);

enum scene_outcome {
    SCENE_SERVED, /* each byte came back, then the end */
    SCENE_ENDED,  /* some came back, then an end or a reset */
};

/* Sends frames, a large one among them, reads the replies, ends, and reads the end. Any other than
 * the right bytes, or nothing at all for long, fails the test. */
enum scene_outcome scene_visit(struct scene *scene, int fd);

/* A frame there and back; fails the test if that does not happen. */
void scene_echo(struct scene *scene, int fd);

/* Stops and takes down everything, and checks that nothing is left over. */
void scene_close(struct scene *scene);

#endif
