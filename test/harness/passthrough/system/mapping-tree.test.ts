import assert from 'node:assert/strict';
import fc from 'fast-check';
import { MappingTree, TreeRange } from '../../../../src/harness/passthrough/system/mapping-tree.js';

const PAGE = 4096;

/** Checks the rules of a red-black tree below `node`. @returns its black height */
function blackHeight(node: TreeRange | undefined): number {
  if (node === undefined) return 1;
  if (node.red) assert.ok(node.left?.red !== true && node.right?.red !== true, 'a red range has a red child');
  for (const child of [node.left, node.right]) if (child !== undefined) assert.equal(child.parent, node);
  const left = blackHeight(node.left);
  assert.equal(blackHeight(node.right), left, 'black heights differ');
  return left + (node.red ? 0 : 1);
}

function rootOf(range: TreeRange): TreeRange {
  let root = range;
  while (root.parent !== undefined) root = root.parent;
  return root;
}

function walk(tree: MappingTree<TreeRange>): number[] {
  const found: number[] = [];
  for (let range = tree.first(); range !== undefined; range = tree.next(range)) found.push(range.iova / PAGE);
  return found;
}

describe('the tree of mappings', () => {
  it('keeps order and balance through insertions and removals', () => {
    const steps = fc.array(fc.tuple(fc.boolean(), fc.nat(40)), { maxLength: 120 });
    fc.assert(
      fc.property(steps, (changes) => {
        const tree = new MappingTree<TreeRange>();
        const there = new Map<number, TreeRange>();
        for (const [insert, page] of changes) {
          const range = there.get(page);
          if (insert && range === undefined) {
            const added = new TreeRange(page * PAGE, PAGE);
            tree.insert(added);
            there.set(page, added);
          } else if (!insert && range !== undefined) {
            tree.remove(range);
            there.delete(page);
          }
          assert.deepEqual(
            walk(tree),
            [...there.keys()].sort((a, b) => a - b),
          );
          assert.equal(tree.size, there.size);
          const [any] = there.values();
          if (any === undefined) continue;
          assert.equal(rootOf(any).red, false);
          blackHeight(rootOf(any));
        }
        for (let page = 0; page <= 41; page++) {
          assert.equal(tree.find(page * PAGE, PAGE), there.get(page));
          const next = [...there.keys()].filter((key) => key >= page).sort((a, b) => a - b)[0];
          assert.equal(tree.firstFrom(page * PAGE, 0)?.iova, next === undefined ? undefined : next * PAGE);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('stays balanced while it is emptied in any order', () => {
    const orders = fc.shuffledSubarray(
      Array.from({ length: 48 }, (_, page) => page),
      { minLength: 48 },
    );
    fc.assert(
      fc.property(orders, orders, (insertions, removals) => {
        const tree = new MappingTree<TreeRange>();
        const there = new Map(insertions.map((page) => [page, new TreeRange(page * PAGE, PAGE)]));
        for (const range of there.values()) tree.insert(range);
        for (const page of removals) {
          tree.remove(there.get(page)!);
          there.delete(page);
          const [any] = there.values();
          if (any !== undefined) blackHeight(rootOf(any));
        }
        assert.equal(tree.first(), undefined);
      }),
      { numRuns: 100 },
    );
  });

  it('has the first of two at its root, and the middle one of three', () => {
    const tree = new MappingTree<TreeRange>();
    const [a, b, c] = [0, 1, 2].map((page) => new TreeRange(page * PAGE, PAGE)) as [TreeRange, TreeRange, TreeRange];
    tree.insert(a);
    tree.insert(b);
    assert.equal(rootOf(b), a);
    tree.insert(c);
    assert.equal(rootOf(a), b);
  });

  it('finds, of two that overlap a range, the one nearer the root', () => {
    const tree = new MappingTree<TreeRange>();
    const a = new TreeRange(0, PAGE);
    const b = new TreeRange(PAGE, PAGE);
    tree.insert(a);
    tree.insert(b);
    assert.equal(tree.find(0x800, PAGE), a);
    tree.insert(new TreeRange(2 * PAGE, PAGE));
    assert.equal(tree.find(0x800, PAGE), b);
  });
});
