/**
 * Runs the bundle beside it: `standalone.js`, a copy of this file, runs `standalone.bundle.js`. What V8 compiled of the bundle is kept
 * in `standalone.bundle.cache` and taken from there at the next start, which is most of the time that loading takes. The cache is
 * used only when it is whole and of this very bundle; V8 refuses by itself what another version or architecture compiled.
 */
const { createHash } = require('node:crypto');
const { readFileSync, renameSync, writeFileSync } = require('node:fs');
const Module = require('node:module');
const { constants, Script } = require('node:vm');

/** By then what a start needs has been compiled (ms). */
const STARTED = 3_000;

const file = __filename.replace(/\.js$/, '.bundle.js');
const cacheFile = file.replace(/\.js$/, '.cache');
const digest = (bytes) => createHash('sha256').update(bytes).digest();

/** The compiled code, after the digests of the bundle and of itself. */
function keptFor(bundle) {
  try {
    const bytes = readFileSync(cacheFile);
    const code = bytes.subarray(64);
    return bytes.subarray(0, 32).equals(bundle) && bytes.subarray(32, 64).equals(digest(code)) ? code : undefined;
  } catch {
    return undefined;
  }
}

function keep(bundle, code) {
  const unfinished = `${cacheFile}.${process.pid}`;
  try {
    writeFileSync(unfinished, Buffer.concat([bundle, digest(code), code]));
    renameSync(unfinished, cacheFile);
  } catch {
    // A folder that cannot be written to: every start compiles.
  }
}

function run() {
  const source = readFileSync(file);
  const bundle = digest(source);
  const cachedData = keptFor(bundle);
  const script = new Script(Module.wrap(source.toString('latin1')), {
    filename: file,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    ...(cachedData ? { cachedData } : {}),
  });
  script.runInThisContext().call(module.exports, module.exports, require, module, file, __dirname);
  if (!cachedData || script.cachedDataRejected) setTimeout(() => keep(bundle, script.createCachedData()), STARTED).unref();
}

// Node maps positions back to the sources only for what it loads itself.
if (process.sourceMapsEnabled) require(file);
else run();
