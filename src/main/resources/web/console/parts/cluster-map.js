// The cluster as a picture: nodes in a ring, ways between them, and how they fare.
import { svg, visible } from "../dom.js";
import { short } from "../format.js";

const SIZE = 240;
const RING = 78;

/**
 * As this node sees it: only its own ways to others are known to be in step or not.
 *
 * @param {any} cluster of /api/v1/cluster
 * @param {any[]} nodes of /api/v1/nodes
 */
export function clusterMap(cluster, nodes) {
    const members = [...cluster.members].sort((a, b) => (a.name < b.name ? -1 : 1));
    const missing = Math.max(0, cluster.expectedSize - members.length);
    const all = [...members, ...new Array(missing).fill(null)];
    const most = Math.max(1, ...nodes.map((each) => each.connections));
    const spots = all.map((member, i) => {
        const angle = (i / all.length) * 2 * Math.PI - Math.PI / 2;
        return { member, node: nodes.find((each) => each.id === member?.id), x: SIZE / 2 + RING * Math.cos(angle), y: SIZE / 2 + RING * Math.sin(angle) };
    });
    const ways = spots.flatMap((a, i) =>
        spots.slice(i + 1).map((b) => {
            const far = a.member?.self ? b : b.member?.self ? a : null;
            const state = !a.member || !b.member ? "gone" : far ? (far.member.inStep === false || far.member.state !== "present" ? "bad" : "good") : "far";
            return svg(`line.way.${state}`, { x1: a.x, y1: a.y, x2: b.x, y2: b.y });
        }),
    );
    const said = spots.map(({ member, node }) => (member ? `${member.name} ${node ? (node.draining ? "draining" : node.ready ? "ready" : "not ready") : "silent"}` : "one is missing"));
    return svg(
        "svg",
        { viewBox: `0 0 ${SIZE} ${SIZE}`, role: "img", "aria-label": `Cluster map: ${said.join(", ")}` },
        ways,
        spots.map(({ member, node, x, y }) => {
            const state = !member ? "gone" : !node ? "bad" : node.draining ? "warn" : node.ready ? "good" : "bad";
            const radius = 17 + 9 * Math.sqrt((node?.connections ?? 0) / most);
            return svg(
                `g.spot.${state}`,
                null,
                svg("circle", { cx: x, cy: y, r: radius }),
                svg("text.figure", { x, y: y + 4, "text-anchor": "middle" }, node ? short(node.connections) : member ? "?" : ""),
                svg("text.label", { x, y: y < SIZE / 2 ? y - radius - 6 : y + radius + 14, "text-anchor": "middle" }, member ? visible(member.name) : "missing"),
            );
        }),
    );
}
