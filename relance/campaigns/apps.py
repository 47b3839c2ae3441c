"""Mass mails, and later campaigns, target lists, triggers and reports."""

from __future__ import annotations

from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    """Programs that write to many people on a colleague's behalf."""

    name = "relance.campaigns"
    label = "campaigns"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Criteria can ask about one mass mail, and templates may name the deals that one is about."""
        from relance.campaigns.campaigning import urls_of
        from relance.campaigns.criteria import add_to_lists
        from relance.campaigns.deal_fields import add_to_catalogue
        from relance.campaigns.record_fields import IS_THERE, record_fields
        from relance.mail.catalogue import add_holder, extend_own
        from relance.mail.own_fields import people_fields
        from relance.mail.templates import name_links

        add_to_lists()
        add_to_catalogue()
        extend_own(people_fields)
        extend_own(record_fields)
        name_links(urls_of)
        add_holder(IS_THERE)
        add_holder("EXISTS (SELECT FROM campaigns_membercopy y WHERE y.recipient_id = r.id)")
