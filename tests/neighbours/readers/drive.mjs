// One token a line; each is answered by the subject that a reader of docs/readers.md found, or "-".
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const reader = await import(pathToFileURL(process.argv[2]));
const verify = reader.verify ?? reader.default.verify;
for await (const line of createInterface({ input: process.stdin })) {
  const answer = await verify(line).then((claims) => claims.sub, (error) => `- ${error}`);
  process.stdout.write(`${answer.replaceAll('\n', ' ')}\n`);
}
process.exit(0);
