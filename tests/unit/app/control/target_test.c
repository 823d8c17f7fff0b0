/* Words become what is asked; words that mean nothing are told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "app/control/target.h"

static struct brink_control_target target;
static struct brink_message why;

static const char *make(struct brink_control_options *options, const char *a, const char *b,
                        const char *c)
{
    const char *words[] = {a, b, c};
    options->count = 0;
    for (size_t i = 0; i < 3; i++) {
        options->words[i] = words[i];
        options->count += words[i] != NULL;
    }
    return brink_failed(brink_control_target_make(&target, options, &why)) ? NULL : target.text;
}

static void assert_makes(enum brink_control_kind kind, const char *a, const char *b,
                         const char *text)
{
    struct brink_control_options options = {.kind = kind};
    assert_string_equal(make(&options, a, b, NULL), text);
    assert_int_equal(target.post, kind != BRINK_CONTROL_SHOW);
}

static void assert_tells(enum brink_control_kind kind, const char *a, const char *b, const char *c,
                         const char *part)
{
    struct brink_control_options options = {.kind = kind};
    assert_null(make(&options, a, b, c));
    if (strstr(why.text, part) == NULL)
        fail_msg("not \"%s\" but \"%s\"", part, why.text);
}

static void views_have_their_endpoints(void **state)
{
    (void)state;
    assert_makes(BRINK_CONTROL_SHOW, NULL, NULL, "/stats.json");
    assert_int_equal(target.view, BRINK_CONTROL_SUMMARY);
    assert_makes(BRINK_CONTROL_SHOW, "servers", NULL, "/stats.json");
    assert_int_equal(target.view, BRINK_CONTROL_SERVERS);
    assert_makes(BRINK_CONTROL_SHOW, "errors", NULL, "/errors.json");
    assert_makes(BRINK_CONTROL_SHOW, "clients", NULL, "/clients.json");
    assert_makes(BRINK_CONTROL_SHOW, "clients", "a b&c=%",
                 "/clients.json?listener=a%20b%26c%3D%25");
    assert_int_equal(target.view, BRINK_CONTROL_CLIENTS);
    struct brink_control_options options = {.kind = BRINK_CONTROL_SHOW, .limit = "5"};
    assert_string_equal(make(&options, "clients", "l", NULL), "/clients.json?listener=l&limit=5");
    assert_null(make(&options, "servers", NULL, NULL));
    assert_tells(BRINK_CONTROL_SHOW, "server", NULL, NULL, "servers");
    assert_tells(BRINK_CONTROL_SHOW, "servers", "x", NULL, "\"x\" is one word too many");
}

static void commands_have_theirs(void **state)
{
    (void)state;
    assert_makes(BRINK_CONTROL_DRAIN, "all", NULL, "/drain");
    assert_makes(BRINK_CONTROL_DRAIN, "listener", "front", "/drain?listener=front");
    assert_makes(BRINK_CONTROL_DRAIN, "server", "u/unix:/run/x",
                 "/drain?upstream=u&server=unix%3A%2Frun%2Fx");
    assert_makes(BRINK_CONTROL_DRAIN, "client", "1f", "/drain?client=1f");
    assert_makes(BRINK_CONTROL_UNDRAIN, "listener", "l", "/undrain?listener=l");
    assert_makes(BRINK_CONTROL_UNDRAIN, "server", "u/s", "/undrain?upstream=u&server=s");
    assert_makes(BRINK_CONTROL_WEIGHT, "u/s", "0", "/weight?upstream=u&server=s&weight=0");
    assert_makes(BRINK_CONTROL_CLOSE, "ab", NULL, "/close?client=ab");
    assert_makes(BRINK_CONTROL_RELOAD, NULL, NULL, "/reload");
    assert_makes(BRINK_CONTROL_UPGRADE, NULL, NULL, "/upgrade");
    assert_makes(BRINK_CONTROL_LOG, "warn", NULL, "/log?level=warn");
    assert_makes(BRINK_CONTROL_STOP, NULL, NULL, "/drain");
    struct brink_control_options options = {
        .kind = BRINK_CONTROL_STOP, .policy = "now", .timeout = "3s", .spread = "1s"};
    assert_string_equal(make(&options, NULL, NULL, NULL), "/drain?policy=now&timeout=3s&spread=1s");
    options.kind = BRINK_CONTROL_DRAIN;
    assert_string_equal(make(&options, "listener", "l", NULL),
                        "/drain?listener=l&policy=now&timeout=3s&spread=1s");
    struct brink_control_options now = {.kind = BRINK_CONTROL_CLOSE, .now = true};
    assert_string_equal(make(&now, "ab", NULL, NULL), "/close?client=ab&now=yes");
}

static void what_means_nothing_is_told(void **state)
{
    (void)state;
    assert_tells(BRINK_CONTROL_DRAIN, NULL, NULL, NULL, "drain what? write listener NAME, server");
    assert_tells(BRINK_CONTROL_DRAIN, "front", NULL, NULL, "drain what?");
    assert_tells(BRINK_CONTROL_DRAIN, "listener", NULL, NULL, "which listener?");
    assert_tells(BRINK_CONTROL_DRAIN, "server", "u", NULL, "write UPSTREAM/SERVER");
    assert_tells(BRINK_CONTROL_DRAIN, "server", "/s", NULL, "write UPSTREAM/SERVER");
    assert_tells(BRINK_CONTROL_DRAIN, "server", "u/", NULL, "write UPSTREAM/SERVER");
    assert_tells(BRINK_CONTROL_DRAIN, "client", NULL, NULL, "which client?");
    assert_tells(BRINK_CONTROL_DRAIN, "client", "x", NULL, "is no client's id");
    assert_tells(BRINK_CONTROL_DRAIN, "all", "x", NULL, "\"x\" is one word too many");
    assert_tells(BRINK_CONTROL_DRAIN, "listener", "l", "x", "\"x\" is one word too many");
    assert_tells(BRINK_CONTROL_UNDRAIN, "all", NULL, NULL, "undrain what? write listener NAME, or");
    assert_tells(BRINK_CONTROL_WEIGHT, "u/s", NULL, NULL, "which weight?");
    assert_tells(BRINK_CONTROL_WEIGHT, "u/s", "257", NULL, "weight: ");
    assert_tells(BRINK_CONTROL_WEIGHT, NULL, NULL, NULL, "which server?");
    assert_tells(BRINK_CONTROL_CLOSE, NULL, NULL, NULL, "which client?");
    assert_tells(BRINK_CONTROL_LOG, NULL, NULL, NULL, "unknown level");
    assert_tells(BRINK_CONTROL_RELOAD, "x", NULL, NULL, "one word too many");
    char endless[BRINK_CONTROL_TARGET_MAX];
    memset(endless, '/', sizeof endless - 1);
    endless[sizeof endless - 1] = '\0';
    assert_tells(BRINK_CONTROL_DRAIN, "listener", endless, NULL, "the names are too long");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(views_have_their_endpoints),
        cmocka_unit_test(commands_have_theirs),
        cmocka_unit_test(what_means_nothing_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
