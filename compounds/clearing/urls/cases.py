"""Pages of cases, under the room's own path."""

from django.urls import path

from ..views import board, bulk, days, deadlines, lists, papers, sheets
from ..views import cases as pages

cases = [
    path("", board.overview, name="overview"),
    path("cases/", lists.case_list, name="case_list"),
    path("cases/export/", lists.case_export, name="case_export"),
    path("cases/day/", days.day_list, name="day_list"),
    path("cases/step/", bulk.bulk_step, name="bulk_step"),
    path("cases/open/", bulk.open_cases, name="open_cases"),
    path("cases/<str:code>/", pages.case_detail, name="case_detail"),
    path("cases/<str:code>/step/", pages.case_step, name="case_step"),
    path("cases/<str:code>/plan/", papers.plan_edit, name="plan_edit"),
    path("cases/<str:code>/plan/sheet/", papers.plan_sheet, name="plan_sheet"),
    path("cases/<str:code>/consultation/", papers.consultation_add, name="consultation_add"),
    path("cases/<str:code>/acceptance/", papers.acceptance_add, name="acceptance_add"),
    path("consultations/<int:pk>/", papers.consultation_edit, name="consultation_edit"),
    path("deadlines/", deadlines.deadline_list, name="deadline_list"),
    path("deadlines/<str:state>/", deadlines.deadline_set, name="deadline_set"),
    path("sheets/decisions/", sheets.decision_sheet, name="decision_sheet"),
    path("sheets/decisions/export/", sheets.decision_export, name="decision_export"),
    path("sheets/progress/", sheets.progress_sheet, name="progress_sheet"),
    path("sheets/progress/export/", sheets.progress_export, name="progress_export"),
]
