"""Lots, contracts with the compounds and items they cover, files, and viability sheets."""

import uuid

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from compounds.assignment.models import Assignment
from compounds.providers.models import Provider
from compounds.registry.models import Compound
from governance.foundation.fields import FixedPointField, TagsField
from governance.foundation.models import Versioned, person
from governance.organisation.models import Located, Placed, PlacedQuerySet


class Lot(Located, Versioned):
    """Compounds put together so that somebody takes them (捆绑、大带小, S4-10, S4-11).

    Three gates in their order: renovated so that they can be taken, tendered so that someone
    takes them, run so that they can be kept. Each has its day and document.
    """

    class Kind(models.TextChoices):
        BUNDLE = "BUNDLE", _("bundle: big carries small")
        TENDER = "TENDER", _("tender lot")
        SHARED = "SHARED", _("shared property of neighbours")

    name = models.CharField(_("name of the lot"), max_length=100)
    kind = models.CharField(_("kind of lot"), max_length=20, choices=Kind, default=Kind.BUNDLE)
    renovated_on = models.DateField(_("can be taken since"), null=True, blank=True)
    renovated_by = models.CharField(_("document of the renovation"), max_length=150, blank=True)
    taken_on = models.DateField(_("taken since"), null=True, blank=True)
    taken_by = models.CharField(_("document of the award"), max_length=150, blank=True)
    kept_on = models.DateField(_("can be kept since"), null=True, blank=True)
    kept_by = models.CharField(_("document of the operation"), max_length=150, blank=True)
    bidders = models.PositiveSmallIntegerField(_("bidders"), null=True, blank=True)
    provider = models.ForeignKey(
        Provider,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="lots",
        verbose_name=_("awarded to"),
    )
    note = models.CharField(_("note"), max_length=300, blank=True)
    closed_on = models.DateField(_("closed on"), null=True, editable=False)

    objects = PlacedQuerySet.as_manager()
    history = HistoricalRecords(
        excluded_fields=["created_at", "updated_at"],
        no_db_index=["district", "street", "community"],
    )

    class Meta:
        verbose_name = _("lot")
        verbose_name_plural = _("lots")
        ordering = ["name", "pk"]
        indexes = [
            models.Index(fields=["district", "name", "id"], name="lot_district"),
            models.Index(fields=["street", "name", "id"], name="lot_street"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["district", "name"],
                name="lot_name_once",
                violation_error_message=_("A lot of this name is already there."),
            ),
            models.CheckConstraint(
                condition=Q(taken_on=None) | Q(renovated_on__lte=F("taken_on")),
                name="lot_taken_after_renovation",
                violation_error_message=_("A lot is tendered after it was made fit to be taken."),
            ),
            models.CheckConstraint(
                condition=Q(kept_on=None) | Q(taken_on__lte=F("kept_on")),
                name="lot_kept_after_taken",
                violation_error_message=_("A lot is kept after somebody has taken it."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class LotMember(Placed):
    """A compound of a lot, as the one that carries or as one that is carried."""

    lot = models.ForeignKey(Lot, models.PROTECT, related_name="members", verbose_name=_("lot"))
    compound = models.ForeignKey(
        Compound, models.PROTECT, related_name="lots", verbose_name=_("compound")
    )
    is_carrier = models.BooleanField(_("carries the others"), default=False)
    left_on = models.DateField(_("left on"), null=True, editable=False)

    placed_by = "compound"
    follows_merges = True

    objects = PlacedQuerySet.as_manager()

    class Meta:
        verbose_name = _("compound of a lot")
        verbose_name_plural = _("compounds of a lot")
        ordering = ["lot", "-is_carrier", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["compound"],
                condition=Q(left_on=None),
                name="lotmember_one_lot",
                violation_error_message=_("This compound already belongs to a lot."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.lot} · {self.compound}"


class ContractQuerySet(PlacedQuerySet):
    def in_force(self, as_of):
        """Running on a day: filed and not ended before; without an end it runs until it is ended.

        One followed by another runs until the day before that one begins.
        """
        return self.filter(state__in=("FILED", "ENDED"), starts_on__lte=as_of).filter(
            Q(ended_on=None) | Q(ended_on__gte=as_of)
        )

    def on_their_way(self):
        """Prepared or signed, not yet filed."""
        return self.filter(state__in=("DRAFT", "SIGNED"))

    def indefinite(self, as_of):
        """Run out without a decision, and service goes on: no fixed term any more (948)."""
        return self.filter(state="FILED", renewal="OPEN", notice_on=None, ends_on__lt=as_of)


class Contract(Located, Versioned):
    """A written contract on property service (Civil Code 938), by kind of S0, S1-13, S3-3, S4-10.

    Belongs to the street (or the district, where it covers several streets); what it covers and
    promises is in `ContractCompound` and `ContractItem`.
    """

    class Kind(models.TextChoices):
        TAKEOVER = "TAKEOVER", _("assisted building and managed takeover")
        CO_BUILD = "CO_BUILD", pgettext_lazy("kind of contract", "co-build by the unit")
        TRANSITION = "TRANSITION", _("transition with subsidy")
        SHARED = "SHARED", _("shared property agreement")
        LOT = "LOT", _("bundle or tender lot")
        PURCHASE = "PURCHASE", _("purchase of service")
        SELF = "SELF", _("self-management")
        EMERGENCY = "EMERGENCY", _("emergency service")

    class PartyA(models.TextChoices):
        MANAGEMENT_COMMITTEE = "MANAGEMENT_COMMITTEE", _("property management committee")
        OWNERS_COMMITTEE = "OWNERS_COMMITTEE", _("owners' committee")
        COMMUNITY = "COMMUNITY", _("residents' committee of the community")
        STREET = "STREET", _("street office")
        UNIT = "UNIT", _("work unit")
        DISTRICT = "DISTRICT", _("district")

    class FeeMode(models.TextChoices):
        LUMP_SUM = "LUMP_SUM", _("lump sum")
        REMUNERATION = "REMUNERATION", _("remuneration")
        PER_USE = "PER_USE", _("per use")
        PURCHASED = "PURCHASED", _("paid by public purchase")
        FREE = "FREE", _("free of charge")

    class State(models.TextChoices):
        DRAFT = "DRAFT", pgettext_lazy("contract", "draft")
        SIGNED = "SIGNED", pgettext_lazy("contract", "signed, to be filed")
        FILED = "FILED", pgettext_lazy("contract", "filed")
        ENDED = "ENDED", pgettext_lazy("contract", "ended")
        CANCELLED = "CANCELLED", pgettext_lazy("contract", "cancelled before it was filed")

    class Renewal(models.TextChoices):
        OPEN = "OPEN", pgettext_lazy("renewal", "not decided")
        RENEW = "RENEW", _("owners decided to renew")
        CHANGE = "CHANGE", _("owners decided to change")
        LEAVE = "LEAVE", _("the provider does not renew")

    class EndReason(models.TextChoices):
        EXPIRED = "EXPIRED", _("ran out")
        RENEWED = "RENEWED", _("followed by a new contract")
        DISMISSED = "DISMISSED", _("ended by the owners")
        RESIGNED = "RESIGNED", _("ended by the provider")
        AGREED = "AGREED", _("ended by agreement")
        GONE = "GONE", _("the compound is no longer there")
        LOST = "LOST", _("service was lost")

    number = models.CharField(_("contract number"), max_length=60)
    kind = models.CharField(_("kind of contract"), max_length=20, choices=Kind)
    provider = models.ForeignKey(
        Provider,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="contracts",
        verbose_name=_("party B"),
        help_text=_("Nobody where residents manage themselves."),
    )
    lot = models.ForeignKey(
        Lot, models.PROTECT, null=True, blank=True, related_name="contracts", verbose_name=_("lot")
    )
    follows = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="followed_by",
        verbose_name=_("follows the contract"),
    )
    party_a = models.CharField(_("party A"), max_length=30, choices=PartyA)
    party_a_name = models.CharField(_("name of party A"), max_length=100)
    signed_on = models.DateField(_("signed on"), null=True, blank=True)
    starts_on = models.DateField(_("runs from"))
    ends_on = models.DateField(
        _("runs until"), null=True, blank=True, help_text=_("Empty: without a fixed term (948).")
    )
    fee_mode = models.CharField(_("way of charging"), max_length=20, choices=FeeMode)
    fee_per_m2 = FixedPointField(
        _("fee (yuan/m²·month)"),
        places=4,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    fee_note = models.CharField(_("fee standard in words"), max_length=300, blank=True)
    parking_fee = FixedPointField(
        _("parking (yuan/space·month)"), null=True, blank=True, validators=[MinValueValidator(0)]
    )
    yearly_price = FixedPointField(
        _("price of the purchase (yuan/year)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    quality = models.TextField(_("quality of service"), max_length=1000, blank=True)
    repair_fund = models.CharField(_("use of the repair fund"), max_length=300, blank=True)
    service_rooms = models.CharField(_("service rooms"), max_length=200, blank=True)
    handover_terms = models.CharField(_("terms of the hand-over"), max_length=300, blank=True)
    dunning = TagsField(
        _("how arrears are collected"),
        help_text=_("Never by cutting water, power, heat or gas (Civil Code 944)."),
    )
    document = models.CharField(_("document"), max_length=150, blank=True)
    state = models.CharField(
        _("state"), max_length=20, choices=State, default=State.DRAFT, editable=False
    )
    filed_on = models.DateField(_("filed on"), null=True, editable=False)
    filing_number = models.CharField(_("filing number"), max_length=60, blank=True, editable=False)
    prepared_by = person(_("prepared by"))
    filed_by = person(_("filed by"), null=True)
    renewal = models.CharField(
        _("renewal"), max_length=20, choices=Renewal, default=Renewal.OPEN, editable=False
    )
    renewal_on = models.DateField(_("decided on"), null=True, editable=False)
    notice_on = models.DateField(_("notice given on"), null=True, editable=False)
    notice_by_provider = models.BooleanField(_("by the provider"), null=True, editable=False)
    ended_on = models.DateField(_("ended on"), null=True, editable=False)
    end_reason = models.CharField(
        _("reason of the end"), max_length=20, choices=EndReason, blank=True, editable=False
    )
    # What is to be done next is due on this day, as the law counts it (`rules.duty_of`).
    due_on = models.DateField(_("due on"), null=True, editable=False)

    objects = ContractQuerySet.as_manager()
    history = HistoricalRecords(
        excluded_fields=["created_at", "updated_at"],
        no_db_index=["district", "street", "community"],
    )

    class Meta:
        verbose_name = _("contract")
        verbose_name_plural = _("contracts")
        ordering = ["-starts_on", "-pk"]
        indexes = [
            models.Index(fields=["district", "state", "ends_on", "id"], name="contract_district"),
            models.Index(fields=["street", "state", "ends_on", "id"], name="contract_street"),
            models.Index(fields=["provider", "state", "id"], name="contract_provider"),
            models.Index(fields=["district", "due_on", "id"], name="contract_district_due"),
            models.Index(fields=["street", "due_on", "id"], name="contract_street_due"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["district", "number"],
                name="contract_number_once",
                violation_error_message=_("A contract of this number is already there."),
            ),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                name="contract_ends_after_it_starts",
                violation_error_message=_("The contract would end before it begins."),
            ),
            models.CheckConstraint(
                condition=Q(kind="SELF") | Q(provider__isnull=False),
                name="contract_has_a_provider",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["SIGNED", "FILED", "ENDED"]) | Q(signed_on__isnull=False),
                name="contract_signed_on_a_day",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["FILED", "ENDED"])
                | (Q(filed_on__isnull=False) & Q(filed_on__gte=F("signed_on"))),
                name="contract_filed_on_a_day",
            ),
            models.CheckConstraint(
                condition=(Q(state="ENDED", ended_on__isnull=False) & ~Q(end_reason=""))
                | (~Q(state="ENDED") & Q(ended_on=None)),
                name="contract_ended_with_day_and_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class ContractCompound(Placed, Versioned):
    """A compound covered by a contract, with the area the fee is reckoned by.

    A main contract is the property service itself; agreements on single uses stand beside it.
    `is_running` while the contract is filed and not ended, so that the database keeps one main
    contract for each compound. Its version grows with every act on the contract.
    """

    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="covers", verbose_name=_("contract")
    )
    compound = models.ForeignKey(
        Compound, models.PROTECT, related_name="contracts", verbose_name=_("compound")
    )
    assignment = models.ForeignKey(
        Assignment,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="contracts",
        verbose_name=_("assignment"),
    )
    area_m2 = FixedPointField(
        _("chargeable area (m²)"), null=True, blank=True, validators=[MinValueValidator(0)]
    )
    is_main = models.BooleanField(_("main contract"), default=True, editable=False)
    is_running = models.BooleanField(_("running"), default=False, editable=False)
    left_on = models.DateField(
        _("left on"),
        null=True,
        editable=False,
        help_text=_("The service of this compound was lost while the contract goes on."),
    )

    placed_by = "compound"
    follows_merges = True

    objects = PlacedQuerySet.as_manager()

    class Meta:
        verbose_name = _("compound of a contract")
        verbose_name_plural = _("compounds of a contract")
        ordering = ["contract", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["contract", "compound"], name="covered_once"),
            models.UniqueConstraint(
                fields=["compound"],
                condition=Q(is_main=True, is_running=True),
                name="covered_by_one_main_contract",
                violation_error_message=_("Another contract already runs for this compound."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract} · {self.compound}"


class ContractItem(Versioned):
    """A service item promised by a contract, and whether it is passed on (Civil Code 938, 941)."""

    class Kind(models.TextChoices):
        CLEANING = "CLEANING", _("cleaning")
        REFUSE = "REFUSE", _("refuse removal")
        ORDER = "ORDER", _("order keeping")
        CUSTOMER = "CUSTOMER", _("customer service")
        REPAIR = "REPAIR", _("small repairs")
        FACILITIES = "FACILITIES", _("upkeep of facilities")
        GREENING = "GREENING", _("greening")
        LIFTS = "LIFTS", _("upkeep of lifts")
        FIRE = "FIRE", _("fire safety")
        SEWERS = "SEWERS", _("pipes and septic tanks")
        ACCESS = "ACCESS", _("access control and cameras")
        PARKING = "PARKING", _("parking")
        PATROL = "PATROL", _("rolling visits")
        OTHER = "OTHER", pgettext_lazy("service item", "other")

    contract = models.ForeignKey(
        Contract, models.CASCADE, related_name="items", verbose_name=_("contract")
    )
    kind = models.CharField(_("service item"), max_length=20, choices=Kind)
    description = models.CharField(_("what is done"), max_length=200, blank=True)
    frequency = models.CharField(_("how often"), max_length=60, blank=True)
    quality = models.CharField(_("standard"), max_length=200, blank=True)
    unit_price = FixedPointField(
        _("price per use (yuan)"), null=True, blank=True, validators=[MinValueValidator(0)]
    )
    subcontractor = models.CharField(_("passed on to"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("service item")
        verbose_name_plural = _("service items")
        ordering = ["contract", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "kind", "description"], name="contractitem_once"
            )
        ]

    def __str__(self) -> str:
        return self.description or self.get_kind_display()


class ContractStep(models.Model):
    """What happened to a contract: signed, filed, notice, renewal, end. Never changed."""

    class Verb(models.TextChoices):
        SIGNED = "SIGNED", pgettext_lazy("step of a contract", "signed")
        RETURNED = "RETURNED", pgettext_lazy("step of a contract", "returned to the draft")
        FILED = "FILED", pgettext_lazy("step of a contract", "filed")
        CANCELLED = "CANCELLED", pgettext_lazy("step of a contract", "cancelled")
        NOTICE_OWNERS = "NOTICE_OWNERS", _("notice by the owners")
        NOTICE_PROVIDER = "NOTICE_PROVIDER", _("notice by the provider")
        RENEW = "RENEW", _("owners decided to renew")
        CHANGE = "CHANGE", _("owners decided to change")
        LEAVE = "LEAVE", _("the provider does not renew")
        ENDED = "ENDED", pgettext_lazy("step of a contract", "ended")

    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="steps", verbose_name=_("contract")
    )
    verb = models.CharField(_("act"), max_length=20, choices=Verb)
    on = models.DateField(_("day"))
    at = models.DateTimeField(_("recorded at"))
    by = person(_("by"))
    post = models.CharField(_("post"), max_length=200, blank=True)
    document = models.CharField(_("document"), max_length=150, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    batch = models.CharField(max_length=40, blank=True, db_index=True)

    class Meta:
        verbose_name = _("step of a contract")
        verbose_name_plural = _("steps of a contract")
        ordering = ["contract", "pk"]

    def __str__(self) -> str:
        return f"{self.contract} {self.verb}"


def file_path(instance, filename) -> str:
    """A generated name: nothing of the user's file name reaches the disk."""
    return f"contracts/{uuid.uuid4().hex}"


class ContractFile(Located):
    """A document attached to a contract; its type is read from its content."""

    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="files", verbose_name=_("contract")
    )
    file = models.FileField(_("file"), upload_to=file_path, max_length=200)
    name = models.CharField(_("file name"), max_length=150)
    content_type = models.CharField(_("type"), max_length=100)
    size = models.PositiveIntegerField(_("size (bytes)"))
    sha256 = models.CharField(max_length=64)
    note = models.CharField(_("note"), max_length=200, blank=True)
    uploaded_by = person(_("uploaded by"))
    uploaded_at = models.DateTimeField(_("uploaded at"), auto_now_add=True)
    removed_at = models.DateTimeField(_("removed at"), null=True, blank=True)

    objects = PlacedQuerySet.as_manager()

    class Meta:
        verbose_name = _("file of a contract")
        verbose_name_plural = _("files of a contract")
        ordering = ["-uploaded_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "sha256"],
                condition=Q(removed_at=None),
                name="contractfile_once",
                violation_error_message=_("This file is already attached here."),
            )
        ]

    def __str__(self) -> str:
        return self.name


class ViabilitySheet(Located):
    """Income against cost of a compound or lot, as reckoned at one time; kept as it was (S1-3).

    `record` holds every input with its source and every line of the result.
    """

    compound = models.ForeignKey(
        Compound,
        models.PROTECT,
        null=True,
        related_name="viability_sheets",
        verbose_name=_("compound"),
    )
    lot = models.ForeignKey(
        Lot, models.PROTECT, null=True, related_name="viability_sheets", verbose_name=_("lot")
    )
    record = models.JSONField(_("inputs and result"))
    income = FixedPointField(_("income (yuan/year)"))
    cost = FixedPointField(_("cost (yuan/year)"))
    note = models.CharField(_("note"), max_length=200, blank=True)
    made_by = person(_("made by"))
    made_at = models.DateTimeField(_("made at"), auto_now_add=True)

    objects = PlacedQuerySet.as_manager()

    class Meta:
        verbose_name = _("viability sheet")
        verbose_name_plural = _("viability sheets")
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(compound=None, lot__isnull=False) | Q(compound__isnull=False, lot=None),
                name="viability_of_one_thing",
            )
        ]

    def __str__(self) -> str:
        return str(self.compound or self.lot)
