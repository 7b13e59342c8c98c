"""Pages of this room."""

app_name = "fees"
urlpatterns = []
