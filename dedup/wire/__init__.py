"""News sense: which agencies a text credits, which copy came first, who carried it in what order, and whose it is."""

from dedup.wire.agency import Attribution, Told, credits, credits_of
from dedup.wire.names import agencies
from dedup.wire.origin import credited_agency, earliest, first_published, is_before, origin, sites_in_order
from dedup.wire.outlets import OutletCounts, Outlets
from dedup.wire.spread import Copy, delays, source_grounds

__all__ = [
    "Attribution",
    "Copy",
    "OutletCounts",
    "Outlets",
    "Told",
    "agencies",
    "credited_agency",
    "credits",
    "credits_of",
    "delays",
    "earliest",
    "first_published",
    "is_before",
    "origin",
    "sites_in_order",
    "source_grounds",
]
