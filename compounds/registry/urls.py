"""Pages of the register."""

from django.urls import path

from .views import (
    attachments,
    buildings,
    bulk,
    compounds,
    exports,
    imports,
    lists,
    maps,
    saved_views,
)

app_name = "registry"
urlpatterns = [
    path("imports/", imports.import_list, name="import_list"),
    path("imports/new/", imports.import_add, name="import_add"),
    path("imports/templates/<slug:key>/", imports.import_template, name="import_template"),
    path("imports/<int:pk>/", imports.import_detail, name="import_detail"),
    path("imports/<int:pk>/confirm/", imports.import_confirm, name="import_confirm"),
    path("imports/<int:pk>/cancel/", imports.import_cancel, name="import_cancel"),
    path("imports/<int:pk>/retry/", imports.import_retry, name="import_retry"),
    path("imports/<int:pk>/undo/", imports.import_undo, name="import_undo"),
    path("imports/<int:pk>/file/", imports.import_file, name="import_file"),
    path("imports/<int:pk>/refused/", imports.import_refused, name="import_refused"),
    path("", lists.compound_list, name="compound_list"),
    path("add/", compounds.compound_add, name="compound_add"),
    path("map/", maps.compound_map, name="compound_map"),
    path("map/points/", maps.map_data, name="map_data"),
    path("export/", exports.export, name="export"),
    path("bulk-edit/", bulk.bulk_edit, name="bulk_edit"),
    path("verify/", bulk.verify, name="verify"),
    path("views/save/", saved_views.view_save, name="view_save"),
    path("views/<int:pk>/forget/", saved_views.view_forget, name="view_forget"),
    path("attachments/<int:pk>/", attachments.attachment_file, name="attachment_file"),
    path(
        "attachments/<int:pk>/thumbnail/",
        attachments.attachment_thumbnail,
        name="attachment_thumbnail",
    ),
    path("attachments/<int:pk>/remove/", attachments.attachment_remove, name="attachment_remove"),
    path("<str:code>/edit/", compounds.compound_edit, name="compound_edit"),
    path("<str:code>/merge/", compounds.compound_merge, name="compound_merge"),
    path("<str:code>/demolish/", compounds.compound_demolish, name="compound_demolish"),
    path("<str:code>/adjacency/", compounds.adjacency_edit, name="adjacency_edit"),
    path("<str:code>/attachments/add/", attachments.attachment_add, name="attachment_add"),
    path("<str:code>/buildings/add/", buildings.building_add, name="building_add"),
    path("<str:code>/buildings/<int:pk>/edit/", buildings.building_edit, name="building_edit"),
    path(
        "<str:code>/buildings/<int:pk>/delete/", buildings.building_delete, name="building_delete"
    ),
]
