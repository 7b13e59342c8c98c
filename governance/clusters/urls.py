"""Pages of this room."""

from django.urls import path

from . import views

app_name = "clusters"
urlpatterns = [
    path("", views.cluster_list, name="cluster_list"),
    path("add/", views.cluster_add, name="cluster_add"),
    path("export/", views.cluster_export, name="cluster_export"),
    path("<int:pk>/", views.cluster_detail, name="cluster_detail"),
    path("<int:pk>/edit/", views.cluster_edit, name="cluster_edit"),
    path("<int:pk>/compounds/", views.cluster_compounds, name="cluster_compounds"),
    path("<int:pk>/check/", views.item_check, name="item_check"),
    path("<int:pk>/emergency/", views.emergency_switch, name="emergency_switch"),
]
