"""Pages of this room."""

app_name = "clearing"
cases = []
watch = []
urlpatterns = [*cases, *watch]
