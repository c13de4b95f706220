"""Bodies of webhooks: CloudEvents 1.0 in structured JSON, with the whole alert as data."""

import json
from datetime import datetime
from typing import Final

from contracts.base import utc_text
from contracts.codec import decode
from contracts.envelope import SPEC_VERSION, event_id_of, event_type
from contracts.structs import HoldingChanged

CONTENT_TYPE: Final = "application/cloudevents+json; charset=utf-8"
_SOURCE: Final = "/insidertape/holdings"
_EVENT_NAME: Final = "holding_changed"
_TEST_NAME: Final = "subscription_tested"


def alert_body(event: bytes) -> bytes:
    """Return the body for an alert. `data` has the alert's bytes as they are on the topic; `id` is its `ce_id`."""
    alert = decode(event, HoldingChanged)
    attributes = _attributes(
        event_id_of(_EVENT_NAME, alert.alert_id), _SOURCE, _EVENT_NAME, alert.issuer.key, alert.filing.accepted_at
    )
    return _body(attributes, event)


def test_body(webhook_id: str, subscription_id: str, moment: datetime) -> bytes:
    """Return the body of a test, which is not an alert: its `type` differs, and `data` names the subscription."""
    attributes = _attributes(webhook_id, "/insidertape/gateway", _TEST_NAME, subscription_id, moment)
    return _body(attributes, json.dumps({"subscription": subscription_id}).encode())


def _attributes(identity: str, source: str, name: str, subject: str, time: datetime | None) -> dict[str, str]:
    known = {"specversion": SPEC_VERSION, "id": identity, "source": source, "type": event_type(name)}
    known |= {"subject": subject, "datacontenttype": "application/json"}
    return known if time is None else known | {"time": utc_text(time)}


def _body(attributes: dict[str, str], data: bytes) -> bytes:
    """Append the data as it is: decoding and encoding it again could change numbers and their order."""
    return json.dumps(attributes, ensure_ascii=False).encode()[:-1] + b', "data": ' + data + b"}"
