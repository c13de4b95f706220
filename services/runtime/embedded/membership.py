"""Members of an embedded log's groups by name, from which this machine can tell whether their processes live."""

import os
import socket
import uuid


def member_name() -> str:
    """A name for a new member, from which this machine can tell whether its process has ended."""
    return f"{socket.gethostname()}/{os.getpid()}/{uuid.uuid4().hex}"


def has_ended(member: str) -> bool:
    """Whether the member's process has ended; of another machine's that cannot be told."""
    host, process, *_ = [*member.split("/"), ""]
    if host != socket.gethostname() or not process.isdigit():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except PermissionError:  # it is there, and another user's
        return False
    return False


def may_be_woken(member: str) -> bool:
    """Return whether the member is of another process of this machine, and that has not ended."""
    host, process, *_ = [*member.split("/"), ""]
    return host == socket.gethostname() and process != str(os.getpid()) and not has_ended(member)
