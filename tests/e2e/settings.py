"""What the environment says: BRINK (the program), BRINK_EXAMPLES (folder of the example programs),
BRINK_SANITIZED=1 (a sanitizer build: five times the patience, no figures about memory),
BRINK_DISPATCH=shared (every echo and relay runs so, with three workers)."""

import os
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
BRINK = os.environ.get("BRINK", str(ROOT / "build" / "release" / "brink"))
EXAMPLES = pathlib.Path(os.environ.get("BRINK_EXAMPLES", ROOT / "build" / "release" / "examples"))
SANITIZED = os.environ.get("BRINK_SANITIZED") == "1"
PATIENCE = 5 if SANITIZED else 1
TEST_LIMIT = 60 * PATIENCE  # seconds that one test may take
WAIT = 10 * PATIENCE        # seconds that anything expected may take
SHARED = os.environ.get("BRINK_DISPATCH") == "shared"
DISPATCH = ("--workers", 3, "--dispatch", "shared") if SHARED else ()
