"""The endpoints of feedback, and of the knowledge gaps that it and refusals make."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from service.asked import COMMON, UNREADABLE, AskedFirst, Asker, Open, Operator, refusals
from service.errors import Forbidden, NotFound, NotRecorded, RequestError, TooManyRequests
from service.gaps.listing import GapListing
from service.gaps.schemas import Dismissed, Feedback, Gap, GapList, Taken
from service.gaps.store import GapStore

router = APIRouter(
    prefix="/v1",
    tags=["gaps"],
    route_class=AskedFirst,
    responses=COMMON | refusals(TooManyRequests),
)


def _store(parts: Open) -> GapStore:
    if parts.feedback is None:
        raise RequestError("feedback is not taken here")
    return parts.feedback


def _listing(parts: Open) -> GapListing:
    if parts.gaps is None:
        raise RequestError("no gaps are collected here")
    return parts.gaps


Store = Annotated[GapStore, Depends(_store)]
Listing = Annotated[GapListing, Depends(_listing)]


@router.post("/feedback", responses=refusals(RequestError, NotFound, NotRecorded) | UNREADABLE)
def feedback(asker: Asker, store: Store, said: Feedback) -> Taken:
    """Say what you think of an answer that you got: useful, wrong, outdated, or missing."""
    return Taken(replaced=store.give(asker, said))


@router.get("/gaps", responses=refusals(RequestError, Forbidden, NotRecorded))
def gaps(
    asker: Operator,
    listing: Listing,
    since: Annotated[datetime | None, Query(description="Asked from this time on")] = None,
    min_count: Annotated[int, Query(ge=1, description="Asked at least so often")] = 1,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> GapList:
    """List what was asked and not answered well, grouped by meaning."""
    return listing.gaps(asker, since=since, min_count=min_count, limit=limit)


@router.get("/gaps/{gap_id}", responses=refusals(RequestError, Forbidden, NotFound, NotRecorded))
def gap(asker: Operator, listing: Listing, gap_id: str) -> Gap:
    """Give one gap."""
    return listing.gap(asker, gap_id)


@router.post(
    "/gaps/{gap_id}/dismiss", responses=refusals(RequestError, Forbidden, NotFound, NotRecorded)
)
def dismiss(asker: Operator, listing: Listing, gap_id: str) -> Dismissed:
    """List a gap no more, until it is asked as often again."""
    return listing.dismiss(asker, gap_id)
