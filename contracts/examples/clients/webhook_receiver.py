"""Receives alerts as webhooks, verifies them and prints one line per alert. Python 3.11 or later, no packages.

Set WEBHOOK_SECRET to the secret of the subscription (whsec_…) and run `python webhook_receiver.py [PORT]`.
"""

import base64
import hashlib
import hmac
import json
import os
import sys
import time
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MOST_BYTES = 16 * 1024 * 1024
TOLERANCE_SECONDS = 5 * 60
SEEN: set[str] = set()
"""Use a database: an alert can arrive more than once, always with the same webhook-id."""


def is_authentic(headers: Message, body: bytes, key: bytes) -> bool:
    """Verify a signature of Standard Webhooks 1.0, which covers id, time and body. A rotated secret gives two."""
    identity, moment = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not moment.isdecimal() or abs(time.time() - int(moment)) > TOLERANCE_SECONDS:
        return False
    digest = hmac.digest(key, f"{identity}.{moment}.".encode() + body, hashlib.sha256)
    expected = b"v1," + base64.b64encode(digest)
    given = headers.get("webhook-signature", "").encode().split()
    return any(hmac.compare_digest(expected, signature) for signature in given)


class Receiver(BaseHTTPRequestHandler):
    """Answers 204 when an alert has been processed; the gateway tries again after any other answer but 410."""

    key = b""

    def do_POST(self) -> None:
        """Verify and process one webhook."""
        length = int(self.headers.get("content-length", 0))
        if length > MOST_BYTES:
            self.send_error(413)
            return
        body = self.rfile.read(length)
        if not is_authentic(self.headers, body, self.key):
            self.send_error(401)
            return
        if self.headers["webhook-id"] not in SEEN:
            process(json.loads(body))
            SEEN.add(self.headers["webhook-id"])
        self.send_response(204)
        self.end_headers()


def process(event: dict[str, object]) -> None:
    """Print an alert. Events of other types, such as a test, are accepted and ignored."""
    if event["type"] == "insidertape.holding_changed.v1":
        alert = event["data"]
        assert isinstance(alert, dict)
        print(alert["alert_id"], alert["owner"]["name"], alert["kind"], alert["position"]["security_title"], flush=True)


if __name__ == "__main__":
    Receiver.key = base64.b64decode(os.environ["WEBHOOK_SECRET"].removeprefix("whsec_"))
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 9000), Receiver)
    print(f"listening on port {server.server_port}", flush=True)
    server.serve_forever()
