"""Endpoints for those who watch the system: open, and saying nothing secret."""

from django.urls import path

from . import health

app_name = "foundation"
urlpatterns = [
    path("health/", health.alive, name="health"),
    path("ready/", health.ready, name="ready"),
    path("version/", health.version, name="version"),
]
