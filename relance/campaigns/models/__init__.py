"""What mass mail and campaigns keep."""

from relance.campaigns.models.ab import Arm, Contest
from relance.campaigns.models.campaign import Campaign, TrackedLink
from relance.campaigns.models.following import FollowDue
from relance.campaigns.models.lists import ListMember, TargetList
from relance.campaigns.models.mass_mail import DealCopy, MassMail, MemberCopy, RecordCopy
from relance.campaigns.models.report import Report
from relance.campaigns.models.responder import Responder, ResponderDue
from relance.campaigns.models.trigger import Trigger, TriggerRun

__all__ = [
    "Arm",
    "Campaign",
    "Contest",
    "DealCopy",
    "FollowDue",
    "ListMember",
    "MassMail",
    "MemberCopy",
    "RecordCopy",
    "Report",
    "Responder",
    "ResponderDue",
    "TargetList",
    "TrackedLink",
    "Trigger",
    "TriggerRun",
]
