"""Pages of this room."""

from django.urls import path

from . import views

app_name = "payees"
urlpatterns = [
    path("", views.payee_list, name="payee_list"),
    path("add/", views.payee_add, name="payee_add"),
    path("<int:pk>/", views.payee_detail, name="payee_detail"),
    path("<int:pk>/confirm/", views.payee_confirm, name="payee_confirm"),
    path("<int:pk>/refuse/", views.payee_refuse, name="payee_refuse"),
    path("<int:pk>/reveal/", views.payee_reveal, name="payee_reveal"),
]
