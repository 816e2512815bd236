"""Plots as SVG, of two kinds: grouped bars, and lines between points; both with logarithmic axes."""
import math
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 820, 400
LEFT, RIGHT, TOP, BOTTOM = 70, 20, 64, 60
COLOURS = {"floor": "#6b7280", "coppice": "#0f766e", "mosquitto": "#2563eb", "hivemq": "#d97706", "moquette": "#be123c"}
LABELS = {"floor": "floor", "coppice": "Coppice", "mosquitto": "Mosquitto", "hivemq": "HiveMQ CE", "moquette": "Moquette"}


class Axis:
    """Powers of ten around some values, on a stretch of the picture."""

    def __init__(self, values, start, end):
        self.low = math.floor(math.log10(min(values)) + 1e-9)
        self.high = max(math.ceil(math.log10(max(values)) - 1e-9), self.low + 1)
        self.start, self.end = start, end

    def at(self, value):
        return self.start + (math.log10(value) - self.low) / (self.high - self.low) * (self.end - self.start)

    def ticks(self):
        return [10.0 ** power for power in range(self.low, self.high + 1)]


def figure(value):
    return f"{value:,.0f}" if value >= 1 else f"{value:g}"


def words(x, y, text, anchor="middle", size=12, more=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}"{more}>{escape(text)}</text>'


def frame(title, y_title, y_axis, names):
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" fill="#1f2937" role="img">',
           f"<title>{escape(title)}</title>", f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>', words(LEFT, 22, title, "start", 15, ' font-weight="bold"'),
           words(16, (TOP + HEIGHT - BOTTOM) / 2, y_title, more=f' transform="rotate(-90 16 {(TOP + HEIGHT - BOTTOM) / 2})"')]
    for tick in y_axis.ticks():
        y = y_axis.at(tick)
        out += [f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}" stroke="#d1d5db"/>', words(LEFT - 6, y + 4, figure(tick), "end")]
    x = LEFT
    for name in names:
        out += [f'<rect x="{x}" y="34" width="12" height="12" fill="{COLOURS[name]}"/>', words(x + 17, 44, LABELS[name], "start")]
        x += 110
    return out


def save(path, out):
    with open(path, "w") as file:
        file.write("\n".join([*out, "</svg>"]) + "\n")


def bars(path, title, y_title, groups, names):
    """`groups` are (label, {name: value}); a name without a value has no bar."""
    y_axis = Axis([value for _, values in groups for value in values.values()], HEIGHT - BOTTOM, TOP)
    out = frame(title, y_title, y_axis, names)
    room = (WIDTH - LEFT - RIGHT) / len(groups)
    for place, (label, values) in enumerate(groups):
        wide = room * 0.8 / len(names)
        for number, name in enumerate(names):
            if name in values:
                x, y = LEFT + place * room + room * 0.1 + number * wide, y_axis.at(values[name])
                out.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide * 0.92:.1f}" height="{HEIGHT - BOTTOM - y:.1f}" fill="{COLOURS[name]}">'
                           f"<title>{escape(LABELS[name])}, {escape(label)}: {values[name]:.3g}</title></rect>")
        out.append(words(LEFT + (place + 0.5) * room, HEIGHT - BOTTOM + 18, label, size=11))
    save(path, out)


def lines(path, title, x_title, y_title, series):
    """`series` are {name: [(x, y), ...]}."""
    series = {name: [(x, y) for x, y in points if x > 0 and y > 0] for name, points in series.items()}
    points = [point for each in series.values() for point in each]
    x_axis, y_axis = Axis([x for x, _ in points], LEFT, WIDTH - RIGHT), Axis([y for _, y in points], HEIGHT - BOTTOM, TOP)
    out = frame(title, y_title, y_axis, [name for name in series if series[name]])
    for tick in x_axis.ticks():
        out.append(words(x_axis.at(tick), HEIGHT - BOTTOM + 18, figure(tick)))
    out.append(words((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 14, x_title))
    for name, each in series.items():
        path_points = " ".join(f"{x_axis.at(x):.1f},{y_axis.at(y):.1f}" for x, y in sorted(each))
        out.append(f'<polyline points="{path_points}" fill="none" stroke="{COLOURS[name]}" stroke-width="2"/>')
        out += [f'<circle cx="{x_axis.at(x):.1f}" cy="{y_axis.at(y):.1f}" r="3.5" fill="{COLOURS[name]}"><title>{escape(LABELS[name])}: {figure(x)}, {y:.3g}</title></circle>'
                for x, y in each]
    save(path, out)
