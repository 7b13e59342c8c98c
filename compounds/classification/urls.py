"""Pages of classification, grouped by noun."""

from django.urls import path

from .views import drafts, overrides, overview, policies, runs, trials, work

app_name = "classification"
urlpatterns = [
    path("", overview.overview, name="overview"),
    path("policies/", policies.policy_list, name="policy_list"),
    path("policies/add/", drafts.policy_add, name="policy_add"),
    path("policies/<int:pk>/", policies.policy_detail, name="policy_detail"),
    path("policies/<int:pk>/edit/", drafts.policy_edit, name="policy_edit"),
    path("policies/<int:pk>/compare/<int:other>/", policies.policy_compare, name="policy_compare"),
    path("policies/<int:pk>/copy/", policies.policy_copy, name="policy_copy"),
    path("policies/<int:pk>/publish/", policies.policy_publish, name="policy_publish"),
    path("policies/<int:pk>/retire/", policies.policy_retire, name="policy_retire"),
    path("policies/<int:pk>/delete/", policies.policy_delete, name="policy_delete"),
    path("runs/", runs.run_list, name="run_list"),
    path("runs/start/", runs.run_start, name="run_start"),
    path("runs/<int:pk>/", runs.run_detail, name="run_detail"),
    path("runs/<int:pk>/cancel/", runs.run_cancel, name="run_cancel"),
    path("trials/", trials.trial_list, name="trial_list"),
    path("trials/new/", trials.trial_new, name="trial_new"),
    path("trials/<int:pk>/", trials.trial_detail, name="trial_detail"),
    path("trials/<int:pk>/cancel/", trials.trial_cancel, name="trial_cancel"),
    path("trials/<int:pk>/export/", trials.trial_export, name="trial_export"),
    path("trials/<int:pk>/draft/", trials.trial_draft, name="trial_draft"),
    path("overrides/", overrides.override_list, name="override_list"),
    path("compounds/<str:code>/override/", overrides.override_propose, name="override_propose"),
    path("overrides/<int:pk>/", overrides.override_detail, name="override_detail"),
    path("overrides/<int:pk>/approve/", overrides.override_approve, name="override_approve"),
    path("overrides/<int:pk>/reject/", overrides.override_reject, name="override_reject"),
    path("overrides/<int:pk>/withdraw/", overrides.override_withdraw, name="override_withdraw"),
    path("work/", work.work_list, name="work_list"),
    path("work/export/", work.work_export, name="work_export"),
]
