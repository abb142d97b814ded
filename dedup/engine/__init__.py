"""Leads documents through the stages: clean, sketch, match, cluster, wire, report.

`local.py` is the engine for one machine. Stages do not know one another; what one hands to the next is decided here.
"""
