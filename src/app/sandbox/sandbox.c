#include "app/sandbox/sandbox.h"

#include <stdio.h>
#include <unistd.h>

#include "app/sandbox/landlock.h"
#include "app/sandbox/seccomp.h"
#include "base/log.h"

/* What a sanitizer, valgrind or a coverage run adds to the program makes calls of its own. */
#ifdef BRINK_SANDBOX
enum { BUILT_IN = true };
#else
enum { BUILT_IN = false };
#endif

brink_result brink_sandbox_open(struct brink_sandbox *sandbox,
                                const struct brink_sandbox_options *options,
                                struct brink_message *why)
{
    sandbox->options = *options;
    brink_result opened = brink_user_find(&sandbox->user, options->user, options->group, why);
    if (options->user != NULL)
        (void)snprintf(sandbox->name, sizeof sandbox->name, "%s", options->user);
    else
        (void)brink_user_self(sandbox->name, sizeof sandbox->name);
    if (!brink_failed(opened))
        opened = brink_paths_add_system(&sandbox->paths);
    return opened;
}

brink_result brink_sandbox_enter(void *context, struct brink_message *why)
{
    struct brink_sandbox *sandbox = context;
    brink_result entered = brink_user_become(&sandbox->user, &sandbox->paths, why);
    if (brink_failed(entered) || sandbox->options.off || !BUILT_IN)
        return entered;
    brink_landlock_enter(&sandbox->paths, BRINK_LANDLOCK_NEWEST, &sandbox->landlock,
                         &sandbox->no_landlock);
    entered = brink_seccomp_enter(&sandbox->seccomp, &sandbox->no_seccomp);
    if (brink_failed(entered))
        *why = sandbox->no_seccomp;
    return entered;
}

static void log_lack(struct brink_logger *logger, const char *part,
                     const struct brink_message *reason)
{
    char quoted[400];
    brink_logger_print(logger, BRINK_LOG_WARN, "event=sandbox-incomplete lacks=%s reason=%s", part,
                       brink_log_quote(reason->text, quoted, sizeof quoted));
}

void brink_sandbox_log(const struct brink_sandbox *sandbox, struct brink_logger *logger)
{
    char user[160];
    char landlock[16] = "no";
    bool wanted = !sandbox->options.off && BUILT_IN;
    if (sandbox->landlock > 0)
        (void)snprintf(landlock, sizeof landlock, "%u", sandbox->landlock);
    brink_logger_print(logger, BRINK_LOG_INFO, "event=sandbox seccomp=%s landlock=%s user=%s%s",
                       sandbox->seccomp ? "yes" : "no", landlock,
                       brink_log_quote(sandbox->name, user, sizeof user),
                       sandbox->options.off ? " reason=no-sandbox"
                       : BUILT_IN           ? ""
                                            : " reason=instrumented-build");
    if (wanted && !sandbox->seccomp)
        log_lack(logger, "seccomp", &sandbox->no_seccomp);
    if (wanted && sandbox->landlock == 0)
        log_lack(logger, "landlock", &sandbox->no_landlock);
    if (sandbox->options.warns && geteuid() == 0)
        brink_logger_print(logger, BRINK_LOG_WARN,
                           "event=root-stays advice=\"write user = NAME into the configuration, or "
                           "have the service manager start brink as a user of its own\"");
}

bool brink_sandbox_allows(const struct brink_sandbox *sandbox, const struct brink_paths *wanted,
                          struct brink_message *why)
{
    return sandbox->landlock == 0 || brink_paths_cover(&sandbox->paths, wanted, why);
}

void brink_sandbox_close(struct brink_sandbox *sandbox)
{
    brink_paths_free(&sandbox->paths);
}
