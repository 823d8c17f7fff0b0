"""Bar charts as SVG, by hand: readable in light and dark, with nothing from outside.

A chart is a title and panels side by side; a panel is a heading and bars, each (label, spread,
family), with a thin line from the least to the greatest of its rounds."""

import statistics
from xml.sax.saxutils import escape, quoteattr

WIDTH, MARGIN, GAP = 860, 24, 40
HEADING, ROW, BAR = 34, 24, 14
LABEL, VALUE = 128, 68
LONGEST = 3.2  # times the median of a panel's bars; longer ones are cut

STYLE = """
  text { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; fill: #1f2328 }
  .title { font-size: 16px; font-weight: 600 }
  .head { font-weight: 600 }
  .soft { fill: #59636e }
  .page, .cut { fill: #ffffff }
  .brink { fill: #0969da }
  .bare { fill: #8c959f }
  .peer { fill: #d4a72c }
  .spread { stroke: #1f2328; stroke-width: 1.5 }
  .axis { stroke: #d1d9e0 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .soft { fill: #9198a1 }
    .page, .cut { fill: #0d1117 }
    .brink { fill: #4493f8 }
    .bare { fill: #6e7681 }
    .peer { fill: #bb8009 }
    .spread { stroke: #f0f6fc }
    .axis { stroke: #3d444d }
  }"""


def line(kind, x1, x2, y1, y2):
    return (f'<line class="{kind}" x1="{x1:.1f}" x2="{x2:.1f}" y1="{y1:.1f}" y2="{y2:.1f}"/>')


def text(x, y, words, kind="", anchor="start"):
    of_kind = f' class="{kind}"' if kind else ""
    return f'<text x="{x:.1f}" y="{y:.1f}"{of_kind} text-anchor="{anchor}">{escape(words)}</text>'


def cut_mark(x, y):
    """Shows that a bar goes on."""
    path = f"M{x - 14:.1f} {y + BAR / 2 + 2:.1f} l5 {-BAR - 4} h5 l-5 {BAR + 4} z"
    return f'<path class="cut" d="{path}"/>'


def bar(left, middle, most, scale, row, show):
    """A labelled bar, `scale` times its median long; what is longer than `most` is cut short."""
    label, found, family = row
    strong = "head" if family == "brink" else ""
    out = [text(left - 8, middle + 4.5, label, strong, "end")]
    if found is None:
        return out + [text(left + 6, middle + 4.5, "not measured", "soft")]
    length = min(found["median"], most) * scale
    out.append(f'<rect class="{family}" x="{left:.1f}" y="{middle - BAR / 2:.1f}" '
               f'width="{max(length, 1):.1f}" height="{BAR}" rx="2"/>')
    low, high = (left + min(found[key], most) * scale for key in ("min", "max"))
    if found["median"] > most:
        out.append(cut_mark(left + length, middle))
    elif high - low > 2:
        out.append(line("spread", low, high, middle, middle))
    return out + [text(max(left + length, high) + 6, middle + 4.5, show(found["median"]), strong)]


def longest(rows):
    """The value that a whole bar stands for: a few slow ones shall not squeeze the rest."""
    found = [row[1] for row in rows if row[1]]
    if not found:
        return 1
    fair = LONGEST * statistics.median(one["median"] for one in found)
    return min(fair, max(one["max"] for one in found)) or 1


def panel(x, y, width, heading, rows, show):
    left, top = x + LABEL, y + HEADING - 8
    most = longest(rows)
    scale = (width - LABEL - VALUE) / most
    out = [text(x, y + 14, heading, "head")]
    for number, row in enumerate(rows):
        out += bar(left, top + (number + 0.5) * ROW, most, scale, row, show)
    return [*out, line("axis", left, left, top, top + len(rows) * ROW)]


def chart(title, note, panels, show):
    """The SVG; panels are (heading, [(label, spread or None, family)]), `show` writes a value."""
    width = (WIDTH - 2 * MARGIN - GAP) / 2
    out, y = [], 78
    for first in range(0, len(panels), 2):
        pair = panels[first:first + 2]
        for at, (heading, rows) in enumerate(pair):
            out += panel(MARGIN + at * (width + GAP), y, width, heading, rows, show)
        y += HEADING + ROW * max(len(rows) for _, rows in pair) + 18
    head = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" width="{WIDTH}" '
            f'height="{y}" role="img" aria-label={quoteattr(title)}>',
            f"<style>{STYLE}\n</style>",
            f'<rect class="page" width="{WIDTH}" height="{y}" rx="6"/>',
            text(MARGIN, 32, title, "title"), text(MARGIN, 54, note, "soft")]
    return "\n".join([*head, *out, "</svg>"]) + "\n"
