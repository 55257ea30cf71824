import { Initial1753000000000 } from './1753000000000-initial';
import { PointsAndControls1764000000000 } from './1764000000000-points-and-controls';
import { DataAccess1764100000000 } from './1764100000000-data-access';
import { PlanDigest1764201600000 } from './1764201600000-plan-digest';

/** Oldest first. */
export const migrations = [
  Initial1753000000000,
  PointsAndControls1764000000000,
  DataAccess1764100000000,
  PlanDigest1764201600000,
];
