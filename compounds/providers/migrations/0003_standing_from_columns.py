"""Firms with an instructor alone are in no organisation; ratings and blacklists get their entry."""

from django.db import migrations


def forwards(apps, schema_editor):
    firms = apps.get_model("providers", "Provider")
    past = apps.get_model("providers", "HistoricalProvider")
    for model in (firms, past):
        told = model.objects.filter(party_form="INSTRUCTOR")
        told.update(party_form="NONE", has_instructor=True)
    ratings = apps.get_model("providers", "RatingEntry")
    entries = apps.get_model("providers", "BlacklistEntry")
    for firm in firms.objects.order_by("pk"):
        day = firm.filed_on or firm.created_at.date()
        if firm.rating:
            ratings.objects.create(provider=firm, rating=firm.rating, issued_on=day)
        if firm.blacklisted_until:
            first = min(firm.created_at.date(), firm.blacklisted_until)
            entries.objects.create(
                provider=firm,
                state="IN_FORCE",
                source="IMPORT",
                reason="导入台账注明",
                proposed_on=first,
                term_from=first,
                term_until=firm.blacklisted_until,
            )


def backwards(apps, schema_editor):
    for name in ("Provider", "HistoricalProvider"):
        firms = apps.get_model("providers", name)
        firms.objects.filter(party_form="NONE", has_instructor=True).update(
            party_form="INSTRUCTOR"
        )


class Migration(migrations.Migration):
    dependencies = [("providers", "0002_firms_whole")]

    operations = [migrations.RunPython(forwards, backwards)]
