"""Pictures of what was measured, as PNG. No word in them comes from outside: groups are numbers, engines not named."""

import io

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from include.calibration.labelled_faces import EVERYBODY
from include.calibration.measure import BINS, CURVE, Measured

SIZE = (8.0, 4.5)
_NOTHING = np.full(len(CURVE), np.nan)


def roc(measured: Measured) -> bytes:
    """Hit rate over false-match rate, as far as the pairs can tell: by way and references, and by group."""
    names = list(dict.fromkeys(group for group, _, _ in measured.curves if group != EVERYBODY))
    figure = Figure(SIZE)
    everybody, *others = figure.subplots(1, 2 if names else 1, sharey=True, squeeze=False)[0]
    for (group, way, references), hits in measured.curves.items():
        if group == EVERYBODY:
            style = "-" if way == "plain" else "--"
            everybody.plot(CURVE, hits, style, label=f"{way}, {references} reference{'s' * (references > 1)}")
    for groups in others:
        for number, group in enumerate(names, 1):
            groups.plot(CURVE, measured.curves.get((group, "plain", 1), _NOTHING), label=f"group {number}")
        _dressed(groups, "each group by itself, plain, 1 reference")
    _dressed(everybody, "everybody")
    everybody.set_ylabel("hit rate (pairs of one person)")
    return _png(figure)


def _dressed(axes: Axes, title: str) -> None:
    axes.set_title(title, fontsize=10)
    axes.set_xscale("log")
    axes.set_xlim(CURVE[0], 1)
    axes.set_ylim(0, 1.02)
    axes.set_xlabel("false-match rate (pairs of strangers)")
    axes.grid(alpha=0.3)
    if axes.lines:
        axes.legend(fontsize=7, loc="lower right")
    else:
        axes.text(0.5, 0.5, "nothing to show", ha="center", transform=axes.transAxes)


def distances(measured: Measured) -> bytes:
    """How far pictures of one person and of strangers are apart, and where the thresholds lie."""
    figure = Figure(SIZE)
    all_axes = figure.subplots(1, len(measured.distance_counts), sharey=True)
    for axes, (way, both) in zip(all_axes, measured.distance_counts.items(), strict=True):
        for label, counts in zip(("one person", "strangers"), both, strict=True):
            axes.stairs(counts / max(counts.sum(), 1), BINS, fill=True, alpha=0.5, label=label)
        for rate, at in _thresholds(measured, way):
            axes.axvline(at, color="black", linewidth=0.8)
            axes.text(at, 0.99, f" {rate:g}", rotation=90, va="top", fontsize=7, transform=axes.get_xaxis_transform())
        axes.set_title(f"{way}; lines: false-match rates", fontsize=10)
        axes.set_xlabel("distance")
        axes.legend(fontsize=7, loc="upper left")
    figure.axes[0].set_ylabel("share of pairs")
    return _png(figure)


def _thresholds(measured: Measured, way: str) -> list[tuple[float, float]]:
    wanted = {"measure": "rate", "group_name": EVERYBODY, "way": way, "reference_count": 1}
    rows = [row for row in measured.rows if wanted.items() <= row.items()]
    return [(row["false_match_rate"], row["threshold"]) for row in rows if row["threshold"] is not None]


def _png(figure: Figure) -> bytes:
    stream = io.BytesIO()
    figure.subplots_adjust(left=0.08, right=0.98, bottom=0.12, top=0.92, wspace=0.06)
    figure.savefig(stream, format="png", dpi=110)
    return stream.getvalue()
