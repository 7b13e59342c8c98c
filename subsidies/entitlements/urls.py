"""Pages of this room."""

from django.urls import path

from .views import acts, annual, applying, bulk, changes, detail, lists, notices, preparing, sheets

app_name = "entitlements"
urlpatterns = [
    path("", lists.entitlement_list, name="entitlement_list"),
    path("export/", lists.entitlement_export, name="entitlement_export"),
    path("sheet/", sheets.sheet_export, name="sheet_export"),
    path("step/", bulk.bulk_step, name="bulk_step"),
    path("streets/", applying.street_application, name="street_application"),
    path("compounds/<str:code>/apply/", applying.apply, name="apply"),
    path("<int:pk>/", detail.entitlement_detail, name="entitlement_detail"),
    path("<int:pk>/edit/", applying.entitlement_edit, name="entitlement_edit"),
    path("<int:pk>/submit/", acts.entitlement_submit, name="entitlement_submit"),
    path("<int:pk>/check/", acts.entitlement_check, name="entitlement_check"),
    path("<int:pk>/review/", acts.entitlement_review, name="entitlement_review"),
    path("<int:pk>/assess/", acts.entitlement_assess, name="entitlement_assess"),
    path("<int:pk>/return/", acts.entitlement_return, name="entitlement_return"),
    path("<int:pk>/reject/", acts.entitlement_reject, name="entitlement_reject"),
    path("<int:pk>/withdraw/", acts.entitlement_withdraw, name="entitlement_withdraw"),
    path("<int:pk>/suspend/", acts.entitlement_suspend, name="entitlement_suspend"),
    path("<int:pk>/resume/", acts.entitlement_resume, name="entitlement_resume"),
    path("<int:pk>/objection/", notices.objection_add, name="objection_add"),
    path("<int:pk>/letter/", notices.approval_letter, name="approval_letter"),
    path("notices/", lists.notice_list, name="notice_list"),
    path("notices/<int:pk>/", notices.notice_detail, name="notice_detail"),
    path("notices/<int:pk>/print/", notices.notice_print, name="notice_print"),
    path("objections/", lists.objection_list, name="objection_list"),
    path("objections/<int:pk>/settle/", notices.objection_settle, name="objection_settle"),
    path("years/", annual.annual_list, name="annual_list"),
    path("years/add/", preparing.annual_add, name="annual_add"),
    path("years/<int:pk>/", annual.annual_detail, name="annual_detail"),
    path("years/<int:pk>/export/", annual.annual_export, name="annual_export"),
    path("years/<int:pk>/approve/", annual.annual_approve, name="annual_approve"),
    path("years/<int:pk>/refuse/", annual.annual_refuse, name="annual_refuse"),
    path("changes/", changes.change_list, name="change_list"),
    path("<int:pk>/changes/<slug:kind>/", changes.change_add, name="change_add"),
    path("changes/<int:pk>/", changes.change_detail, name="change_detail"),
    path("changes/<int:pk>/approve/", changes.change_approve, name="change_approve"),
    path("changes/<int:pk>/refuse/", changes.change_refuse, name="change_refuse"),
]
