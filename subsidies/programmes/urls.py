"""Addresses of this room."""

from django.urls import path

from .views import drafts, programmes, sheets

app_name = "programmes"
urlpatterns = [
    path("", programmes.programme_list, name="programme_list"),
    path("export/", sheets.programme_list_export, name="programme_list_export"),
    path("add/", drafts.programme_add, name="programme_add"),
    path("<int:pk>/", programmes.programme_detail, name="programme_detail"),
    path("<int:pk>/export/", sheets.programme_export, name="programme_export"),
    path("<int:pk>/edit/", drafts.programme_edit, name="programme_edit"),
    path("<int:pk>/copy/", programmes.programme_copy, name="programme_copy"),
    path("<int:pk>/publish/", programmes.programme_publish, name="programme_publish"),
    path("<int:pk>/retire/", programmes.programme_retire, name="programme_retire"),
    path("<int:pk>/delete/", programmes.programme_delete, name="programme_delete"),
    path("<int:pk>/compare/<int:other>/", programmes.programme_compare, name="programme_compare"),
]
