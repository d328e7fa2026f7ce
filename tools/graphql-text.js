/** Promises of the graph are imported as texts, in tests as in bundles. */
module.exports = { process: (text) => ({ code: `module.exports = { __esModule: true, default: ${JSON.stringify(text)} };` }) };
