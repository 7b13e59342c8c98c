"""Pages of this room."""

from .watch_urls import watch

app_name = "clearing"
cases = []
urlpatterns = [*cases, *watch]
