"""Forms of clusters: what one is, its compounds, one item of the five, the emergency switch."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compounds.registry.models import Compound
from governance.foundation import dates
from governance.foundation.forms import Day, Text, YesNo, field_for
from governance.organisation.models import Area, Level
from governance.party_grid.models import PartyOrganisation

from .models import Cluster, ClusterCompound, FiveHave
from .services import EDIT, FACTS, organisations_for


def _version():
    return forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)


class PlaceChoice(forms.ModelChoiceField):
    """A street or community inside the posts that may edit."""

    def label_from_instance(self, area):
        return f"{area.street.name} · {area.name}" if area.level == Level.COMMUNITY else area.name


class ClusterForm(forms.ModelForm):
    """Code, name and organisation; the services judge them."""

    class Meta:
        model = Cluster
        fields = FACTS
        formfield_callback = field_for

    def _post_clean(self):
        """Facts are judged by the service, on the row as it is then."""

    @property
    def facts(self) -> dict:
        return {name: self.cleaned_data[name] for name in FACTS}


class ClusterAddForm(ClusterForm):
    area = PlaceChoice(
        queryset=Area.objects.none(),
        label=gettext_lazy("place"),
        help_text=gettext_lazy("The community; the street where a cluster reaches several."),
        error_messages={
            "invalid_choice": gettext_lazy(
                "This place lies outside your posts. Choose one of yours."
            )
        },
    )

    field_order = ("area", *FACTS)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        places = Area.objects.editable_by(user, EDIT).active()
        self.fields["area"].queryset = (
            places.filter(level__in=[Level.STREET, Level.COMMUNITY])
            .defer("boundary")
            .select_related("street")
            .order_by("code")
        )
        self.fields["organisation"].queryset = (
            PartyOrganisation.objects.standing().along(user).order_by("name", "pk")
        )
        self.fields["organisation"].empty_label = _("none yet")


class ClusterEditForm(ClusterForm):
    reason = Text(label=gettext_lazy("reason"), required=False, max_length=200)
    version = _version()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        found = organisations_for(self.instance)
        if self.instance.organisation_id:
            found |= PartyOrganisation.objects.filter(pk=self.instance.organisation_id)
        self.fields["organisation"].queryset = found.distinct().order_by("kind", "name", "pk")
        self.fields["organisation"].empty_label = _("none yet")


class CompoundsForm(forms.Form):
    """The compounds of a cluster, ticked in a list of those of its place."""

    compounds = forms.ModelMultipleChoiceField(
        queryset=Compound.objects.none(), required=False, label=gettext_lazy("compounds")
    )
    is_moving = forms.BooleanField(
        label=gettext_lazy("Ticked compounds of another cluster are to move here"), required=False
    )
    reason = Text(label=gettext_lazy("reason"), required=False, max_length=200)
    version = _version()

    def __init__(self, *args, cluster: Cluster, **kwargs):
        super().__init__(*args, **kwargs)
        place = (
            {"community": cluster.community_id}
            if cluster.community_id
            else {"street": cluster.street_id}
        )
        rows = Compound.objects.active().filter(**place)
        self.fields["compounds"].queryset = rows
        self.cluster = cluster
        self.rows = list(
            rows.order_by("community__code", "name", "pk").values_list(
                "pk", "name", "community__name", "household_count"
            )
        )
        others = ClusterCompound.objects.filter(compound__in=rows.values("pk"))
        self.lies_in = {
            compound: (pk, name)
            for compound, pk, name in others.values_list(
                "compound_id", "cluster_id", "cluster__name"
            )
        }

    @property
    def groups(self) -> list[tuple[str, list[dict]]]:
        """Compounds by community: whether ticked, and in which other cluster they lie."""
        ticked = self["compounds"].value() or []
        ticked = {int(pk) for pk in ticked if str(pk).isdigit()}
        if not self.is_bound:
            ticked = {
                pk for pk, (cluster, _name) in self.lies_in.items() if cluster == self.cluster.pk
            }
        groups: dict[str, list[dict]] = {}
        for pk, name, community, households in self.rows:
            cluster, other = self.lies_in.get(pk, (None, ""))
            groups.setdefault(community, []).append(
                {
                    "pk": pk,
                    "name": name,
                    "households": households,
                    "is_ticked": pk in ticked,
                    "other": "" if cluster == self.cluster.pk else other,
                }
            )
        return list(groups.items())


class ItemForm(forms.Form):
    """One item of the five: whether it is in place, and what shows it."""

    is_met = YesNo(label=gettext_lazy("in place"))
    evidence = Text(
        label=gettext_lazy("evidence"),
        required=False,
        max_length=300,
        help_text=gettext_lazy("Document and number, address, who is in charge: what shows it."),
    )
    premises = forms.ChoiceField(
        label=gettext_lazy("where the premises came from"),
        required=False,
        choices=[("", gettext_lazy("unknown")), *FiveHave.Premises.choices],
    )
    meets_standard = YesNo(label=gettext_lazy("meets the 156N standard"))
    without_members = forms.ModelMultipleChoiceField(
        label=gettext_lazy("compounds in which no party member lives, as checked"),
        queryset=Compound.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    checked_on = Day(label=gettext_lazy("checked on"), initial=lambda: dates.today())
    version = _version()

    def __init__(self, *args, cluster: Cluster, item: str, **kwargs):
        super().__init__(*args, **kwargs)
        if item != FiveHave.Item.VENUE:
            del self.fields["premises"], self.fields["meets_standard"]
        if item == FiveHave.Item.LEDGER:
            members = cluster.members.order_by("compound__code")
            self.fields["without_members"].queryset = Compound.objects.filter(
                pk__in=members.values("compound")
            ).order_by("code")
            if not self.is_bound:
                none = members.filter(has_no_members=True)
                self.initial["without_members"] = list(none.values_list("compound", flat=True))
        else:
            del self.fields["without_members"]

    @property
    def said(self) -> dict:
        said = dict(self.cleaned_data)
        if "without_members" in said:
            said["without_members"] = [row.pk for row in said["without_members"]]
        return said


class EmergencyForm(forms.Form):
    is_emergency = forms.TypedChoiceField(
        choices=[("1", "1"), ("0", "0")], coerce=lambda value: value == "1"
    )
    reason = Text(
        label=gettext_lazy("reason"),
        max_length=200,
        error_messages={"required": gettext_lazy("Give the reason.")},
    )
    version = _version()
