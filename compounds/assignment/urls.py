"""Pages of this room."""

from django.urls import path

from .views import acts, assignments, bindings, bulk, choosing, detail, handover, portfolio

app_name = "assignment"
urlpatterns = [
    path("", assignments.assignment_list, name="assignment_list"),
    path("export/", assignments.assignment_export, name="assignment_export"),
    path("step/", bulk.bulk_step, name="bulk_step"),
    path("streets/", bulk.street_proposal, name="street_proposal"),
    path("<int:pk>/", detail.assignment_detail, name="assignment_detail"),
    path("<int:pk>/review/", acts.assignment_review, name="assignment_review"),
    path("<int:pk>/approve/", acts.assignment_approve, name="assignment_approve"),
    path("<int:pk>/return/", acts.assignment_return, name="assignment_return"),
    path("<int:pk>/withdraw/", acts.assignment_withdraw, name="assignment_withdraw"),
    path("<int:pk>/replace/", acts.assignment_replace, name="assignment_replace"),
    path("<int:pk>/end/", acts.assignment_end, name="assignment_end"),
    path("<int:pk>/handover/<str:way>/", handover.handover_edit, name="handover_edit"),
    path("<int:pk>/handover/<str:way>/print/", handover.handover_print, name="handover_print"),
    path("compounds/<str:code>/", choosing.candidates, name="candidates"),
    path("compounds/<str:code>/propose/", choosing.propose, name="propose"),
    path("compounds/<str:code>/lock/", bindings.lock_add, name="lock_add"),
    path("compounds/<str:code>/refusal/", bindings.refusal_add, name="refusal_add"),
    path("providers/<int:pk>/", portfolio.portfolio, name="portfolio"),
    path("locks/", bindings.lock_list, name="lock_list"),
    path("locks/<int:pk>/release/", bindings.lock_release, name="lock_release"),
    path("refusals/", bindings.refusal_list, name="refusal_list"),
    path("refusals/<int:pk>/release/", bindings.refusal_release, name="refusal_release"),
]
