"""Dashboards, the wall screen and the dossier."""

from django.urls import path

from .views import areas, dossier, wall

app_name = "dashboards"
urlpatterns = [
    path("", areas.home, name="home"),
    path("work/", areas.work, name="work"),
    path("areas/<str:code>/", areas.area_detail, name="area_detail"),
    path("areas/<str:code>/party/", areas.area_party, name="area_party"),
    path("areas/<str:code>/clearing/", areas.area_clearing, name="area_clearing"),
    path("areas/<str:code>/news/", areas.area_news, name="area_news"),
    path("areas/<str:code>/trend/", areas.area_trend, name="area_trend"),
    path("wall/", wall.wall, name="wall"),
    path("wall/<str:code>/", wall.area_wall, name="area_wall"),
    path("compounds/<str:code>/", dossier.compound_dossier, name="compound_dossier"),
    path(
        "compounds/<str:code>/classification/",
        dossier.dossier_classification,
        name="dossier_classification",
    ),
    path("compounds/<str:code>/service/", dossier.dossier_service, name="dossier_service"),
    path("compounds/<str:code>/money/", dossier.dossier_money, name="dossier_money"),
    path("compounds/<str:code>/buildings/", dossier.dossier_buildings, name="dossier_buildings"),
    path("compounds/<str:code>/party/", dossier.dossier_party, name="dossier_party"),
    path("compounds/<str:code>/providers/", dossier.dossier_providers, name="dossier_providers"),
    path(
        "compounds/<str:code>/attachments/",
        dossier.dossier_attachments,
        name="dossier_attachments",
    ),
    path("compounds/<str:code>/history/", dossier.dossier_history, name="dossier_history"),
]
