"""What must hold of areas and posts on a live database."""

from collections.abc import Iterator

from django.db.models import F, Q

from governance.foundation.checking import gone_wrong

from .models import CODE_LENGTHS, COLUMNS, Area, Level, Post
from .scope import ROLE_LEVELS


def area_codes() -> Iterator[str]:
    """Codes have the length of their level and begin with the code above."""
    areas = Area.objects.values_list("pk", "code", "level", "parent__code", "parent__level")
    for pk, code, level, above, level_above in areas.order_by("pk"):
        if level not in CODE_LENGTHS or len(code) != CODE_LENGTHS[level]:
            yield f"area {pk} has the code {code}, which is not one of its level"
        elif above is not None and (not code.startswith(above) or level != level_above + 1):
            yield f"area {pk} with the code {code} does not belong under {above}"


def area_ancestors() -> Iterator[str]:
    """The ancestor columns equal the tree."""
    wrong = Q()
    for level in Level:
        for own, column in COLUMNS.items():
            if own < level:
                expected = Q(**{f"{column}_id": F(f"parent__{column}_id")})
            elif own == level:
                expected = Q(**{f"{column}_id": F("pk")})
            else:
                expected = Q(**{f"{column}_id": None})
            wrong |= Q(level=level) & ~expected
    yield from gone_wrong(Area.objects, wrong, "names other areas above it than its parent does")


def merged_areas() -> Iterator[str]:
    """An area was merged into one of its own level that stands."""
    wrong = Q(merged_into__isnull=False) & (
        ~Q(level=F("merged_into__level")) | Q(merged_into__merged_into__isnull=False)
    )
    yield from gone_wrong(Area.objects, wrong, "was merged into no standing area of its level")


def posts() -> Iterator[str]:
    """Posts are held at the levels of their role and end after they begin."""
    rows = Post.objects.values_list("pk", "role", "area__level", "valid_from", "valid_until")
    levels = {str(role): allowed for role, allowed in ROLE_LEVELS.items()}
    for pk, role, level, begun, ended in rows.order_by("pk"):
        if level not in levels.get(role, ()):
            yield f"post {pk} holds the role {role} at a level where there is none"
        if ended and ended < begun:
            yield f"post {pk} ends before it begins"


CHECKS = {
    "area_codes": area_codes,
    "area_ancestors": area_ancestors,
    "merged_areas": merged_areas,
    "posts": posts,
}
