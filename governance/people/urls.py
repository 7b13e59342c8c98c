"""Addresses of the room."""

from django.urls import path

from .views import ledgers, people

app_name = "people"
urlpatterns = [
    path("", people.person_list, name="person_list"),
    path("add/", people.person_add, name="person_add"),
    path("find/", people.person_find, name="person_find"),
    path("members/", ledgers.member_ledger, name="member_ledger"),
    path("members/export/", ledgers.member_export, name="member_export"),
    path("<int:pk>/", people.person_detail, name="person_detail"),
    path("<int:pk>/edit/", people.person_edit, name="person_edit"),
    path("<int:pk>/leave/", people.person_leave, name="person_leave"),
    path("<int:pk>/return/", people.person_return, name="person_return"),
    path("<int:pk>/reveal/", people.person_reveal, name="person_reveal"),
    path("<int:pk>/erase/", people.person_erase, name="person_erase"),
]
