"""One's own notices and digests."""

from django.urls import path

from . import views

app_name = "notices"
urlpatterns = [
    path("", views.notice_list, name="notice_list"),
    path("read/", views.notice_read_all, name="notice_read_all"),
    path("counts/", views.head_counts, name="head_counts"),
    path("<int:pk>/", views.notice_open, name="notice_open"),
    path("digests/<int:pk>/", views.digest_detail, name="digest_detail"),
]
