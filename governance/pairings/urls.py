"""Pages of this room."""

from django.urls import path

from .views import group, lists, pairing

app_name = "pairings"
urlpatterns = [
    path("", lists.pairing_list, name="pairing_list"),
    path("export/", lists.pairing_export, name="pairing_export"),
    path("add/", pairing.pairing_add, name="pairing_add"),
    path("<int:pk>/end/", pairing.pairing_end, name="pairing_end"),
    path("cadres/", lists.cadre_list, name="cadre_list"),
    path("cadres/add/", pairing.cadre_add, name="cadre_add"),
    path("cadres/<int:pk>/", pairing.cadre_edit, name="cadre_edit"),
    path("notice/", pairing.notice_sheet, name="notice_sheet"),
    path("groups/", lists.group_list, name="group_list"),
    path("groups/duties/<int:pk>/end/", group.group_end, name="group_end"),
    path("groups/<str:code>/", group.group_detail, name="group_detail"),
    path("groups/<str:code>/assign/", group.group_assign, name="group_assign"),
    path("compounds/<str:code>/add/", pairing.pair_with, name="pair_with"),
    path("compounds/<str:code>/notice/", pairing.notice_add, name="notice_add"),
]
