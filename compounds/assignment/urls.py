"""Pages of this room."""

from django.urls import path

from .views import assignments

app_name = "assignment"
urlpatterns = [
    path("", assignments.assignment_list, name="assignment_list"),
    path("<int:pk>/", assignments.assignment_detail, name="assignment_detail"),
]
