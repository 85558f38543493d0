"""dbt as a child of another command: it ends when nobody listens to it any more.

A command that is killed cannot end what it started, and its dbt would go on building and keep the
next build from the warehouse. But the pipe into which dbt tells what it does breaks at that moment.
What dbt is asked to do is no business of this module.
"""

import os
import select
import threading

_STDOUT = 1


def _end_with_the_listener() -> None:
    pipe = select.poll()
    pipe.register(_STDOUT, 0)
    # A file never breaks, and a stdout that is closed already is nobody's end.
    if any(event & (select.POLLERR | select.POLLHUP) for _, event in pipe.poll()):
        os._exit(1)


def main() -> None:
    """Run dbt's command line in this process."""
    threading.Thread(target=_end_with_the_listener, daemon=True).start()
    from dbt.cli.main import cli

    cli()


if __name__ == "__main__":
    main()
