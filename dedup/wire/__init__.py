"""News sense: which agency a text credits, which copy came first, who carried it in what order."""
