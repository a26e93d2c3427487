"""A process with one contestant, which works when it is told to: the other end of `workers`.

Run as ``python -m benchmarks.performance.worker CONTESTANT``. A line of JSON on its input names a
verb and a workload; a line of JSON on its output answers.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from io import BytesIO
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Any

from .contestants import ALONE, CONTESTANTS
from .workloads import Workload

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

WARM = 0.1  # seconds


class Answer:
    """A server's side of a request; it keeps what the last one was answered with.

    :param app: what answers.
    """

    def __init__(self, app: WSGIApplication, workload: Workload) -> None:
        self.app = app
        self.environ = workload.environ()
        self.sent = workload.body
        self.expected = workload.status
        self.status = ""
        self.headers: list[tuple[str, str]] = []

    def start_response(self, status: str, headers: list[tuple[str, str]], *_: object) -> Any:
        self.status, self.headers = status, headers

    def ask(self) -> list[bytes]:
        """Make the request once, as a server does that sends its whole body."""
        environ = self.environ.copy()
        environ["wsgi.input"] = BytesIO(self.sent)
        body = self.app(environ, self.start_response)
        parts = list(body)
        if close := getattr(body, "close", None):
            close()
        return parts

    def check(self) -> None:
        if not self.status.startswith(str(self.expected)):
            raise RuntimeError(f"{self.status} in place of {self.expected}")

    def run(self, times: int) -> dict[str, float]:
        """Return the seconds that a number of requests took: of the clock, and of this CPU."""
        cpu, wall = process_time(), perf_counter()
        for _ in range(times):
            self.ask()
        wall, cpu = perf_counter() - wall, process_time() - cpu
        self.check()
        return {"wall": wall, "cpu": cpu}

    def warm(self) -> dict[str, float]:
        """Return how long one request takes, roughly."""
        self.ask()
        self.check()
        times, began = 0, perf_counter()
        while times < 3 or perf_counter() - began < WARM:
            self.ask()
            times += 1
        return {"seconds": (perf_counter() - began) / times}

    def show(self) -> dict[str, Any]:
        body = b"".join(self.ask())
        return {"status": self.status, "headers": self.headers, "body": body.decode()}


def main() -> None:
    url = os.environ["SQLALCHEMY_URL"]
    contestant = (CONTESTANTS | ALONE)[sys.argv[1]]
    answers: dict[Workload, Answer] = {}
    app: WSGIApplication | None = None
    for line in sys.stdin:
        told = json.loads(line)
        try:
            app = app or contestant.create_app(url)
            workload = Workload(**told["workload"])
            if workload not in answers:
                answers[workload] = Answer(app, workload)
            answer = answers[workload]
            match told["verb"]:
                case "warm":
                    result: dict[str, Any] = answer.warm()
                case "run":
                    result = answer.run(told["times"])
                case _:
                    result = answer.show()
        except Exception:
            result = {"failed": traceback.format_exc()}
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
