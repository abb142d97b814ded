"""Where dedup meets other tools: crawlers, data frames, data sets and LSH indexes that are there already.

Each file stands alone and loads its library when it is used; what is not installed is told with the extra that brings
it. `docs/integrations.md` has an example of each.
"""
