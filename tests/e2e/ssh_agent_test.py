"""brink relay in front of a real ssh-agent, over unix sockets on both sides."""

import os
import subprocess

import harness
from harness import needs
from programs import wait_until


@needs("ssh-agent", "ssh-add", "ssh-keygen")
class SshAgent(harness.TestCase):
    def setUp(self):
        self.work = self.folder()
        self.direct = str(self.work / "agent")
        agent = subprocess.Popen(["ssh-agent", "-D", "-a", self.direct], stdin=subprocess.DEVNULL,
                                 stdout=subprocess.DEVNULL)
        self.addCleanup(agent.wait, 20)
        self.addCleanup(agent.kill)
        wait_until(lambda: os.path.exists(self.direct), "ssh-agent to listen")
        self.relayed = str(self.work / "relay")
        self.program = self.relay(f"unix:{self.direct}", "--frame", "ssh-agent",
                                  listen=f"unix:{self.relayed}")
        self.keys = []
        for kind, bits in (("ed25519", 256), ("rsa", 2048), ("ecdsa", 521)):
            key = self.work / kind
            self.command("ssh-keygen", "-q", "-t", kind, "-b", bits, "-N", "", "-C", kind,
                         "-f", key)
            self.keys.append(key)

    def ask(self, agent, *words, check=True):
        return self.command(*words, env={**os.environ, "SSH_AUTH_SOCK": agent}, check=check)

    def frames(self, count):
        closes = self.program.wait_for_logs(count, event="close")
        for close in closes:
            self.assertEqual(close["reason"], "client-closed")
            self.assertEqual(close["client_frames"], close["upstream_frames"])
        return sum(int(close["client_frames"]) for close in closes)

    def test_add_list_remove(self):
        self.ask(self.relayed, "ssh-add", "-q", *self.keys)
        listed = self.ask(self.direct, "ssh-add", "-l").stdout
        self.assertEqual(len(listed.splitlines()), len(self.keys))
        self.assertEqual(self.ask(self.relayed, "ssh-add", "-l").stdout, listed)
        self.assertEqual(self.ask(self.relayed, "ssh-add", "-L").stdout,
                         self.ask(self.direct, "ssh-add", "-L").stdout)
        self.ask(self.relayed, "ssh-add", "-q", "-D")
        self.assertIn("no identities", self.ask(self.direct, "ssh-add", "-l", check=False).stdout)
        self.assertGreaterEqual(self.frames(4), 6)

    def test_sign(self):
        """An ed25519 signature is the same each time; those of the others must be good."""
        self.ask(self.direct, "ssh-add", "-q", *self.keys)
        message = self.work / "message"
        for key in self.keys:
            signatures = []
            for agent in (self.direct, self.relayed):
                message.write_text("something to sign")
                (self.work / "message.sig").unlink(missing_ok=True)
                self.ask(agent, "ssh-keygen", "-q", "-Y", "sign", "-n", "file", "-f",
                         f"{key}.pub", message)
                signatures.append((self.work / "message.sig").read_text())
                self.assertIn("Good", self.verified(message))
            if key.name == "ed25519":
                self.assertEqual(*signatures)
        self.assertGreaterEqual(self.frames(3), 3)

    def verified(self, message):
        with open(message, encoding="ascii") as text:
            return self.command("ssh-keygen", "-Y", "check-novalidate", "-n", "file", "-s",
                                f"{message}.sig", stdin=text).stdout


if __name__ == "__main__":
    harness.main()
