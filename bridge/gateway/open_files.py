"""The system's limit of open files: every connection is one."""

import sys

import structlog

log = structlog.stdlib.get_logger("bridge.gateway")

BESIDES = 256
"""What else is open: the cloud's channels, libraries, pages."""

if sys.platform == "win32":

    def allow_connections(_count: int) -> None:
        """Do nothing: there is no such limit."""

else:
    import resource

    def allow_connections(count: int) -> None:
        """Raise this process's limit for `count` connections, and warn where the system does not allow so many."""
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        needed = count + BESIDES
        possible = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        if soft != resource.RLIM_INFINITY and soft < possible:
            resource.setrlimit(resource.RLIMIT_NOFILE, (possible, hard))
        if possible < needed:
            log.warning(
                "open_files_limited", needed=needed, limit=hard, hint="lower server.max_connections, or raise it"
            )
