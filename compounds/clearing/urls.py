"""Pages of this room."""

app_name = "clearing"
urlpatterns = []
