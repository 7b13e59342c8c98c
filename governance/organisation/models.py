"""Users, the tree of areas, and posts (who holds which role where, from when until when)."""

from functools import cached_property

from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from governance.foundation import dates
from governance.foundation.models import Versioned

from .scope import CALENDAR_EDIT, ROLE_LEVELS, Role, Scope, scope_of


class User(AbstractUser):
    """A person with an account. What they may do follows from their posts alone."""

    display_name = models.CharField(_("full name"), max_length=50, blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    must_change_password = models.BooleanField(
        _("must change the password"),
        default=False,
        help_text=_("Set for first passwords: the next login asks for a new one."),
    )
    password_changed_at = models.DateTimeField(_("password changed at"), null=True, blank=True)

    class Meta(AbstractUser.Meta):
        verbose_name = _("account")
        verbose_name_plural = _("accounts")

    def __str__(self) -> str:
        return self.display_name or self.username

    @cached_property
    def scope(self) -> Scope:
        """What this person may see and do today; read once per request."""
        return scope_of(self)


class Level(models.IntegerChoices):
    """Levels of the area tree (domain.md §2.4: each code is a prefix of the next)."""

    DISTRICT = 1, _("district")
    STREET = 2, _("street")
    COMMUNITY = 3, _("community")
    GRID = 4, _("grid")
    MICRO_GRID = 5, _("micro-grid")


# The column in which rows keep the area of a level (`Placed`, `Located`).
COLUMNS = {Level.DISTRICT: "district", Level.STREET: "street", Level.COMMUNITY: "community"}
CODE_LENGTHS = {
    Level.DISTRICT: 6,
    Level.STREET: 9,
    Level.COMMUNITY: 12,
    Level.GRID: 15,
    Level.MICRO_GRID: 17,
}


class PlacedQuerySet(models.QuerySet):
    """Rows that belong to a place and are seen by whoever has a post above it."""

    def visible_to(self, user):
        """Rows inside the scope of the user's current posts."""
        return self.filter(user.scope.seen())

    def editable_by(self, user, right: str):
        """Rows for which one of the user's posts grants `right`."""
        return self.filter(user.scope.granted(right))


class AreaQuerySet(PlacedQuerySet):
    def active(self):
        return self.filter(merged_into=None)

    def along(self, user):
        """The user's areas and all areas above them: what a breadcrumb may name."""
        seen = user.scope.seen()
        inside = self.filter(seen)
        return self.filter(
            Q(pk__in=inside.values("pk"))
            | Q(pk__in=inside.values("street"))
            | Q(pk__in=inside.values("district"))
        )


class Area(Versioned):
    """A district, street, community, grid or micro-grid with its statistical code.

    `district`, `street` and `community` name the area itself or its ancestor at that level, so
    that scope is one indexed equality here as on every other placed row.
    """

    level = models.PositiveSmallIntegerField(_("level"), choices=Level.choices)
    code = models.CharField(
        _("statistical code"),
        max_length=17,
        unique=True,
        validators=[RegexValidator(r"^[0-9]{6}([0-9]{3}([0-9]{3}([0-9]{3}([0-9]{2})?)?)?)?\Z")],
        help_text=_("6 digits for a district, 9 street, 12 community, 15 grid, 17 micro-grid."),
    )
    name = models.CharField(_("name"), max_length=60)
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("belongs to"),
    )
    district = models.ForeignKey(
        "self", models.PROTECT, null=True, editable=False, related_name="+"
    )
    street = models.ForeignKey("self", models.PROTECT, null=True, editable=False, related_name="+")
    community = models.ForeignKey(
        "self", models.PROTECT, null=True, editable=False, related_name="+"
    )
    boundary = models.JSONField(
        _("boundary"),
        null=True,
        blank=True,
        help_text=_("GeoJSON Polygon or MultiPolygon, WGS 84 (CGCS2000)."),
    )
    extent = models.CharField(
        _("extent in words"),
        max_length=300,
        blank=True,
        help_text=_("What bounds it on its four sides (四至范围)."),
    )
    population = models.PositiveIntegerField(_("population"), null=True, blank=True)
    merged_into = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="merged_from",
        verbose_name=_("merged into"),
    )
    is_sample = models.BooleanField(
        _("sample data"),
        default=False,
        help_text=_("Compounds, people and firms of this district are invented."),
    )

    objects = AreaQuerySet.as_manager()

    class Meta:
        verbose_name = _("area")
        verbose_name_plural = _("areas")
        ordering = ["code"]
        indexes = [models.Index(fields=["parent", "code"], name="area_parent_code")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(merged_into=F("id")), name="area_not_merged_into_itself"
            ),
            models.CheckConstraint(
                condition=(Q(level=Level.DISTRICT) & Q(parent=None))
                | (Q(level__gt=Level.DISTRICT) & Q(parent__isnull=False)),
                name="area_has_parent_below_district",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self):
        super().clean()
        if self.level and self.code and len(self.code) != CODE_LENGTHS[self.level]:
            raise ValidationError(
                {
                    "code": _("A code of this level has %(length)s digits.")
                    % {"length": CODE_LENGTHS[self.level]}
                }
            )
        if self.parent_id:
            if self.parent.level != self.level - 1:
                raise ValidationError({"parent": _("The area above must be one level higher.")})
            if not self.code.startswith(self.parent.code):
                raise ValidationError(
                    {"code": _("The code must begin with %(code)s.") % {"code": self.parent.code}}
                )

    def save(self, *args, **kwargs):
        """Keep the ancestor columns equal to the tree; a new area needs two writes for itself."""
        above = self.parent
        self.district_id = above.district_id if above else None
        self.street_id = above.street_id if above else None
        self.community_id = above.community_id if above else None
        own = {Level.DISTRICT: "district_id", Level.STREET: "street_id"}
        column = own.get(self.level) or ("community_id" if self.level == Level.COMMUNITY else None)
        if column and self.pk:
            setattr(self, column, self.pk)
        super().save(*args, **kwargs)
        if column and getattr(self, column) != self.pk:
            setattr(self, column, self.pk)
            type(self).objects.filter(pk=self.pk).update(**{column: self.pk})


class Placed(models.Model):
    """A row that belongs to a community; its street and district follow from it.

    A row that hangs on another placed row (`placed_by`: its field) lies where that one lies.
    The three areas have no index of their own: each model declares those its lists need, which
    begin with an area and go on with the order of the list.
    """

    district = models.ForeignKey(
        Area,
        models.PROTECT,
        related_name="+",
        editable=False,
        db_index=False,
        verbose_name=_("district"),
    )
    street = models.ForeignKey(
        Area,
        models.PROTECT,
        related_name="+",
        editable=False,
        db_index=False,
        verbose_name=_("street"),
    )
    community = models.ForeignKey(
        Area,
        models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("community"),
        limit_choices_to={"level": Level.COMMUNITY},
    )

    placed_by = ""

    class Meta:
        abstract = True

    def place(self) -> None:
        """Set street and district from the community, or all three from the row it hangs on."""
        owner = getattr(self, self.placed_by or "community")
        if self.placed_by:
            self.community_id = owner.community_id
        self.street_id = owner.street_id
        self.district_id = owner.district_id

    def save(self, *args, **kwargs):
        self.place()
        super().save(*args, **kwargs)


class Located(models.Model):
    """A row that belongs to an area of any level: below it the columns stay empty.

    Scope reads the same three columns as of `Placed` rows; whoever has a post in a community
    does not see what belongs to its street alone.
    """

    district = models.ForeignKey(
        Area,
        models.PROTECT,
        related_name="+",
        editable=False,
        db_index=False,
        verbose_name=_("district"),
    )
    street = models.ForeignKey(
        Area,
        models.PROTECT,
        related_name="+",
        null=True,
        editable=False,
        db_index=False,
        verbose_name=_("street"),
    )
    community = models.ForeignKey(
        Area,
        models.PROTECT,
        related_name="+",
        null=True,
        editable=False,
        db_index=False,
        verbose_name=_("community"),
    )

    class Meta:
        abstract = True

    def place_in(self, area: Area) -> None:
        """Set the three columns from an area of any level."""
        self.district_id = area.district_id
        self.street_id = area.street_id
        self.community_id = area.community_id


class PostQuerySet(models.QuerySet):
    def current(self, as_of):
        """Posts in force on a day; one ended on that day no longer is."""
        return self.open(as_of).filter(valid_from__lte=as_of)

    def open(self, as_of):
        """Posts in force on a day or later."""
        return self.filter(
            Q(valid_until=None) | Q(valid_until__gte=as_of),
            Q(ended_at=None) | Q(ended_at__gt=dates.end_of_day(as_of)),
        )


class Post(Versioned):
    """A role held by a user in an area for a time (design §2)."""

    user = models.ForeignKey(User, models.PROTECT, related_name="posts", verbose_name=_("account"))
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)
    area = models.ForeignKey(Area, models.PROTECT, related_name="posts", verbose_name=_("area"))
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    ended_at = models.DateTimeField(
        _("ended at"),
        null=True,
        editable=False,
        help_text=_("When the post was taken away, at once; empty if its time ran out."),
    )

    objects = PostQuerySet.as_manager()

    class Meta:
        verbose_name = _("post")
        verbose_name_plural = _("posts")
        ordering = ["area__code", "role", "pk"]
        indexes = [models.Index(fields=["user", "valid_from"], name="post_user_from")]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="post_ends_after_it_begins",
                violation_error_message=_("A post cannot end before it begins."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.area} {self.get_role_display()}"

    @property
    def is_over(self) -> bool:
        """Whether its time has run out or it was taken away."""
        ran_out = self.valid_until is not None and self.valid_until < dates.today()
        return ran_out or self.ended_at is not None

    def clean(self):
        super().clean()
        if self.role and self.area_id and self.area.level not in ROLE_LEVELS[Role(self.role)]:
            raise ValidationError({"area": _("This role is not held at this level of area.")})


class SpecialDayQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Days of rest and work are no secret; they are kept by whoever keeps the calendar."""
        return self if user.scope.has(CALENDAR_EDIT) else self.none()


class SpecialDay(Versioned):
    """A day on which offices rest or work against the weekday, or against what was published.

    For notices of the State Council newer than the library, and for places with days of their
    own. One table for the whole installation.
    """

    date = models.DateField(_("date"), unique=True)
    is_working = models.BooleanField(_("is a working day"), default=False)
    name = models.CharField(_("name"), max_length=40)
    document = models.CharField(
        _("document number"),
        max_length=100,
        help_text=_("The notice that arranges it, such as 国办发明电〔2025〕7号."),
    )

    objects = SpecialDayQuerySet.as_manager()

    class Meta:
        verbose_name = _("special day")
        verbose_name_plural = _("special days")
        ordering = ["date"]

    def __str__(self) -> str:
        return f"{self.date:%Y-%m-%d} {self.name}"
