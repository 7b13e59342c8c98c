"""Pages of this room."""

from django.urls import path

from .views import assessments, books, inspections, overview, reports

app_name = "fees"
urlpatterns = [
    path("", overview.overview, name="overview"),
    path("reports/", reports.report_list, name="report_list"),
    path("reports/export/", reports.report_export, name="report_export"),
    path("reports/missing/", reports.missing_list, name="missing_list"),
    path("reports/month/", reports.month_grid, name="month_grid"),
    path("reports/<int:pk>/", reports.report_edit, name="report_edit"),
    path("books/", books.book_list, name="book_list"),
    path("books/export/", books.book_export, name="book_export"),
    path("books/entries/<int:pk>/reverse/", books.entry_reverse, name="entry_reverse"),
    path("inspections/", inspections.inspection_list, name="inspection_list"),
    path("inspections/<int:pk>/mend/", inspections.inspection_mend, name="inspection_mend"),
    path("rounds/", assessments.round_list, name="round_list"),
    path("rounds/add/", assessments.round_add, name="round_add"),
    path("rounds/<int:pk>/", assessments.round_detail, name="round_detail"),
    path("rounds/<int:pk>/close/", assessments.round_close, name="round_close"),
    path("rounds/<int:pk>/export/", assessments.assessment_export, name="assessment_export"),
    path("rounds/<int:pk>/assess/", assessments.assessment_add, name="assessment_add"),
    path("assessments/<int:pk>/", assessments.assessment_edit, name="assessment_edit"),
    path("compounds/<str:code>/", overview.compound_fees, name="compound_fees"),
    path("compounds/<str:code>/stage/", overview.stage_begin, name="stage_begin"),
    path("compounds/<str:code>/report/", reports.report_add, name="report_add"),
    path("compounds/<str:code>/book/", books.book, name="book"),
    path("compounds/<str:code>/book/add/", books.entry_add, name="entry_add"),
    path("compounds/<str:code>/book/publish/", books.book_publish, name="book_publish"),
    path("compounds/<str:code>/book/print/", books.book_print, name="book_print"),
    path("compounds/<str:code>/inspect/", inspections.inspection_add, name="inspection_add"),
]
