"""Addresses of budgets and the ledger."""

from django.urls import path

from .views import books, budgets, closings

app_name = "ledger"

urlpatterns = [
    path("", budgets.budget, name="budget"),
    path("export/", budgets.budget_export, name="budget_export"),
    path("lines/add/", budgets.line_add, name="line_add"),
    path("lines/<int:pk>/edit/", budgets.line_edit, name="line_edit"),
    path("lines/<int:pk>/indicators/add/", budgets.indicator_add, name="indicator_add"),
    path("indicators/<int:pk>/", budgets.indicator_detail, name="indicator_detail"),
    path("indicators/<int:pk>/edit/", budgets.indicator_edit, name="indicator_edit"),
    path("indicators/<int:pk>/statement/", books.indicator_statement, name="indicator_statement"),
    path("indicators/<int:pk>/movements/add/", budgets.movement_add, name="movement_add"),
    path("movements/", budgets.movement_list, name="movement_list"),
    path("movements/<int:pk>/", budgets.movement_detail, name="movement_detail"),
    path("movements/<int:pk>/confirm/", budgets.movement_confirm, name="movement_confirm"),
    path("movements/<int:pk>/refuse/", budgets.movement_refuse, name="movement_refuse"),
    path("movements/<int:pk>/reverse/", budgets.movement_reverse, name="movement_reverse"),
    path("vouchers/", books.transaction_list, name="transaction_list"),
    path("vouchers/export/", books.transaction_export, name="transaction_export"),
    path("vouchers/<int:pk>/", books.transaction_detail, name="transaction_detail"),
    path("postings/", books.posting_list, name="posting_list"),
    path("postings/export/", books.posting_export, name="posting_export"),
    path("accounts/<int:pk>/", books.account_detail, name="account_detail"),
    path("entitlements/<str:number>/", books.holder_detail, name="holder_detail"),
    path("closings/", closings.closing_list, name="closing_list"),
    path("closings/add/", closings.closing_add, name="closing_add"),
    path("closings/<int:pk>/reopen/", closings.closing_reopen, name="closing_reopen"),
]
