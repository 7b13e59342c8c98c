"""Addresses of the room."""

from django.urls import URLPattern

app_name = "party_grid"
urlpatterns: list[URLPattern] = []
