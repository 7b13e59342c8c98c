"""The tables of vouchers, postings and movements."""

from django.urls import reverse
from django.utils.translation import gettext_lazy, pgettext_lazy

from compounds.fees.tables import Month
from governance.foundation import tables
from governance.foundation.tables import UNKNOWN, plain

from .models import Movement, Posting, Stage, Transaction

STATE_CLASS = {"PREPARED": "warn", "POSTED": "ok", "REFUSED": ""}


def _of(model, name):
    return model._meta.get_field(name).verbose_name


class Money(tables.Column):
    css = "num"

    def writer(self, page):
        return lambda value: UNKNOWN if value is None else f"{value:,.2f}"


class Voucher(tables.Column):
    """The number of a voucher, as a link to it."""

    css = "num"

    def writer(self, page):
        base, _sep, tail = reverse("ledger:transaction_detail", args=[0]).partition("0")
        return lambda number, pk: f'<a href="{base}{pk}{tail}">{number}</a>'

    def in_words(self, page):
        return lambda number, pk: number


class AccountCell(tables.Column):
    """Stage and entitlement of an account, as a link to its statement."""

    def writer(self, page):
        base, _sep, tail = reverse("ledger:account_detail", args=[0]).partition("0")
        words = {code: plain(label) for code, label in Stage.choices}

        def write(pk, number, stage, holder):
            small = plain(f"{number} {holder}".strip())
            return f'<a href="{base}{pk}{tail}">{words[stage]}</a> <small>{small}</small>'

        return write

    def in_words(self, page):
        words = {code: str(label) for code, label in Stage.choices}
        return lambda pk, number, stage, holder: f"{number} {words[stage]} {holder}".strip()


def _account(side):
    return tuple(f"{side}{path}" for path in ("_id", "__indicator__number", "__stage", "__holder"))


class TransactionTable(tables.ListTable):
    """Vouchers, one a row."""

    unique_paths = ("number",)

    number = Voucher(
        _of(Transaction, "number"), reads=("number", "pk"), sorts=("number",), is_fixed=True
    )
    on = tables.Day(_of(Transaction, "on"), sorts=("on",))
    kind = tables.Choice(
        _of(Transaction, "kind"), choices=Transaction.Kind.choices, sorts=("kind", "number")
    )
    amount = Money(gettext_lazy("amount (yuan)"), sorts=())
    lines = tables.Number(gettext_lazy("postings"), sorts=())
    document = tables.Column(_of(Transaction, "document"), sorts=())
    reason = tables.Column(_of(Transaction, "reason"), sorts=(), is_shown=False)
    by = tables.Column(_of(Transaction, "by"), reads=("by__display_name",), sorts=())
    key = tables.Column(_of(Transaction, "key"), sorts=(), is_shown=False)

    class Meta:
        order_by = ()


class PostingTable(tables.ListTable):
    """Postings, one a row."""

    unique_paths = ("pk",)

    number = Voucher(
        _of(Transaction, "number"),
        reads=("transaction__number", "transaction_id"),
        sorts=("pk",),
        is_fixed=True,
    )
    on = tables.Day(_of(Transaction, "on"), reads=("transaction__on",), sorts=())
    kind = tables.Choice(
        _of(Transaction, "kind"),
        reads=("transaction__kind",),
        choices=Transaction.Kind.choices,
        sorts=(),
    )
    source = AccountCell(_of(Posting, "source"), reads=_account("source"), sorts=())
    target = AccountCell(_of(Posting, "target"), reads=_account("target"), sorts=())
    month = Month(_of(Posting, "month"), sorts=())
    amount = Money(_of(Posting, "amount"), sorts=("amount",))
    compound = tables.Column(
        gettext_lazy("compound"),
        reads=("target__compound__name",),
        sorts=(),
        is_shown=False,
    )
    provider = tables.Column(
        gettext_lazy("provider"), reads=("target__provider__name",), sorts=(), is_shown=False
    )
    document = tables.Column(
        _of(Transaction, "document"), reads=("transaction__document",), sorts=(), is_shown=False
    )
    key = tables.Column(_of(Posting, "key"), sorts=(), is_shown=False)

    class Meta:
        order_by = ()


class MovementHome(tables.Column):
    css = "name"

    def writer(self, page):
        base, _sep, tail = reverse("ledger:movement_detail", args=[0]).partition("0")
        words = {code: plain(label) for code, label in Movement.Kind.choices}
        return lambda kind, pk: f'<a href="{base}{pk}{tail}">{words[kind]}</a>'

    def in_words(self, page):
        words = {code: str(label) for code, label in Movement.Kind.choices}
        return lambda kind, pk: words[kind]


class StateChip(tables.Column):
    def writer(self, page):
        chips = {
            code: f'<span class="chip {STATE_CLASS[code]}">{plain(label)}</span>'
            for code, label in Movement.State.choices
        }
        return lambda state: chips[state]

    def in_words(self, page):
        words = {code: str(label) for code, label in Movement.State.choices}
        return lambda state: words[state]


class MovementTable(tables.ListTable):
    """Movements of indicators, one a row."""

    unique_paths = ("pk",)

    kind = MovementHome(_of(Movement, "kind"), reads=("kind", "pk"), sorts=("kind",), is_fixed=True)
    on = tables.Day(_of(Movement, "on"))
    indicator = tables.Column(
        _of(Movement, "indicator"), reads=("indicator__number",), sorts=("indicator__number",)
    )
    to_indicator = tables.Column(
        _of(Movement, "to_indicator"), reads=("to_indicator__number",), sorts=()
    )
    amount = Money(_of(Movement, "amount"))
    document = tables.Column(_of(Movement, "document"), sorts=())
    prepared_by = tables.Column(
        _of(Movement, "prepared_by"), reads=("prepared_by__display_name",), sorts=()
    )
    confirmed_by = tables.Column(
        pgettext_lazy("movement", "decided by"), reads=("confirmed_by__display_name",), sorts=()
    )
    state = StateChip(_of(Movement, "state"), sorts=("state", "pk"))

    class Meta:
        order_by = ()
