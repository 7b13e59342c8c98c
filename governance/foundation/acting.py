"""The page with one form: a service is called, and what it refuses stands beside its field."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render

from .errors import DomainError, NotAllowed, StaleRecord
from .forms import add_refusal


def act_page(
    request,
    form,
    *,
    template: str,
    write: Callable[[], Any],
    title: Any,
    button: Any,
    done: Any,
    back: str,
    refuse: Callable[[Any, Exception], None] = add_refusal,
    is_shown_again: bool = False,
    **context,
):
    """Show a form; sent and valid, `write` is called and the reader goes `back`, told `done`.

    `done` may be made of what was written. Where somebody else was first the reader goes back
    too, or to the form filled anew (`is_shown_again`). `refuse` puts a refusal into the form.
    """
    if request.method == "POST" and form.is_valid():
        try:
            written = write()
        except NotAllowed:
            raise
        except StaleRecord as error:
            messages.warning(request, str(error))
            return redirect(request.get_full_path() if is_shown_again else back)
        except (DomainError, ValidationError) as error:
            refuse(form, error)
        else:
            messages.success(request, done(written) if callable(done) else done)
            return redirect(back)
    page = {"form": form, "title": title, "button": button, "back": back, **context}
    return render(request, template, page)
