// Workers with verifiers of their own end in every way, with checks pending, and leave no thread behind.
'use strict';
const assert = require('node:assert');
const { once } = require('node:events');
const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads');
const { ready, silence, threads, tokens, until } = require('./world.js');

const ROUNDS = 20;
const WAYS = ['terminate', 'exit', 'throw', 'close'];

async function work() {
  const verifier = await ready({ redisTimeout: '10s', cacheEntries: 0, log: () => {} });
  const { verdict } = await verifier.check(tokens[0].access);
  parentPort.postMessage(verdict);
  await once(parentPort, 'message'); // Redis is silent now
  for (let i = 0; i < 10; i += 1) verifier.check(tokens[0].access);
  if (workerData === 'exit') process.exit();
  if (workerData === 'throw') throw new Error('as a handler may');
  if (workerData === 'close') verifier.close();
  if (workerData === 'terminate') parentPort.postMessage('pending');
  parentPort.close();
}

async function main() {
  const own = await ready();
  const workers = Array.from({ length: ROUNDS }, (_, i) => new Worker(__filename, { workerData: WAYS[i % WAYS.length] }));
  const ended = workers.map((worker) => {
    worker.on('error', ({ message }) => assert.strictEqual(message, 'as a handler may'));
    return new Promise((resolve) => worker.on('exit', resolve));
  });
  for (const [verdict] of await Promise.all(workers.map((worker) => once(worker, 'message')))) {
    assert.strictEqual(verdict, 'valid');
  }
  assert.strictEqual(threads(), ROUNDS + 1);
  silence();
  for (const worker of workers) {
    worker.on('message', () => worker.terminate());
    worker.postMessage('go');
  }
  await Promise.all(ended);
  await until(() => threads() === 1, 'the threads of the workers have ended');
  own.close();
  console.log('good');
}

(isMainThread ? main : work)();
