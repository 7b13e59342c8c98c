"""The table of payee accounts: numbers masked, never in full."""

from django.utils.translation import gettext_lazy

from compounds.contracts.tables import Chip, Link
from governance.foundation import tables

from .models import PayeeAccount

STATE_CLASS = {"PROPOSED": "warn", "CONFIRMED": "ok", "REPLACED": "fallback", "REFUSED": "bad"}


def _label(name):
    return PayeeAccount._meta.get_field(name).verbose_name


class PayeeTable(tables.ListTable):
    """Accounts, one a row."""

    provider = Link(
        _label("provider"),
        to="payees:payee_detail",
        reads=("provider__name", "pk"),
        sorts=("provider__name",),
        is_fixed=True,
    )
    credit_code = tables.Column(
        gettext_lazy("credit code"), reads=("provider__credit_code",), is_shown=False
    )
    holder = tables.Column(_label("holder"))
    bank = tables.Column(_label("bank"))
    number = tables.Column(
        _label("number_masked"), reads=("number_masked",), sorts=(), css="nowrap"
    )
    state = Chip(_label("state"), choices=PayeeAccount.State.choices, classes=STATE_CLASS)
    prepared_by = tables.Column(_label("prepared_by"), reads=("prepared_by__display_name",))
    confirmed_by = tables.Column(_label("confirmed_by"), reads=("confirmed_by__display_name",))

    class Meta:
        order_by = ()
