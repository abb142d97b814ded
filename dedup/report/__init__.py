"""What people look at: a summary for the terminal and a page for the browser.

Pure functions from records to text or to something rich can draw; who calls them prints or writes.
"""

from dedup.report.html import render_html, to_read
from dedup.report.payload import MAX_CLUSTERS
from dedup.report.text import summary_table

__all__ = ["MAX_CLUSTERS", "render_html", "summary_table", "to_read"]
