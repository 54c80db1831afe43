/**
 * The catalogue of requirements (docs/requirements, and a plugin's own): `load` finds and joins, `catalogue-file` parses and
 * checks, `types` says what a requirement is.
 */
export { findRequirement, loadRequirements, projectRequirements, requirementIds } from './load.js';
export type { Platform, Requirement, RequirementDocument, RequirementOracle } from './types.js';
