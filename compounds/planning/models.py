"""Plans: the norms they are reckoned with, runs of the optimiser kept whole, and their adoption."""

from __future__ import annotations

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from compounds.classification.models.work import Work
from compounds.providers.models import Provider, ProviderBase
from compounds.registry.models import Compound
from governance.foundation.fields import FixedPointField
from governance.foundation.models import Versioned, person
from governance.organisation.models import Area, Level, Placed, PlacedQuerySet

NORMS = "plan.norms"
RUN = "plan.run"
PROPOSE = "plan.propose"
APPROVE = "plan.approve"

# What a plan adds to the register's strategies: a street centre that is to be opened.
CENTRE_STRATEGY = "CENTRE"

UNFINISHED = ["QUEUED", "RUNNING"]


def _number(label, *, places: int = 2, most: int | None = None, **kwargs) -> FixedPointField:
    limits = [MinValueValidator(0)]
    if most is not None:
        limits.append(MaxValueValidator(most))
    return FixedPointField(label, places=places, validators=limits, **kwargs)


def _one_open(name: str, fields: list[str], states: list[str], refusal) -> models.UniqueConstraint:
    """At most one row in these states for the same fields."""
    return models.UniqueConstraint(
        fields=fields,
        condition=Q(state__in=states),
        name=name,
        violation_error_message=refusal,
    )


class NormsQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(district_id__in=user.scope.in_districts())

    def in_force(self, district_id: int, as_of):
        """The latest norms of a district that hold on a day, or None."""
        found = self.filter(district_id=district_id, effective_from__lte=as_of)
        return found.order_by("-effective_from").first()


class Norms(Versioned):
    """What a plan is reckoned with where no row of the register says it; dated, with a source each.

    `sources` holds, by the name of a number, [evidence, words]: whether it is measured, stated or
    an assumption, and by whom.
    """

    class Evidence(models.TextChoices):
        MEASURED = "MEASURED", pgettext_lazy("of a number", "measured")
        STATED = "STATED", pgettext_lazy("of a number", "stated")
        GUESS = "GUESS", pgettext_lazy("of a number", "assumption")

    district = models.ForeignKey(
        Area,
        models.PROTECT,
        related_name="+",
        limit_choices_to={"level": Level.DISTRICT},
        verbose_name=_("district"),
    )
    effective_from = models.DateField(_("effective from"))
    document = models.CharField(_("document number"), max_length=100, blank=True)
    months = models.PositiveSmallIntegerField(
        _("horizon (months)"), default=36, validators=[MinValueValidator(6), MaxValueValidator(120)]
    )
    ramp_months = models.PositiveSmallIntegerField(
        _("months of serving before charging"), default=6, validators=[MaxValueValidator(60)]
    )
    ramp_percent = _number(_("collected in those months (% of later)"), most=100, default=30)
    profit_percent = _number(_("normal profit (%)"), most=50, default=5)
    fee = _number(_("fee accepted (yuan/m²·month)"), places=4, default=Decimal("0.5"))
    collection_percent = _number(_("collection rate (%)"), most=100, default=75)
    revenue = _number(_("public revenue (yuan/m²·month)"), places=4, default=0)
    service_percent = _number(
        _("cost of such service (% of the norms of cost)"), most=300, default=100
    )
    each = _number(_("one more compound (yuan/month)"), default=0)
    travel = _number(_("way from the base (yuan/km·month)"), default=0)
    fixed = _number(_("running a bundle (yuan/month)"), default=0)
    # Its people are there already, for the unit itself.
    unit_fixed = _number(_("running a bundle by the unit's own company (yuan/month)"), default=0)
    most = models.PositiveSmallIntegerField(
        _("compounds in a bundle, at most"), default=30, validators=[MinValueValidator(1)]
    )
    centre_setup = _number(_("setting up a street centre (yuan)"), default=0)
    centre_fixed = _number(_("running a street centre (yuan/month)"), default=0)
    centre_capacity = _number(_("what a street centre can take (m²)"), default=0)
    fallback_each = _number(_("fallback service of a compound (yuan/month)"), default=0)
    fallback_area = _number(_("fallback service (yuan/m²·month)"), places=4, default=0)
    penalty = _number(_("weight of a household left to fallback (yuan-equivalent)"), default=0)
    sources = models.JSONField(_("sources"), default=dict, blank=True)

    NUMBERS = (
        "months",
        "ramp_months",
        "ramp_percent",
        "profit_percent",
        "fee",
        "collection_percent",
        "revenue",
        "service_percent",
        "each",
        "travel",
        "fixed",
        "unit_fixed",
        "most",
        "centre_setup",
        "centre_fixed",
        "centre_capacity",
        "fallback_each",
        "fallback_area",
        "penalty",
    )

    objects = NormsQuerySet.as_manager()

    class Meta:
        verbose_name = _("planning norms")
        verbose_name_plural = _("planning norms")
        ordering = ["district", "-effective_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["district", "effective_from"],
                name="planning_norms_once_a_day",
                violation_error_message=_("There are planning norms from this day already."),
            ),
            models.CheckConstraint(
                condition=Q(ramp_months__lte=F("months")),
                name="planning_ramp_within_the_horizon",
                violation_error_message=_("Charging cannot begin after the horizon."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.district} {self.effective_from}"

    def evidence_of(self, name: str) -> tuple[str, str]:
        """How well a number is known, and its source in words."""
        evidence, words = self.sources.get(name, (self.Evidence.GUESS, ""))
        return evidence, words

    @property
    def lines(self):
        """(label, value, (evidence, its word), source) of each number, in the order of the page."""
        for name in self.NUMBERS:
            evidence, words = self.evidence_of(name)
            field = self._meta.get_field(name)
            said = (evidence, self.Evidence(evidence).label)
            yield field.verbose_name, getattr(self, name), said, words


class PlanRun(Work):
    """One run of the optimiser over the unmanaged compounds of an area; never written over.

    `dials` are those of `core.inputs.Dials` and how long and with which seed to search; `inputs`
    are the arrays the plan was made from (npz), `digest` their hash: the same inputs, dials, seed
    and versions give the same plan, where the time of the bound suffices for its dives. `figures`
    hold, for the plan, for today's official plan and for the by-hand office, the money apart from
    the penalty, what is left to fallback, and the fairness table; `bound` what no plan can beat,
    and the prices of the limits.
    """

    RIGHT = RUN

    norms = models.ForeignKey(
        Norms, models.PROTECT, related_name="runs", verbose_name=_("planning norms")
    )
    title = models.CharField(_("title"), max_length=100, blank=True)
    dials = models.JSONField(_("dials"))
    seed = models.PositiveIntegerField(_("seed"), default=1)
    seconds = models.PositiveSmallIntegerField(
        _("seconds of search"),
        default=20,
        validators=[MinValueValidator(1), MaxValueValidator(900)],
    )
    inputs = models.BinaryField(editable=False, null=True)
    digest = models.CharField(_("hash of the inputs"), max_length=64, blank=True, editable=False)
    versions = models.JSONField(_("versions"), default=dict, editable=False)
    readiness = models.JSONField(_("what was estimated or missing"), default=dict, editable=False)
    figures = models.JSONField(_("figures"), default=dict, editable=False)
    bound = models.JSONField(_("bound"), default=dict, editable=False)
    # What moves when the data err a little: see `core.shaking`.
    stability = models.JSONField(_("stability"), default=dict, editable=False)
    # The curves whose searches found a better plan, where this one begins with that.
    begun_from = models.ForeignKey(
        "PlanCurve",
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="taken_over",
        verbose_name=_("begun from the better plan of"),
    )
    public_money = FixedPointField(_("public money (yuan)"), null=True, editable=False)
    left_count = models.PositiveIntegerField(_("left to fallback"), null=True, editable=False)

    class Meta:
        verbose_name = pgettext_lazy("of the optimiser", "plan")
        verbose_name_plural = pgettext_lazy("of the optimiser", "plans")
        ordering = ["-started_at", "-pk"]
        indexes = [models.Index(fields=["district", "-started_at", "-id"], name="plan_district")]
        constraints = [
            _one_open(
                "plan_one_open",
                ["area", "by"],
                UNFINISHED,
                _("A plan of yours for this area is being reckoned already."),
            ),
        ]

    def __str__(self) -> str:
        return self.title or f"{self.area} {self.as_of:%Y-%m-%d}"

    @property
    def percents(self) -> dict[str, float]:
        """Those of its dials that are shares, in percent."""
        shares = ("carry", "street_fallback", "provider_share")
        return {name: 100 * at for name in shares if (at := self.dials.get(name)) is not None}

    @property
    def share_percent(self) -> int | None:
        """How much of all that can be saved is saved, at least: whole percent, rounded down."""
        share = self.figures.get("share")
        return None if share is None else int(share * 100)

    @property
    def better(self) -> PlanCurve | None:
        """Its latest finished curves, where their searches found a better plan."""
        latest = self.curves.filter(state=self.State.DONE).first()
        return latest if latest and latest.better_by else None


class PlanCurve(Work):
    """Curves about a plan and prices of its rules, reckoned once more; never written over.

    `points` hold, in plain numbers, the plan itself, the best plan known under its own rules, the
    noise of the search, a point for each value of a dial, and what lifting each rule changes;
    where that best plan is a better one, `better` says who is in which bundle of it.
    """

    RIGHT = RUN
    BETTER = 1.0  # yuan of the objective from which another plan is a better one

    run = models.ForeignKey(
        PlanRun,
        models.CASCADE,
        related_name="curves",
        verbose_name=pgettext_lazy("of the optimiser", "plan"),
    )
    total = models.PositiveIntegerField(_("searches"), default=0)
    seed = models.PositiveIntegerField(_("seed"), default=1)
    seconds = models.PositiveSmallIntegerField(
        _("seconds of each search"),
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(120)],
    )
    points = models.JSONField(_("points"), default=dict, editable=False)
    versions = models.JSONField(_("versions"), default=dict, editable=False)

    class Meta:
        verbose_name = _("curves of a plan")
        verbose_name_plural = _("curves of plans")
        ordering = ["-pk"]
        constraints = [
            _one_open(
                "plan_curve_one_open",
                ["run"],
                UNFINISHED,
                _("The curves of this plan are being reckoned already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.run} · {self.get_state_display()}"

    @property
    def better_by(self) -> float:
        """Yuan of the objective that searching on saves under the plan's own rules."""
        sides = [self.points.get(name) for name in ("plan", "base")]
        if None in sides:
            return 0.0
        found = sides[0]["objective"] - sides[1]["objective"]
        return found if found > self.BETTER else 0.0

    @property
    def better_public(self) -> float:
        """Public money of the plan that searching on found, yuan."""
        return self.points["base"]["public"]


class PlanBundle(models.Model):
    """A bundle of a plan: who runs it from where, what carries it and what it is paid."""

    LIKELY = 10  # percent: from here on a bundle is told to be at risk

    run = models.ForeignKey(
        PlanRun, models.CASCADE, db_index=False, related_name="bundles", verbose_name=_("plan")
    )
    number = models.PositiveIntegerField(_("number"))
    provider = models.ForeignKey(
        Provider,
        models.PROTECT,
        null=True,
        db_index=False,
        related_name="+",
        verbose_name=_("provider"),
    )
    base = models.ForeignKey(
        ProviderBase,
        models.SET_NULL,
        null=True,
        db_index=False,
        related_name="+",
        verbose_name=_("base"),
    )
    # A street centre that is to be opened has no provider yet.
    centre_of = models.ForeignKey(
        Area,
        models.PROTECT,
        null=True,
        db_index=False,
        related_name="+",
        verbose_name=_("centre of the street"),
    )
    longitude = models.FloatField(_("longitude"))
    latitude = models.FloatField(_("latitude"))
    compound_count = models.PositiveIntegerField(_("compounds"))
    household_count = models.PositiveIntegerField(_("households"))
    area_m2 = FixedPointField(_("area (m²)"))
    income = FixedPointField(_("income over the horizon (yuan)"))
    cost = FixedPointField(_("cost over the horizon (yuan)"))
    counted = FixedPointField(_("margin that is counted (yuan)"))
    fixed = FixedPointField(_("cost of running it (yuan)"))
    setup = FixedPointField(_("public set-up (yuan)"), default=0)
    subsidy = FixedPointField(_("subsidy (yuan)"), default=0)
    # At which share of the planned collection the bundle still bears itself; None: at none.
    break_even_percent = FixedPointField(_("break-even collection (%)"), null=True)
    # How likely it needs more subsidy than its cap under drawn collection; None: not reckoned.
    over_cap_percent = FixedPointField(_("chance to need more than its cap (%)"), null=True)
    # {"base": place among the bases of the inputs, "course": money month by month,
    #  "risk": drawn needs, "leaving": without its largest member}
    account = models.JSONField(_("account"), default=dict)

    class Meta:
        verbose_name = _("bundle")
        verbose_name_plural = _("bundles")
        ordering = ["run", "number"]
        constraints = [
            models.UniqueConstraint(fields=["run", "number"], name="bundle_number_once"),
            models.CheckConstraint(
                condition=Q(provider__isnull=False, centre_of=None)
                | Q(provider=None, centre_of__isnull=False),
                name="bundle_of_a_provider_or_a_centre",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} · {self.provider or self.centre_of}"

    @property
    def never_bears_itself(self) -> bool:
        """Does each month cost more than it brings, even when charging is in full?"""
        return self.account.get("course", {}).get("monthly", 0) < 0

    @property
    def is_at_risk(self) -> bool:
        """Is it told to be likely that it needs more than its cap?"""
        return (self.over_cap_percent or 0) > self.LIKELY


class PlanFirm(models.Model):
    """A firm that was planned with: its room, how much of it the plan uses, what more is worth."""

    FULL = 90  # percent

    run = models.ForeignKey(
        PlanRun, models.CASCADE, db_index=False, related_name="firms", verbose_name=_("plan")
    )
    provider = models.ForeignKey(
        Provider, models.PROTECT, db_index=False, related_name="+", verbose_name=_("provider")
    )
    capacity_m2 = FixedPointField(_("capacity left today (m²)"))
    limit_m2 = FixedPointField(_("may take in the plan (m²)"))
    taken_m2 = FixedPointField(_("takes in the plan (m²)"))
    bundle_count = models.PositiveIntegerField(_("bundles"), default=0)
    compound_count = models.PositiveIntegerField(_("compounds"), default=0)
    # By the prices of the bound: yuan of the objective one more m² is worth at the margin.
    price = FixedPointField(_("worth of one more m² (yuan)"), places=4, default=0)

    class Meta:
        verbose_name = pgettext_lazy("of a plan", "firm")
        verbose_name_plural = pgettext_lazy("of a plan", "firms")
        ordering = ["run", "provider"]
        constraints = [
            models.UniqueConstraint(fields=["run", "provider"], name="plan_firm_once"),
        ]

    def __str__(self) -> str:
        return f"{self.run} · {self.provider}"

    @property
    def used_percent(self) -> int:
        """How full it is; 100 where it may take nothing."""
        return min(round(100 * self.taken_m2 / self.limit_m2), 100) if self.limit_m2 else 100

    @property
    def is_full(self) -> bool:
        """Has it hardly room for one compound more?"""
        return self.used_percent >= self.FULL

    @property
    def worth(self) -> Decimal:
        """What 1,000 m² more of room would save, by the prices of the bound; yuan.

        The bound may fill firms by halves of compounds: where the plan leaves room, more of it is
        worth nothing; nor is it where the share of one firm binds first.
        """
        return 1000 * self.price if self.is_full and not self.is_shared_out else Decimal(0)

    @property
    def is_shared_out(self) -> bool:
        """Is it the share of one firm that binds first, and not its own room?"""
        return self.limit_m2 < self.capacity_m2


class PlanPlace(Placed):
    """One compound's place in a plan, with its account and what else was possible."""

    class Outcome(models.TextChoices):
        """In fallback is whom nobody serves, or a team of fallback service, the day of the plan."""

        KEPT = "KEPT", _("stays with its firm")
        MOVED = "MOVED", _("to another firm")
        TAKEN = "TAKEN", _("out of fallback")
        LOST = "LOST", _("served today, left to fallback")
        STAYS = "STAYS", _("stays in fallback")

    LEFT = (Outcome.LOST, Outcome.STAYS)  # to fallback, in the plan
    DIFFERENT = (Outcome.MOVED, Outcome.TAKEN, Outcome.LOST)  # from today

    run = models.ForeignKey(
        PlanRun, models.CASCADE, db_index=False, related_name="places", verbose_name=_("plan")
    )
    compound = models.ForeignKey(
        Compound, models.CASCADE, related_name="+", verbose_name=_("compound")
    )
    bundle = models.ForeignKey(
        PlanBundle, models.CASCADE, null=True, related_name="places", verbose_name=_("bundle")
    )
    today = models.ForeignKey(
        Provider,
        models.PROTECT,
        null=True,
        db_index=False,
        related_name="+",
        verbose_name=_("provider today"),
    )
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome)
    # The member through which it touches its base; None: near the base, or left to fallback.
    stone = models.ForeignKey(
        Compound,
        models.SET_NULL,
        null=True,
        db_index=False,
        related_name="+",
        verbose_name=_("joined through"),
    )
    metres = models.PositiveIntegerField(_("way from the base (m)"), null=True)
    households = models.PositiveIntegerField(_("households"), default=0)
    area_m2 = FixedPointField(_("area (m²)"), default=0)
    income = FixedPointField(_("income over the horizon (yuan)"), null=True)
    cost = FixedPointField(_("cost over the horizon (yuan)"), null=True)
    margin = FixedPointField(_("margin (yuan)"), null=True)
    counted = FixedPointField(_("margin that is counted (yuan)"), null=True)
    # What the objective would lose by the next best choice; None where there is none.
    next_price = FixedPointField(_("price of the next best (yuan)"), null=True)
    # What the objective would lose if all stayed as it is today; None where it does, or cannot.
    stay_price = FixedPointField(_("price of staying as today (yuan)"), null=True)
    # {"options": other places, "ways": single changes that would take it out of fallback}
    account = models.JSONField(_("account"), default=dict)

    placed_by = "compound"

    objects = PlacedQuerySet.as_manager()

    class Meta:
        verbose_name = _("place in a plan")
        verbose_name_plural = _("places in a plan")
        ordering = ["run", "compound"]
        indexes = [
            models.Index(fields=["run", "street", "outcome"], name="plan_place_street"),
            models.Index(fields=["run", "outcome", "id"], name="plan_place_outcome"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["run", "compound"], name="plan_place_once"),
            models.CheckConstraint(
                condition=Q(outcome__in=["LOST", "STAYS"], bundle=None)
                | Q(outcome__in=["KEPT", "MOVED", "TAKEN"], bundle__isnull=False),
                name="plan_place_left_has_no_bundle",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.compound}: {self.get_outcome_display()}"


class Adoption(Versioned):
    """A plan put to the district's approval; approved, it becomes proposals of assignments."""

    class State(models.TextChoices):
        PROPOSED = "PROPOSED", pgettext_lazy("adoption of a plan", "proposed")
        APPROVED = "APPROVED", pgettext_lazy("adoption of a plan", "approved")
        REFUSED = "REFUSED", pgettext_lazy("adoption of a plan", "not approved")
        WITHDRAWN = "WITHDRAWN", pgettext_lazy("adoption of a plan", "withdrawn")

    run = models.ForeignKey(
        PlanRun, models.PROTECT, related_name="adoptions", verbose_name=_("plan")
    )
    state = models.CharField(
        _("state"), max_length=10, choices=State, default=State.PROPOSED, editable=False
    )
    reason = models.CharField(_("why this plan"), max_length=500)
    document = models.CharField(_("document"), max_length=150, blank=True)
    prepared_by = person(_("prepared by"))
    prepared_on = models.DateField(_("prepared on"))
    decided_by = person(_("decided by"), null=True)
    decided_on = models.DateField(_("decided on"), null=True)
    refusal = models.CharField(_("why not"), max_length=500, blank=True)
    # {"proposed": n in all, "last": n, "left_over": [[code and name, sentence], …]}
    outcome = models.JSONField(_("what came of it"), default=dict, editable=False)
    batch = models.CharField(max_length=40, blank=True, editable=False)

    class Meta:
        verbose_name = _("adoption of a plan")
        verbose_name_plural = _("adoptions of plans")
        ordering = ["-pk"]
        constraints = [
            _one_open(
                "adoption_one_open",
                ["run"],
                ["PROPOSED", "APPROVED"],
                _("This plan has been put to approval already."),
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("prepared_by")),
                name="adoption_decided_by_another",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["PROPOSED", "WITHDRAWN"])
                | Q(decided_by__isnull=False, decided_on__isnull=False),
                name="adoption_decided_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.run} · {self.get_state_display()}"
