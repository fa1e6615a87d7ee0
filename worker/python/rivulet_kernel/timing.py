"""``%time``, ``%timeit`` and ``%prun``: how long code takes."""

import gc
import re
import statistics
import sys
from time import perf_counter, process_time
from typing import Any, Callable

_UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "\xb5s"), (1e-9, "ns"))


def told(seconds: float) -> str:
    """A duration as people read it, with three digits."""
    if seconds >= 60:
        minutes, rest = divmod(round(seconds), 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours}h {minutes}min {rest}s" if hours else f"{minutes}min {rest}s"
    for size, unit in _UNITS:
        if seconds >= size or unit == "ns":
            return f"{seconds / size:.3g} {unit}"
    return "0 s"


def clock() -> tuple[float, float]:
    """The time of the clock on the wall, and that of the processor."""
    return perf_counter(), process_time()


def tell(begin: tuple[float, float]) -> None:
    """Prints how long it has been."""
    wall, cpu = (now - then for now, then in zip(clock(), begin))
    print(f"CPU times: total: {told(cpu)}\nWall time: {told(wall)}")


class time:
    """``with time(): …`` prints how long it took."""

    def __enter__(self) -> None:
        self._begin = clock()

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        tell(self._begin)


class prun:
    """``with prun(): …`` prints which functions took how long."""

    def __enter__(self) -> None:
        import cProfile

        self._profile = cProfile.Profile()
        self._profile.enable()

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        import pstats

        self._profile.disable()
        pstats.Stats(self._profile, stream=sys.stdout).sort_stats("time").print_stats(30)


class TimeitResult:
    """How long a turn took, in seconds."""

    def __init__(self, loops: int, all_runs: list[float]) -> None:
        self.loops, self.repeat, self.all_runs = loops, len(all_runs), all_runs
        self.timings = [run / loops for run in all_runs]
        self.best, self.worst = min(self.timings), max(self.timings)
        self.average, self.stdev = statistics.fmean(self.timings), statistics.pstdev(self.timings)

    def __str__(self) -> str:
        runs, loops = ("s" if count != 1 else "" for count in (self.repeat, self.loops))
        return (
            f"{told(self.average)} \xb1 {told(self.stdev)} per loop (mean \xb1 std. dev. of "
            f"{self.repeat} run{runs}, {self.loops:,} loop{loops} each)"
        )

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(f"<TimeitResult : {self}>")

    def __repr__(self) -> str:
        return f"<TimeitResult : {self}>"


def timeit(options: str, loop: Callable[[Any, Callable[[], float]], float]) -> TimeitResult | None:
    """Has a loop run as often as the options say, or for about a fifth of a second each time."""
    import itertools

    numbers = {name: int(number) for name, number in re.findall(r"-([nr])\s*(\d+)", options)}
    flags = set("".join(re.findall(r"-([tcqovp]+)", options)))
    run = lambda loops: loop(itertools.repeat(None, loops), perf_counter)  # noqa: E731
    collects = gc.isenabled()
    gc.disable()
    try:
        loops = numbers.get("n", 0)
        if not loops:
            loops = next(loops for loops in (10**power for power in range(10)) if run(loops) >= 0.2)
        result = TimeitResult(loops, [run(loops) for _ in range(max(1, numbers.get("r", 7)))])
    finally:
        if collects:
            gc.enable()
    if "q" not in flags:
        print(result)
    return result if "o" in flags else None
