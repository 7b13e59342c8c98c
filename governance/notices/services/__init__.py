"""Telling people, reading what was told, and the digest of a day."""

from governance.foundation import sweeping

from .digests import compose, keep_digest, readers, send_digest, sweep_digests
from .notices import holders, mark_read, read_like, settle, sweep_notices, tell, tell_holders

__all__ = [
    "compose",
    "connect",
    "holders",
    "keep_digest",
    "mark_read",
    "read_like",
    "readers",
    "send_digest",
    "settle",
    "tell",
    "tell_holders",
]


def connect() -> None:
    """Old notices and digests are thrown away with what else has served."""
    sweeping.register("notices", sweep_notices)
    sweeping.register("digests", sweep_digests)
