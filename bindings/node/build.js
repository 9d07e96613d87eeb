// `npm install` runs this: compiles src/*.c into build/recant.node. It fetches nothing, and needs a C compiler, pkg-config,
// librecant's headers, and those of Node, which come with it (Debian: libnode-dev). CC, CFLAGS, LDFLAGS, PKG_CONFIG and
// PKG_CONFIG_PATH are heeded; npm_config_nodedir names another place where Node is installed.
'use strict';
const { spawnSync } = require('node:child_process');
const { existsSync, mkdirSync, readdirSync, realpathSync } = require('node:fs');
const { dirname, join } = require('node:path');

function fail(why) {
  console.error(`recant: ${why}`);
  process.exit(1);
}

const words = (text = '') => text.split(/\s+/).filter(Boolean);

// What a program has to say; `why` is told, and its own words, when it fails.
function run(command, parameters, why) {
  const [program, ...more] = words(command);
  const ran = spawnSync(program, [...more, ...parameters], { cwd: __dirname, encoding: 'utf8' });
  if (ran.error) fail(`${program} cannot be run (${ran.error.code}): install it. It is needed to build the addon.`);
  if (ran.status !== 0) fail(`${why}\n${ran.stderr}${ran.stdout}`);
  return ran.stdout.trim();
}

// Any version's will do: of Node-API they say the same.
function headers() {
  const prefixes = [process.env.npm_config_nodedir, dirname(dirname(realpathSync(process.execPath)))].filter(Boolean);
  const folders = prefixes.map((prefix) => join(prefix, 'include', 'node'));
  const found = folders.find((folder) => existsSync(join(folder, 'node_api.h')));
  return found ?? fail(`node_api.h is not in ${folders.join(', nor in ')}. Debian has it in libnode-dev; `
    + 'for a Node that is elsewhere: npm install --nodedir=PREFIX');
}

function librecant(what) {
  return words(run(process.env.PKG_CONFIG || 'pkg-config', [what, 'recant'], 'librecant is not found. Install librecant-dev, or '
    + 'name the folder of its recant.pc in PKG_CONFIG_PATH (docs/library.md tells where it comes from).'));
}

// A library that lies elsewhere than the system's is found there at run time, too.
const linked = librecant('--libs');
const places = linked.filter((word) => word.startsWith('-L')).map((word) => `-Wl,-rpath,${realpathSync(word.slice(2))}`);
const sources = readdirSync(join(__dirname, 'src')).filter((name) => name.endsWith('.c')).sort();

mkdirSync(join(__dirname, 'build'), { recursive: true });
run(process.env.CC || 'cc', [
  '-std=c11', '-O2', '-Wall', '-Wextra', '-Wpedantic', '-fPIC', '-fvisibility=hidden', '-shared',
  ...words(process.env.CFLAGS), `-I${headers()}`, ...librecant('--cflags'),
  ...sources.map((name) => join('src', name)), '-o', join('build', 'recant.node'),
  ...words(process.env.LDFLAGS), ...places, ...linked,
], 'the addon does not compile.');
