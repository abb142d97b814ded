"""News sense: which agencies a text credits, which copy came first, who carried it in what order."""

from dedup.wire.agency import Attribution, credits
from dedup.wire.names import agencies
from dedup.wire.origin import earliest, first_published, sites_in_order

__all__ = ["Attribution", "agencies", "credits", "earliest", "first_published", "sites_in_order"]
