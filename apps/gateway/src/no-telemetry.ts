/** Imported before the gateway library: it reports to its vendor unless told not to before it loads. */
process.env['APOLLO_TELEMETRY_DISABLED'] = '1';
