"""What happened and what we served: two append-only logs that survive a power cut and a ``kill -9``.

``log.py`` is the log of events (acknowledged means fsynced), ``served.py`` the log of pages with
the feature values that made them.
"""

from baihuo.events.log import Appended, EventLog
from baihuo.events.sealing import Segment
from baihuo.events.served import ServedLog, StoredPage
from baihuo.events.served_table import SERVED

__all__ = ["SERVED", "Appended", "EventLog", "Segment", "ServedLog", "StoredPage"]
