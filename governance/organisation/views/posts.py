"""Pages of the security administrator: who holds which post where, from when until when."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Q
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from governance.foundation import dates
from governance.foundation.errors import DomainError, NotAllowed

from ..access import right_required
from ..forms import PostForm, ReasonForm
from ..models import Area, Level, Post
from ..scope import ROLE_LEVELS, Role
from ..services import posts

PAGE_SIZE = 50
STATES = ("current", "future", "ended", "all")


@require_safe
@right_required(posts.RIGHT)
def post_list(request):
    text = request.GET.get("q", "").replace("\0", "").strip()[:100]
    role, area, state = (request.GET.get(name, "") for name in ("role", "area", "state"))
    today = dates.today()
    found = Post.objects.select_related("user", "area__street").order_by(
        "area__code", "role", "user__username"
    )
    state = state if state in STATES else "current"
    if state == "current":
        found = found.current(today)
    elif state == "future":
        found = found.open(today).filter(valid_from__gt=today)
    elif state == "ended":
        found = found.exclude(pk__in=Post.objects.open(today).values("pk"))
    if text:
        found = found.filter(
            Q(user__username__icontains=text) | Q(user__display_name__icontains=text)
        )
    if role in Role:
        found = found.filter(role=role)
    streets = Area.objects.active().filter(level__lte=Level.STREET).order_by("code")
    chosen = next((one for one in streets if one.code == area), None)
    if chosen and chosen.level == Level.STREET:
        found = found.filter(area__street=chosen)
    elif chosen:
        found = found.filter(area=chosen)
    context = {
        "page": Paginator(found, PAGE_SIZE).get_page(request.GET.get("page")),
        "q": text,
        "role": role,
        "roles": Role.choices,
        "area": chosen.code if chosen else "",
        "areas": streets,
        "state": state,
        "today": today,
    }
    return render(request, "governance/organisation/post_list.html", context)


@right_required(posts.RIGHT)
def post_give(request):
    form = PostForm(request.POST or None, initial={"user": request.GET.get("user")})
    if request.method == "POST" and form.is_valid():
        try:
            post = posts.give_post(by=request.user, **form.cleaned_data)
        except NotAllowed:
            raise
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(
                request, _("%(user)s now holds: %(post)s.") % {"user": post.user, "post": post}
            )
            return redirect("organisation:post_list")
    levels = [
        (Role(role).label, "、".join(str(Level(level).label) for level in sorted(found)))
        for role, found in ROLE_LEVELS.items()
    ]
    return render(
        request, "governance/organisation/post_form.html", {"form": form, "levels": levels}
    )


@right_required(posts.RIGHT)
def post_end(request, pk):
    post = get_object_or_404(Post.objects.select_related("user", "area"), pk=pk)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        posts.end_post(by=request.user, post=post, reason=form.cleaned_data["reason"])
        messages.success(request, _("The post has ended: %(post)s.") % {"post": post})
        return redirect("organisation:post_list")
    return render(request, "governance/organisation/post_end.html", {"form": form, "post": post})
