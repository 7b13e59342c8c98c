"""Areas that move with their rows: recode, merge, split.

Every row that belongs to a place follows, of this room and of all others: whatever model has
the three ancestor columns is found in the model registry. The audit log stays as written. A
compound keeps its code for life: it is printed on papers, found in exported workbooks and in
addresses of pages, and matching by it must go on working; only areas are recoded.
"""

from collections.abc import Iterable, Mapping

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.core.validators import RegexValidator
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from governance.audit import services as audit
from governance.foundation import dates, history
from governance.foundation.errors import DomainError
from governance.foundation.locks import for_update
from governance.organisation.models import CODE_LENGTHS, Area, Level, Post
from governance.organisation.rules import code_below
from governance.organisation.services import areas as plain
from governance.organisation.services import posts

from ..models import Compound, Status
from . import moving, tallies

PLACE = ("district", "street", "community")
# Append-only, or written anew from the rows.
_UNTOUCHED = frozenset({"organisation.area", "audit.auditentry", "registry.communitytally"})


@transaction.atomic
def recode_area(*, by, area: Area, version: int, code: str, reason: str) -> Area:
    """Give an area another statistical code; the codes of all areas below follow.

    Raises NotAllowed, StaleRecord, DomainError (codes taken), ValidationError.
    """
    row = plain.lock(by, area, version)
    _need(reason)
    if code == row.code:
        return row
    RegexValidator(r"^[0-9]+\Z")(code)
    if len(code) != CODE_LENGTHS[row.level]:
        raise DomainError(
            _("A code of this level has %(length)s digits.") % {"length": CODE_LENGTHS[row.level]},
            field="code",
        )
    if row.parent and not code.startswith(row.parent.code):
        raise DomainError(
            _("The code must begin with %(code)s.") % {"code": row.parent.code}, field="code"
        )
    acts = _recode_tree(row, code)
    audit.record_many(acts, by=by, reason=reason)
    return Area.objects.get(pk=row.pk)


@transaction.atomic
def merge_areas(
    *,
    by,
    area: Area,
    into: Area,
    version: int,
    reason: str,
    codes: Mapping[str, str] | None = None,
) -> Area:
    """Merge a street or community into another of its level, with all that is in it.

    Areas directly below move along under new codes: those of `codes` (old to new), else the same
    tail where it is free, else the next free one. Posts held in the merged area end and are
    given in the other one. Raises NotAllowed, StaleRecord, DomainError, ValidationError.
    """
    row = plain.lock(by, area, version)
    target = for_update(Area.objects).get(pk=into.pk)
    by.scope.require(plain.RIGHT, target)
    _need(reason)
    if row.pk == target.pk:
        raise DomainError(_("An area cannot be merged into itself."), field="into")
    if row.level != target.level or row.level not in (Level.STREET, Level.COMMUNITY):
        raise DomainError(_("Only two streets or two communities can be merged."), field="into")
    if target.merged_into_id:
        raise DomainError(_("This area was merged into another one."), field="into")
    if row.district_id != target.district_id:
        raise DomainError(_("Both areas must lie in the same district."), field="into")
    acts = []
    touched = _communities(row) | _communities(target)
    if row.level == Level.COMMUNITY:
        _refuse_same_names([row.pk, target.pk])
        _move_rows({"community": row.pk}, target, by=by, reason=reason)
    for child in row.children.order_by("code"):
        acts += _hang(child, target, (codes or {}).get(child.code))
        if child.level == Level.COMMUNITY:
            _move_rows({"community": child.pk}, child, by=by, reason=reason)
    if row.level == Level.STREET:
        _move_street_rows(row, target, by=by, reason=reason)
    _hand_over(row, target)
    # What was merged into this one earlier stands under the other one now.
    Area.objects.filter(merged_into=row).update(merged_into=target)
    row.merged_into = target
    row.version += 1
    row.save()
    target.version += 1
    target.save()
    tallies.refresh(touched | _communities(target))
    _move_posts(row, target, by=by, reason=reason)
    moved = {"merged_into": [None, f"{target.code} {target.name}"]}
    acts.append(audit.act_on("merge", row, audit.plain(moved)))
    acts.append(audit.act_on("receive", target, {"merged": [None, f"{row.code} {row.name}"]}))
    audit.record_many(acts, by=by, reason=reason)
    return row


@transaction.atomic
def split_area(
    *,
    by,
    area: Area,
    version: int,
    code: str,
    name: str,
    members: Iterable[int],
    reason: str,
) -> Area:
    """Move chosen communities of a street, or compounds of a community, to a new area beside it.

    `members` are ids of communities or compounds. Posts stay where they are held; the security
    administrator gives those of the new area. Raises NotAllowed, StaleRecord, DomainError,
    ValidationError.
    """
    row = plain.lock(by, area, version)
    _need(reason)
    members = set(members)
    if row.level == Level.STREET:
        chosen = row.children.active().filter(pk__in=members)
    elif row.level == Level.COMMUNITY:
        chosen = Compound.objects.filter(community=row, pk__in=members)
    else:
        raise DomainError(_("Only a street or a community can be split."))
    chosen = list(chosen.order_by("pk"))
    if not chosen or len(chosen) != len(members):
        raise DomainError(_("Choose what moves to the new area."), field="members")
    acts = []
    touched = _communities(row)
    new = plain.add_area(by=by, parent=row.parent, code=code, name=name)
    if row.level == Level.STREET:
        for child in chosen:
            acts += _hang(child, new, None)
            _move_rows({"community": child.pk}, child, by=by, reason=reason)
    else:
        _move_compounds([one.pk for one in chosen], new, by=by, reason=reason)
        moving.tell([one.pk for one in chosen], by=by, reason=reason)
        acts += [
            audit.act_on("move", one, {"community": [row.name, new.name]})
            for one in Compound.objects.filter(pk__in=members).order_by("pk")
        ]
    row.version += 1
    row.save()
    tallies.refresh(touched | _communities(new))
    told = {"moved": [None, f"{new.code} {new.name}"], "rows": [None, len(chosen)]}
    acts.append(audit.act_on("split", row, told))
    audit.record_many(acts, by=by, reason=reason)
    return new


# -- the tree ------------------------------------------------------------------------------------
def _need(reason: str) -> None:
    if not reason.strip():
        raise ValidationError({"reason": _("Give the reason.")})


def _communities(area: Area) -> set[int]:
    """Ids of the communities in an area."""
    if area.level == Level.COMMUNITY:
        return {area.pk}
    return set(Area.objects.filter(parent=area).values_list("pk", flat=True))


def _subtree(area: Area) -> list[Area]:
    """The area and everything below it, from the top."""
    found, layer = [area], [area]
    while layer:
        layer = list(for_update(Area.objects).filter(parent__in=layer).order_by("level", "code"))
        found += layer
    return found


def _recode_tree(area: Area, code: str) -> list[audit.Act]:
    """Change the beginning of the codes of a subtree; the acts to be recorded."""
    rows = _subtree(area)
    old = area.code
    codes = {row.pk: code + row.code[len(old) :] for row in rows}
    taken = (
        Area.objects.filter(code__in=codes.values()).exclude(pk__in=codes).order_by("code").first()
    )
    if taken:
        raise DomainError(
            _("The code %(code)s belongs to %(name)s.") % {"code": taken.code, "name": taken.name},
            field="code",
        )
    acts = []
    for row in rows:
        before, row.code = row.code, codes[row.pk]
        row.version += 1
        row.save()
        acts.append(audit.act_on("recode", row, {"code": [before, row.code]}))
    return acts


def _hang(child: Area, parent: Area, code: str | None) -> list[audit.Act]:
    """Move an area with its subtree under another parent; the acts to be recorded."""
    taken = Area.objects.filter(code__startswith=parent.code).values_list("code", flat=True)
    try:
        code = code or code_below(parent.code, child.code, taken)
    except LookupError as error:
        raise DomainError(_("There is no free code left under %(name)s.") % {"name": parent}) from (
            error
        )
    if not code.startswith(parent.code) or len(code) != len(child.code):
        raise DomainError(
            _("The code must begin with %(code)s.") % {"code": parent.code}, field="code"
        )
    before = child.parent
    child.parent = parent
    child.save()
    acts = _recode_tree(child, code)
    acts.append(
        audit.act_on("move", child, {"parent": [before.name if before else None, parent.name]})
    )
    return acts


# -- the rows ------------------------------------------------------------------------------------
def placed_models() -> list[type[models.Model]]:
    """Models of all rooms whose rows carry the ancestor columns."""
    found = []
    for model in apps.get_models():
        names = {field.name for field in model._meta.concrete_fields}
        is_history = hasattr(model, "instance_type")
        if names.issuperset(PLACE) and not is_history and model._meta.label_lower not in _UNTOUCHED:
            found.append(model)
    return found


def _move_rows(where: Mapping[str, int], community: Area, *, by, reason: str) -> None:
    """Set place columns of all rows that meet a condition to those of a community."""
    columns = {
        "community": community.pk,
        "street": community.street_id,
        "district": community.district_id,
    }
    for model in placed_models():
        _set(model, model._base_manager.filter(**where), columns, by=by, reason=reason)


def _move_street_rows(street: Area, into: Area, *, by, reason: str) -> None:
    """Move the rows that belong to a street as a whole, such as its imports."""
    columns = {"street": into.pk, "district": into.district_id}
    for model in placed_models():
        rows = model._base_manager.filter(street=street.pk)
        _set(model, rows, columns, by=by, reason=reason)


def _hand_over(area: Area, into: Area) -> None:
    """What was made for a merged area as a whole, such as its imports, is the other one's now."""
    for model in placed_models():
        if any(f.name == "area" and f.related_model is Area for f in model._meta.concrete_fields):
            model._base_manager.filter(area=area).update(area=into)


def _move_compounds(ids: list[int], community: Area, *, by, reason: str) -> None:
    """Move compounds, and the rows of all rooms that belong to them, to a community."""
    columns = {
        "community": community.pk,
        "street": community.street_id,
        "district": community.district_id,
    }
    for model in placed_models():
        path = "pk" if model is Compound else _path_to_compound(model)
        if path:
            rows = model._base_manager.filter(**{f"{path}__in": ids})
            _set(model, rows, columns, by=by, reason=reason)


def _path_to_compound(model: type[models.Model], depth: int = 3) -> str | None:
    """How a placed row reaches its compound: by its own key, or through another placed row."""
    try:
        if model._meta.get_field("compound").related_model is Compound:
            return "compound"
    except FieldDoesNotExist:
        pass
    if depth:
        placed = placed_models()
        for field in model._meta.concrete_fields:
            if field.is_relation and field.related_model in placed:
                path = _path_to_compound(field.related_model, depth - 1)
                if path:
                    return f"{field.name}__{path}"
    return None


def _set(model, rows, columns: Mapping[str, int], *, by, reason: str) -> None:
    """Update place columns where they differ, with history and versions."""
    same = models.Q(**{f"{name}_id": value for name, value in columns.items()})
    ids = list(rows.exclude(same).values_list("pk", flat=True))
    changes = {f"{name}_id": value for name, value in columns.items()}
    if any(field.name == "version" for field in model._meta.concrete_fields):
        changes["version"] = models.F("version") + 1
    for start in range(0, len(ids), 500):
        chunk = ids[start : start + 500]
        model._base_manager.filter(pk__in=chunk).update(**changes)
    if hasattr(model, "history"):
        history.record_versions(model, ids, kind=history.CHANGED, by=by, reason=reason)


def _refuse_same_names(communities: list[int]) -> None:
    """Two active compounds of one community cannot have the same name."""
    names = (
        Compound.objects.filter(community__in=communities, status=Status.ACTIVE)
        .order_by()
        .values("name")
        .annotate(n=models.Count("pk"))
        .filter(n__gt=1)
        .values_list("name", flat=True)
    )
    if names:
        raise DomainError(
            _("Both communities have compounds called: %(names)s. Rename or merge them first.")
            % {"names": "、".join(sorted(names)[:5])},
            field="into",
        )


def _move_posts(area: Area, into: Area, *, by, reason: str) -> None:
    """End the open posts of a merged area and give them in the other one."""
    today = dates.today()
    for post in Post.objects.open(today).filter(area=area).select_related("user", "area"):
        until, begun = post.valid_until, post.valid_from
        posts.end(post, by=by, reason=reason)
        held = Post.objects.open(today).filter(user=post.user, role=post.role, area=into)
        if held.exists():
            continue
        new = Post.objects.create(
            user=post.user,
            role=post.role,
            area=into,
            valid_from=max(begun, today),
            valid_until=until,
        )
        audit.record(
            "give_post", post.user, by=by, reason=reason, changes={"post": [None, str(new)]}
        )


__all__ = ["merge_areas", "placed_models", "recode_area", "split_area"]
