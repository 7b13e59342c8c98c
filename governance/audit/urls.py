"""Pages of this room."""

from django.urls import path

from . import views

app_name = "audit"
urlpatterns = [
    path("", views.entry_list, name="entry_list"),
    path("export/", views.entry_export, name="entry_export"),
    path("verify/", views.chain_verify, name="chain_verify"),
    path("objects/<str:kind>/<str:pk>/", views.object_history, name="object_history"),
]
