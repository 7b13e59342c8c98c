"""The front door: each room's pages under its own path."""

from django.contrib import admin
from django.urls import include, path

handler403 = "governance.audit.views.refused"

urlpatterns = [
    path("", include("governance.foundation.urls")),
    path("", include("governance.dashboards.urls")),
    path("account/", include("governance.organisation.urls")),
    path("audit/", include("governance.audit.urls")),
    path("notices/", include("governance.notices.urls")),
    path("register/", include("compounds.registry.urls")),
    path("people/", include("governance.people.urls")),
    path("party-grid/", include("governance.party_grid.urls")),
    path("pairings/", include("governance.pairings.urls")),
    path("clusters/", include("governance.clusters.urls")),
    path("providers/", include("compounds.providers.urls")),
    path("classification/", include("compounds.classification.urls")),
    path("assignments/", include("compounds.assignment.urls")),
    path("contracts/", include("compounds.contracts.urls")),
    path("fees/", include("compounds.fees.urls")),
    path("clearing/", include("compounds.clearing.urls")),
    path("planning/", include("compounds.planning.urls")),
    path("programmes/", include("subsidies.programmes.urls")),
    path("payees/", include("subsidies.payees.urls")),
    path("payments/", include("subsidies.payments.urls")),
    path("entitlements/", include("subsidies.entitlements.urls")),
    path("accruals/", include("subsidies.accruals.urls")),
    path("recovery/", include("subsidies.recovery.urls")),
    path("ledger/", include("subsidies.ledger.urls")),
    path("money/", include("subsidies.reports.urls")),
    path("admin/", admin.site.urls),
]
