"""Pages of the rebound watch, under the room's own path."""

from django.urls import path

from ..views import watch as pages
from ..views import watch_losses, watch_policies, watch_runs, watch_tasks

watch = [
    path("watch/", pages.watch_list, name="watch_list"),
    path("watch/export/", pages.watch_export, name="watch_export"),
    path("watch/cases/<int:pk>/", pages.watch_detail, name="watch_detail"),
    path("watch/cases/<int:pk>/report-loss/", watch_losses.loss_report, name="loss_report"),
    path("watch/tasks/", watch_tasks.watch_task_list, name="watch_task_list"),
    path("watch/tasks/<int:pk>/", watch_tasks.watch_task_detail, name="watch_task_detail"),
    path("watch/runs/", watch_runs.watch_run_list, name="watch_run_list"),
    path("watch/runs/start/", watch_runs.watch_run_start, name="watch_run_start"),
    path("watch/runs/<int:pk>/", watch_runs.watch_run_detail, name="watch_run_detail"),
    path("watch/runs/<int:pk>/cancel/", watch_runs.watch_run_cancel, name="watch_run_cancel"),
    path("watch/policies/", watch_policies.watch_policy_list, name="watch_policy_list"),
    path("watch/policies/add/", watch_policies.watch_policy_add, name="watch_policy_add"),
    path(
        "watch/policies/<int:pk>/", watch_policies.watch_policy_detail, name="watch_policy_detail"
    ),
    path(
        "watch/policies/<int:pk>/edit/", watch_policies.watch_policy_edit, name="watch_policy_edit"
    ),
    path("watch/policies/<int:pk>/try/", watch_policies.watch_policy_try, name="watch_policy_try"),
    path(
        "watch/policies/<int:pk>/copy/", watch_policies.watch_policy_copy, name="watch_policy_copy"
    ),
    path(
        "watch/policies/<int:pk>/publish/",
        watch_policies.watch_policy_publish,
        name="watch_policy_publish",
    ),
    path(
        "watch/policies/<int:pk>/retire/",
        watch_policies.watch_policy_retire,
        name="watch_policy_retire",
    ),
    path(
        "watch/policies/<int:pk>/delete/",
        watch_policies.watch_policy_delete,
        name="watch_policy_delete",
    ),
    path("losses/", watch_losses.loss_list, name="loss_list"),
    path("losses/<int:pk>/", watch_losses.loss_detail, name="loss_detail"),
    path("losses/<int:pk>/confirm/", watch_losses.loss_confirm, name="loss_confirm"),
    path("losses/<int:pk>/reject/", watch_losses.loss_reject, name="loss_reject"),
]
