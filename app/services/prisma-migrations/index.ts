export { type ApplyOptions, applyMigration, type DeployOptions, deployThrough } from "./apply-migration.ts";
export { findMigration, MIGRATIONS_DIRECTORY, type Migration, readMigrations } from "./migration-files.ts";
export { MigrationLockError, type MigrationLockOptions, withMigrationLock } from "./migration-lock.ts";
export {
  type MigrationState,
  type MigrationStatus,
  migrationStates,
  recordAsApplied,
  recordAsRolledBack,
} from "./migration-records.ts";
