"""Pages of this room."""

from django.urls import path

from .views import district, filings, firms, invitations, standing

app_name = "providers"
urlpatterns = [
    # Firms
    path("", firms.provider_list, name="provider_list"),
    path("add/", firms.provider_add, name="provider_add"),
    path("export/", firms.provider_export, name="provider_export"),
    path("bases/", firms.base_list, name="base_list"),
    path("bases/<int:pk>/edit/", firms.base_edit, name="base_edit"),
    path("bases/<int:pk>/remove/", firms.base_remove, name="base_remove"),
    path("<int:pk>/", firms.provider_detail, name="provider_detail"),
    path("<int:pk>/edit/", firms.provider_edit, name="provider_edit"),
    path("<int:pk>/bases/add/", firms.base_add, name="base_add"),
    path("<int:pk>/staff/", firms.provider_staff, name="provider_staff"),
    path("<int:pk>/staff/edit/", firms.staff_edit, name="staff_edit"),
    path("<int:pk>/standing/", firms.provider_standing, name="provider_standing"),
    path("<int:pk>/blacklist/", firms.provider_blacklist, name="provider_blacklist"),
    path("<int:pk>/invitations/", firms.provider_invitations, name="provider_invitations"),
    path("<int:pk>/norms/", firms.provider_norms, name="provider_norms"),
    path("<int:pk>/history/", firms.provider_history, name="provider_history"),
    # Their district
    path("party/", district.party_coverage, name="party_coverage"),
    path("organisations/", district.organisation_list, name="organisation_list"),
    path("organisations/add/", district.organisation_add, name="organisation_add"),
    path("organisations/<int:pk>/edit/", district.organisation_edit, name="organisation_edit"),
    path("shares/", district.share_list, name="share_list"),
    path("norms/", district.norm_list, name="norm_list"),
    path("norms/add/", district.norm_add, name="norm_add"),
    path("norms/adopt/", district.norm_adopt, name="norm_adopt"),
    path("norms/<int:pk>/edit/", district.norm_edit, name="norm_edit"),
    path("<int:pk>/norms/add/", district.provider_norm_add, name="provider_norm_add"),
    # Filing
    path("filings/", filings.filing_list, name="filing_list"),
    path("filings/<int:pk>/", filings.filing_detail, name="filing_detail"),
    path("filings/<int:pk>/review/", filings.filing_review, name="filing_review"),
    path("filings/<int:pk>/withdraw/", filings.filing_withdraw, name="filing_withdraw"),
    path("<int:pk>/filings/add/", filings.filing_add, name="filing_add"),
    # Standing and blacklist
    path("<int:pk>/ratings/add/", standing.rating_add, name="rating_add"),
    path("<int:pk>/credit/add/", standing.credit_event_add, name="credit_event_add"),
    path("<int:pk>/cards/give/", standing.card_give, name="card_give"),
    path("cards/<int:pk>/correct/", standing.card_correct, name="card_correct"),
    path("blacklist/", standing.blacklist_list, name="blacklist_list"),
    path("<int:pk>/blacklist/propose/", standing.blacklist_propose, name="blacklist_propose"),
    path("blacklist/<int:pk>/opinion/", standing.blacklist_opinion, name="blacklist_opinion"),
    path("blacklist/<int:pk>/notify/", standing.blacklist_notify, name="blacklist_notify"),
    path("blacklist/<int:pk>/hear/", standing.blacklist_hear, name="blacklist_hear"),
    path("blacklist/<int:pk>/decide/", standing.blacklist_decide, name="blacklist_decide"),
    path("blacklist/<int:pk>/lift/", standing.blacklist_lift, name="blacklist_lift"),
    # Invitations
    path("invite/<str:code>/", invitations.invitation_add, name="invitation_add"),
    path("invitations/", invitations.invitation_list, name="invitation_list"),
    path("invitations/<int:pk>/answer/", invitations.answer_record, name="answer_record"),
    path("rounds/", invitations.round_list, name="round_list"),
    path("rounds/<str:code>/<int:round>/answers/", invitations.round_answer, name="round_answer"),
    path("rounds/<str:code>/<int:round>/letter/", invitations.letter, name="letter"),
]
