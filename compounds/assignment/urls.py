"""Pages of this room."""

app_name = "assignment"
urlpatterns = []
