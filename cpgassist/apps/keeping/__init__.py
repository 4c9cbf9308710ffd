"""What the doors of those who keep a corpus share: one job at a time, the question files, and who may enter."""

from cpgassist.apps.keeping.desk import JobDesk
from cpgassist.apps.keeping.jobs import Job, Jobs, Kind
from cpgassist.apps.keeping.token import TokenCheck

__all__ = ["Job", "JobDesk", "Jobs", "Kind", "TokenCheck"]
