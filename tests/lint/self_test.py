"""Each rule finds what it is for, and leaves alone what it should."""

import unittest

import rules


def told(rule, path, text):
    return [what for _, what in rule(path, text)]


class Rules(unittest.TestCase):
    def test_includes_point_down(self):
        self.assertTrue(told(rules.includes, "src/net/x.c", '#include "relay/flow.h"\n'))
        self.assertTrue(told(rules.includes, "src/net/x.c", '#include "flow.h"\n'))
        self.assertFalse(told(rules.includes, "src/net/x.c", '#include "event/loop.h"\n'))
        self.assertFalse(told(rules.includes, "src/net/x.c", '#include "brink/server.h"\n'))

    def test_the_program_is_over_the_public_api(self):
        self.assertTrue(told(rules.includes, "src/app/x.c", '#include "relay/flow.h"\n'))
        self.assertFalse(told(rules.includes, "src/app/x.c", '#include "net/address.h"\n'))

    def test_sizes(self):
        self.assertTrue(told(rules.sizes, "src/net/x.c", "\n" * 401))
        self.assertFalse(told(rules.sizes, "src/net/x.c", "\n" * 400))
        self.assertTrue(told(rules.sizes, "src/net/x.c", "f()\n{\n" + " x;\n" * 71 + "}\n"))
        self.assertFalse(told(rules.sizes, "src/net/x.c", "f()\n{\n" + " x;\n" * 70 + "}\n"))

    def test_banned_calls(self):
        self.assertTrue(told(rules.calls, "src/app/x.c", "strcpy(a, b);"))
        self.assertTrue(told(rules.calls, "src/net/x.c", "n = recv(fd, b, 1, 0);"))
        self.assertTrue(told(rules.calls, "src/app/x.c", "n = recv(fd, b, 1, 0);"))
        self.assertTrue(told(rules.calls, "src/net/x.c", "p = malloc(1);"))
        self.assertFalse(told(rules.calls, "src/config/x.c", "p = malloc(1);"))
        self.assertTrue(told(rules.calls, "src/config/x.c", "n = read(fd, b, 1);"))
        self.assertFalse(told(rules.calls, "src/sys/sys.c", "n = recv(fd, b, 1, 0);"))
        self.assertFalse(told(rules.calls, "src/sys/files.c", "n = read(fd, b, 1);"))
        self.assertTrue(told(rules.calls, "src/sys/files.c", "n = recv(fd, b, 1, 0);"))
        self.assertFalse(told(rules.calls, "src/net/x.c", "n = sys->ops->recv(fd, b, 1);"))
        self.assertFalse(told(rules.calls, "src/net/x.c", "/* recv(2) */ char *s = \"recv(\";"))

    def test_each_source_has_a_test(self):
        self.assertTrue(told(lambda p, _: rules.unit_test(p), "src/net/nothing_like_it.c", ""))
        self.assertFalse(told(lambda p, _: rules.unit_test(p), "src/relay/flow.c", ""))


if __name__ == "__main__":
    unittest.main(verbosity=0)
