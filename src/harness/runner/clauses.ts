/** The clauses that a failed case is judged by: requirement texts, with the document and section of each. */

import { findRequirement, projectRequirements, type Requirement } from '../requirements/index.js';

/** Lines for the requirements `ids`, looked up in `catalogues`; an id that none of them has stands alone. */
export async function clauseLines(
  ids: readonly string[],
  catalogues: readonly URL[] = [projectRequirements],
): Promise<string[]> {
  const lines: string[] = [];
  for (const id of ids) {
    const requirement = await lookUp(id, catalogues);
    lines.push(requirement === undefined ? `  ${id}` : `  ${id}: ${requirement.text}`);
    for (const { title, edition, section } of requirement?.oracle ?? [])
      lines.push(`    ${title}, ${edition}, ${section}`);
  }
  return lines;
}

/** A catalogue that cannot be read must not hide the failure that is being described. */
async function lookUp(id: string, catalogues: readonly URL[]): Promise<Requirement | undefined> {
  for (const catalogue of catalogues) {
    try {
      const requirement = await findRequirement(catalogue, id);
      if (requirement !== undefined) return requirement;
    } catch {
      continue;
    }
  }
  return undefined;
}
