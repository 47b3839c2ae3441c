"""The settings of a process that only sends: the same house without what pages are made of, which weighs 14 MB."""

from __future__ import annotations

from relance.config import settings
from relance.config.settings import *  # noqa: F403  every setting

OF_PAGES = (
    "relance.web",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.sites",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "django_htmx",
    "csp",
    "ninja",
)
INSTALLED_APPS = [app for app in settings.INSTALLED_APPS if app not in OF_PAGES]
