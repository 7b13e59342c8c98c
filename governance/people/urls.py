"""Addresses of the room."""

from django.urls import path

from . import ledgers, views

app_name = "people"
urlpatterns = [
    path("", views.person_list, name="person_list"),
    path("add/", views.person_add, name="person_add"),
    path("find/", views.person_find, name="person_find"),
    path("members/", ledgers.member_ledger, name="member_ledger"),
    path("members/export/", ledgers.member_export, name="member_export"),
    path("<int:pk>/", views.person_detail, name="person_detail"),
    path("<int:pk>/edit/", views.person_edit, name="person_edit"),
    path("<int:pk>/leave/", views.person_leave, name="person_leave"),
    path("<int:pk>/return/", views.person_return, name="person_return"),
    path("<int:pk>/reveal/", views.person_reveal, name="person_reveal"),
    path("<int:pk>/erase/", views.person_erase, name="person_erase"),
]
