"""Refusals of this room."""

from django.utils.translation import gettext_lazy as _

from governance.foundation.errors import DomainError


class NoPolicyInForce(DomainError):  # noqa: N818 - names of refusals read as sentences
    """There is nothing to decide by."""

    def __init__(self, district, as_of):
        super().__init__(
            _("No policy is in force in %(district)s on %(day)s. Publish one first.")
            % {"district": district, "day": as_of}
        )


class PolicyNotSound(DomainError):  # noqa: N818
    """The rules have faults; `problems` names rule and condition of each."""

    def __init__(self, problems):
        self.problems = problems
        first = problems[0]
        if first.rule is None:
            message = first.message
        elif first.condition is None:
            message = _("Rule %(rule)s: %(problem)s") % {
                "rule": first.rule + 1,
                "problem": first.message,
            }
        else:
            message = _("Rule %(rule)s, condition %(condition)s: %(problem)s") % {
                "rule": first.rule + 1,
                "condition": first.condition + 1,
                "problem": first.message,
            }
        super().__init__(message)


class SamePerson(DomainError):  # noqa: N818
    """Preparer and approver must be two people."""


class NotOpen(DomainError):  # noqa: N818
    """The row has already left the state in which this act is possible."""
