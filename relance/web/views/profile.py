"""One's own profile, and the language of pages for people who are not signed in."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from relance.agenda import alerts
from relance.team.models import User
from relance.team.profiles import change_profile
from relance.web.forms.profile import ProfileForm
from relance.web.signed_in import user_of
from relance.web.toast import toast
from relance.web.way_back import way_back


@require_http_methods(["GET", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """Read and save one's own profile."""
    user = User.objects.get(pk=user_of(request).pk)
    form = ProfileForm(request.POST or None, instance=user)
    if request.method == "POST" and form.is_valid():
        user = change_profile(user, form.cleaned_data)
        alerts.choose(user, by_mail="alerts_by_mail" in request.POST)
        with translation.override(user.language):
            toast(request, _("Profile saved."))
        return redirect("profile")
    return render(
        request,
        "profile/page.html",
        {"form": form, "alerts_by_mail": alerts.wants_mail(user)},
        status=422 if form.errors else 200,
    )


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Choose the language of a page without sign-in; a cookie keeps the choice."""
    answer = redirect(way_back(request, "next", "/"))
    chosen = request.POST.get("language", "")
    if chosen in dict(settings.LANGUAGES):
        answer.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, chosen, max_age=365 * 86400, samesite="Lax", secure=request.is_secure()
        )
    return answer
