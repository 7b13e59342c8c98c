"""Addresses of the room."""

from django.urls import path

from .views import coverage, duties, exports, grids, heads, organisations, proposals, trees

app_name = "party_grid"
urlpatterns = [
    path("", coverage.coverage, name="coverage"),
    path("uncovered/", coverage.uncovered_list, name="uncovered_list"),
    path("organisations/", organisations.organisation_list, name="organisation_list"),
    path("organisations/export/", exports.organisation_export, name="organisation_export"),
    path("organisations/add/", organisations.organisation_add, name="organisation_add"),
    path("organisations/<int:pk>/", organisations.organisation_detail, name="organisation_detail"),
    path("organisations/<int:pk>/edit/", organisations.organisation_edit, name="organisation_edit"),
    path(
        "organisations/<int:pk>/dissolve/",
        organisations.organisation_dissolve,
        name="organisation_dissolve",
    ),
    path("grids/", grids.grid_list, name="grid_list"),
    path("grids/export/", exports.grid_export, name="grid_export"),
    path("grids/add/", grids.grid_add, name="grid_add"),
    path("grids/outlines/", grids.grid_outlines, name="grid_outlines"),
    path("grids/<str:code>/", grids.grid_detail, name="grid_detail"),
    path("grids/<str:code>/edit/", grids.grid_edit, name="grid_edit"),
    path("grids/<str:code>/cover/", grids.grid_cover, name="grid_cover"),
    path("duties/", duties.duty_list, name="duty_list"),
    path("duties/export/", exports.duty_export, name="duty_export"),
    path("duties/<slug:seat>/<int:pk>/add/", duties.duty_add, name="duty_add"),
    path("duties/<int:pk>/replace/", duties.duty_replace, name="duty_replace"),
    path("duties/<int:pk>/end/", duties.duty_end, name="duty_end"),
    path("vacancies/", duties.vacancy_list, name="vacancy_list"),
    path("overload/", duties.overload_list, name="overload_list"),
    path("compounds/<str:code>/heads/", heads.compound_heads, name="compound_heads"),
    path("proposals/", proposals.proposal_list, name="proposal_list"),
    path("proposals/new/", proposals.proposal_new, name="proposal_new"),
    path("proposals/<int:pk>/", proposals.proposal_detail, name="proposal_detail"),
    path("proposals/<int:pk>/apply/", proposals.proposal_apply, name="proposal_apply"),
    path("proposals/<int:pk>/undo/", proposals.proposal_undo, name="proposal_undo"),
    path("proposals/<int:pk>/leave/", proposals.proposal_leave, name="proposal_leave"),
    path("trees/<str:code>/", trees.tree, name="tree"),
]
