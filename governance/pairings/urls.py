"""Addresses of the room."""

from django.urls import URLPattern

app_name = "pairings"
urlpatterns: list[URLPattern] = []
