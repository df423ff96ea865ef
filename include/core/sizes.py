"""Numbers of bytes, for a person. Light: DAG files and command lines read it before anything is asked of Google."""

GIB = 2**30


def readable(size: float) -> str:
    """1536 as 1.5 KiB."""
    units = ["bytes", "KiB", "MiB", "GiB", "TiB"]
    while size >= 1024 and len(units) > 1:
        size, units = size / 1024, units[1:]
    return f"{round(size, 1):,g} {units[0]}"
