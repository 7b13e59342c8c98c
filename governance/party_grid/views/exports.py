"""The lists of the room as files, with the filters of the screen and the columns of the import."""

import tempfile

from compounds.registry.importing.sheets import Sheet
from governance.foundation import downloads
from governance.people.filters import noted

from ..importing import DUTIES, GRIDS, ORGANISATIONS
from ..importing.exporting import EXPORT, write_export
from .common import PEOPLE, PartyList
from .duties import DutyList
from .grids import GridList
from .organisations import OrganisationList


class SheetExport(PartyList):
    """Answers with the rows of a list as a workbook."""

    sheet: Sheet

    def get(self, request):
        request.user.scope.require(EXPORT)
        listing = self.listing()
        file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
        write_export(
            by=request.user,
            sheet=self.sheet,
            queryset=listing.queryset,
            target=file,
            filters=[f"{label} {value}" for label, value, _url in listing.applied],
            noted=noted(listing.filterset),
        )
        file.seek(0)
        return downloads.download(file, downloads.dated(self.sheet.titles[0]), downloads.XLSX)


class OrganisationExport(SheetExport, OrganisationList):
    sheet = ORGANISATIONS


class GridExport(SheetExport, GridList):
    sheet = GRIDS


class DutyExport(SheetExport, DutyList):
    sheet = DUTIES

    def get(self, request):
        request.user.scope.require(PEOPLE)
        return super().get(request)


organisation_export = OrganisationExport.as_view()
grid_export = GridExport.as_view()
duty_export = DutyExport.as_view()
