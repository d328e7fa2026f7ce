#!/usr/bin/env node
/**
 * A real Apache Kafka for tests and for trying the cluster form: one KRaft node on the loopback address. The jars come from the
 * Maven repository configured on this machine, once, into a cache folder; what the broker writes is gone with it.
 *
 *   kafka.mjs check                    {"ready":true} or {"skipped":"…why"}
 *   kafka.mjs run [--port number]      one JSON line {"brokers","pid"}, then runs until its input closes or a signal comes
 *   kafka.mjs start [--port number]    the same for a person: runs until Ctrl-C, input may be closed
 *   … --secure                         "brokers" asks for TLS and a user, as a hospital's cluster does: the line then says as well
 *                                      with which authority ("ca", a file), and how to sign in ("sasl", one for each mechanism)
 *
 * A broker that is killed (SIGKILL to `pid`) is started again on what it had written, and says so in another line.
 */
import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const KAFKA = { groupId: 'org.apache.kafka', artifactId: 'kafka_2.13', version: '4.1.1' };
const LOGGING = { groupId: 'org.apache.logging.log4j', artifactId: 'log4j-slf4j-impl', version: '2.25.3' };
const CLUSTER_ID = 'aG9zcGl0YWxrYWZrYW5vZA';
const READY = 'Kafka Server started';

const cacheFolder = () => join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'hospital-kafka');
const jarFolder = () => join(cacheFolder(), `${KAFKA.artifactId}-${KAFKA.version}`);
const runs = (program, ...args) => spawnSync(program, args, { stdio: 'ignore' }).status === 0;

/** Why no broker can run here; `undefined` when one can. */
function obstacle() {
  if (process.platform === 'win32') return 'the broker is watched over by a POSIX shell, which this system has not';
  if (!runs('java', '-version')) return 'there is no Java (17 or later) on the path';
  if (!existsSync(jarFolder()) && !runs('mvn', '-version')) return 'there is no Maven on the path to resolve Apache Kafka with';
  return undefined;
}

const dependency = ({ groupId, artifactId, version }) =>
  `<dependency><groupId>${groupId}</groupId><artifactId>${artifactId}</artifactId><version>${version}</version></dependency>`;

/** The folder with the broker's jars, resolved when it is not there yet. Throws with Maven's words. */
export async function resolveJars(signal) {
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
    await promisify(execFile)('mvn', goal, { signal }).catch(({ message, stdout }) => {
      throw new Error(`Maven could not resolve Apache Kafka ${KAFKA.version}: ${message}\n${stdout}`);
    });
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

const serverProperties = ({ protocol, port, controllerPort, log }) => `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controllerPort}
controller.listener.names=CONTROLLER
listeners=CLIENTS://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}
advertised.listeners=CLIENTS://127.0.0.1:${port}
inter.broker.listener.name=CLIENTS
listener.security.protocol.map=CLIENTS:${protocol},CONTROLLER:PLAINTEXT
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

/** What everybody may know of a broker that lives for a test. */
const USER = { name: 'hospital', password: 'lives:for-a-test' };
const SECURITY = 'org.apache.kafka.common.security';

/** For each way to sign in, what the broker has to know. It speaks to itself in the same ways. */
const secureProperties = (keystore) => `ssl.keystore.location=${keystore}
ssl.keystore.type=PKCS12
ssl.keystore.password=${CLUSTER_ID}
ssl.truststore.location=${keystore}
ssl.truststore.type=PKCS12
ssl.truststore.password=${CLUSTER_ID}
sasl.enabled.mechanisms=SCRAM-SHA-512,SCRAM-SHA-256,PLAIN
sasl.mechanism.inter.broker.protocol=PLAIN
listener.name.clients.scram-sha-512.sasl.jaas.config=${SECURITY}.scram.ScramLoginModule required;
listener.name.clients.scram-sha-256.sasl.jaas.config=${SECURITY}.scram.ScramLoginModule required;
listener.name.clients.plain.sasl.jaas.config=${SECURITY}.plain.PlainLoginModule required \\
 username="${USER.name}" password="${USER.password}" user_${USER.name}="${USER.password}";
`;

const MAKE_USERS = ['SCRAM-SHA-512', 'SCRAM-SHA-256']
  .map((mechanism) => `--add-scram ${mechanism}=[name=${USER.name},password=${USER.password}]`)
  .join(' ');

/** A key and a certificate of the broker's own, made by Java's own tool; the certificate is its own authority. */
async function certify(folder, signal) {
  const [keystore, ca] = [join(folder, 'broker.p12'), join(folder, 'ca.pem')];
  const store = ['-alias', 'broker', '-keystore', keystore, '-storetype', 'PKCS12', '-storepass', CLUSTER_ID];
  const about = ['-dname', 'CN=broker', '-ext', 'san=ip:127.0.0.1', '-ext', 'bc=ca:true', '-validity', '30'];
  const run = promisify(execFile);
  await run('keytool', ['-genkeypair', ...store, '-keyalg', 'EC', '-groupname', 'secp256r1', ...about], { signal });
  await run('keytool', ['-exportcert', '-rfc', ...store, '-file', ca], { signal });
  return { keystore, ca };
}

const LOG_TO_OUTPUT = `appender.out.type=Console
appender.out.name=out
appender.out.layout.type=PatternLayout
appender.out.layout.pattern=%d %p %m (%c)%n
rootLogger.level=INFO
rootLogger.appenderRef.out.ref=out
`;

/**
 * Watches over the broker from a process of its own, so that it ends, and its folder goes, even when the starter is killed: as soon
 * as the input closes. Says the broker's process id at each start. Arguments: the folder; what makes the users,
 * if any; then the command without the main class.
 */
const WATCH = `
folder=$1; users=$2; shift 2; set -f
trap : INT TERM HUP
exec 3<&0
"$@" kafka.tools.StorageTool format -t ${CLUSTER_ID} -c "$folder/server.properties" $users 3<&-
code=$?
[ $code -ne 0 ] || while :; do
  "$@" kafka.Kafka "$folder/server.properties" 3<&- & broker=$!
  echo $broker
  # One that is not yet Java hears this shell's trap instead: told until it is gone.
  ( while read -r _ <&3; do :; done; while kill $broker; do sleep 1; done ) >/dev/null 2>&1 & watcher=$!
  wait $broker; code=$?
  # A signal to this shell ends its waiting, not the broker.
  while kill -0 $broker 2>/dev/null; do wait $broker; code=$?; done
  kill $watcher 2>/dev/null
  [ $code -eq 137 ] || break
done
rm -rf "$folder"
exit $code`;

/** How many of the broker's last words an error repeats. */
const LAST_WORDS = 40;

/** Runs a broker until the signal; `ready` hears of each start that is complete. Throws when the broker ends by itself. */
async function serve(given, secure, signal, ready) {
  const jars = await resolveJars(signal);
  const [port, controllerPort] = [given ?? (await freePort()), await freePort()];
  const classes = readdirSync(jars)
    .map((jar) => join(jars, jar))
    .join(delimiter);
  const folder = mkdtempSync(join(tmpdir(), 'hospital-kafka-'));
  const logging = join(folder, 'log4j2.properties');
  writeFileSync(logging, LOG_TO_OUTPUT);
  const log = join(folder, 'log');
  let properties = serverProperties({ protocol: secure ? 'SASL_SSL' : 'PLAINTEXT', port, controllerPort, log });
  let access = {};
  if (secure) {
    const { keystore, ca } = await certify(folder, signal).catch((error) => {
      rmSync(folder, { recursive: true });
      throw error;
    });
    properties += secureProperties(keystore);
    access = { ca, sasl: ['scram-sha-512', 'scram-sha-256', 'plain'].map((mechanism) => `${mechanism}:${USER.name}:${USER.password}`) };
  }
  writeFileSync(join(folder, 'server.properties'), properties);
  const java = [
    'java',
    '-Xmx512m',
    '-XX:-UsePerfData',
    '-XX:TieredStopAtLevel=1',
    '-XX:+UseSerialGC',
    `-Dlog4j2.configurationFile=${logging}`,
    '-cp',
    classes,
  ];
  const shell = spawn('sh', ['-c', WATCH, 'sh', folder, secure ? MAKE_USERS : '', ...java]);
  const end = () => shell.stdin.end();
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });
  let pid = 0;
  const words = [];
  const hear = (line) => {
    if (/^\d+$/.test(line)) pid = Number(line);
    if (line.includes(READY)) ready({ brokers: `127.0.0.1:${port}`, pid, ...access });
    if (words.push(line) > LAST_WORDS) words.shift();
  };
  for (const input of [shell.stdout, shell.stderr]) createInterface({ input }).on('line', hear);
  await once(shell, 'exit');
  if (!signal.aborted) throw new Error(`Kafka ended:\n${words.join('\n')}`);
}

async function main([command, ...args]) {
  const say = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);
  if (command !== 'check' && command !== 'run' && command !== 'start') {
    process.stderr.write('usage: kafka.mjs check | run [--port number] [--secure] | start [--port number] [--secure]\n');
    process.exitCode = 2;
    return;
  }
  const skipped = obstacle();
  if (skipped || command === 'check') return say(skipped ? { skipped } : { ready: true });

  const stopping = new AbortController();
  const stop = () => stopping.abort();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, stop);
  if (command === 'run') process.stdin.resume().once('end', stop);
  const at = args.indexOf('--port');
  try {
    await serve(at < 0 ? undefined : Number(args[at + 1]), args.includes('--secure'), stopping.signal, say);
  } catch (error) {
    if (!stopping.signal.aborted) throw error;
  }
  process.exit();
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));
