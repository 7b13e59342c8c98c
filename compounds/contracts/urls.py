"""Pages of this room."""

app_name = "contracts"
urlpatterns = []
