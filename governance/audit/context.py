"""The present request for the record: who asks, under which request id."""

import contextlib
import uuid
from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="")


def new_id() -> str:
    return uuid.uuid4().hex


@contextlib.contextmanager
def request(identifier: str):
    token = request_id.set(identifier)
    try:
        yield
    finally:
        request_id.reset(token)
