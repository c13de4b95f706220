"""Receives alerts as webhooks, verifies them and prints one line per alert.

Set WEBHOOK_SECRET to the secret of the subscription (whsec_…) and run `python webhook_receiver.py [PORT]`.
Needs `pip install standardwebhooks`.
"""

import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks import Webhook, WebhookVerificationError

WEBHOOK = Webhook(os.environ["WEBHOOK_SECRET"])
MOST_BYTES = 16 * 1024 * 1024
SEEN: set[str] = set()
"""Use a database: an alert can arrive more than once, always with the same webhook-id."""


class Receiver(BaseHTTPRequestHandler):
    """Answers 204 when an alert has been processed; the gateway tries again after any other answer but 410."""

    def do_POST(self) -> None:
        """Verify and process one webhook."""
        length = int(self.headers.get("content-length", 0))
        if length > MOST_BYTES:
            self.send_error(413)
            return
        body = self.rfile.read(length)
        try:
            event = WEBHOOK.verify(body, {name.lower(): value for name, value in self.headers.items()})
        except WebhookVerificationError:
            self.send_error(401)
            return
        if self.headers["webhook-id"] not in SEEN:
            process(event)
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
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 9000), Receiver)
    print(f"listening on port {server.server_port}", flush=True)
    server.serve_forever()
