"""Addresses of accruals: runs under their number, lines under theirs."""

from django.urls import path

from .views import lines, runs

app_name = "accruals"
urlpatterns = [
    path("", runs.run_list, name="run_list"),
    path("start/", runs.run_start, name="run_start"),
    path("<int:pk>/", runs.run_detail, name="run_detail"),
    path("<int:pk>/confirm/", runs.run_confirm, name="run_confirm"),
    path("<int:pk>/submit/", runs.run_submit, name="run_submit"),
    path("<int:pk>/approve/", runs.run_approve, name="run_approve"),
    path("<int:pk>/return/", runs.run_return, name="run_return"),
    path("<int:pk>/cancel/", runs.run_cancel, name="run_cancel"),
    path("<int:pk>/recompute/", runs.run_recompute, name="run_recompute"),
    path("<int:pk>/continue/", runs.run_continue, name="run_continue"),
    path("<int:pk>/export/", runs.run_export, name="run_export"),
    path("<int:pk>/print/", runs.run_print, name="run_print"),
    path("lines/<int:pk>/", lines.accrual_detail, name="accrual_detail"),
    path("lines/<int:pk>/days/", lines.accrual_days, name="accrual_days"),
    path("lines/<int:pk>/decide/", lines.accrual_decide, name="accrual_decide"),
    path("lines/<int:pk>/reverse/", lines.accrual_reverse, name="accrual_reverse"),
]
