"""Pages of this room."""

from django.urls import path

from .views import invitations as views

app_name = "providers"
urlpatterns = [
    path("", views.provider_list, name="provider_list"),
    path("<int:pk>/", views.provider_detail, name="provider_detail"),
    path("invite/<str:code>/", views.invitation_add, name="invitation_add"),
    path("invitations/", views.invitation_list, name="invitation_list"),
    path("invitations/<int:pk>/answer/", views.answer_record, name="answer_record"),
]
