"""Adding to the record: always inside the transaction of the change itself."""

import contextlib
import hashlib
import json
import math
import re
from collections.abc import Iterable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.utils import timezone

from governance.foundation import bulk
from governance.foundation.locks import for_update
from governance.organisation.addresses import client_address

from .context import request_id
from .models import AuditEntry, ChainHead

GENESIS = "0" * 64
_held: ContextVar[list | None] = ContextVar("acts held back", default=None)
BATCH_SIZE = 1000
STORED = (
    "at",
    "actor",
    "actor_name",
    "post",
    "verb",
    "object_type",
    "object_id",
    "object_label",
    "district",
    "street",
    "community",
    "changes",
    "reason",
    "request_id",
    "batch",
    "previous",
    "digest",
)
# The one written form of a value: what is hashed does not depend on who wrote it down.
canonical = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Act:
    """One thing to be recorded. `place` is (district id, street id, community id)."""

    verb: str
    object_type: str = ""
    object_id: str = ""
    object_label: str = ""
    changes: dict[str, Any] = field(default_factory=dict)
    place: tuple[int | None, int | None, int | None] = (None, None, None)


def digest_of(previous: str, row: tuple) -> str:
    """Hash of an entry's content chained to the one before.

    `row` is (at in ISO, actor id, actor name, post, verb, object type, id, label, place,
    changes, reason, request id, batch).
    """
    return _linked(previous, canonical(row))


def _linked(previous: str, content: str) -> str:
    return hashlib.sha256(f"{previous}{content}".encode()).hexdigest()


def content_of(entry: AuditEntry) -> tuple:
    """The hashed content of an entry, as stored."""
    return (
        entry.at.astimezone(timezone.get_default_timezone()).isoformat(),
        entry.actor_id,
        entry.actor_name,
        entry.post,
        entry.verb,
        entry.object_type,
        entry.object_id,
        entry.object_label,
        [entry.district_id, entry.street_id, entry.community_id],
        entry.changes,
        entry.reason,
        entry.request_id,
        entry.batch,
    )


def act_on(verb: str, obj: models.Model, changes: dict | None = None) -> Act:
    """An Act about a model instance; its place is read from its ancestor columns.

    An object whose name is nobody's business for ever says so by an `audit_label`.
    """
    return Act(
        verb=verb,
        object_type=obj._meta.label_lower,
        object_id=str(obj.pk),
        object_label=str(getattr(obj, "audit_label", obj))[:200],
        changes=plain(changes or {}),
        place=(
            getattr(obj, "district_id", None),
            getattr(obj, "street_id", None),
            getattr(obj, "community_id", None),
        ),
    )


@transaction.atomic
def record_export(
    *,
    by,
    kind: type[models.Model],
    label: str,
    count: int,
    words: str = "",
    place: tuple[int | None, int | None, int | None] | None = None,
    **more,
) -> None:
    """Record that rows of a kind left as a file: how many, by which filters, and `more`.

    Without a place it is that of the reader's widest post.
    """
    home = by.scope.home
    if place is None:
        place = (home.district, home.street, None) if home else (None, None, None)
    told = {"rows": [None, count], "filter": [None, words], **more}
    act = Act(
        verb="export",
        object_type=kind._meta.label_lower,
        object_label=label[:200],
        changes=plain(told),
        place=place,
    )
    record_many([act], by=by)


# What JSON columns cannot hold, or not alike on every database.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_LARGEST_EXACT = 2**53


def plain(changes: dict) -> dict:
    """Changes as plain JSON values that read back the same from every database.

    Dates and decimals become text, and so do numbers that a database would round or rewrite.
    """
    return json.loads(json.dumps(_steady(changes), cls=_Encoder, ensure_ascii=False))


class _Encoder(DjangoJSONEncoder):
    def default(self, value):
        try:
            return _steady(super().default(value))
        except TypeError:
            return _steady(str(value))


def _steady(value):
    if isinstance(value, str):
        return _UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {_steady(str(key)): _steady(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_steady(one) for one in value]
    if isinstance(value, float):
        if not math.isfinite(value) or abs(value) >= _LARGEST_EXACT:
            return str(value)
        # Exponents and negative zero are rewritten by PostgreSQL.
        return int(value) if value.is_integer() else str(value) if "e" in repr(value) else value
    return value


def origin(request) -> dict:
    """Where a request came from, as a change to note; empty if unknown."""
    address = client_address(request) if request is not None else None
    return {"address": [None, address]} if address else {}


def record(
    verb: str,
    obj: models.Model | None = None,
    *,
    by,
    changes: dict | None = None,
    reason: str = "",
    batch: str = "",
) -> None:
    """Record one act of `by` (None: the system itself) about `obj`."""
    act = act_on(verb, obj, changes) if obj is not None else Act(verb, changes=plain(changes or {}))
    record_many([act], by=by, reason=reason, batch=batch)


@contextlib.contextmanager
def held():
    """Keep acts back and record them all at the end of the outermost block.

    For work that goes through several rooms in one transaction: the head of the chain is locked
    after all of them have locked their rows, so that they cannot meet in a deadlock with whoever
    holds one of those rows and waits for the head.
    """
    if _held.get() is not None:
        yield
        return
    token = _held.set([])
    try:
        yield
        kept = _held.get()
    finally:
        _held.reset(token)
    for acts, said in kept:
        record_many(acts, **said)


def record_many(acts: Iterable[Act], *, by, reason: str = "", batch: str = "") -> int:
    """Record many acts as consecutive links of the chain; returns how many.

    The head of the chain stays locked until the surrounding transaction ends, so callers
    record last. `changes` of the acts must be plain JSON already (see `plain`).
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("an audit entry belongs to the transaction of its change")
    if (kept := _held.get()) is not None:
        acts = list(acts)
        kept.append((acts, {"by": by, "reason": reason, "batch": batch}))
        return len(acts)
    actor_id = by.pk if by is not None else None
    actor_name = str(by) if by is not None else "system"
    post = _posts_of(by)
    rid = request_id.get()
    at = timezone.now()
    at_text = at.astimezone(timezone.get_default_timezone()).isoformat()
    head = for_update(ChainHead.objects).get_or_create(pk=1, defaults={"digest": GENESIS})[0]
    previous, count, pending = head.digest, 0, []
    # The content of an entry is written down in three pieces, as `digest_of` reads it: what all
    # entries begin with, what is its own, and what all end with.
    beginning = canonical([at_text, actor_id, actor_name, post])[:-1]
    ending = canonical([reason, rid, batch])[1:]
    for act in acts:
        named = (act.verb, act.object_type, act.object_id, act.object_label)
        own, changes = canonical([*named, act.place])[1:-1], canonical(act.changes)
        link = _linked(previous, f"{beginning},{own},{changes},{ending}")
        pending.append(
            (
                at,
                actor_id,
                actor_name,
                post,
                *named,
                *act.place,
                bulk.Encoded(changes),
                reason,
                rid,
                batch,
                previous,
                link,
            )
        )
        previous = link
        count += 1
        if len(pending) >= BATCH_SIZE:
            bulk.insert_values(AuditEntry, STORED, pending)
            pending = []
    if pending:
        bulk.insert_values(AuditEntry, STORED, pending)
    if count:
        head.digest, head.length = previous, head.length + count
        head.save(update_fields=["digest", "length"])
    return count


def _posts_of(user) -> str:
    if user is None:
        return ""
    return "、".join(f"{grant.area_name}·{grant.role}" for grant in user.scope.grants)[:200]


def changes_between(before: dict, after: dict) -> dict[str, list]:
    """Fields whose values differ, as {field: [before, after]}."""
    return {
        name: [before.get(name), after[name]] for name in after if before.get(name) != after[name]
    }
