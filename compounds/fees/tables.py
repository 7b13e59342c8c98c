"""The tables of reports, missing months, books, inspections and assessments."""

from html import escape

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from compounds.registry.tables import Place
from governance.foundation import dates, tables
from governance.foundation.tables import UNKNOWN

from . import rules
from .models import Assessment, CollectionReport, Inspection

SAMPLE = "140000000000-0000"
GRADE_CLASS = {"EXCELLENT": "ok", "GOOD": "ok", "PASSED": "", "FAILED": "bad"}
LOW = 60  # a rate below is marked


def _of_report(name):
    return CollectionReport._meta.get_field(name).verbose_name


def _of_inspection(name):
    return Inspection._meta.get_field(name).verbose_name


def _of_assessment(name):
    return Assessment._meta.get_field(name).verbose_name


class Home(tables.Column):
    """The compound, as a link to its page of fees (or to its book)."""

    css = "name"
    page = "fees:compound_fees"

    def writer(self, page):
        base, _sep, tail = reverse(self.page, args=[SAMPLE]).partition(SAMPLE)
        return lambda name, code: f'<a href="{base}{escape(code)}{tail}">{escape(name)}</a>'

    def in_words(self, page):
        return lambda name, code: name


class BookHome(Home):
    page = "fees:book"


class Month(tables.Column):
    css = "num"

    def writer(self, page):
        return lambda value: UNKNOWN if value is None else f"{value:%Y-%m}"

    def in_words(self, page):
        return lambda value: f"{value:%Y-%m}" if value else None


class Money(tables.Area):
    """Yuan with two decimals."""


class Rate(tables.Column):
    """Paid of billed in percent; a low one in words too."""

    css = "num"

    def writer(self, page):
        low = escape(_("low"))

        def write(paid, billed):
            found = rules.rate(paid, billed)
            if found is None:
                return UNKNOWN
            if found < LOW:
                return f'<span class="fail"><small>{low}</small> {found}%</span>'
            return f"{found}%"

        return write

    def in_words(self, page):
        return rules.rate


class Unpaid(tables.Column):
    css = "num"

    def writer(self, page):
        return lambda billed, paid: f"{billed - paid:,}"

    def in_words(self, page):
        return lambda billed, paid: billed - paid


class Door(tables.Column):
    """A link to a form, for whoever may fill it in."""

    css = "nowrap noprint"

    def __init__(self, label, *, page, words, **kwargs):
        super().__init__(label, **kwargs)
        self.page, self.words = page, words

    def writer(self, page):
        base, _sep, tail = reverse(self.page, args=[0]).partition("0")
        words = escape(str(self.words))
        if not page.get("may_edit"):
            return lambda pk: ""
        return lambda pk: f'<a href="{base}{pk}{tail}">{words}</a>'

    def in_words(self, page):
        return lambda *values: None


class ReportTable(tables.ListTable):
    """Monthly reports, one a row."""

    compound = Home(
        _of_report("compound"),
        reads=("compound__name", "compound__code"),
        sorts=("compound__code",),
        is_fixed=True,
    )
    month = Month(_of_report("month"))
    street = Place(
        gettext_lazy("street"), reads=("street_id",), sorts=("street__code",), is_shown=False
    )
    community = Place(
        gettext_lazy("community"),
        reads=("community_id",),
        sorts=("community__code",),
        css="nowrap",
    )
    provider = tables.Column(_of_report("provider"), reads=("provider__name",))
    billed_households = tables.Number(_of_report("billed_households"))
    paid_households = tables.Number(_of_report("paid_households"))
    household_rate = Rate(
        gettext_lazy("by households"), reads=("paid_households", "billed_households"), sorts=()
    )
    unpaid = Unpaid(
        gettext_lazy("households owing"),
        reads=("billed_households", "paid_households"),
        sorts=(),
        is_shown=False,
    )
    billed_amount = Money(_of_report("billed_amount"))
    paid_amount = Money(_of_report("paid_amount"))
    money_rate = Rate(
        gettext_lazy("by money"), reads=("paid_amount", "billed_amount"), sorts=(), css="num"
    )
    note = tables.Column(_of_report("note"), sorts=(), is_shown=False)
    acts = Door("", page="fees:report_edit", words=gettext_lazy("Correct"), reads=("pk",), sorts=())

    class Meta:
        order_by = ()


class Report(tables.Column):
    """The door to the missing report."""

    css = "nowrap noprint"

    def writer(self, page):
        base, _sep, tail = reverse("fees:report_add", args=[SAMPLE]).partition(SAMPLE)
        words, query = escape(pgettext("act", "Report")), f"?month={page['month']:%Y-%m}"
        if not page.get("may_edit"):
            return lambda code: ""
        return lambda code: f'<a href="{base}{escape(code)}{tail}{query}">{words}</a>'

    def in_words(self, page):
        return lambda code: None


class MissingTable(tables.ListTable):
    """Compounds that owe a report, one a row."""

    name = Home(gettext_lazy("compound"), reads=("name", "code"), sorts=("name",), is_fixed=True)
    street = Place(gettext_lazy("street"), reads=("street_id",), sorts=("street__code",))
    community = Place(
        gettext_lazy("community"), reads=("community_id",), sorts=("community__code",)
    )
    household_count = tables.Number(gettext_lazy("households"))
    provider_name = tables.Column(gettext_lazy("provider"), sorts=())
    charges_from = tables.Day(gettext_lazy("charges from"), sorts=())
    last_month = Month(gettext_lazy("reported last"), sorts=())
    acts = Report("", reads=("code",), sorts=())

    class Meta:
        order_by = ()


class Waiting(tables.Column):
    """Since when lines wait to be published."""

    css = "nowrap"

    def writer(self, page):
        words = escape(pgettext("publication", "since %(day)s")) % {"day": "{}"}
        done = '<span class="pass">✓ {}</span>'.format(escape(_("all published")))
        return lambda day: (
            done if day is None else f'<span class="unk">{words.format(day.isoformat())}</span>'
        )

    def in_words(self, page):
        return lambda day: day.isoformat() if day else None


class BookTable(tables.ListTable):
    """Compounds with a book, one a row."""

    name = BookHome(
        gettext_lazy("compound"), reads=("name", "code"), sorts=("name",), is_fixed=True
    )
    street = Place(gettext_lazy("street"), reads=("street_id",), sorts=("street__code",))
    community = Place(
        gettext_lazy("community"), reads=("community_id",), sorts=("community__code",)
    )
    income = Money(gettext_lazy("income"), sorts=())
    cost = Money(gettext_lazy("reasonable cost"), sorts=())
    spent = Money(gettext_lazy("spent on the compound"), sorts=())
    balance = Money(gettext_lazy("balance (yuan)"), sorts=("book_balance__amount",))
    published = tables.Day(gettext_lazy("published last"), sorts=())
    waiting = Waiting(gettext_lazy("still to be published"), sorts=())

    class Meta:
        order_by = ()


class Outcome(tables.Column):
    def writer(self, page):
        passed = '<span class="chip ok">{}</span>'.format(escape(pgettext("inspection", "passed")))
        failed = '<span class="chip bad">{}</span>'.format(escape(pgettext("inspection", "failed")))
        absent = '<span class="chip bad">{}</span>'.format(escape(_("staff absent")))
        return lambda ok, gone: (passed if ok else failed) + (f" {absent}" if gone else "")

    def in_words(self, page):
        words = {
            True: pgettext("inspection", "passed"),
            False: pgettext("inspection", "failed"),
        }
        return lambda ok, gone: words[ok]


class Order(tables.Column):
    """What is ordered: mended, or the days left, or how late it is."""

    css = "nowrap"

    def writer(self, page):
        today = dates.today()
        mended = escape(_("mended on %(day)s"))
        left, late = escape(_("%(n)s days left")), escape(_("%(n)s days late"))
        base, _sep, tail = reverse("fees:inspection_mend", args=[0]).partition("0")
        words, may_edit = escape(_("Mended")), page.get("may_edit")

        def write(due_on, mended_on, pk):
            if due_on is None:
                return UNKNOWN
            if mended_on:
                return f'<span class="pass">✓ {mended % {"day": mended_on.isoformat()}}</span>'
            days = dates.days_left(due_on, today)
            shown = (left if days >= 0 else late) % {"n": abs(days)}
            css = "muted" if days >= 0 else "late"
            door = f' <a class="noprint" href="{base}{pk}{tail}">{words}</a>' if may_edit else ""
            day = due_on.isoformat()
            return f'<span class="{css}" title="{day}">{day} · {shown}</span>{door}'

        return write

    def in_words(self, page):
        return lambda due_on, mended_on, pk: (
            (mended_on or due_on or None) and (mended_on or due_on).isoformat()
        )


class InspectionTable(tables.ListTable):
    """Inspections, one a row."""

    compound = Home(
        _of_inspection("compound"),
        reads=("compound__name", "compound__code"),
        sorts=("compound__code",),
        is_fixed=True,
    )
    community = Place(
        gettext_lazy("community"),
        reads=("community_id",),
        sorts=("community__code",),
        css="nowrap",
    )
    on = tables.Day(_of_inspection("on"))
    passed = Outcome(gettext_lazy("outcome"), reads=("passed", "staff_absent"), sorts=("passed",))
    statement_posted = tables.YesNo(_of_inspection("statement_posted"), sorts=())
    findings = tables.Column(_of_inspection("findings"), sorts=())
    order = Order(
        _of_inspection("order_due_on"),
        reads=("order_due_on", "mended_on", "pk"),
        sorts=("order_due_on",),
    )

    class Meta:
        order_by = ()


class GradeChip(tables.Column):
    def writer(self, page):
        chips = {
            grade.value: f'<span class="chip {GRADE_CLASS[grade.value]}">'
            f"{tables.plain(grade.label)}</span>"
            for grade in Assessment.Grade
        }
        return lambda grade: chips[grade]

    def in_words(self, page):
        words = {grade.value: str(grade.label) for grade in Assessment.Grade}
        return lambda grade: words[grade]


class Points(tables.Column):
    """Points of collection, and whether they were typed or reported."""

    css = "num"

    def writer(self, page):
        typed = escape(_("typed"))
        return lambda points, source: (
            f"{points}"
            if source == Assessment.Source.REPORTS
            else f'<small class="muted">{typed}</small> {points}'
        )

    def in_words(self, page):
        return lambda points, source: points


class AssessmentTable(tables.ListTable):
    """Assessments of a round, one a row."""

    compound = Home(
        _of_assessment("compound"),
        reads=("compound__name", "compound__code"),
        sorts=("compound__code",),
        is_fixed=True,
    )
    community = Place(
        gettext_lazy("community"),
        reads=("community_id",),
        sorts=("community__code",),
        css="nowrap",
    )
    provider = tables.Column(_of_assessment("provider"), reads=("provider__name",))
    sampled_households = tables.Number(_of_assessment("sampled_households"))
    satisfaction_score = tables.Column(_of_assessment("satisfaction_score"), css="num")
    collection_score = Points(
        _of_assessment("collection_score"), reads=("collection_score", "collection_source")
    )
    total = tables.Column(_of_assessment("total"), css="num strong")
    grade = GradeChip(_of_assessment("grade"), sorts=())
    reward = tables.Column(_of_assessment("reward"), sorts=())
    assessed_on = tables.Day(_of_assessment("assessed_on"), is_shown=False)
    acts = Door(
        "", page="fees:assessment_edit", words=gettext_lazy("Correct"), reads=("pk",), sorts=()
    )

    class Meta:
        order_by = ()
