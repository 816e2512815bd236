// Reads a list of objects of Kubernetes (JSON, standard input) and writes what is wrong with them, a line each; nothing where nothing is.
import {readFileSync} from "node:fs";

const CUSTOM = {
  "cert-manager.io": "@kubernetes-models/cert-manager",
  "gateway.networking.k8s.io": "@kubernetes-models/gateway-api",
  "monitoring.coreos.com": "@kubernetes-models/prometheus-operator",
};

async function model(object) {
  const [group, version] = object.apiVersion.includes("/") ? object.apiVersion.split("/") : ["", object.apiVersion];
  const name = CUSTOM[group] ?? "kubernetes-models";
  const folder = CUSTOM[group] ? `${group}/${version}` : [group, version].filter(Boolean).join("/");
  const found = (await import(`${name}/${folder}/${object.kind}`))[object.kind];
  if (!found) throw new Error(`no schema of ${object.apiVersion} ${object.kind}`);
  return found;
}

for (const object of JSON.parse(readFileSync(0, "utf8"))) {
  try {
    new (await model(object))(object).validate();
  } catch (error) {
    console.log(`${object.kind} ${object.metadata?.name}: ${error.message.replaceAll("\n", " ")}`);
  }
}
