"""Pages of this room."""

from django.urls import path

from .views import acts, contracts, lists, lots, viability

app_name = "contracts"
urlpatterns = [
    path("", lists.contract_list, name="contract_list"),
    path("clocks/", lists.clocks, name="clocks"),
    path("export/", lists.contract_export, name="contract_export"),
    path("add/", contracts.contract_add, name="contract_add"),
    path("<int:pk>/", contracts.contract_detail, name="contract_detail"),
    path("<int:pk>/edit/", contracts.contract_edit, name="contract_edit"),
    path("<int:pk>/print/", contracts.contract_print, name="contract_print"),
    path("<int:pk>/receipt/", contracts.filing_receipt, name="filing_receipt"),
    path("<int:pk>/sign/", acts.contract_sign, name="contract_sign"),
    path("<int:pk>/file/", acts.contract_file, name="contract_file"),
    path("<int:pk>/return/", acts.contract_return, name="contract_return"),
    path("<int:pk>/cancel/", acts.contract_cancel, name="contract_cancel"),
    path("<int:pk>/notice/", acts.contract_notice, name="contract_notice"),
    path("<int:pk>/renewal/", acts.contract_renewal, name="contract_renewal"),
    path("<int:pk>/end/", acts.contract_end, name="contract_end"),
    path("<int:pk>/files/add/", acts.file_add, name="file_add"),
    path("files/<int:pk>/", acts.file_show, name="file_show"),
    path("files/<int:pk>/remove/", acts.file_remove, name="file_remove"),
    path("lots/", lots.lot_list, name="lot_list"),
    path("lots/add/", lots.lot_add, name="lot_add"),
    path("lots/<int:pk>/", lots.lot_detail, name="lot_detail"),
    path("lots/<int:pk>/edit/", lots.lot_edit, name="lot_edit"),
    path("lots/<int:pk>/compounds/", lots.lot_members, name="lot_members"),
    path("lots/<int:pk>/gates/<slug:gate>/", lots.lot_gate, name="lot_gate"),
    path("lots/<int:pk>/award/", lots.lot_award, name="lot_award"),
    path("lots/<int:pk>/close/", lots.lot_close, name="lot_close"),
    path("lots/<int:pk>/viability/", viability.lot_viability, name="lot_viability"),
    path("viability/<str:code>/", viability.viability, name="viability"),
    path("viability-sheets/<int:pk>/", viability.viability_sheet, name="viability_sheet"),
]
