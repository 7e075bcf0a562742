"""Several people at the same moment: real threads, each with a database connection of its own."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor

from django.db import connection

REPETITIONS = int(os.environ.get("PORTAL_REPETITIONS", "200"))
"""How often `bin/bench faults` runs each race."""
FEW = max(1, REPETITIONS // 20)
"""How often `bin/test` does."""


def at_once(count, function):
    """What `count` calls of `function(number)` gave that all started together: results, or the exceptions raised.

    The calling test needs `django_db(transaction=True)`: a thread sees committed rows only.
    """
    together = threading.Barrier(count)

    def call(number):
        together.wait(timeout=30)
        try:
            return function(number)
        except Exception as error:  # the test looks at its kind
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(call, range(count)))
