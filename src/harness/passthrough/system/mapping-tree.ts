/**
 * The balanced tree in which a type1 container keeps its mappings. Its shape matters: a lookup for a page that is not
 * aligned can overlap two adjacent mappings, and the one nearer the root is found (TRN-058). It is the red-black tree of
 * Cormen, Leiserson, Rivest and Stein, chapter 13, as Linux's is, so that the same calls give the same shape.
 */

import { WRAP } from './user-structure.js';

/** A range of I/O virtual addresses in the tree. */
export class TreeRange {
  /** @internal */
  left: this | undefined;
  /** @internal */
  right: this | undefined;
  /** @internal */
  parent: this | undefined;
  /** @internal */
  red = true;
  /** one past the last address, modulo 2^64 */
  readonly end: number;

  constructor(
    readonly iova: number,
    readonly size: number,
  ) {
    this.end = wrapped(iova + size);
  }
}

const wrapped = (address: number): number => (address >= WRAP ? address - WRAP : address);

/** Ranges in a red-black tree, balanced as the kernel balances it: TRN-058 depends on its shape. */
export class MappingTree<T extends TreeRange> {
  size = 0;
  #root: T | undefined;

  /** The mapping nearest the root that overlaps [start, start + length). */
  find(start: number, length: number): T | undefined {
    const end = wrapped(start + length);
    let node = this.#root;
    while (node !== undefined) {
      if (end <= node.iova) node = node.left;
      else if (start >= node.end) node = node.right;
      else return node;
    }
    return undefined;
  }

  /** The mapping with the lowest address that overlaps [start, start + length) or lies behind it, in order of addresses. */
  firstFrom(start: number, length: number): T | undefined {
    let found: T | undefined;
    let node = this.#root;
    while (node !== undefined) {
      if (start < node.end) {
        found = node;
        if (start >= node.iova) break;
        node = node.left;
      } else {
        node = node.right;
      }
    }
    return found !== undefined && length !== 0 && found.iova >= start + length ? undefined : found;
  }

  first(): T | undefined {
    let node = this.#root;
    while (node?.left !== undefined) node = node.left;
    return node;
  }

  /** The mapping that follows `range` in order of addresses. */
  next(range: T): T | undefined {
    let node: T | undefined = range.right;
    if (node !== undefined) {
      while (node.left !== undefined) node = node.left;
      return node;
    }
    let child: T = range;
    node = range.parent;
    while (node !== undefined && node.right === child) {
      child = node;
      node = node.parent;
    }
    return node;
  }

  insert(range: T): void {
    let parent: T | undefined;
    let node = this.#root;
    while (node !== undefined) {
      parent = node;
      node = wrapped(range.iova + range.size) <= node.iova ? node.left : node.right;
    }
    range.parent = parent;
    if (parent === undefined) this.#root = range;
    else if (range.end <= parent.iova) parent.left = range;
    else parent.right = range;
    this.size++;
    this.#balanceInsertion(range);
  }

  remove(range: T): void {
    this.size--;
    let removedRed = range.red;
    let child: T | undefined;
    let above: T | undefined;
    if (range.left === undefined || range.right === undefined) {
      child = range.left ?? range.right;
      above = range.parent;
      this.#replace(range, child);
    } else {
      let successor: T = range.right;
      while (successor.left !== undefined) successor = successor.left;
      removedRed = successor.red;
      child = successor.right;
      if (successor.parent === range) {
        above = successor;
      } else {
        above = successor.parent;
        this.#replace(successor, child);
        successor.right = range.right;
        successor.right.parent = successor;
      }
      this.#replace(range, successor);
      successor.left = range.left;
      successor.left.parent = successor;
      successor.red = range.red;
    }
    range.left = range.right = range.parent = undefined;
    if (!removedRed) this.#balanceRemoval(child, above);
  }

  #balanceInsertion(inserted: T): void {
    let node = inserted;
    node.red = true;
    for (;;) {
      const parent: T | undefined = node.parent;
      if (parent === undefined) break;
      if (!parent.red) return;
      const grandparent: T | undefined = parent.parent;
      if (grandparent === undefined) break;
      const left = grandparent.left === parent;
      const uncle = left ? grandparent.right : grandparent.left;
      if (uncle?.red === true) {
        parent.red = uncle.red = false;
        grandparent.red = true;
        node = grandparent;
        continue;
      }
      let top = parent;
      if (node === (left ? parent.right : parent.left)) {
        this.#rotate(parent, left);
        top = node;
      }
      top.red = false;
      grandparent.red = true;
      this.#rotate(grandparent, !left);
      break;
    }
    if (this.#root !== undefined) this.#root.red = false;
  }

  #balanceRemoval(child: T | undefined, above: T | undefined): void {
    let node = child;
    let parent = above;
    while (parent !== undefined && node?.red !== true) {
      const left = parent.left === node;
      let sibling = left ? parent.right : parent.left;
      if (sibling?.red === true) {
        sibling.red = false;
        parent.red = true;
        this.#rotate(parent, left);
        sibling = left ? parent.right : parent.left;
      }
      if (sibling === undefined) break;
      let outer = left ? sibling.right : sibling.left;
      const inner = left ? sibling.left : sibling.right;
      if (outer?.red !== true) {
        if (inner?.red !== true) {
          sibling.red = true;
          node = parent;
          parent = node.parent;
          continue;
        }
        inner.red = false;
        sibling.red = true;
        this.#rotate(sibling, !left);
        outer = sibling;
        sibling = inner;
      }
      sibling.red = parent.red;
      parent.red = false;
      outer.red = false;
      this.#rotate(parent, left);
      return;
    }
    if (node !== undefined) node.red = false;
  }

  /** Puts `by` in the place of `range` under its parent. */
  #replace(range: T, by: T | undefined): void {
    const parent = range.parent;
    if (parent === undefined) this.#root = by;
    else if (parent.left === range) parent.left = by;
    else parent.right = by;
    if (by !== undefined) by.parent = parent;
  }

  /** Rotates to the left, or to the right: the child on the other side takes the place of `range`. */
  #rotate(range: T, left: boolean): void {
    const child = left ? range.right : range.left;
    if (child === undefined) return;
    const moved = left ? child.left : child.right;
    if (left) range.right = moved;
    else range.left = moved;
    if (moved !== undefined) moved.parent = range;
    this.#replace(range, child);
    if (left) child.left = range;
    else child.right = range;
    range.parent = child;
  }
}
