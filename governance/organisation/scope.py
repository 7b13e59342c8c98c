"""What a person may see and do: roles, the rights they carry, and the scope of posts.

Seeing and editing are separate: a post shows the rows of its area (and below), and each right
is granted only in the areas of the posts whose role carries it. Outside the scope a row does
not exist (404); inside it, an act without the right is refused (403).
"""

from dataclasses import dataclass

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from governance.foundation import dates
from governance.foundation.errors import NotAllowed


class Role(models.TextChoices):
    """Roles of design §2."""

    COMMUNITY_WORKER = "community_worker", _("community worker")
    STREET_CLERK = "street_clerk", _("street clerk")
    STREET_LEADER = "street_leader", _("street leader")
    DISTRICT_OFFICER = "district_officer", _("district officer")
    DISTRICT_APPROVER = "district_approver", _("district approver")
    FINANCE_OFFICER = "finance_officer", _("finance officer")
    LEADER = "leader", _("leader")
    AUDITOR = "auditor", _("auditor")
    PROVIDER = "provider", _("provider")
    ACCOUNT_ADMIN = "account_admin", _("account administrator")
    SECURITY_ADMIN = "security_admin", _("security administrator")
    AUDIT_ADMIN = "audit_admin", _("audit administrator")


REGISTER_VIEW = "registry.view"
CALENDAR_EDIT = "calendar.edit"
# Rights that open the data-entry site.
ENTRY_RIGHTS = (
    "registry.edit",
    "provider.edit",
    "provider.invite",
    "area.edit",
    CALENDAR_EDIT,
    "party.norm",
)

# The one table of rights. A right is `room.act`; views and services name it, nobody else.
RIGHTS: dict[Role, frozenset[str]] = {
    Role.COMMUNITY_WORKER: frozenset(
        {
            REGISTER_VIEW,
            "registry.edit",
            "registry.export",
            "people.view",
            "people.edit",
            "people.reveal",
            "party.edit",
            "provider.review",
            "fees.edit",
            "case.work",
            "watch.work",
            "loss.report",
            "entitlement.check",
        }
    ),
    Role.STREET_CLERK: frozenset(
        {
            REGISTER_VIEW,
            "registry.edit",
            "registry.verify",
            "registry.import",
            "registry.export",
            "registry.merge",
            "provider.invite",
            "classification.run",
            "classification.try",
            "override.propose",
            "people.view",
            "people.edit",
            "people.reveal",
            "party.edit",
            "party.import",
            "party.propose",
            "assignment.propose",
            "contract.edit",
            "contract.file",
            "fees.edit",
            "fees.import",
            "case.work",
            "case.advance",
            "case.suspend",
            "watch.run",
            "watch.work",
            "loss.report",
            "entitlement.apply",
            "accrual.confirm",
        }
    ),
    Role.STREET_LEADER: frozenset(
        {
            REGISTER_VIEW,
            "registry.export",
            "classification.try",
            "override.approve",
            "people.view",
            "party.apply",
            "provider.review",
            "assignment.review",
            "case.confirm",
            "loss.confirm",
            "entitlement.review",
        }
    ),
    Role.DISTRICT_OFFICER: frozenset(
        {
            REGISTER_VIEW,
            "registry.edit",
            "registry.verify",
            "registry.import",
            "registry.export",
            "registry.merge",
            "provider.edit",
            "provider.invite",
            "classification.run",
            "classification.try",
            "override.propose",
            "policy.edit",
            "area.edit",
            "people.view",
            "people.edit",
            "people.reveal",
            "party.edit",
            "party.import",
            "party.propose",
            "party.norm",
            "provider.review",
            "provider.sanction",
            "assignment.propose",
            "contract.edit",
            "contract.lot",
            "fees.edit",
            "fees.import",
            "assessment.manage",
            "case.work",
            "case.accept",
            "case.suspend",
            "case.deadline",
            "watch.policy",
            "watch.run",
            "plan.norms",
            "plan.run",
            "plan.propose",
            "watch.work",
            "loss.report",
            CALENDAR_EDIT,
            "programme.edit",
            "ledger.view",
            "entitlement.assess",
            "entitlement.publicise",
            "accrual.prepare",
            "exit.review",
            "clawback.claim",
        }
    ),
    Role.DISTRICT_APPROVER: frozenset(
        {
            REGISTER_VIEW,
            "registry.export",
            "classification.try",
            "override.approve",
            "policy.publish",
            "people.view",
            "party.apply",
            "provider.decide",
            "assignment.approve",
            "case.approve",
            "watch.publish",
            "plan.approve",
            "loss.confirm",
            "programme.publish",
            "ledger.view",
            "ledger.reopen",
            "entitlement.approve",
            "exit.approve",
            "clawback.decide",
        }
    ),
    Role.FINANCE_OFFICER: frozenset(
        {
            REGISTER_VIEW,
            "registry.import",
            "registry.export",
            "ledger.view",
            "ledger.close",
            "budget.edit",
            "budget.confirm",
            "payee.edit",
            "payee.confirm",
            "payee.reveal",
            "accrual.approve",
            "payment.prepare",
            "payment.release",
            "payment.reconcile",
            "clawback.receive",
        }
    ),
    Role.LEADER: frozenset({REGISTER_VIEW}),
    Role.AUDITOR: frozenset(
        {
            REGISTER_VIEW,
            "registry.export",
            "audit.view",
            "audit.export",
            "people.view",
            "ledger.view",
        }
    ),
    Role.PROVIDER: frozenset(),
    Role.ACCOUNT_ADMIN: frozenset({"account.manage"}),
    Role.SECURITY_ADMIN: frozenset({"post.manage"}),
    Role.AUDIT_ADMIN: frozenset({"audit.view", "audit.export"}),
}

# Accounts, posts and the log: three separate duties, none of which edits business data.
ADMIN_ROLES = frozenset({Role.ACCOUNT_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN})

# Levels of area (organisation.Level) at which a role may be held.
_DISTRICT, _STREET, _COMMUNITY = 1, 2, 3
ROLE_LEVELS: dict[Role, frozenset[int]] = {role: frozenset({_DISTRICT}) for role in Role} | {
    Role.COMMUNITY_WORKER: frozenset({_COMMUNITY}),
    Role.STREET_CLERK: frozenset({_STREET}),
    Role.STREET_LEADER: frozenset({_STREET}),
    Role.LEADER: frozenset({_DISTRICT, _STREET, _COMMUNITY}),
    Role.AUDITOR: frozenset({_DISTRICT, _STREET}),
}

_COLUMNS = {_DISTRICT: "district", _STREET: "street", _COMMUNITY: "community"}
_NOTHING = Q(pk__in=())


@dataclass(frozen=True)
class Grant:
    """One current post: its role and the area with the area's ancestors (ids)."""

    role: Role
    level: int
    area: int
    street: int | None
    district: int
    area_name: str
    area_code: str

    @property
    def rights(self) -> frozenset[str]:
        return RIGHTS[self.role]


@dataclass(frozen=True)
class Scope:
    """The union of a person's current posts."""

    grants: tuple[Grant, ...]

    def has(self, right: str) -> bool:
        """Whether any post carries the right, wherever it is."""
        return any(right in grant.rights for grant in self.grants)

    def areas(self, right: str = REGISTER_VIEW) -> tuple[Grant, ...]:
        """The posts that carry the right, widest area first."""
        found = {grant.area: grant for grant in self.grants if right in grant.rights}
        return tuple(sorted(found.values(), key=lambda grant: (grant.level, grant.area_code)))

    def seen(self) -> Q:
        """Condition on placed rows that the person may see."""
        return self.granted(REGISTER_VIEW)

    def granted(self, right: str) -> Q:
        """Condition on placed rows for which a post grants the right."""
        by_column: dict[str, set[int]] = {}
        for grant in self.areas(right):
            by_column.setdefault(_COLUMNS[grant.level], set()).add(grant.area)
        condition = Q()
        for column, ids in by_column.items():
            if len(ids) == 1:
                condition |= Q(**{f"{column}_id": next(iter(ids))})
            else:
                condition |= Q(**{f"{column}_id__in": sorted(ids)})
        return condition or _NOTHING

    def in_districts(self, right: str = REGISTER_VIEW) -> frozenset[int]:
        """Districts in which the person holds a post with the right, at any level.

        For what is shared by a whole district and belongs to no street: providers, policies.
        """
        return frozenset(grant.district for grant in self.grants if right in grant.rights)

    def covers(self, right: str, other: str = REGISTER_VIEW) -> bool:
        """Whether a right holds wherever another one does: no post has the other one alone."""
        held = {grant.area for grant in self.areas(right)}
        return bool(held) and all(
            not held.isdisjoint({grant.area, grant.street, grant.district})
            for grant in self.areas(other)
        )

    def can(self, right: str, row=None) -> bool:
        """Whether a post grants the right for a placed row (or an area); anywhere if None."""
        if row is None:
            return self.has(right)
        place = {
            _DISTRICT: row.district_id,
            _STREET: row.street_id,
            _COMMUNITY: row.community_id,
        }
        return any(
            right in grant.rights and place[grant.level] == grant.area for grant in self.grants
        )

    def require(self, right: str, row=None) -> None:
        """Raise NotAllowed unless `can(right, row)`."""
        if not self.can(right, row):
            raise NotAllowed()

    @property
    def has_register(self) -> bool:
        return self.has(REGISTER_VIEW)

    @property
    def keeps_money(self) -> bool:
        """Whether public money is the person's daily work, and the register is not."""
        return self.has("payment.prepare") and not self.has("registry.edit")

    @property
    def title(self) -> str:
        """Place and role of the first post, for the frame of the page."""
        if not self.grants:
            return ""
        first = self.grants[0]
        return f"{first.area_name} {first.role.label}"

    @property
    def key(self) -> str:
        """A key for caching what depends on the scope alone."""
        return "-".join(sorted({f"{grant.role}.{grant.area}" for grant in self.grants})) or "none"

    @property
    def home(self) -> Grant | None:
        """The widest area whose register the person sees."""
        return next(iter(self.areas()), None)


def scope_of(user) -> Scope:
    """Read the user's current posts: one query."""
    if not user.is_authenticated or not user.is_active:
        return Scope(())
    posts = (
        user.posts.current(dates.today())
        .order_by("area__level", "area__code", "pk")
        .values_list(
            "role",
            "area__level",
            "area_id",
            "area__street_id",
            "area__district_id",
            "area__name",
            "area__code",
        )
    )
    return Scope(tuple(Grant(Role(role), *rest) for role, *rest in posts))
