"""The dashboard and the alert rules: each metric and label that they name is one that brink has."""

import json
import pathlib
import re
import subprocess
import tempfile
import unittest

import harness
from admin_test import Scraped, ask
from programs import echo_bytes
from settings import TEST_LIMIT

SHARE = pathlib.Path(__file__).resolve().parents[2] / "src/app/share"
DASHBOARD = SHARE / "grafana/brink.json"
RULES = SHARE / "prometheus/brink.rules.yml"
OF_PROMETHEUS = {"job", "instance"}  # labels that it adds


def strings(value):
    """All texts of a JSON value but its keys."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for each in value.values() if isinstance(value, dict) else value:
            yield from strings(each)


def names_of(text):
    return set(re.findall(r"\bbrink_[a-z_]+", text))


def labels_of(text):
    """By which expressions choose and group, and which the words of legends and alerts show."""
    found = set(re.findall(r'([a-z_]+)(?:=~|!=|!~|=)"', text))
    for group in re.findall(r"\bby \(([a-z_, ]+)\)", text):
        found |= set(group.split(", "))
    found |= set(re.findall(r"{{ ?\$labels\.([a-z_]+)", text))
    found |= set(re.findall(r"{{([a-z_]+)}}", text))
    found |= set(re.findall(r"label_values\(.*, ([a-z_]+)\)", text))
    return found


class Names(Scraped):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dashboard = json.loads(DASHBOARD.read_text("utf-8"))
        cls.rules = RULES.read_text("utf-8")

    def exposed(self):
        """The names of metrics, and of labels, of a program that has everything."""
        server = self.upstream(echo_bytes)
        program = self.start_with_admin(
            'listener "front" { address = 127.0.0.1:0; upstream = pair }\n'
            f'upstream "pair" {{ server "one" {{ address = {server.address} }} }}\n')
        metrics = self.metrics(program)
        return ({name for name, _ in metrics},
                {label for _, labels in metrics for label, _ in labels} | OF_PROMETHEUS)

    def test_all_are_there(self):
        names, labels = self.exposed()
        for what, text in (("dashboard", "\n".join(strings(self.dashboard))), ("rules", self.rules)):
            with self.subTest(what):
                self.assertGreater(len(names_of(text)), 10)
                self.assertEqual(names_of(text) - names, set())
                self.assertEqual(labels_of(text) - labels, set())

    def test_each_metric_is_described_once(self):
        program = self.start_with_admin(
            'listener "e" { address = 127.0.0.1:0; service = echo }\n')
        _, _, body = ask(program.admin, "/metrics")
        described = re.findall(r"# HELP (\S+)", body.decode())
        self.assertEqual(len(described), len(set(described)))

    def test_the_dashboard_can_be_imported(self):
        panels = self.dashboard["panels"]
        ids = [panel["id"] for panel in panels]
        self.assertEqual(len(ids), len(set(ids)))
        taken = set()
        for panel in panels:
            place = panel["gridPos"]
            squares = {(x, y) for x in range(place["x"], place["x"] + place["w"])
                       for y in range(place["y"], place["y"] + place["h"])}
            self.assertFalse(squares & taken, panel["title"])
            self.assertTrue(all(x < 24 for x, _ in squares), panel["title"])
            taken |= squares
            for target in panel.get("targets", ()):
                self.assertEqual(target["datasource"]["uid"], "${datasource}")
        rows = [panel["title"] for panel in panels if panel["type"] == "row"]
        self.assertEqual(rows, ["Overview", "Listeners", "Frames", "Upstreams", "Workers"])
        self.assertEqual([each["name"] for each in self.dashboard["templating"]["list"]],
                         ["datasource", "job", "instance", "listener", "upstream"])


@harness.needs("promtool")
class Rules(unittest.TestCase):
    def promtool(self, *arguments):
        done = subprocess.run(["promtool", *arguments], capture_output=True, text=True,
                              timeout=TEST_LIMIT, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_they_are_rules(self):
        self.promtool("check", "rules", RULES)

    def test_the_dashboard_asks_in_promql(self):
        """As rules that record, each of its questions must parse."""
        panels = json.loads(DASHBOARD.read_text("utf-8"))["panels"]
        asked = [target["expr"] for panel in panels for target in panel.get("targets", ())]
        self.assertGreater(len(asked), 40)
        asked = [re.sub(r"\$__rate_interval", "1m", each) for each in asked]
        rules = [{"record": f"asked:{number}", "expr": each} for number, each in enumerate(asked)]
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "asked.yml")
            path.write_text(json.dumps({"groups": [{"name": "asked", "rules": rules}]}))
            self.promtool("check", "rules", path)

    def test_they_fire_when_they_should(self):
        self.promtool("test", "rules", pathlib.Path(__file__).with_name("brink_rules.yml"))


if __name__ == "__main__":
    harness.main()
