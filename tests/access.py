"""Who may open what: every address of the system against every role, as one table.

Roles are letters. A page names the roles that may read it (`get`) and send to it (`post`); all
others are refused with 403, or 404 where the row lies outside what they see. `at` names the kind
of row in the address; a page with rows is tried in the person's own place, in a sister community,
in another street (or district), and with a row that does not exist.
"""

import datetime as dt
import hashlib
from base64 import b64decode
from dataclasses import dataclass, field
from types import SimpleNamespace

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import get_resolver
from django.utils import timezone

from compounds.assignment.models import Assignment, AssignmentStep
from compounds.classification import services as classification
from compounds.clearing.services import watch_policies
from compounds.contracts import services as contracts
from compounds.contracts.gathering import Gathered, record_of
from compounds.contracts.models import ViabilitySheet
from compounds.planning.models import Adoption
from compounds.providers.models import (
    BlacklistEntry,
    Card,
    CostNorm,
    Filing,
    FirmOrganisation,
    Standard,
)
from compounds.registry.models import Adjacency, Attachment, SavedView
from compounds.registry.models.imports import Import
from compounds.registry.services import tallies
from governance.audit.models import AuditEntry
from governance.clusters import services as clusters
from governance.notices.models import Digest, Notice
from governance.organisation.models import Level, SpecialDay
from governance.pairings.models import Pairing
from governance.party_grid.models import (
    Duty,
    DutyKind,
    Norm,
    OrganisationCover,
    PartyOrganisation,
)
from governance.party_grid.rules import OrganisationKind
from governance.party_grid.services import proposals
from governance.people.models import MemberClass
from subsidies.ledger.models import BudgetIndicator, BudgetLine
from subsidies.payees.models import PayeeAccount
from subsidies.payments.models import Disbursement, PaymentOrder
from tests.compounds.classification.policies import make_policy
from tests.compounds.clearing import watching
from tests.compounds.fees.serving import make_fee_rows
from tests.compounds.planning import desk as planning
from tests.factories import (
    DAY,
    PASSWORD,
    make_area,
    make_building,
    make_compound,
    make_invitation,
    make_person,
    make_post,
    make_provider,
    make_user,
)
from tests.subsidies.accruals.seen import make_accrual_rows
from tests.subsidies.entitlements.seen import make_entitlement_rows
from tests.subsidies.factories import make_ledger_rows
from tests.subsidies.programmes.editions import make_draft as make_programme_draft
from tests.subsidies.recovery.seen import make_recovery_rows

ROLES = {
    "W": "community_worker",
    "C": "street_clerk",
    "L": "street_leader",
    "O": "district_officer",
    "A": "district_approver",
    "F": "finance_officer",
    "D": "leader",
    "U": "auditor",
    "P": "provider",
    "K": "account_admin",
    "S": "security_admin",
    "G": "audit_admin",
}
HELD_IN = {"W": "community", "C": "street", "L": "street"}  # all others: the district
SEE = "WCLOAFDU"  # whoever sees the register
ALL = "".join(ROLES)

PLACES = ("own", "sister", "other", "missing")
REACH = {letter: {"own", "sister", "other"} for letter in SEE} | {
    "W": {"own"},
    "C": {"own", "sister"},
    "L": {"own", "sister"},
}


@dataclass(frozen=True)
class Page:
    """`get`, `post`: letters of the roles that may; None where the method is not offered.

    `shared` rows belong to a district: whoever may, may in the own district, and `other` is
    another district. `reach` overrides who reaches which place.
    """

    get: str | None = None
    post: str | None = None
    at: str = ""
    shared: bool = False
    query: str = ""
    sent: dict = field(default_factory=dict)
    reach: dict | None = None
    empty: bool = False  # nothing to give: 404 for those who may
    is_open: bool = False  # also to visitors without an account


EDIT, IMPORT, EXPORT, MERGE = "WCO", "COF", "WCLOAFU", "CO"
TRY, RUN, PROPOSE, APPROVE, POLICY, PUBLISH = "CLOA", "CO", "CO", "LA", "O", "A"
VERSION = {"version": "1", "reason": "样例"}
# Who sees the register does not see its people: for others a person does not exist.
PEOPLE = "WCLOAU"
KNOWN = {letter: REACH[letter] for letter in PEOPLE}
ANYWHERE = {"K": {"own", "sister", "other"}, "S": {"own", "sister", "other"}}
# The worker's own: nobody else sees them, whatever they may see of the place.
PRIVATE = {"W": {"own"}}
OF_STREET = REACH | {"W": set()}
# Who sees the ledger of the own district.
MONEY = "OAFU"
LEDGER = {letter: {"own"} for letter in MONEY}
WHOLE_LOG = {letter: {"own", "sister", "other"} for letter in "UG"}

PAGES: dict[str, Page] = {
    # Doors
    "foundation:health": Page(get=ALL, is_open=True),
    "foundation:ready": Page(get=ALL, is_open=True),
    "foundation:version": Page(get=ALL, is_open=True),
    "organisation:login": Page(get=ALL, post=ALL, is_open=True),
    "organisation:logout": Page(post=ALL, is_open=True),
    "organisation:password_change": Page(get=ALL, post=ALL),
    "organisation:set_language": Page(post=ALL, is_open=True),
    # Accounts, posts, log
    "organisation:account_list": Page(get="K"),
    "organisation:account_add": Page(get="K", post="K"),
    "organisation:account_detail": Page(get="K", at="account", reach=ANYWHERE),
    "organisation:account_switch_off": Page(post="K", at="account", reach=ANYWHERE),
    "organisation:account_switch_on": Page(post="K", at="account", reach=ANYWHERE),
    "organisation:account_reset": Page(post="K", at="account", reach=ANYWHERE),
    "organisation:account_unlock": Page(post="K", at="account", reach=ANYWHERE),
    "organisation:post_list": Page(get="S"),
    "organisation:post_give": Page(get="S", post="S"),
    "organisation:post_end": Page(get="S", post="S", at="post", reach=ANYWHERE),
    "notices:notice_list": Page(get=ALL),
    "notices:notice_open": Page(get=ALL, at="notice", reach=PRIVATE),
    "notices:notice_read_all": Page(post=ALL),
    "notices:head_counts": Page(get=ALL),
    "notices:digest_detail": Page(get=ALL, at="digest", reach=PRIVATE),
    "audit:entry_list": Page(get="UG"),
    "audit:entry_export": Page(get="UG"),
    "audit:chain_verify": Page(post="UG"),
    "audit:object_history": Page(get=f"{SEE}G", at="entry", reach=REACH | WHOLE_LOG),
    # Dashboards
    "dashboards:home": Page(get=ALL),
    "dashboards:work": Page(get=ALL),
    "dashboards:area_detail": Page(get=SEE, at="community"),
    "dashboards:area_party": Page(get=SEE, at="community"),
    "dashboards:area_clearing": Page(get=SEE, at="community"),
    "dashboards:area_news": Page(get=SEE, at="community"),
    "dashboards:area_trend": Page(get=SEE, at="community"),
    "dashboards:wall": Page(get=SEE),
    "dashboards:area_wall": Page(get=SEE, at="community"),
    "dashboards:compound_dossier": Page(get=SEE, at="compound"),
    "dashboards:dossier_classification": Page(get=SEE, at="compound"),
    "dashboards:dossier_service": Page(get=SEE, at="compound"),
    "dashboards:dossier_money": Page(get=SEE, at="compound"),
    "dashboards:dossier_buildings": Page(get=SEE, at="compound"),
    "dashboards:dossier_party": Page(get=SEE, at="compound"),
    "dashboards:dossier_providers": Page(get=SEE, at="compound"),
    "dashboards:dossier_attachments": Page(get=SEE, at="compound"),
    "dashboards:dossier_history": Page(get=SEE, at="compound"),
    # Register
    "registry:compound_list": Page(get=SEE),
    "registry:compound_add": Page(get=EDIT, post=EDIT),
    "registry:compound_edit": Page(get=EDIT, post=EDIT, at="compound"),
    "registry:compound_merge": Page(get=MERGE, post=MERGE, at="compound"),
    "registry:compound_demolish": Page(get=MERGE, post=MERGE, at="compound"),
    "registry:adjacency_edit": Page(get=EDIT, post=EDIT, at="compound"),
    "registry:compound_map": Page(get=SEE),
    "registry:map_data": Page(get=SEE),
    "registry:export": Page(get=EXPORT),
    # Party grid: everybody sees organisations, grids and figures, but not everybody people
    "party_grid:coverage": Page(get=SEE),
    "party_grid:uncovered_list": Page(get=SEE),
    "party_grid:organisation_list": Page(get=SEE),
    "party_grid:organisation_add": Page(get=EDIT, post=EDIT),
    "party_grid:organisation_detail": Page(get=SEE, at="branch"),
    "party_grid:organisation_edit": Page(get=EDIT, post=EDIT, at="branch"),
    "party_grid:organisation_dissolve": Page(get=EDIT, post=EDIT, at="branch"),
    "party_grid:grid_list": Page(get=SEE),
    "party_grid:grid_add": Page(get=EDIT, post=EDIT),
    "party_grid:grid_outlines": Page(get=SEE),
    "party_grid:grid_detail": Page(get=SEE, at="grid"),
    "party_grid:grid_edit": Page(get=EDIT, post=EDIT, at="grid"),
    "party_grid:grid_cover": Page(get=EDIT, post=EDIT, at="grid"),
    "party_grid:duty_list": Page(get=SEE),
    "party_grid:duty_add": Page(get=EDIT, post=EDIT, at="seat"),
    "party_grid:duty_replace": Page(get=EDIT, post=EDIT, at="duty"),
    "party_grid:duty_end": Page(get=EDIT, post=EDIT, at="duty"),
    "party_grid:vacancy_list": Page(get=SEE),
    "party_grid:overload_list": Page(get=PEOPLE),
    "party_grid:compound_heads": Page(get=SEE, post=EDIT, at="compound"),
    "party_grid:proposal_list": Page(get=SEE),
    "party_grid:proposal_new": Page(get=PROPOSE, post=PROPOSE),
    "party_grid:proposal_detail": Page(get=SEE, at="proposal"),
    "party_grid:proposal_apply": Page(post=APPROVE, at="proposal"),
    "party_grid:proposal_undo": Page(post=APPROVE, at="proposal"),
    "party_grid:proposal_leave": Page(post=TRY, at="proposal"),
    "party_grid:tree": Page(get=SEE, at="community"),
    "party_grid:organisation_export": Page(get=EXPORT),
    "party_grid:grid_export": Page(get=EXPORT),
    "party_grid:duty_export": Page(get=PEOPLE),
    "registry:bulk_edit": Page(get=EDIT, post=EDIT),
    "registry:verify": Page(get=MERGE, post=MERGE),
    "registry:view_save": Page(post=SEE),
    "registry:view_forget": Page(post="O", at="saved_view", reach={"O": {"own"}}),
    "registry:building_add": Page(get=EDIT, post=EDIT, at="compound"),
    "registry:building_edit": Page(get=EDIT, post=EDIT, at="building"),
    "registry:building_delete": Page(get=EDIT, post=EDIT, at="building"),
    "registry:attachment_add": Page(get=EDIT, post=EDIT, at="compound"),
    "registry:attachment_file": Page(get=SEE, at="attachment"),
    "registry:attachment_thumbnail": Page(get=SEE, at="attachment"),
    "registry:attachment_remove": Page(get=EDIT, post=EDIT, at="attachment"),
    "registry:import_list": Page(get=IMPORT),
    "registry:import_add": Page(get=IMPORT, post=IMPORT),
    "registry:import_template": Page(get="CO", at="sheet", reach=None),
    "registry:import_detail": Page(get=SEE, at="import"),
    "registry:import_confirm": Page(post=IMPORT, at="import"),
    "registry:import_cancel": Page(post=IMPORT, at="import"),
    "registry:import_retry": Page(post=IMPORT, at="import"),
    "registry:import_undo": Page(get=IMPORT, post=IMPORT, at="import"),
    "registry:import_file": Page(get=IMPORT, at="import"),
    # Nothing was refused in this import, so there is no file of refused rows.
    "registry:import_refused": Page(get=IMPORT, at="import", empty=True),
    # People
    "people:person_list": Page(get=PEOPLE),
    "people:person_add": Page(get=EDIT, post=EDIT),
    "people:person_find": Page(get=PEOPLE, post=PEOPLE),
    "people:member_ledger": Page(get=PEOPLE),
    "people:member_export": Page(get=PEOPLE),
    "people:person_detail": Page(get=PEOPLE, at="person", reach=KNOWN),
    "people:person_edit": Page(get=EDIT, post=EDIT, at="person", reach=KNOWN),
    "people:person_leave": Page(get=EDIT, post=EDIT, at="person", reach=KNOWN),
    "people:person_return": Page(post=EDIT, at="person", reach=KNOWN, sent=VERSION),
    "people:person_reveal": Page(post=EDIT, at="person", reach=KNOWN, sent=VERSION),
    "people:person_erase": Page(get=EDIT, post=EDIT, at="person", reach=KNOWN),
    # Pairings: they name people
    "pairings:pairing_list": Page(get=PEOPLE),
    "pairings:pairing_export": Page(get=PEOPLE),
    "pairings:pairing_add": Page(get=EDIT),
    "pairings:pair_with": Page(get=EDIT, post=EDIT, at="compound"),
    "pairings:pairing_end": Page(get=EDIT, post=EDIT, at="pairing", reach=KNOWN),
    "pairings:cadre_list": Page(get=PEOPLE),
    "pairings:cadre_add": Page(get=EDIT, post=EDIT),
    "pairings:cadre_edit": Page(get=EDIT, post=EDIT, at="cadre", reach=KNOWN),
    "pairings:notice_sheet": Page(get=PEOPLE),
    "pairings:notice_add": Page(get=EDIT, post=EDIT, at="compound"),
    "pairings:group_list": Page(get=PEOPLE),
    "pairings:group_detail": Page(get=PEOPLE, at="compound"),
    "pairings:group_assign": Page(get=EDIT, post=EDIT, at="compound", query="?role=WG_POLICE"),
    "pairings:group_end": Page(get=EDIT, post=EDIT, at="role", reach=KNOWN),
    # Clusters
    "clusters:cluster_list": Page(get=SEE),
    "clusters:cluster_export": Page(get=EXPORT),
    "clusters:cluster_add": Page(get=EDIT, post=EDIT),
    "clusters:cluster_detail": Page(get=SEE, at="cluster"),
    "clusters:cluster_edit": Page(get=EDIT, post=EDIT, at="cluster"),
    "clusters:cluster_compounds": Page(get=EDIT, post=EDIT, at="cluster"),
    "clusters:item_check": Page(get=EDIT, post=EDIT, at="cluster"),
    "clusters:emergency_switch": Page(
        post=EDIT, at="cluster", sent={**VERSION, "is_emergency": "1"}
    ),
    # Providers
    "providers:provider_list": Page(get=SEE),
    "providers:provider_detail": Page(get=SEE, at="provider", shared=True),
    "providers:provider_add": Page(get="O", post="O"),
    "providers:provider_export": Page(get=EXPORT),
    "providers:provider_edit": Page(get="O", post="O", at="provider", shared=True),
    "providers:provider_staff": Page(get=SEE, at="provider", shared=True),
    "providers:staff_edit": Page(get="O", post="O", at="provider", shared=True),
    "providers:provider_standing": Page(get=SEE, at="provider", shared=True),
    "providers:provider_blacklist": Page(get=SEE, at="provider", shared=True),
    "providers:provider_invitations": Page(get=SEE, at="provider", shared=True),
    "providers:provider_norms": Page(get=SEE, at="provider", shared=True),
    "providers:provider_history": Page(get=SEE, at="provider", shared=True),
    "providers:base_list": Page(get=SEE),
    "providers:base_add": Page(get="O", post="O", at="provider", shared=True),
    "providers:base_edit": Page(get="O", post="O", at="base", shared=True),
    "providers:base_remove": Page(get="O", post="O", at="base", shared=True),
    "providers:party_coverage": Page(get=SEE),
    "providers:organisation_list": Page(get=SEE),
    "providers:organisation_add": Page(get="O", post="O"),
    "providers:organisation_edit": Page(get="O", post="O", at="firm_organisation", shared=True),
    "providers:share_list": Page(get=SEE),
    "providers:norm_list": Page(get=SEE),
    "providers:norm_add": Page(get="O", post="O"),
    "providers:norm_adopt": Page(post="O"),
    "providers:norm_edit": Page(get="O", post="O", at="cost_norm", shared=True),
    "providers:provider_norm_add": Page(get="O", post="O", at="provider", shared=True),
    "providers:filing_list": Page(get=SEE),
    "providers:filing_detail": Page(get=SEE, at="filing"),
    "providers:filing_review": Page(post="WLO", at="filing"),
    "providers:filing_withdraw": Page(get="CO", post="CO", at="filing"),
    "providers:filing_add": Page(get="CO", post="CO", at="provider", shared=True),
    "providers:rating_add": Page(get="O", post="O", at="provider", shared=True),
    "providers:credit_event_add": Page(get="O", post="O", at="provider", shared=True),
    "providers:card_give": Page(get="O", post="O", at="provider", shared=True),
    "providers:card_correct": Page(get="O", post="O", at="card", shared=True),
    "providers:blacklist_list": Page(get=SEE),
    "providers:blacklist_propose": Page(get="O", post="O", at="provider", shared=True),
    # The leader of the street that was asked.
    "providers:blacklist_opinion": Page(get="L", post="L", at="blacklisting", shared=True),
    "providers:blacklist_notify": Page(get="O", post="O", at="blacklisting", shared=True),
    "providers:blacklist_hear": Page(get="O", post="O", at="blacklisting", shared=True),
    "providers:blacklist_decide": Page(get="A", post="A", at="blacklisting", shared=True),
    "providers:blacklist_lift": Page(get="A", post="A", at="blacklisting", shared=True),
    "providers:round_list": Page(get=SEE),
    "providers:round_answer": Page(get="CO", post="CO", at="round"),
    "providers:letter": Page(get=SEE, at="round"),
    "providers:invitation_list": Page(get=SEE),
    "providers:invitation_add": Page(get="CO", post="CO", at="compound"),
    "providers:answer_record": Page(get="CO", post="CO", at="invitation"),
    # Assignment
    "assignment:assignment_list": Page(get=SEE),
    "assignment:assignment_export": Page(get=EXPORT),
    "assignment:bulk_step": Page(get="LA", post="LA"),
    "assignment:street_proposal": Page(get=PROPOSE, post=PROPOSE),
    "assignment:assignment_detail": Page(get=SEE, at="assignment"),
    "assignment:assignment_review": Page(post="L", at="assignment", sent=VERSION),
    # What was not reviewed yet is not approved, by nobody.
    "assignment:assignment_approve": Page(post="A", at="assignment", sent=VERSION),
    "assignment:assignment_return": Page(post="LA", at="assignment", sent=VERSION),
    "assignment:assignment_withdraw": Page(post="CLO", at="assignment", sent=VERSION),
    "assignment:assignment_replace": Page(post="CO", at="assignment", sent=VERSION),
    "assignment:assignment_end": Page(post="CLOA", at="assignment", sent=VERSION),
    "assignment:handover_edit": Page(get="CO", post="CO", at="handover"),
    "assignment:handover_print": Page(get=SEE, at="handover"),
    "assignment:candidates": Page(get=SEE, at="compound"),
    "assignment:propose": Page(get=PROPOSE, post=PROPOSE, at="compound"),
    "assignment:lock_add": Page(get=PROPOSE, post=PROPOSE, at="compound"),
    "assignment:refusal_add": Page(get=PROPOSE, post=PROPOSE, at="compound"),
    "assignment:portfolio": Page(get=SEE, at="provider", shared=True),
    "assignment:lock_list": Page(get=SEE),
    "assignment:lock_release": Page(get=PROPOSE, post=PROPOSE, at="lock"),
    "assignment:refusal_list": Page(get=SEE),
    "assignment:refusal_release": Page(get=PROPOSE, post=PROPOSE, at="refusal"),
    # Contracts; a lot belongs to a street or the district, which a community does not see
    "contracts:contract_list": Page(get=SEE),
    "contracts:clocks": Page(get=SEE),
    "contracts:contract_export": Page(get=EXPORT),
    "contracts:contract_add": Page(get="CO", post="CO", query="?kind=TRANSITION"),
    "contracts:contract_detail": Page(get=SEE, at="contract"),
    "contracts:contract_edit": Page(get="CO", post="CO", at="contract"),
    "contracts:contract_print": Page(get=SEE, at="contract"),
    "contracts:filing_receipt": Page(get=SEE, at="contract", empty=True),  # not filed yet
    "contracts:contract_sign": Page(get="CO", post="CO", at="contract"),
    "contracts:contract_file": Page(get="C", post="C", at="contract"),
    "contracts:contract_return": Page(get="CO", post="CO", at="contract"),
    "contracts:contract_cancel": Page(get="CO", post="CO", at="contract"),
    "contracts:contract_notice": Page(get="CO", post="CO", at="contract"),
    "contracts:contract_renewal": Page(get="CO", post="CO", at="contract"),
    "contracts:contract_end": Page(get="CO", post="CO", at="contract"),
    "contracts:file_add": Page(get="CO", post="CO", at="contract"),
    "contracts:file_show": Page(get=SEE, at="contract_paper"),
    "contracts:file_remove": Page(get="CO", post="CO", at="contract_paper"),
    "contracts:lot_list": Page(get=SEE),
    "contracts:lot_add": Page(get="O", post="O"),
    "contracts:lot_detail": Page(get=SEE, at="lot", reach=OF_STREET),
    "contracts:lot_edit": Page(get="O", post="O", at="lot", reach=OF_STREET),
    "contracts:lot_members": Page(get="O", post="O", at="lot", reach=OF_STREET),
    "contracts:lot_gate": Page(get="O", post="O", at="lot_gate", reach=OF_STREET),
    "contracts:lot_award": Page(get="O", post="O", at="lot", reach=OF_STREET),
    "contracts:lot_close": Page(get="O", post="O", at="lot", reach=OF_STREET),
    "contracts:lot_viability": Page(get=SEE, post="O", at="lot", reach=OF_STREET),
    "contracts:viability": Page(get=SEE, post="CO", at="compound"),
    "contracts:viability_sheet": Page(get=SEE, at="kept_sheet"),
    # Fees and service: whoever sees the register sees the money of its compounds
    "fees:overview": Page(get=SEE),
    "fees:report_list": Page(get=SEE),
    "fees:report_export": Page(get=EXPORT),
    "fees:missing_list": Page(get=SEE),
    "fees:month_grid": Page(get=EDIT, post=EDIT),
    "fees:report_add": Page(get=EDIT, post=EDIT, at="compound"),
    "fees:report_edit": Page(get=EDIT, post=EDIT, at="fee_report"),
    "fees:compound_fees": Page(get=SEE, at="compound"),
    "fees:stage_begin": Page(get=EDIT, post=EDIT, at="compound"),
    "fees:book_list": Page(get=SEE),
    "fees:book_export": Page(get=EXPORT),
    "fees:book": Page(get=SEE, at="compound"),
    "fees:book_print": Page(get=EXPORT, at="compound"),
    "fees:book_publish": Page(get=EDIT, post=EDIT, at="compound"),
    "fees:entry_add": Page(get=EDIT, post=EDIT, at="compound"),
    "fees:entry_reverse": Page(get=EDIT, post=EDIT, at="fee_entry"),
    "fees:inspection_list": Page(get=SEE),
    "fees:inspection_add": Page(get=EDIT, post=EDIT, at="compound"),
    "fees:inspection_mend": Page(get=EDIT, post=EDIT, at="inspection"),
    "fees:round_list": Page(get=SEE),
    "fees:round_add": Page(get="O", post="O"),
    "fees:round_detail": Page(get=SEE, at="fee_round", shared=True),
    "fees:round_close": Page(post="O", at="fee_round", shared=True, sent=VERSION),
    "fees:assessment_export": Page(get=EXPORT, at="fee_round", shared=True),
    "fees:assessment_add": Page(get="O", post="O", at="fee_round", shared=True),
    "fees:assessment_edit": Page(get="O", post="O", at="assessment"),
    # Classification
    "classification:overview": Page(get=SEE),
    "classification:policy_list": Page(get=SEE),
    "classification:policy_add": Page(get=POLICY, post=POLICY),
    "classification:policy_detail": Page(get=SEE, at="policy", shared=True),
    "classification:policy_edit": Page(get=POLICY, post=POLICY, at="policy", shared=True),
    "classification:policy_compare": Page(get=SEE, at="two_policies", shared=True),
    "classification:policy_copy": Page(post=POLICY, at="policy", shared=True),
    "classification:policy_publish": Page(post=PUBLISH, at="policy", shared=True),
    "classification:policy_retire": Page(post=PUBLISH, at="policy", shared=True),
    "classification:policy_delete": Page(post=POLICY, at="policy", shared=True),
    "classification:run_list": Page(get=SEE),
    "classification:run_start": Page(post=RUN),
    "classification:run_detail": Page(get=SEE, at="run"),
    "classification:run_cancel": Page(post=RUN, at="run"),
    "classification:trial_list": Page(get=TRY),
    "classification:trial_new": Page(get=TRY, post=TRY),
    "classification:trial_detail": Page(get=TRY, at="trial"),
    "classification:trial_cancel": Page(post=TRY, at="trial"),
    "classification:trial_export": Page(get=TRY, at="trial"),
    "classification:trial_draft": Page(post=POLICY, at="trial"),
    # Plans
    "planning:plan_list": Page(get=SEE),
    "planning:plan_new": Page(get="O", post="O"),
    "planning:plan_detail": Page(get=SEE, at="plan"),
    "planning:plan_cancel": Page(post="O", at="plan"),
    "planning:place_list": Page(get=SEE, at="plan"),
    "planning:place_export": Page(get=EXPORT, at="plan"),
    "planning:place_detail": Page(get=SEE, at="plan_place"),
    "planning:bundle_detail": Page(get=SEE, at="plan_bundle"),
    "planning:firm_list": Page(get=SEE, at="plan"),
    "planning:firm_detail": Page(get=SEE, at="plan_firm"),
    "planning:plan_changes": Page(get=SEE, at="plan"),
    "planning:curve_detail": Page(get=SEE, at="plan"),
    "planning:curve_start": Page(post="O", at="plan"),
    "planning:curve_cancel": Page(post="O", at="plan"),
    "planning:curve_take_over": Page(post="O", at="plan"),
    "planning:curve_export": Page(get=EXPORT, at="plan"),
    "planning:invite": Page(get="CO", post="CO", at="plan"),
    "planning:adopt": Page(get="O", post="O", at="plan"),
    "planning:decide": Page(get="A", post="A", at="adoption"),
    "planning:withdraw": Page(post="O", at="adoption", sent=VERSION),
    "planning:propose": Page(post="O", at="adoption", sent=VERSION),
    "planning:readiness": Page(get=SEE),
    "planning:norms_list": Page(get=SEE),
    "planning:norms_add": Page(get="O", post="O"),
    "planning:norms_edit": Page(get="O", post="O", at="planning_norms", shared=True),
    "classification:override_list": Page(get=SEE),
    "classification:override_propose": Page(get=PROPOSE, post=PROPOSE, at="compound"),
    "classification:override_detail": Page(get=SEE, at="override"),
    "classification:override_approve": Page(post=APPROVE, at="override", sent=VERSION),
    "classification:override_reject": Page(post=APPROVE, at="override", sent=VERSION),
    "classification:override_withdraw": Page(post=PROPOSE, at="override", sent=VERSION),
    "classification:work_list": Page(get=SEE),
    "classification:work_export": Page(get=EXPORT),
    # The rebound watch
    # Clearing cases
    "clearing:overview": Page(get=SEE),
    "clearing:day_list": Page(get=SEE),
    "clearing:case_list": Page(get=SEE),
    "clearing:case_export": Page(get=EXPORT),
    "clearing:bulk_step": Page(get="WCLOA", post="WCLOA"),
    "clearing:open_cases": Page(get=EDIT, post=EDIT),
    "clearing:case_detail": Page(get=SEE, at="case"),
    "clearing:case_step": Page(post="CO", at="case", sent={"kind": "LEAVE"}),
    "clearing:plan_edit": Page(get=EDIT, post=EDIT, at="case"),
    "clearing:plan_sheet": Page(get=SEE, at="case"),
    "clearing:consultation_add": Page(get=EDIT, post=EDIT, at="case"),
    "clearing:consultation_edit": Page(get=EDIT, post=EDIT, at="consultation"),
    "clearing:acceptance_add": Page(get="O", post="O", at="case"),
    "clearing:deadline_list": Page(get=SEE),
    "clearing:deadline_set": Page(post="O", at="stage"),
    "clearing:decision_sheet": Page(get=SEE),
    "clearing:decision_export": Page(get=EXPORT),
    "clearing:progress_sheet": Page(get=SEE),
    "clearing:progress_export": Page(get=EXPORT),
    "clearing:watch_list": Page(get=SEE),
    "clearing:watch_export": Page(get=EXPORT),
    "clearing:watch_detail": Page(get=SEE, at="watched"),
    "clearing:watch_task_list": Page(get=SEE),
    "clearing:watch_task_detail": Page(get=SEE, post="WCO", at="watch_task"),
    "clearing:watch_run_list": Page(get=SEE),
    "clearing:watch_run_start": Page(post=RUN),
    "clearing:watch_run_detail": Page(get=SEE, at="watch_run"),
    "clearing:watch_run_cancel": Page(post=RUN, at="watch_run"),
    "clearing:watch_policy_list": Page(get=SEE),
    "clearing:watch_policy_add": Page(get=POLICY, post=POLICY),
    "clearing:watch_policy_detail": Page(get=SEE, at="watch_policy", shared=True),
    "clearing:watch_policy_edit": Page(get=POLICY, post=POLICY, at="watch_policy", shared=True),
    "clearing:watch_policy_try": Page(get="OA", at="watch_policy", shared=True),
    "clearing:watch_policy_copy": Page(post=POLICY, at="watch_policy", shared=True),
    "clearing:watch_policy_publish": Page(post=PUBLISH, at="watch_policy", shared=True),
    "clearing:watch_policy_retire": Page(post=PUBLISH, at="watch_policy", shared=True),
    "clearing:watch_policy_delete": Page(post=POLICY, at="watch_policy", shared=True),
    "clearing:loss_list": Page(get=SEE),
    "clearing:loss_report": Page(get="WCO", post="WCO", at="watched"),
    "clearing:loss_detail": Page(get=SEE, at="loss"),
    "clearing:loss_confirm": Page(post="LA", at="loss", sent=VERSION),
    "clearing:loss_reject": Page(post="LA", at="loss", sent=VERSION),
    # Budgets and the ledger: of a district, and of nobody below it
    "ledger:budget": Page(get="OAFU"),
    "ledger:budget_export": Page(get="OAFU"),
    "ledger:line_add": Page(get="F", post="F"),
    "ledger:line_edit": Page(get="F", post="F", at="budget_line", shared=True),
    "ledger:indicator_add": Page(get="F", post="F", at="budget_line", shared=True),
    "ledger:indicator_detail": Page(get="OAFU", at="indicator", shared=True),
    "ledger:indicator_edit": Page(get="F", post="F", at="indicator", shared=True),
    "ledger:indicator_statement": Page(get="OAFU", at="indicator", shared=True),
    "ledger:movement_add": Page(get="F", post="F", at="indicator", shared=True),
    "ledger:movement_list": Page(get="OAFU"),
    "ledger:movement_detail": Page(get="OAFU", at="movement", shared=True),
    "ledger:movement_confirm": Page(post="F", at="movement", shared=True),
    "ledger:movement_refuse": Page(post="F", at="movement", shared=True),
    "ledger:movement_reverse": Page(post="F", at="movement", shared=True),
    "ledger:transaction_list": Page(get="OAFU"),
    "ledger:transaction_export": Page(get="OAFU"),
    "ledger:transaction_detail": Page(get="OAFU", at="voucher", shared=True),
    "ledger:posting_list": Page(get="OAFU"),
    "ledger:posting_export": Page(get="OAFU"),
    "ledger:account_detail": Page(get="OAFU", at="ledger_account", shared=True),
    "ledger:holder_detail": Page(get="OAFU", at="holder", shared=True),
    "ledger:closing_list": Page(get="OAFU"),
    "ledger:closing_add": Page(get="F", post="F"),
    "ledger:closing_reopen": Page(get="A", post="A", at="closing", shared=True),
    # Reports of money: the ledger's readers; what is public or of a compound, whoever sees it
    "reports:overview": Page(get="OAFU"),
    "reports:overview_export": Page(get="OAFU"),
    "reports:outlook_detail": Page(get="OAFU"),
    "reports:posting_list": Page(get="OAFU"),
    "reports:posting_export": Page(get="OAFU"),
    "reports:exception_list": Page(get="OAFU"),
    "reports:exception_export": Page(get="OAFU"),
    "reports:compound_list": Page(get=SEE),
    "reports:compound_export": Page(get=EXPORT),
    "reports:statement_list": Page(get="OAFU"),
    "reports:statement_list_export": Page(get="OAFU"),
    "reports:statement_detail": Page(get="OAFU", at="provider", shared=True),
    "reports:statement_export": Page(get="OAFU", at="provider", shared=True),
    "reports:public_list": Page(get=SEE),
    "reports:public_export": Page(get=EXPORT),
    "reports:performance": Page(get=SEE),
    "reports:performance_export": Page(get=EXPORT),
    "reports:whatif": Page(get="OAFU"),
    "reports:whatif_export": Page(get="OAFU"),
    # Subsidy programmes
    "programmes:programme_list": Page(get=SEE),
    "programmes:programme_list_export": Page(get=EXPORT),
    "programmes:programme_export": Page(get=EXPORT, at="programme", shared=True),
    "programmes:programme_add": Page(get=POLICY, post=POLICY),
    "programmes:programme_detail": Page(get=SEE, at="programme", shared=True),
    "programmes:programme_edit": Page(get=POLICY, post=POLICY, at="programme", shared=True),
    "programmes:programme_compare": Page(get=SEE, at="two_programmes", shared=True),
    "programmes:programme_copy": Page(post=POLICY, at="programme", shared=True),
    "programmes:programme_publish": Page(post=PUBLISH, at="programme", shared=True),
    "programmes:programme_retire": Page(post=PUBLISH, at="programme", shared=True),
    "programmes:programme_delete": Page(post=POLICY, at="programme", shared=True),
    # Payee accounts
    "payees:payee_list": Page(get=MONEY),
    "payees:payee_add": Page(get="F", post="F"),
    "payees:payee_detail": Page(get=MONEY, at="payee", reach=LEDGER),
    "payees:payee_confirm": Page(get="F", post="F", at="payee", reach=LEDGER),
    "payees:payee_refuse": Page(get="F", post="F", at="payee", reach=LEDGER),
    "payees:payee_reveal": Page(post="F", at="payee", reach=LEDGER),
    # Disbursements
    "payments:disbursement_list": Page(get=MONEY),
    "payments:payable_list": Page(get=MONEY),
    "payments:payable_export": Page(get=MONEY),
    "payments:disbursement_new": Page(get="F", post="F"),
    "payments:disbursement_detail": Page(get=MONEY, at="batch", reach=LEDGER),
    "payments:disbursement_submit": Page(get="F", post="F", at="batch", reach=LEDGER),
    "payments:disbursement_release": Page(get="F", post="F", at="batch", reach=LEDGER),
    "payments:disbursement_return": Page(get="F", post="F", at="batch", reach=LEDGER),
    "payments:disbursement_cancel": Page(get="F", post="F", at="batch", reach=LEDGER),
    "payments:bank_file": Page(get="F", at="bank_file", reach=LEDGER),
    "payments:disbursement_export": Page(get=MONEY, at="batch", reach=LEDGER),
    "payments:payment_notice": Page(get=MONEY, at="batch", reach=LEDGER),
    "payments:result_read": Page(get="F", post="F", at="batch", reach=LEDGER),
    "payments:result_confirm": Page(post="F", at="batch", reach=LEDGER),
    "payments:order_detail": Page(get=MONEY, at="payment_order", reach=LEDGER),
    "payments:order_result": Page(get="F", post="F", at="payment_order", reach=LEDGER),
    "payments:order_back": Page(get="F", post="F", at="payment_order", reach=LEDGER),
    # Accruals
    "entitlements:entitlement_list": Page(get=SEE),
    "entitlements:entitlement_export": Page(get=EXPORT),
    "entitlements:sheet_export": Page(get=EXPORT),
    "entitlements:bulk_step": Page(get="WCLOA", post="WCLOA"),
    "entitlements:street_application": Page(get="C", post="C"),
    "entitlements:apply": Page(get="C", post="C", at="compound"),
    "entitlements:entitlement_detail": Page(get=SEE, at="entitlement"),
    "entitlements:entitlement_edit": Page(get="C", post="C", at="entitlement"),
    "entitlements:entitlement_submit": Page(post="C", at="entitlement", sent=VERSION),
    "entitlements:entitlement_check": Page(post="W", at="entitlement", sent=VERSION),
    "entitlements:entitlement_review": Page(post="L", at="entitlement", sent=VERSION),
    "entitlements:entitlement_assess": Page(post="O", at="entitlement", sent=VERSION),
    "entitlements:entitlement_return": Page(post="OA", at="entitlement", sent=VERSION),
    "entitlements:entitlement_reject": Page(post="A", at="entitlement", sent=VERSION),
    "entitlements:entitlement_withdraw": Page(post="C", at="entitlement", sent=VERSION),
    "entitlements:entitlement_suspend": Page(post="O", at="entitlement", sent=VERSION),
    "entitlements:entitlement_resume": Page(post="O", at="entitlement", sent=VERSION),
    "entitlements:objection_add": Page(get="O", post="O", at="entitlement"),
    "entitlements:approval_letter": Page(get=SEE, at="ended"),
    "entitlements:notice_list": Page(get=SEE),
    "entitlements:notice_detail": Page(get=SEE, at="public_notice"),
    "entitlements:notice_print": Page(get=SEE, at="public_notice"),
    "entitlements:objection_list": Page(get=SEE),
    "entitlements:objection_settle": Page(get="OA", post="OA", at="objection"),
    "accruals:run_list": Page(get=SEE),
    "accruals:run_start": Page(post="O"),
    "accruals:run_detail": Page(get=SEE, at="accrual_run", shared=True),
    "accruals:run_confirm": Page(post="C", at="accrual_run", shared=True),
    "accruals:run_submit": Page(get="O", post="O", at="accrual_run", shared=True),
    "accruals:run_approve": Page(get="F", post="F", at="accrual_run", shared=True),
    "accruals:run_return": Page(get="F", post="F", at="accrual_run", shared=True),
    "accruals:run_cancel": Page(get="O", post="O", at="accrual_run", shared=True),
    "accruals:run_recompute": Page(get="O", post="O", at="accrual_run", shared=True),
    "accruals:run_continue": Page(post="O", at="accrual_run", shared=True),
    "accruals:run_export": Page(get=EXPORT, at="accrual_run", shared=True),
    "accruals:run_print": Page(get=SEE, at="accrual_run", shared=True),
    "accruals:accrual_detail": Page(get=SEE, at="accrual"),
    "accruals:accrual_days": Page(get="C", post="C", at="accrual"),
    "accruals:accrual_decide": Page(get="F", post="F", at="accrual"),
    "accruals:accrual_reverse": Page(get="F", post="F", at="accrual"),
    # Exit and clawback
    "entitlements:annual_list": Page(get=SEE),
    "entitlements:annual_add": Page(get="O", post="O"),
    "entitlements:annual_detail": Page(get=SEE, at="annual_act"),
    "entitlements:annual_export": Page(get=EXPORT, at="annual_act"),
    "entitlements:annual_approve": Page(get="A", post="A", at="annual_act"),
    "entitlements:annual_refuse": Page(get="A", post="A", at="annual_act"),
    "entitlements:change_list": Page(get=SEE),
    "entitlements:change_add": Page(get="O", post="O", at="change_of"),
    "entitlements:change_detail": Page(get=SEE, at="term_change"),
    "entitlements:change_approve": Page(get="A", post="A", at="term_change"),
    "entitlements:change_refuse": Page(get="A", post="A", at="term_change"),
    "recovery:transition_list": Page(get=SEE),
    "recovery:transition_export": Page(get=EXPORT),
    "recovery:transition_detail": Page(get=SEE, at="ended"),
    "recovery:exit_add": Page(get="O", post="O", at="ended"),
    "recovery:clawback_add": Page(get="O", post="O", at="ended"),
    "recovery:exit_list": Page(get=SEE),
    "recovery:exit_export": Page(get=EXPORT),
    "recovery:exit_detail": Page(get=SEE, at="exit_review"),
    "recovery:exit_edit": Page(get="O", post="O", at="exit_review"),
    "recovery:exit_approve": Page(get="A", post="A", at="exit_review"),
    "recovery:exit_refuse": Page(get="A", post="A", at="exit_review"),
    "recovery:exit_sheet": Page(get=SEE, at="exit_review"),
    "recovery:clawback_list": Page(get=SEE),
    "recovery:clawback_export": Page(get=EXPORT),
    "recovery:clawback_detail": Page(get=SEE, at="clawback"),
    "recovery:clawback_cancel": Page(get="OA", post="OA", at="clawback"),
    "recovery:clawback_notify": Page(get="A", post="A", at="clawback"),
    "recovery:clawback_appeal": Page(get="O", post="O", at="clawback"),
    "recovery:appeal_decide": Page(get="A", post="A", at="clawback"),
    "recovery:plan_edit": Page(get="O", post="O", at="clawback"),
    "recovery:clawback_letter": Page(get=SEE, at="clawback"),
    "recovery:plan_sheet": Page(get=SEE, at="clawback"),
    "recovery:instalment_receive": Page(get="F", post="F", at="instalment"),
}


@dataclass(frozen=True)
class Table:
    """A table of the data-entry site: who lists and reads it, and who writes it."""

    read: str
    write: str
    at: str
    shared: bool = False


TABLES: dict[str, Table] = {
    "organisation_area": Table(read="WCO", write="O", at="community_row"),
    "organisation_specialday": Table(read="O", write="O", at="special_day_row", shared=True),
    "registry_compound": Table(read=EDIT, write=EDIT, at="compound_row"),
    "registry_building": Table(read=EDIT, write=EDIT, at="building_row"),
    "registry_entrance": Table(read=EDIT, write="", at="entrance_row"),
    "registry_adjacency": Table(read=EDIT, write=EDIT, at="adjacency_row"),
    "providers_provider": Table(read="CO", write="O", at="provider_row", shared=True),
    "providers_providerbase": Table(read="CO", write="O", at="base_row", shared=True),
    "providers_standard": Table(read="O", write="O", at="standard_row", shared=True),
    "providers_invitation": Table(read="CO", write="CO", at="invitation_row"),
    "people_memberclass": Table(read="O", write="O", at="member_class_row", shared=True),
    "party_grid_norm": Table(read="O", write="O", at="norm_row", shared=True),
    "party_grid_dutykind": Table(read="O", write="O", at="duty_kind_row", shared=True),
}
ENTER = "WCO"  # whoever may enter the data-entry site
# Its own doors lead to those of the product.
ADMIN_DOORS = {
    "admin:index",
    "admin:login",
    "admin:logout",
    "admin:password_change",
    "admin:password_change_done",
    "admin:autocomplete",
    "admin:jsi18n",
    "admin:view_on_site",
    "admin:app_list",
    "admin:organisation_area_recode",
    "admin:organisation_area_merge",
    "admin:organisation_area_split",
}


def patterns(resolver=None, namespace="", path="") -> dict[str, str]:
    """Every address of the system: URL name (or the pattern itself) to its pattern."""
    found = {}
    for entry in (resolver or get_resolver()).url_patterns:
        if hasattr(entry, "url_patterns"):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            found |= patterns(entry, inner, path + str(entry.pattern))
        else:
            name = f"{namespace}{entry.name}" if entry.name else f"{path}{entry.pattern}"
            found[name] = path + str(entry.pattern)
    return found


def make_world(district) -> SimpleNamespace:
    """People of every role, and rows of every kind in four places."""
    home = {
        "own": district.community,
        "sister": district.sister_community,
        "other": district.other_community,
    }
    far = make_area(Level.DISTRICT, "140106", "外区")
    far_street = make_area(Level.STREET, "140106001", "外区街道", far)
    people = {
        letter: make_user(role, role, getattr(district, HELD_IN.get(letter, "area")))
        for letter, role in ROLES.items()
    }
    former = make_user("former", "district_officer", district.area, is_active=False)
    officer, approver = people["O"], people["A"]
    clerks = {
        "own": people["C"],
        "sister": people["C"],
        "other": make_user("stranger", "street_clerk", district.other_street),
    }
    compounds = {
        place: make_compound(area, name=f"{TOKENS[place]}院") for place, area in home.items()
    }
    provider = make_provider(district.area)
    for compound in compounds.values():
        make_building(compound)
        make_invitation(compound, provider, answer="AGREED_WITH_SUBSIDY")
    tallies.refresh([area.pk for area in home.values()])
    policy = make_policy(district, SimpleNamespace(officer=officer, approver=approver))
    draft = classification.copy_policy(by=officer, policy=policy)
    far_people = SimpleNamespace(
        officer=make_user("far_officer", "district_officer", far),
        approver=make_user("far_approver", "district_approver", far),
    )
    far_policy = make_policy(SimpleNamespace(area=far), far_people)
    runs = {
        place: classification.run_classification(by=officer, area=area, as_of=DAY)
        for place, area in home.items()
    }
    world = SimpleNamespace(
        district=district,
        people=people,
        former=former,
        compound=compounds,
        community=home,
        run=runs,
        trial={
            place: classification.try_policy(by=officer, policy=policy, area=area, as_of=DAY)
            for place, area in home.items()
        },
        override={
            place: classification.propose_override(
                by=clerks[place],
                compound=compound,
                strategy="FALLBACK",
                reason="居民要求",
                document="样例纪要1号",
                expires_on=dt.date(2198, 1, 1),
            )
            for place, compound in compounds.items()
        },
        policy={"own": draft, "other": far_policy},
        published=policy,
        provider={"own": provider, "other": make_provider(far)},
        account={"own": former},
        post={"own": make_post(former, "leader", district.area)},
        attachment={place: _attach(compound, officer) for place, compound in compounds.items()},
        far=far,
        far_street=far_street,
    )
    setattr(world, "import", {place: _import(area, officer) for place, area in home.items()})
    world.building = {place: compound.buildings.first() for place, compound in compounds.items()}
    world.entrance = {place: row.entrances.first() for place, row in world.building.items()}
    _seat(world)
    world.proposal = {
        place: proposals.prepare_proposal(by=officer, area=area) for place, area in home.items()
    }
    world.adjacency = {
        place: Adjacency.objects.create(
            compound=compounds[place],
            other=make_compound(compounds[place].community, name=f"{TOKENS[place]}二院"),
            is_adjacent=True,
            reason="共用大门",
        )
        for place in compounds
    }
    _stand(world)
    world.base = {place: row.bases.create(name="样例基地") for place, row in world.provider.items()}
    world.person = {
        place: make_person(row, name=f"{TOKENS[place]}甲", phone="13800000000")
        for place, row in compounds.items()
    }
    _pair(world)
    _assign(world, clerks)
    _contract(world, clerks)
    make_fee_rows(world)
    _watch(world, far_people)
    _plans(world)
    _programme(world, far_people)
    make_ledger_rows(world)
    _account(world)
    make_accrual_rows(world, far_people)
    make_entitlement_rows(world)
    make_recovery_rows(world)
    world.member_class = {"own": MemberClass.objects.get(pk="RETIRED")}
    world.invitation = {
        place: compound.invitations.first() for place, compound in compounds.items()
    }
    world.saved_view = {
        "own": SavedView.objects.create(user=officer, page="compounds", name="样例", query="q=1")
    }
    world.entry = {
        place: AuditEntry.objects.filter(
            object_type="classification.override", object_id=str(override.pk)
        ).first()
        for place, override in world.override.items()
    }
    return world


# Words that stand on no page of somebody who does not see their place.
TOKENS = {"own": "近水楼", "sister": "邻里苑", "other": "远山坊"}
# A picture of four red dots.
CONTENT = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAFklEQVR4nGOs"
    "kJNjYGBgYmBgYGBgAAAI9AC4pPYhZwAAAABJRU5ErkJggg=="
)


def _attach(compound, by) -> Attachment:
    return Attachment.objects.create(
        compound=compound,
        file=ContentFile(CONTENT, "a.png"),
        name=f"{compound.name}.png",
        content_type="image/png",
        size=len(CONTENT),
        sha256=hashlib.sha256(CONTENT).hexdigest(),
        uploaded_by=by,
    )


def _import(area, by) -> Import:
    return Import.objects.create(
        area=area,
        state="CHECKED",
        file=ContentFile(CONTENT, "b.xlsx"),
        file_name=f"{area.code}.xlsx",
        size=len(CONTENT),
        sha256=hashlib.sha256(CONTENT).hexdigest(),
        uploaded_by=by,
    )


def _stand(world) -> None:
    """Applications in each place; a card, a blacklisting, norms and organisations of firms."""
    officer = world.people["O"]
    stranger = make_user("filing", "district_officer", world.district.area)
    world.filing = {
        place: Filing.objects.create(
            provider=make_provider(world.district.area),
            community=compound.community,
            applied_on=DAY,
            applied_by=stranger,
            note=f"{TOKENS[place]}申请",
        )
        for place, compound in world.compound.items()
    }
    streets = {"own": world.district.street, "other": world.far_street}
    districts = {"own": world.district.area, "other": world.far}
    world.blacklisting, world.card = {}, {}
    world.firm_organisation, world.cost_norm, world.standard = {}, {}, {}
    for place, provider in world.provider.items():
        world.blacklisting[place] = BlacklistEntry.objects.create(
            provider=provider,
            reason="样例",
            street=streets[place],
            proposed_by=officer,
            proposed_on=DAY,
        )
        compound = world.compound["other"] if place == "own" else None
        world.card[place] = Card.objects.create(
            provider=provider, colour="YELLOW", compound=compound, reason="样例", given_on=DAY
        )
        district = districts[place]
        world.firm_organisation[place] = FirmOrganisation.objects.create(
            district=district, name="样例联合党支部", form="JOINT"
        )
        norm = CostNorm(district=district, item="TAX", kind="PERCENT", measure="WAGES")
        norm.percent, norm.source, norm.valid_from = 1, "样例", DAY
        norm.save()
        world.cost_norm[place] = norm
        world.standard[place] = Standard.objects.create(district=district, effective_from=DAY)


def _pair(world) -> None:
    """A county-level cadre, a role of the working group and a cluster in each place."""
    world.cadre, world.pairing, world.role, world.cluster = {}, {}, {}, {}
    for place, compound in world.compound.items():
        cadre = make_person(
            area=world.district.area, name=f"{TOKENS[place]}丙", standing="COUNTY_CADRE"
        )
        world.cadre[place] = cadre
        world.pairing[place] = Pairing.objects.create(
            kind="COUNTY_CADRE", person=cadre, compound=compound, starts_on=DAY
        )
        role = Duty(kind_id="WG_POLICE", seat="COMPOUND", compound=compound, person=cadre)
        role.save()
        world.role[place] = role
        world.cluster[place] = clusters.add_cluster(
            by=world.people["O"],
            area=compound.community,
            facts={"code": f"{place}-P01", "name": f"{TOKENS[place]}片区", "organisation": None},
            compounds=[compound],
        )


def _seat(world) -> None:
    """A grid, a branch and the head of a building in each place; norms of both districts."""
    world.grid = {
        place: make_area(Level.GRID, f"{area.code}001", f"{TOKENS[place]}网格", area)
        for place, area in world.community.items()
    }
    world.branch, world.duty = {}, {}
    for place, compound in world.compound.items():
        branch = PartyOrganisation(
            kind=OrganisationKind.BRANCH,
            reach="COMPOUND",
            compound=compound,
            name=f"{TOKENS[place]}党支部",
        )
        branch.place_in(compound.community)
        branch.save()
        OrganisationCover.objects.create(organisation=branch, compound=compound)
        building = world.building[place]
        duty = Duty(
            person=make_person(compound, name=f"{TOKENS[place]}乙"),
            kind_id="BUILDING_HEAD",
            seat="BUILDING",
            compound=compound,
            building=building,
            starts_on=DAY,
        )
        duty.save()
        world.branch[place], world.duty[place] = branch, duty
    world.norm = {
        "own": Norm.objects.create(district=world.district.area, effective_from=DAY),
        "other": Norm.objects.create(district=world.far, effective_from=DAY),
    }
    reader = world.people["W"]
    world.notice = {"own": Notice.objects.create(user=reader, kind="sample", batch="1", url="/")}
    world.digest = {"own": Digest.objects.create(user=reader, day=DAY)}
    world.special_day = {
        "own": SpecialDay.objects.create(date=DAY, name="样例", document="样例1号")
    }
    world.duty_kind = {"own": DutyKind.objects.get(key="PUBLICITY")}


def _assign(world, clerks) -> None:
    world.assignment = {}
    for place, compound in world.compound.items():
        row = world.assignment[place] = Assignment.objects.create(
            compound=compound,
            provider=world.provider["own"],
            strategy="FALLBACK",
            prepared_by=clerks[place],
        )
        AssignmentStep.objects.create(
            assignment=row, to_state="PROPOSED", on=DAY, at=timezone.now(), by=clerks[place]
        )
        row.handover.create(direction="IN", kind="KEYS", description="样例钥匙")
    world.lock = {
        place: compound.assignment_locks.create(kind="HOLD", reason="样例", set_by=clerks[place])
        for place, compound in world.compound.items()
    }
    world.refusal = {
        place: compound.refusals.create(
            provider=world.provider["own"],
            party="RESIDENTS",
            on=DAY,
            reason="样例",
            recorded_by=clerks[place],
        )
        for place, compound in world.compound.items()
    }


def _contract(world, clerks) -> None:
    """A draft with a paper, a lot, and a kept viability sheet in each place."""
    world.contract, world.contract_paper, world.lot, world.kept_sheet = {}, {}, {}, {}
    for place, compound in world.compound.items():
        contract = world.contract[place] = contracts.create_contract(
            by=clerks[place],
            facts={
                "number": f"{place}-合1",
                "kind": "SELF",
                "party_a": "COMMUNITY",
                "party_a_name": f"{TOKENS[place]}社区",
                "starts_on": DAY,
                "fee_mode": "FREE",
            },
            compounds=[(compound, None)],
        )
        world.contract_paper[place] = contracts.add_file(
            by=clerks[place],
            contract=contract,
            upload=SimpleUploadedFile("a.pdf", b"%PDF-1.7 %%EOF"),
        )
        world.lot[place] = contracts.create_lot(
            by=world.people["O"], area=compound.street, name=f"{TOKENS[place]}标段"
        )
        world.kept_sheet[place] = ViabilitySheet.objects.create(
            compound=compound,
            record=record_of(Gathered((), ()), DAY),
            income=0,
            cost=0,
            made_by=clerks[place],
            district_id=compound.district_id,
            street_id=compound.street_id,
            community_id=compound.community_id,
        )


def _programme(world, far_people) -> None:
    """A draft of a programme in each of two districts."""
    far = SimpleNamespace(area=world.far)
    world.programme = {
        "own": make_programme_draft(world.district, SimpleNamespace(officer=world.people["O"])),
        "other": make_programme_draft(far, far_people),
    }


def _account(world) -> None:
    """A proposed payee account and a batch at the bank in both districts."""
    world.payee, world.batch, world.payment_order = {}, {}, {}
    for place, provider in world.provider.items():
        account = PayeeAccount(
            district_id=provider.district_id,
            provider=provider,
            holder=provider.name,
            bank="样例银行",
            prepared_by=world.people["O"],
        )
        account.set_number("6200000000000000017")
        account.save()
        world.payee[place] = account
        line = BudgetLine.objects.create(
            district_id=provider.district_id, year=DAY.year, code="1", name="样例"
        )
        batch = world.batch[place] = Disbursement.objects.create(
            district_id=provider.district_id,
            number=f"BF{place}",
            indicator=BudgetIndicator.objects.create(
                district_id=provider.district_id,
                line=line,
                number="样例1号",
                name="样例",
                document="样例1号",
                document_on=DAY,
            ),
            title="样例",
            state="RELEASED",
            total=1,
            prepared_by=world.people["O"],
            released_by=world.people["A"],
            released_on=DAY,
        )
        world.payment_order[place] = PaymentOrder.objects.create(
            disbursement=batch,
            district_id=provider.district_id,
            reference=f"BF{place}001",
            provider=provider,
            payee_account=account,
            amount=1,
            state="SENT",
        )


def _watch(world, far_people) -> None:
    """A cleared compound under watch in each place, and a draft of the policy in both districts."""
    own = SimpleNamespace(officer=world.people["O"], approver=world.people["A"])
    policy = watching.make_watch_policy(world.district, own)
    world.watch_policy = {
        "own": watch_policies.copy_policy(by=own.officer, policy=policy),
        "other": watch_policies.create_policy(by=far_people.officer, district=world.far),
    }
    found = {
        place: watching.make_watched(
            make_compound(row.community, name=f"{TOKENS[place]}三院"), world.people, policy
        )
        for place, row in world.compound.items()
    }
    world.watched = {place: row.case for place, row in found.items()}
    world.case = {place: row.case.compound for place, row in found.items()}
    world.consultation = {
        place: row.case.consultations.create(
            method="NOTICE", noticed_on=DAY, held_by=world.people["O"]
        )
        for place, row in found.items()
    }
    world.watch_task = {place: row.task for place, row in found.items()}
    world.watch_run = {place: row.run for place, row in found.items()}
    world.loss = {place: row.loss for place, row in found.items()}


def _plans(world) -> None:
    """A plan of each place with its compound in a bundle, put to approval; norms of districts."""
    officer = world.people["O"]
    own = planning.make_norms(world.district.area)
    unused = planning.make_norms(world.district.area, effective_from=dt.date(2026, 2, 1))
    world.planning_norms = {"own": unused, "other": planning.make_norms(world.far)}
    world.plan, world.adoption = {}, {}
    for place, compound in world.compound.items():
        run = planning.make_run(world.community[place], officer, own, title=f"{TOKENS[place]}案")
        planning.make_place(run, compound, planning.make_bundle(run, world.provider["own"]))
        planning.make_firm(run, world.provider["own"])
        planning.make_curve(run, officer)
        world.plan[place] = run
        world.adoption[place] = Adoption.objects.create(
            run=run, reason="样例", prepared_by=officer, prepared_on=DAY
        )


BY_CODE = {"compound", "community", "grid", "case"}
MISSING_CODE = {
    "compound": "140105001001-9999",
    "case": "140105001001-9999",
    "community": "140105009009",
    "grid": "140105009009001",
}
NO_PK = 999_999_999


def address(world, at: str, place: str) -> dict | None:
    """Arguments of an address for a kind of row in a place; None where there is none."""
    if not at:
        return {} if place == "own" else None
    if at == "sheet":
        return {"own": {"key": "compounds"}, "missing": {"key": "nonsense"}}.get(place)
    if at == "stage":
        return {"own": {"state": "MATCHING"}, "missing": {"state": "NOWHERE"}}.get(place)
    if at == "two_programmes":
        found = address(world, "programme", place)
        return found and {**found, "other": world.programme["own"].pk}
    if at == "two_policies":
        found = address(world, "policy", place)
        return found and {**found, "other": world.published.pk}
    if at == "bank_file":
        found = address(world, "batch", place)
        return found and {**found, "kind": "csv"}
    if at == "lot_gate":
        found = address(world, "lot", place)
        return found and {**found, "gate": "renovated"}
    if at == "handover":
        found = address(world, "assignment", place)
        return found and {**found, "way": "in"}
    if at == "entry":
        if place == "missing":
            return {"kind": "classification.override", "pk": NO_PK}
        return {"kind": "classification.override", "pk": world.entry[place].object_id}
    if at == "change_of":
        found = address(world, "ended", place)
        return found and {**found, "kind": "basis"}
    if at in ("plan_place", "plan_bundle", "plan_firm"):
        found = address(world, "plan", place)
        if at == "plan_bundle":
            return found and {**found, "number": 1}
        if at == "plan_firm":
            return found and {**found, "provider": world.provider["own"].pk}
        compound = address(world, "compound", place)
        return found and compound and {**found, **compound}
    if at == "holder":
        return {"own": {"number": "E-OWN"}, "missing": {"number": "E-NONE"}}.get(place)
    if at == "round":
        found = address(world, "compound", place)
        return found and {**found, "round": 1}
    if at == "building":
        if place == "missing":
            return {"code": world.compound["own"].code, "pk": NO_PK}
        return {"code": world.compound[place].code, "pk": world.building[place].pk}
    if at == "seat":
        row = SimpleNamespace(pk=NO_PK) if place == "missing" else world.building[place]
        return {"seat": "building", "pk": row.pk}
    key = "code" if at in BY_CODE else "pk"
    if place == "missing":
        return {key: MISSING_CODE[at] if at in BY_CODE else NO_PK}
    row = getattr(world, at).get(place)
    return row and {key: getattr(row, key)}


def reaches(page: Page, letter: str, place: str) -> bool:
    """Whether a role's posts show it the rows of a place, for this kind of page."""
    if page.reach is not None:
        return place in page.reach.get(letter, ())
    if not page.at or page.shared or page.at == "sheet":
        return place == "own"
    return place in REACH.get(letter, ())


__all__ = ["PASSWORD", "make_world"]
