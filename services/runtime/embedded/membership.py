"""Names of members, from which the same machine can determine whether the member's process is alive."""

import os
import socket
import uuid


def member_name() -> str:
    """Return a unique name for a new member: host, process id and a random part."""
    return f"{socket.gethostname()}/{os.getpid()}/{uuid.uuid4().hex}"


def has_ended(member: str) -> bool:
    """Return whether the member's process has ended; False for another machine's, which cannot be checked."""
    host, process, *_ = [*member.split("/"), ""]
    if host != socket.gethostname() or not process.isdigit():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except PermissionError:  # the process exists and belongs to another user
        return False
    return False


def may_resume(member: str) -> bool:
    """Return whether the member belongs to another live process of this machine."""
    host, process, *_ = [*member.split("/"), ""]
    return host == socket.gethostname() and process != str(os.getpid()) and not has_ended(member)
