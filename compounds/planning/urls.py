"""Pages of plans."""

from django.urls import path

from .views import adoptions, curves, norms, plans, rows

app_name = "planning"
urlpatterns = [
    path("", plans.plan_list, name="plan_list"),
    path("new/", plans.plan_new, name="plan_new"),
    path("<int:pk>/", plans.plan_detail, name="plan_detail"),
    path("<int:pk>/cancel/", plans.plan_cancel, name="plan_cancel"),
    path("<int:pk>/places/", rows.place_list, name="place_list"),
    path("<int:pk>/places/export/", rows.place_export, name="place_export"),
    path("<int:pk>/places/<str:code>/", rows.place_detail, name="place_detail"),
    path("<int:pk>/bundles/<int:number>/", rows.bundle_detail, name="bundle_detail"),
    path("<int:pk>/providers/", rows.firm_list, name="firm_list"),
    path("<int:pk>/providers/<int:provider>/", rows.firm_detail, name="firm_detail"),
    path("<int:pk>/changes/", rows.plan_changes, name="plan_changes"),
    path("<int:pk>/curves/", curves.curve_detail, name="curve_detail"),
    path("<int:pk>/curves/start/", curves.curve_start, name="curve_start"),
    path("<int:pk>/curves/cancel/", curves.curve_cancel, name="curve_cancel"),
    path("<int:pk>/curves/take-over/", curves.curve_take_over, name="curve_take_over"),
    path("<int:pk>/curves/export/", curves.curve_export, name="curve_export"),
    path("<int:pk>/invitations/", adoptions.invite, name="invite"),
    path("<int:pk>/adopt/", adoptions.adopt, name="adopt"),
    path("adoptions/<int:pk>/decide/", adoptions.decide, name="decide"),
    path("adoptions/<int:pk>/withdraw/", adoptions.withdraw, name="withdraw"),
    path("adoptions/<int:pk>/propose/", adoptions.propose, name="propose"),
    path("readiness/", norms.readiness, name="readiness"),
    path("norms/", norms.norms_list, name="norms_list"),
    path("norms/add/", norms.norms_add, name="norms_add"),
    path("norms/<int:pk>/edit/", norms.norms_edit, name="norms_edit"),
]
