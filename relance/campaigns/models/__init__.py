"""What mass mail and campaigns keep."""

from relance.campaigns.models.following import FollowDue
from relance.campaigns.models.mass_mail import DealCopy, MassMail, RecordCopy
from relance.campaigns.models.trigger import Trigger, TriggerRun

__all__ = ["DealCopy", "FollowDue", "MassMail", "RecordCopy", "Trigger", "TriggerRun"]
