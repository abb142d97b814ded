"""News sense: which agencies a text credits, which copy came first, who carried it in what order, and whose it is."""

from dedup.wire.agency import Attribution, credits
from dedup.wire.names import agencies
from dedup.wire.origin import credited_agency, earliest, first_published, is_before, origin, sites_in_order
from dedup.wire.outlets import OutletCounts, Outlets
from dedup.wire.spread import Copy, delays, source_grounds

__all__ = [
    "Attribution",
    "Copy",
    "OutletCounts",
    "Outlets",
    "agencies",
    "credited_agency",
    "credits",
    "delays",
    "earliest",
    "first_published",
    "is_before",
    "origin",
    "sites_in_order",
    "source_grounds",
]
