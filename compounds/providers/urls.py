"""Pages of this room."""

app_name = "providers"
urlpatterns = []
