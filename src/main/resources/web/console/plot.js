// Lines over time, drawn as SVG: <live-plot> with a scale and a legend, and sparks without.
import { h, svg } from "./dom.js";
import { clock } from "./format.js";

/** @typedef {{name: string, style: string, points: [number, number | null][]}} Series points: milliseconds and value, null where there is none; style: a class of the style sheet */

const HEIGHT = 148;
const MARGIN = { top: 8, right: 6, bottom: 18, left: 44 };

/** The smallest step of 1, 2 or 5 times a power of ten that cuts a range into at most three. @param {number} range */
function niceStep(range) {
    const power = 10 ** Math.floor(Math.log10(range / 3));
    return [1, 2, 5, 10].map((each) => each * power).find((each) => each >= range / 3 - 1e-9) ?? power * 10;
}

/**
 * The path of a line; a gap where there is no value.
 *
 * @param {[number, number | null][]} points
 * @param {(at: number) => number} x
 * @param {(value: number) => number} y
 */
function path(points, x, y) {
    let d = "";
    let open = false;
    for (const [at, value] of points) {
        if (value !== null) {
            d += `${open ? "L" : "M"}${x(at).toFixed(1)} ${y(value).toFixed(1)}`;
        }
        open = value !== null;
    }
    return d;
}

/**
 * A small line without a scale, for beside a figure that says the value.
 *
 * @param {[number, number | null][]} points
 * @param {{width?: number, height?: number, style?: string, fromZero?: boolean}} [look]
 */
export function spark(points, { width = 120, height = 28, style = "s1", fromZero = true } = {}) {
    const values = points.map(([, value]) => value).filter((value) => value !== null);
    const low = fromZero ? Math.min(0, ...values) : Math.min(...values);
    const high = Math.max(low + 1e-9, ...values);
    const first = points[0]?.[0] ?? 0;
    const span = Math.max(1, (points.at(-1)?.[0] ?? 1) - first);
    const x = (/** @type {number} */ at) => 1 + ((at - first) / span) * (width - 2);
    const y = (/** @type {number} */ value) => height - 2 - ((value - low) / (high - low)) * (height - 4);
    const flat = high - low <= 1e-9;
    return svg(
        `svg.spark.${style}`,
        { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", "aria-hidden": "true" },
        svg("path.line", { d: flat ? path(points.map(([at]) => [at, low]), x, () => height - 2) : path(points, x, y), "vector-effect": "non-scaling-stroke" }),
    );
}

/** <live-plot>: show(series, look) draws anew; the pointer and the arrow keys read single moments. */
class LivePlot extends HTMLElement {
    /** @type {Series[]} */
    #series = [];
    /** @type {{label: string, span: number, write: (value: number | null | undefined) => string, floating?: boolean}} */
    #look = { label: "", span: 300_000, write: String };
    #width = 420;
    /** Which moment is read, from the end; null for none. @type {number | null} */
    #back = null;
    #drawing = h("div.drawing", { tabindex: 0, role: "img" });
    #legend = h("ul.legend");
    #observer = new ResizeObserver(([entry]) => {
        const width = Math.max(200, Math.round(entry.contentRect.width));
        if (width !== this.#width) {
            this.#width = width;
            this.#draw();
        }
    });

    connectedCallback() {
        this.replaceChildren(this.#drawing, this.#legend);
        this.#observer.observe(this.#drawing);
        this.#drawing.addEventListener("pointermove", (/** @type {PointerEvent} */ event) => this.#point(event));
        this.#drawing.addEventListener("pointerleave", () => this.#read(null));
        this.#drawing.addEventListener("blur", () => this.#read(null));
        this.#drawing.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
            const by = { ArrowLeft: 1, ArrowRight: -1, PageUp: 10, PageDown: -10 }[event.key];
            if (by) {
                event.preventDefault();
                this.#read((this.#back ?? 0) + by);
            }
        });
    }

    disconnectedCallback() {
        this.#observer.disconnect();
    }

    /**
     * @param {Series[]} series with the same moments
     * @param {{label: string, span: number, write: (value: number | null | undefined) => string, floating?: boolean}} look span: milliseconds that are shown at most; floating: the scale begins where the values do, not at 0
     */
    show(series, look) {
        this.#series = series;
        this.#look = look;
        this.#draw();
    }

    /** @param {number | null} back */
    #read(back) {
        const last = (this.#series[0]?.points.length ?? 0) - 1;
        this.#back = back === null ? null : Math.min(Math.max(0, back), Math.max(0, last));
        this.#draw();
    }

    /** @param {PointerEvent} event */
    #point(event) {
        const box = this.#drawing.getBoundingClientRect();
        const { x } = this.#scale();
        const points = this.#series[0]?.points ?? [];
        const near = points.findLastIndex(([at]) => x(at) <= event.clientX - box.left + 3);
        this.#read(near < 0 ? null : points.length - 1 - near);
    }

    #scale() {
        const values = this.#series.flatMap(({ points }) => points.map(([, value]) => value)).filter((value) => value !== null);
        const top = Math.max(...values, this.#look.floating ? -Infinity : 0);
        const bottom = this.#look.floating ? Math.min(...values) : 0;
        const range = Number.isFinite(top - bottom) && top > bottom ? top - bottom : this.#look.floating ? Math.max(1e-6, Math.abs(top) / 10 || 1) : 3;
        const step = niceStep(range);
        const low = Number.isFinite(bottom) ? Math.floor(bottom / step + 1e-9) * step : 0;
        const high = Math.max(low + step, Math.ceil((low === 0 ? Math.max(top, range) : top) / step - 1e-9) * step);
        const end = this.#series[0]?.points.at(-1)?.[0] ?? Date.now();
        // as long as there is something to show, and at least a minute
        const age = end - (this.#series[0]?.points[0]?.[0] ?? end);
        const span = Math.min(this.#look.span, Math.max(1, Math.ceil(age / 60_000)) * 60_000);
        const inner = { width: this.#width - MARGIN.left - MARGIN.right, height: HEIGHT - MARGIN.top - MARGIN.bottom };
        return {
            step,
            low,
            high,
            end,
            span,
            x: (/** @type {number} */ at) => MARGIN.left + (1 - (end - at) / span) * inner.width,
            y: (/** @type {number} */ value) => MARGIN.top + (1 - (value - low) / (high - low)) * inner.height,
        };
    }

    #draw() {
        const { step, low, high, end, span, x, y } = this.#scale();
        const picture = svg("svg", { width: this.#width, height: HEIGHT, "aria-hidden": "true" });
        for (let value = low; value <= high + step / 2; value += step) {
            picture.append(
                svg("line.grid", { x1: MARGIN.left, x2: this.#width - MARGIN.right, y1: y(value), y2: y(value) }),
                svg("text", { x: MARGIN.left - 6, y: y(value) + 3.5, "text-anchor": "end" }, this.#look.write(value)),
            );
        }
        const minutes = Math.round(span / 60_000);
        const every = this.#width < 400 && minutes > 2 ? 2 : 1;
        for (let back = minutes - (minutes % every); back >= 0; back -= every) {
            const anchor = back === minutes ? "start" : back === 0 ? "end" : "middle";
            picture.append(svg("text", { x: x(end - back * 60_000), y: HEIGHT - 4, "text-anchor": anchor }, back ? `−${back} min` : "now"));
        }
        const single = this.#series.length === 1;
        for (const { style, points } of this.#series) {
            const seen = points.filter(([at]) => at >= end - span);
            const line = path(seen, x, y);
            if (single && line && seen.every(([, value]) => value !== null)) {
                picture.append(svg(`path.area.${style}`, { d: `${line}L${x(seen.at(-1)[0])} ${y(low)}L${x(seen[0][0])} ${y(low)}Z` }));
            }
            picture.append(svg(`path.line.${style}`, { d: line }));
        }
        const at = this.#back === null ? -1 : -1 - this.#back;
        const when = this.#series[0]?.points.at(at)?.[0];
        if (this.#back !== null && when) {
            picture.append(svg("line.cursor", { x1: x(when), x2: x(when), y1: MARGIN.top, y2: y(low) }));
        }
        this.#drawing.replaceChildren(picture);
        const said = this.#series.map(({ name, points }) => `${name} ${this.#look.write(points.at(at)?.[1])}`);
        const time = this.#back === null || !when ? "now" : `at ${clock(when).slice(0, 8)}`;
        this.#drawing.setAttribute("aria-label", `${this.#look.label}, ${time}: ${said.join(", ") || "nothing yet"}`);
        this.#legend.replaceChildren(
            ...this.#series.map(({ name, style, points }) =>
                h("li", null, h(`i.${style}`, { "aria-hidden": "true" }), h("span", null, name), h("b", null, this.#look.write(points.at(at)?.[1]))),
            ),
            ...(this.#back === null || !when ? [] : [h("li.when", null, clock(when).slice(0, 8))]),
        );
    }
}
customElements.define("live-plot", LivePlot);
