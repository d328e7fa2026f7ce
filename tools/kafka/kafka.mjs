#!/usr/bin/env node
/**
 * A real Apache Kafka for tests and for trying the cluster form: one KRaft node on the loopback address. The jars come from the
 * Maven repository configured on this machine, once, into a cache folder; broker data lives in a temporary folder.
 *
 *   kafka.mjs check                                  {"ready":true} or {"skipped":"…why"}
 *   kafka.mjs run [--data folder] [--port number]    one JSON line {"brokers","pid"}, then runs until its input closes or a signal comes
 *   kafka.mjs start [--port number]                  the same for a person: runs until Ctrl-C, input may be closed
 *
 * A broker stopped the hard way (SIGKILL to `pid`) is started again on what it had written by the same --data and --port.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const KAFKA = { groupId: 'org.apache.kafka', artifactId: 'kafka_2.13', version: '4.1.1' };
const LOGGING = { groupId: 'org.apache.logging.log4j', artifactId: 'log4j-slf4j-impl', version: '2.25.3' };
const CLUSTER_ID = 'aG9zcGl0YWxrYWZrYW5vZA';
const READY = 'Kafka Server started';

const cacheFolder = () => join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'hospital-kafka');
const jarFolder = () => join(cacheFolder(), `${KAFKA.artifactId}-${KAFKA.version}`);
const runs = (program, ...args) => spawnSync(program, args, { stdio: 'ignore' }).status === 0;

/** Why no broker can run here; `undefined` when one can. */
export function obstacle() {
  if (process.platform === 'win32') return 'the broker is watched over by a POSIX shell, which this system has not';
  if (!runs('java', '-version')) return 'there is no Java (17 or later) on the path';
  if (!existsSync(jarFolder()) && !runs('mvn', '-version')) return 'there is no Maven on the path to resolve Apache Kafka with';
  return undefined;
}

const dependency = ({ groupId, artifactId, version }) =>
  `<dependency><groupId>${groupId}</groupId><artifactId>${artifactId}</artifactId><version>${version}</version></dependency>`;

/** The folder with the broker's jars, resolved when it is not there yet. Throws with Maven's words. */
function resolveJars() {
  const jars = jarFolder();
  if (existsSync(jars)) return jars;
  mkdirSync(cacheFolder(), { recursive: true });
  const work = mkdtempSync(join(cacheFolder(), 'resolving-'));
  try {
    const pom = join(work, 'pom.xml');
    writeFileSync(
      pom,
      `<project><modelVersion>4.0.0</modelVersion><groupId>cn.hospital</groupId><artifactId>kafka-node</artifactId><version>1</version>` +
        `<dependencies>${dependency(KAFKA)}${dependency(LOGGING)}</dependencies></project>`,
    );
    const goal = ['-q', '-B', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${join(work, 'lib')}`];
    const maven = spawnSync('mvn', goal, { encoding: 'utf8' });
    if (maven.status !== 0) throw new Error(`Maven could not resolve Apache Kafka ${KAFKA.version}:\n${maven.stdout}${maven.stderr}`);
    try {
      // In one step, so that two first starts at once never see half a folder.
      renameSync(join(work, 'lib'), jars);
    } catch (error) {
      if (!existsSync(jars)) throw error;
    }
    return jars;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

const freePort = () =>
  new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });

const serverProperties = (port, controllerPort, log) => `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controllerPort}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}
advertised.listeners=PLAINTEXT://127.0.0.1:${port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=${log}
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
`;

const LOG_TO_OUTPUT = `appender.out.type=Console
appender.out.name=out
appender.out.layout.type=PatternLayout
appender.out.layout.pattern=%d %p %m (%c)%n
rootLogger.level=INFO
rootLogger.appenderRef.out.ref=out
`;

/** Runs what it is given, says its process id first, and ends it when the input closes: that is, also when the starter is killed. */
const WATCH = `
exec 3<&0
"$@" 3<&- & broker=$!
echo $broker
( while read -r _ <&3; do :; done; kill $broker 2>/dev/null ) >/dev/null 2>&1 & watcher=$!
wait $broker; code=$?
kill $watcher 2>/dev/null
exit $code`;

/**
 * Starts one broker and waits until it serves.
 *
 * @param {{ port?: number, data?: string }} options `data`: a folder that is kept (and found again); else a temporary one is used
 * @returns {Promise<{ brokers: string, pid: number, exited: Promise<void>, stop: () => Promise<void> } | { skipped: string }>}
 */
export async function startKafka({ port, data } = {}) {
  const skipped = obstacle();
  if (skipped) return { skipped };
  const jars = resolveJars();
  const folder = data ?? mkdtempSync(join(tmpdir(), 'hospital-kafka-'));
  mkdirSync(folder, { recursive: true });
  const listen = port ?? (await freePort());
  const [config, logging, log] = [join(folder, 'server.properties'), join(folder, 'log4j2.properties'), join(folder, 'log')];
  writeFileSync(config, serverProperties(listen, await freePort(), log));
  writeFileSync(logging, LOG_TO_OUTPUT);
  const classes = readdirSync(jars)
    .map((jar) => join(jars, jar))
    .join(delimiter);
  const java = ['java', `-Dlog4j2.configurationFile=${logging}`, '-cp', classes];
  if (!existsSync(log)) {
    const format = spawnSync(java[0], [...java.slice(1), 'kafka.tools.StorageTool', 'format', '-t', CLUSTER_ID, '-c', config], {
      encoding: 'utf8',
    });
    if (format.status !== 0) throw new Error(`Kafka could not format ${log}:\n${format.stdout}${format.stderr}`);
  }

  const shell = spawn('sh', ['-c', WATCH, 'sh', ...java, '-Xmx512m', 'kafka.Kafka', config], { stdio: ['pipe', 'pipe', 'pipe'] });
  const exited = once(shell, 'exit').then(() => undefined);
  const output = join(folder, 'broker.log');
  shell.stderr.on('data', (bytes) => appendFileSync(output, bytes));
  let pid = 0;
  await new Promise((resolve, reject) => {
    createInterface({ input: shell.stdout }).on('line', (line) => {
      if (pid === 0) pid = Number(line);
      else appendFileSync(output, `${line}\n`);
      if (line.includes(READY)) resolve();
    });
    void exited.then(() => reject(new Error(`Kafka ended before it was ready; see ${output}`)));
  });
  return {
    brokers: `127.0.0.1:${listen}`,
    pid,
    exited,
    stop: async () => {
      shell.stdin.end();
      await exited;
      if (data === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function main([command, ...args]) {
  const option = (name) => {
    const at = args.indexOf(`--${name}`);
    return at < 0 ? undefined : args[at + 1];
  };
  const say = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);
  if (command === 'check') {
    const skipped = obstacle();
    return say(skipped ? { skipped } : { ready: true });
  }
  if (command !== 'run' && command !== 'start') {
    process.stderr.write('usage: kafka.mjs check | run [--data folder] [--port number] | start [--port number]\n');
    process.exitCode = 2;
    return undefined;
  }
  const port = option('port');
  const started = await startKafka({ data: option('data'), ...(port === undefined ? {} : { port: Number(port) }) });
  if ('skipped' in started) return say(started);
  say({ brokers: started.brokers, pid: started.pid });
  const ends = ['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => once(process, signal));
  if (command === 'run') ends.push(once(process.stdin.resume(), 'end'));
  await Promise.race([...ends, started.exited]);
  await started.stop();
  process.exit();
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));
