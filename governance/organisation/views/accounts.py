"""Pages of the account administrator: who has an account, and whether it is in use."""

import datetime as dt

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Prefetch, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from governance.foundation import dates

from .. import lockout
from ..access import right_required
from ..forms import AccountForm, ReasonForm
from ..models import Post, User
from ..services import accounts

# A first password waits here for the one page that shows it.
FIRST_PASSWORD = "first_password"  # noqa: S105 - a key of the session
PAGE_SIZE = 50
STATES = ("active", "off", "idle")


@require_safe
@right_required(accounts.RIGHT)
def account_list(request):
    text = request.GET.get("q", "").replace("\0", "").strip()[:100]
    state = request.GET.get("state", "")
    found = User.objects.order_by("username").prefetch_related(_open_posts())
    if text:
        found = found.filter(Q(username__icontains=text) | Q(display_name__icontains=text))
    if state == "active":
        found = found.filter(is_active=True)
    elif state == "off":
        found = found.filter(is_active=False)
    elif state == "idle":
        found = idle(found)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "q": text,
        "state": state if state in STATES else "",
        "states": _states(),
        "idle_days": settings.IDLE_ACCOUNT_DAYS,
        "idle_count": idle(User.objects.all()).count(),
    }
    return render(request, "governance/organisation/account_list.html", context)


@right_required(accounts.RIGHT)
def account_add(request):
    form = AccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            user, password = accounts.add_account(by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return _show_once(request, user, password)
    return render(request, "governance/organisation/account_form.html", {"form": form})


@require_safe
@right_required(accounts.RIGHT)
def account_detail(request, pk):
    account = get_object_or_404(User.objects.prefetch_related(_open_posts()), pk=pk)
    kept = request.session.get(FIRST_PASSWORD) or {}
    password = ""
    if kept.get("user") == account.pk:
        password = kept["password"]
        del request.session[FIRST_PASSWORD]
    context = {
        "account": account,
        "first_password": password,
        "first_password_days": settings.FIRST_PASSWORD_DAYS,
        "is_own": account.pk == request.user.pk,
        "is_locked": lockout.is_name_locked(account.username),
        "form": ReasonForm(),
    }
    return render(request, "governance/organisation/account_detail.html", context)


@require_POST
@right_required(accounts.RIGHT)
def account_switch_off(request, pk):
    account = get_object_or_404(User, pk=pk)
    if _act(request, accounts.switch_off, account):
        messages.success(
            request, _("%(name)s is switched off; open sessions have ended.") % {"name": account}
        )
    return redirect("organisation:account_detail", pk)


@require_POST
@right_required(accounts.RIGHT)
def account_switch_on(request, pk):
    return _with_first_password(request, accounts.switch_on, pk)


@require_POST
@right_required(accounts.RIGHT)
def account_reset(request, pk):
    return _with_first_password(request, accounts.reset_password, pk)


@require_POST
@right_required(accounts.RIGHT)
def account_unlock(request, pk):
    account = accounts.unlock(by=request.user, user=get_object_or_404(User, pk=pk))
    messages.success(request, _("%(name)s can log in again.") % {"name": account})
    return redirect("organisation:account_detail", pk)


def idle(users):
    """Active accounts that nobody has used for the time set; for the quarterly review."""
    since = timezone.now() - dt.timedelta(days=settings.IDLE_ACCOUNT_DAYS)
    return users.filter(is_active=True).filter(
        Q(last_login__lt=since) | Q(last_login=None, date_joined__lt=since)
    )


def _states() -> list[tuple[str, str]]:
    return [
        ("active", _("in use")),
        ("idle", _("idle for %(days)s days") % {"days": settings.IDLE_ACCOUNT_DAYS}),
        ("off", _("switched off")),
    ]


def _open_posts() -> Prefetch:
    posts = Post.objects.open(dates.today()).select_related("area")
    return Prefetch("posts", posts, to_attr="open_posts")


def _act(request, service, account):
    """Run a service that wants a reason; a missing reason is told, not raised."""
    form = ReasonForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Give the reason."))
        return None
    return service(by=request.user, user=account, reason=form.cleaned_data["reason"])


def _with_first_password(request, service, pk):
    account = get_object_or_404(User, pk=pk)
    done = _act(request, service, account)
    if not done:
        return redirect("organisation:account_detail", pk)
    return _show_once(request, *done)


def _show_once(request, user, password):
    request.session[FIRST_PASSWORD] = {"user": user.pk, "password": password}
    return redirect("organisation:account_detail", user.pk)
