"""Pages of money: the year, statements, the public list, performance, what-if."""

from django.urls import path

from .views import compounds, overview, performance, public, statements, whatif

app_name = "reports"
urlpatterns = [
    path("", overview.overview, name="overview"),
    path("export/", overview.overview_export, name="overview_export"),
    path("outlook/", overview.outlook_detail, name="outlook_detail"),
    path("postings/", overview.posting_list, name="posting_list"),
    path("postings/export/", overview.posting_export, name="posting_export"),
    path("exceptions/", overview.exception_list, name="exception_list"),
    path("exceptions/export/", overview.exception_export, name="exception_export"),
    path("compounds/", compounds.compound_list, name="compound_list"),
    path("compounds/export/", compounds.compound_export, name="compound_export"),
    path("statements/", statements.statement_list, name="statement_list"),
    path("statements/export/", statements.statement_list_export, name="statement_list_export"),
    path("statements/<int:pk>/", statements.statement_detail, name="statement_detail"),
    path("statements/<int:pk>/export/", statements.statement_export, name="statement_export"),
    path("public-list/", public.public_list, name="public_list"),
    path("public-list/export/", public.public_export, name="public_export"),
    path("performance/", performance.performance, name="performance"),
    path("performance/export/", performance.performance_export, name="performance_export"),
    path("what-if/", whatif.whatif, name="whatif"),
    path("what-if/export/", whatif.whatif_export, name="whatif_export"),
]
