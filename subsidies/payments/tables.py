"""The table of disbursements."""

from django.utils.translation import gettext_lazy

from compounds.contracts.tables import Chip, Link
from governance.foundation import tables
from governance.foundation.tables import UNKNOWN

from .models import Disbursement

STATE_CLASS = {
    "DRAFT": "warn",
    "SUBMITTED": "warn",
    "RELEASED": "subsidy",
    "RECONCILED": "ok",
    "CANCELLED": "fallback",
}
ORDER_CLASS = {
    "PREPARED": "warn",
    "SENT": "subsidy",
    "PAID": "ok",
    "FAILED": "bad",
    "SENT_BACK": "bad",
}


def _label(name):
    return Disbursement._meta.get_field(name).verbose_name


class Counted(tables.Column):
    """A number of a batch that is read for the whole page at once."""

    css = "num"

    def __init__(self, label, *, of: str, **kwargs):
        super().__init__(label, reads=("pk",), sorts=(), **kwargs)
        self.of = of

    def writer(self, page):
        counts, name = page["counts"], self.of

        def write(pk):
            value = counts.get(pk, {}).get(name)
            return f"{value:,}" if value else UNKNOWN

        return write

    def in_words(self, page):
        return lambda pk: page["counts"].get(pk, {}).get(self.of)


class DisbursementTable(tables.ListTable):
    """Batches, one a row."""

    number = Link(
        _label("number"), to="payments:disbursement_detail", reads=("number", "pk"), is_fixed=True
    )
    title = tables.Column(_label("title"))
    indicator = tables.Column(_label("indicator"), reads=("indicator__number",))
    total = tables.Area(_label("total"))
    orders = Counted(gettext_lazy("orders"), of="orders")
    paid = Counted(gettext_lazy("paid"), of="paid")
    failed = Counted(gettext_lazy("failed or sent back"), of="failed")
    state = Chip(_label("state"), choices=Disbursement.State.choices, classes=STATE_CLASS)
    released_on = tables.Day(_label("released_on"))
    document = tables.Column(_label("document"), is_shown=False)
    prepared_by = tables.Column(
        _label("prepared_by"), reads=("prepared_by__display_name",), is_shown=False
    )
    released_by = tables.Column(
        _label("released_by"), reads=("released_by__display_name",), is_shown=False
    )

    class Meta:
        order_by = ()
