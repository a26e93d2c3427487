"""Load by wrk, and what it costs the processes of a server."""

from __future__ import annotations

import json
import os
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from running import Running

from .workloads import JSON, Workload

TICK = 1 / os.sysconf("SC_CLK_TCK")  # seconds, the unit of /proc

# What wrk prints by itself is for people; the last line is for this program.
SCRIPT = """
wrk.method, wrk.body = "%s", [[%s]]
wrk.headers["Content-Type"] = "%s"
function done(summary, latency, requests)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.timeout + errors.status
  print(string.format("[%%d, %%d, %%d]", summary.requests, summary.duration, failed))
end
"""


@dataclass(frozen=True)
class Round:
    """What came of a workload in a round.

    :param seconds: that it took.
    :param failed: answers of 400 and above, and errors of sockets.
    :param cpu: seconds that the processes of the server were at work, system included.
    """

    requests: int
    seconds: float
    failed: int
    cpu: float

    @property
    def cost(self) -> float:
        """Microseconds of the server's CPU a request."""
        return self.cpu / self.requests * 1e6 if self.requests else float("inf")

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds


def load(server: Running, workload: Workload, clients: int, seconds: int, folder: Path) -> Round:
    """Send a workload again and again.

    :param clients: each of which waits for an answer before it asks again.
    :param folder: for wrk's script.
    :raises subprocess.CalledProcessError: wrk cannot connect.
    """
    script = folder / "wrk.lua"
    method = "GET" if workload.text is None else "POST"
    script.write_text(SCRIPT % (method, workload.body.decode(), JSON))
    options = ["--threads", "1", "--connections", f"{clients}", "--duration", f"{seconds}s"]
    url = f"http://127.0.0.1:{server.port}{workload.path}"
    before = cpu(server.process.pid)
    done = subprocess.run(
        ["wrk", *options, "--script", str(script), url],
        stdout=subprocess.PIPE,
        check=True,
        timeout=seconds + 30,
    )
    spent = cpu(server.process.pid) - before
    requests, microseconds, failed = json.loads(done.stdout.splitlines()[-1])
    return Round(requests, microseconds / 1e6, failed, spent)


def cpu(session: int) -> float:
    """Return the seconds that the processes of a session have been at work.

    :param session: its id, which is that of the process that began it.
    """
    return TICK * sum(_ticks(process, session) for process in Path("/proc").glob("[0-9]*"))


def _ticks(process: Path, session: int) -> int:
    with suppress(FileNotFoundError, ProcessLookupError):  # it has just ended
        # Behind the name of the program, in which there may be spaces.
        fields = (process / "stat").read_text().rpartition(")")[2].split()
        if int(fields[3]) == session:
            return sum(map(int, fields[11:15]))  # its own, and of its children that have ended
    return 0
