"""A receiver in a separate process, which is killed at its first request: `python receiver_process.py`."""

import os
import signal
from http.server import BaseHTTPRequestHandler, HTTPServer


class Handler(BaseHTTPRequestHandler):
    """Reads a request, and dies before it has answered."""

    def do_POST(self) -> None:
        """Read the request and die."""
        self.rfile.read(int(self.headers["content-length"]))
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    server = HTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_port, flush=True)  # noqa: T201 - the test reads it
    server.serve_forever()
