/** A small XML reader that accepts well-formed documents only, and the JUnit schema that Jenkins and GitLab read, as a table. */

export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Element[];
  text: string;
}

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** @throws Error that names the offset, if `xml` is not well formed */
export function parseXml(xml: string): Element {
  const bad = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.exec(xml);
  if (bad !== null) throw new Error(`a character that XML does not allow: ${JSON.stringify(bad[0])}`);
  const root: Element = { name: '', attributes: {}, children: [], text: '' };
  const open = [root];
  const token =
    /<!\[CDATA\[([\s\S]*?)\]\]>|<\?[\s\S]*?\?>|<\/([\w:.-]+)\s*>|<([\w:.-]+)((?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|([^<]+)/y;
  for (let at = 0; at < xml.length; at = token.lastIndex) {
    token.lastIndex = at;
    const match = token.exec(xml);
    if (match === null) throw new Error(`not well formed at offset ${at}: ${xml.slice(at, at + 60)}`);
    const [, cdata, closing, opening, attributes = '', selfClosing, text] = match;
    const current = open.at(-1)!;
    if (cdata !== undefined) current.text += cdata;
    else if (text !== undefined) {
      if (text.includes(']]>')) throw new Error(`]]> in text at offset ${at}`);
      current.text += decoded(text);
    } else if (closing !== undefined) {
      if (current.name !== closing) throw new Error(`</${closing}> closes <${current.name}> at offset ${at}`);
      open.pop();
    } else if (opening !== undefined) {
      const element: Element = { name: opening, attributes: attributesOf(attributes), children: [], text: '' };
      current.children.push(element);
      if (selfClosing === '') open.push(element);
    }
  }
  if (open.length !== 1) throw new Error(`<${open.at(-1)!.name}> is not closed`);
  if (root.children.length !== 1 || root.text.trim() !== '') throw new Error('there must be one root element');
  return root.children[0]!;
}

function attributesOf(text: string): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const [, name = '', double, single] of text.matchAll(/([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)) {
    if (name in attributes) throw new Error(`attribute ${name} is there twice`);
    attributes[name] = decoded(double ?? single ?? '');
  }
  return attributes;
}

function decoded(text: string): string {
  return text.replace(
    /&(?:#x([0-9a-fA-F]+)|#(\d+)|(\w+));|&/g,
    (whole, hex?: string, decimal?: string, name?: string) => {
      if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
      if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
      const character = name === undefined ? undefined : entities[name];
      if (character === undefined) throw new Error(`unknown entity ${whole}`);
      return character;
    },
  );
}

const count = /^\d+$/;
const decimal = /^\d+(\.\d+)?$/;
const any = /[\s\S]*/;

/** Elements with their attributes (those in `needed` must be there) and children, in order where `ordered`. */
const schema: Readonly<
  Record<
    string,
    { attributes: Record<string, RegExp>; needed: readonly string[]; children: readonly string[]; ordered?: true }
  >
> = {
  testsuites: {
    attributes: {
      name: any,
      time: decimal,
      tests: count,
      failures: count,
      errors: count,
      skipped: count,
      disabled: count,
    },
    needed: [],
    children: ['testsuite'],
  },
  testsuite: {
    attributes: {
      name: any,
      tests: count,
      failures: count,
      errors: count,
      skipped: count,
      time: decimal,
      timestamp: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/,
      hostname: any,
    },
    needed: ['name', 'tests', 'failures', 'errors'],
    children: ['properties', 'testcase', 'system-out', 'system-err'],
    ordered: true,
  },
  properties: { attributes: {}, needed: [], children: ['property'] },
  property: { attributes: { name: /./, value: any }, needed: ['name', 'value'], children: [] },
  testcase: {
    attributes: { name: /./, classname: /./, time: decimal, file: any },
    needed: ['name', 'classname', 'time'],
    children: ['properties', 'skipped', 'error', 'failure', 'system-out', 'system-err'],
    ordered: true,
  },
  skipped: { attributes: { message: any, type: any }, needed: [], children: [] },
  error: { attributes: { message: any, type: any }, needed: [], children: [] },
  failure: { attributes: { message: any, type: any }, needed: [], children: [] },
  'system-out': { attributes: {}, needed: [], children: [] },
  'system-err': { attributes: {}, needed: [], children: [] },
};

/** @throws Error for the first thing that the schema does not allow */
export function checkJunit(element: Element): void {
  const rule = schema[element.name];
  if (rule === undefined) throw new Error(`unknown element ${element.name}`);
  for (const [name, value] of Object.entries(element.attributes)) {
    if (rule.attributes[name]?.test(value) !== true) throw new Error(`<${element.name} ${name}="${value}">`);
  }
  for (const name of rule.needed)
    if (!(name in element.attributes)) throw new Error(`<${element.name}> has no ${name}`);
  let reached = 0;
  for (const child of element.children) {
    const position = rule.children.indexOf(child.name);
    if (position < 0) throw new Error(`<${child.name}> in <${element.name}>`);
    if (rule.ordered === true && position < reached) throw new Error(`<${child.name}> too late in <${element.name}>`);
    reached = position;
    checkJunit(child);
  }
}
