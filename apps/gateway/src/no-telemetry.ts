/** Imported before the planner: the libraries of its family report to their vendor unless told not to before they load. */
process.env['APOLLO_TELEMETRY_DISABLED'] = '1';
