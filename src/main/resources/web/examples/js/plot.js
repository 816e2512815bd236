// <time-plot label="Temperature" unit="°C" digits="1" span="2">: a line over the last minutes, drawn as SVG.
// Arrow keys and the pointer read single values.

const WINDOW_MS = 5 * 60_000;
/** A sensor that was silent for longer leaves a gap in its line. */
const GAP_MS = 20_000;
const POINTS_MAX = 600;
const HEIGHT = 116;
const MARGIN = { top: 10, right: 12, bottom: 20, left: 38 };

const SVG = "http://www.w3.org/2000/svg";

function svg(name, attributes, ...children) {
    const element = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) {
        element.setAttribute(key, value);
    }
    element.append(...children);
    return element;
}

/** The smallest step of 1, 2 or 5 times a power of ten that cuts a range into at most three. */
function niceStep(range) {
    const rough = range / 3;
    const power = 10 ** Math.floor(Math.log10(rough));
    return [1, 2, 5, 10].map((it) => it * power).find((it) => it >= rough);
}

class TimePlot extends HTMLElement {
    /** Pairs of milliseconds since the epoch and a number, in the order of time. */
    points = [];
    #width = 320;
    #cursor = null;
    #observer = new ResizeObserver(([entry]) => {
        this.#width = Math.max(160, Math.round(entry.contentRect.width));
        this.render();
    });

    connectedCallback() {
        this.tabIndex = 0;
        this.setAttribute("role", "img");
        this.#observer.observe(this);
        this.addEventListener("pointermove", (event) => this.#point(event.clientX - this.getBoundingClientRect().left));
        this.addEventListener("pointerleave", () => this.#moveTo(null));
        this.addEventListener("blur", () => this.#moveTo(null));
        this.addEventListener("keydown", (event) => this.#key(event));
    }

    disconnectedCallback() {
        this.#observer.disconnect();
    }

    /** Adds readings, older or newer than those already there. */
    add(readings) {
        const known = new Set(this.points.map(([at]) => at));
        this.points.push(...readings.filter(([at]) => !known.has(at)));
        this.points.sort((a, b) => a[0] - b[0]);
        this.points.splice(0, Math.max(0, this.points.length - POINTS_MAX));
        this.render();
    }

    /** Adds readings, in the order of time, in place of what is there from the same time. */
    replace(readings) {
        const [first, last] = [readings.at(0), readings.at(-1)];
        if (first && last) {
            this.points = this.points.filter(([at]) => at < first[0] || at > last[0]);
            this.add(readings);
        }
    }

    /** Draws anew: time moves on even when no reading comes. */
    render() {
        const now = Date.now();
        // The line's last point before the window is kept, so that the line enters from the edge.
        const inside = this.points.findIndex(([at]) => at >= now - WINDOW_MS);
        const visible = inside < 0 ? [] : this.points.slice(Math.max(0, inside - 1));
        const digits = Number(this.getAttribute("digits") ?? 1);
        const plot = svg("svg", {
            viewBox: `0 0 ${this.#width} ${HEIGHT}`,
            width: this.#width,
            height: HEIGHT,
            "aria-hidden": "true",
        });
        const scale = this.#scale(visible, now);
        this.#grid(plot, scale);
        if (visible.length > 0) {
            this.#line(plot, visible, scale);
            this.#readout(plot, visible, scale, digits);
        }
        this.replaceChildren(plot);
        this.#describe(visible, digits);
    }

    #scale(visible, now) {
        const values = visible.map(([, value]) => value);
        let low = Math.min(...values);
        let high = Math.max(...values);
        if (values.length === 0) {
            [low, high] = [0, 1];
        }
        const span = Number(this.getAttribute("span") ?? 1);
        const missing = Math.max(0, span - (high - low)) / 2;
        const step = niceStep(Math.max(high - low, span));
        low = Math.floor((low - missing) / step) * step;
        high = Math.ceil((high + missing) / step) * step;
        const right = this.#width - MARGIN.right;
        const bottom = HEIGHT - MARGIN.bottom;
        return {
            low,
            high,
            step,
            x: (at) => MARGIN.left + (1 - (now - at) / WINDOW_MS) * (right - MARGIN.left),
            y: (value) => bottom - ((value - low) / (high - low)) * (bottom - MARGIN.top),
        };
    }

    #grid(plot, { low, high, step, y }) {
        const right = this.#width - MARGIN.right;
        const empty = this.points.length === 0;
        for (let tick = low; tick <= high + step / 2; tick += step) {
            plot.append(svg("line", { class: "grid", x1: MARGIN.left, x2: right, y1: y(tick), y2: y(tick) }));
            if (!empty) {
                const label = Number(tick.toFixed(6)).toLocaleString();
                plot.append(svg("text", { class: "tick", x: MARGIN.left - 7, y: y(tick) + 4, "text-anchor": "end" }, label));
            }
        }
        const below = HEIGHT - 4;
        plot.append(svg("text", { class: "tick", x: MARGIN.left, y: below }, "5 min ago"));
        plot.append(svg("text", { class: "tick", x: right, y: below, "text-anchor": "end" }, "now"));
    }

    #line(plot, visible, { x, y }) {
        const runs = [];
        let last = Number.NEGATIVE_INFINITY;
        for (const point of visible) {
            if (point[0] - last > GAP_MS) {
                runs.push([]);
            }
            runs.at(-1).push(point);
            last = point[0];
        }
        const left = MARGIN.left;
        const clip = `clip-${this.id || (this.id = `plot-${Math.random().toString(36).slice(2)}`)}`;
        plot.append(
            svg("clipPath", { id: clip }, svg("rect", { x: left, y: 0, width: this.#width - left, height: HEIGHT })),
        );
        const group = svg("g", { "clip-path": `url(#${clip})` });
        for (const run of runs) {
            const path = run.map(([at, value], i) => `${i ? "L" : "M"}${x(at).toFixed(1)} ${y(value).toFixed(1)}`).join("");
            const floor = HEIGHT - MARGIN.bottom;
            group.append(
                svg("path", { class: "area", d: `${path}L${x(run.at(-1)[0]).toFixed(1)} ${floor}L${x(run[0][0]).toFixed(1)} ${floor}Z` }),
                svg("path", { class: "line", d: path }),
            );
        }
        const [at, value] = visible.at(-1);
        group.append(svg("circle", { class: "dot", cx: x(at), cy: y(value), r: 3.5 }));
        plot.append(group);
    }

    #readout(plot, visible, { x, y }, digits) {
        const chosen = this.#cursor === null ? undefined : visible.find(([at]) => at === this.#cursor);
        if (!chosen) {
            return;
        }
        const [at, value] = chosen;
        const text = `${value.toFixed(digits)} ${this.getAttribute("unit")}  ·  ${new Date(at).toLocaleTimeString()}`;
        const width = text.length * 6.4 + 12;
        const left = Math.min(Math.max(x(at) - width / 2, MARGIN.left), this.#width - MARGIN.right - width);
        plot.append(
            svg("line", { class: "cursor", x1: x(at), x2: x(at), y1: MARGIN.top, y2: HEIGHT - MARGIN.bottom }),
            svg("circle", { class: "dot", cx: x(at), cy: y(value), r: 4.5 }),
            svg("rect", { class: "tip", x: left, y: 0, width, height: 20, rx: 6 }),
            svg("text", { class: "tip-text", x: left + width / 2, y: 14, "text-anchor": "middle" }, text),
        );
    }

    #describe(visible, digits) {
        const name = this.getAttribute("label");
        const unit = this.getAttribute("unit");
        const values = visible.map(([, value]) => value);
        const words = values.length === 0
            ? "no readings in the last five minutes"
            : `${Math.min(...values).toFixed(digits)} to ${Math.max(...values).toFixed(digits)} ${unit} in the last five minutes, `
                + `${values.at(-1).toFixed(digits)} ${unit} last`;
        this.setAttribute("aria-label", `${name}: ${words}`);
    }

    #point(offset) {
        const now = Date.now();
        const share = (offset - MARGIN.left) / (this.#width - MARGIN.left - MARGIN.right);
        const wanted = now - WINDOW_MS * (1 - share);
        const nearest = this.points.reduce(
            (best, [at]) => (best === null || Math.abs(at - wanted) < Math.abs(best - wanted) ? at : best), null);
        this.#moveTo(nearest);
    }

    #key(event) {
        const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
        if (!step || this.points.length === 0) {
            return;
        }
        event.preventDefault();
        const index = this.points.findIndex(([at]) => at === this.#cursor);
        const from = index < 0 ? this.points.length : index;
        const [at] = this.points[Math.min(Math.max(from + step, 0), this.points.length - 1)];
        this.#moveTo(at);
    }

    #moveTo(at) {
        this.#cursor = at;
        this.render();
    }
}
customElements.define("time-plot", TimePlot);
