"""Pages of this room."""

app_name = "classification"
urlpatterns = []
