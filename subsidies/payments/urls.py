"""Pages of this room."""

from django.urls import path

from .views import acts, files, lists, payable, results

app_name = "payments"
urlpatterns = [
    path("", lists.disbursement_list, name="disbursement_list"),
    path("payable/", payable.payable_list, name="payable_list"),
    path("payable/export/", payable.payable_export, name="payable_export"),
    path("new/", payable.disbursement_new, name="disbursement_new"),
    path("<int:pk>/", lists.disbursement_detail, name="disbursement_detail"),
    path("<int:pk>/submit/", acts.disbursement_submit, name="disbursement_submit"),
    path("<int:pk>/release/", acts.disbursement_release, name="disbursement_release"),
    path("<int:pk>/return/", acts.disbursement_return, name="disbursement_return"),
    path("<int:pk>/cancel/", acts.disbursement_cancel, name="disbursement_cancel"),
    path("<int:pk>/bank-file/<slug:kind>/", files.bank_file, name="bank_file"),
    path("<int:pk>/export/", files.disbursement_export, name="disbursement_export"),
    path("<int:pk>/notice/", files.payment_notice, name="payment_notice"),
    path("<int:pk>/results/", results.result_read, name="result_read"),
    path("<int:pk>/results/confirm/", results.result_confirm, name="result_confirm"),
    path("orders/<int:pk>/", lists.order_detail, name="order_detail"),
    path("orders/<int:pk>/result/", results.order_result, name="order_result"),
    path("orders/<int:pk>/back/", results.order_back, name="order_back"),
]
