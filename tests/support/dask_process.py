"""A Dask cluster of one machine, in a process of its own: prints its address, ends with its stdin.

Apart from the tests' process, since it starts threads and processes that outlive a test.
"""

from __future__ import annotations

import sys

from distributed import LocalCluster


def main() -> None:
    """Serve two workers, each a process, until nobody holds the other end of stdin."""
    with LocalCluster(  # type: ignore[no-untyped-call] # distributed has no types
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        sys.stdout.write(f"{cluster.scheduler_address}\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main()
