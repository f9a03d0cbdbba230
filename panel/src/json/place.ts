/** Places in a JSON text, for people: lines and columns count from one. */

import { findNodeAtLocation, type Node, parseTree } from "jsonc-parser";

export interface TextError {
  /** Where it is in the request, as a problem names it; empty where the text is no JSON. */
  path: string;
  reason: string;
  offset: number;
  length: number;
}

export function lineAndColumn(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** Where the value at a path such as `entries.default.fields.region` or `headers[0].value` stands, or what is around it. */
export function placeOf(text: string, path: string): { offset: number; length: number } {
  const root = parseTree(text);
  const steps = stepsOf(path);
  for (let count = steps.length; root !== undefined && count > 0; count -= 1) {
    const node = findNodeAtLocation(root, steps.slice(0, count));
    if (node !== undefined) return isLeaf(node) ? node : nameOf(node);
  }
  return { offset: 0, length: 0 };
}

function stepsOf(path: string): (string | number)[] {
  return path
    .split(/[.[\]]+/)
    .filter((step) => step !== "")
    .map((step) => (/^[0-9]+$/.test(step) ? Number(step) : step));
}

function isLeaf(node: Node): boolean {
  return node.children === undefined;
}

/** Objects are long: their name is what to point at. */
function nameOf(node: Node): { offset: number; length: number } {
  return node.parent?.type === "property" ? (node.parent.children?.[0] ?? node) : { offset: node.offset, length: 1 };
}
