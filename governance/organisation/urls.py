"""Doors, accounts and posts."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from .views import accounts, doors, posts

app_name = "organisation"
urlpatterns = [
    path("login/", doors.LoginView.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("password/", doors.PasswordChangeView.as_view(), name="password_change"),
    path("language/", doors.set_language, name="set_language"),
    path("accounts/", accounts.account_list, name="account_list"),
    path("accounts/new/", accounts.account_add, name="account_add"),
    path("accounts/<int:pk>/", accounts.account_detail, name="account_detail"),
    path("accounts/<int:pk>/switch-off/", accounts.account_switch_off, name="account_switch_off"),
    path("accounts/<int:pk>/switch-on/", accounts.account_switch_on, name="account_switch_on"),
    path("accounts/<int:pk>/reset/", accounts.account_reset, name="account_reset"),
    path("accounts/<int:pk>/unlock/", accounts.account_unlock, name="account_unlock"),
    path("posts/", posts.post_list, name="post_list"),
    path("posts/new/", posts.post_give, name="post_give"),
    path("posts/<int:pk>/end/", posts.post_end, name="post_end"),
]
