"""Pages of this room."""

from .cases import cases
from .watch import watch

app_name = "clearing"
urlpatterns = [*cases, *watch]
