"""News sense: which agency a text credits, which copy came first, who carried it in what order."""

from dedup.wire.agency import Credit, agencies, credit
from dedup.wire.origin import earliest, first_published, sites_in_order

__all__ = ["Credit", "agencies", "credit", "earliest", "first_published", "sites_in_order"]
