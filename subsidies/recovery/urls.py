"""Pages of this room."""

from django.urls import path

from .views import clawbacks, exits, instalments, lists, papers

app_name = "recovery"
urlpatterns = [
    path("", lists.transition_list, name="transition_list"),
    path("export/", lists.transition_export, name="transition_export"),
    path("<int:pk>/", exits.transition_detail, name="transition_detail"),
    path("<int:pk>/exit/", exits.exit_add, name="exit_add"),
    path("<int:pk>/clawback/", clawbacks.clawback_add, name="clawback_add"),
    path("exits/", lists.exit_list, name="exit_list"),
    path("exits/export/", lists.exit_export, name="exit_export"),
    path("exits/<int:pk>/", exits.exit_detail, name="exit_detail"),
    path("exits/<int:pk>/edit/", exits.exit_edit, name="exit_edit"),
    path("exits/<int:pk>/approve/", exits.exit_approve, name="exit_approve"),
    path("exits/<int:pk>/refuse/", exits.exit_refuse, name="exit_refuse"),
    path("exits/<int:pk>/print/", papers.exit_sheet, name="exit_sheet"),
    path("clawbacks/", lists.clawback_list, name="clawback_list"),
    path("clawbacks/export/", lists.clawback_export, name="clawback_export"),
    path("clawbacks/<int:pk>/", clawbacks.clawback_detail, name="clawback_detail"),
    path("clawbacks/<int:pk>/cancel/", clawbacks.clawback_cancel, name="clawback_cancel"),
    path("clawbacks/<int:pk>/notify/", clawbacks.clawback_notify, name="clawback_notify"),
    path("clawbacks/<int:pk>/appeal/", clawbacks.clawback_appeal, name="clawback_appeal"),
    path("clawbacks/<int:pk>/decide/", clawbacks.appeal_decide, name="appeal_decide"),
    path("clawbacks/<int:pk>/plan/", instalments.plan_edit, name="plan_edit"),
    path("clawbacks/<int:pk>/letter/", papers.clawback_letter, name="clawback_letter"),
    path("clawbacks/<int:pk>/plan/print/", papers.plan_sheet, name="plan_sheet"),
    path(
        "instalments/<int:pk>/receive/", instalments.instalment_receive, name="instalment_receive"
    ),
]
