"""Pages of this room."""

from .case_urls import cases
from .watch_urls import watch

app_name = "clearing"
urlpatterns = [*cases, *watch]
