"""The report: one HTML page with everything in it, for a reader who has never seen the project.

`page.py` writes it from its template, `budget_views.py` has what moves with the training budget. It is the top floor
of compare: nothing else in it may import this.
"""
