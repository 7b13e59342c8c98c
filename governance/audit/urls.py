"""Pages of this room."""

app_name = "audit"
urlpatterns = []
